"""`TrialResult`: a trial that was simulated, as a notebook and a script see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.extras import require
from gutskin.media import counted
from gutskin.picture import Drawable
from gutskin.unchangeable import read_only, unchangeable

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from gutskin.report.sheet import Sheet
    from gutskin.trials.analysis import Analysis
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.failures import Failure
    from gutskin.trials.run import Trial

UNITS = {"visit_week": "week", "replicate": "1", "patient": "1", "arm": "1"}


@dataclass(frozen=True, eq=False)
class TrialResult(Drawable):
    """A trial that was simulated many times; nothing in it can be changed.

    `summary` holds dictionaries and lists that refuse it (`copy.deepcopy` gives plain ones), arrays
    are read-only; only the table of `patients` is a pandas table like any other.

    Parameters
    ----------
    design : the trial
    summary : what result.json holds; docs/trials.md explains every key
    replicates, seed, stance : as it was run
    folder : where result, patients, courses and report lie, if they were written
    command : what repeats it, a command line or a call

    Examples
    --------
    >>> import gutskin
    >>> result = gutskin.run("six-strain-children", replicates=2)
    >>> result
    TrialResult of six-strain-children (2 replicates, seed 1, evidence stance).
    SCORAD on Six-strain mix: best estimate ... (too few repetitions for an interval).
    >>> result.folder, result.failures
    (None, ())
    >>> result.command
    "gutskin.run('six-strain-children', replicates=2, seed=1)"
    """

    design: TrialDesign
    summary: Mapping[str, Any]
    replicates: int
    seed: int
    stance: str
    folder: Path | None
    trial: Trial
    command: str = ""

    def __post_init__(self) -> None:
        """Nothing that is reached from here can be changed by mistake."""
        object.__setattr__(self, "summary", unchangeable(self.summary))
        unchangeable(self.trial.analysis)
        read_only(self.trial.shown)

    @property
    def analysis(self) -> Analysis:
        """Differences, true effects and tests of every endpoint [replicate]."""
        return self.trial.analysis

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Who could not be computed and is left out."""
        return self.trial.failures

    @cached_property
    def data(self) -> xr.Dataset:
        """Every patient: `measured`, `latent`, `world`, `course`; docs/architecture.md tells more.

        It is read when it is first asked for.

        Raises
        ------
        InputError
            Where the extra that keeps patients is not installed.
        """
        require("The patients of a trial", "files")
        return read_only(self.trial.data)

    @cached_property
    def patients(self) -> pd.DataFrame:
        """Every patient at every visit, a row each, as patients.parquet has them.

        Columns are told in docs/trials.md; `patients.attrs["units"]` has the unit of each.

        Raises
        ------
        InputError
            Where the extra that keeps patients is not installed.
        """
        from gutskin.trials.chunks import patient_table

        table = patient_table(self.data, self.design).to_pandas()
        table.attrs["units"] = {name: self._unit(str(name)) for name in table.columns}
        return table

    def _unit(self, column: str) -> str:
        """Of a column: that of its endpoint, else a number without one."""
        from gutskin.trials.estimands import endpoint_of

        if column.endswith("_week"):
            return "week"
        units = {one.name: one.unit for one in self.trial.endpoints}
        for one in self.design.estimands:
            if column.startswith(f"estimand_{one.name}_"):
                return units[endpoint_of(one, self.design)]
        whose = [name for name in units if column == name or column.startswith(f"{name}_")]
        return units[max(whose, key=len)] if whose else UNITS.get(column, "1")

    @cached_property
    def courses(self) -> xr.Dataset:
        """True courses under each arm: a variable [statistic, arm, day] for each endpoint.

        `statistic` is mean and standard deviation over all patients of the first ten replicates,
        each followed under every arm; `units` and `long_name` stand in each variable's `attrs`.
        """
        import xarray as xr

        course = self.trial.shown["course"].rename(given="arm")
        found = xr.Dataset(
            {
                one.name: course.sel(endpoint=one.name, drop=True)
                .drop_vars(["label", "unit", "log", "scale", "lower_is_better"], errors="ignore")
                .assign_attrs(units=one.unit, long_name=one.label)
                for one in self.trial.endpoints
            },
            attrs={"trial": self.design.name, "stance": self.stance, "seed": self.seed},
        )
        found["day"].attrs["units"] = "day"
        return read_only(found)

    def _draw(self, file: Path) -> None:
        from gutskin.report.figures import write_differences

        write_differences(self.analysis, self.design, file)

    def sheet(self, command: str = "") -> Sheet:
        """The answer on one sheet; `gutskin.report.sheet.write_sheet` writes it as a page.

        Parameters
        ----------
        command : that repeats it
        """
        from gutskin.report.trial_sheet import trial_sheet

        shown = self.trial.shown
        return trial_sheet(self.summary, self.analysis, shown, self.design, command or self.command)

    def __repr__(self) -> str:
        """The answer in one sentence, and how it was found."""
        return "\n".join((f"TrialResult of {self.design.name} ({self._how}).", *self._says))

    def _repr_html_(self) -> str:
        """The answer and a table of every endpoint, as a notebook shows them."""
        from gutskin.report.endpoint_table import table_of
        from gutskin.report.points import in_points

        names, cells = table_of(in_points(self.summary))
        says = "".join(f"<p>{escape(one)}</p>" for one in self._says)
        head = "".join(f"<th>{escape(one)}</th>" for one in names)
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells
        )
        how = f"{self.design.title}: {self._how}. {self.command}".rstrip()
        return (
            f"{says}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{escape(how)}</p>"
        )

    @property
    def _how(self) -> str:
        return f"{counted(self.replicates, 'replicate')}, seed {self.seed}, {self.stance} stance"

    @property
    def _says(self) -> tuple[str, ...]:
        """The answer, a sentence each."""
        from gutskin.report.answer import comparisons, headline
        from gutskin.report.points import in_points

        summary = in_points(self.summary)
        return headline(summary), *comparisons(summary)
