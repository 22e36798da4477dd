"""The marks of the axis picture: lines, heads, tints, text, and the legend that explains them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gutskin.media import in_xml
from gutskin.report.axis_chart import GRADES, OTHER, SIGNS

INK, QUIET, FAINT = "#1f2933", "#566370", "#a3adb8"
MORE, LESS = "#f4a63a", "#2fb3a6"  # risen, fallen
LABEL, NOTE, KEY = 12.8, 11.4, 12.8  # sizes of text (pixels)
# flux from which an arrow has each thickness (pixels); below the first it is idle
STEPS = ((0.005, 1.7), (0.05, 2.8), (0.15, 4.2), (0.4, 6.0))
IDLE, UNKNOWN = 1.0, 2.0


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """A generous estimate of a text's width (pixels), for any of the usual fonts."""
    narrow, wide = set("iljtfrI.,:;'|!()-· "), set("mwMW%→−+=")
    units = sum(0.36 if c in narrow else 0.9 if c in wide else 0.62 for c in text)
    upper = sum(0.09 for c in text if c.isupper())
    return size * (units + upper) * (1.06 if bold else 1.0)


def text_at(
    x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False,
    anchor: str = "start",
) -> str:  # fmt: skip
    """A text as SVG."""
    weight = ' font-weight="600"' if bold else ""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{weight}{where}>'
        f"{in_xml(text)}</text>"
    )


def stroke(path: str, colour: str, thick: float, more: str = "") -> str:
    """A line along a path as SVG."""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick:.1f}"{more}/>'


def rounded(points: Sequence[tuple[float, float]], radius: float = 6.0) -> str:
    """A path through points with round corners."""
    clean = [points[0]]
    for point in points[1:]:
        if math.dist(point, clean[-1]) > 0.5:
            clean.append(point)
    words = ["M{:.1f},{:.1f}".format(*clean[0])]
    for before, here, after in zip(clean, clean[1:], clean[2:], strict=False):
        r = min(radius, math.dist(before, here) / 2, math.dist(here, after) / 2)
        a, b = towards(here, before, r), towards(here, after, r)
        words.append("L{:.1f},{:.1f} Q{:.1f},{:.1f} {:.1f},{:.1f}".format(*a, *here, *b))
    words.append("L{:.1f},{:.1f}".format(*clean[-1]))
    return " ".join(words)


def towards(a: tuple[float, float], b: tuple[float, float], by: float) -> tuple[float, float]:
    """The point so many pixels from one point towards another."""
    whole = math.dist(a, b) or 1.0
    return a[0] + (b[0] - a[0]) * by / whole, a[1] + (b[1] - a[1]) * by / whole


def head_of(points: Sequence[tuple[float, float]], sign: str, thick: float) -> tuple[str, float]:
    """The mark at the end of an arrow, and how much of the line it takes."""
    (x, y), before = points[-1], points[-2]
    dx, dy = (x - before[0], y - before[1])
    whole = math.hypot(dx, dy) or 1.0
    dx, dy = dx / whole, dy / whole
    half, long = 3.4 + 0.55 * thick, 6.5 + 0.75 * thick
    if sign == "+":
        corners = [(-1, 0), (-1 - long, half), (-1 - long, -half)]
        taken = long - 1
    elif sign == "-":
        flat = 1.4 + 0.25 * thick
        corners = [
            (-1.5, half + 1),
            (-1.5 - flat, half + 1),
            (-1.5 - flat, -half - 1),
            (-1.5, -half - 1),
        ]
        taken = flat
    else:
        corners = [
            (-0.5, 0),
            (-0.5 - long * 0.65, half),
            (-0.5 - long * 1.3, 0),
            (-0.5 - long * 0.65, -half),
        ]
        taken = long
    drawn = " ".join(f"{x + a * dx - b * dy:.1f},{y + a * dy + b * dx:.1f}" for a, b in corners)
    return drawn, taken


def dash(grade: str, thick: float) -> str:
    """How a line of a grade is broken: A not, B into dashes, C into dots."""
    if grade == "B":
        return f' stroke-dasharray="{6 + 1.6 * thick:.1f} {3 + 0.4 * thick:.1f}"'
    if grade == "C":
        # square dots: round caps on dots without length vanish in some browsers
        return f' stroke-dasharray="{max(thick, 1.2):.1f} {0.9 * thick + 1.4:.1f}"'
    return ""


