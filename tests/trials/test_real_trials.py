"""Real trials whose numbers were seen: each once, by its own file or by the rows of targets."""

from gutskin.model.biology import shipped_biology
from gutskin.model.overlay import biology_of
from gutskin.trials.applicability import kinds_of_treatment
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


def test_endpoints_of_both_are_those_of_the_trial(tmp_path) -> None:
    assert "tarc" not in SEEN["solo1-adults"].endpoints
    (tmp_path / "targets").mkdir()
    row = {"id": "first_tarc", "trial": "drugs-adults", "arm": "dupilumab", "endpoint": "tarc",
           "evidence": "OI0011"}  # fmt: skip
    lines = ("\t".join(row), "\t".join(row.values()))
    (tmp_path / "targets" / "arms.tsv").write_text("\n".join(lines) + "\n")
    more = {one.name: one for one in real_trials(biology_of(tmp_path))}
    assert more.keys() == SEEN.keys()
    assert more["solo1-adults"].endpoints == SEEN["solo1-adults"].endpoints | {"tarc"}


def test_the_file_of_a_trial_begins_with_the_words_of_its_evidence() -> None:
    table = BIOLOGY.table("targets/arms.tsv")
    facts = BIOLOGY.table("evidence/other_interventions.tsv")
    rows = [table["jade2_200_easi75"]]
    assert _own_file(rows, ("jade-mono1", "jade-mono2"), facts) == "jade-mono2"
    assert _own_file(rows, ("jade", "mono2-jade", "jade-mono22"), facts) == ""
    assert _own_file(rows, ("jade-mono2",), {}) == ""
