"""What is told of drugs in worlds of the posterior follows from what is kept beside the page."""

import json
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import drug_trials  # noqa: E402

from gutskin.evidence.claims import judge, setting_of, to_json  # noqa: E402
from gutskin.evidence.experiments import read_experiments, shipped  # noqa: E402
from gutskin.model.biology import POSTERIOR  # noqa: E402
from gutskin.model.compiled import load_model  # noqa: E402
from gutskin.model.usual_draws import biology_of_worlds  # noqa: E402

HASH = "0123456789abcdef"


def check(observed, expected, verdict, share=1.0, says="itch", unit="%", control=None):
    """A check of `gutskin claims --json`."""
    return {
        "says": says, "expected": expected, "observed": observed, "unit": unit, "low": None,
        "high": 1.25, "share": share, "units": 50, "control": control, "verdict": verdict,
    }  # fmt: skip


def document(claims, **model):
    """What `gutskin claims --set drugs --json` prints: statement -> checks."""
    return {
        "model": {"content_hash": HASH, "draws": POSTERIOR} | model,
        "stance": "evidence",
        "seed": 1,
        "claims": [
            {"id": name, "failure": None, "checks": checks} for name, checks in claims.items()
        ],
    }


CLAIMS = {
    "D01": [check(-5.0, [-10, 0], "shown")],
    "D02": [check(-5.0, [-10, 0], "shown"), check(0.6964, [0.7, 1], "not shown", 0.4, unit="1")],
    "D03": [check(-5.0, [-10, 0], "shown")],
    "D04": [check(3.0, [2, None], "partly", 0.5, "deaths", "points")],
    "D05": [check(0.5, [0, 1], "not shown", control=0.25, unit="1")],
    "D06": [check(None, [0, 1], "not shown", 0.0)],
    "D07": [check(-12.0, [-10, 0], "not shown")],
}
PAGE = """
| | | range | here | |
| --- | --- | --- | --- | --- |
| D01 | Itch | -10 to 0 | -5.0 % | shown |
| D02 | Itch | -10 to 0 | -5.0 % | shown |
|  | Itch | 0.7 to 1 | 0.81 | shown |
| D03 | Itch | -10 to 0 | -11.0 % | partly |
| D04 | Deaths | 2 to inf | 3.0 points | shown |
| D05 | Itch | 0 to 1 | 0.50 | shown |
| D06 | Itch | 0 to 1 | — | shown |
| D07 | Itch | -10 to 0 | -11.0 % | not shown |<!-- end of numbers -->

| of others | 5 to 7 | 3 to 4 | 2 | D08 shown |
"""


@pytest.fixture
def kept(tmp_path):
    """A record and a page."""
    record, page = tmp_path / "record.tsv", tmp_path / "page.md"
    record.write_text(drug_trials.record_of(document(CLAIMS)), encoding="utf-8")
    page.write_text(PAGE, encoding="utf-8")
    return record, page


def test_closed_form_what_is_kept_is_what_was_found(kept):
    made_of, found = drug_trials.in_worlds(kept[0])
    assert made_of == HASH
    assert {name: len(checks) for name, checks in found.items()} == {
        name: len(checks) for name, checks in CLAIMS.items()
    }
    second = found["D02"][1]
    assert [second[key] for key in ("from", "to", "observed", "high", "share")] == [
        0.7, 1.0, 0.6964, 1.25, 0.4,
    ]  # fmt: skip
    assert second["low"] != second["low"]  # none
    assert (second["says"], second["verdict"], second["unit"]) == ("itch", "not shown", "1")


def test_closed_form_the_table_of_the_page_is_read_check_by_check(kept):
    found = drug_trials.at_the_centre(kept[1])
    assert list(found) == list(CLAIMS)
    assert found["D02"] == [("-5.0%", "shown"), ("0.81", "shown")]
    assert found["D07"] == [("-11.0%", "not shown")]


def test_closed_form_the_sentences_tell_what_one_side_alone_misses_and_by_how_much(kept):
    text = drug_trials.compared(*kept)
    assert text == (
        f"There 2 of 7 are shown (model `{HASH}`). Shown there and missed with the centres: D03. "
        "Missed there and shown with the centres: D02 (itch: 0.696, 0.7 to 1 asked); "
        "D04 (deaths: 3.0 points, 2 to any asked, the expected way in 50% of worlds); "
        "D05 (itch: 0.50, 0 to 1 asked, its control 0.25) and "
        f"D06 (itch: no value, 0 to 1 asked). {drug_trials.CHANGED}"
    )


def test_closed_form_nothing_that_differs_is_told_as_none(kept, monkeypatch):
    record, page = kept
    alike = {"D01": CLAIMS["D01"], "D07": CLAIMS["D07"]}
    record.write_text(drug_trials.record_of(document(alike)), encoding="utf-8")
    lines = [line for line in PAGE.splitlines() if line.startswith(("| D01", "| D07"))]
    page.write_text("\n".join(lines), encoding="utf-8")

    class Now:
        content_hash = HASH

    monkeypatch.setattr(drug_trials, "biology_of_worlds", Now)
    text = drug_trials.compared(record, page)
    assert text.startswith("There 1 of 2 are shown")
    assert text.endswith(
        "missed with the centres: none. Missed there and shown with the centres: none."
    )


@pytest.mark.parametrize(
    "wrong",
    [
        document(CLAIMS, draws="1"),
        document(CLAIMS) | {"stance": "article"},
        document(CLAIMS) | {"seed": 2},
        document(CLAIMS) | {"claims": [{"id": "D01", "failure": "too stiff", "checks": []}]},
    ],
)
def test_refused_a_run_of_other_worlds_or_one_that_is_not_whole(wrong):
    with pytest.raises(SystemExit, match="not a whole run"):
        drug_trials.record_of(wrong)


def test_reference_what_is_kept_has_every_check_of_every_trial():
    _, found = drug_trials.in_worlds()
    statements = read_experiments(shipped("drugs"), load_model())
    asked = {name: len(one.experiment.everything) for name, one in statements.items()}
    assert {name: len(checks) for name, checks in found.items()} == asked


@pytest.mark.slow
def test_reference_some_of_what_is_kept_is_computed_again():
    made_of, found = drug_trials.in_worlds()
    model = load_model(biology_of_worlds())
    if made_of != model.content_hash:
        pytest.skip("what is kept is of another model, as the page says")
    statements = read_experiments(shipped("drugs"), model)
    setting = setting_of(statements, model, drug_trials.STANCE, drug_trials.SEED)
    some = {name: statements[name] for name in ("D15", "D36", "D42")}
    document = json.loads(
        to_json(judge(some, setting), model, drug_trials.STANCE, drug_trials.SEED)
    )
    for one in document["claims"]:
        again = [check["observed"] for check in one["checks"]]
        kept = [check["observed"] for check in found[one["id"]]]
        assert again == pytest.approx(kept, rel=1e-3)
