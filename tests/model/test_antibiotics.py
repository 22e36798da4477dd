"""Antibiotics: the table, its sums in the equations, and that each kills what its rows say."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from gutskin.engine import Hold, Schedule, simulate
from gutskin.errors import InputError
from gutskin.model.antibiotics import (
    antibiotic_problems,
    antibiotics,
    input_of,
    resistance_of,
    spelled_out,
)
from gutskin.model.biology import Biology, shipped_biology
from gutskin.model.compiled import compile_model, load_model
from gutskin.model.overlay import biology_of
from gutskin.model.tables import read_tables
from gutskin.population.strain_posterior import central_traits

GUILDS = ("bifidobacteria", "bacteroides", "butyrate_producers", "lactate_users", "enterobacteria")
RICH = GUILDS[:4]
# rates of killing by a full course, 1/day: bifidobacteria, Bacteroides, butyrate producers, lactate
# users, Enterobacteriaceae, dosed lactic acid bacteria, S. aureus of the skin (ln)
FROZEN = {
    "broad": (4.0, 3.0, 4.0, 4.0, 0.15, 3.0, 0.3),
    "amoxicillin": (0.25, 0.05, 0.05, 0.05, 0.1, 2.0, 0.15),
    "cephalosporin": (0.8, 0.3, 0.8, 0.8, 3.0, 1.0, 0.8),
    "macrolide": (2.0, 0.8, 1.5, 1.5, 0.5, 3.0, 0.4),
    "vancomycin": (4.0, 0.5, 4.0, 4.0, 0.0, 4.0, 0.0),
    "metronidazole": (0.1, 0.6, 0.6, 0.6, 0.0, 0.0, 0.0),
}
TARGETS = (*GUILDS, "lactic_acid_bacteria", "skin")


@pytest.fixture(scope="module")
def model():
    return load_model()


def reached(model, guild, amount):
    """The share of a drug's killing that a guild of this size meets (M149)."""
    if guild not in RICH:
        return 1.0
    values = model.values()
    wall = values["f_wall"] * values[f"share_{guild}_reference"] * values["x_gut"]
    return 1.0 - (1.0 - values["f_wall_reached"]) * wall / (wall + amount)


@pytest.fixture(scope="module")
def change(model):
    """What a change of parameters does to the rate of every state, in one body."""
    values, rhs = model.values(), jax.jit(model.rhs)
    y = np.abs(model.initial("severe")) + 0.3 * model.scales
    for name in ("ln_s_aureus_lesional", "ln_s_aureus_nonlesional"):
        y[model.state_ids.index(name)] = -3.0
    y = y[:, None]

    def rates(**moved):
        p = [np.full(1, {**values, **moved}[name], float) for name in model.parameter_ids]
        return np.asarray(rhs(np.zeros(1), y, p))[:, 0]

    def of(before=None, **moved):
        found = rates(**(before or {}), **moved) - rates(**(before or {}))
        return {
            name: (found[i], y[i, 0]) for i, name in enumerate(model.state_ids) if found[i] != 0
        }

    return of


def test_the_centres_of_the_table_are_these(model):
    """A number is changed on purpose, here too, and with its reason in the change log."""
    values = model.values()
    found = {name: tuple(values[f"k_{name}_{target}"] for target in TARGETS) for name in FROZEN}
    assert found == FROZEN
    assert antibiotics(model.biology) == tuple(FROZEN)


def test_every_width_is_drawn_and_holds_its_centre_in_the_middle(model):
    rows = model.tables.parameters
    for name in FROZEN:
        for target in TARGETS:
            row = rows[f"k_{name}_{target}"]
            assert row.file.name == "antibiotics.tsv"
            if FROZEN[name][TARGETS.index(target)] == 0:
                assert (row.text("role"), row.text("low")) == ("fixed", "")
                assert row.items("evidence")  # that something is spared is a finding
                continue
            assert (row.text("role"), row.text("distribution")) == ("prior", "lognormal")
            low, value, high = (row.number(column) for column in ("low", "value", "high"))
            assert low < value < high
            assert np.log(value / low) == pytest.approx(np.log(high / value), rel=0.2)


@pytest.mark.parametrize("name", FROZEN)
@pytest.mark.parametrize("level", [1.0, 0.4])
def test_closed_form_each_guild_dies_at_the_rate_of_the_table(model, change, name, level):
    """-k level x for guilds; -k_lose r^2 / (h^2 + r^2) of their species."""
    found = change(**{input_of(name): level})
    values = model.values()
    for guild, rate in zip(GUILDS, FROZEN[name], strict=False):
        killed = rate * level
        if killed == 0:
            assert f"gut_{guild}" not in found
            continue
        less, amount = found[f"gut_{guild}"]
        killed *= reached(model, guild, amount)
        assert less == pytest.approx(-killed * amount, rel=1e-9)
        if guild in RICH:
            less, rich = found[f"gut_richness_{guild}"]
            share = killed**2 / (values["k_lose_half"] ** 2 + killed**2)
            assert less == pytest.approx(-values["k_lose_richness"] * share * rich, rel=1e-9)


