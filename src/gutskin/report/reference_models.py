"""The picture of published models beside our own: what was reported, run again, and ours.

.venv/bin/python -m gutskin.report.reference_models docs/images/reference_models.svg
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gutskin.evidence import reference_experiments as experiments
from gutskin.evidence.reference_experiments import Experiment
from gutskin.evidence.reference_models import DAYS_PER_WEEK, Result, experiment
from gutskin.model.evidence import load_evidence
from gutskin.report.canvas import ACTIVE, CONTROL, GRID, INK, QUIET, STYLE, WARN
from gutskin.report.figure_file import write_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLISHED, AGAIN, OURS = INK, "#c8d0d8", ACTIVE[0]


def draw(path: Path) -> None:
    """Draw the comparison into a file; its ending says whether SVG or PNG."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(STYLE | {"svg.hashsalt": "reference_models", "font.size": 9}):
        canvas = Canvas(figsize=(13.5, 11.5), layout="constrained")
        halves = canvas.add_gridspec(1, 2, width_ratios=(0.9, 1.25))
        column = canvas.add_subfigure(halves[0]).subplots(4, 1)
        grid = canvas.add_subfigure(halves[1]).subplots(3, 2)
        _arms(column[0], experiments.biologics())
        _killing(column[1], experiments.s_aureus())
        _sites(column[2], experiments.skin_sites())
        _colon(column[3], experiments.colon())
        _easi(grid[0, 0], experiments.biologics())
        _levels(grid[0, 1], experiments.dupilumab())
        _flares(grid[1, 0], experiments.flares())
        _hysteresis(grid[1, 1], experiments.flares())
        _own_killing(grid[2, 0], experiments.s_aureus())
        _infants(grid[2, 1], experiments.infants())
        metadata = {"Date": None} if path.suffix == ".svg" else None
        write_figure(canvas, path, metadata=metadata, dpi=110)


def _by_id(experiment: Experiment) -> Mapping[str, Result]:
    return {one.id: one for one in experiment.results}


def _dots(axes: Axes, rows: Iterable[Result], labels: Iterable[str], title: str) -> None:
    """Published (circle) against run again (bar) and ours (diamond), one line a number."""
    rows = list(rows)
    for y, one in enumerate(reversed(rows)):
        if np.isfinite(one.reproduced):
            axes.barh(y, one.reproduced, color=AGAIN, height=0.6)
        if np.isfinite(one.ours):
            axes.plot(one.ours, y, "D", color=OURS, ms=5, zorder=4, clip_on=False)
        if not one.proof.endswith("sign"):
            axes.plot(one.published, y, "o", mfc="none", mec=PUBLISHED, ms=7, zorder=3)
    axes.set_yticks(range(len(rows)), list(labels)[::-1])
    axes.tick_params(axis="y", length=0)
    axes.set_title(title)
    axes.grid(axis="x", color=GRID, lw=0.8)
    axes.set_axisbelow(True)


def _legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    axes.legend(
        [
            Line2D([], [], marker="o", mfc="none", mec=PUBLISHED, ls="", ms=7),
            Patch(color=AGAIN),
            Line2D([], [], marker="D", color=OURS, ls="", ms=5),
        ],
        ["published", "written down again", "our model"],
        loc="center right",
    )


def _arms(axes: Axes, biologics: Experiment) -> None:
    rows = [one for one in biologics.results if one.id not in ("r1_second_line", "r1_best_single")]
    labels = [one.label.removeprefix("EASI-75 at week 16, ") for one in rows]
    _dots(axes, rows, labels, "R1 Biologics: EASI-75 at week 16")
    axes.set_xlabel("% of patients")
    axes.set_xlim(0, 120)
    axes.set_xticks(range(0, 61, 20))
    _legend(axes)


def _easi(axes: Axes, biologics: Experiment) -> None:
    for arm, style in (("placebo", (0, (4, 2))), ("dupilumab", "-")):
        for name, colour, who in ((arm, QUIET, "published model"), (f"own_{arm}", OURS, "ours")):
            weeks, fall = biologics.curves[name]
            keep = weeks <= 16
            axes.plot(weeks[keep], -fall[keep], color=colour, ls=style, lw=2, label=f"{arm}, {who}")
    evidence = load_evidence()
    for row, day in experiment("observed")["days"].items():
        change = float(evidence[row].fields["value"])
        axes.plot(day / DAYS_PER_WEEK, change, "o", mfc="none", mec=WARN, ms=6)
    axes.plot([], [], "o", mfc="none", mec=WARN, label="dupilumab, trials")
    axes.set_xticks(range(0, 17, 4))
    axes.set_ylim(-135, 0)
    axes.set_yticks(range(-100, 1, 20))
    axes.set_title("R1 Dupilumab: mean change of EASI")
    axes.set_xlabel("Week")
    axes.set_ylabel("%")
    axes.legend(loc="lower left", fontsize=8)
    axes.grid(axis="y", color=GRID, lw=0.8)


