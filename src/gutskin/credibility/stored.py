"""What is known of the model's credibility: results that were stored, and what is computed now."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.errors import InputError, Problem

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.model import Model

KINDS = {  # option -> a key that such a file has, and the command that writes it
    "score": ("coverage", "gutskin score --json"),
    "claims": ("claims", "gutskin claims --json"),
    "sensitivity": ("sources", "gutskin sensitivity TRIAL --json"),
}


@dataclass(frozen=True)
class Computed:
    """How many of so many numbers are where they must be; the names of those that are not."""

    met: int
    of: int
    missed: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share that is met; NaN of none."""
        return self.met / self.of if self.of else math.nan


@dataclass(frozen=True, eq=False)
class Known:
    """What is known beside the result itself; None is not known.

    Parameters
    ----------
    targets : reference levels of populations
    published_models : numbers of published models, run again here
    files : score, claims, sensitivity -> what its command wrote
    """

    targets: Computed | None = None
    published_models: Computed | None = None
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_stored(paths: Mapping[str, Path | None]) -> dict[str, dict[str, Any]]:
    """The files that commands wrote.

    Parameters
    ----------
    paths : score, claims, sensitivity -> file, or None

    Raises
    ------
    InputError
        With every file that is missing, no JSON, or of another command.
    """
    found: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for name, path in paths.items():
        if path is None:
            continue
        key, command = KINDS[name]
        try:
            values = json.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            what = f"--{name}: the file cannot be read: {error.strerror or error}."
            problems.append(Problem(what, path, None, f"Write it with `{command} > FILE`."))
            continue
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict) or key not in values:
            what = f"--{name}: this is not what `{command}` writes."
            problems.append(Problem(what, path, None, f"Write it with `{command} > FILE`."))
        else:
            found[name] = values
    if problems:
        raise InputError(problems)
    return found


def of_another_model(values: Mapping[str, Any], content_hash: str) -> bool:
    """Whether a stored file says that it is of another model than this one."""
    model = values.get("model")
    return isinstance(model, dict) and model.get("content_hash", content_hash) != content_hash


def targets_now(model: Model) -> Computed:
    """The reference levels of populations, computed (ten seconds)."""
    from gutskin.population.targets import evaluate_targets

    found = evaluate_targets(model)
    return Computed(
        sum(one.met for one in found), len(found), tuple(one.label for one in found if not one.met)
    )


def published_models_now() -> Computed:
    """The numbers of published models that are written down and run again here (half a minute)."""
    from gutskin.evidence import reference_experiments as experiments

    runs = (
        experiments.biologics, experiments.flares, experiments.s_aureus, experiments.skin_sites,
        experiments.infants, experiments.dupilumab,
    )  # fmt: skip
    rows = [one for run in runs for one in run().results if one.tested == "reproduced"]
    met = [one for one in rows if one.low <= one.reproduced <= one.high]
    return Computed(len(met), len(rows), _labels([one for one in rows if one not in met]))


def _labels(rows: Sequence[Any]) -> tuple[str, ...]:
    return tuple(one.label for one in rows)


def published_trials(biology: Biology) -> dict[str, int]:
    """Trials that ship with numbers that were read: by endpoint, and "" of all."""
    from gutskin.toml_file import table

    found: dict[str, int] = {"": 0}
    for name in biology.names("trials/*.toml"):
        text = biology.text(name)
        published = table({} if text is None else tomllib.loads(text.text), "published")
        rows = [*published.get("values", ()), *published.get("differences", ())]
        if not rows or published.get("seen_in") == "unverified":
            continue
        for endpoint in {"", *(str(one["endpoint"]) for one in rows)}:
            found[endpoint] = found.get(endpoint, 0) + 1
    return found