@pytest.mark.parametrize("name", FROZEN)
def test_closed_form_the_skin_dies_in_ln_and_cons_by_their_share(model, change, name):
    found = change(**{input_of(name): 1.0})
    rate, share = FROZEN[name][-1], model.values()["f_kill_cons"]
    for site in model.source.sites:
        if rate == 0:
            assert not {f"ln_s_aureus_{site}", f"ln_cons_{site}"} & set(found)
        else:
            assert found[f"ln_s_aureus_{site}"][0] == pytest.approx(-rate, rel=1e-9)
            assert found[f"ln_cons_{site}"][0] == pytest.approx(-share * rate, rel=1e-9)


def test_closed_form_two_antibiotics_add_up_before_they_strip_species(model, change):
    found = change(antibiotic_amoxicillin=1.0, antibiotic_metronidazole=0.5)
    less, amount = found["gut_bacteroides"]
    killed = (0.05 + 0.5 * 0.6) * reached(model, "bacteroides", amount)
    assert less == pytest.approx(-killed * amount, rel=1e-9)
    values = model.values()
    share = killed**2 / (values["k_lose_half"] ** 2 + killed**2)
    less, rich = found["gut_richness_bacteroides"]
    assert less == pytest.approx(-values["k_lose_richness"] * share * rich, rel=1e-9)


def test_a_weak_drug_strips_far_fewer_species_than_its_share_of_the_kill(change):
    strong = change(antibiotic_vancomycin=1.0)["gut_richness_butyrate_producers"][0]
    weak = change(antibiotic_amoxicillin=1.0)["gut_richness_butyrate_producers"][0]
    assert 0 < weak / strong < 0.1 * 0.05 / 4.0


@pytest.mark.parametrize("name", FROZEN)
@pytest.mark.parametrize(
    ("bifid", "viable", "resists"), [(1, 1, 0), (0, 1, 0), (0, 1, 1), (1, 1, 1), (0, 0, 0)]
)
def test_closed_form_a_dosed_strain_dies_by_its_kind_unless_it_resists_or_is_dead(
    change, name, bifid, viable, resists
):
    body = {"bifid_strain_3": bifid, "viable_strain_3": viable}
    body[resistance_of(name, 3)] = resists
    found = change(body, **{input_of(name): 1.0})
    of_kind = FROZEN[name][0] if bifid else FROZEN[name][5]
    rate = of_kind * viable * (1 - resists)
    if rate == 0:
        assert "gut_strain_3" not in found
    else:
        less, amount = found["gut_strain_3"]
        assert less == pytest.approx(-rate * amount, rel=1e-9)


def test_few_cells_are_hardly_reached_and_many_as_the_table_says(model):
    """Limits of M149: the last cells by f_wall_reached, of many more than walls hold all."""
    usual = model.values()["share_bifidobacteria_reference"] * model.values()["x_gut"]
    least = model.values()["f_wall_reached"]
    assert reached(model, "bifidobacteria", 0.0) == pytest.approx(least)
    assert reached(model, "bifidobacteria", 1e4 * usual) == pytest.approx(1.0, abs=1e-5)
    assert reached(model, "bifidobacteria", usual) == pytest.approx(1.0, abs=0.02)


def test_no_drug_makes_a_guild_die_out_for_good(model):
    """Of what dies fastest and loses its species within hours some thousand cells are left."""
    fastest = {"k_broad_bacteroides": 1e3, "k_broad_lactate_users": 1e3, "k_lose_richness": 20.0}
    values = model.values() | fastest
    start = model.initial("healthy_adult")[:, None]
    given = Schedule((Hold(input_of("broad"), 0.0, 14.0, 1.0),))
    courses = simulate(model, values, start, given, [0.0, 7.0, 14.0, 60.0, 400.0], rtol=1e-2)
    for guild in ("bacteroides", "lactate_users"):
        cells = courses.states[1:, model.state_ids.index(f"gut_{guild}"), 0]
        species = courses.states[1:, model.state_ids.index(f"gut_richness_{guild}"), 0]
        assert (cells * values["cells_per_carbon"] > 1e3).all()
        assert (species > 0.0).all()
        assert species[-1] > 0.5


def test_resistance_to_one_antibiotic_is_none_to_another(change):
    body = {"bifid_strain_1": 0, "viable_strain_1": 1, resistance_of("vancomycin", 1): 1}
    found = change(body, antibiotic_amoxicillin=1.0)
    assert found["gut_strain_1"][0] == pytest.approx(-2.0 * found["gut_strain_1"][1])


