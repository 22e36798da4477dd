"""Every fault that `gutskin model check` promises to find, put into a copy of the biology."""

from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from gutskin.model.biology import Biology, biology_folder
from gutskin.model.check import check_model
from gutskin.model.check_numbers import spectrum
from gutskin.model.check_tables import table_problems
from gutskin.model.drugs import drugs, place_values
from gutskin.model.evidence import load_evidence
from gutskin.model.tables import read_tables

ADULTS = [  # as it stands in populations.toml, of the last population
    line
    for line in (biology_folder() / "populations.toml").read_text(encoding="utf-8").splitlines()
    if line.startswith("severity_scale = { lognormal")
][-1]


def change(path, start, old, new):
    """Replace `old` by `new` in the one line that begins with `start`; gives its number."""
    lines = path.read_text(encoding="utf-8").splitlines()
    (place,) = [i for i, line in enumerate(lines) if line.lstrip("$").startswith(start)]
    assert old in lines[place], lines[place]
    lines[place] = lines[place].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place + 1


def set_cell(path, name, /, **cells):
    """Write cells of one row; gives its line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    (place,) = [i for i, line in enumerate(lines) if line.split("\t")[0] == name]
    row = lines[place].split("\t")
    for column, text in cells.items():
        row[header.index(column)] = text
    lines[place] = "\t".join(row)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place + 1


def new_row(path, **cells):
    """Add a row; gives its line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    lines.append("\t".join(cells.get(column, "") for column in header))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


@cache
def shipped_faults():
    """Faults of the shipped model, so that one of them does not hide what a test looks for."""
    return {(one.file.name, one.line, str(one.message)) for one in check_model()}


def only(problems, *places):
    """The problems that the copy has beyond the shipped model: one at each of these places.

    A place is a file, a line and words of what is told of it.
    """
    new = [
        one for one in problems if (one.file.name, one.line, one.message) not in shipped_faults()
    ]
    shown = "\n".join(map(str, new))
    assert len(new) == len(places), shown
    for file, line, words in places:
        here = [one for one in new if (one.file, one.line) == (file, line)]
        assert len(here) == 1, shown
        assert words in str(here[0])


def test_the_shipped_model_is_sound():
    assert [str(problem) for problem in check_model()] == []


FRAGMENT_FAULTS = [
    # file, beginning of the line, old, new, words of the problem
    ("gut_lumen.ant", "scfa_concentration", "acetate_concentration +", "gut_acetate +",
     "but one is added to or compared with the other"),
    ("gut_lumen.ant", "excrete_lactate", "transit_rate * ", "s_m01 * k_transit * k_transit * ",
     "the rate is in mmol/day^2, but gut_lactate changes in mmol/day"),
    ("epidermis.ant", "make_filaggrin_SITE", "exp(s_m67", "exp(k_ph * s_m67",
     "takes a bare number"),
    ("scores.ant", "easi :=", "^x_easi_extent * (easi_signs", "^k_ph * (easi_signs",
     "the exponent `k_ph`"),
    ("airway.ant", "settle_airway", "k_airway *", "k_airwy *", "Did you mean 'k_airway'?"),
    ("airway.ant", "// M94", "M94", "M95", "M95 has no row"),
]  # fmt: skip


def test_a_state_that_nothing_makes_or_removes_is_found_where_it_is_declared(folder):
    wanted = []
    for name, start, species, words in (
        ("airway.ant", "settle_airway", "airway_inflammation", "nothing removes"),
        ("gut_lumen.ant", "make_bile_acid", "gut_bile_acid", "nothing makes"),
    ):
        path = folder / name
        change(path, start, start, f"// {start}")
        lines = path.read_text(encoding="utf-8").splitlines()
        (declared,) = [
            i
            for i, line in enumerate(lines, 1)
            if line.startswith("sub") and f" {species} in" in line
        ]
        wanted.append(f"{path}:{declared}: {words} {species}")
    found = [str(one) for one in check_model(Biology(folder))]
    for place in wanted:
        assert any(one.startswith(place) for one in found), found


def test_what_nobody_reads_and_nobody_shows_is_found_and_a_fault_of_every_site_told_once(folder):
    """A rule that nobody reads, where a read-out is none; the faults are all that is found."""
    path, table, sites = (
        folder / name for name in ("airway.ant", "mechanisms.tsv", "epidermis.ant")
    )
    rule = "inflamed_twice := 2 * airway_inflammation"
    text = path.read_text(encoding="utf-8").replace("// read-out\n", f"{rule}\n\n// read-out\n")
    path.write_text(text, encoding="utf-8")
    rate = change(sites, "lose_lipid_SITE", "k_lipid *", "k_lipid * k_lipid *")
    mechanism = set_cell(table, "M21", shown_by="")
    only(
        check_model(Biology(folder)),
        (path, text.splitlines().index(rule) + 1, "no equation reads inflamed_twice"),
        (table, mechanism, "M21: no shown_by."),
        (sites, rate, "the rate is in 1/day^2"),
    )


