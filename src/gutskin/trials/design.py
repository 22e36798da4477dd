"""What a trial is: who takes part, what each arm receives, when it is measured, how it is analysed.

One TOML file is one trial. `load_trial` reads it and reports all its problems together, each with
its line. A name without a path is that of a trial in `biology/trials`.
"""

from __future__ import annotations

import math
import os
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.overlay import biology_of
from gutskin.population.known import known_names
from gutskin.population.own_strains import with_file_strains, with_strains
from gutskin.population.strain_file import OwnStrain, OwnTrial, strain_problems
from gutskin.toml_file import Format, Part, parsed, validate
from gutskin.toml_text import read_toml
from gutskin.trials.consistency import inconsistencies
from gutskin.trials.design_parts import (
    Crossover,
    Extension,
    Randomisation,
    Seasons,
    Site,
    Stratum,
)
from gutskin.trials.design_source import with_source
from gutskin.trials.estimand_parts import (
    Discontinuation,
    Estimand,
    Estimator,
    RescueTreatment,
    Strategies,
)
from gutskin.trials.intervention_parts import INTERVENTIONS, DosePrior, When
from gutskin.trials.parts import (
    Analysis,
    Arm,
    Conduct,
    Eligibility,
    Infants,
    Interim,
    Populations,
    Responders,
    RunIn,
    Subgroup,
    Visits,
    untreated,
)
from gutskin.trials.published_parts import Published, PublishedDifference, PublishedValue
from gutskin.trials.visit_problems import end_of_trial
from gutskin.user_text import FileName, Title


