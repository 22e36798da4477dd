"""What a run was asked for, written into its result, so that another run can tell itself apart."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from gutskin.media import counted
from gutskin.trials.chunks import program

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign


@dataclass(frozen=True)
class RunRecord:
    """A run: two of them are the same if all but `program` is.

    Parameters
    ----------
    trial : its name
    design : the whole trial as JSON
    model : content hash of tables and equations
    program : hash of our code and the versions of the numerical libraries
    overlay : name of the folder of a user's own biology; empty without one. The hash of the model
        says whether it is the same.
    """

    trial: str
    design: str
    model: str
    stance: str
    seed: int
    replicates: int
    program: str
    overlay: str = ""

    @classmethod
    def of(
        cls, design: TrialDesign, biology: Biology, replicates: int, seed: int, stance: str
    ) -> RunRecord:
        """The record of a run that is about to begin, on the model of that biology."""
        text, model = design.model_dump_json(), biology.content_hash
        overlay = "" if biology.overlay is None else biology.overlay.name
        return cls(design.name, text, model, stance, seed, replicates, program(), overlay)

    @classmethod
    def from_values(cls, found: Any) -> RunRecord:
        """Read back from plain values.

        Raises
        ------
        ValueError
            For values that are no record of a run.
        """
        kinds = {field.name: int if field.type == "int" else str for field in fields(cls)}
        if not isinstance(found, dict) or set(found) != set(kinds):
            raise ValueError("no record of a run")
        if not all(isinstance(found[name], kind) for name, kind in kinds.items()):
            raise ValueError("no record of a run")
        return cls(**found)

    def differences(self, other: RunRecord) -> list[str]:
        """In what another run is another one, in words; none if it is the same.

        >>> one = RunRecord("a", "{}", "f00", "evidence", 1, 200, "p")
        >>> one.differences(RunRecord("a", "{}", "f00", "evidence", 2, 20, "q"))
        ['seed 2 instead of 1', '20 replicates instead of 200']
        """
        found = []
        if other.trial != self.trial:
            found.append(f"trial {other.trial} instead of {self.trial}")
        elif other.design != self.design:
            found.append("another design")
        if other.model != self.model:
            found.append("another model" + _overlays(self.overlay, other.overlay))
        if other.stance != self.stance:
            found.append(f"{other.stance} stance instead of {self.stance}")
        if other.seed != self.seed:
            found.append(f"seed {other.seed} instead of {self.seed}")
        if other.replicates != self.replicates:
            found.append(f"{counted(other.replicates, 'replicate')} instead of {self.replicates}")
        return found


def _overlays(mine: str, other: str) -> str:
    """Which biologies are meant, where one of them is a user's own."""
    if mine == other:
        return ""
    now, before = (
        f"own biology {one!r}" if one else "the shipped biology" for one in (other, mine)
    )
    return f" ({now} instead of {before})"
