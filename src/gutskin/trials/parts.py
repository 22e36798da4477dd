"""The parts of a trial file: arms, visits, eligibility, conduct, analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gutskin.population.prescribed import by_kind
from gutskin.toml_file import NotNegative, Part, Positive, Share, known_name, sound, table
from gutskin.trials.intervention_parts import (
    AnyIntervention,
    BleachBath,
    Drug,
    Dupilumab,
    Emollient,
    Fibre,
    Inulin,
    Lactulose,
    Probiotic,
    Topical,
    TopicalSteroid,
    Washing,
)
from gutskin.trials.methods import Boundary, Method, Missing, Multiplicity
from gutskin.user_text import Identifier, Label


def _ordered(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("each number must be larger than the one before it")
    return values


MOST_TOLD = 5  # weeks that stand twice, in a message


def order_of_visits(weeks: Sequence[float], *, first: bool = True) -> str:
    """All that is wrong with the order of visits; nothing if nothing is.

    Parameters
    ----------
    first : whether the first visit is among them

    Examples
    --------
    >>> order_of_visits([0, 8, 4, 4])
    'each number must be larger than the one before it (4 stands twice)'
    """
    wrong = []
    if first and weeks[0] != 0:
        wrong.append("the first visit must be week 0, the baseline")
    if any(later <= one for one, later in pairwise(weeks)):
        twice = [f"{week:g}" for week, many in Counter(weeks).items() if many > 1]
        again = f" ({', '.join(twice[:MOST_TOLD])} stand{'s' * (len(twice) == 1)} twice)"
        wrong.append(f"each number must be larger than the one before it{again if twice else ''}")
    return "; ".join(wrong)


def _in_order(weeks: tuple[float, ...]) -> tuple[float, ...]:
    if wrong := order_of_visits(weeks):
        raise ValueError(wrong)
    return weeks


UNTREATED = "untreated"  # what the people of a single arm are compared with: themselves


def _enough(n: int) -> int:
    if n != 0 and n < 2:  # 0 is what nobody is assigned to, see `untreated`
        raise ValueError("an arm has 2 patients at least")
    return n


class Arm(Part):
    """A group of `n` patients (2 at least) and what they receive; exactly one is the control.

    A trial of a single arm has none. `dropout_share` is its own share of patients who leave;
    without it that of [conduct]. `unblinded_share` is that of patients who guess which arm they are
    in, and expect accordingly.
    """

    name: Identifier
    n: Annotated[int, AfterValidator(_enough), WithJsonSchema({"type": "integer", "minimum": 2})]
    label: Label = ""
    control: bool = False
    dropout_share: Share | None = None
    unblinded_share: Share = 0.0
    interventions: tuple[Annotated[AnyIntervention, Field(discriminator="kind")], ...] = ()

    @property
    def title(self) -> str:
        """The arm's name as a reader sees it."""
        return self.label or self.name.replace("_", " ")

    @property
    def entry(self) -> dict[str, Any]:
        """What every result says of the arm: its `name`, `label`, `n`, whether it is `control`."""
        return {"name": self.name, "label": self.title, "n": self.n, "control": self.control}


def untreated() -> Arm:
    """What nobody of a single-arm trial is assigned to: the same people without the treatment."""
    return Arm(name=UNTREATED, n=0, label="The same people untreated", control=True)


def _named(value: Any) -> Any:
    """One name as an array of one; arrays of JSON as those of a file."""
    if not isinstance(value, str | list | tuple):
        raise ValueError("it must be text in quotes, or an array of such texts")
    return (value,) if isinstance(value, str) else tuple(value)


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a population stands twice")
    return names


Population = Annotated[str, known_name("population")]
_SomeOf = Annotated[list[Population], Field(min_length=1)]
Populations = Annotated[
    tuple[Population, ...],
    Field(min_length=1),
    BeforeValidator(_named, json_schema_input_type=Population | _SomeOf),
    AfterValidator(_once),
]

Range = Annotated[tuple[NotNegative, NotNegative], AfterValidator(_ordered)]


Grade = Annotated[int, Field(ge=0, le=4)]


