"""The picture of the axis: all of the tables is in it, nothing overlaps, thickness is the flux."""

import dataclasses
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from synthetic import synthetic
from typer.testing import CliRunner

from gutskin.cli import app
from gutskin.evidence.fluxes import Change, change_in_trial, flux_of, shipped_trial
from gutskin.model.compiled import load_model
from gutskin.model.graph import dependencies, places, reaches
from gutskin.report.axis import _drawn, axis_picture, differences, picture
from gutskin.report.axis_chart import LINKS, ROWS, Chart, bare_name
from gutskin.report.axis_in_page import axis_figure
from gutskin.report.axis_svg import level, text_width, thickness
from gutskin.report.page import figures_of, render
from gutskin.report.wiring import place
from gutskin.report.wiring_rows import Segment, Wire
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "axis.svg"
ROUND = 0.05  # SVG numbers are rounded to a tenth


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def change(model):
    """Numbers that look like a patient's; no course is computed."""
    ids = [*model.state_ids, *model.assigned_ids]
    quantities = {name: (1.0, 1.0 + 0.1 * ((k % 7) - 3)) for k, name in enumerate(ids)}
    fluxes = {name: ((k % 5) / 10, (k % 9) / 9) for k, name in enumerate(model.tables.mechanisms)}
    return Change("a patient", "Mix", 8.0, "evidence", quantities, fluxes)


@pytest.fixture(scope="module")
def svg(model, change):
    return axis_picture(model, change)


def chart_of(model, mechanisms=None):
    states = {name: model.tables.species[name] for name in model.state_ids}
    return Chart(mechanisms or model.tables.mechanisms, states, places(model))


def test_every_mechanism_is_drawn_once_with_its_sign_route_and_grade(model, svg):
    drawn = re.findall(r'data-id="(M\d+)"', svg)
    assert sorted(drawn) == sorted(model.tables.mechanisms)
    for name, own in _drawn(svg).items():
        row = model.tables.mechanisms[name]
        assert own["sign"] == row.text("sign")
        assert own["grade"] == row.text("grade")
        assert own["route"] == row.text("route")
        assert own["statement"].startswith(row.text("statement"))


def test_every_mechanism_has_a_line_and_a_head(model, svg):
    for body in re.findall(r'<g class="mechanism".*?</g>', svg, flags=re.S):
        assert "<path" in body
        assert "<polygon" in body


def test_another_sign_or_grade_in_the_table_is_another_picture(model, svg):
    rows = dict(model.tables.mechanisms)
    row = rows["M47"]
    rows["M47"] = dataclasses.replace(row, cells={**row.cells, "sign": "-", "grade": "A"})
    states = {name: model.tables.species[name] for name in model.state_ids}
    found = differences(picture(rows, states, places(model)), svg)
    assert len([line for line in found if line.startswith("M47: ")]) == 2
    del rows["M47"]
    assert "M47 is in one" in differences(picture(rows, states, places(model)), svg)[0]


def test_every_state_has_a_chip_and_every_chip_is_in_the_model(model):
    chart = chart_of(model)
    for state in model.state_ids:
        assert state in chart.members(chart.chip_of(state))
    known = {*model.state_ids, *model.assigned_ids, *model.parameter_ids}
    known = {bare_name(name) for name in known}
    known |= {cell for row in model.tables.mechanisms.values()
              for cell in (row.text("from"), row.text("to"))}  # fmt: skip
    for row in ROWS:
        for _, chips in row:
            for chip in chips:
                for name in chip.names:
                    assert any(one.startswith(name) for one in known), name


def test_links_without_a_mechanism_are_in_the_equations(model):
    graph = {name: set(reads) for name, reads in dependencies(model).items()}
    named = lambda bare: [one for one in graph if bare_name(one).startswith(bare)]  # noqa: E731
    for start, _, end in LINKS:
        assert reaches(graph, named(start), named(end)), (start, end)


def boxes_of_text(svg):
    """Left, top, right, bottom of every text, by a generous estimate of its width."""
    found = []
    for x, y, size, rest, words in re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"([^>]*)>([^<]*)</text>', svg
    ):
        words = unescape(words)
        wide = text_width(words, float(size), bold="font-weight" in rest)
        left = float(x) - (wide / 2 if "middle" in rest else 0)
        top = float(y) - 0.72 * float(size)
        found.append((left, top, left + wide, float(y) + 0.1 * float(size), words))
    return found


