"""Why hardly anyone is admitted: what each criterion by itself refuses of those who were asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gutskin.errors import InputError, Problem
from gutskin.media import counted, ends
from gutskin.population.streams import Keys
from gutskin.trials.endpoints import endpoints_of, read
from gutskin.trials.entry_criteria import bodies_fit, criteria
from gutskin.trials.left_out import LeftOut, Why
from gutskin.trials.parts import Eligibility
from gutskin.trials.screening import at_rest
from gutskin.trials.study import Study

MOST = 256  # candidates of whom it is found out
MIDDLE = (0.025, 0.975)  # of the candidates, which the ends of what they have leave out
BODIES = ("weight_kg", "sensitised", "food_sensitised")
LATER = {
    Why.steroid: "what steroid cream did before",
    Why.does_not_come: "coming at all on a day that admits him",
    Why.run_in: "the run-in",
}


class Refused(NamedTuple):
    """What a criterion by itself does to some candidates.

    Parameters
    ----------
    many : how many it refuses
    have : what the middle 95% of the candidates have, in words; nothing of what is no number
    """

    many: int
    have: str = ""


def hardly_anyone(
    study: Study, keys: Keys, found: tuple[int, int], left: Sequence[LeftOut]
) -> InputError:
    """The error when a population has too few whom the trial would admit, with what refuses them.

    Parameters
    ----------
    keys : Array [candidate, 3], some of those who were asked
    found : how many were asked, and how many of them admitted
    left : those who were not
    """
    people = " or ".join(repr(name) for name in study.design.population)
    run_in = study.design.run_in
    stable = run_in is not None and run_in.stable is not None
    asked, admitted = found
    some = keys[:: max(1, len(keys) // MOST)][:MOST]
    refused = dict(sorted(refusals(study, some).items(), key=lambda one: -one[1].many))
    told = "; ".join(
        f"{what} refuses {one.many}{one.have and f' (most have {one.have})'}"
        for what, one in refused.items()
    )
    later = "; ".join(f"{what} {many}" for what, many in _later(left))
    says = f" Of {counted(len(some), 'candidate')}, as they usually are, {told}." if told else ""
    says += f" Of all who were asked, some fell later: {later}." if later else ""
    first, most = next(iter(refused.items()), ("", Refused(0)))
    widen = f"Widen what refuses most ({first})" if most.many else "Widen the criteria"
    fix = ", allow more change in the run-in (`stable`)," if stable else ""
    return InputError(
        Problem(
            f"hardly anyone of population {people} is admitted by the eligibility of trial "
            f"{study.design.name!r}" + (" and stays as the run-in asks" if stable else "")
            + f": {admitted:,} of {asked:,} candidates.{says}",
            remedy=f"{widen}{fix} or choose another population.",
        )
    )  # fmt: skip


def refusals(study: Study, keys: Keys) -> dict[str, Refused]:
    """How many of some candidates each criterion by itself refuses, at rest and without error.

    Parameters
    ----------
    keys : Array [candidate, 3]

    Returns
    -------
    dict
        criterion, in words -> what it does to them
    """
    _, parameters, courses = at_rest(study, keys)
    asked = [one for one in criteria(study) if np.isfinite([one.low, one.high]).any()]
    scores = endpoints_of(study.model, [one.name for one in asked])
    found: dict[str, Refused] = {}
    if asked:
        values = read(courses, scores)[0][:, -1]
        for one, score, its in zip(asked, scores, values, strict=True):
            low, high = (f"{end:,.6g}" for end in (one.low, one.high))
            unit = "" if score.unit in ("points", "1") else f" {score.unit}"
            inside = (its >= one.low) & (its <= one.high)
            have = [f"{float(f'{end:.3g}'):,.6g}" for end in np.nanquantile(its, MIDDLE)]
            told = f"{score.label} {ends(low, high)}{unit}"
            found[told] = Refused(int((~inside).sum()), f"{ends(*have)}{unit}")
    return found | _bodies(study.design.eligibility, parameters, len(keys))


def _bodies(asked: Eligibility, parameters: Mapping[str, Any], many: int) -> dict[str, Refused]:
    """What is asked of bodies, each by itself."""
    found = {}
    for key in BODIES:
        if (value := getattr(asked, key)) is None:
            continue
        if key == "weight_kg":
            told = f"a weight of {ends(f'{value[0]:g}', f'{value[1]:g}')} kg"
        else:
            told = f"`{key} = {str(value).lower()}`"
        fits = bodies_fit(Eligibility(**{key: value}), parameters, many)
        found[told] = Refused(int((~fits).sum()))
    return found


def _later(left: Sequence[LeftOut]) -> Iterator[tuple[str, int]]:
    """Who was within all ranges and fell for what comes after."""
    why = LeftOut.joined(left).why
    for one, words in LATER.items():
        if many := int((why == one).sum()):
            yield words, many