def test_with_both_switches_off_an_antibiotic_does_nothing(change):
    both = {input_of(name): 1.0 for name in FROZEN}
    assert change({"s_m07": 0.0, "s_m155": 0.0}, **both) == {}
    moved = change({"s_m07": 0.0}, **both)
    assert all("skin" in name or name.startswith(("ln_", "reservoir")) for name in moved)
    assert not any(name.startswith("ln_") for name in change({"s_m155": 0.0}, **both))


def test_strains_that_resist_vancomycin_are_those_of_the_species_that_do(model):
    strains = ("lgg", "hn001", "w56", "w23", "w51", "w55", "w58", "bb12")
    for number, name in enumerate(strains):
        traits = central_traits(model, {(name, True): 2}, "evidence")
        assert traits[resistance_of("vancomycin", 2)] == (number < 3)


# the table, checked


def test_unit_a_sum_is_written_out_once_for_each_antibiotic():
    text = "a := s * {ANTIBIOTIC: u_ANTIBIOTIC * k_ANTIBIOTIC_x} + {ANTIBIOTIC: u_ANTIBIOTIC} // c"
    assert (
        spelled_out(text, ["p", "q"]) == "a := s * (u_p * k_p_x + u_q * k_q_x) + (u_p + u_q) // c"
    )
    assert spelled_out("b := ANTIBIOTIC + 1", ["p"]) == "b := ANTIBIOTIC + 1"


def overlay(tmp_path: Path, **files: str) -> Biology:
    for name, text in files.items():
        (tmp_path / name.replace("_tsv", ".tsv")).write_text(text, encoding="utf-8")
    return biology_of(tmp_path)


HEAD = "id\tantibiotic\tkills\tvalue\tlow\thigh\n"


def doxycycline(*targets: str, value: str = "1\t0.3\t3") -> str:
    return HEAD + "".join(f"k_doxycycline_{one}\tdoxycycline\t{one}\t{value}\n" for one in targets)


def test_an_overlay_adds_an_antibiotic_and_needs_no_equation(tmp_path):
    biology = overlay(tmp_path, antibiotics_tsv=doxycycline(*TARGETS))
    mine = compile_model(biology)
    assert antibiotics(biology) == (*FROZEN, "doxycycline")
    assert "antibiotic_doxycycline" in mine.input_ids
    row = mine.tables.parameters["k_doxycycline_skin"]
    assert (row.text("role"), row.text("unit"), row.number("value")) == ("prior", "1/day", 1.0)
    y = mine.initial("healthy_adult")[:, None]
    values = mine.values() | {"s_m149": 0.0}
    rates = [
        np.asarray(mine.rhs(np.zeros(1), y, [np.full(1, {**values, **moved}[name])
                                             for name in mine.parameter_ids]))[:, 0]
        for moved in ({}, {"antibiotic_doxycycline": 1.0})
    ]  # fmt: skip
    place = mine.state_ids.index("gut_bacteroides")
    assert rates[1][place] - rates[0][place] == pytest.approx(-y[place, 0])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (doxycycline(*TARGETS[:-1]), "doxycycline has no row for skin"),
        (
            doxycycline(*TARGETS).replace("k_doxycycline_skin", "k_doxy_skin"),
            "Call it k_doxycycline_skin",
        ),
        (doxycycline(*TARGETS).replace("\tdoxycycline\t", "\tDoxy cycline\t"), "'Doxy cycline'"),
        (doxycycline(*TARGETS, value="much\t0.3\t3"), "not a number"),
        (doxycycline(*TARGETS, value="5\t0.3\t3"), "not between low 0.3 and high 3"),
    ],
)
def test_what_is_wrong_with_an_antibiotic_is_told_before_anything_is_compiled(tmp_path, text, says):
    biology = overlay(tmp_path, antibiotics_tsv=text)
    with pytest.raises(InputError) as caught:
        compile_model(biology)
    (problem, *_) = (one for one in caught.value.problems if says in str(one))
    assert problem.file == tmp_path / "antibiotics.tsv"
    assert problem.line


def test_an_id_that_parameters_have_too_is_refused(tmp_path):
    mine = "id\tvalue\tunit\trole\ndoubled\t1\t1\tfixed\n".replace("doubled", "k_broad_skin")
    biology = overlay(tmp_path, parameters_tsv=mine)
    with pytest.raises(InputError, match="k_broad_skin stands here and in line 2"):
        read_tables(biology)


def test_the_shipped_table_is_whole():
    assert not list(antibiotic_problems(shipped_biology()))


def test_a_rate_says_what_it_is_and_not_only_what_its_table_notes(model):
    """Of what to learn first one was "three log10 in children on cefaclor"."""
    rows = model.tables.parameters
    noted = rows["k_cephalosporin_enterobacteria"].text("note")
    assert noted.startswith("killing of enterobacteria in a full course of cephalosporin: three")
    own = "killing of butyrate producers in a full course of broad"
    assert rows["k_broad_butyrate_producers"].text("note") == own
