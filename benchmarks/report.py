"""The measurements as a table, as the sentences a reader looks for, and as a figure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]

PEER = "libRoadRunner"
AT = 1e-4  # the peer's tolerance whose error ours must not exceed
LANES = 128
MOST_DRAWN = 1000  # patients in a batch that the figure shows
ASIDE = ("starts", "compilation", "right-hand side")  # no rows of the table


def table(result: dict[str, Any]) -> str:
    """Markdown: the machine, then a table for each schedule and horizon."""
    about = result["machine"]
    packages = ", ".join(f"{name} {its}" for name, its in about["packages"].items())
    load = f"load {about['load_before']:.1f} before and {about['load_after']:.1f} after"
    lines = [
        f"{about['processor']}, {about['cores']} cores, {load}, {about['system']}, "
        f"Python {about['python']}, {about['date']}.",
        f"{packages}.",
        f"Model {about['model']}: {about['states']} states, {about['parameters']} parameters.",
    ]
    rows = [row for row in result["rows"] if row["engine"] not in ASIDE]
    for schedule, days in dict.fromkeys((row["schedule"], row["days"]) for row in rows):
        lines += [
            "", f"**{schedule[0].upper()}{schedule[1:]}, {days} days, daily output**", "",
            "| engine | bits | rtol | patients | computed | cores | ms a patient "
            "| of the processor | worst error | rms error | compiles or loads (s) | memory (MB) |",
            "| --- " * 12 + "|",
        ]  # fmt: skip
        lines += [_line(row) for row in rows if (row["schedule"], row["days"]) == (schedule, days)]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    if "failed" in row:
        return f"| {row['engine']} | | | | {row['computed']} | | {row['failed']} | | | | | |"
    once = row.get("compile_s", row.get("load_s"))
    cells = [
        row["engine"],
        {"double": "64", "single": "32"}[row["precision"]],
        f"{row['rtol']:.0e}",
        f"{row.get('patients', 'any'):,}" if "patients" in row else "any",
        str(row["computed"]),
        str(row["workers"]),
        _number(row["ms_per_patient"]),
        _number(row.get("ms_processor")),
        _error(row.get("worst")),
        _error(row.get("rms")),
        _number(once),
        f"{row['memory_mb']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _error(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


def summary(result: dict[str, Any]) -> str:
    """How many times faster at an error no larger than the peer's, and what an evaluation costs."""
    rows = [row for row in result["rows"] if "failed" not in row]
    lines = []
    for schedule, days in dict.fromkeys((row["schedule"], row["days"]) for row in rows):
        here = [row for row in rows if (row["schedule"], row["days"]) == (schedule, days)]
        here = [row for row in here if row["engine"] not in ASIDE]
        for precision, workers in (("double", 1), ("double", 2), ("single", 1), ("single", 2)):
            lines += _times_faster(here, precision, workers)
    lines += _beside_the_floor(rows) + _compilation(rows)
    return "\n".join(lines) + "\n"


def _times_faster(rows: list[Row], precision: str, workers: int) -> list[str]:
    """At the loosest tolerance at which neither our worst nor our rms error is the larger."""
    peers = [r for r in rows if r["engine"] == PEER and r["rtol"] == AT]
    errors = next((r for r in peers if "worst" in r), None)
    peer = next((r for r in peers if r["workers"] == workers), None)
    alone = next((r for r in peers if r["workers"] == 1), None)
    ours = [
        r for r in rows
        if r["engine"] == "gutskin" and r["precision"] == precision and r["workers"] == workers
    ]  # fmt: skip
    if errors is None or peer is None or alone is None or not ours:
        return []
    batch = sorted({r["patients"] for r in ours}, key=lambda n: abs(n - 1000))[0]
    near = [r for r in ours if r["patients"] == batch
            and r["worst"] <= errors['worst'] and r["rms"] <= errors["rms"]]  # fmt: skip
    about = f"{rows[0]['schedule']}, {rows[0]['days']} days, {precision}, {workers} core(s)"
    if not near:
        return [f"- {about}: no tolerance that was run meets the peer's error."]
    best = max(near, key=lambda r: r["rtol"])
    key = "ms_processor" if workers == 1 else "ms_per_patient"
    processes = "one process per core" if workers > 1 else "one process"
    besides = f" and {alone[key] / best[key]:.1f} times one process" if workers > 1 else ""
    # Two processes that disturb each other would flatter us: the peer is never given less than the
    # share of a core that it needs alone.
    theirs = min(peer[key], alone["ms_processor"] / workers)
    return [
        f"- {about}: {theirs / best[key]:.1f} times libRoadRunner at {AT:.0e}, {processes}"
        f"{besides} ({best[key]:.3f} against {theirs:.2f} ms), ours at {best['rtol']:.0e}; "
        f"worst {best['worst']:.1e} against {errors['worst']:.1e}, rms {best['rms']:.1e} against "
        f"{errors['rms']:.1e}; {batch:,} patients."
    ]


