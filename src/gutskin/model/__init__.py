"""Text and tables of the biology -> one immutable compiled model."""

from gutskin.model.compiled import load_model
from gutskin.model.model import Model

__all__ = ["Model", "load_model"]
