"""A runnable, evidence-linked model of the gut-skin axis, and in-silico trials on it."""

__version__ = "0.1.0"