def test_a_state_that_nobody_reads_and_a_mechanism_that_no_experiment_shows_are_found(folder):
    path, table = folder / "airway.ant", folder / "mechanisms.tsv"
    change(path, "nasal_symptoms", "* airway_inflammation / (1 + airway_inflammation)", "")
    lines = path.read_text(encoding="utf-8").splitlines()
    state = 1 + lines.index("substanceOnly species airway_inflammation in airway")
    mechanism = set_cell(table, "M21", shown_by="C700")
    only(
        check_model(Biology(folder)),
        (path, state, "airway_inflammation is read by no equation but its own"),
        (table, mechanism, "shown_by is 'C700', and there is no such experiment."),
    )


MODEL_TABLE_FAULTS = [
    ("mechanisms.tsv", "M30", {"claims": "C99"}, "there is no claim C99"),
    ("mechanisms.tsv", "M30", {"rules_and_reactions": "plasma_acetate;plasma_butyrate"},
     "s_m30 is used in plasma_propionate, which the row does not list"),
    ("mechanisms.tsv", "M65", {"rules_and_reactions": "raise_tslp_SITE;type2_SITE"},
     "s_m65 is not used in type2_SITE, which the row lists"),
    ("mechanisms.tsv", "M46", {"rules_and_reactions": "release_eosinophil"}, "Did you mean"),
    ("parameters.tsv", "s_m46", {"role": "fixed", "evidence": "RV0001"},
     "s_m46 has the role fixed"),
    ("parameters.tsv", "k_ige", {"role": "fixed"}, "a range beside the role fixed"),
    ("endpoints.tsv", "il5", {"quantity": "serum_ill5"}, "Did you mean 'serum_il5'?"),
    ("endpoints.tsv", "il5", {"unit": "mg/mL"}, "serum_il5 is in pg/mL, not in mg/mL"),
    ("rules.tsv", "serum_tarc", {"id": "serum_trac"}, "Did you mean 'serum_tarc'?"),
    ("rules.tsv", "agr_SITE", {"name": ""}, "agr_SITE has no name"),
    ("parameters.tsv", "k_lactate", None, "no equation reads it"),
    ("species.tsv", "gut_unicorn", None, "is in no fragment"),
    ("parameters.tsv", "s_m00", None, "is the switch of no mechanism"),
    ("species.tsv", "tolerance_imprint", {"sign": "+"}, "its equation takes it below nothing"),
    ("species.tsv", "gut_treg", {"sign": "+-"}, "nothing takes it below nothing"),
    ("identifiers.tsv", "gut_treg", {"id": "gut_unicorn"}, "there is no state or compartment"),
    ("identifiers.tsv", "gut_treg", {"is": "CL 0000815"}, "'CL 0000815' is no identifier"),
    ("species.tsv", "gut_formate", {"boundary": ""}, "is a boundary species here or"),
    ("parameters.tsv", "k_peptides", {"value": "80", "high": "90"},
     "moves at 80 per day from the start healthy_adult"),
]  # fmt: skip
NEW_ROWS = {
    "k_lactate": {"value": "1", "unit": "1/day", "distribution": "lognormal", "low": "0.5",
                  "high": "2", "role": "assumed"},
    "gut_unicorn": {"unit": "1", "typical": "1", "healthy_adult": "1"},
    "s_m00": {"value": "1", "unit": "1", "distribution": "fixed", "role": "switch"},
}  # fmt: skip


STOPS = ("Did you mean 'k_airway'?", "is in no fragment")  # nothing more can be asked then


def rounds():
    """Faults that go into one copy: the model is compiled once for all that do not meet."""
    found = [[]]
    for case in (*FRAGMENT_FAULTS, *MODEL_TABLE_FAULTS):
        room = (one for one in found[1:] if all(case[:2] != other[:2] for other in one))
        if case[-1] in STOPS:
            found[0].append([case])
        elif (one := next(room, None)) is not None:
            one.append(case)
        else:
            found.append([case])
    return [*found[0], *found[1:]]


