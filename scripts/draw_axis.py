"""Draw the pictures of the README: the gut-skin axis, and the first figure of a trial's report.

    .venv/bin/python scripts/draw_axis.py            write docs/images/axis.svg
    .venv/bin/python scripts/draw_axis.py --check    fail if the picture differs from the tables
    .venv/bin/python scripts/draw_axis.py --demo out/six-strain-children/report.html

The axis is that of `gutskin model axis`: mechanisms, signs and grades from mechanisms.tsv,
thickness and colour from the trial that the article leans on. `--check` lets a thickness be one
step off,
so that a number which moves a little does not ask for a new picture.
The last one takes the first figure of a trial's report into docs/images/demo.svg.
"""

import re
import sys
from pathlib import Path

from gutskin.errors import InputError, Problem, exit_on_input_error
from gutskin.evidence.fluxes import change_in_trial, shipped_trial
from gutskin.model.compiled import load_model
from gutskin.report.axis import axis_picture, differences

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


def picture():
    """Give the axis as SVG text, before and after the article's trial."""
    model = load_model()
    return axis_picture(model, change_in_trial(shipped_trial(model), "evidence", model))


def demo(report):
    """Take the first figure out of a trial's report, as a picture that stands alone."""
    try:
        page = Path(report).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}.", report, None,
                                 "`make demo` writes it.")) from None  # fmt: skip
    start = page.index("<svg", page.index("<figure>"))
    svg = page[start : page.index("</svg>", start) + len("</svg>")]
    wide, high = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    ground = f'<rect width="{wide}" height="{high}" fill="#ffffff"/>'
    return svg.replace("</desc>", "</desc>" + ground, 1) + "\n"


def main(words):
    """Draw, or compare what is drawn with the tables."""
    target = IMAGES / "axis.svg"
    if words[:1] == ["--demo"] and len(words) == 2:
        (IMAGES / "demo.svg").write_text(demo(words[1]), encoding="utf-8")
    elif words == ["--check"]:
        found = differences(target.read_text(encoding="utf-8"), picture())
        if found:
            raise SystemExit("\n".join([*found, "Run scripts/draw_axis.py."]))
    elif not words:
        IMAGES.mkdir(parents=True, exist_ok=True)
        target.write_text(picture(), encoding="utf-8")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    with exit_on_input_error():
        main(sys.argv[1:])
