"""Tables for spreadsheets: what a cell may hold."""

import csv
import io

import pytest

from gutskin import extras
from gutskin.errors import InputError
from gutskin.report.spreadsheet import (
    check_tables,
    flat_rows,
    rows_of_power,
    rows_of_trial,
    table_of,
    write_tables,
)


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-cmd", "@sum", "\tx"])
def test_no_text_is_a_formula(text):
    (row,) = csv.DictReader(io.StringIO(table_of([{"label": text, "number": -1.5}])))
    assert row == {"label": f"'{text}", "number": "-1.5"}


def test_texts_with_commas_quotes_and_lines_come_back_whole():
    rows = [{"label": 'a, "b"\nc', "ends": [1.0, None]}, {"label": "", "ends": [2.5, 3.0]}]
    assert list(csv.DictReader(io.StringIO(table_of(rows)))) == [
        {"label": 'a, "b"\nc', "ends_low": "1.0", "ends_high": ""},
        {"label": "", "ends_low": "2.5", "ends_high": "3.0"},
    ]


def test_only_tables_of_this_kind_are_written(tmp_path):
    check_tables(None, None)
    check_tables(tmp_path / "a.CSV", tmp_path / "a.XLSX")
    with pytest.raises(InputError) as both:
        check_tables(tmp_path / "a.xlsx", tmp_path / "nowhere" / "a.csv")
    assert [one.message for one in both.value.problems] == [
        f"--csv {tmp_path / 'a.xlsx'}: this table is a .csv file.",
        f"--xlsx {tmp_path / 'nowhere' / 'a.csv'}: this table is a .xlsx file.",
        "there is no such folder.",
    ]
    assert write_tables([{"a": 1}], tmp_path / "a.csv", None) == [tmp_path / "a.csv"]
    assert (tmp_path / "a.csv").read_text() == "a\n1\n"
    with pytest.raises(InputError):
        write_tables([{"a": 1}], None, tmp_path / "nowhere" / "deep" / "a.xlsx")


def test_a_workbook_needs_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    check_tables(tmp_path / "a.csv", None)
    with pytest.raises(InputError, match=r'pip install "gutskin\[tables\]"'):
        check_tables(None, tmp_path / "a.xlsx")


def test_a_table_of_nothing_is_an_empty_line():
    assert table_of([]) == "\n"


def test_power_has_a_row_for_each_number_of_patients_without_what_fits_no_cell():
    row = {"n": 20, "power": 0.1, "power_ci95": [0.05, 0.2], "sizes": {"a": 20}, "many": [1, 2, 3]}
    summary = {
        "trial": "t", "stance": "evidence", "replicates": 40, "seed": 1, "endpoint": "scorad",
        "model": {"content_hash": "f00"}, "arm": "mix", "power": [row, {**row, "n": 50}],
    }  # fmt: skip
    one, other = rows_of_power(summary)
    assert (one["n"], other["n"], one["arm"], one["model"]) == (20, 50, "mix", "f00")
    assert one["power_ci95"] == [0.05, 0.2]
    assert "sizes" not in one
    assert "many" not in one
    both = {**summary, "by_arm": {"a": {"power": [row]}, "b": {"power": [row]}}}
    assert [each["arm"] for each in rows_of_power(both)] == ["a", "b"]


def test_numbers_of_a_table_have_six_figures():
    row = {"n": 123456789, "mean": -13.643976628187193, "ends": [1.8e-12 / 7, None], "p": 1 / 3}
    (flat,) = flat_rows([row])
    assert flat == {"n": 123456789, "mean": -13.644, "ends_low": 2.57143e-13, "ends_high": None,
                    "p": 0.333333}  # fmt: skip


def told(mean):
    return {"mean": mean, "ci95_low": mean / 2, "ci95_high": mean * 2, "monte_carlo_error": 0.1}


def trial_with(endpoints, **more):
    return {
        "trial": "t", "stance": "evidence", "replicates": 40, "seed": 1, "weeks": 16.0,
        "model": {"content_hash": "f00"}, "primary": "easi75",
        "arms": [{"name": "drug", "n": 20, "control": False},
                 {"name": "placebo", "n": 10, "control": True}],
        "endpoints": {
            name: {"label": name, "unit": "1", "differences": {"drug": one}}
            for name, one in endpoints.items()
        },
        **more,
    }  # fmt: skip


def test_ratios_of_hazards_rates_and_means_stand_beside_the_difference():
    """A table had the difference of a time to an event and not its hazard ratio."""
    logs = {"method": "ancova", "ratio": told(0.8), "true_effect": {"ratio": told(0.9)}}
    logs["true_effect"]["ratio"] |= {"certainty": "open", "share_lower": 0.6}
    summary = trial_with({
        "easi75": {"method": "log-rank", "missing": "as observed", "hazard_ratio": told(2.0),
                   "share_adjusted_p_below_0_05_for": 0.7},
        "flares": {"method": "negative-binomial", "rate_ratio": told(0.5)},
        "tarc": logs, "scorad": told(-3.0),
    })  # fmt: skip
    rows = {(row["endpoint"], row["arm"]): row for row in rows_of_trial(summary)}
    assert len({(*row,) for row in rows.values()}) == 1  # every row has every column
    found = {name: rows[name, "drug"] for name in summary["endpoints"]}
    assert [(one["ratio_of"], one["ratio_mean"]) for one in found.values()] == [
        ("hazards", 2.0), ("rates", 0.5), ("geometric means", 0.8), (None, None),
    ]  # fmt: skip
    assert (found["easi75"]["ratio_ci95_low"], found["easi75"]["method"]) == (1.0, "log-rank")
    assert found["easi75"]["share_adjusted_p_below_0_05_for"] == 0.7
    assert (found["tarc"]["true_ratio_ci95_high"], found["scorad"]["method"]) == (1.8, "ancova")
    where = [found["tarc"][f"true_ratio_{key}"] for key in ("share_lower", "certainty")]
    assert where == [0.6, "open"]
    assert rows["easi75", "placebo"]["ratio_of"] is rows["easi75", "placebo"]["method"] is None


def test_estimands_have_a_row_for_each_estimator_a_risk_ratio_as_such():
    mixed = {"name": "mixed", "method": "mmrm", "missing": "as observed",
             "reported": told(1.5), "bias": 1.1}  # fmt: skip
    one = {"name": "kept", "endpoint": "easi75", "week": 8.0, "summary": "risk ratio",
           "unit": "ratio",
           "arms": [{"arm": "drug", "true": told(1.4), "estimators": [mixed]}]}  # fmt: skip
    points = {**one, "summary": "risk difference", "unit": "1"}
    points["arms"] = [{"arm": "drug", "true": told(0.2), "estimators": []}]
    summary = trial_with({"easi75": told(0.1)}, estimands=[one, points])
    *_, ratio, bare = rows_of_trial(summary)
    assert (ratio["estimand"], ratio["estimator"], ratio["week"]) == ("kept", "mixed", 8.0)
    assert (ratio["ratio_of"], ratio["ratio_mean"], ratio["true_ratio_mean"]) == (
        "risks", 1.5, 1.4,
    )  # fmt: skip
    assert (ratio["bias"], ratio["difference_mean"]) == (1.1, None)
    assert (bare["true_effect_mean"], bare["ratio_of"], bare["estimator"]) == (0.2, None, None)
    assert {*bare} == {*ratio}
