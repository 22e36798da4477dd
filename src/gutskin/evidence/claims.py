"""Statements put to the model, with a verdict on the model and, apart from it, on the evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gutskin.engine import SimulationFailed, run_chunks
from gutskin.errors import InputError
from gutskin.evidence.experiment_parts import AnyCheck, Experiment
from gutskin.evidence.experiments import Statement
from gutskin.evidence.running import Group, Seen, Setting, run_arms, setting_for, times_of
from gutskin.evidence.trial_check import TrialCheck, ValueCheck
from gutskin.evidence.verdicts import NOT_SHOWN, PART, SHOWN, Finding, find, judged, unit_of
from gutskin.evidence.whole_trial import trial_findings
from gutskin.model.model import Model
from gutskin.model.overlay import biology_entry
from gutskin.population.draw import draw_worlds

STEPS = 6  # values of a gain that are tried between today's and the most it may be


@dataclass(frozen=True)
class Needed:
    """What a gain would have to be for a statement to hold.

    Parameters
    ----------
    value : the smallest value tried at which it is shown; None if none was enough
    now, most : today's value and the largest that was tried
    """

    id: str
    now: float
    most: float
    value: float | None

    def __str__(self) -> str:
        if self.value is None:
            return f"not shown with {self.id} up to {self.most:.3g} (now {self.now:.3g})"
        return f"would need {self.id} of {self.value:.3g} (now {self.now:.3g})"


@dataclass(frozen=True)
class Verdict:
    """What became of a statement.

    Parameters
    ----------
    findings, units : one for each check; empty if the experiment could not run
    sides : side of a contested statement -> its findings
    needed : of a statement that is not shown
    failure : why the experiment could not run
    """

    statement: Statement
    findings: tuple[Finding, ...]
    units: tuple[str, ...]
    sides: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    needed: Needed | None = None
    failure: str | None = None

    @property
    def model_verdict(self) -> str:
        """Shown when all checks are, not shown when none is (or nothing ran)."""
        return together(self.findings)

    @property
    def share(self) -> float:
        """The smallest share of units that went the expected way."""
        return min((one.share for one in self.findings), default=0.0)

    @property
    def leading(self) -> int:
        """The place of the check that speaks for the statement: the first of the weakest."""
        order = (NOT_SHOWN, PART, SHOWN)
        ranks = [order.index(one.verdict) for one in self.findings]
        return ranks.index(min(ranks)) if ranks and min(ranks) < order.index(SHOWN) else 0

    def holds(self, stance: str) -> bool:
        """Whether what the stance asks for is met."""
        if self.failure is not None:
            return False
        if stance == "article":
            return self.model_verdict == SHOWN
        asked = [one for one in self.findings if self.statement.must_show(one.check)]
        return all(one.verdict == SHOWN for one in asked)

    def to_json(self) -> dict[str, Any]:
        """The verdict in plain numbers; the numbers of the leading check stand at the top."""
        one, findings = self.statement, self.findings
        rows = [each.to_json(unit) for each, unit in zip(findings, self.units, strict=True)]
        head = rows[self.leading] if rows else {}
        return {
            "id": one.id,
            "statement": one.says,
            "experiment": one.experiment.experiment,
            "expected": head.get("expected"),
            "observed": head.get("observed"),
            "unit": head.get("unit"),
            "low": head.get("low"),
            "high": head.get("high"),
            "model_verdict": self.model_verdict,
            "share": self.share,
            "evidence_grade": one.grade,
            "evidence_verdict": one.experiment.evidence_verdict,
            "why": one.experiment.why,
            "source": list(one.experiment.source),
            "needs": None if self.needed is None else str(self.needed),
            "failure": self.failure,
            "checks": rows,
            "sides": {
                side: [each.to_json(unit) for each, unit in zip(of_side, self.units, strict=True)]
                for side, of_side in self.sides.items()
            },
        }


def together(findings: tuple[Finding, ...]) -> str:
    """One verdict from those of the checks."""
    verdicts = {one.verdict for one in findings}
    if verdicts == {SHOWN}:
        return SHOWN
    return NOT_SHOWN if verdicts <= {NOT_SHOWN} else PART


def to_json(verdicts: Sequence[Verdict], model: Model, stance: str, seed: int) -> str:
    """All verdicts as one JSON document."""
    document = {
        "model": {
            "name": model.name,
            "version": model.version,
            "content_hash": model.content_hash,
            **biology_entry(model.biology),
        },
        "stance": stance,
        "seed": seed,
        "met": all(one.holds(stance) for one in verdicts),
        "claims": [{**one.to_json(), "holds": one.holds(stance)} for one in verdicts],
    }
    return json.dumps(_finite(document), allow_nan=False, ensure_ascii=False, indent=1)


def _finite(value: Any) -> Any:
    """A document of finite numbers: never reached, or nothing to divide by, is null."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def setting_of(
    statements: Mapping[str, Statement], model: Model, stance: str = "evidence", seed: int = 1
) -> Setting:
    """What the experiments of a file share; one compiled function serves them all.

    Parameters
    ----------
    statements : all of the file, also where some alone are run
    stance : evidence or article
    """
    pairs = ((one.experiment, one.arms) for one in statements.values())
    return setting_for(pairs, model, stance, seed)


