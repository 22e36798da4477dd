"""Text and tables of the biology -> one immutable compiled model."""

from gutskin.model.compiled import Model, load_model

__all__ = ["Model", "load_model"]