@cache
def checked(number):
    """The problems of the copy that holds the faults of a round, and the line of each fault."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "biology"
        copytree(biology_folder(), folder)
        lines = {}
        for case in rounds()[number]:
            name, row, *more, words = case
            if len(case) == 5:
                lines[case[0], row, words] = change(folder / name, row, *more)
            elif more[0] is None:
                lines[name, row, words] = new_row(folder / name, id=row, **NEW_ROWS[row])
            else:
                lines[name, row, words] = set_cell(folder / name, row, **more[0])
        found = [(one.file.name, one.line, str(one)) for one in check_model(Biology(folder))]
    return found, lines


ROUNDS = [
    pytest.param(number, case, id=f"{number}-{case[0]}-{case[1]}-{case[-1]}")
    for number, cases in enumerate(rounds())
    for case in cases
]


@pytest.mark.parametrize(("number", "case"), ROUNDS)
def test_a_fault_of_a_fragment_or_of_a_table_beside_it_is_found_in_its_line(number, case):
    found, lines = checked(number)
    name, row, words = case[0], case[1], case[-1]
    if "moves at" in words:
        name, here = "skin_surface.ant", [one for one in found if one[0] == "skin_surface.ant"]
    elif "s_m46" in words:  # told where the mechanism asks for it
        here = [one for one in found if "M46" in one[2]]
    else:
        here = [one for one in found if one[:2] == (name, lines[name, row, words])]
    assert any(words in says for *_, says in here), "\n".join(says for *_, says in found)


TABLE_FAULTS = [
    ("species.tsv", "gut_acetate", {"unit": "mmoll"}, "unit is 'mmoll'"),
    ("species.tsv", "gut_acetate", {"typical": "0"}, "typical is '0'"),
    ("species.tsv", "gut_acetate", {"severe": "much"}, "severe is 'much', not a number"),
    ("species.tsv", "gut_acetate", {"sign": "-"}, "sign is '-'"),
    ("species.tsv", "gut_acetate", {"severe": "-1"}, "may be below 0"),
    ("parameters.tsv", "k_ige", {"unit": ""}, "unit is ''"),
    ("parameters.tsv", "k_ige", {"value": "3"}, "value 3 is not between low"),
    ("parameters.tsv", "k_ige", {"high": ""}, "without both low and high"),
    ("parameters.tsv", "k_ige", {"distribution": "gaussian"}, "distribution is 'gaussian'"),
    ("parameters.tsv", "k_ige", {"role": "guessed"}, "role is 'guessed'"),
    ("parameters.tsv", "k_ige", {"evidence": "ZZ0001"}, "there is no evidence ZZ0001"),
    ("parameters.tsv", "k_ige", {"low": "0"}, "a lognormal with low 0"),
    (
        "parameters.tsv",
        "lean_th1",
        {"correlated_with": "k_iga2:0.4"},
        "correlated_with is 'k_iga2:0.4'",
    ),
    (
        "parameters.tsv",
        "lean_th1",
        {"correlated_with": "lean_th22"},
        "correlated_with is 'lean_th22'",
    ),
    (
        "parameters.tsv",
        "lean_th1",
        {"correlated_with": "lean_th22:1"},
        "correlated_with is 'lean_th22:1'",
    ),
    (
        "parameters.tsv",
        "lean_th1",
        {"correlated_with": "lean_th1:0.4"},
        "correlated_with is 'lean_th1:0.4'",
    ),
    (
        "parameters.tsv",
        "lean_th1",
        {"correlated_with": "lean_th17:0.4"},
        "has a correlation of its own",
    ),
    (
        "parameters.tsv",
        "lean_th1",
        {"correlated_with": "k_ige:0.4"},
        "does not differ between patients",
    ),
    ("parameters.tsv", "k_ige", {"between_patient_cv": "-0.2"}, "between_patient_cv is -0.2"),
    ("parameters.tsv", "f_own_place", {"high": "1.2"}, "a logit reaches 0 or 1, or beyond"),
    ("parameters.tsv", "ka_drug", {"evidence": ""}, "neither a source nor a prior"),
    ("mechanisms.tsv", "M30", {"evidence": ""}, "no evidence"),
    ("mechanisms.tsv", "M30", {"switch": ""}, "no switch"),
    ("mechanisms.tsv", "M30", {"grade": "D"}, "grade is 'D'"),
    ("mechanisms.tsv", "M30", {"route": "metabolite"}, "route is 'metabolite'"),
    ("mechanisms.tsv", "M30", {"counter_evidence": "RV"}, "there is no evidence RV"),
    ("endpoints.tsv", "scorad", {"scale": "logarithmic"}, "scale is 'logarithmic'"),
    ("endpoints.tsv", "scorad", {"high": "0"}, "low is not below high"),
    ("endpoints.tsv", "scorad", {"noise": "9"}, "noise 9 is not between"),
    ("endpoints.tsv", "tewl", {"noise_high": ""}, "is not between noise_low and noise_high"),
    ("endpoints.tsv", "itch", {"noise": "-0.65", "noise_low": "-1"}, "noise -0.65 is not between"),
    ("endpoints.tsv", "itch", {"grade": ""}, "grade is ''"),
    ("endpoints.tsv", "easi", {"noise_at": ""}, "no score at which it is told"),
    ("endpoints.tsv", "easi75", {"noise_at": "0"}, "noise_at is 0"),
    ("endpoints.tsv", "scorad", {"noise_at": "40"}, "noise_at with the scale linear"),
    ("conduct.tsv", "noise_fast_sd", {"value": "9"}, "value 9 is not between"),
    ("strains.tsv", "w23", {"evidence": "RV9999"}, "there is no evidence RV9999"),
    ("strains.tsv", "lgg", {"seal_sd": "0"}, "seal_sd is 0"),
    ("strains.tsv", "lgg", {"seal_mean": ""}, "seal_sd without seal_mean"),
    ("strain_priors.tsv", "any", {"evidence": "RV9999"}, "there is no evidence RV9999"),
    ("strain_priors.tsv", "any", {"survival": "0.5"}, "survival 0.5 is not between"),
    ("strain_priors.tsv", "bifidobacteria", {"acetate_low": ""}, "acetate_yield without"),
    ("settle.tsv", "k_memory", {"factor": "forty"}, "factor is 'forty'"),
    ("genotypes.tsv", "homozygous", {"evidence": "RV9999"}, "there is no evidence RV9999"),
]


@pytest.mark.parametrize(("name", "row", "cells", "words"), TABLE_FAULTS)
def test_a_fault_of_a_row_is_found_in_its_line(folder, name, row, cells, words):
    line = set_cell(folder / name, row, **cells)
    found = list(table_problems(read_tables(Biology(folder)), load_evidence()))
    only(found, (folder / name, line, words))


def test_a_fit_to_rows_that_nobody_saw_is_no_source(folder):
    hidden = next(one.id for one in load_evidence().values() if one.seen_in == "unverified")
    line = set_cell(folder / "parameters.tsv", "tewl_scale", role="fitted", evidence=hidden)
    found = list(table_problems(read_tables(Biology(folder)), load_evidence()))
    says = f"fitted to {hidden}, whose sources were not seen"
    only(found, (folder / "parameters.tsv", line, says))


@pytest.mark.parametrize(
    ("start", "old", "new", "words"),
    [
        (ADULTS, "severity_scale", "severity_scales", "Did you mean 'severity_scale'?"),
        (ADULTS, "severity_scale", "k_ige", "k_ige has the role prior"),
        (ADULTS, "lognormal", "log_normal", "severity_scale is spread as"),
        ("like = ", "ad_adult", "ad_adlt", "like is 'ad_adlt'."),
    ],
)
def test_a_covariate_of_a_population_that_the_model_lacks_is_found(folder, start, old, new, words):
    line = change(folder / "populations.toml", start, old, new)
    found = list(table_problems(read_tables(Biology(folder)), load_evidence()))
    only(found, (folder / "populations.toml", line, words))


def test_a_fragment_that_cannot_be_read_is_told_with_its_line(folder):
    line = change(folder / "airway.ant", "nasal_symptoms", "(1 +", "((1 +")
    only(check_model(Biology(folder)), (folder / "airway.ant", line, ""))


def test_assigned_quantities_carry_the_unit_of_their_rule(model):
    units = model.assigned_units
    assert set(units) == set(model.assigned_ids)
    assert units["plasma_butyrate"] == "mmol/L"
    assert units["age"] == "day"
    assert model.unit("scfa_concentration") == "mmol/L"
    assert model.unit("scorad") == "points"
    assert model.unit("gut_acetate") == "mmol"
    assert model.unit("k_transit") == "1/day"


def test_closed_form_the_spectrum_of_single_decays(model):
    """With the drug alone in its compartments the slowest of its rates is known."""
    values = dict(model.values()) | place_values(drugs(model.biology)["dupilumab"], 1)
    found = spectrum(model, model.initial(), values)
    assert len(found.rates) == len(model.state_ids)
    assert np.all(np.diff(found.rates) <= 0.0)
    ka = values["ka_drug_1"]
    np.testing.assert_allclose(np.abs(found.rates - ka).min(), 0.0, atol=1e-6)
    acquired = 2  # sensitisation to food and air stands still in the grown
    assert np.all(found.rates[-acquired:] == 0.0)
    assert 0.0 < found.rates[-acquired - 1] < 0.01 < 5.0 < found.fastest < 50.0
