"""What the page shows of the shipped model, made once for all tests of this folder."""

from functools import cache

from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page.scene import scene_of


@cache
def shown():
    """The scene; nobody changes it."""
    return scene_of(load_model(biology_of_worlds()))
