"""Severity on one scale: closed forms, where bands stand to the model, what cannot be placed."""

from typing import Any

import numpy as np
import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.overlay import biology_of
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.severity import severity_of, some_are_ill
from gutskin.trials.severity_bands import SCORES, as_scorad

BIOLOGY = shipped_biology()
NO_SCORE = dict.fromkeys(("scorad", "easi", "iga", "objective_scorad", "itch"))


def of(population: Any, **asked: Any) -> TrialDesign:
    """Such people in some trial, chosen by these scores alone."""
    trial = load_trial("sakei-children")
    eligibility = trial.eligibility.model_copy(update={**NO_SCORE, **asked})
    return trial.model_copy(update={"population": population, "eligibility": eligibility})


@pytest.mark.parametrize(
    ("score", "own", "scorad"),
    [
        ("scorad", (25.0, 50.0), (25.0, 50.0)),
        ("easi", (6.0, 23.0), (29.0, 49.0)),  # moderate by both
        ("easi", (0.0, 72.0), (0.0, 103.0)),
        ("easi", (0.1, 14.5), (10.0, 39.0)),  # halfway through moderate
        ("objective_scorad", (24.0, 38.0), (29.0, 49.0)),
        ("objective_scorad", (8.0, 83.0), (10.0, 103.0)),
        ("easi", (23.0, np.inf), (49.0, 103.0)),
    ],
)
def test_closed_form_ends_of_bands_stand_for_each_other(score, own, scorad) -> None:
    assert as_scorad(score, own, BIOLOGY) == pytest.approx(scorad)


@pytest.mark.parametrize("score", SCORES)
def test_property_who_is_more_ill_by_one_score_is_so_by_the_other(score) -> None:
    points = np.linspace(0.0, 72.0, 100)
    read = [as_scorad(score, (one, one), BIOLOGY)[0] for one in points]
    assert np.all(np.diff(read) > 0)


def test_reference_bands_read_people_nearly_as_the_skin_was_fitted_to_them() -> None:
    """Means of EASI and of SCORAD of the same people, `skin_aims.tsv`."""
    rows = BIOLOGY.table("skin_aims.tsv")
    for group in ("adult", "child"):
        easi, scorad = (rows[f"{score}_{group}"].number("value") for score in ("easi", "scorad"))
        assert as_scorad("easi", (easi, easi), BIOLOGY)[0] == pytest.approx(scorad, abs=5.0)


@pytest.mark.parametrize(
    ("asked", "told", "scorad"),
    [
        ({"scorad": (25.0, 50.0)}, "25 to 50 SCORAD", (25.0, 50.0)),
        ({"easi": (6.0, 23.0)}, "6 to 23 EASI, about 29 to 49 SCORAD", (29.0, 49.0)),
        ({"iga": (0, 0)}, "IGA 0, about 0 to 10 SCORAD", (0.0, 10.0)),
        ({"iga": (4, 4)}, "IGA 4, about 47 to 103 SCORAD", (46.647, 103.0)),  # EASI from 21
        (
            {"iga": (3, 4), "easi": (23.0, 72.0)},
            "23 to 72 EASI and IGA 3 to 4, about 49 to 103 SCORAD", (49.0, 103.0),
        ),
        (
            {"scorad": (40.0, 103.0), "easi": (6.0, 23.0)},
            "40 to 103 SCORAD and 6 to 23 EASI, about 40 to 49 SCORAD", (40.0, 49.0),
        ),
        ({"scorad": (25.0, 50.0), "itch": (4.0, 10.0)}, "25 to 50 SCORAD", (25.0, 50.0)),
        (  # both at one point: somebody there meets them
            {"scorad": (10.0, 29.0), "easi": (6.0, 23.0)},
            "10 to 29 SCORAD and 6 to 23 EASI, about 29 SCORAD", (29.0, 29.0),
        ),
    ],
)  # fmt: skip
def test_closed_form_scores_are_told_as_they_are_asked_and_read_as_scorad(
    asked, told, scorad
) -> None:
    found = severity_of(of("ad_adult", **asked), BIOLOGY)
    assert found.asked == told
    assert found.scorad == pytest.approx(scorad, abs=1e-3)
    assert not found.missing


@pytest.mark.parametrize(
    ("population", "scorad"),
    [
        ("ad_child", (15.0, 23.0)),  # levels.tsv
        ("ad_infant", (10.6, 27.5)),  # cohorts.tsv
        ("ad_adult", (29.7, 48.0)),  # both
        ("ad_older", (29.7, 48.0)),  # as adults
        (("ad_child", "ad_adult"), (15.0, 48.0)),
        (("healthy_child", "ad_child"), (15.0, 23.0)),  # of those who are ill
    ],
)
def test_reference_who_is_chosen_by_no_score_is_as_ill_as_his_population(
    population, scorad
) -> None:
    found = severity_of(of(population), BIOLOGY)
    assert found.scorad == scorad
    assert found.asked == f"usually {scorad[0]:g} to {scorad[1]:g} SCORAD"