def tint(moved: float) -> str:
    """White for no change, amber for a rise, teal for a fall; full from a half on."""
    share = min(abs(moved) / math.log(1.5), 1.0) ** 0.7
    if abs(moved) < 0.005:
        return "#ffffff"
    goal = "#f8c471" if moved > 0 else "#7fd6cc"
    parts = (int(goal[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)


def level(flux: float) -> int:
    """The step of thickness of a flux, from 0 (idle) to 4.

    >>> level(0.0), level(0.01), level(0.1), level(0.2), level(1.0)
    (0, 1, 2, 3, 4)
    """
    return sum(flux >= step for step, _ in STEPS)


def thickness(flux: float | None) -> float:
    """Pixels of an arrow that carries so much."""
    if flux is None:
        return UNKNOWN
    step = level(flux)
    return STEPS[step - 1][1] if step else IDLE


def legend(top: float, right: float, moments: tuple[str, str] | None) -> Iterator[str]:
    """What every mark means.

    Parameters
    ----------
    moments : what thickness and colour compare, in words; nothing if the picture has neither
    """
    yield f'<rect x="8" y="{top:.1f}" width="{right - 6:g}" height="184" rx="9" fill="#f6f8fa"/>'
    y = top + 24
    yield from _key_of_arrows(22, y)
    yield from _key_of_grades(300, y)
    if moments is not None:
        yield from _key_of_movement(300, y + 22 * 4 + 4, moments)
        yield from _key_of_thickness(850, y, moments[1])


def _arrow(y: float, sign: str, colour: str, thick: float, head_thick: float) -> Iterator[str]:
    """A short arrow of the legend."""
    head, taken = head_of([(24, y), (62, y)], sign, head_thick)
    yield stroke(f"M24,{y:.1f} h{38 - taken:.1f}", colour, thick)
    yield f'<polygon points="{head}" fill="{colour}"/>'


def _key_of_arrows(x: float, y: float) -> Iterator[str]:
    """What heads and colours of arrows mean."""
    ink = OTHER[""][0]
    yield text_at(x, y, "An arrow is a mechanism", KEY, INK, bold=True)
    for i, (sign, means) in enumerate(SIGNS.items()):
        row = y + 22 * (i + 1)
        yield from _arrow(row - 4, sign, ink, 2.8, 2.8)
        yield text_at(x + 50, row, means, KEY, INK)
    row = y + 22 * 4
    yield from _arrow(row - 4, "+", FAINT, 1.2, 0.8)
    yield text_at(x + 50, row, "follows at once, no mechanism", KEY, INK)
    for i, (colour, means) in enumerate(OTHER.values()):
        row = y + 22 * (5 + i)
        yield stroke(f"M24,{row - 4:.1f} h38", colour, 4)
        yield text_at(x + 50, row, means, KEY, INK)


def _key_of_grades(x: float, y: float) -> Iterator[str]:
    """How a line shows its evidence."""
    yield text_at(x, y, "Line: its evidence", KEY, INK, bold=True)
    for i, (grade, means) in enumerate(GRADES.items()):
        row = y + 22 * (i + 1)
        yield stroke(f"M{x + 2:g},{row - 4:.1f} h48", OTHER[""][0], 3, dash(grade, 3))
        yield text_at(x + 60, row, f"{grade}: {means}", KEY, INK)


def _key_of_movement(x: float, y: float, moments: tuple[str, str]) -> Iterator[str]:
    """What halos and colours of boxes say of an intervention."""
    yield text_at(x, y, "Halo and colour: what the intervention moves", KEY, INK, bold=True)
    for i, (colour, means) in enumerate(
        ((MORE, f"carries more {moments[1]} than {moments[0]}"), (LESS, "carries less"))
    ):
        here = x + 2 + 300 * i
        yield stroke(f"M{here:g},{y + 18:.1f} h48", colour, 9, ' stroke-opacity="0.75"')
        yield stroke(f"M{here:g},{y + 18:.1f} h48", OTHER[""][0], 3)
        yield text_at(here + 58, y + 22, means, KEY, INK)
    for i, (by, means) in enumerate(
        ((0.4, "has risen"), (-0.4, "has fallen; two halves: lesional and other skin"))
    ):
        here = x + 2 + (130 if i else 0)
        yield (
            f'<rect x="{here:g}" y="{y + 33:.1f}" width="40" height="16" fill="{tint(by)}" '
            f'stroke="{QUIET}"/>'
        )
        yield text_at(here + 48, y + 45, means, KEY, INK)


def _key_of_thickness(x: float, y: float, when: str) -> Iterator[str]:
    """How thick an arrow is that shifts its target so far."""
    yield text_at(x, y, f"Thickness: how far it shifts its target, {when}", KEY, INK, bold=True)
    words = ["under 0.5%: idle in this patient"]
    ends = [step for step, _ in STEPS[1:]]
    words += [f"{a:.1%} to {b:.0%}".replace(".0%", "%")
              for (a, _), b in zip(STEPS, ends, strict=False)]  # fmt: skip
    words += [f"{STEPS[-1][0]:.0%} or more"]
    for i, means in enumerate(words):
        row = y + 22 * (i + 1)
        thick = IDLE if i == 0 else STEPS[i - 1][1]
        yield stroke(f"M{x + 2:g},{row - 4:.1f} h48", OTHER[""][0], thick)
        yield text_at(x + 60, row, means, KEY, INK)
    yield text_at(x, y + 22 * 6, "Share of the target's turnover that changes at once", 11, QUIET)
    yield text_at(
        x, y + 22 * 6 + 14, "when the mechanism is switched off (docs/model.md).", 11, QUIET
    )