class TrialDesign(Part):
    """A whole trial.

    Examples
    --------
    >>> design = load_trial("six-strain-children")
    >>> design.control.name, [arm.name for arm in design.active]
    ('placebo', ['six_strain'])
    >>> design.end_week
    8.0
    """

    name: FileName
    population: Populations
    visits: Visits
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    analysis: Analysis
    title: Title = ""
    start: Literal["settled", "birth_vaginal", "birth_c_section"] = "settled"
    eligibility: Eligibility = Eligibility()
    infants: Infants = Infants()
    run_in: RunIn | None = None
    responders: Responders | None = None
    crossover: Crossover | None = None
    randomisation: Randomisation | None = None
    seasons: Seasons | None = None
    extension: Extension | None = None
    conduct: Conduct = Conduct()
    discontinuation: Discontinuation | None = None
    rescue: RescueTreatment | None = None
    sites: tuple[Site, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    estimands: tuple[Estimand, ...] = ()
    estimators: tuple[Estimator, ...] = ()
    published: Published = Published()
    strains: tuple[OwnStrain, ...] = ()

    @model_validator(mode="after")
    def _single_arm(self) -> TrialDesign:
        if len(self.arms) == 1:  # frozen afterwards
            object.__setattr__(self, "arms", (*self.arms, untreated()))
        return self

    @model_validator(mode="after")
    def _end_what_has_no_end(self) -> TrialDesign:
        given = [(self.end_week, one) for arm in self.arms for one in arm.interventions]
        if self.run_in is not None:
            given += [(self.run_in.weeks, one) for one in self.run_in.interventions]
        if self.rescue is not None:
            given += [(self.end_week, one) for one in self.rescue.interventions]
        for end, one in given:
            if math.isinf(one.end_week):
                # Frozen afterwards; while the trial is being made, its end closes what is open.
                object.__setattr__(one, "end_week", end)
        return self

    def taken(self, arm: Arm) -> tuple[Any, ...]:
        """What the patients of an arm receive from the run-in on: it shares places in the body."""
        return (*self.before, *arm.interventions)

    @property
    def before(self) -> tuple[Any, ...]:
        """What is given in the run-in."""
        return () if self.run_in is None else self.run_in.interventions

    @property
    def from_birth(self) -> bool:
        """Whether it follows newborns from their first day."""
        return self.start != "settled"

    @property
    def control(self) -> Arm:
        """The arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.control)

    @property
    def single_arm(self) -> bool:
        """Whether nobody is assigned to a control: there the same people untreated stand for it."""
        return self.control.n == 0

    @property
    def some_may_leave(self) -> bool:
        """Whether anybody may leave before the end: by chance, in an arm, or by how he fares."""
        conduct = self.conduct
        shares = (conduct.dropout_share, conduct.leave_if_no_better, conduct.leave_if_worse)
        return any((*shares, *(arm.dropout_share for arm in self.arms)))

    @property
    def strata(self) -> int:
        """How many strata patients are randomised in: 1 without any."""
        asked = () if self.randomisation is None else self.randomisation.strata
        return math.prod(one.groups(len(self.sites)) for one in asked)

    @property
    def adjusted_strata(self) -> int:
        """How many strata the analysis is adjusted for: 1 if for none."""
        asked = self.randomisation
        return self.strata if asked is not None and asked.adjust else 1

    @property
    def active(self) -> tuple[Arm, ...]:
        """The arms that are compared with the control, in the file's order."""
        return tuple(arm for arm in self.arms if not arm.control)

    @property
    def analysed(self) -> int:
        """The number of the visit at which arms are compared: of a crossover the first period's."""
        weeks, week = self.visits.weeks, self.analysis.week
        if self.crossover is not None:
            week = self.crossover.periods[0][1]
        return len(weeks) - 1 if week is None else weeks.index(week)

    @property
    def watched_until(self) -> int:
        """The number of the last visit that arms are compared by: of a crossover the second's."""
        if self.crossover is None:
            return self.analysed
        return self.visits.weeks.index(self.crossover.periods[1][1])

    @property
    def end_week(self) -> float:
        """The week at which the trial ends."""
        ends = [one.end_week for arm in self.arms for one in arm.interventions]
        return end_of_trial(self.visits.end_week, ends, self.visits.weeks)


FILE = Format(
    TrialDesign,
    {
        "eligibility": Eligibility,
        "visits": Visits,
        "arms": Arm,
        "infants": Infants,
        "run_in": RunIn,
        "sites": Site,
        "subgroups": Subgroup,
        "responders": Responders,
        "crossover": Crossover,
        "randomisation": Randomisation,
        "strata": Stratum,
        "seasons": Seasons,
        "extension": Extension,
        "conduct": Conduct,
        "discontinuation": Discontinuation,
        "rescue": RescueTreatment,
        "estimands": Estimand,
        "estimators": Estimator,
        "strategies": Strategies,
        "analysis": Analysis,
        "interim": Interim,
        "published": Published,
        "prior": DosePrior,
        "when": When,
        "values": PublishedValue,
        "differences": PublishedDifference,
        "strains": OwnStrain,
        "trials": OwnTrial,
    },
    INTERVENTIONS,
    "an intervention",
)


def known_trials(biology: Biology | None = None) -> tuple[str, ...]:
    """The names of the trials that come with gutskin, and with a user's own biology."""
    return tuple(Path(name).stem for name in biology_of(biology).names("trials/*.toml"))


def load_trial(
    name_or_path: str | PathLike[str], biology: Biology | str | PathLike[str] | None = None
) -> TrialDesign:
    """Read a trial by the name of a shipped one or from a file.

    Names of populations, strains and endpoints are checked; strains go by their short code or
    their id, and stand in the trial by their id.

    Parameters
    ----------
    name_or_path : a name in `known_trials()`, or the path of a TOML file
    biology : a folder of own texts and tables on top of the shipped ones, see `biology_of`

    Raises
    ------
    InputError
        with all problems of the file, each with its line

    Examples
    --------
    >>> design = load_trial("six-strain-children")
    >>> design.active[0].interventions[0].strains
    ('w23', 'w51', 'w55', 'w56', 'w57', 'w58')
    """
    own = biology_of(biology)
    return with_source(_read(trial_path(name_or_path, own), own, compared=True), name_or_path)


def every_trial(biology: Biology) -> dict[str, TrialDesign]:
    """All `known_trials` by name.

    Of the shipped biology their parts are not compared with each other once more, which takes a
    second: a test holds every shipped file to that.
    """
    compared, designs = biology.overlay is not None, {}
    for file in biology.names("trials/*.toml"):
        if text := biology.text(file):
            name = Path(file).stem
            designs[name] = with_source(_read(text.path, biology, compared=compared), name)
    return designs


def _read(path: Path, own: Biology, *, compared: bool) -> TrialDesign:
    """A trial, whose parts are compared with each other only where that is asked for."""
    file = read_toml(path)
    wrong = tuple(strain_problems(file.values.get("strains"), own)) if compared else ()
    own = with_file_strains(own, file.values, file.path)
    found = (*wrong, *inconsistencies(file.values, own)) if compared else ()
    return validate(FILE, file, found, known_names(own))


def resolved(design: TrialDesign, biology: Biology) -> TrialDesign:
    """A design that was made in Python, checked as a file is: its names are those of the biology.

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    values = design.model_dump(mode="json")
    wrong = list(strain_problems(values["strains"], biology))
    biology = with_strains(biology, design.strains, design.name)
    found, faults = parsed(FILE, values, known_names(biology))
    wrong += [*faults, *inconsistencies(values, biology)]
    if wrong or found is None:
        raise InputError(
            [Problem(f"{design.name}: {what}", None, None, fix) for _, what, fix in wrong]
        )
    return found


def trial_path(name_or_path: str | PathLike[str], biology: Biology) -> Path:
    """The file of a shipped trial, or of a path.

    Raises
    ------
    InputError
        For a name that is neither; suggests the nearest.
    """
    if not isinstance(name_or_path, str | os.PathLike) or not os.fspath(name_or_path):
        what = f"{name_or_path!r} is neither the name of a trial nor a file."
        raise InputError(Problem(what, remedy=nearest("", known_trials(biology))))
    name, path = os.fspath(name_or_path), Path(name_or_path)
    known = known_trials(biology)
    if name in known and (own := biology.text(f"trials/{name}.toml")) is not None:
        return own.path
    if os.path.lexists(path):  # unlike Path.exists, it takes names of any length
        return path
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise InputError(Problem("there is no such file.", path))
    raise InputError(Problem(f"unknown trial {name!r}.", remedy=nearest(name, known)))
