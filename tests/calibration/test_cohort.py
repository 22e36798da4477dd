"""A cohort beside its targets: closed forms, what a user is refused, what is told and drawn."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gutskin.calibration import cohort as room
from gutskin.calibration.cohort import Cohort, Effective, check_cohort, cohort_of, rows_of
from gutskin.calibration.cohort_births import birth_results, births_of
from gutskin.calibration.cohort_patients import CohortPatients, follow_cohort, without_group
from gutskin.calibration.cohort_result import InWorlds, TargetResult, in_worlds
from gutskin.calibration.sampling_error import Readings
from gutskin.errors import InputError
from gutskin.model.biology import CENTRE, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.rows import Row
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.population.draw import draw_worlds
from gutskin.population.populations import named_population
from gutskin.population.targets import COHORTS, value_of
from gutskin.report.cohort import headline, target_words, write_cohort_figure

BIOLOGY = shipped_biology()
MODEL = load_model(biology_of_worlds())
RNG = np.random.default_rng(3)
SCORAD = RNG.uniform(5, 60, 400)
SEEN = {
    ("ad_child", None): {
        "scorad": SCORAD, "serum_ige": np.exp(RNG.normal(5, 1, 400)),
        "serum_tarc": np.exp(0.1 * SCORAD),
    }
}  # fmt: skip


def row(name: str) -> Row:
    return BIOLOGY.table(COHORTS, ("id",))[name]


def a_result(name: str, value: float, **cells: object) -> TargetResult:
    drawn = InWorlds(value, (value - 0.1, value + 0.1), met=0 <= value <= 1, met_in=0.5)
    usual = {
        "id": name, "label": name, "unit": "1", "low": 0.0, "high": 1.0, "drawn": drawn,
        "error": 0.05, "between_patients": (-1.0, 2.0), "matched": None,
        "evidence": ("RV0379",), "note": "seen",
    }  # fmt: skip
    return TargetResult(**(usual | cells))


def test_closed_form_geometric_mean_of_whom_the_filter_leaves() -> None:
    kept = SEEN["ad_child", None]["serum_ige"][SCORAD >= 15]
    wanted = float(np.exp(np.log(kept).mean()))
    assert value_of(row("ige_child"), MODEL, SEEN) == pytest.approx(wanted)


def test_a_rank_correlation_is_that_of_ranks() -> None:
    assert value_of(row("tarc_scorad_child"), MODEL, SEEN) == pytest.approx(1.0)  # convex, rising
    assert abs(value_of(row("ige_scorad_child"), MODEL, SEEN)) < 0.12


@pytest.mark.parametrize("name", ["ad_child", "children-ad", "child-with-eczema", "Ad Children"])
def test_a_population_is_found_by_its_words(name: str) -> None:
    if "with" in name:
        with pytest.raises(InputError, match="no population"):
            named_population(name, BIOLOGY)
    else:
        assert named_population(name, BIOLOGY) == "ad_child"


def test_every_population_is_held_beside_something_that_was_seen() -> None:
    from gutskin.population.populations import load_populations

    for name in load_populations(BIOLOGY):
        assert check_cohort(name, BIOLOGY).name == name
    assert {one.id for one in births_of("newborn_high_risk", BIOLOGY)} >= {"risk_eczema_24"}


def test_rows_that_nobody_saw_are_refused(tmp_path: Path) -> None:
    """RV0522 is marked unverified, RV9999 stands nowhere."""
    header = (BIOLOGY.folder / COHORTS).read_text().partition("\n")[0]
    cells = row("age_child").cells | {"id": "mine", "evidence": "RV0522;RV9999;RV0379"}
    (tmp_path / "targets").mkdir()
    line = "\t".join(cells[name] for name in header.split("\t"))
    (tmp_path / COHORTS).write_text(f"{header}\n{line}\n")
    own = biology_of_worlds(tmp_path, "prior")
    with pytest.raises(InputError) as refused:
        rows_of("ad_child", own)
    said = str(refused.value)
    assert "RV0522 was not seen" in said
    assert "RV9999 was not seen" in said
    assert "RV0379" not in said


def test_who_is_followed_from_birth_is_not_matched() -> None:
    with pytest.raises(InputError, match="followed from birth: only patients at rest"):
        check_cohort("healthy_infant", BIOLOGY, match=True)


def test_closed_form_a_target_in_worlds() -> None:
    found = in_worlds(np.arange(1.0, 40.0), 15.0, 30.0)
    assert (found.value, found.interval, found.met) == (20.0, (1.0, 39.0), True)
    assert found.met_in == pytest.approx(16 / 39)
    assert in_worlds(np.arange(1.0, 39.0), 15.0, 30.0).interval is None  # too few worlds
    nothing = in_worlds(np.array([np.nan]), 0.0, 1.0)
    assert (nothing.met, nothing.met_in) == (False, 0.0)
    assert nothing.to_json()["value"] is None


def test_closed_form_log_odds_of_a_cohort_from_birth_are_told_as_shares() -> None:
    targets = births_of("newborn_high_risk", BIOLOGY)
    odds = np.zeros((len(targets), 40))
    noise = np.full_like(odds, 0.04)  # 100 newborns, half of them ill
    found = birth_results(targets, Readings(odds, noise, odds, np.zeros(40)))
    one = next(each for each in found if each.id == "risk_eczema_12")
    assert one.drawn.value == 0.5
    assert one.error == pytest.approx(0.05)
    assert (one.low, one.high) == pytest.approx((0.2135, 0.3283), abs=1e-3)  # 0.267, error 0.15
    assert not one.drawn.met
    assert "log odds" not in one.label


def test_closed_form_ranges_and_odds_ratios_of_a_cohort_from_birth() -> None:
    first = births_of("newborn_high_risk", BIOLOGY)[0]
    bounded = replace(first, value=None, error=None, low=np.log(1 / 3), high=np.log(3.0))
    cells = first.row.cells | {"given": "eczema"}
    compared = replace(
        first, value=np.log(6.2), error=0.25, label="Food (log odds ratio)",
        row=Row(cells, first.row.file, first.row.line),
    )  # fmt: skip
    odds = np.array([[0.0], [np.log(6.0)]])
    one, two = birth_results([bounded, compared], Readings(odds, 0.01 + 0 * odds, odds, odds[0]))
    assert (one.low, one.high) == pytest.approx((0.25, 0.75))
    assert one.drawn.met
    assert two.label == "Food (odds ratio)"
    assert (two.drawn.value, two.error) == pytest.approx((6.0, 0.6))
    assert (two.low, two.high) == pytest.approx((3.798, 10.12), abs=0.01)


def test_unit_a_group_of_patients_is_left_out_of_every_moment() -> None:
    world = {("a", None): {"x": np.arange(10.0)}, ("b", 3.0): {"x": np.arange(4.0)}}
    left = without_group(world, 1, 4)
    assert left["a", None]["x"].tolist() == [0, 2, 3, 4, 6, 7, 8]
    assert left["b", 3.0]["x"].tolist() == [0, 2, 3]


def cohort_with(values: list[np.ndarray], monkeypatch: pytest.MonkeyPatch, **more: bool) -> Cohort:
    """Children whose SCORAD each world shows as given, of one target."""
    seen = tuple({("ad_child", None): {"scorad": one}} for one in values)
    monkeypatch.setattr(room, "rows_of", lambda name, biology: [row("severe_child")])
    monkeypatch.setattr(
        room, "follow_cohort", lambda *given: CohortPatients(len(values[0]), seen, ())
    )
    return cohort_of(MODEL, "ad_child", None, len(values), 1, **more)


def test_property_worlds_and_patients_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worlds that are alike have no spread, however much patients differ; and the other way."""
    people = RNG.uniform(0, 100, 128)
    one = cohort_with([people] * 40, monkeypatch).results[0]
    assert one.drawn.interval == (one.drawn.value, one.drawn.value)
    share = float((people > 50).mean())
    assert one.drawn.value == share
    usual = np.sqrt(share * (1 - share) / 128)
    assert 0.3 * usual < one.error < 2.5 * usual
    alike = [np.full(128, 40.0 + world) for world in range(40)]
    two = cohort_with(alike, monkeypatch).results[0]
    assert two.error == 0.0
    assert two.drawn.interval == pytest.approx((0.0, 1.0))
    assert two.drawn.met_in == pytest.approx(11 / 40)  # SCORAD 40 to 50 in the first eleven


