"""Write the numbers that stand in the pages: what a command can print is printed by it.

    .venv/bin/python scripts/write_numbers.py              renew every block (minutes)
    .venv/bin/python scripts/write_numbers.py NAME ...     renew these, or all of a source
    .venv/bin/python scripts/write_numbers.py --list       pages, names and sources

A block of a page stands between `<!-- numbers: NAME -->` and `<!-- end of numbers -->`. Whatever is
between them is written by the function of that name below. `tests/test_numbers.py` computes
each block again and compares.
"""

import math
import re
import sys
from functools import cache, partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "out" / "six-strain-children"  # where `make demo` leaves its result
BLOCK = re.compile(r"(<!-- numbers: ([\w-]+) -->\n?)(.*?)(\n?<!-- end of numbers -->)", re.S)
NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?(?:e-?\d+)?")  # that of D31 is a name
HASH = re.compile(r"`[0-9a-f]{16}`")
# a block that tells what a check came to, counted from 1, or whether its statement is shown: of a
# trial of drugs with the centres or in worlds, of a statement of the article by its stance
CHECK = re.compile(r"([CD]\d\d)-(centre|posterior|article|evidence)(?:-(\d+))?")

sys.path.insert(0, str(Path(__file__).resolve().parent))


@cache
def measurement():
    """What an error of one record does to a trial (a minute)."""
    import measurement_error

    return measurement_error.tables()


def engine():
    """How far courses lie from those of libRoadRunner (a minute)."""
    import engine_errors

    return engine_errors.table()


def scores(write):
    """What the tolerances of a trial do to SCORAD (ten seconds)."""
    import engine_errors

    return getattr(engine_errors, write)()


@cache
def challenges():
    """What the experiments behind the open questions came to (a minute)."""
    import challenges as experiments

    return experiments.findings()


def read(write, *arguments):
    """What another page or a kept run has: at once, after what it is read from is renewed."""
    import from_pages

    return getattr(from_pages, write)(*arguments)


def of_check(name):
    """The text of a block that tells of one check (see `CHECK`)."""
    return read("of_check", *CHECK.fullmatch(name).groups())


def drugs_in_worlds():
    """What trials of drugs come to in worlds of the posterior, as it is kept beside the page."""
    import drug_trials

    return drug_trials.compared()


def drugs(write):
    """What trials of drugs come to, by the ids of drugs.toml (two minutes)."""
    import drug_trials

    return getattr(drug_trials, write)()


def arrows(write):
    """A table of what claimed arrows, a diet and an antibiotic do (a quarter of a minute)."""
    import claimed_arrows

    return getattr(claimed_arrows, write)()


def tolerance(write):
    """What a product does over time, in words (a few seconds, see fit_tolerance.py)."""
    import fit_tolerance

    return getattr(fit_tolerance, write)()


def demo(write):
    """A part of what the demo says, in the words of demo.py (a minute, unless it was run)."""
    import demo as told

    found = told.power_summary(DEMO) if write.startswith("power") else told.summary(DEMO)
    return getattr(told, write)(found)


def tables(write, *arguments):
    """A number that stands in a table, or a count of its rows (see from_tables.py)."""
    import from_tables

    return getattr(from_tables, write)(*arguments)


def mutants():
    """What `make mutants` found, as score.tsv has it."""
    import mutation_score

    return mutation_score.sentence()


def within(digits, factor=1.0, unit=""):
    """A format for a finding: median with its interval, if it has one, times a factor."""

    def text(found):
        middle = f"{factor * found.middle:z.{digits}f}{unit}"
        if not math.isfinite(found.low):  # too few worlds for an interval
            return middle
        low, high = sorted((factor * found.low, factor * found.high))
        return f"{middle} ({low:z.{digits}f} to {high:z.{digits}f})"

    return text


def alone(digits, factor=1.0, unit="", sign=""):
    """A format for a finding: its median."""
    return lambda found: f"{factor * found.middle:{sign}z.{digits}f}{unit}"


