"""A frozen plan as Python shows it: in the sentences and tables of `gutskin plan`."""

from __future__ import annotations

from html import escape
from io import StringIO

from gutskin.credibility.frozen_plan import FrozenPlan
from gutskin.media import counted
from gutskin.report.console import WIDTH, Terminal
from gutskin.report.credibility import plan_document, print_document

FEW = 12  # characters of a checksum that tell plans apart


class WrittenPlan(FrozenPlan):
    """A frozen plan that `print` shows as `gutskin plan` does.

    Examples
    --------
    >>> import gutskin
    >>> plan = gutskin.trial("six-strain-children").plan()
    >>> plan
    FrozenPlan of six-strain-children: 200 replicates, seed 1, checksum ...
    >>> print(plan)
    Frozen plan: ...
    """

    def __str__(self) -> str:
        """What `gutskin plan` prints."""
        written = StringIO()
        console = Terminal(written, WIDTH, force_terminal=False, force_jupyter=False)
        print_document(plan_document(self.values, self.checksum), console)
        return "\n".join(line.rstrip() for line in written.getvalue().strip().split("\n"))

    def __repr__(self) -> str:
        """Which trial it is of, and under which checksum."""
        values = self.values
        many = counted(values["replicates"], "replicate")
        return (
            f"FrozenPlan of {values['trial']}: {many}, seed {values['seed']}, "
            f"checksum {self.checksum[:FEW]}."
        )

    def _repr_html_(self) -> str:
        """The plan as a notebook shows it."""
        return f"<pre>{escape(str(self))}</pre>"