def _levels(axes: Axes, dupilumab: Experiment) -> None:
    weeks, level = dupilumab.curves["own_50"]
    low, high = dupilumab.curves["own_5"][1], dupilumab.curves["own_95"][1]
    axes.fill_between(weeks, np.maximum(low, 1e-3), high, color=OURS, alpha=0.15, lw=0)
    axes.plot(weeks, level, color=OURS, lw=2, label="ours, 90% of adults")
    axes.plot(*dupilumab.curves["published"], color=QUIET, lw=1.5, label="published, 75 kg")
    axes.axhspan(60, 80, color=WARN, alpha=0.25, lw=0, label="label: mean trough")
    axes.axhline(0.078, color=WARN, lw=1, ls=(0, (4, 3)), label="detected")
    axes.set_yscale("log")
    axes.set_ylim(0.0008, 300)
    axes.set_title("R6 Dupilumab in blood, mg/L")
    axes.set_xlabel("Week")
    axes.legend(loc="lower left", fontsize=8)


def _flares(axes: Axes, flares: Experiment) -> None:
    for y, name in enumerate(("healthy", "mild", "moderate", "locking", "severe")):
        days, pathogens = flares.curves[name]
        axes.plot(days, pathogens / 90 - y, color=INK, lw=0.6)
        axes.text(81, -y + 0.1, name, va="bottom", fontsize=8)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 96)
    axes.set_xticks(range(0, 81, 20))
    axes.set_xlabel("Day")
    axes.set_title("R2 Double switch: pathogens in five skins")


def _hysteresis(axes: Axes, flares: Experiment) -> None:
    starts = {"own_healthy": ("from health", "-"), "own_severe": ("from severe", (0, (4, 2)))}
    names = [name for name in flares.curves if name.startswith("own_")]
    shades = dict(zip(dict.fromkeys(n.rsplit("_", 1)[1] for n in names), ACTIVE, strict=False))
    for name in names:
        atopy = name.rsplit("_", 1)[1]
        words, style = next(v for key, v in starts.items() if name.startswith(key))
        x, y = flares.curves[name]
        axes.plot(x, y, color=shades[atopy], ls=style, lw=2, label=f"atopy ×{atopy}, {words}")
    axes.set_ylim(bottom=0)
    axes.set_title("R2 Ours: SCORAD at rest")
    axes.set_xlabel("Everyday allergen on the skin, relative")
    axes.legend(loc="lower right", fontsize=8)


def _sites(axes: Axes, sites: Experiment) -> None:
    words = {
        "r3_reversible": "reversible",
        "r3_irreversible": "irreversible",
        "r3_kill_1_1": "healed, 1/d for 1 d",
        "r3_kill_3_3": "healed, 3/d for 3 d",
        "r3_kill_5_4": "healed, 5/d for 4 d",
        "r3_kill_irreversible": "irreversible healed, 5/d for 1000 d",
        "r3_attenuated": "healed, 20-fold barrier",
        "r3_attenuated_kill": "healed, both",
    }
    found = _by_id(sites)
    _dots(axes, [found[name] for name in words], words.values(), "R3 Skin sites: killing S. aureus")
    axes.set_xlabel("% of sites")


def _killing(axes: Axes, s_aureus: Experiment) -> None:
    words = {
        "r3_dupilumab": "dupilumab",
        "r3_spared": "S. aureus −3 log10, CoNS spared",
        "r3_both": "both",
        "r3_antibiotic": "flucloxacillin¹",
        "r3_antibiotic_spared": "the same, CoNS spared¹",
        "r3_sha9": "S. hominis A9, resistant¹",
        "r3_sha9_spared": "the same, CoNS spared¹",
    }
    found = _by_id(s_aureus)
    _dots(
        axes,
        [found[name] for name in words],
        words.values(),
        "R3 Killing S. aureus: EASI-75 at week 16",
    )
    axes.axvline(0, color=QUIET, lw=1)
    axes.set_xlabel("% of patients; ¹ EASI at week 4 against placebo, sign published", x=0.3)