PLACES = ("gut-wall", "blood", "skin-immunity", "epidermis", "surface", "itch")
# name: experiment, check, how it is written
FINDINGS = {
    "C46-two": ("C46", 0, within(2)),
    "C46-three": ("C46", 1, within(2)),
    "C48": ("C48", 1, alone(0, 100.0, "%")),
    "prevented-seven": ("prevented", 0, within(2)),
    "prevented-infant": ("prevented", 1, within(2)),
    "stopped-half": ("stopped", 6, within(0, unit=" days")),
    "P08": ("P08", 0, alone(1, -1.0, "%")),
    "P08-flora": ("P08", 2, alone(2, -1.0)),
    "P11": ("P11", 0, alone(3)),
    "P12": ("P12", 3, alone(1, -1.0, "%")),
    "P13-peptides": ("P13", 2, within(0, unit="%")),
    "P30": ("P30", 2, within(2)),
    "P13": ("P13", 1, alone(0, unit="%", sign="+")),
    "P28": ("P28", 1, alone(0)),
    "P40": ("P40", 0, within(1, unit="%")),
    "P42": ("P42", 0, within(0, 100.0, " of 100")),
    "P43": ("P43", 0, within(1, unit=" points")),
    "P46": ("P46", 0, within(1, 100.0, " of 100")),
    "P47-one": ("P47", 0, within(2)),
    "P47-five": ("P47", 1, within(2)),
    "P48-entry": ("P48", 0, alone(1)),
    "P48-drug-4": ("P48", 1, within(0, -1.0, "%")),
    "P48-placebo-4": ("P48", 2, within(0, -1.0, "%")),
    "P48-drug-16": ("P48", 3, within(0, -1.0, "%")),
    "P48-placebo-16": ("P48", 4, within(0, -1.0, "%")),
    "P48-quarters-4": ("P48", 5, alone(0, unit="%")),
    "P48-quarters-16": ("P48", 6, alone(0, unit="%")),
    "P48-quarters-placebo": ("P48", 7, alone(0, unit="%")),
    "P49": ("P49", 0, within(0, -1.0, "%")),
    "P50": ("P50", 0, within(0, unit="%")),
}


def stopped(first, last):
    """The effect at some of the weeks after an eight-week course."""
    return [f"{challenges()['stopped', place].middle:.1f}" for place in range(first, last)]


def first_weeks():
    """At the end of the course and two weeks later."""
    return "{} SCORAD points at week 8, {} at week 10".format(*stopped(0, 2))


def later_weeks():
    """And later."""
    return "{}, {}, {} and {} at weeks 16, 20, 24 and 40".format(*stopped(2, 6))


def of_finding(name):
    """The text of a block that holds one finding."""
    experiment, check, text = FINDINGS[name]
    return text(challenges()[experiment, check])


# name: what it is computed from, and what writes it; a source takes longer than a few seconds
BLOCKS = {
    "grades": ("tables", partial(tables, "grades")),
    "stances": ("tables", partial(tables, "stances")),
    "noisy-days": ("tables", partial(tables, "conduct", "noisy_days")),
    "remembered-days": ("tables", partial(tables, "conduct", "remembered_days")),
    "screening-step": ("tables", partial(tables, "conduct", "screening_step_days")),
    "error-scorad": ("tables", partial(tables, "error", "scorad")),
    "error-easi": ("tables", partial(tables, "error", "easi")),
    "route-replicates": ("tables", partial(tables, "route_replicates")),
    **{f"times-{place}": ("tables", partial(tables, "times", place)) for place in PLACES},
    "mutants": ("mutants", mutants),
    "demo": ("demo", partial(demo, "headline")),
    "demo-article": ("demo", partial(demo, "article")),
    "demo-blood": ("demo", partial(demo, "blood")),
    "demo-doubt": ("demo", partial(demo, "doubt")),
    "demo-power": ("demo", partial(demo, "power")),
    "demo-power-table": ("demo", partial(demo, "power_table")),
    "demo-placebo": ("demo", partial(demo, "placebo")),
    "demo-placebo-spread": ("demo", partial(demo, "placebo_spread")),
    "engine-errors": ("engine", engine),
    "errors-follow-up": ("scores", partial(scores, "follow_up")),
    "errors-screening": ("scores", partial(scores, "screening")),
    "measurement-limits": ("measurement", lambda: measurement()["limits"]),
    "measurement-trials": ("measurement", lambda: measurement()["trials"]),
    "drug-trials": ("drugs", partial(drugs, "table")),
    "drugs-shown": ("drugs", partial(drugs, "count")),
    "drugs-in-worlds": ("pages", drugs_in_worlds),
    "scores": ("pages", partial(read, "scores")),
    "worlds-worth": ("pages", partial(read, "worlds_worth")),
    "statements": ("pages", partial(read, "statements")),
    "claimed-arrows": ("arrows", partial(arrows, "arrow_table")),
    "gut-in-short": ("arrows", partial(arrows, "gut_in_short")),
    "gut-alone": ("arrows", partial(arrows, "gut_table")),
    "product-course": ("tolerance", partial(tolerance, "course_in_words")),
    "product-lasts": ("tolerance", partial(tolerance, "lasting_in_words")),
    "stopped-first": ("challenges", first_weeks),
    "stopped-later": ("challenges", later_weeks),
    **{name: ("challenges", partial(of_finding, name)) for name in FINDINGS},
}
SLOW = ("demo", "engine", "scores", "measurement", "challenges", "arrows", "drugs", "tolerance")


