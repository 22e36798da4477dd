"""Shrinking what trials say of strains: closed forms, and the tables as the script leaves them."""

import importlib.util
import math
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.evidence import load_evidence
from gutskin.model.tables import read_tables
from gutskin.population.draw import WIDTH
from gutskin.population.strain_update import Result, updated

SHARES = {"class": 0.1, "species": 0.3, "strain": 0.6}
SCRIPT = Path(__file__).parents[2] / "scripts" / "fit_strains.py"


def strain(name, species="s", group="c"):
    return {"class": group, "species": species, "strain": name}


def test_without_results_the_prior_stays():
    assert updated(strain("a"), [], 1.0, 1.5, SHARES) == (1.0, 1.5)


def test_closed_form_a_strain_s_own_result_is_weighed_by_its_variance():
    mean, sd = updated(strain("a"), [Result((strain("a"),), 4.0, 2.0)], 1.0, 1.5, SHARES)
    weight = 1.5**2 / (1.5**2 + 2.0**2)
    assert mean == pytest.approx(1.0 + 3.0 * weight)
    assert sd == pytest.approx(1.5 * np.sqrt(1 - weight))


@pytest.mark.parametrize(
    ("other", "common"),
    [(strain("b"), 0.4), (strain("b", "t"), 0.1), (strain("b", "t", "d"), 0.0)],
)
def test_closed_form_a_relative_is_moved_by_what_it_shares(other, common):
    mean, sd = updated(other, [Result((strain("a"),), 4.0, 0.0)], 1.0, 1.5, SHARES)
    assert mean == pytest.approx(1.0 + common * 3.0)
    assert sd == pytest.approx(1.5 * np.sqrt(1 - common**2))


def test_a_pool_of_two_strains_says_less_of_each_than_two_results():
    pool = [Result((strain("a"), strain("b")), 4.0, 0.5)]
    each = [Result((strain(name),), 4.0, 0.5) for name in "ab"]
    of_pool, of_each = (updated(strain("a"), one, 1.0, 1.5, SHARES) for one in (pool, each))
    assert 1.0 < of_pool[0] < of_each[0] < 4.0
    assert of_each[1] < of_pool[1] < 1.5


def test_the_same_by_drawing_many_strains():
    """Independent: regress drawn strains on drawn results."""
    rng = np.random.default_rng(1)
    group, species, a, b = (rng.normal(0, 1.5 * np.sqrt(s), 400_000) for s in (0.1, 0.3, 0.6, 0.6))
    x, y = 1 + group + species + a, 1 + group + species + b
    seen = (x + y) / 2 + rng.normal(0, 0.8, len(x))
    slope = np.cov(x, seen)[0, 1] / seen.var()
    found, _ = updated(
        strain("a"), [Result((strain("a"), strain("b")), 2.4, 0.8)], 1.0, 1.5, SHARES
    )
    assert found == pytest.approx(1 + slope * 1.4, abs=0.01)


def test_the_tables_hold_what_the_script_computes():
    script = _script()
    tables = read_tables(shipped_biology())
    rows = {"strains.tsv": tables.strains, "strain_priors.tsv": tables.strain_priors}
    fit = script.fitted(tables, dict(load_evidence()))
    assert fit
    for (table, name, axis), (mean, sd) in fit.items():
        row = rows[table][name]
        found = (row.number(f"{axis}_mean"), row.number(f"{axis}_sd"))
        assert found == pytest.approx((mean, sd), abs=0.0051), (name, axis)


@cache
def _script():
    spec = importlib.util.spec_from_file_location("fit_strains", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_no_axis_of_a_strain_or_species_that_is_fitted_is_left_from_a_result_that_is_gone():
    """A factor or an imprint of a strain or a species comes out of a result that names it."""
    tables = read_tables(shipped_biology())
    fit = _script().fitted(tables, dict(load_evidence()))
    for table, rows in (
        ("strains.tsv", tables.strains),
        ("strain_priors.tsv", tables.strain_priors),
    ):
        for name, row in rows.items():
            filled = {axis for axis in ("factor", "imprint") if row.text(f"{axis}_mean")}
            found = {axis for place, one, axis in fit if (place, one) == (table, name)}
            assert name == "any" or filled <= found, name


def test_the_same_evidence_has_one_error_in_the_fit_and_in_the_statement_that_is_asked_of_it():
    """C50 asks within 1.96 of the errors with which its strains were fitted."""
    script, tables, evidence = _script(), read_tables(shipped_biology()), dict(load_evidence())
    unit, _ = script.pooled(evidence["MA0001"], "points")
    results = tables.biology.table("strain_results.tsv")
    ends = {}
    for name in ("lgg_treatment", "salivarius_treatment"):
        value, error = (one * unit for one in script.estimated(results[name], evidence))
        ends[name] = (value, abs(error))
    gg, salivarius = ends["lgg_treatment"], ends["salivarius_treatment"]
    apart = (salivarius[0] - gg[0], math.hypot(salivarius[1], gg[1]))
    file = tomllib.loads((shipped_biology().folder / "claims.toml").read_text())
    asked = [one.get("expected") or one["near"] for one in file["C50"]["checks"]]
    for (value, error), (low, high) in zip((apart, gg, salivarius), asked, strict=True):
        half = error * WIDTH / 2
        assert (low, high) == pytest.approx((value - half, value + half), abs=0.06)


def test_closed_form_a_result_of_one_trial_has_the_spread_between_trials_and_a_pool_has_not():
    """2.8 points of -3, and 0.2 of the logarithm of a risk ratio, in units of their axes."""
    script, tables, evidence = _script(), read_tables(shipped_biology()), dict(load_evidence())
    rows = tables.biology.table("strain_results.tsv")
    assert {row.text("trials") for row in rows.values()} == {"1", "many"}
    points = abs(script.pooled(evidence["MA0001"], "points")[0])
    ratio = abs(script.pooled(evidence["MA0020"], "ln_ratio")[0])
    for name, row in rows.items():
        of_one = 2.8 / points if row.text("measure") == "points" else 0.2 / ratio
        wanted = of_one if row.text("trials") == "1" else 0.0
        assert script.spread_between_trials(row, evidence, tables) == pytest.approx(wanted), name
    fit = script.fitted(tables, evidence)
    assert fit["strains.tsv", "cjlp133", "factor"][1] > 0.9  # 0.72 by its own error alone


def test_treatment_speaks_of_regulation_and_prevention_of_the_imprint_in_the_shipped_results_too():
    rows = shipped_biology().table("strain_results.tsv").values()
    speaks = {row.text("measure"): set() for row in rows}
    for row in rows:
        speaks[row.text("measure")].add(row.text("axis"))
    assert speaks == {"points": {"factor"}, "ln_ratio": {"imprint"}}
