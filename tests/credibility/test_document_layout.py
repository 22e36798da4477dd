"""Plans and credibility reports on a phone and on paper: nothing sideways, no word torn."""

from functools import cache

import pytest
from browser import all_measured, needs_browser, needs_printing, printed
from nasty import LABELS
from test_credibility import ALL, Known, assess, evidence, frozen

from gutskin.report.credibility import as_page, credibility_document, plan_document

SIZES = """page => ({wide: page.documentElement.scrollWidth,
  seen: page.documentElement.clientWidth})"""


@cache
def pages():
    plan = frozen(question=LABELS["long word"] * 3, context_of_use="Beside trials.")
    damaged = ("out/" + LABELS["long word"] * 2 + "/result.json",)
    have = (evidence(ALL, plan=plan, damaged=damaged), evidence(Known(), plan=frozen()))
    return {
        "plan": as_page(plan_document({**plan.values, "title": "w" * 240}, plan.checksum)),
        "credibility": as_page(credibility_document(assess(have[0]))),
        "nothing known": as_page(credibility_document(assess(have[1]))),
    }


@needs_browser
def test_browser_a_document_is_as_wide_as_its_screen(tmp_path):
    cases = [(name, width) for name in pages() for width in (320, 390, 700, 800)]
    shown = [(pages()[name], width) for name, width in cases]
    for case, found in zip(cases, all_measured(tmp_path, shown, SIZES), strict=True):
        assert found["wide"] <= found["seen"] <= case[1], case


@needs_printing
@pytest.mark.parametrize("name", ["plan", "credibility", "nothing known"])
def test_browser_a_printed_document_tears_neither_headings_nor_words(name, tmp_path):
    sheets = printed(tmp_path, pages()[name])
    headings = ("What", "The trial", "Estimands", "Checksums", "Assessment", "Acceptance",
                "Credibility factors", "Verdict")  # fmt: skip
    assert 2 <= len(sheets) <= 4
    assert not [lines[-1] for lines in sheets if lines[-1].startswith(headings)]
    assert all(len(lines) >= 8 for lines in sheets)
    words = {word for lines in sheets for line in lines for word in line.split()}
    torn = {"plan": {"Asked", "Planned", "declared"}}.get(name, {"Status", "shown", "Source"})
    assert torn <= words


def test_a_damaged_file_is_named_in_a_sentence_and_as_it_is_written():
    document = credibility_document(assess(evidence(damaged=("out/result.json",))))
    assert "out/result.json: changed or damaged after it was written." in (
        document.sections[0].sentences
    )
