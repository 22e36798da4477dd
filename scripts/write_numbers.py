"""Write the numbers that stand in the pages: what a command can print is printed by it.

    .venv/bin/python scripts/write_numbers.py              renew every block (minutes)
    .venv/bin/python scripts/write_numbers.py NAME ...     renew these
    .venv/bin/python scripts/write_numbers.py --list       their names, pages and costs

A block of a page stands between `<!-- numbers: NAME -->` and `<!-- end of numbers -->`. Whatever is
between them is written by the function of that name below. `tests/test_numbers.py` computes
each block again and compares.
"""

import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- numbers: ([\w-]+) -->\n?)(.*?)(\n?<!-- end of numbers -->)", re.S)
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")

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


# name: what writes it, and whether that takes more than a few seconds
BLOCKS = {
    "engine-errors": (engine, True),
    "measurement-limits": (lambda: measurement()["limits"], True),
    "measurement-trials": (lambda: measurement()["trials"], True),
}


def pages():
    """Every page that may hold blocks."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def blocks_of(page):
    """What stands in the blocks of a page: name -> text."""
    return {name: text for _, name, text, _ in BLOCK.findall(page.read_text(encoding="utf-8"))}


def renew(page, names):
    """Write the blocks with these names anew; gives the names of those that changed."""
    changed = []

    def written(found):
        name = found.group(2)
        if name not in names:
            return found.group(0)
        text = BLOCKS[name][0]()
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
                print(page.name, name, "slow" if BLOCKS[name][1] else "quick", sep="\t")
        return 0
    unknown = [name for name in arguments if name not in BLOCKS]
    if unknown:
        print("no such block: " + ", ".join(unknown) + "; known: " + ", ".join(BLOCKS))
        return 2
    for page in pages():
        for name in renew(page, arguments or list(BLOCKS)):
            print(f"{page.relative_to(ROOT)}: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
