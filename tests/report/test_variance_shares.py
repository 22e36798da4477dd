"""What trials differ by, told: unit tests of sentences, cells and the figure."""

import pytest

from gutskin.report.shares import variance_figure
from gutskin.report.variance_shares import variance_cells, variance_sentences

SHARES = {
    "patients": {"share": 0.45, "ci95": [0.39, 0.53]},
    "chance": {"share": 0.3, "ci95": [0.24, 0.38]},
    "unknown": {"share": 0.25, "ci95": [0.14, 0.34]},
}
NONE = {kind: {"share": None, "ci95": None} for kind in SHARES}
ARMS = [
    {"name": "mix", "label": "Mix", "n": 20, "control": False},
    {"name": "half", "label": "Half", "n": 20, "control": False},
    {"name": "placebo", "label": "Placebo", "n": 20, "control": True},
]


def test_unit_one_sentence_with_the_three_shares():
    summary = {"arms": [ARMS[0], ARMS[2]], "variance_shares": SHARES}
    (says,) = variance_sentences(summary)
    for part in ("45% (39 to 53%) is who is enrolled", "30% (24 to 38%) is chance of a trial",
                 "25% (14 to 34%) is what nobody knows", "trials of 20 against 20"):  # fmt: skip
        assert part in says


def test_unit_of_several_arms_each_by_its_name():
    by_arm = {"mix": SHARES, "half": SHARES}
    summary = {"arms": ARMS, "variance_shares": SHARES, "variance_shares_by_arm": by_arm}
    one, two = variance_sentences(summary)
    assert "mix" in one.lower()
    assert "half" in two.lower()


@pytest.mark.parametrize("shares", [NONE, None])
def test_unit_what_is_not_told_is_no_sentence_and_empty_cells(shares):
    assert variance_sentences({"arms": [ARMS[0], ARMS[2]], "variance_shares": shares}) == []
    cells = variance_cells(shares)
    assert [*cells] == [*variance_cells(SHARES)]
    assert {str(one) for one in cells.values()} == {"None", "[None, None]"}
    assert variance_cells(SHARES)["variance_share_chance"] == 0.3
    assert variance_cells(SHARES)["variance_share_unknown_ci95"] == [0.14, 0.34]


def test_unit_the_figure_tells_all_three():
    figure = variance_figure({"variance_shares": SHARES})
    for text in ("45% (39 to 53%)", "30% (24 to 38%)", "25% (14 to 34%)"):
        assert text in figure.alt
        assert text in figure.svg
        assert text in figure.narrow
