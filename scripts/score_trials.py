"""Foretell every shipped trial that published numbers, in both kinds of worlds: docs/scores.md.

    .venv/bin/python scripts/score_trials.py                     all of them (a quarter of an hour)
    .venv/bin/python scripts/score_trials.py --only solo1-adults  these alone, printed
    .venv/bin/python scripts/score_trials.py --mark               say whether it is of this model

Which trials the posterior was fitted to, or to what their source says, is told beside each. All of
them are made in one run, as the totals are: rows of two models do not stand beside each other.
"""

import argparse
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from gutskin.atomic_write import write_file
from gutskin.calibration.targets import ARMS, BIRTHS, FIT, LEVELS, PUBLISHED
from gutskin.errors import exit_on_input_error
from gutskin.evidence.score import score_trial, why_not_scored
from gutskin.evidence.score_summary import summarise_scores
from gutskin.media import counted
from gutskin.model.biology import POSTERIOR, PRIOR, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.report.score import MEASURES, SIDES, published_and_simulated
from gutskin.report.words import number
from gutskin.trials.design import known_trials, load_trial
from gutskin.trials.plan import plan_trial

PAGE = Path(__file__).parent.parent / "docs" / "scores.md"
DASH = "–"
REPLICATES, SEED, STANCE = 100, 1, "evidence"  # as `gutskin score` has them
WORLDS = {POSTERIOR: "posterior", PRIOR: "prior"}
ROW = re.compile(r"([A-Z]{2})(\d{4})(?: to [A-Z]{2}(\d{4}))?")
INTRO = """# Published trials, foretold

Written by `scripts/score_trials.py`: nothing here is typed. Every shipped trial whose numbers are
published is repeated {replicates} times in worlds of the posterior, as `gutskin score` does, and of
the prior (`--draws prior`), where nothing was fitted. A trial marked *fitted* is one that the
posterior was fitted to, or whose source has a number that it was, or that a drug or a cream was set
to by hand (then in worlds of the prior too); what it shows is no prediction, so that the others are
counted by themselves as well. Trials that treat with a product are foretold as they are printed,
through the filter of publication that is fitted with them (`--passes`).
[calibration.md](calibration.md) foretells each source without itself.
"""
UNSEEN = ", nothing fitted"
# numbers of the model that were set by hand to the results of trials, which their evidence names
BY_HAND = {"drugs.tsv": ("abrocitinib", "baricitinib"), "parameters.tsv": ("g_ahr_cytokines",)}
MADE_OF = re.compile(
    r"Made of model `(\w{16})` \(posterior\).*?`(\w{16})` \(prior\).*?\n(?=\n)", re.S
)


def hashes():
    """The hash of the model at hand in each kind of worlds."""
    return {draws: biology_of_worlds(None, draws).content_hash for draws in WORLDS}


def which_model(made, now):
    """The paragraph that says of which model the page is, and whether another stands now.

    Parameters
    ----------
    made, now : worlds -> hash
    """
    text = f"""Made of model `{made[POSTERIOR]}` (posterior) and `{made[PRIOR]}` (prior), which
`gutskin score --json` calls `model.content_hash`. Of one model a trial has the same numbers however
it is asked for: alone or among others, in any order, on any number of threads.
"""
    if made != now:
        text += """**Tables of the model have changed since**: `gutskin score NAME` tells what is
foretold now, which may differ from these numbers.
"""
    return text


def marked(text):
    """The page with what it says of its model as it is now."""
    found = MADE_OF.search(text)
    assert found is not None, f"{PAGE} does not say of which model it is"
    made = dict(zip((POSTERIOR, PRIOR), found.groups(), strict=True))
    return text.replace(found[0], which_model(made, hashes()))


def rows_named(text):
    """The rows of evidence that a text names, ranges written out."""
    found = set()
    for kind, first, last in ROW.findall(text):
        found |= {f"{kind}{one:04d}" for one in range(int(first), int(last or first) + 1)}
    return found


def fitted(biology, designs):
    """The trials that the model has seen: named by a target, or by a row of evidence of one.

    Rows to which a number was set by hand count as those of targets do.
    """
    seen = {
        row.id for row in biology.table(PUBLISHED).values() if row.text("use") == FIT
    }  # fmt: skip
    rows = set()
    for table in (LEVELS, BIRTHS, ARMS):
        for row in biology.table(table).values():
            if row.text("use") == FIT:
                rows |= rows_named(row.text("evidence"))
    for table, names in BY_HAND.items():
        known = biology.table(table)
        for name in names:
            if name in known:
                rows |= rows_named(known[name].text("evidence"))
    return seen | {
        one.name for one in designs
        if rows & rows_named(one.published.source or one.published.reference)
    }  # fmt: skip


