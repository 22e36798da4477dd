"""The ages of man in one picture: the model beside what was measured, from birth to the adult.

Lines are the middle child of each birth mode and feeding, followed from birth. Points with bars are
the rows of `targets/levels.tsv`: the middle and the ends of the range that the evidence allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.report.canvas import ACTIVE, GRID, INK, QUIET, STYLE, WARN
from gutskin.report.figure_file import write_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gutskin.model.biology import Biology
    from gutskin.model.model import Model
    from gutskin.model.rows import Row

DAYS_PER_YEAR = 365.25
LAST = 30 * DAYS_PER_YEAR
TICKS = {
    1: "1 d", 7: "1 wk", 30: "1 mo", 183: "6 mo", 731: "2 y", 2922: "8 y", LAST: "30 y",
}  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """One quantity over age; `over` is what it is a share of."""

    title: str
    quantity: str
    unit: str
    over: str | None = None
    log: bool = False


PANELS = (
    Panel("Bifidobacteria", "bifidobacteria_log10", "log10 cells/g"),
    Panel("All bacteria", "bacteria_log10", "log10 cells/g"),
    Panel("Enterobacteriaceae", "enterobacteria_fraction_log10", "log10 of share"),
    Panel("Clostridia", "clostridia_fraction_log10", "log10 of share"),
    Panel("Acids of the gut", "scfa_concentration", "mmol/L"),
    Panel("Acetate share", "acetate_concentration", "of acids", over="scfa_concentration"),
    Panel("Propionate share", "propionate_concentration", "of acids", over="scfa_concentration"),
    Panel("Butyrate share", "butyrate_concentration", "of acids", over="scfa_concentration"),
    Panel("Calprotectin", "calprotectin", "ug/g", log=True),
    Panel("Colon transit", "colon_transit", "h"),
    Panel("Skin pH", "skin_ph_nonlesional", "pH"),
    Panel("TEWL", "tewl_nonlesional", "g/m2/h"),
)

# name -> start (column of species.tsv), what differs, colour, dashes
CHILDREN: Mapping[str, tuple[str, Mapping[str, float], str, Any]] = {
    "vaginal birth, human milk": ("birth_vaginal", {}, ACTIVE[0], "-"),
    "vaginal birth, formula": ("birth_vaginal", {"breast_milk": 0.0}, ACTIVE[1], "-"),
    "caesarean birth, human milk": ("birth_c_section", {}, WARN, (0, (4, 2))),
    "caesarean birth, formula": (
        "birth_c_section", {"breast_milk": 0.0}, ACTIVE[3], (0, (4, 2)),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """What was measured at an age.

    Parameters
    ----------
    first, last : age (days); the same for a single day
    low, high : range that the evidence allows
    """

    first: float
    last: float
    low: float
    high: float


def points(model: Model, panel: Panel) -> list[Point]:
    """The rows of targets/levels.tsv of a panel: healthy people only, as they are."""
    from gutskin.population.targets import read_targets

    return [
        Point(*_ages(row, model.biology), row.number("low"), row.number("high"))
        for row in read_targets(model).values()
        if _shows(row, panel)
    ]


def _shows(row: Row, panel: Panel) -> bool:
    population = row.text("population")
    if row.text("quantity") != panel.quantity or not population.startswith("healthy"):
        return False
    versus = f"{population}:{panel.over}" if panel.over else ""
    return row.text("versus") == versus


def _ages(row: Row, biology: Biology) -> tuple[float, float]:
    """The ages of a row (days): its day, or the middle half of its population."""
    from gutskin.population.populations import find_population

    if row.text("at_day"):
        return row.number("at_day"), row.number("at_day")
    years = find_population(row.text("population"), biology).covariates["age_years"]
    first, last = years.at(np.array([0.25, 0.75])) * DAYS_PER_YEAR
    return float(first), float(last)


def courses(model: Model, days: Sequence[float]) -> dict[str, dict[str, np.ndarray]]:
    """Every quantity of the panels [day] of the middle child of each kind, from birth.

    Parameters
    ----------
    days : ages at which they are read

    Returns
    -------
    dict kind of child -> quantity -> Array [day]
    """
    from gutskin.engine import Schedule, simulate
    from gutskin.population.bounds import refuse_unsound
    from gutskin.population.populations import find_population

    kinds = list(CHILDREN.values())
    middle = np.array([0.5])
    healthy = find_population("healthy_infant", model.biology).covariates
    values: dict[str, Any] = dict(model.values("evidence"))
    values |= {name: float(spread.at(middle)[0]) for name, spread in healthy.items()}
    values.pop("age_years", None)
    own = {name for _, differs, _, _ in kinds for name in differs}
    for name in own:
        values[name] = np.array([differs.get(name, values[name]) for _, differs, _, _ in kinds])
    values["age_at_start"] = np.zeros(len(kinds))
    start = np.stack([model.initial(column) for column, _, _, _ in kinds], axis=1)
    courses = simulate(model, values, start, Schedule(), [0.0, *days])
    found = refuse_unsound(model, courses)
    names = sorted({name for one in PANELS for name in (one.quantity, one.over) if name})
    table = found.quantities(names)[1:]
    return {
        kind: {name: table[:, i, place] for i, name in enumerate(names)}
        for place, kind in enumerate(CHILDREN)
    }


def draw(path: Path, model: Model | None = None, last: float = LAST) -> None:
    """Draw the picture as SVG.

    Parameters
    ----------
    path : file to write
    last : age at which the lines end (days)
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    from gutskin.model.compiled import load_model

    model = load_model() if model is None else model
    days = np.geomspace(0.5, last, 90)
    lived = courses(model, days.tolist())
    with mpl.rc_context(STYLE | {"svg.hashsalt": "ages", "font.size": 9.5, "axes.titlesize": 10.5}):
        canvas = Canvas(figsize=(11.5, 8.2), layout="constrained")
        FigureCanvasSVG(canvas)
        for axes, panel in zip(canvas.subplots(3, 4).flat, PANELS, strict=True):
            _paint(axes, panel, days, lived, points(model, panel))
        handles, labels = canvas.axes[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside lower center", ncols=3)
        write_figure(canvas, path, metadata={"Date": None}, facecolor="white")


def _paint(
    axes: Axes,
    panel: Panel,
    days: np.ndarray,
    lived: Mapping[str, Mapping[str, np.ndarray]],
    measured: Sequence[Point],
) -> None:
    for kind, (_, _, colour, dashes) in CHILDREN.items():
        values = lived[kind][panel.quantity]
        if panel.over:
            values = values / lived[kind][panel.over]
        axes.plot(days, values, color=colour, ls=dashes, lw=1.6, label=kind)
    label = "measured: range that evidence allows"
    for one in measured:
        age = np.sqrt(one.first * one.last)
        axes.plot([age, age], [one.low, one.high], color=INK, lw=2.2, alpha=0.75, label=label)
        axes.plot([one.first, one.last], [(one.low + one.high) / 2] * 2, color=INK, lw=1, alpha=0.5)
        axes.plot([age], [(one.low + one.high) / 2], "o", color=INK, ms=4)
        label = "_"
    axes.set_xscale("log")
    axes.set_xlim(0.5, LAST * 1.3)
    axes.set_xticks(list(TICKS), list(TICKS.values()), fontsize=7.5)
    axes.set_xticks([], minor=True)
    axes.grid(axis="y", color=GRID, lw=0.7)
    axes.set_title(f"{panel.title} ({panel.unit})")
    axes.tick_params(colors=QUIET, labelcolor=INK)
    if panel.log:
        axes.set_yscale("log")
        axes.set_yticks([30, 100, 300], ["30", "100", "300"])
        axes.set_yticks([], minor=True)
