"""The summary of a search: the order of designs, ties, the soonest pilot, what is warned of."""

import types

import numpy as np
import pytest
from made_up import key

from gutskin.optimisation import search
from gutskin.optimisation.assurances import Assurances
from gutskin.optimisation.designs import Design
from gutskin.optimisation.information import LIKE, Decision, PilotWorth, options_of
from gutskin.optimisation.summary import _by_choice, _soonest, _warnings, rows_of
from gutskin.report.optimise import sentences
from gutskin.statistics.best_set import AgainstBest
from gutskin.statistics.value_of_information import Information
from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")


def found_of(values, keys):
    """A search that found these assurances."""
    values = np.asarray(values, float)
    its = Assurances(values[:, None], values, values, values[None], values,
                     np.full(len(values), 40))  # fmt: skip
    designs = [Design(one, 1.0, 10, 10, 3, 1.0, 1.0) for one in keys]
    return types.SimpleNamespace(
        designs=designs, assurances=its, worlds=40, own=0, left_out=(), nothing=frozenset(),
        against=AgainstBest(np.ones(len(values), bool), *np.zeros((2, len(values)))),
    )  # fmt: skip


ROW = {
    "endpoint": "scorad", "week": 8.0, "active": 9, "control": 9, "records": 1, "dose": 1.0,
    "run_in_weeks": 0.0, "enrichment": "all", "assurance": 0.1, "assurance_ci95": [0.0, 0.2],
}  # fmt: skip
KEYS = [key(week=week, records=records) for week in (4.0, 8.0) for records in (1, 2)]


def test_a_table_has_the_surest_design_first_and_equal_ones_as_they_come():
    rows = rows_of(found_of([0.2, 0.7, 0.7, 0.4], KEYS))
    assert [(one["week"], one["records"]) for one in rows] == [(4, 2), (8, 1), (8, 2), (4, 1)]
    assert [one["less_than_first"] for one in rows] == pytest.approx([0, 0, 0.3, 0.5])


def test_of_equal_designs_a_choice_is_told_by_the_first():
    rows = _by_choice(found_of([0.5, 0.5, 0.3, 0.6], KEYS), "week", 3)
    assert [(one["value"], one["records"]) for one in rows] == [(4.0, 1), (8.0, 2)]
    assert [one["less_than_first"] for one in rows] == pytest.approx([0.1, 0])


def decided(*pilots, chance=0.01):
    sure = Information(0.0, 0.0, 0.0)
    told = tuple(PilotWorth(name, week, Information(value, error, 0.1))
                 for name, week, value, error in pilots)  # fmt: skip
    return Decision((0,), 0, 0.1, sure, (), 0.0, told, chance)


def test_closed_form_the_soonest_pilot_is_the_earliest_within_the_errors_of_the_best():
    best, near, far = ("a", 8.0, 0.10, 0.003), ("b", 4.0, 0.091, 0.004), ("c", 2.0, 0.08, 0.004)
    assert _soonest(decided(best, near, far)) == {"endpoint": "b", "week": 4.0, "value": 0.091}
    near = ("b", 4.0, 0.0898, 0.004)  # 0.0102 below, and 1.96 errors of the difference are 0.0098
    assert _soonest(decided(best, near, far))["endpoint"] == "a"
    both = ("d", 4.0, 0.095, 0.004)
    assert _soonest(decided(best, ("b", 4.0, 0.091, 0.004), both))["endpoint"] == "d"


def test_no_pilot_is_soonest_where_chance_does_as_much():
    assert _soonest(decided()) is None
    assert _soonest(decided(("a", 8.0, 0.01, 0.001))) is None
    assert _soonest(decided(("a", 8.0, 0.011, 0.001)))["endpoint"] == "a"
    weak = ("b", 1.0, 0.01, 0.5)  # early and uncertain, and no more than chance
    assert _soonest(decided(("a", 8.0, 0.011, 0.001), weak))["endpoint"] == "a"


def test_each_warning_has_its_cause():
    found = found_of([0.5], KEYS[:1])
    assert list(_warnings(found, DESIGN)) == []
    three = DESIGN.model_copy(update={"arms": (DESIGN.arms[0], *DESIGN.arms)})
    assert list(_warnings(found, three)) == ["Other active arms of the trial are left out."]
    few = types.SimpleNamespace(**{**vars(found), "worlds": FEWEST_DRAWS - 1, "own": None})
    first, second = _warnings(few, DESIGN)
    assert first.startswith(f"{FEWEST_DRAWS - 1} worlds are too few")
    assert "own design is not among" in second
    enough = types.SimpleNamespace(**{**vars(found), "worlds": FEWEST_DRAWS})
    assert list(_warnings(enough, DESIGN)) == []


def test_edge_designs_are_one_option_only_where_they_agree_nearly_wholly():
    z = np.linspace(0, 1, 40)
    other = z + 0.1 * np.sin(40 * z)
    agree = np.corrcoef(z, other)[0, 1]
    assert 0.9 < agree < LIKE
    chance = np.array([z, 0.9 * other])
    its = Assurances(chance, chance.mean(axis=1), chance[:, 0], chance[None, :, 0], chance[:, 0],
                     np.full(2, 40))  # fmt: skip
    assert options_of(its, np.ones(2, bool), None) == (0, 1)


def test_chunks_come_from_memory_or_else_from_their_files(tmp_path):
    path = tmp_path / "one"
    path.write_bytes(b"of a file")
    stored = types.SimpleNamespace(contents=(), files=(path,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(search, "read_whole", lambda file: file.read_bytes())
        assert list(search._contents(stored)) == [b"of a file"]
        kept = types.SimpleNamespace(contents=(b"of memory",), files=(path,))
        assert list(search._contents(kept)) == [b"of memory"]


TOLD = {
    "title": "", "trial": "late", "best": ROW, "own": None, "designs": 3, "budget": 1.0,
    "possibly_best": 1, "margin": 0.01, "labels": {"scorad": "SCORAD"}, "break_even": 0.1,
    "pilot_n": 3,
    "decision": {"run": False, "soonest": None, "pilot_n": 3, "gain": 0.0,
                 "perfect": {"changes": 0.0, "worth": 0.0, "value": 0.0, "error": 0.0}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("least", "may", "says"),
    [
        (0.0, True, "(0.0 to 9.1) points less than the first: it may as well be the best."),
        (0.008, True, "(0.8 to 9.1) points less than the first: it may be less than 1 point worse"),
        (0.014, False, "(1.4 to 9.1) points less than the first: it is told to be worse than the"),
    ],
)
def test_words_and_interval_say_the_same_of_the_design_of_the_file(least, may, says):
    """It may as well be the best, it said, beside an interval that did not hold 0."""
    bounds = {"less_than_first": 0.042, "less_than_best_bounds": [least, 0.091]}
    own = {**ROW, "week": 4.0, **bounds}
    told = " ".join(sentences({**TOLD, "own": own, "own_may_be_best": may}))
    assert f"4.2 {says}" in told


def test_told_where_the_trial_of_the_file_could_show_nothing():
    """What was found there was told, and not that both arms had been given the same."""
    first, *_ = sentences({**TOLD, "not_parted": {"mix": 8.0}})
    assert "both arms have been given the same by the visit that compares them" in first
    first, *_ = sentences({**TOLD, "not_parted": {}})
    assert first.startswith("Of 3 designs")
