"""Virtual patients: who they are, and the random streams they are drawn from."""

from gutskin.population.draw import Patients, draw_patients, draw_worlds
from gutskin.population.populations import load_populations

__all__ = ["Patients", "draw_patients", "draw_worlds", "load_populations"]