def scored(names, draws, seen):
    """The summary of `gutskin score` in one kind of worlds, and that of trials not fitted to."""
    biology = biology_of_worlds(None, draws)
    found, left_out = [], {}
    for name in names:
        plan = plan_trial(name, REPLICATES, SEED, biology)
        design, model = plan.design, load_model(plan.biology)
        why = why_not_scored(design)
        if why:
            left_out[name] = why
            continue
        print(f"{WORLDS[draws]}: {name}", file=sys.stderr, flush=True)
        found.append(score_trial(design, model, REPLICATES, SEED, STANCE, None))
    unseen = [one for one in found if one.design.name not in seen]
    return [summarise_scores(some, left_out, REPLICATES, STANCE) for some in (found, unseen)]


def totals(both, unseen):
    """How often intervals hold and how good the predictions are, in both kinds of worlds.

    Of all trials, then of those that nothing was fitted to.
    """
    lines = [
        "| worlds | | numbers | in 50% | in 95% | bias, points of SCORAD | skill over no effect "
        "| over the other trials' mean |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows = [
        (draws, summaries[draws], which)
        for summaries, which in ((both, ""), (unseen, UNSEEN))
        for draws in summaries
    ]
    for draws, summary, which in rows:
        for key, name in SIDES.items():
            one = summary["coverage"][key]
            cells = [WORLDS[draws], name + which, str(one["n"])]
            cells += [_share(one["50"]), _share(one["95"])]
            if key == "difference":
                skill = summary["skill"]
                cells += [_told(summary["bias"]), _told(skill["zero"]), _told(skill["pool"])]
            else:
                cells += [DASH] * 3
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def table(both, key, seen):
    """One side of every trial beside what was published; misses first."""
    lines = [
        "| trial | what | published | posterior | prior | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    prior = {one["trial"]: one for one in both[PRIOR]["trials"]}
    for one in both[POSTERIOR]["trials"]:
        found = one[key]
        if found is None:
            continue
        published, after = published_and_simulated(found)
        before = published_and_simulated(prior[one["trial"]][key])[1]
        what = MEASURES.get(found["measure"], "")
        says = f"{found['endpoint']}{', ' if what else ''}{what}, week {found['week']:g}"
        notes = ["fitted"] * (one["trial"] in seen) + ["**missed**"] * (not found["within"]["95"])
        cells = [one["trial"], says, published, after, before, ", ".join(notes)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def page(both, unseen, seen):
    """The whole page."""
    parts = [INTRO.format(replicates=REPLICATES), which_model(hashes(), hashes())]
    parts += [*totals(both, unseen), ""]
    for key, name in SIDES.items():
        parts += [f"## {name.capitalize()}s", "", *table(both, key, seen), ""]
    left_out = both[POSTERIOR]["left_out"]
    parts += [f"## {counted(len(left_out), 'trial')} not scored", ""]
    parts += [f"- {name}: {why}." for name, why in left_out.items()]
    return "\n".join(parts) + "\n"


def _share(value):
    return DASH if value is None else f"{value:.0%}"


def _told(value):
    return DASH if value is None else number(value, digits=2)


def main():
    """Score, and write or print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="+", default=None)
    asked.add_argument("--mark", action="store_true")
    options = asked.parse_args()
    if options.mark:
        write_file(PAGE, marked(PAGE.read_text(encoding="utf-8")))
        return
    only = options.only
    biology = shipped_biology()
    designs = [load_trial(name, biology) for name in only or known_trials(biology)]
    if only is None:
        designs = [one for one in designs if one.published.values or one.published.differences]
    seen, names = fitted(biology, designs), [one.name for one in designs]
    with ProcessPoolExecutor(len(WORLDS), get_context("spawn")) as processes:
        summaries = processes.map(partial(scored, names, seen=seen), WORLDS)
        found = dict(zip(WORLDS, summaries, strict=True))
    both, unseen = ({draws: one[part] for draws, one in found.items()} for part in (0, 1))
    text = page(both, unseen, seen)
    if only is None:
        write_file(PAGE, text)
    else:
        print(text)


if __name__ == "__main__":
    with exit_on_input_error():
        main()
