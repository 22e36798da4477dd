"""Foretell the trials of each shipped strain from all others, and compare.

    .venv/bin/python scripts/leave_one_strain_out.py               treatment
    .venv/bin/python scripts/leave_one_strain_out.py --prevention  those of eczema too (minutes)

A strain is given the prior of any strain, the trials of all others in strain_trials.tsv update
it, and what its own trials should report follows: the effect there, with the spread of strain, of
trials and of the body. `z` is how far off the report lies in standard deviations of that.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gutskin.model.compiled import load_model
from gutskin.model.model import Model
from gutskin.model.strain_knowledge import ANY
from gutskin.population.strain_hierarchy import Tried, Voice, posterior_of
from gutskin.population.strain_posterior import ECZEMA, tried_in
from gutskin.population.strain_traits import strain_traits_of
from gutskin.population.strains import central_shares


def ignorant(one: Tried, model: Model) -> Tried:
    """A trial whose strains are known by the prior of any strain alone."""
    anything, traits = model.tables.strain_priors[ANY], strain_traits_of(model.biology)
    voices = {
        axis: tuple(
            Voice(anything.number(traits[axis].column), anything.number(traits[axis].sd), v.streams)
            for v in some
        )
        for axis, some in one.voices.items()
    }
    return replace(one, voices=voices)


def foretold(one: Tried, others: Sequence[Tried], model: Model) -> tuple[float, float]:
    """What a trial should report, given others: mean and standard deviation."""
    shares = central_shares(model)
    height, variance = 0.0, one.se**2 + one.tau**2
    first = next(iter(one.link.curves))
    height = float(one.link.curves[first].at(one.link.centres[first]))
    posterior = posterior_of(others, shares) if others else None
    for axis, curve in one.link.curves.items():
        voices = one.voices[axis]
        mean = np.array([v.mean for v in voices])
        covariance = np.diag([v.sd**2 for v in voices])
        if posterior is not None:
            mean, covariance = posterior.moments(voices)
        w = one.link.weights
        middle, slope, missed = curve.line(float(w @ mean), float(np.sqrt(w @ covariance @ w)))
        height += middle - float(curve.at(one.link.centres[axis]))
        variance += slope**2 * float(w @ covariance @ w) + missed
    return height, float(np.sqrt(variance + (one.link.spread * height) ** 2))


def main() -> None:
    """Print every trial beside what was foretold of it."""
    model = load_model()
    rows = [
        row for row in model.biology.table("strain_trials.tsv").values()
        if row.text("endpoint") != ECZEMA or "--prevention" in sys.argv
    ]  # fmt: skip
    tried = {row.id: ignorant(tried_in(model, row), model) for row in rows}
    print(f"{'trial':<20}{'reported':>10}{'se':>7}{'foretold':>10}{'sd':>7}{'z':>7}")
    scores = []
    for row in rows:
        others = [tried[o.id] for o in rows if o.text("strain") != row.text("strain")]
        one = tried[row.id]
        mean, sd = foretold(one, others, model)
        scores.append((one.estimate - mean) / sd)
        print(
            f"{row.id:<20}{one.estimate:>10.2f}{one.se:>7.2f}{mean:>10.2f}{sd:>7.2f}"
            f"{scores[-1]:>7.2f}"
        )
    inside, spread = sum(abs(z) < 1.96 for z in scores), np.sqrt(np.mean(np.square(scores)))
    print(f"{inside} of {len(scores)} within 95%; root mean square of z {spread:.2f}")


if __name__ == "__main__":
    main()