def _rising(grades: tuple[int, int]) -> tuple[int, int]:
    if grades[1] < grades[0]:
        raise ValueError("the second grade must not be below the first")
    return grades


# keys of [eligibility] that are endpoints, beside those whose score is a trial's baseline
OTHER_CRITERIA = ("objective_scorad", "itch", "total_ige", "eosinophils", "s_aureus")


class Eligibility(Part):
    """Who may enrol; scores are as measured at screening, noise included. Both ends belong.

    `iga` is a range of grades, 0 to 4, read from the record of EASI.
    `total_ige` is in kU/L, `eosinophils` in 1/uL, `s_aureus` in log10 CFU/cm2 of lesions. With
    `sensitised` true or false only those who are, or are not, sensitised to anything, with
    `food_sensitised` to food. With `steroid_failed` (default false) only those whom a run-in with
    steroid cream has not helped enough (conduct.tsv), with `steroid_helped` only those whom it has;
    it leaves no trace in them.
    """

    age_years: Range | None = None
    weight_kg: Range | None = None
    scorad: Range | None = None
    easi: Range | None = None
    iga: Annotated[tuple[Grade, Grade], AfterValidator(_rising)] | None = None
    objective_scorad: Range | None = None
    itch: Range | None = None
    total_ige: Range | None = None
    eosinophils: Range | None = None
    s_aureus: Range | None = None
    sensitised: bool | None = None
    food_sensitised: bool | None = None
    steroid_failed: bool = False
    steroid_helped: bool = False


class Subgroup(Part):
    """Patients of whom the primary endpoint is told by themselves, named beforehand.

    Scores are as written down at the first visit, and must be among the endpoints. All that is
    asked must hold; both ends belong.
    """

    name: Identifier
    label: Label = ""
    sensitised: bool | None = None
    food_sensitised: bool | None = None
    age_years: Range | None = None
    scorad: Range | None = None
    easi: Range | None = None
    itch: Range | None = None
    total_ige: Range | None = None

    @property
    def title(self) -> str:
        """The subgroup's name as a reader sees it."""
        return self.label or self.name.replace("_", " ")


class Infants(Part):
    """How newborns and infants were born and are fed.

    `formula_share` is the share of them that gets no human milk (default 0), `c_section_share` in a
    trial from birth that of those born by section; without it all are born as `start` says.
    """

    formula_share: Share = 0.0
    c_section_share: Share | None = None


BeforeTrial = (
    Emollient | TopicalSteroid | Topical | Fibre | Inulin | Lactulose | Washing | BleachBath
    | Probiotic | Drug | Dupilumab
)  # fmt: skip
AnyRunIn = Annotated[BeforeTrial, Field(discriminator="kind")]
RUN_IN: dict[str, type[Part]] = by_kind(BeforeTrial)


class RunIn(Part):
    """Some `weeks` in the trial before anybody is randomised, all alike; week 0 is their end.

    The criteria hold again at the end, but with `criteria_again = false` (who has become well on
    what it gave would be lost), and what is measured then is the baseline. With `stable`
    only those whose score has changed by that share of it at most. Without interventions it is on
    placebo. What is given ends with it, unless an arm goes on with it; what is left of a drug or a
    strain then goes into the trial.
    """

    weeks: Annotated[float, Field(ge=1)]
    stable: Annotated[float, Field(gt=0, le=1)] | None = None
    criteria_again: bool = True
    interventions: tuple[AnyRunIn, ...] = ()


class Visits(Part):
    """When patients are measured; the first visit (week 0) is the baseline.

    `end_week` is the end of the trial. Without it the trial ends with its last visit or with the
    last intervention that names an end, whichever is later.
    """

    weeks: Annotated[
        tuple[NotNegative, ...],
        Field(min_length=2),
        AfterValidator(_in_order),
    ]
    screening_weeks: NotNegative = 0.0
    end_week: Positive | None = None


