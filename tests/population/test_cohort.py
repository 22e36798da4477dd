"""A cohort beside its targets: statistics by closed form, names, and what a user is refused."""

import json

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.rows import Row
from gutskin.population import cohort as room
from gutskin.population.cohort import cohort_of, named_population
from gutskin.population.targets import COHORTS, Result, targets_of, value_of
from gutskin.report.cohort import cohort_picture, headline

MODEL = load_model()
RNG = np.random.default_rng(3)
SCORAD = RNG.uniform(5, 60, 400)
SEEN = {
    ("ad_child", None): {
        "scorad": SCORAD, "serum_ige": np.exp(RNG.normal(5, 1, 400)),
        "serum_tarc": np.exp(0.1 * SCORAD),
    }
}  # fmt: skip


def row(name: str) -> Row:
    return MODEL.biology.table(COHORTS, ("id",))[name]


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
            named_population(name, shipped_biology())
    else:
        assert named_population(name, shipped_biology()) == "ad_child"


def test_every_population_with_targets_is_told_with_its_evidence() -> None:
    for name in ("ad_child", "ad_adult", "healthy_adult", "healthy_child", "healthy_infant"):
        assert targets_of(MODEL, name), name
    with pytest.raises(InputError, match="speaks of ad_adolescent"):
        cohort_of(MODEL, "ad_adolescent")


def test_misses_come_first_and_all_of_it_is_in_the_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def evaluated(model: object, patients: int, seed: int, rows: list[Row]) -> list[Result]:
        low, high = ((one.number("low"), one.number("high")) for one in rows[:2])
        return [
            Result(rows[0].id, "in", low[0], *low, "1", met=True),
            Result(rows[1].id, "out", high[1] * 9, *high, "1", met=False),
        ]

    monkeypatch.setattr(room, "evaluate_targets", evaluated)
    found = cohort_of(MODEL, "healthy_adult", 64, 2)
    assert [one.met for one in found.results] == [False, True]
    told = json.loads(json.dumps(found.to_json()))
    assert (told["met"], told["of"], told["patients"], told["seed"]) == (1, 2, 64, 2)
    assert set(told["targets"][0]) >= {"id", "value", "low", "high", "met", "evidence"}
    assert "1 of 2 targets met by 64 patients" in headline(found)
    picture = cohort_picture(found)
    assert "upper end" in picture
    assert "out" in picture
