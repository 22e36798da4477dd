"""One trial and all that may be asked of it, from Python: what `gutskin.trial` gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.arguments import one_of
from gutskin.errors import InputError, Problem, together
from gutskin.model.tables import STANCES
from gutskin.model.usual_draws import biology_of_worlds, usual_draws
from gutskin.picture import Drawable
from gutskin.trial_result import TrialResult
from gutskin.trial_run import carry_out, load_model, settings_of
from gutskin.trials.design_source import DESIGN, repeatable
from gutskin.trials.plan import plan_trial
from gutskin.unchangeable import unchangeable

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.report.written_plan import WrittenPlan
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan

EVIDENCE = STANCES[0]


@dataclass(frozen=True, eq=False)
class Answer(Drawable):
    """What a question gives: its numbers, the same as the command's JSON, and sentences.

    Parameters
    ----------
    question : "power", "explain", "optimise", "score" or "meta"
    summary : what the command prints with --json
    sentences : the answer in words
    parts : what the figure needs beside the summary

    Examples
    --------
    >>> import gutskin
    >>> answer = gutskin.trial("six-strain-children").power([20, 100], replicates=2)
    >>> answer.question, [row["n"] for row in answer.summary["power"]]
    ('power', [20, 100])
    >>> print(answer)
    Six-strain mix against placebo on SCORAD: 2 worlds are too few to say how many patients...
    """

    question: str
    summary: Mapping[str, Any]
    sentences: tuple[str, ...]
    parts: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """The numbers cannot be changed by mistake."""
        object.__setattr__(self, "summary", unchangeable(self.summary))

    def __str__(self) -> str:
        """The answer in words, a line for each sentence."""
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        """The question and the answer."""
        return f"Answer ({self.question}).\n{self}"

    def _repr_html_(self) -> str:
        """The answer as a notebook shows it."""
        return "".join(f"<p>{escape(one)}</p>" for one in self.sentences)

    def to_json(self) -> str:
        """What the command prints with --json."""
        return json.dumps(self.summary, indent=2, ensure_ascii=False, allow_nan=False)

    def _draw(self, file: Path) -> None:
        if self.question == "power":
            from gutskin.report.power import write_power_figures

            write_power_figures(self.summary, file)
        elif self.question == "optimise":
            from gutskin.report.optimise import write_search_figures

            write_search_figures(self.summary, file)
        elif self.question == "explain":
            from gutskin.report.explain_figure import write_explain_figure

            write_explain_figure(self.summary, file)
        elif self.question == "meta":
            from gutskin.report.meta_figure import write_meta_figure

            write_meta_figure(self.summary, self.parts, file)
        else:
            from gutskin.report.score_figure import write_score_figure

            write_score_figure(self.summary, file)


@dataclass(frozen=True, eq=False)
class VirtualTrial:
    """A trial that can be asked; nothing is simulated before a question.

    Parameters
    ----------
    design : the trial
    biology : the tables that it stands in, a user's own with them
    named : what the call that gives it writes for trial and biology

    Examples
    --------
    >>> import gutskin
    >>> trial = gutskin.trial("six-strain-children")
    >>> trial
    VirtualTrial of six-strain-children: six_strain (20), placebo (20); SCORAD at week 8.
    >>> trial.run(2).summary["replicates"]
    2
    """

    design: TrialDesign
    biology: Biology
    named: tuple[str, ...] = (DESIGN,)

    def __repr__(self) -> str:
        """Arms, endpoint and week."""
        design = self.design
        arms = ", ".join(f"{arm.name} ({arm.n})" for arm in design.arms if arm.n)
        week = design.visits.weeks[design.analysed]
        return (
            f"VirtualTrial of {design.name}: {arms}; {self._label} at week {week:g}."
        )  # fmt: skip

    @property
    def _label(self) -> str:
        from gutskin.model.vocabulary import vocabulary

        rows = vocabulary(self.biology).tables.endpoints
        return rows[self.design.analysis.primary].text("label")

    def run(
        self,
        replicates: int = 200,
        *,
        seed: int = 1,
        stance: str = EVIDENCE,
        out: str | PathLike[str] | None = None,
        overwrite: bool = False,
        explain: bool = False,
        progress: bool = False,
    ) -> TrialResult:
        """Simulate it many times; see `gutskin.run`."""
        from gutskin.extras import missing

        plan, settings = self._planned(
            replicates, seed, stance,
            lambda: settings_of(
                stance, out, overwrite=overwrite, progress=progress, explain=explain
            ),
        )  # fmt: skip
        call = self._call(plan, stance, out, overwrite=overwrite, explain=explain)
        return carry_out(plan, **settings, keep_patients=not missing("files"), command=call)

    def _call(
        self, plan: TrialPlan, stance: str, out: str | PathLike[str] | None, **switches: bool
    ) -> str:
        """The call that repeats a run, as a reader would write it."""
        trial, asked = [*self.named], [f"{plan.replicates}", f"seed={plan.seed}"]
        if self.biology.draws != usual_draws(self.biology):
            trial.insert(1, f"draws={self.biology.draws!r}")
        asked += [f"stance={stance!r}"] if stance != EVIDENCE else []
        asked += [f"out={fspath(out)!r}"] if out is not None else []
        asked += [f"{name}=True" for name, on in switches.items() if on]
        call = f"gutskin.trial({', '.join(trial)}).run({', '.join(asked)})"
        return call if self.named[0] != DESIGN else repeatable(call, self.design)

    def power(
        self,
        n: Sequence[int] = (20, 50, 100, 200, 500),
        *,
        replicates: int = 200,
        patients: int | None = None,
        seed: int = 1,
        stance: str = EVIDENCE,
    ) -> Answer:
        """How many patients it takes: power, assurance, the chance of harm.

        Parameters
        ----------
        n : patients in the control arm, from 2 to a million
        patients : simulated in the smallest arm of each world; those of the trial without it,
            fewer where there are very many worlds
        """
        from gutskin.model.vocabulary import vocabulary
        from gutskin.report.power import headline, sentences
        from gutskin.trials.power import check_control, check_sizes, power_of
        from gutskin.trials.power_summary import summarise_power
        from gutskin.trials.run import run_trial
        from gutskin.trials.simulated_sizes import check_patients, simulated

        plan, (numbers, few) = self._planned(
            replicates, seed, stance,
            lambda: together(lambda: check_sizes(n), lambda: check_patients(patients)),
        )  # fmt: skip
        check_control(plan.design)
        model, names = load_model(plan.biology), vocabulary(plan.biology)
        design = simulated(plan.design, plan.replicates, names, few)
        run = run_trial(design, model, plan.replicates, plan.seed, stance)
        found = power_of(run.analysis, plan.design, numbers, run.design)
        summary = summarise_power(
            run.shown, plan.design, run.analysis, found, plan.biology, simulated=design
        )
        return Answer("power", summary, (headline(summary), *sentences(summary)))

    def explain(
        self, *, replicates: int = 50, shared: int = 20, seed: int = 1, stance: str = EVIDENCE
    ) -> Answer:
        """Which routes carry the effect, who responds, and what nobody could foretell.

        Parameters
        ----------
        shared : of how many worlds the effect is shared among routes
        """
        from gutskin.evidence.explain import explain
        from gutskin.evidence.explain_summary import summarise_explanation
        from gutskin.report.explain_words import sentences
        from gutskin.trials.route_shares import check_shared

        plan, worlds = self._planned(replicates, seed, stance, lambda: check_shared(shared))
        model = load_model(plan.biology)
        found = explain(plan.design, model, plan.replicates, plan.seed, stance, worlds)
        summary = summarise_explanation(found, model, plan.replicates, plan.seed, stance)
        return Answer("explain", summary, tuple(sentences(summary)))

    def optimise(
        self,
        over: str | PathLike[str] | None = None,
        *,
        budget: float | None = None,
        replicates: int = 200,
        patients: int = 30,
        seed: int = 1,
        stance: str = EVIDENCE,
    ) -> Answer:
        """Designs of equal cost by assurance, and what to learn before the decision.

        Parameters
        ----------
        over : file of candidates and costs (docs/optimise.md)
        budget : what each may cost; else what the trial costs
        patients : simulated, of each arm in each world
        """
        from gutskin.optimisation.plan import plan_search
        from gutskin.optimisation.search import search
        from gutskin.optimisation.summary import summarise_search
        from gutskin.report.optimise import sentences, standings
        from gutskin.trials.run import run_trial

        (plan, asked, surveys), _ = together(
            lambda: plan_search(
                self.design, over, budget, replicates, patients, seed, self.biology
            ),
            lambda: one_of("stance", stance, STANCES),
        )
        model = load_model(plan.biology)
        found = search(
            plan.design, asked, surveys,
            lambda one: run_trial(
                one.design, model, plan.replicates, plan.seed, stance, keep_patients=True
            ), plan.seed,
        )  # fmt: skip
        summary = summarise_search(found, plan.design, asked, plan.biology, plan.seed, stance)
        return Answer("optimise", summary, (*sentences(summary), *standings(summary)))

    def score(
        self, *, replicates: int = 100, seed: int = 1, stance: str = EVIDENCE,
        passes: float | None = None,
    ) -> Answer:  # fmt: skip
        """What was published of it, foretold and compared.

        Parameters
        ----------
        passes : share of product trials without a significant benefit that are printed, 1 of all;
            None: as the worlds have it

        Raises
        ------
        InputError
            If no numbers of it are published, with the reason, or of a share that is none.
        """
        from gutskin.evidence.as_printed import check_share
        from gutskin.evidence.score import score_trial, why_not_scored
        from gutskin.evidence.score_summary import summarise_scores
        from gutskin.report.score import headline, sentences
        from gutskin.trials.certainty import check_interval

        plan, (worlds, _) = self._planned(
            replicates, seed, stance,
            lambda: together(lambda: check_interval(replicates), lambda: check_share(passes)),
        )  # fmt: skip
        if why := why_not_scored(plan.design):
            raise InputError(Problem(f"{plan.design.name}: {why}.", remedy="Take another trial."))
        one = score_trial(
            plan.design, load_model(plan.biology), worlds, plan.seed, stance, passes=passes
        )
        summary = summarise_scores([one], {}, worlds, stance, plan.biology)
        return Answer("score", summary, (headline(summary), *sentences(summary)))

    def plan(
        self,
        declared: str | PathLike[str] | None = None,
        *,
        replicates: int = 200,
        seed: int = 1,
        stance: str = EVIDENCE,
    ) -> WrittenPlan:
        """The plan to be frozen before it is run (docs/credibility.md); `print` tells all of it.

        Parameters
        ----------
        declared : file with the question, the context of use and what must hold

        Examples
        --------
        >>> import gutskin
        >>> plan = gutskin.trial("six-strain-children").plan()
        >>> plan.values["analysis"]["method"], len(plan.checksum)
        ('ancova', 64)
        >>> plan
        FrozenPlan of six-strain-children: 200 replicates, seed 1, checksum ...
        """
        from gutskin.credibility.declared import load_declared
        from gutskin.credibility.frozen_plan import freeze
        from gutskin.report.written_plan import WrittenPlan

        plan, said = self._planned(replicates, seed, stance, lambda: load_declared(declared))
        return WrittenPlan(freeze(plan, said, stance).values)

    def _planned(
        self, replicates: int, seed: int, stance: str, check: Callable[[], Any]
    ) -> tuple[TrialPlan, Any]:
        """The plan, and what `check` gives; all that is wrong, before anything is computed."""
        plan, _, found = together(
            lambda: plan_trial(self.design, replicates, seed, self.biology),
            lambda: one_of("stance", stance, STANCES),
            check,
        )
        return plan, found


def literature(
    trials: Sequence[str | PathLike[str]] | None,
    passes: Sequence[float],
    replicates: int,
    seed: int,
    stance: str,
    biology: Biology | str | PathLike[str] | None,
    draws: str | None,
) -> Answer:
    """A literature simulated and pooled; see `gutskin.meta`."""
    from gutskin.evidence.literature import report_trial
    from gutskin.evidence.literature_plan import check_passes, plan_literature
    from gutskin.evidence.literature_summary import summarise_literature
    from gutskin.report.meta import sentences

    own: Biology
    own, (plans, left_out), filters, _ = together(
        lambda: biology_of_worlds(biology, draws),
        lambda: plan_literature(trials, replicates, seed, biology_of_worlds(biology, draws)),
        lambda: check_passes(passes),
        lambda: one_of("stance", stance, STANCES),
    )
    reports = [*_reports(plans, stance, report_trial)]
    seed, model = plans[0].seed, load_model(own)
    summary = summarise_literature(reports, left_out, filters, model, seed, stance)
    return Answer("meta", summary, tuple(sentences(summary)), reports)


def _reports(plans: Sequence[TrialPlan], stance: str, report: Any) -> Iterator[Any]:
    for plan in plans:
        yield report(plan.design, load_model(plan.biology), plan.replicates, plan.seed, stance)
