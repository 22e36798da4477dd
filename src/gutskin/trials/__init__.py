"""Trials: the design file, its conduct, and what its analysts would report."""
