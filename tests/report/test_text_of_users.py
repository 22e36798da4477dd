"""What a user writes reaches every medium as it was written: terminal, figures, pages, SBML."""

import io
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import libsbml
import pytest
from nasty import LABELS
from synthetic import synthetic

from gutskin.engine import Schedule
from gutskin.media import spell, without_holes
from gutskin.model.compiled import load_model
from gutskin.model.export import export_course
from gutskin.report import figures, forest, page, shares
from gutskin.report.answer import headline, verdict
from gutskin.report.console import Folding, Terminal
from gutskin.report.terminal import print_summary
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
COURSE = ("course_figure", "difference_figure", "patients_figure")


def design_with(text):
    """The shipped trial with a text wherever a user may write one."""
    arms = (
        DESIGN.arms[0].model_copy(update={"label": text}),
        *DESIGN.arms[1:],
    )
    published = DESIGN.published.model_copy(
        update={"notes": (text,), "reference": text, "directions": {"scorad": text, text: text}}
    )
    return DESIGN.model_copy(update={"arms": arms, "title": text, "published": published})


@pytest.fixture(scope="module")
def parts():
    """Data and analysis of the shipped trial; a label changes neither."""
    data = synthetic(DESIGN, 4)
    return data, analyse(data, DESIGN)


@pytest.fixture(scope="module")
def shipped(parts):
    return summarise(parts[0], DESIGN, parts[1])


@pytest.fixture
def undrawn(monkeypatch):
    """Figures that are not drawn, so that a page costs little."""
    empty = figures.Figure("x", "x", "x", "x", "<svg></svg>", "<svg></svg>")
    for module, names in (
        (figures, COURSE),
        (forest, ("arms_figure", "forest_figure")),
        (shares, ("doubt_figure", "route_figure")),
    ):
        for name in names:
            one = figures.Figure(name.removesuffix("_figure"), *("x",) * 3, empty.svg, empty.narrow)
            monkeypatch.setattr(module, name, lambda *_, one=one: one)


class Texts(HTMLParser):
    """The text of each element of a page, and its attributes."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [value for _, value in attrs if value]

    def handle_data(self, data):
        self.texts.append((self.tags[-1] if self.tags else "", data))


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_a_page_shows_text_as_it_was_written(text, parts, undrawn):
    """Read back by a parser of HTML: heading, title, cells, attributes, notes, command."""
    data, analysis = parts
    design = design_with(text)
    summary = summarise(data, design, analysis)
    html = page.render(summary, analysis, data, design, f"gutskin trial {text} \udcff")
    read = Texts()
    read.feed(html)
    assert "script" not in read.tags
    whole = "".join(data for _, data in read.texts)
    for tag in ("title", "h1", "bdi"):
        assert any(text in data for of, data in read.texts if of == tag), tag
    assert whole.count(text) >= 8
    assert any(value.startswith(f"{text}: change") for value in read.attributes)
    html.encode()


@pytest.mark.parametrize("kinds", [list(LABELS)[i::8] for i in range(8)], ids=str)
def test_figures_show_labels_as_they_were_written(kinds, parts):
    """Read back from the SVG: every letter of every label, and no formula."""
    data, analysis = parts
    for text in (LABELS[kind] for kind in kinds):
        figure = figures.course_figure(data, analysis, design_with(text))
        for svg in (figure.svg, figure.narrow):
            root = ET.fromstring(svg)
            drawn = "".join("".join(one.itertext()) for one in root.iter("text"))
            assert "".join(text.split()) in "".join(drawn.split())
            assert root.find("desc").text.startswith("Mean measured SCORAD by arm.")
            assert text in root.find("desc").text


def test_a_title_of_a_figure_is_text_whatever_it_looks_like():
    """What looks like an id, a reference or a namespace in a text is not rewritten."""
    text = LABELS["end of svg"]

    def paint(canvas, narrow):
        canvas.text(0.1, 0.5, text)

    figure = figures.draw("x", text, text, "", (1.0, 1.0), paint)
    root = ET.fromstring(figure.svg)
    assert [one.text for one in root.iter("text")] == [text]
    assert (root.find("title").text, root.find("desc").text) == (text, text)


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_a_terminal_shows_text_as_it_was_written(text, parts):
    data, analysis = parts
    design = design_with(text)
    stream = io.StringIO()
    print_summary(summarise(data, design, analysis), design, Terminal(file=stream, width=110))
    printed = "".join(stream.getvalue().split())
    assert printed.startswith("".join(text.split()))
    assert "\x1b" not in printed


def test_a_label_from_right_to_left_turns_nothing_of_a_sentence(parts, shipped):
    """Each stands between marks that isolate it; a terminal without them shows none."""
    data, analysis = parts
    text = LABELS["right to left"]
    summary = summarise(data, design_with(text), analysis)
    said = [headline(summary), *verdict(summary, DESIGN)]
    assert f" \u2068{text}\u2069" in said[0]
    assert sum(one.count(text) for one in said) == 3
    assert all(one.count(f"\u2068{text}\u2069") == one.count(text) for one in said)
    assert not {"\u2068", "\u2069"} & set("".join([headline(shipped), *verdict(shipped, DESIGN)]))
    assert "\\u" not in spell(said[0])


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_a_narrow_column_of_a_terminal_folds_and_cuts_nothing(text):
    stream = io.StringIO()
    table = Folding()
    table.add_column("", max_width=11)
    table.add_row(text)
    Terminal(file=stream, width=40).print(table)
    lines = stream.getvalue().splitlines()[2:]
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_sbml_holds_the_name_of_a_patient_as_it_was_written():
    model, every = load_model(), [*LABELS.values(), "a\x01b\udcff"]
    for text in (" ".join(every[::2]), " ".join(every[1::2])):  # seconds for each
        notes = [f"{text} again"]
        sbml = export_course(
            model, {}, model.initial("healthy_adult"), Schedule(), 1.0, name=text, notes=notes
        )
        root = ET.fromstring(sbml)
        model_of = root.find("{*}model")
        shown = "".join(model_of.find("{*}notes").itertext())
        assert model_of.get("name") == without_holes(text)
        assert without_holes(text) in re.sub(r"\s+", " ", shown)
        document = libsbml.readSBMLFromString(sbml)
        assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
