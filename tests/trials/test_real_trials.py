"""Real trials whose numbers were seen: each once, by its own file or by the rows of targets."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.rows import Row
from gutskin.trials import real_trials as module
from gutskin.trials.applicability import kinds_of_treatment
from gutskin.trials.design import load_trial
from gutskin.trials.published_parts import Published
from gutskin.trials.real_trials import _own_file, real_trials

BIOLOGY = shipped_biology()
SEEN = {one.name: one for one in real_trials(BIOLOGY)}


def test_arms_that_stand_in_the_targets_alone_are_evidence_too() -> None:
    one = SEEN["advocate1"]
    assert {arm.name for arm in one.design.active} == {"lebrikizumab"}
    assert one.design.control is not None
    assert {"easi75", "itch4"} <= one.endpoints


def test_a_trial_of_its_own_file_is_not_counted_again_for_its_rows_of_the_targets() -> None:
    """COAST 1 alone made two trials of amlitelimab, and so an inside."""
    assert len(SEEN) == len(real_trials(BIOLOGY))
    assert not {"solo1", "solo2", "horizon", "jade2"} & {*SEEN}
    assert {"solo1-adults", "solo2-adults", "rocket-horizon-adults", "jade-mono2"} <= {*SEEN}
    drugs = [
        one.name for one in SEEN.values() if "treats amlitelimab" in kinds_of_treatment(one.design)
    ]
    assert drugs == ["coast1"]
    assert SEEN["coast1"].design.name == "coast1"


def test_the_file_of_a_trial_begins_with_the_words_of_its_evidence() -> None:
    table = BIOLOGY.table("targets/arms.tsv")
    facts = BIOLOGY.table("evidence/other_interventions.tsv")
    rows = [table["jade2_200_easi75"]]
    assert _own_file(rows, ("jade-mono1", "jade-mono2"), facts) == "jade-mono2"
    assert _own_file(rows, ("jade", "mono2-jade", "jade-mono22"), facts) == ""
    assert _own_file(rows, ("jade-mono2",), {}) == ""


VALUES = {"values": ({"endpoint": "easi75", "arm": "placebo", "week": 16.0, "mean": 0.1},)}
DIFFERENCES = {"differences": ({"endpoint": "itch4", "risk_ratio": 2.0},)}
SOME = load_trial("drugs-adults")


def design(**published):
    """A trial of some drugs, with these numbers in its file."""
    return SOME.model_copy(update={"published": Published.model_validate(published)})


def among(monkeypatch, designs, rows=(), facts=()):
    """The real trials of these files, of these rows (id, trial, arm, endpoint, evidence), facts."""
    columns = ("id", "trial", "arm", "endpoint", "evidence")
    tables = {
        module.ARMS: [dict(zip(columns, row, strict=True)) for row in rows],
        module.FACTS: [{"id": name, "item_id": item} for name, item in facts],
    }
    biology = SimpleNamespace(
        table=lambda name, *_: {one["id"]: Row(one, Path(name), 1) for one in tables[name]}
    )
    monkeypatch.setattr(module, "every_trial", lambda _: designs)
    return real_trials.__wrapped__(biology)


@pytest.mark.parametrize(
    ("published", "endpoints"),
    [
        (VALUES | {"seen_in": "table"}, {"easi75"}),
        (DIFFERENCES | {"seen_in": "abstract"}, {"itch4"}),
        (VALUES | DIFFERENCES | {"seen_in": "full text"}, {"easi75", "itch4"}),
        (VALUES | {"seen_in": "unverified"}, None),
        (VALUES, None),
        ({"seen_in": "table"}, None),
    ],
)
def test_unit_a_file_counts_whose_numbers_are_there_and_were_seen(
    monkeypatch, published, endpoints
):
    found = among(monkeypatch, {"one": design(**published)})
    assert [one.endpoints for one in found] == ([] if endpoints is None else [endpoints])


def test_unit_rows_are_of_the_trial_whose_name_they_begin_with(monkeypatch):
    rows = [
        ("a_1", "some", "dupilumab", "easi75", "F1"),
        ("a_2", "some", "dupilumab", "itch4", "F1"),
        ("b_1", "some", "lebrikizumab", "easi75", ""),
        ("c_1", "some", "dupilumab", "tarc", "F2; F1"),
    ]
    files = {"some": design(), "c-adults": design(**VALUES, seen_in="table")}
    own, *others = among(monkeypatch, files, rows, [("F1", "A"), ("F2", "C")])
    assert (own.name, own.endpoints) == ("c-adults", {"easi75", "tarc"})
    assert own.design is files["c-adults"]
    told = [(one.name, [arm.name for arm in one.design.arms], one.endpoints) for one in others]
    assert told == [
        ("a", ["dupilumab", "placebo"], {"easi75", "itch4"}),
        ("b", ["lebrikizumab", "placebo"], {"easi75"}),
    ]


def test_unit_a_trial_that_two_designs_stand_for_is_one(monkeypatch):
    """Adults and adolescents of it made two trials, and so an inside."""
    rows = [
        ("a_1", "some", "dupilumab", "easi75", ""),
        ("a_2", "other", "lebrikizumab", "itch4", ""),
    ]
    (one,) = among(monkeypatch, {"some": design(), "other": design()}, rows)
    assert (one.name, one.endpoints) == ("a", {"easi75", "itch4"})
    assert [arm.name for arm in one.design.arms] == ["dupilumab", "placebo"]


@pytest.mark.parametrize("item", ["", "\u2014"])
def test_edge_evidence_without_a_word_is_of_no_file(monkeypatch, item):
    """It was that of the first trial of all."""
    rows = [("a_1", "some", "dupilumab", "tarc", "F1")]
    files = {"some": design(**VALUES, seen_in="table")}
    found = among(monkeypatch, files, rows, [("F1", item)])
    assert [(one.name, one.endpoints) for one in found] == [("some", {"easi75"}), ("a", {"tarc"})]