def courses_of(one: Verdict, setting: Setting) -> tuple[Group, dict[str, Seen]]:
    """The courses of a statement's arms at close times, for a figure."""
    statement = one.statement
    experiment = statement.experiment
    times = times_of(experiment, experiment.checks, daily=True)
    return run_arms(experiment, statement.arms, setting, {}, times)


def judge(
    statements: Mapping[str, Statement],
    setting: Setting,
    progress: Callable[[int, int], None] | None = None,
) -> list[Verdict]:
    """Run the experiments of statements.

    Parameters
    ----------
    setting : of `setting_of`
    progress : called with (statements done, statements in all)

    Returns
    -------
    list of Verdict, in the order of the statements; one whose experiment could not run says why
    """
    return run_chunks(
        lambda one: _judge(one, setting), list(statements.values()), progress=progress
    )


def _judge(one: Statement, setting: Setting) -> Verdict:
    units = tuple(_unit(check, setting.model) for check in one.experiment.everything)
    try:
        found = findings(one, setting, {})
        sides = {
            side: findings(one, setting, values) for side, values in one.experiment.sides.items()
        }
        needed = None
        if together(found) != SHOWN and one.experiment.gain is not None:
            needed = _needed(one, setting)
    except (SimulationFailed, InputError) as error:
        return Verdict(one, (), (), failure=str(error))
    return Verdict(one, found, units, sides, needed)


def _unit(check: AnyCheck, model: Model) -> str:
    if isinstance(check, ValueCheck):
        return model.tables.parameters[check.parameter].text("unit")
    if isinstance(check, TrialCheck):
        return unit_of(check, model.tables.endpoints[check.endpoint].text("unit"))
    return unit_of(check, model.unit(check.quantity))


def findings(one: Statement, setting: Setting, extra: Mapping[str, float]) -> tuple[Finding, ...]:
    """What the checks of a statement come to.

    Parameters
    ----------
    extra : parameter id -> value, for all patients and arms; a switch turns a mechanism off

    Raises
    ------
    SimulationFailed
    InputError
    """
    experiment = one.experiment
    found: list[Finding] = []
    if experiment.checks:
        times = times_of(experiment, experiment.checks)
        group, courses = run_arms(experiment, one.arms, setting, extra, times)
        found += [find(check, group, courses) for check in experiment.checks]
    found += trial_findings(experiment, setting)
    found += [judged(check, _in_worlds(check, experiment, setting)) for check in experiment.values]
    return tuple(found)


def _in_worlds(check: ValueCheck, one: Experiment, setting: Setting) -> np.ndarray:
    """A number of the model in every world of an experiment [world]."""
    model, name = setting.model, check.parameter
    drawn = draw_worlds(model, np.arange(one.worlds), setting.seed, setting.stance)
    return drawn.get(name, np.full(one.worlds, float(model.values(setting.stance)[name])))


def _needed(one: Statement, setting: Setting) -> Needed:
    """The smallest value of the gain at which the statement is shown."""
    gain = one.experiment.gain
    assert gain is not None
    now = float(setting.model.values(setting.stance)[gain.id])
    for value in np.linspace(now, gain.most, STEPS + 1)[1:]:
        if together(findings(one, setting, {gain.id: float(value)})) == SHOWN:
            return Needed(gain.id, now, gain.most, float(value))
    return Needed(gain.id, now, gain.most, None)