@pytest.mark.parametrize("with_change", [True, False])
def test_no_text_overlaps_or_is_cut(model, change, with_change):
    svg = axis_picture(model, change if with_change else None)
    wide, high = (float(one) for one in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    texts = boxes_of_text(svg)
    assert len(texts) > 90
    for i, (a, b, c, d, words) in enumerate(texts):
        assert min(a, b) >= 0 and c <= wide and d <= high, words  # noqa: PT018
        for e, f, g, h, other in texts[i + 1 :]:
            assert c <= e or g <= a or d <= f or h <= b, (words, other)


def test_no_box_overlaps_and_no_arrow_runs_through_one(svg):
    boxes = [
        tuple(map(float, one))
        for one in re.findall(
            r'class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg
        )
    ]
    assert len(boxes) > 60
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, k, m in boxes[i + 1 :]:
            assert x + w <= u + ROUND or u + k <= x + ROUND or y + h <= v or v + m <= y
    for body in re.findall(r'<g class="mechanism".*?</g>', svg, flags=re.S):
        # the last path is the line itself; a bow within one box touches its corner
        line = re.findall(r'<path d="([^"]+)"', body)[-1]
        points = [tuple(map(float, one)) for one in re.findall(r"([\d.]+),([\d.]+)", line)]
        for x, y, w, h in boxes:
            inside = [x + 1 < a < x + w - 1 and y + 1 < b < y + h - 1 for a, b in points]
            assert not any(inside)
            for (a, b), (c, d) in pairwise(points):
                crosses = abs(a - c) < 1 and x + 1 < a < x + w - 1
                assert not (crosses and min(b, d) < y - 1 and max(b, d) > y + h + 1)


def test_a_chip_is_as_wide_as_its_words(svg):
    for body in re.findall(r'<g class="chip">.*?</g>', svg, flags=re.S):
        x, wide = map(float, re.findall(r'class="box" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"',
                                        body)[0])  # fmt: skip
        for left, _, right, _, words in boxes_of_text(body):
            assert x - ROUND <= left and right <= x + wide + ROUND, words  # noqa: PT018


def test_what_carries_more_is_drawn_thicker(svg, change):
    fluxes = [0.0, 0.004, 0.01, 0.08, 0.2, 0.5, 1.0]
    steps = [thickness(flux) for flux in fluxes]
    assert steps == sorted(steps)
    assert len(set(steps)) == 5
    for name, own in _drawn(svg).items():
        assert int(own["after"]) == level(change.fluxes[name][1])
        assert int(own["before"]) == level(change.fluxes[name][0])


def test_a_thickness_may_be_one_step_off_and_not_two(svg):
    name = next(name for name, own in _drawn(svg).items() if own["after"] == "4")
    closer = svg.replace(f'data-id="{name}"', f'data-id="{name}" data-mark="1"')
    head = re.compile(rf'(data-id="{name}".*?data-after=)"4"', flags=re.S)
    assert differences(head.sub(r'\1"3"', closer, count=1), svg) == []
    assert len(differences(head.sub(r'\1"2"', closer, count=1), svg)) == 1


def test_wires_share_no_track(model):
    rows = [(Segment(0, 400, ("a", "b", "c")),), (Segment(0, 400, ("d", "e", "f")),)]
    wires = [Wire(f"{x}{y}", x, y, 3.0) for x in "abc" for y in "def"]
    placed = place(rows, dict.fromkeys("abcdef", 60.0), wires, 30.0, 0.0)
    level_parts = [
        (name, path[1][1], *sorted((path[1][0], path[2][0]))) for name, path in placed.wires.items()
    ]
    for i, (_, y, low, high) in enumerate(level_parts):
        for _, v, a, b in level_parts[i + 1 :]:
            assert abs(y - v) > 3 or high < a or b < low


def test_the_figure_of_the_report_fetches_nothing_and_tells_itself_in_words(model, change):
    figure = axis_figure(model, change)
    assert "http" not in figure.svg
    assert 'aria-labelledby="axis-title axis-desc"' in figure.svg
    assert "Gut-primed Treg home to the skin" in figure.alt


def test_the_report_shows_the_axis_if_it_is_given(model, change):
    design = load_trial("six-strain-children")
    data = synthetic(design, 3)
    analysis = analyse(data, design)
    parts = (summarise(data, design, analysis), analysis, data, design, "gutskin trial")
    title = "The whole axis, before and after"
    drawn = figures_of(data, analysis, design)
    assert title not in render(*parts, drawn=drawn)
    html = render(*parts, axis_figure(model, change), drawn=drawn)
    assert title in html
    assert html.count('class="mechanism"') == len(model.tables.mechanisms)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


# ---- fluxes of a real patient ----


def test_flux_is_the_share_that_hangs_on_a_mechanism():
    assert flux_of([4.0], [3.0]) == pytest.approx(0.25)
    assert flux_of([3.0], [4.0]) == pytest.approx(0.25)
    assert flux_of([0.0], [5.0]) == 1
    assert flux_of([2.0, 2.0], [2.0, 2.0]) == 0


@pytest.fixture(scope="module")
def real(model):
    return change_in_trial(shipped_trial(model), "evidence", model)


def test_a_mechanism_that_is_off_carries_nothing(model):
    from gutskin.evidence.fluxes import _fluxes, _look

    own = dict(model.values("evidence"))
    state = model.initial("severe")
    on = _fluxes(model, _look(model, 0.0, state, own))
    for name in ("M47", "M66", "M84"):
        off = own | {model.tables.mechanisms[name].text("switch"): 0.0}
        assert on[name] > 0 or name == "M47"
        assert _fluxes(model, _look(model, 0.0, state, off))[name] == 0


def test_strains_carry_nothing_before_and_something_after(real):
    for name in ("M11", "M12", "M24"):
        before, after = real.fluxes[name]
        assert before == 0
        assert after > 0.1
    before, after = real.quantities["scorad"]
    assert after < before


def test_every_flux_is_a_share(real, model):
    assert set(real.fluxes) == set(model.tables.mechanisms)
    assert all(0 <= flux <= 1 for pair in real.fluxes.values() for flux in pair)
    assert set(model.equations) >= set(model.reaction_ids)
    # no antibiotic and no pollen: their arrows are idle
    assert real.fluxes["M07"] == (0, 0)
    assert real.fluxes["M60"] == (0, 0)


def test_thickness_in_the_readme_is_that_of_the_model(real, model):
    assert differences(PICTURE.read_text(encoding="utf-8"), axis_picture(model, real)) == []


def test_the_command_writes_the_picture(tmp_path):
    done = CliRunner().invoke(app, ["model", "axis", "--out", str(tmp_path / "axis.svg")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "axis.svg").read_text(encoding="utf-8").startswith("<svg")