def visits_told(values: Mapping[str, Any]) -> Visits | None:
    """The visits of a file; of weeks in a wrong order all that are numbers, in their order.

    What asks for a visit is told beside what is wrong with the visits.

    Parameters
    ----------
    values : of the file
    """
    weeks = table(values, "visits").get("weeks")
    whole = sound(Visits, {"weeks": weeks})
    if whole is not None or not isinstance(weeks, list):
        return whole
    pairs = [sound(Visits, {"weeks": (0.0, week)}) for week in weeks if week != 0]
    known = [one.weeks for one in pairs if one is not None]
    if not known or len(known) < len(pairs):
        return None
    return Visits.model_construct(weeks=tuple(sorted({week for pair in known for week in pair})))


class Responders(Part):
    """A trial whose second part is of those who responded to the first.

    Who does not meet `rule` (an endpoint such as easi75) at the visit of `at_week` leaves the trial
    there: nothing of him is written down after it. `arms` names those whose patients are chosen so;
    all without. What each arm receives in the second part are interventions with a `start_week`.
    """

    at_week: Positive
    rule: Annotated[str, known_name("endpoint")]
    arms: tuple[Identifier, ...] = ()


class Conduct(Part):
    """How well the trial runs: doses taken, patients lost, better care than before the trial.

    `adherence` is the share of doses taken (default 1), `creams_between_visits` the share of creams
    that is still put on long after a visit (default 1: as at the visit), `dropout_share` the share
    of patients who leave before the last visit (default 0), whatever becomes of them. At each visit
    after the first who is no better than at it leaves with the chance `leave_if_no_better`, who is
    worse by a quarter with `leave_if_worse` (by the first score among the endpoints that is SCORAD
    or EASI); `missed_visits` is the share of visits after the first that are missed (all default
    0). `in_trial_care` whether families treat
    the skin better than before (default true). With `rescue` (default false) who does badly is
    given other treatment at a visit (conduct.tsv), and has failed as a responder.
    """

    adherence: Share = 1.0
    creams_between_visits: Share = 1.0
    dropout_share: Share = 0.0
    leave_if_no_better: Share = 0.0
    leave_if_worse: Share = 0.0
    missed_visits: Share = 0.0
    in_trial_care: bool = True
    rescue: bool = False

    @property
    def decided_at_visits(self) -> bool:
        """Whether anything hangs on how a patient fares at a visit."""
        return bool(self.rescue or self.leave_if_no_better or self.leave_if_worse)


Endpoint = Annotated[str, known_name("endpoint")]


def _until_all(looks: tuple[float, ...]) -> tuple[float, ...]:
    if looks[-1] != 1:
        raise ValueError("the last look must be 1, all patients")
    return looks


class Interim(Part):
    """Looks at the primary endpoint before the end, at which the trial may stop.

    `looks` are shares of the patients of each arm, in the order in which they came, who have had
    the visit of the analysis; the last is 1. `boundary` says how strong the evidence must be at
    each, so that over all looks one trial in twenty without an effect is significant.
    """

    looks: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1)], ...],
        Field(min_length=2, max_length=20),
        AfterValidator(_ordered),
        AfterValidator(_until_all),
    ]
    boundary: Boundary = "obrien-fleming"

    def seen(self, n: int) -> tuple[int, ...]:
        """How many of the n patients of an arm have ended at each look [look]."""
        return tuple(int(share * n + 0.5) for share in self.looks)


class Analysis(Part):
    """What is compared at the last visit, adjusted for its baseline.

    `method` is that of every endpoint it fits (the others keep ANCOVA), `methods` those of single
    endpoints; `missing` says what stands for missing values, `multiplicity` how p-values of several
    questions are adjusted. `meaningful_difference` is the size of the primary endpoint's change
    that matters to a patient. `week` is the visit at which arms are compared (the last one): what
    comes after it, such as an open-label extension, is simulated and not tested. `interim` are
    looks before the end.
    """

    primary: Endpoint
    endpoints: Annotated[tuple[Endpoint, ...], Field(min_length=1)]
    method: Method = "ancova"
    methods: dict[Endpoint, Method] = Field(default_factory=dict)
    missing: Missing = "as observed"
    multiplicity: Multiplicity = "none"
    meaningful_difference: Positive | None = None
    week: NotNegative | None = None
    interim: Interim | None = None