def _own_killing(axes: Axes, s_aureus: Experiment) -> None:
    for name, words, style, colour in (
        ("own_spared", "CoNS spared", "-", OURS),
        ("own_killed", "CoNS killed too", (0, (4, 2)), WARN),
    ):
        weeks, fall = s_aureus.curves[name]
        full = OURS if colour == OURS else "none"
        axes.plot(weeks, -fall, "D", ls=style, color=colour, mfc=full, lw=2, ms=5, label=words)
    axes.set_ylim(-100, 0)
    axes.set_xticks((0, 4, 8, 12, 16))
    axes.set_title("R3 Ours: S. aureus −3 log10, change of EASI")
    axes.set_xlabel("Week")
    axes.set_ylabel("%")
    axes.legend(loc="lower left", fontsize=8, handlelength=4)
    axes.grid(axis="y", color=GRID, lw=0.8)


def _colon(axes: Axes, colon: Experiment) -> None:
    found = _by_id(colon)
    names = ("r4_total", "r4_ph", "r4_acetate", "r4_propionate", "r4_butyrate", "r4_microbes")
    labels = [f"{found[name].label} ({found[name].unit})" for name in names]
    for y, name in enumerate(reversed(names)):
        one = found[name]
        # every line on its own scale: the range in vivo is the grey bar
        middle, half = (one.low + one.high) / 2, (one.high - one.low) / 2
        axes.barh(y, 2, left=-1, color=AGAIN, height=0.6)
        axes.plot((one.published - middle) / half, y, "o", mfc="none", mec=PUBLISHED, ms=7)
        axes.plot((one.ours - middle) / half, y, "D", color=OURS, ms=5)
        axes.text(1.05, y, f"{one.ours:.3g}", va="center", color=OURS)
        axes.text(1.5, y, f"{one.low:g}–{one.high:g}", va="center", color=QUIET)
    axes.set_xlim(-1.05, 2.1)
    axes.set_xticks([])
    axes.set_yticks(range(len(names)), labels[::-1])
    axes.tick_params(axis="y", length=0)
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.set_title("R4 Colon: range in vivo and ours")


def _infants(axes: Axes, infants: Experiment) -> None:
    for birth, colour, words in (
        ("vaginal", CONTROL, "vaginal"), ("c_section", INK, "caesarean"),
    ):  # fmt: skip
        axes.plot(*infants.curves[birth], "o-", color=colour, ms=3, label=f"{words}, published")
    for birth, style in (("vaginal", "-"), ("c_section", (0, (4, 2)))):
        found = {
            int(name.rsplit("_", 1)[1]): y[-1]
            for name, (_, y) in infants.curves.items() if name.startswith(f"own_birth_{birth}")
        }  # fmt: skip
        words = "vaginal" if birth == "vaginal" else "caesarean"
        axes.plot(list(found), list(found.values()), "D", ls=style, color=OURS, ms=5,
                  mfc="none" if birth == "c_section" else OURS,
                  label=f"{words}, ours at 3 years²")  # fmt: skip
    axes.axvspan(90, 180, color=WARN, alpha=0.12, lw=0)
    axes.axhline(0, color=QUIET, lw=0.8)
    axes.set_ylim(-1.7, 1.7)
    axes.set_title("R5 log10 of bifidobacteria over others")
    axes.set_xlabel("Weaned by half, day. ² over Bacteroides and kin")
    axes.legend(loc="center right", fontsize=8)


def table() -> str:
    """All numbers as a Markdown table, for docs/reference_models.md."""
    lines = [
        "| | published | written down again | ours | wanted | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for answered in experiments.EXPERIMENTS.values():
        for one in answered().results:
            wanted = f"{one.low:g} to {one.high:g}" if one.high < 1000 else f"from {one.low:g}"
            said = {"sign": "sign", "range": wanted}.get(
                one.proof.rpartition(" ")[2], f"{one.published:g}"
            )
            here, ours = (
                f"{value:.3g}" if np.isfinite(value) else "" for value in (one.reproduced, one.ours)
            )
            lines.append(
                f"| {one.requirement} {one.label} ({one.unit}) | {said} | {here} | {ours} | "
                f"{wanted} | {'' if one.met else 'not met'} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(table())
    else:
        draw(Path(sys.argv[1]))