@pytest.mark.parametrize(
    "asked",
    [
        {"scorad": (0.0, 103.0)}, {"easi": (0.0, 72.0)}, {"iga": (0, 4)}, {"itch": (0.0, 10.0)},
        {"objective_scorad": (0.0, 83.0)},
        {"iga": (0, 4), "easi": (0.0, 72.0), "itch": (0.0, 10.0)},
    ],
)  # fmt: skip
def test_edge_a_score_that_leaves_nobody_out_is_as_good_as_none(asked) -> None:
    """The same children stood at 0 to 103 SCORAD, of which trials of ill ones have no half."""
    assert severity_of(of("ad_child", **asked), BIOLOGY) == severity_of(of("ad_child"), BIOLOGY)


@pytest.mark.parametrize(
    ("asked", "scorad"),
    [
        ({"scorad": (1.0, 103.0)}, (1.0, 103.0)), ({"scorad": (0.0, 102.0)}, (0.0, 102.0)),
        ({"scorad": (0.0, 103.0), "easi": (6.0, 23.0)}, (29.0, 49.0)),
        ({"itch": (1.0, 10.0)}, None), ({"scorad": (0.0, 103.0), "itch": (0.0, 9.0)}, None),
    ],
)  # fmt: skip
def test_edge_one_that_leaves_somebody_out_counts(asked, scorad) -> None:
    found = severity_of(of("ad_child", **asked), BIOLOGY).scorad
    assert found == (scorad if scorad is None else pytest.approx(scorad))


@pytest.mark.parametrize(
    ("cells", "high"),
    [({}, 60.0), ({"given": "scorad>=15"}, 23.0), ({"at_day": "730"}, 23.0),
     ({"versus": "healthy_child:scorad"}, 23.0), ({"statistic": "share_above:50"}, 23.0),
     ({"quantity": "easi"}, 23.0)],
)  # fmt: skip
def test_only_rows_of_a_whole_population_say_how_ill_it_usually_is(tmp_path, cells, high) -> None:
    (tmp_path / "targets").mkdir()
    row = {"id": "mine", "label": "Mine", "population": "ad_child", "given": "",
           "quantity": "scorad", "statistic": "median", "versus": "", "operation": "",
           "at_day": "", "low": "20", "high": "60", "unit": "points",
           "evidence": "RV0441"}  # fmt: skip
    lines = ("\t".join(row), "\t".join((row | cells).values()))
    (tmp_path / "targets" / "cohorts.tsv").write_text("\n".join(lines) + "\n")
    assert severity_of(of("ad_child"), biology_of(tmp_path)).scorad == (15.0, high)


def test_what_no_table_tells_cannot_be_placed() -> None:
    some = severity_of(of(("ad_child", "ad_adolescent")), BIOLOGY)
    assert some.scorad is None
    assert some.missing == "how ill adolescents with atopic dermatitis usually are"
    assert some.asked == (
        "children with atopic dermatitis and adolescents with atopic dermatitis, chosen by no score"
    )
    itch = severity_of(of("ad_adult", itch=(4.0, 10.0)), BIOLOGY)
    assert (itch.asked, itch.scorad) == ("itch of 4 to 10 and no score of the skin", None)
    assert itch.missing == "which SCORAD goes with an itch"
    nobody = severity_of(of("ad_adult", scorad=(10.0, 28.0), easi=(23.0, 72.0)), BIOLOGY)
    assert (nobody.asked, nobody.scorad) == ("10 to 28 SCORAD and 23 to 72 EASI", None)
    assert nobody.missing == "who meets all of that (by bands of severity nobody does)"


def test_edge_healthy_people_of_a_trial_are_not_asked_how_ill_they_usually_are() -> None:
    """It was for want of that that such a trial could not be placed."""
    some = severity_of(of(("healthy_child", "ad_adolescent")), BIOLOGY)
    assert some.missing == "how ill adolescents with atopic dermatitis usually are"
    assert some.asked == "adolescents with atopic dermatitis, chosen by no score"


def test_who_is_well_has_no_eczema() -> None:
    assert not some_are_ill(of("healthy_child"), BIOLOGY)
    assert some_are_ill(of(("healthy_child", "ad_child")), BIOLOGY)
    assert some_are_ill(of("newborn"), BIOLOGY)
