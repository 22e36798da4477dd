"""What a trial leaves behind, put together: its files, and the pictures that its report holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gutskin.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.report.figures import Figure
    from gutskin.report.page import OfTrial
    from gutskin.trials.analysis import Analysis
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.result_folder import ResultFolder
    from gutskin.trials.run import Trial

Tell = Callable[[str], None]
AT_THE_END = (  # what a run needs when everybody is simulated, packages of extras among it
    "gutskin.trials.summary", "gutskin.trials.power_summary", "gutskin.trials.strain_sources",
    "gutskin.trials.result", "gutskin.report.page", "gutskin.report.design_words",
    "gutskin.report.methods", "scipy.interpolate", "h5netcdf",
)  # fmt: skip
TO_DRAW = ("matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg",
           "matplotlib.figure")  # fmt: skip


@dataclass(frozen=True)
class Pictures:
    """The pictures of a report that need no result: known before anybody was simulated.

    Parameters
    ----------
    axis : of one patient of the trial; None where his course cannot be computed
    product : of the strains of its first product; None where it has none
    lacking : what a user should know of those that could not be drawn
    """

    axis: Any
    product: Any
    lacking: tuple[str, ...]


def import_for_the_end(*, draws: bool) -> None:
    """Import what is needed at the end, while there are still patients to simulate.

    Parameters
    ----------
    draws : this process draws the figures
    """
    for name in (*AT_THE_END, *(TO_DRAW if draws else ())):
        with suppress(ImportError):  # whoever needs it says so
            import_module(name)


def pictures_of(design: TrialDesign, model: Model, stance: str) -> Pictures:
    """Draw what a report shows of a trial whatever comes of it."""
    lacking: list[str] = []
    axis = axis_of(design, model, stance, lacking.append)
    product = product_of(design, model, stance, lacking.append)
    return Pictures(axis, product, tuple(lacking))


def write_trial(
    held: ResultFolder,
    summary: dict[str, Any],
    conducted: Trial,
    second: Trial,
    model: Model,
    pictures: Pictures,
    drawn: Callable[[], OfTrial],
    doubts: Callable[[], tuple[Figure, ...]],
    command: str,
    tell: Tell,
) -> Trial:
    """Write everything that a trial leaves behind; gives it with the files where they are now.

    Parameters
    ----------
    drawn, doubts : give what `drawn_of` and `doubts_of` do, when it is there
    """
    from dataclasses import replace

    from gutskin.model.vocabulary import vocabulary
    from gutskin.report.design_words import designed
    from gutskin.report.given_words import given
    from gutskin.report.methods import planned
    from gutskin.report.page import write_report
    from gutskin.trials.plan import plan_of
    from gutskin.trials.result import write_results
    from gutskin.trials.store import PATIENTS

    rows = vocabulary(model.biology).tables.endpoints
    for said in pictures.lacking:
        tell(said)
    write_results(
        held,
        summary,
        conducted.shown,
        conducted.files,
        conducted.failures,
        lambda path: write_report(
            path,
            summary,
            conducted.analysis,
            conducted.shown,
            conducted.design,
            command,
            pictures.axis,
            pictures.product,
            [
                *given(plan_of(conducted.design, 1, 1, model.biology)),
                *designed(conducted.design, rows, model.biology),
                *planned(conducted.design, rows),
            ],
            drawn(),
            doubts(),
        ),
        second.files,
    )
    return replace(
        conducted, files=tuple(held.path / PATIENTS / path.name for path in conducted.files)
    )


def drawn_of(shown: xr.Dataset, analysis: Analysis, design: TrialDesign) -> OfTrial:
    """The figures of a trial that was conducted, whatever comes of the other stance."""
    from gutskin.report.page import figures_of

    return figures_of(shown, analysis, design)


def doubts_of(summary: dict[str, Any]) -> tuple[Figure, ...]:
    """The figures of what the answer hangs on, as far as the summary has it."""
    from gutskin.report.page import doubts_of

    return doubts_of(summary)


def axis_of(design: TrialDesign, model: Model, stance: str, tell: Tell) -> Any:
    """The axis in one patient of a trial; none where his course cannot be computed."""
    from gutskin.evidence.fluxes import change_in_trial
    from gutskin.report.axis_in_page import axis_figure
    from gutskin.report.kept_figures import kept_figure

    def drawn() -> Any:
        return axis_figure(model, change_in_trial(design, stance, model))

    try:
        return kept_figure("axis", design, model, stance, drawn)
    except InputError as error:
        tell(f"The report lacks the picture of the axis: {error}")
        return None


def product_of(design: TrialDesign, model: Model, stance: str, tell: Tell) -> Any:
    """The strains of the first product of a trial; none where it has none.

    Of a trial from birth the picture shows what they do in newborns, else in eczema that is there.
    """
    from gutskin.population.mother import strains_of
    from gutskin.report.kept_figures import kept_figure

    strains = [one for one, _ in strains_of(design.active[0].interventions)]
    if not strains:
        return None
    try:
        return kept_figure(
            "product", design, model, stance,
            lambda: _strains_drawn(strains, model, stance, born=design.from_birth),
        )  # fmt: skip
    except InputError as error:
        tell(f"The report lacks the picture of the strains: {error}")
        return None


def _strains_drawn(strains: list[str], model: Model, stance: str, *, born: bool) -> Any:
    from dataclasses import replace

    from gutskin.evidence.strain_card import make_card
    from gutskin.evidence.strain_prevention import prevention_of
    from gutskin.evidence.strain_routes import carried
    from gutskin.report.strain_figure import strain_figure

    card = make_card(model, strains, stance, simulated=False)
    if born:
        prevented = prevention_of(model, strains, stance, 1)
        return strain_figure(replace(card, prevention=prevented), None, "product")
    return strain_figure(card, carried(model, strains, stance), "product")
