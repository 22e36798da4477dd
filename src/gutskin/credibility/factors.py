"""The credibility factors of ASME V&V 40 (2018), each with what is known of it and from where.

A factor is `shown` by a number, `met` or `missed` where the frozen plan has a criterion for it, or
`not shown`: nothing that this program has looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from gutskin.credibility.stored import Known, of_another_model
from gutskin.media import counted, of_all
from gutskin.trials.axes import INSIDE, ORDER, UNPLACED

if TYPE_CHECKING:
    from gutskin.credibility.frozen_plan import FrozenPlan

Status = Literal["shown", "met", "missed", "not shown"]
NOT_SHOWN: Status = "not shown"
FEW = 5  # names that a sentence lists


@dataclass(frozen=True)
class Factor:
    """One factor.

    Parameters
    ----------
    group : verification, validation or applicability, and of what
    name : of the factor
    status : see above
    says : what is known, with its numbers
    source : where they come from
    value, criterion : the number and what the plan asks of it, where it asks
    """

    group: str
    name: str
    status: Status
    says: str
    source: str = ""
    value: float | str | None = None
    criterion: float | str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that factors are filled from.

    Parameters
    ----------
    plan : as it was frozen
    result : result.json of the run
    record : run.json of the run
    damaged : files of the result that are no longer what was written
    differs : in what the run is not what was planned
    known : beside the result
    published : endpoint -> published trials that ship and report it; "" for all of them
    of_numbers : content hashes of the same numbers, however worlds are drawn of them
    """

    plan: FrozenPlan
    result: Mapping[str, Any]
    record: Mapping[str, Any]
    damaged: tuple[str, ...]
    differs: tuple[str, ...]
    known: Known
    published: Mapping[str, int]
    of_numbers: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Content hash of the model of the result."""
        return str(self.result["model"]["content_hash"])

    def criterion(self, name: str) -> Any:
        """What the plan asks."""
        return self.plan.values["acceptance"][name]

    def file(self, name: str) -> Mapping[str, Any] | None:
        """A stored file, unless it is missing or of another model.

        Of which worlds experiments and shares of the variance are is the same to it.
        """
        values = self.known.files.get(name)
        same = {self.model, *(self.of_numbers if name != "score" else ())}
        if values is None or all(of_another_model(values, one) for one in same):
            return None
        return values

    def why_no(self, name: str, command: str) -> str:
        """Why a stored file says nothing."""
        if name in self.known.files:
            return f"What was given is of another model; `{command}` shows it for this one."
        return f"Not looked at; `{command}` shows it (--{name} FILE)."


def effect_in(difference: Mapping[str, Any]) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    """Of a result what its effect is, what trials report of it, and what is true.

    Of what is tested on logarithms that is the ratio of geometric means.
    """
    true = difference.get("true_effect") or {}
    both = difference.get("ratio"), true.get("ratio")
    if all(one is not None and one["mean"] is not None for one in both):
        return "ratio of geometric means", difference["ratio"], true["ratio"]
    return "difference", difference, true


def factors_of(have: Evidence) -> list[Factor]:
    """The thirteen factors, in the order of the standard."""
    return [
        _quality(have), _numerical_code(have), _discretisation(), _solver(have), _use(have),
        _form(have), _inputs(have), _samples(have), _conditions(have), _equivalency(have),
        _output(have), _quantities(have), _context(have),
    ]  # fmt: skip


def criteria_of(have: Evidence) -> list[Factor]:
    """What the plan asks, each with the number that answers it."""
    return [
        _at_most(have, "failed_patients", "patients who could not be computed", *_failed(have)),
        _at_most(have, "monte_carlo_error", "Monte-Carlo error of the chance of significance",
                 *_monte_carlo(have)),
        _computed(have, "targets_met", "reference levels of populations", have.known.targets),
        _computed(have, "reproduced", "numbers of published models",
                  have.known.published_models),
        _statements(have),
        _coverage(have),
        _applicable(have),
    ]  # fmt: skip


def _quality(have: Evidence) -> Factor:
    group, name = "Verification of the code", "Software quality assurance"
    if have.damaged:
        says = f"{counted(len(have.damaged), 'file')} of the result changed after it was written."
        return Factor(group, name, "missed", says, "run.json")
    says = (
        "Every file of the result is what was written; the program and the libraries are named by "
        f"a hash ({str(have.record['program'])[:12]}). That the program's own tests pass is not "
        "known here: `make test` says so."
    )
    return Factor(group, name, "shown", says, "run.json")


def _numerical_code(have: Evidence) -> Factor:
    name = "Numerical code verification"
    found = _computed(
        have, "reproduced", "numbers of published models", have.known.published_models
    )
    return _renamed(found, "Verification of the code", name)


def _discretisation() -> Factor:
    says = (
        "The step adapts to a tolerance; what it does to a trial's result is measured in "
        "docs/engine.md, not for this trial."
    )
    return Factor("Verification of the calculation", "Discretisation error", NOT_SHOWN, says)


def _solver(have: Evidence) -> Factor:
    share, source = _failed(have)
    error, _ = _monte_carlo(have)
    says = f"{_percent(share)} of patients could not be computed"
    says += "." if error is None else f"; the Monte-Carlo error of the chance is {_percent(error)}."
    asked = have.criterion("failed_patients")
    status: Status = "met" if share <= asked else "missed"
    group = "Verification of the calculation"
    return Factor(group, "Numerical solver error", status, says, source, share, asked)


def _use(have: Evidence) -> Factor:
    group, name = "Verification of the calculation", "Use error"
    if have.differs:
        return Factor(group, name, "missed", "; ".join(have.differs) + ".", "plan.json, run.json")
    says = "Trial, model, program, stance, seed and replicates of the run are the planned ones."
    return Factor(group, name, "met", says, "plan.json, run.json")


def _form(have: Evidence) -> Factor:
    its = have.plan.values["unknowns"]
    grades = its["grades"]
    says = (
        f"{its['mechanisms']} mechanisms: {grades['A']} rest on experiments in people or pools "
        f"that agree, {grades['B']} on observation or small trials, {grades['C']} on animals, the "
        f"laboratory or data that disagree; {its['claim_only']} gains are centred at nothing."
    )
    other = have.result.get("article_stance") or have.result.get("evidence_stance")
    if other:
        own = have.result["endpoints"][have.result["primary"]]["difference"]
        (what, mine, _), (_, its, _) = effect_in(own), effect_in(other["difference"])
        says += f" The other stance moves the {what} from {mine['mean']:.3g} to {its['mean']:.3g}."
    return Factor(
        "Validation: the model", "Model form", "shown", says, "mechanisms.tsv, result.json"
    )


def _inputs(have: Evidence) -> Factor:
    its = have.plan.values["unknowns"]
    says = (
        f"Of {its['parameters']} numbers {its['priors']} have declared widths and "
        f"{its['fitted_together']} were fitted together; worlds draw them."
    )
    source = "parameters.tsv"
    found = have.file("sensitivity")
    least = have.result.get("least_sure") or []
    if found is not None:
        source += ", sensitivity"
        says += " What the variance of the effect hangs on is shared out in the given file."
    elif least:
        first = least[0]
        says += f" The effect goes most with {first['parameter']} ({_percent(first['share'])} of "
        says += f"its variance): {first['note']}."
        source += ", result.json"
    return Factor("Validation: the model", "Model inputs", "shown", says, source)


def _samples(have: Evidence) -> Factor:
    many = have.published[""]
    says = f"{counted(many, 'published trial')} with numbers that were read can be compared with."
    return Factor("Validation: the comparator", "Test samples", "shown", says, "trials/*.toml")


def _conditions(have: Evidence) -> Factor:
    found = have.file("score")
    group, name = "Validation: the comparator", "Test conditions"
    if found is None:
        return Factor(group, name, NOT_SHOWN, have.why_no("score", "gutskin score --json"))
    left = len(found.get("left_out", {}))
    says = f"{counted(found['n'], 'trial')} simulated as they were designed; {left} left out."
    return Factor(group, name, "shown", says, "score")


def _equivalency(have: Evidence) -> Factor:
    axes = have.result.get("applicability", {}).get("axes", [])
    group, name = "Validation: the comparison", "Equivalency of input parameters"
    if not axes:
        return Factor(group, name, NOT_SHOWN, "The result does not say where it stands.")
    unplaced = dict.fromkeys(one["axis"] for one in axes if one["where"] == UNPLACED)
    off = dict.fromkeys(one["axis"] for one in axes if one["where"] not in (INSIDE, UNPLACED))
    every = "every axis that can be placed" if unplaced else "every axis"
    says = f"Unlike them by {', '.join(off)}." if off else (
        f"Like trials of the same treatment by {every}."
    )  # fmt: skip
    says += f" It cannot be placed by {', '.join(unplaced)}." if unplaced else ""
    return Factor(group, name, "shown", says, "result.json (applicability)")


def _output(have: Evidence) -> Factor:
    return _renamed(_coverage(have), "Validation: the comparison", "Output comparison")


def _quantities(have: Evidence) -> Factor:
    primary = str(have.result["primary"])
    many = have.published.get(primary, 0)
    group, name = "Applicability", "Relevance of the quantities of interest"
    says = f"{primary}: {counted(many, 'published trial')} that ship report it."
    return Factor(group, name, "shown" if many else "missed", says, "trials/*.toml", many)


def _context(have: Evidence) -> Factor:
    name = "Relevance of the validation to the context of use"
    return _renamed(_applicable(have), "Applicability", name)


def _renamed(one: Factor, group: str, name: str) -> Factor:
    return Factor(group, name, one.status, one.says, one.source, one.value, one.criterion)


def _failed(have: Evidence) -> tuple[float, str]:
    patients = have.result["replicates"] * sum(arm["n"] for arm in have.result["arms"])
    return have.result.get("failed_patients", 0) / max(patients, 1), "result.json"


def _monte_carlo(have: Evidence) -> tuple[float | None, str]:
    primary = have.result["endpoints"][have.result["primary"]]
    error = primary["difference"].get("share_p_below_0_05_for_monte_carlo_error")
    return error, "result.json"


def _at_most(have: Evidence, key: str, name: str, value: float | None, source: str) -> Factor:
    asked = have.criterion(key)
    if value is None:
        return Factor("Criterion", name, NOT_SHOWN, "The result has no such number.", source)
    status: Status = "met" if value <= asked else "missed"
    says = f"{_percent(value)}, at most {_percent(asked)}"
    return Factor("Criterion", name, status, says, source, value, asked)


def _computed(have: Evidence, key: str, name: str, found: Any) -> Factor:
    asked = have.criterion(key)
    if found is None or not found.of:
        return Factor("Criterion", name, NOT_SHOWN, "Not computed (--quick).", "", None, asked)
    says = f"{of_all(found.met, found.of, 'number')} within their range, of which at least "
    says += f"{_percent(asked)} should be"
    if found.missed:
        more = len(found.missed) - FEW
        says += f"; missed: {', '.join(found.missed[:FEW])}"
        says += f" and {more} more" if more > 0 else ""
    status: Status = "met" if found.share >= asked else "missed"
    return Factor("Criterion", name, status, says, "computed now", found.share, asked)


def _statements(have: Evidence) -> Factor:
    asked, name = have.criterion("statements_shown"), "statements of the article as foretold"
    found = have.file("claims")
    if found is None or not found["claims"]:
        why = have.why_no("claims", "gutskin claims --json")
        return Factor("Criterion", name, NOT_SHOWN, why, "", None, asked)
    rows = found["claims"]
    held = sum(bool(one.get("holds")) for one in rows)
    share = held / len(rows)
    status: Status = "met" if share >= asked else "missed"
    says = f"{of_all(held, len(rows), 'statement')} as the evidence foretells"
    return Factor("Criterion", name, status, says, "claims", share, asked)


def _coverage(have: Evidence) -> Factor:
    asked, name = have.criterion("coverage_95"), "published results within 95% intervals"
    found = have.file("score")
    if found is None or found["coverage"]["difference"].get("95") is None:
        why = have.why_no("score", "gutskin score --json")
        return Factor("Criterion", name, NOT_SHOWN, why, "", None, asked)
    its = found["coverage"]["difference"]
    status: Status = "met" if its["95"] >= asked else "missed"
    says = f"{_percent(its['95'])} of {its['n']} published differences, at least {_percent(asked)}"
    if found.get("bias") is not None:
        says += f"; bias {found['bias']:.2g} points"
    return Factor("Criterion", name, status, says, "score", its["95"], asked)


def _applicable(have: Evidence) -> Factor:
    asked, name = have.criterion("applicability"), "within the evidence"
    where = have.result.get("applicability", {}).get("where")
    if where not in ORDER:
        return Factor("Criterion", name, NOT_SHOWN, "The result does not say.", "", None, asked)
    status: Status = "met" if ORDER.index(where) <= ORDER.index(asked) else "missed"
    says = str(have.result["applicability"]["sentence"])
    return Factor("Criterion", name, status, says, "result.json (applicability)", where, asked)


def _percent(share: float) -> str:
    """A share with as many figures as it needs.

    >>> _percent(0.0123), _percent(0.95), _percent(0), _percent(1), _percent(0.997)
    ('1.2%', '95%', '0%', '100%', '99.7%')
    """
    figures = 2 if share < 0.99 else 3
    return f"{float(f'{100 * share:.{figures}g}'):g}%"
