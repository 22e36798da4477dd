"""A mechanism's card: it says what the tables say, and its switch does to a trial what it must."""

import dataclasses
import json
import re
from types import MappingProxyType

import numpy as np
import pytest

from gutskin.engine.trajectories import SimulationFailed
from gutskin.errors import InputError
from gutskin.evidence import switching
from gutskin.evidence.card import by_place, find_mechanism, make_card
from gutskin.evidence.findings import AGAINST, FOR, finding
from gutskin.evidence.switching import Amount, Consequence, Switched, consequence
from gutskin.model.biology import Biology, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.evidence import Evidence, load_evidence
from gutskin.report import card as report
from gutskin.report.card import headline, print_card, print_list, render_card
from gutskin.report.console import Terminal
from gutskin.trials import routes
from gutskin.trials.design import TrialDesign

# the trial of tests/trials/test_conduct.py, so that its compiled functions serve here too
DESIGN = TrialDesign.model_validate(
    {
        "name": "tiny",
        "title": "A tiny trial",
        "population": "ad_child",
        "eligibility": {"scorad": (20.0, 103.0)},
        "visits": {"weeks": (0.0, 1.0, 2.0), "screening_weeks": 1.0},
        "arms": (
            {
                "name": "active",
                "n": 3,
                "interventions": ({"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9},),
            },
            {"name": "placebo", "n": 3, "control": True},
        ),
        "conduct": {"dropout_share": 0.0},
        "analysis": {"primary": "scorad", "endpoints": ("scorad", "il5")},
    }
)


def mechanism_with(model, route, at=0):
    return [row for row in model.tables.mechanisms.values() if row.text("route") == route][at]


def the_switch_of_arrival(model):
    """The switch without which no dosed strain reaches the colon."""
    rows = model.tables.mechanisms.values()
    return next(row for row in rows if "arrive_strain_1" in row.text("rules_and_reactions"))


@pytest.fixture(scope="module")
def arrival():
    model = load_model()
    told = []
    row = the_switch_of_arrival(model)
    switch = row.text("switch")
    found = consequence(DESIGN, model, switch, 2, 11, "article", lambda *now: told.append(now))
    return row, found, told


def by_value(found):
    return {one.value: one for one in found.switched}


def test_without_arrival_the_product_does_nothing_and_placebo_stays_what_it_is(arrival):
    _, found, _ = arrival
    told = by_value(found)
    assert told[0.0].effect.mean == pytest.approx(0.0, abs=0.01)
    assert abs(told[1.0].effect.mean) > 0.01
    for one in found.switched:
        assert one.control.mean == told[1.0].control.mean
    assert not found.untouched


def test_more_arrival_moves_the_effect_on_and_less_moves_it_back(arrival):
    _, found, _ = arrival
    sizes = [one.effect.mean for one in found.switched]
    assert sizes == sorted(sizes) or sizes == sorted(sizes, reverse=True)
    told = by_value(found)
    for value, one in told.items():
        if value != switching.AS_IT_IS:
            expected = one.effect.mean - told[1.0].effect.mean
            assert one.effect_change.mean == pytest.approx(expected)


@pytest.mark.slow
def test_the_switch_as_it_is_gives_the_true_effect_of_the_trial(arrival):
    from gutskin.trials.run import run_trial

    _, found, _ = arrival
    trial = run_trial(DESIGN, load_model(), 2, 11, "article", keep_patients=True)
    latent = trial.data.latent.sel(endpoint="scorad")
    last = latent.isel(visit=-1)
    effect = (last.sel(given="active") - last.sel(given="placebo")).mean(("arm", "patient"))
    told = by_value(found)[1.0]
    assert told.effect.mean == pytest.approx(float(effect.mean()))
    assert told.effect.ci95_low is None  # two repetitions are too few for an interval
    assert told.control.mean == pytest.approx(float(last.sel(given="placebo").mean()))


def test_progress_of_the_trials_reaches_its_end(arrival):
    _, _, told = arrival
    done = [one for one, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1]


def test_a_value_that_cannot_be_computed_is_told_and_the_others_stand(monkeypatch):
    model = load_model()
    row = the_switch_of_arrival(model)
    asked = []

    def follow(study, enrolled, run, pieces, values):
        (value,) = values.values()
        asked.append(value)
        if value == 2.0:
            raise SimulationFailed("patient 3 left the model on day 4")
        return routes.LastVisit(np.array([-1.0 * value]), np.array([30.0]))

    monkeypatch.setattr(switching.routes, "switched", follow)
    monkeypatch.setattr(switching.conduct, "enrol", lambda *rest: None)
    found = consequence(DESIGN, model, row.text("switch"), 1)
    assert asked == [0.0, 0.5, 1.0, 2.0]
    told = by_value(found)
    assert told[2.0].failure == "patient 3 left the model on day 4"
    assert told[2.0].effect is None
    assert told[0.0].effect_change.mean == 1.0
    assert not found.untouched


def amount(mean):
    return Amount(mean, mean - 0.01, mean + 0.01)


def a_consequence(off, control=0.0):
    return Consequence(
        "t", "T", "SCORAD", "points", 8.0, "evidence", 1, 4, 160,
        (
            Switched(0.0, amount(off), amount(off + 3.0), amount(30.0), amount(control)),
            Switched(1.0, amount(-3.0), None, amount(30.0), None),
        ),
    )  # fmt: skip


def test_the_headline_says_what_is_lost_and_when_nothing_is():
    says = headline(a_consequence(-1.0, 0.8))
    assert "by −3.0" in says
    assert "by −1.00" in says
    assert "placebo changes by 0.80" in says
    assert "placebo ends at the same" in headline(a_consequence(-1.0))
    assert "nothing of weight" in headline(a_consequence(-3.0))


@pytest.fixture(scope="module")
def cards():
    model = load_model()
    return {name: make_card(model, row) for name, row in model.tables.mechanisms.items()}


def test_every_card_holds_what_its_row_says(cards):
    model = load_model()
    claims = model.biology.table("claims.tsv")
    known = load_evidence()
    for row in model.tables.mechanisms.values():
        card = cards[row.id]
        assert card.statement == row.text("statement")
        assert [one.id for one in card.of_side(FOR)] == list(row.items("evidence"))
        assert [one.id for one in card.of_side(AGAINST)] == list(row.items("counter_evidence"))
        assert list(card.claims) == [name for name in row.items("claims") if name in claims]
        assert card.equations
        assert card.places
        assert all(one.role != "switch" for one in card.parameters)
        for one in card.parameters:
            cell = model.tables.parameters[one.id.replace("SITE", model.source.sites[0])]
            assert cell.text("value") in one.value
        assert all(one.withheld == known[one.id].withheld for one in card.findings)
        json.dumps(card.to_json(), allow_nan=False)


def test_a_page_leads_nowhere_outside_itself_and_holds_what_the_terminal_says():
    model = load_model()
    row = mechanism_with(model, "barriers")
    card = make_card(model, row, a_consequence(-1.0))
    page = render_card(card, model)
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "<script" not in page
    assert "{{" not in page
    ids = set(re.findall(r' id="q-([^"]+)"', page))
    assert set(re.findall(r'href="#q-([^"]+)"', page)) <= ids
    console = Terminal(width=110, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    print_card(card, console)
    text = re.sub(r"\s+", " ", console.export_text())
    for words in (row.text("statement"), headline(card.consequence), *card.claims.values()):
        assert words in text
    for one in card.findings:
        assert one.id in text
        assert f">{one.id}<" in page


def test_a_card_names_no_test(cards):
    for card in cards.values():
        shown = render_card(card, load_model()) + json.dumps(card.to_json())
        assert not re.search(r"\btests?/|\btest_\w+", shown)


def test_what_uses_a_mechanism_is_told_in_words(cards):
    model = load_model()
    ids = {*model.state_ids, *model.assigned_ids, *model.parameter_ids}
    ids = {one for one in ids if "_" in one}
    for card in cards.values():
        for one in card.uses:
            assert not ids & set(re.findall(r"\w+", one.why)), (card.id, one)
    why = {one.id: one.why for one in cards["M47"].uses}
    assert why["treg_healthy"] == (
        "reads share of Treg among the CD4 cells of blood, which hangs on gut-primed Treg in blood"
    )
    assert why["M48"] == "reads Treg of the skin"


def test_experiments_that_switch_it_off_or_move_its_numbers_use_it(tmp_path):
    from gutskin.evidence.card import _experiments

    model = load_model()
    row = mechanism_with(model, "mediators")
    tables = dataclasses.replace(model.tables, biology=Biology(tmp_path))
    model = dataclasses.replace(model, tables=tables)
    (tmp_path / "claims.toml").write_text(
        f"""
[X1]
experiment = "off"
arms.a.off = ["{row.id}"]
checks = [{{ quantity = "other" }}]
[X2]
experiment = "moved"
arms.a.changed = {{ g_own = "x2" }}
[X3]
experiment = "read"
checks = [{{ quantity = "skin_thing_lesional" }}]
[X4]
experiment = "nothing of it"
arms.a.off = ["M00"]
checks = [{{ quantity = "other" }}]
""",
        encoding="utf-8",
    )
    found = {one.id: one.why for one in _experiments(model, row, {"g_own"}, {"skin_thing"})}
    assert found == {
        "X1": "switches it off", "X2": "moves g own", "X3": "reads skin thing lesional",
    }  # fmt: skip


def evidence_row(table, **cells):
    columns = {"population": "", "value": "", "low": "", "high": "", "unit": "", "quantity": "",
               "source": "", "note": "", "kind": "", "seen_in": "abstract"}  # fmt: skip
    return Evidence("XX0001", table, 2, MappingProxyType({**columns, **cells}))


@pytest.mark.parametrize(
    ("cells", "species", "design"),
    [
        ({"population": "mouse (iIL-13Tg)"}, "mouse", "animal experiment"),
        ({"population": "human in vitro"}, "human", "in vitro"),
        ({"population": "in vitro", "quantity": "Caco-2 TER"}, "human", "in vitro"),
        ({"population": "AD adult RCT (n=54)"}, "human", "randomised trial"),
        ({"population": "AD child <5 y"}, "human", "observation"),
        ({"population": "in vitro"}, "not stated", "in vitro"),
        ({"population": "mouse in vitro"}, "mouse", "in vitro"),
    ],
)
def test_species_and_design_are_read_from_the_words_of_a_row(cells, species, design):
    one = finding(evidence_row("reference_values", **cells))
    assert (one.species, one.design) == (species, design)


def test_a_finding_without_a_number_is_told_in_words_alone():
    said = finding(evidence_row("reference_values", quantity="IL-33 up", value="see_quantity"))
    assert said.finding == "IL-33 up"
    numbers = {"quantity": "TEWL", "value": "5", "low": "4", "high": "6", "unit": "g/m2/h"}
    assert finding(evidence_row("reference_values", **numbers)).finding == "TEWL: 5 g/m2/h (4 to 6)"


def test_every_row_of_every_evidence_table_can_be_told():
    for one in load_evidence().values():
        told = finding(one)
        assert told.finding
        assert told.design
        assert "see_quantity" not in told.finding


@pytest.mark.parametrize("name", ["M07", "m07", "s_m07"])
def test_a_mechanism_is_found_by_id_and_by_switch(name):
    assert find_mechanism(name, shipped_biology()).id == "M07"


@pytest.mark.parametrize(("name", "hint"), [("M77x", "M77"), ("treg", "M01"), ("", "M01")])
def test_an_unknown_mechanism_is_told_with_what_to_do(name, hint):
    with pytest.raises(InputError, match=hint):
        find_mechanism(name, shipped_biology())


def test_the_list_holds_every_mechanism_once():
    found = [row.id for rows in by_place(shipped_biology()).values() for row in rows]
    assert sorted(found) == sorted(load_model().tables.mechanisms)
    console = Terminal(width=110, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    print_list(by_place(shipped_biology()), console)
    text = console.export_text()
    assert all(re.search(rf"\b{name}\b", text) for name in found)


def test_few_repetitions_have_a_mean_and_no_interval():
    few = switching._amount(np.array([-3.0, -2.0]))
    assert (few.mean, few.ci95_low, few.ci95_high) == (-2.5, None, None)
    assert report.amount(few, "points") == "−2.5±0.5"
    one = switching._amount(np.array([-3.0]))
    assert one.monte_carlo_error is None
    assert report.amount(one, "points") == "−3.00"
    json.dumps(few.__dict__, allow_nan=False)
