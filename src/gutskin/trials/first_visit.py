"""What patients are like at the first visit: the lines of a trial's table of who takes part.

What a patient is (age, weight, genotype, sensitisation) is known without error. What the trial
measures is told as it was written down. Of people with eczema the severity, the IgE and the
staphylococci of lesions are told even where the trial does not measure them: then as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.engine import Schedule
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.populations import genotypes
from gutskin.trials import screening
from gutskin.trials.endpoints import DROP, FALL, Endpoint, endpoints_of, read
from gutskin.trials.methods import COUNTS, SHARES
from gutskin.trials.study import Study

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign

Array = NDArray[np.float64]
MEAN, SHARE, GEOMETRIC = "mean", "share", "geometric mean"
KNOWN, RECORDED, TRUE = "known", "recorded", "true"
LOOKED_AT = ("scorad", "easi", "total_ige", "s_aureus")  # of people with eczema, in any trial


@dataclass(frozen=True)
class Trait:
    """One line of the table.

    Parameters
    ----------
    name, label, unit : of an endpoint, or of what a patient is
    kind : mean, share, or geometric mean of what lives on a logarithmic scale
    source : "known" without error, "recorded" by a rater with his error, or "true": what is so,
        though the trial does not measure it
    """

    name: str
    label: str
    unit: str
    kind: str
    source: str = KNOWN


AGE = Trait("age", "Age", "years", MEAN)
BODY = (
    Trait("body_weight", "Body weight", "kg", MEAN),
    Trait("flg_carrier", "Carrier of a filaggrin mutation", "1", SHARE),
)
SENSITISED = (
    Trait("sensitised", "Sensitised (specific IgE to anything)", "1", SHARE),
    Trait("food_sensitised", "Sensitised to food", "1", SHARE),
)
MILK = Trait("human_milk", "Fed human milk", "1", SHARE)


def traits(design: TrialDesign, model: Model) -> tuple[Trait, ...]:
    """The lines of a trial's table: what patients are, then what is measured of them.

    What tells only how they fare later (responders, flares so far) has no line. Newborns are of
    one age, and neither ill nor sensitised yet.
    """
    people = (*BODY, MILK) if design.from_birth else (AGE, *BODY, *SENSITISED)
    first = (_line(one, RECORDED) for one in _of_first_visit(design, model))
    return (*people, *first, *(_line(one, TRUE) for one in _others(design, model)))


def traits_of_patients(study: Study, enrolled: screening.Enrolled, first: Array) -> Array:
    """The value of every line in every patient, Array [trait, patient]; 1 and 0 of a share.

    What has a geometric mean is on the logarithm.

    Parameters
    ----------
    first : Array [endpoint, patient], as written down at the first visit
    """
    design, model = study.design, study.model
    parameters = screening.at_enrolment(screening.patients_in(study, enrolled), enrolled)
    told = _of_body(parameters, model)
    names = [one.name for one in study.endpoints]
    told |= {one.name: first[names.index(one.name)] for one in _of_first_visit(design, model)}
    if others := _others(design, model):
        told |= dict(
            zip(
                (one.name for one in others),
                _true(study, enrolled, parameters, others),
                strict=True,
            )
        )
    lines = traits(design, model)
    found = np.stack(
        [np.broadcast_to(told[one.name], len(enrolled)).astype(float) for one in lines]
    )
    logs = np.array([one.kind == GEOMETRIC for one in lines])
    found[logs] = np.log(np.where(found[logs] > 0, found[logs], np.nan))
    return found


def _of_body(parameters: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """What patients are, by the names of the lines."""
    air, food = (np.asarray(parameters[name]) > 0.5 for name in ("sensitised", "sensitised_food"))
    whole = genotypes(model.biology)["wild_type"]["flg_genotype"]
    return {
        AGE.name: np.asarray(parameters["age_at_start"]) / DAYS_PER_YEAR,
        "body_weight": parameters["body_weight"],
        "flg_carrier": np.asarray(parameters["flg_genotype"]) < whole,
        "sensitised": air | food,
        "food_sensitised": food,
        MILK.name: np.asarray(parameters["breast_milk"]) > 0,
    }


def _of_first_visit(design: TrialDesign, model: Model) -> list[Endpoint]:
    """The endpoints of a trial that say something at its first visit."""
    every = endpoints_of(model, design.analysis.endpoints)
    return [one for one in every if one.scale not in (*COUNTS, FALL, DROP)]


def _others(design: TrialDesign, model: Model) -> tuple[Endpoint, ...]:
    """What is told besides, of people who have eczema at the first visit."""
    if design.from_birth:
        return ()
    names = [name for name in LOOKED_AT if name not in design.analysis.endpoints]
    return endpoints_of(model, names)


def _line(one: Endpoint, source: str) -> Trait:
    kind = GEOMETRIC if one.log else SHARE if one.scale in SHARES else MEAN
    return Trait(one.name, one.label, one.unit, kind, source)


def _true(
    study: Study,
    enrolled: screening.Enrolled,
    parameters: Mapping[str, Any],
    endpoints: tuple[Endpoint, ...],
) -> Array:
    """True values on the day of enrolment, Array [endpoint, patient]."""
    from gutskin.engine import simulate

    courses = simulate(
        study.model, parameters, enrolled.start, Schedule(), [0.0],
        rtol=screening.ROUGH, precision=screening.PRECISION, varying=study.varying, workers=1,
    )  # fmt: skip
    return read(courses, endpoints)[0][:, 0]