def test_property_weights_leave_worlds_as_many_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world whose patients must be weighed hard counts as one that needs no weights."""
    mild, severe = RNG.uniform(0, 49, 200), RNG.uniform(0, 100, 200)
    found = cohort_with([mild] * 19 + [severe] * 21, monkeypatch, match=True)
    one = found.results[0]
    assert one.drawn.met_in == pytest.approx(19 / 40)
    assert one.matched is not None
    assert one.matched.met_in == 1.0
    assert one.matched.value == pytest.approx(0.1425, abs=1e-3)  # that of the 21
    assert found.effective is not None
    assert found.effective.least == pytest.approx(found.effective.value)
    assert 0.3 <= found.effective.value < 0.8
    assert (found.met, found.met_when_matched) == (0, 1)


def test_reference_the_worlds_are_those_of_a_trial_and_people_the_same() -> None:
    """Two worlds alone come to what they come to among four; another seed has other worlds."""
    rows = [row("severe_child"), row("age_child")]
    worlds = draw_worlds(MODEL, np.arange(4), 1, "evidence")
    some = {name: value[:2] for name, value in worlds.items()}
    quiet = {"patients": 64, "seed": 1, "show": lambda done, total: None}
    four = follow_cohort(MODEL, "ad_child", rows, [], worlds, **quiet)
    two = follow_cohort(MODEL, "ad_child", rows, [], some, **quiet)
    names = {"scorad", "age_years"}
    assert len(four.seen) == 4
    for first, second in zip(four.seen, two.seen, strict=False):
        for name in names:
            one, other = (seen["ad_child", None][name] for seen in (first, second))
            assert one == pytest.approx(other, rel=1e-3, abs=1e-3)
    ages = [seen["ad_child", None]["age_years"] for seen in four.seen]
    assert all((ages[0] == own).all() for own in ages)
    scores = [seen["ad_child", None]["scorad"].mean() for seen in four.seen]
    assert np.ptp(scores) > 0.1


def test_the_central_world_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(biology_of_worlds(None, CENTRE))
    monkeypatch.setattr(room, "rows_of", lambda name, biology: [row("severe_child")])
    found = cohort_of(model, "ad_child", 64, 40, 1)
    assert found.worlds == 1
    assert found.results[0].drawn.interval is None
    assert found.results[0].drawn.met_in in (0.0, 1.0)


def test_misses_come_first_and_all_of_it_is_told(tmp_path: Path) -> None:
    weighed = InWorlds(0.9, (0.8, 1.0), met=True, met_in=0.9)
    results = (a_result("out", 7.0, matched=weighed), a_result("in", 0.5))
    found = Cohort("ad_child", "children", 64, 40, "posterior", 2, results, Effective(0.5, 0.4))
    told = json.loads(json.dumps(found.to_json()))
    assert (told["met"], told["of"], told["patients"], told["worlds"]) == (1, 2, 64, 40)
    assert told["matched"] == {
        "met": 2, "effective_share": 0.5, "least_effective_share": 0.4,
    }  # fmt: skip
    first = told["targets"][0]
    assert set(first) >= {"id", "value", "interval", "low", "high", "met", "met_in", "evidence"}
    assert first["matched"]["value"] == 0.9
    assert told["targets"][1]["matched"] is None
    assert headline(found) == "Children (ad_child): 1 of 2 targets met, 2 once they are matched."
    words = target_words(results[0])
    assert words.startswith("MISSED  out: 7 (worlds 6.9 to 7.1; patients -1 to 2; error 0.05)")
    assert "wanted 0 to 1, met in 50% of worlds; matched 0.9 (0.8 to 1) [RV0379]" in words
    figure = tmp_path / "cohort.svg"
    write_cohort_figure(found, figure)
    picture = figure.read_text()
    for word in ("out", "0 to 1", "upper end of the range", "Diamond: matched"):
        assert word in picture, word
