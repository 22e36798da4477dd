"""What `import gutskin` offers: one patient, one trial, a literature of trials."""

from __future__ import annotations

import os
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, cast

from gutskin.arguments import one_of, text
from gutskin.errors import together
from gutskin.extras import missing
from gutskin.model.overlay import biology_of
from gutskin.model.tables import STANCES
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.population.course_length import check_days, days_asked
from gutskin.population.own_strains import with_strains
from gutskin.population.patient_file import load_patient
from gutskin.population.patient_format import PatientFile
from gutskin.trial_result import TrialResult
from gutskin.trial_run import carry_out, load_model, settings_of
from gutskin.trials.design_source import arguments, repeatable
from gutskin.trials.plan import plan_trial
from gutskin.virtual_trial import Answer, VirtualTrial, literature

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.population.course import PatientCourse
    from gutskin.trials.design import TrialDesign


def simulate(
    patient: PatientFile | str | PathLike[str],
    *,
    days: int | None = None,
    stance: str = "evidence",
    biology: Biology | str | PathLike[str] | None = None,
) -> PatientCourse:
    """Follow one patient, day by day.

    Parameters
    ----------
    patient : of `load_patient`, or the path of his file
    days : how long; by default what his file says
    stance : "evidence" or "article"
    biology : a folder of own texts and tables on top of the shipped ones; by default what
        `GUTSKIN_BIOLOGY` names

    Raises
    ------
    InputError
        With all that is wrong with his file, before anything is computed.

    Examples
    --------
    >>> course = simulate("examples/healthy_adult.toml", days=14)
    >>> course
    Course of healthy_adult, 14 days, evidence stance: 97 states and ... quantities
    >>> course.data["scorad"].sizes["day"], course.data["scorad"].attrs["units"]
    (15, 'points')
    """
    given = patient if isinstance(patient, PatientFile) else None
    own, read, days, stance = together(
        lambda: biology_of(biology),
        lambda: given or load_patient(cast("str", patient), biology, days=days),
        lambda: check_days(days) if given else days_asked(days),  # his file is told of the rest
        lambda: one_of("stance", stance, STANCES),
    )
    own = with_strains(own, read.strains, read.name)
    from gutskin.population.course import follow, prepare  # not before all is known to be right

    return follow(prepare(read, days, stance, load_model(own)))


def run(
    trial: TrialDesign | str | PathLike[str],
    *,
    replicates: int = 200,
    seed: int = 1,
    stance: str = "evidence",
    out: str | PathLike[str] | None = None,
    overwrite: bool = False,
    dask: str = "",
    biology: Biology | str | PathLike[str] | None = None,
    draws: str | None = None,
    progress: bool = False,
    command: str = "",
    explain: bool = False,
) -> TrialResult:
    """Simulate a trial many times, each time in another world with other patients.

    Parameters
    ----------
    trial : of `load_trial`, the name of a shipped one, or the path of its file
    replicates, seed : how often it is repeated; the same seed gives the same, to the last bit
    stance : "evidence", or "article": as strong as the article suggests
    out : folder for result, patients, courses and report; a tenth as many replicates are then run
        under the other stance too. Stopped, the same call goes on where it was.
    overwrite : replace the result of another run in that folder
    dask : address of a scheduler, or "local"
    biology : own texts and tables on top of the shipped ones; by default `GUTSKIN_BIOLOGY`'s
    draws : "posterior" (the default where there is one), "prior", or "1", the central world alone
    progress : show on the error stream how far the work is, and what a user should know
    command : what the report calls the command that repeats it
    explain : say also what carries the effect and who responds, in result and report

    Raises
    ------
    InputError
        With all that is wrong with the trial, the call or the folder, before anything is computed.
    SimulationFailed
        If the courses of more than one patient in a thousand could not be computed.

    Examples
    --------
    >>> result = run("six-strain-children", replicates=2)
    >>> result.summary["endpoints"]["scorad"]["unit"]
    'points'
    """
    plan, settings, dask, command = together(
        lambda: plan_trial(
            trial, replicates, seed, biology_of_worlds(biology, draws), elsewhere=bool(dask)
        ),
        lambda: settings_of(stance, out, overwrite=overwrite, progress=progress, explain=explain),
        lambda: text("dask", dask),
        lambda: text("command", command),
    )
    command = command or _call(
        trial, plan.replicates, plan.seed, stance, out, biology, draws,
        overwrite=overwrite, explain=explain,
    )  # fmt: skip
    return carry_out(
        plan, **settings, dask=dask, keep_patients=not missing("files"), command=command
    )


def trial(
    name_or_path: TrialDesign | str | PathLike[str],
    *,
    biology: Biology | str | PathLike[str] | None = None,
    draws: str | None = None,
) -> VirtualTrial:
    """A trial that can be asked: `run`, `power`, `explain`, `optimise`, `score`, `plan`.

    Parameters
    ----------
    name_or_path : the name of a shipped trial, a file, or a design
    biology : a folder of own texts and tables on top of the shipped ones; by default what
        `GUTSKIN_BIOLOGY` names
    draws : of which worlds every answer is made; see `run`

    Raises
    ------
    InputError
        With all that is wrong with the file.

    Examples
    --------
    >>> trial("lgg-infants")
    VirtualTrial of lgg-infants: ...
    """
    own = biology_of_worlds(biology, draws)
    design = plan_trial(name_or_path, 1, 1, own).design
    return VirtualTrial(design, own, tuple(arguments(name_or_path, biology)))


def meta(
    trials: Sequence[str | PathLike[str]] | None = None,
    *,
    passes: Sequence[float] = (0.5, 0.2, 0.0),
    replicates: int = 100,
    seed: int = 1,
    stance: str = "evidence",
    biology: Biology | str | PathLike[str] | None = None,
    draws: str | None = None,
) -> Answer:
    """Simulate a literature and pool it as a reader would, with and without a publication filter.

    Parameters
    ----------
    trials : names or files; by default all shipped trials that published a difference of SCORAD
    passes : shares of trials without a significant benefit that are published
    replicates : literatures, each in its own world; 39 or more
    draws : of which worlds; see `run`

    Raises
    ------
    InputError
        With all that is wrong, or where fewer than three can be pooled.

    Examples
    --------
    >>> meta(["six-strain-children", "sakei-children"])
    Traceback (most recent call last):
    ...
    gutskin.errors.InputError: 1 trial can be pooled, and 3 are needed. ...
    """
    return literature(trials, passes, replicates, seed, stance, biology, draws)


def _call(
    trial: TrialDesign | str | PathLike[str],
    replicates: int,
    seed: int,
    stance: str,
    out: str | PathLike[str] | None,
    biology: Biology | str | PathLike[str] | None,
    draws: str | None,
    *,
    overwrite: bool,
    explain: bool,
) -> str:
    """The call that repeats a trial, as a reader would write it."""
    named, *own = arguments(trial, biology)
    parts = [named, f"replicates={replicates}", f"seed={seed}"]
    parts += [f"stance={stance!r}"] if stance != STANCES[0] else []
    parts += [f"draws={draws!r}"] if draws is not None else []
    parts += [f"out={os.fspath(out)!r}"] if out is not None else []
    parts += ["overwrite=True"] if overwrite else []
    parts += ["explain=True"] if explain else []
    return repeatable(f"gutskin.run({', '.join([*parts, *own])})", trial)
