"""Targets of the calibration: what is read, and that nothing unseen is fitted."""

from collections import Counter
from pathlib import Path

import pytest

from gutskin.calibration import targets as room
from gutskin.calibration.targets import (
    DEFINITION,
    FIT,
    problems_of_targets,
    read_calibration_targets,
    targets_hash,
)
from gutskin.errors import InputError
from gutskin.model.biology import Biology, Overlay, biology_folder, shipped_biology
from gutskin.model.evidence import NEVER_CALIBRATED, load_evidence
from gutskin.trials.design import TrialDesign, load_trial

TARGETS = read_calibration_targets(shipped_biology())


def with_row(table: str, **cells: str) -> Biology:
    """The shipped biology with one row of a table of targets, on top."""
    text = "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"
    return Biology(biology_folder(), Overlay(Path("own"), ((table, text),)))


def drug_arm(**cells: str) -> dict[str, str]:
    row = next(one for one in TARGETS if one.id == "solo1_easi75").row
    return {**row.cells, **cells}


def test_every_table_gives_targets_and_every_target_a_source() -> None:
    counts = Counter(one.table for one in TARGETS if one.use == FIT)
    assert counts["levels"] >= 15
    assert counts["arms"] >= 30
    assert counts["published"] >= 15
    assert all(one.source for one in TARGETS)
    assert len({one.id for one in TARGETS}) == len(TARGETS)


def test_what_is_no_finding_is_who_the_people_of_a_population_are() -> None:
    defined = [one for one in TARGETS if one.error_kind == DEFINITION]
    assert [one.id for one in defined] == ["scorad_child", "scorad_adult"]
    assert {(one.source, one.evidence, one.table) for one in defined} == {
        ("definition", (), "levels")
    }


def test_nothing_is_fitted_that_was_not_seen() -> None:
    evidence = load_evidence()
    for one in TARGETS:
        if one.use == FIT and one.error_kind != DEFINITION:
            assert one.seen_in not in ("", *NEVER_CALIBRATED), one.id
            assert all(evidence[name].calibratable for name in one.evidence), one.id


@pytest.mark.parametrize("name", ["OI0013", "TT0080", "RV0057", ""])
def test_an_unseen_or_withheld_row_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="not seen"):
        read_calibration_targets(with_row("targets/arms.tsv", **drug_arm(evidence=name)))


def test_the_check_of_the_model_names_a_target_that_was_not_seen() -> None:
    """`gutskin model check` called such a table sound; most of an hour later it was refused."""
    assert room.problems_of_targets(shipped_biology()) == ()
    biology = with_row("targets/arms.tsv", **drug_arm(evidence="TT0080"))
    (problem,) = room.problems_of_targets(biology)
    assert "not seen" in str(problem)


def test_a_trial_that_nobody_saw_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unseen(name: str, biology: Biology) -> TrialDesign:
        design = load_trial(name, biology)
        if name != "sakei-children":
            return design
        told = design.published.model_copy(update={"seen_in": "unverified"})
        return design.model_copy(update={"published": told})

    monkeypatch.setattr(room, "load_trial", unseen)
    with pytest.raises(InputError, match="sakei-children: fitted to what was not seen"):
        read_calibration_targets(shipped_biology())


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"error": ""}, "with error ''"),
        ({"error": "0"}, "with error '0'"),
        ({"use": "fitt"}, "use is 'fitt'"),
        ({"class": "dog"}, "class is 'dog'"),
        ({"error_kind": "guess"}, "error_kind is 'guess'"),
        ({"error_kind": "range", "low": "3", "high": "2"}, "a range from '3' to '2'"),
        ({"evidence": "OI9999"}, "no evidence 'OI9999'"),
    ],
)
def test_a_row_that_cannot_be_is_named(cells: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_calibration_targets(with_row("targets/arms.tsv", **drug_arm(**cells)))


def test_pools_that_hold_a_fitted_trial_are_no_targets() -> None:
    """Meta-analyses (MA) hold the trials that are fitted themselves."""
    assert not [name for one in TARGETS for name in one.evidence if name.startswith("MA")]


def test_a_range_has_no_value_and_a_ratio_is_compared_on_the_logarithm() -> None:
    ranges = [one for one in TARGETS if one.is_range]
    assert ranges
    assert all(one.error is None and one.low < one.high for one in ranges)
    ratio = next(one for one in TARGETS if one.id == "rhamnosus-lactis-children:difference")
    assert ratio.on_log
    assert ratio.middle == pytest.approx(-0.2231, abs=1e-3)


def test_classes_have_a_middle_inside_their_range() -> None:
    classes = room.read_classes(shipped_biology())
    assert classes["human"].middle < classes["other age"].middle < classes["mouse"].middle
    assert all(one.log_sd > 0 for one in classes.values())


def test_property_the_hash_of_targets_is_moved_by_what_worlds_answer_to_and_by_no_word() -> None:
    shipped = targets_hash(shipped_biology())
    assert shipped == targets_hash(shipped_biology())
    told = drug_arm(label="Another word", note="another note")
    assert targets_hash(with_row("targets/arms.tsv", **told)) == shipped
    for column, cell in (
        ("value", "0.3"),
        ("error", "0.2"),
        ("class", "mouse"),
        ("use", "validation"),
    ):
        asked = drug_arm(**{column: cell})
        assert targets_hash(with_row("targets/arms.tsv", **asked)) != shipped, column


def test_worlds_that_were_made_of_other_targets_are_no_sound_model() -> None:
    """The shipped ones are of the shipped targets; a value that changed unseen is told."""
    assert problems_of_targets(shipped_biology()) == ()
    (problem,) = problems_of_targets(with_row("targets/arms.tsv", **drug_arm(value="0.3")))
    assert "other targets" in problem.message
    assert "make calibrate" in problem.remedy
