"""Numbers of the pages that another page, or a run that is kept, has: nothing is simulated.

Of docs/scores.md the totals, of the page's statements what both stances show, of drugs.md and the
table beside it what a statement came to, of the table of worlds what they are worth.
They are renewed after what they are read from.
"""

import re

import drug_trials

from gutskin.evidence.experiments import read_experiments, shipped
from gutskin.evidence.verdicts import SHOWN
from gutskin.model.biology import ENSEMBLE, biology_folder
from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page.statements import stored_run
from gutskin.report.words import listed

SCORES = drug_trials.DOCS / "scores.md"
SIDES, UNSEEN = ("difference", "control arm"), ", nothing fitted"
CENTRE, POSTERIOR, STANCES = "centre", "posterior", ("article", "evidence")


def scores(page=SCORES):
    """How often intervals of the posterior hold what was published."""
    half, most = _shares(page, "")
    unseen = _shares(page, UNSEEN)
    return (
        f"their 50% intervals hold {half[0]}% of differences and {half[1]}% of control arms, "
        f"their 95% intervals {most[0]} and {most[1]}%; of trials that nothing was fitted to "
        f"{unseen[0][0]} and {unseen[0][1]}%, and {unseen[1][0]} and {unseen[1][1]}%"
    )


def _shares(page, which):
    """Of the 50% and the 95% interval: the share of differences and of control arms, in %."""
    rows = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [one.strip() for one in line.strip("|").split("|")]
        if cells[0] == "posterior":
            rows[cells[1]] = [one.rstrip("%") for one in cells[3:5]]
    return list(zip(*(rows[side + which] for side in SIDES)))


def worlds_worth():
    """The effective share of the worlds of the last wave, as the table of worlds says."""
    with (biology_folder() / ENSEMBLE).open(encoding="utf-8") as table:
        return f"{float(re.search(r'effective share ([0-9.]+)', table.readline()).group(1)):.0%}"


def statements():
    """How many statements are shown under each stance, which are not, and which of them must be."""
    run = stored_run()
    told = []
    for stance in STANCES:
        missed = missed_statements(stance)
        shown = len(run["statements"]) - len(missed)
        told.append(f"under the {stance} stance {shown} are shown, left {_are(missed)}")
    asked = _are(_missed_of_what_must_show())
    text = (
        f"Of {len(run['statements'])} statements {'; '.join(told)}. Of what grades A and B ask "
        f"for, left {asked} (model `{run['hash']}`)."
    )
    is_now = run["hash"] == biology_of_worlds().content_hash
    return text if is_now else f"{text} {drug_trials.CHANGED}"


def _are(names):
    """Which they are, in words."""
    return f"{'is' if len(names) < 2 else 'are'} {listed(sorted(names)) if names else 'none'}"


def _missed_of_what_must_show():
    """Statements with a check that is not shown and that human evidence asks for."""
    model = load_model()
    return {
        name for name, one in read_experiments(shipped("claims"), model).items()
        for check, (verdict, *_) in zip(
            one.experiment.everything, stored_run()["statements"][name]["found"]["evidence"][1]
        )
        if verdict != SHOWN and one.must_show(check)
    }  # fmt: skip


def missed_statements(stance):
    """Those of the article that are not shown, or in part, in worlds of the posterior."""
    found = {name: one["found"][stance] for name, one in stored_run()["statements"].items()}
    return {name for name, (verdict, _) in found.items() if verdict != SHOWN}


def of_check(name, where, place):
    """What a check came to, or, without a place, whether its statement is shown.

    Parameters
    ----------
    name : id of the statement
    where : `CENTRE` or `POSTERIOR` of a trial of drugs, a stance of a statement of the article
    place : of the check, counted from 1
    """
    if where == CENTRE:
        found = drug_trials.at_the_centre()[name]
    elif where == POSTERIOR:
        found = [(_of_drug(one), one["verdict"]) for one in drug_trials.in_worlds()[1][name]]
    else:
        one = stored_run()["statements"][name]
        units = (unit for _, unit, _ in one["checks"])
        rows = zip(one["found"][where][1], units)
        found = [(_with_interval(*row[1:], unit), row[0]) for row, unit in rows]
    if place is None:
        return "shown" if all(verdict == SHOWN for _, verdict in found) else "missed"
    return found[int(place) - 1][0]


def _of_drug(check):
    numbers = (check[key] for key in ("observed", "low", "high"))
    return _with_interval(*(None if one != one else one for one in numbers), check["unit"])


def _with_interval(middle, low, high, unit):
    """A number with its unit and, of so many units that it has one, its interval."""
    if middle is None:
        return "—"
    text = _short(middle) + {"1": "", "%": "%"}.get(unit, f" {unit}")
    return text if low is None or high is None else f"{text} ({_short(low)} to {_short(high)})"


def _short(value):
    """Three figures, two behind the point at most."""
    return f"{value:.0f}" if abs(value) >= 99.5 else f"{value:z.{1 if abs(value) >= 2 else 2}f}"
