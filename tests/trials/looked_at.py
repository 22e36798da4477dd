"""A trial with looks before its end, for tests of what reads them."""

from gutskin.trials.design import load_trial
from gutskin.trials.parts import Interim

DESIGN = load_trial("six-strain-children")


def designed(looks=(0.5, 1.0), boundary="obrien-fleming", n=(20, 20), design=DESIGN, **more):
    """A trial of SCORAD alone with looks; without any where they are None."""
    interim = None if looks is None else Interim(looks=looks, boundary=boundary)
    asked = {"interim": interim, "primary": "scorad", "endpoints": ("scorad",), **more}
    arms = tuple(
        arm.model_copy(update={"n": many}) for arm, many in zip(design.arms, n, strict=True)
    )
    analysis = design.analysis.model_copy(update=asked)
    return design.model_copy(update={"analysis": analysis, "arms": arms})
