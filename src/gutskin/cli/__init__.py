"""The command line: one module for each group of commands, put together in `program`."""

from gutskin.cli.program import app, main, run

__all__ = ["app", "main", "run"]
