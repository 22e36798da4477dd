"""Results as tables for spreadsheets: comma-separated values, or a workbook of one sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from gutskin.errors import InputError
from gutskin.extras import lacking
from gutskin.report.variance_shares import variance_cells

FIGURES = 6  # of a number in a table
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes a text for a formula by
OF_ARM = ("baseline_mean", "end_mean", "change_mean", "change_sd", "change_ratio")
OF_TRIALS = ("share_p_below_0_05_for", "share_p_below_0_05_against")
ADJUSTED = "share_adjusted_p_below_0_05_for"  # where several questions are asked
RATIOS = {"hazard_ratio": "hazards", "rate_ratio": "rates", "ratio": "geometric means"}
OF_ESTIMAND = {"risk ratio": "risks", "ratio of geometric means": "geometric means"}
OF_RATIO = ("share_lower", "certainty")  # of a true ratio: where it lies in worlds
INTERVAL = ("mean", "ci95_low", "ci95_high", "monte_carlo_error")


def check_tables(csv: Path | None, xlsx: Path | None) -> None:
    """Refuse tables of another kind, and a workbook that cannot be written here.

    Raises
    ------
    InputError
        If a name does not end in .csv or .xlsx, a place cannot be written to, or the package that
        writes workbooks is missing.
    """
    from gutskin.atomic_write import output_problems

    problems = [] if xlsx is None else lacking("A workbook", "tables")
    for path, kind in ((csv, "csv"), (xlsx, "xlsx")):
        problems += output_problems(path, f"--{kind}", f".{kind}", f"this table is a .{kind} file.")
    if problems:
        raise InputError(problems)


def write_tables(
    rows: Sequence[Mapping[str, Any]], csv: Path | None, xlsx: Path | None
) -> list[Path]:
    """Write the tables that are asked for, each whole or not at all, and say which.

    Raises
    ------
    InputError
        If one cannot be written.
    """
    from gutskin.atomic_write import write_file

    if csv is not None:
        write_file(csv, table_of(rows))
    if xlsx is not None:
        from gutskin.report.workbook import workbook_of

        write_file(xlsx, workbook_of(flat_rows(rows)))
    return [path for path in (csv, xlsx) if path is not None]


def table_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as comma-separated values, as `flat_rows` has them.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; what is not known
    is an empty cell.
    """
    flat = [{name: _cell(one) for name, one in row.items()} for row in flat_rows(rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(flat[0]) if flat else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def flat_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of single values: lists of two are columns `_low` and `_high`.

    Numbers have six figures: a spreadsheet of all sixteen cannot be read, and `result.json` has
    them.
    """
    return [
        {
            name: float(f"{value:.{FIGURES}g}") if isinstance(value, float) else value
            for key, one in row.items()
            for name, value in (
                zip((f"{key}_low", f"{key}_high"), one, strict=True)
                if isinstance(one, list | tuple)
                else ((key, one),)
            )
        }
        for row in rows
    ]


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def rows_of_trial(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each endpoint and arm, each active one with its comparison with the control.

    Then one for each estimand, active arm and estimator, if the trial has any. Differences and true
    effects are in the unit of the endpoint, shares run from 0 to 1; `ratio_of` says of what
    `ratio_mean` is the ratio (hazards, rates, geometric means, risks), active over control.
    """
    return [*_rows_of_trial(summary), *_rows_of_estimands(summary)]


def _rows_of_trial(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in summary["endpoints"]:
        for arm in summary["arms"]:
            own = summary["endpoints"][name].get(arm["name"], {})
            found = summary["endpoints"][name].get("differences", {}).get(arm["name"], {})
            true = found.get("true_effect", {})
            kind = next((one for one in RATIOS if one in found), None)
            row = {
                **_of_arm(summary, name, arm["name"]),
                **{key: own.get(key) for key in OF_ARM},
                **_interval("difference", found),
                **{key: found.get(key) for key in OF_TRIALS},
                **_interval("true_effect", true),
                "true_effect_share_lower": true.get("share_lower"),
                "certainty": true.get("certainty"),
            }
            if found:
                row["method"] = found.get("method", "ancova")
                row["missing"] = found.get("missing", "as observed")
                row[ADJUSTED] = found.get(ADJUSTED)
                row |= variance_cells(_shares_of(summary, name, arm["name"]))
            if kind is not None:
                row |= {"ratio_of": RATIOS[kind], **_interval("ratio", found[kind])}
                row["ratio_median"] = found[kind].get("median")
            its = true.get("ratio", {})
            row |= _interval("true_ratio", its)
            yield row | {f"true_ratio_{key}": its.get(key) for key in OF_RATIO}


def _shares_of(summary: Mapping[str, Any], name: str, arm: str) -> Mapping[str, Any] | None:
    """Shares of the variance of an active arm's difference, which only the primary one has."""
    if name != summary["primary"]:
        return None
    by_arm = summary.get("variance_shares_by_arm")
    return summary.get("variance_shares") if by_arm is None else by_arm[arm]


def _rows_of_estimands(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in summary.get("estimands", ()):
        ratio = OF_ESTIMAND.get(one["summary"])
        told, true = ("difference", "true_effect") if ratio is None else ("ratio", "true_ratio")
        for its in one["arms"]:
            row = {
                **_of_arm(summary, one["endpoint"], its["arm"]),
                "week": one["week"], "unit": one["unit"], "estimand": one["name"],
                "ratio_of": ratio, **_interval(true, its["true"]),
            }  # fmt: skip
            for each in its["estimators"]:
                yield {
                    **row,
                    "estimator": each["name"], "method": each["method"], "missing": each["missing"],
                    **_interval(told, each["reported"]), "bias": each["bias"],
                }  # fmt: skip
            if not its["estimators"]:
                yield row


def _of_arm(summary: Mapping[str, Any], name: str, arm: str) -> dict[str, Any]:
    """What every row says of an endpoint and an arm; the other columns are empty."""
    its = next(one for one in summary["arms"] if one["name"] == arm)
    endpoint = summary["endpoints"][name]
    empty = (
        *OF_ARM, *_interval("difference", {}), *OF_TRIALS, *_interval("true_effect", {}),
        "true_effect_share_lower", "certainty", "method", "missing", ADJUSTED, "ratio_of",
        *_interval("ratio", {}), "ratio_median", *_interval("true_ratio", {}),
        *(f"true_ratio_{key}" for key in OF_RATIO), "estimand",
        "estimator", "bias",
    )  # fmt: skip
    return {
        "trial": summary["trial"], "stance": summary["stance"],
        "replicates": summary["replicates"], "seed": summary["seed"], "week": summary["weeks"],
        "model": summary["model"]["content_hash"],
        "endpoint": name, "label": endpoint["label"], "unit": endpoint["unit"],
        "primary": name == summary["primary"],
        "arm": arm, "n": endpoint.get("answered", {}).get(arm, its["n"]), "control": its["control"],
        **dict.fromkeys(empty), **variance_cells(None),
    }  # fmt: skip


def _interval(of: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """A mean with its interval and error, in columns called after it."""
    return {f"{of}_{key}": found.get(key) for key in INTERVAL}


def rows_of_power(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each active arm and number of patients; shares run from 0 to 1."""
    arms = summary.get("by_arm") or {summary["arm"]: summary}
    shared = {
        **{key: summary[key] for key in ("trial", "stance", "replicates", "seed", "endpoint")},
        "model": summary["model"]["content_hash"],
    }
    return [
        {
            **shared, "arm": name, **{key: value for key, value in row.items() if _is_cell(value)},
            **variance_cells(row.get("variance_shares")),
        }
        for name, one in arms.items()
        for row in one["power"]
    ]  # fmt: skip


def rows_of_explanation(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each route, each part of the spread, and each trait; shares run from 0 to 1.

    `points` is the effect that a route carries, in the unit of the endpoint; of what is tested on
    logarithms `factor` is what it makes of the ratio of geometric means, and `share` is of that.
    """
    shared = {
        **{key: summary[key] for key in ("trial", "stance", "replicates", "seed")},
        "model": summary["model"]["content_hash"],
    }
    names = (
        "kind",
        "name",
        "points",
        "factor",
        "share",
        "share_ci95_low",
        "share_ci95_high",
        "correlation",
    )
    return [
        {**shared, **dict.fromkeys(names), **row} for row in _rows_of_explanation(summary)
    ]  # fmt: skip


def _rows_of_explanation(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    factors = summary["routes"].get("ratio", {}).get("parts", ())
    for one, its in zip_longest(summary["routes"]["parts"], factors):
        row = {"kind": "route", "name": one["route"], "points": one["points"]["mean"]}
        row |= {} if its is None else {"factor": its["factor"]["mean"]}
        yield {**row, **_share((its or one)["share"], "value")}
    response = summary["response"]
    if response is None:
        return
    for name, one in response["parts"].items():
        yield {"kind": "spread", "name": name, **_share(one, "share")}
    for one in response["traits"]:
        row = {"kind": "trait", "name": one["name"], "correlation": one["correlation"]}
        yield {**row, **_share(one["skill"], "value")}


def _share(one: Mapping[str, Any] | None, key: str) -> dict[str, Any]:
    """A share with its ends, where it is known."""
    if one is None:
        return {}
    return {
        "share": one[key], "share_ci95_low": one["ci95_low"], "share_ci95_high": one["ci95_high"],
    }  # fmt: skip


def rows_of_literature(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each trial: what was published, and what simulated trials report."""
    shared = {
        **{key: summary[key] for key in ("stance", "replicates", "seed", "endpoint", "unit")},
        "model": summary["model"]["content_hash"],
    }
    return [
        {
            **shared,
            **{key: one[key] for key in ("trial", "week", "found", "found_error",
                                         "error_derived", "found_significant")},
            **{f"simulated_{key}": one["simulated"][key] for key in INTERVAL[:3]},
            "share_significant": one["share_significant"],
        }
        for one in summary["trials"]
    ]  # fmt: skip


def rows_of_scores(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each scored number: published, simulated, and where it lies."""
    shared = {"stance": summary["stance"], "replicates": summary["replicates"]}
    return [
        {
            **shared,
            "model": summary["model"]["content_hash"],
            "trial": one["trial"], "seen_in": one["seen_in"], "of": side,
            **{key: its[key] for key in ("endpoint", "arm", "week", "measure", "unit")},
            "published": its["published"]["value"],
            **{f"published_{key}": its["published"].get(key) for key in ("low", "high", "p")},
            "simulated_mean": its["simulated"]["mean"],
            "simulated_50": its["simulated"]["interval_50"],
            "simulated_95": its["simulated"]["interval_95"],
            "within_50": its["within"]["50"], "within_95": its["within"]["95"],
            **{key: its[key] for key in ("pit", "bias", "crps", "bias_unit")},
        }
        for one in summary["trials"]
        for side in ("difference", "control")
        if (its := one[side]) is not None
    ]  # fmt: skip


def _is_cell(value: Any) -> bool:
    """Whether something fits into one cell, or into two."""
    return not isinstance(value, Mapping) and (not isinstance(value, list) or len(value) == 2)