def _compilation(rows: list[Row]) -> list[str]:
    return [
        f"- Compilation, {row['precision']}, {'read from disk' if row['cached'] else 'cold'}: "
        f"{row['compile_s']:.1f} s ({row['compile_processor_s']:.1f} s of the processor)."
        for row in rows if row["engine"] == "compilation"
    ]  # fmt: skip


def _beside_the_floor(rows: list[Row]) -> list[str]:
    lines = []
    for floor in (r for r in rows if r["engine"] == "right-hand side"):
        lines.append(
            f"- In turns in one process, {floor['precision']}, {floor['patients']:,} patients, "
            f"{floor['rtol']:.0e}: an evaluation within `simulate`, all of it counted, costs "
            f"{floor['us_in_simulate'] / floor['us_in_place']:.2f} times what it costs in place "
            f"({floor['us_in_simulate']:.1f} against {floor['us_in_place']:.1f} µs for {LANES} "
            f"patients), {floor['times_xla']:.2f} times its pure cost in a loop as XLA compiles it "
            f"and {floor['times_kernel']:.2f} times that in the kernel."
        )
        comparable = [
            r for r in rows
            if r["engine"] == "gutskin" and r["precision"] == floor["precision"]
            and r["workers"] == 1 and r["patients"] >= LANES
        ]  # fmt: skip
        for row in comparable:
            spent = 1e3 * row["ms_processor"] * row["computed"] / row["evaluations"] * LANES
            lines.append(
                f"- {row['schedule']}, {row['days']} days, {row['precision']}, {row['rtol']:.0e}: "
                f"{spent:.1f} µs an evaluation of {LANES} patients, "
                f"{spent / floor['us_per_evaluation']:.2f} times its pure cost as XLA compiles it "
                f"({floor['us_per_evaluation']:.1f} µs), {spent / floor['us_in_the_kernel']:.2f} "
                f"times that in the kernel ({floor['us_in_the_kernel']:.1f} µs)."
            )
    return lines


COLOURS = {
    "gutskin, 64-bit": "#0b6e4f", "gutskin, 32-bit": "#5fb49c", "libRoadRunner": "#b23a48",
    "COPASI": "#d98324", "CVODE": "#4062bb", "SciPy LSODA": "#7768ae", "SciPy BDF": "#a29bce",
    "diffrax Tsit5": "#555555", "diffrax Kvaerno3": "#999999",
}  # fmt: skip

ABOVE = ("gutskin, 32-bit", "diffrax Kvaerno3")  # named above their line, not below it


def _series(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows on one core of each engine, by what the figure calls it."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if "failed" in row or "worst" not in row or row["workers"] != 1:
            continue
        name = row["engine"]
        if name == "gutskin":
            if row["patients"] < LANES or row["patients"] > MOST_DRAWN:
                continue
            name += ", 64-bit" if row["precision"] == "double" else ", 32-bit"
        found.setdefault(name, []).append(row)
    return found


def draw(result: dict[str, Any], path: Path) -> None:
    """Error against time for every engine on one core: near the lower left corner is better."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    settings = {"svg.hashsalt": "gutskin", "font.size": 10, "svg.fonttype": "none"}
    series = _series(r for r in result["rows"] if (r["schedule"], r["days"]) == ("doses", 56))
    with plt.rc_context(settings):
        figure, axes = plt.subplots(figsize=(8.0, 4.6), layout="constrained")
        for name, rows in series.items():
            rows = sorted(rows, key=lambda row: row["rtol"])
            x, y = ([row[key] for row in rows] for key in ("ms_processor", "worst"))
            axes.plot(x, y, "o-", color=COLOURS.get(name, "black"), markersize=4, linewidth=1.3)
            place, away = (-1, 5) if name in ABOVE else (0, -11)
            axes.annotate(
                name, (x[place], y[place]), (0, away), textcoords="offset points",
                color=COLOURS.get(name, "black"), fontsize=9, ha="center",
            )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="milliseconds a patient, one core")
        axes.set_ylabel("worst error (share of a state's size)")
        axes.set_title("Children with eczema, 56 days, doses, daily output", fontsize=10)
        axes.grid(True, which="major", color="#e5e5e5", linewidth=0.8)
        axes.margins(0.12)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


MARK = "<!-- measured -->"


def bring_up_to_date(page: Path, text: str) -> None:
    """Put the measurements into a page, below its mark."""
    head = page.read_text().split(MARK)[0]
    page.write_text(f"{head}{MARK}\n\n{text}")
