"""Text and tables of the biology -> one immutable compiled model."""