def pages():
    """Every page that may hold blocks."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def blocks_of(page):
    """What stands in the blocks of a page: name -> text."""
    return {name: text for _, name, text, _ in BLOCK.findall(page.read_text(encoding="utf-8"))}


BLOCKS.update(
    (name, ("pages", partial(of_check, name)))
    for page in pages() for name in blocks_of(page) if CHECK.fullmatch(name)
)  # fmt: skip


def renew(page, names):
    """Write the blocks with these names anew; gives the names of those that changed."""
    changed = []

    def written(found):
        name = found.group(2)
        if name not in names:
            return found.group(0)
        text = BLOCKS[name][1]()
        if text != found.group(3):
            changed.append(name)
        return found.group(1) + text + found.group(4)

    old = page.read_text(encoding="utf-8")
    new = BLOCK.sub(written, old)
    if new != old:
        page.write_text(new, encoding="utf-8")
    return changed


def differences(old, new):
    """What tells two texts apart: words, or a number by more than one step of its last digit."""
    if HASH.findall(old) != HASH.findall(new):
        return [f"another model: {old!r}, {new!r}"]
    old, new = (HASH.sub("", text) for text in (old, new))
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return [f"the words differ: {old!r}, {new!r}"]
    found = []
    for a, b in zip(NUMBER.findall(old), NUMBER.findall(new)):
        steps = [_last_digit(one) for one in (a, b)]
        if abs(float(a) - float(b)) > 1.001 * max(steps):
            found.append(f"{a} stands in the page, {b} is computed")
    return found


def _last_digit(text):
    digits, _, power = text.partition("e")
    places = len(digits.partition(".")[2])
    return 10.0 ** (int(power or 0) - places)


def main(arguments):
    """Renew the blocks that were asked for."""
    if arguments == ["--list"]:
        for page in pages():
            for name in blocks_of(page):
                print(page.name, name, BLOCKS[name][0], sep="\t")
        return 0
    sources = {source for source, _ in BLOCKS.values()}
    chosen = [
        name for name, (source, _) in BLOCKS.items()
        if not arguments or name in arguments or source in arguments
    ]  # fmt: skip
    unknown = [name for name in arguments if name not in {*BLOCKS, *sources}]
    if unknown:
        print("no such block: " + ", ".join(unknown) + "; known: " + ", ".join(BLOCKS))
        return 2
    last = [name for name in chosen if BLOCKS[name][0] == "pages"]  # they read the others
    for names in (sorted({*chosen} - {*last}), last):
        for page in pages():
            for name in renew(page, names):
                print(f"{page.relative_to(ROOT)}: {name}")
    return 0


if __name__ == "__main__":
    from gutskin.errors import exit_on_input_error

    with exit_on_input_error():
        sys.exit(main(sys.argv[1:]))
