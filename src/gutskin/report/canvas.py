"""What figures are drawn on: one style, text that is text, SVG that may stand in a page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

INK, QUIET, GRID = "#1f2933", "#66727f", "#dde3e8"
CONTROL, ACTIVE, WARN = "#7b8794", (
    "#0b7285", "#5f3dc4", "#2b8a3e", "#a61e4d", "#1864ab", "#8a6d00", "#9c36b5", "#12614b",
), "#c2410c"  # fmt: skip
STYLE: Any = {
    "text.parse_math": False,  # a price in dollars is no formula
    "text.usetex": False,
    "svg.fonttype": "none",  # text stays text: a reader's browser has its letters
    "font.family": "sans-serif",
    "font.size": 10.5,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_FONTS = re.compile(r"font-family: [^;]*; ?")  # a figure has the letters of its page
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


@contextmanager
def new_canvas(size: tuple[float, float], salt: str) -> Iterator[Canvas]:
    """A canvas of `size` (inches) in our style, whatever the user's own settings are.

    Parameters
    ----------
    salt : makes the ids of its SVG; the same salt gives the same file
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(), warnings.catch_warnings():
        # Letters that our font lacks are drawn by the reader's browser, which has them.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE | {"svg.hashsalt": salt})
        canvas = Canvas(figsize=size, layout="constrained")
        FigureCanvasAgg(canvas)
        yield canvas


def svg_of(canvas: Canvas) -> str:
    """A canvas as an SVG document, without dates; deterministic."""
    buffer = io.StringIO()
    canvas.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    return buffer.getvalue()


def inline(svg: str, name: str, title: str, alt: str) -> str:
    """An SVG document as it may stand in a page, among others.

    Without prologue and metadata, with ids of its own, a title and a description in words. Only
    attributes are changed: text that looks like one stays as it is.

    Parameters
    ----------
    name : begins all its ids
    title, alt : its name, and what it shows in words
    """
    root = ElementTree.fromstring(svg)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for one in root.iter():
        one.tag = one.tag.removeprefix(f"{{{SVG}}}")
        for key, value in list(one.attrib.items()):
            if key == f"{{{XLINK}}}href":
                del one.attrib[key]
                key = "href"
            if key == "id" or (key == "href" and value.startswith("#")):
                value = f"{'#' * (key == 'href')}{name}-{value.removeprefix('#')}"
            value = _REFERENCE.sub(rf"url(#{name}-\1)", value)
            one.attrib[key] = _FONTS.sub("", value) if key == "style" else value
    for key in ("id", "width", "height"):
        root.attrib.pop(key, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    words = [ElementTree.Element(tag, id=f"{name}-{tag}") for tag in ("title", "desc")]
    words[0].text, words[1].text = title, alt
    root[:0] = words
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def spaced(ticks: Iterable[float], least: float) -> list[str]:
    """Numbers at ticks, those left out for which there is no room beside others.

    The first and the last have theirs, as far as both have room.

    Parameters
    ----------
    ticks : in their order
    least : what a number needs, as a share of the axis

    Examples
    --------
    >>> spaced([0, 13, 26, 52, 104, 208], 0.12)
    ['0', '', '26', '52', '104', '208']
    """
    places = [float(one) for one in ticks]
    room = least * (places[-1] - places[0])
    kept: list[float] = []
    for one in places:
        last = one == places[-1]
        if not kept or (one - kept[-1] >= room and (last or places[-1] - one >= room)):
            kept.append(one)
    return [f"{one:g}" if one in kept else "" for one in places]
