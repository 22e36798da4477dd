"""The search as a whole, on made-up surveys: its numbers, its decision, what it says."""

import json
import types

import numpy as np
import pytest
from made_up import candidates, key, survey_data
from scipy.integrate import quad
from scipy.stats import norm

from gutskin.errors import InputError
from gutskin.model.overlay import biology_of
from gutskin.optimisation.asked import Asked, candidates_for
from gutskin.optimisation.assurances import Assurances
from gutskin.optimisation.candidates import EVERYBODY, Enrichment, Pilot
from gutskin.optimisation.designs import Design
from gutskin.optimisation.information import decide, options_of
from gutskin.optimisation.readings import PilotReading
from gutskin.optimisation.search import own_number, search
from gutskin.optimisation.summary import rows_of, summarise_search
from gutskin.optimisation.survey import surveys_of
from gutskin.report.console import Terminal
from gutskin.report.optimise import print_search, sentences, write_search_figures
from gutskin.report.spreadsheet import table_of
from gutskin.trials.chunks import to_bytes
from gutskin.trials.conduct import ReplicateBatch
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")
BIOLOGY = biology_of(None)
PILOT = Pilot(n=4, endpoints=("scorad", "itch"), weeks=(4.0, 8.0))


def simulated(survey, replicates=60, watched=(300, 100), **more):
    """A survey that was run, in two chunks."""
    data = survey_data(survey, replicates, **more)
    half = replicates // 2
    parts = [data.isel(replicate=slice(0, half)), data.isel(replicate=slice(half, replicates))]
    contents = tuple(
        to_bytes(ReplicateBatch(one, {}, None, (), watched), survey.design) for one in parts
    )
    ends = [
        types.SimpleNamespace(
            name=str(name), label=str(label), unit=str(unit), log=bool(log), scale=scale,
            lower_is_better=bool(lower),
        )
        for name, label, unit, log, lower, scale in zip(
            *(data[one].values for one in ("endpoint", "label", "unit", "log", "lower_is_better")),
            ["log" if log else "linear" for log in data["log"].values], strict=True,
        )
    ]  # fmt: skip
    return types.SimpleNamespace(shown=data, contents=contents, files=(), endpoints=tuple(ends))


def found_of(asked, patients=12, seed=1, **more):
    surveys = surveys_of(DESIGN, asked.candidates, BIOLOGY, patients)
    found = search(DESIGN, asked, surveys, lambda one: simulated(one, **more), seed)
    return found, summarise_search(found, DESIGN, asked, BIOLOGY, seed, "evidence")


@pytest.fixture(scope="module")
def usual():
    """The usual candidates, with little money."""
    asked = candidates_for(DESIGN, BIOLOGY)
    its = asked.candidates.model_copy(
        update={
            "endpoints": ("scorad", "itch"), "pilot": PILOT, "dose_factors": (1.0, 2.0),
            "budget": 150_000.0,
        }
    )  # fmt: skip
    return (Asked(its, False), *found_of(Asked(its, False)))


def test_every_combination_is_a_design_and_all_cost_the_budget(usual):
    _, found, summary = usual
    assert len(found.designs) == 2 * 2 * 2 * 2 * 7 * 2
    assert summary["designs"] == 224
    assert {one.cost <= 150_000 for one in found.designs} == {True}
    assert found.watched == {0.0: 3.0}
    assert summary["screened_per_admitted"] == {"0": 3.0}
    assert set(found.cuts) == {"scorad", "s_aureus", "stool_butyrate"}


def test_the_ranking_falls_and_the_first_is_told_from_none_that_may_be_best(usual):
    _, found, summary = usual
    values = [one["assurance"] for one in summary["ranking"]]
    assert values == sorted(values, reverse=True)
    assert summary["best"]["less_than_first"] == 0
    assert summary["best"]["may_be_best"]
    assert summary["possibly_best"] == found.against.possible.sum()
    for one in summary["ranking"]:
        assert one["less_than_first"] == pytest.approx(values[0] - one["assurance"])
        least, most = one["less_than_best_bounds"]
        assert 0 <= least <= one["less_than_first"] + 1e-12 <= most + 2e-12
        assert one["may_be_best"] == (least <= summary["margin"])


def test_each_choice_is_told_by_the_best_design_that_has_it(usual):
    _, found, summary = usual
    rows = {one["value"]: one for one in summary["by_choice"]["week"]}
    assert set(rows) == {4.0, 8.0}
    for week, row in rows.items():
        mine = [v for d, v in zip(found.designs, found.assurances.value, strict=True)
                if d.key.week == week]  # fmt: skip
        assert row["assurance"] == pytest.approx(max(mine))
        assert row["week"] == week
    assert {one["value"] for one in summary["by_choice"]["allocation"]} == {1.0, 2.0}


def test_the_trial_itself_is_one_of_the_designs(usual):
    asked, found, summary = usual
    one = found.designs[found.own]
    assert one.key == key()
    assert one.allocation == 1.0
    assert summary["own"]["assurance"] == pytest.approx(float(found.assurances.value[found.own]))
    others = [d for d in found.designs if d.key != key()]
    assert own_number(DESIGN, others, asked.candidates) is None


def test_more_money_is_never_worse(usual):
    rows = usual[2]["by_budget"]
    values = [one["assurance"] for one in rows]
    assert values == sorted(values)
    assert values[0] == pytest.approx(usual[2]["best"]["assurance"])
    assert [one["times"] for one in rows] == [1, 2, 4, 8, 16, 32]


def test_the_world_that_decides_is_the_most_telling_and_a_pilot_of_it_helps(usual):
    """k_0 alone moves the effect in what was made up."""
    its = usual[2]["decision"]
    assert its["unknowns"][0]["id"] == "k_0"
    assert its["unknowns"][0]["note"] == "strain gain on gut Treg"
    assert its["unknowns"][0]["value"] > its["unknowns_by_chance"]
    assert all(one["value"] <= its["unknowns_by_chance"] for one in its["unknowns"][1:])
    assert its["perfect"]["value"] >= its["unknowns"][0]["value"] > its["pilots"][0]["value"]
    assert its["worth_of_success"] == 300_000
    assert its["soonest"]["week"] in (4.0, 8.0)
    cost = next(one["cost"] for one in its["pilots"] if one["week"] == 8.0)
    assert cost == 8 * (1000 + 2 * 200 + 8 * 25 + 3 * 100)


def test_all_is_ready_for_json_and_a_table_has_every_design(usual):
    _, found, summary = usual
    json.dumps(summary, allow_nan=False)
    lines = table_of(rows_of(found)).splitlines()
    assert len(lines) == 225
    assert lines[0].split(",")[:3] == ["endpoint", "week", "records"]
    assert "assurance_ci95_low" in lines[0]


def test_it_is_told_in_words(usual, capsys):
    summary = usual[2]
    told = " ".join(sentences(summary))
    assert "Of 224 designs that cost 150,000" in told
    assert f"cannot be told from {summary['possibly_best'] - 1} others" in told
    assert "The trial's own design has" in told
    print_search(summary, Terminal())
    shown = capsys.readouterr().out
    assert "costs assumed; declare your own" in shown
    assert "Pilot: " in shown
    assert "no medical advice" in shown


def test_it_is_drawn(usual, tmp_path):
    write_search_figures(usual[2], tmp_path / "a.svg", tmp_path / "a.png")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "Endpoint: SCORAD" in text
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_the_same_seed_gives_the_same_and_another_other_errors():
    asked = Asked(candidates(pilot=PILOT, weeks=(4.0, 8.0), records=(1, 2), budget=2e5), True)
    first, again, other = (found_of(asked, seed=seed)[1] for seed in (1, 1, 2))
    assert again == first
    assert other["best"]["assurance"] == first["best"]["assurance"]
    assert other["best"]["assurance_ci95"] != first["best"]["assurance_ci95"]


def test_where_there_is_no_effect_no_design_is_better_and_nothing_worth_knowing():
    asked = Asked(candidates(pilot=PILOT, weeks=(4.0, 8.0), records=(1, 2), budget=2e5), True)
    found, summary = found_of(asked, effect=0.0, spread=0.0)
    assert found.nothing == {"scorad"}
    assert found.against.possible.all()
    assert summary["best"]["assurance"] == pytest.approx(0.025, abs=1e-6)
    its = summary["decision"]
    assert (its["run"], its["perfect"]["value"], its["soonest"]) == (False, 0.0, None)
    assert any("no effect at all" in one for one in summary["warnings"])
    assert "do not run one" in " ".join(sentences(summary))


def test_a_sure_effect_is_worth_a_trial():
    asked = Asked(candidates(pilot=PILOT, budget=1e6), True)
    _, summary = found_of(asked, effect=-9.0, spread=0.5)
    assert summary["decision"]["run"]
    assert summary["decision"]["gain"] == pytest.approx(summary["best"]["assurance"] - 0.5)
    assert "run it" in " ".join(sentences(summary))


def test_an_enrichment_that_too_few_of_the_simulated_fit_is_left_out_with_a_word():
    """Of a handful of worlds that happen to hold such patients any assurance could come."""
    rare = Enrichment(name="rare", label="Rare", records={"scorad": (62.0, 103.0)})
    asked = Asked(candidates(pilot=PILOT, enrichment=(EVERYBODY, rare), budget=2e5), True)
    found, summary = found_of(asked, patients=6)
    assert {one.key.enrichment for one in found.designs} == {"all"}
    assert found.left_out == ("rare",)
    assert "'rare'" in " ".join(summary["warnings"])
    assert "--patients" in " ".join(summary["warnings"])
    only = Asked(candidates(pilot=PILOT, enrichment=(rare,), budget=2e5), True)
    with pytest.raises(InputError, match="in enough of the worlds"):
        found_of(only, patients=6)


def test_a_budget_for_nobody_is_refused():
    asked = Asked(candidates(pilot=PILOT, budget=3000.0), True)
    with pytest.raises(InputError, match="no two patients"):
        found_of(asked)


def test_run_ins_are_read_from_surveys_of_their_own():
    asked = Asked(candidates(pilot=PILOT, run_in_weeks=(0.0, 2.0), budget=2e5), True)
    found, summary = found_of(asked)
    assert {one.key.run_in_weeks for one in found.designs} == {0.0, 2.0}
    assert set(summary["screened_per_admitted"]) == {"0", "2"}
    without, within = sorted(found.designs, key=lambda one: one.key.run_in_weeks)
    assert within.patients < without.patients


def of_chances(chance):
    """Assurances of designs that are significant in these worlds."""
    chance = np.asarray(chance, float)
    return Assurances(
        chance, chance.mean(axis=1), chance[:, 0], chance[None, :, 0], chance[:, 0],
        np.full(len(chance), chance.shape[1]),
    )  # fmt: skip


def test_designs_that_succeed_in_the_same_worlds_are_one_option():
    z = np.linspace(0, 1, 40)
    its = of_chances([z, 0.9 * z, 1 - z, np.full(40, 0.4)])
    assert options_of(its, np.ones(4, bool), None) == (0, 2)
    assert options_of(its, np.ones(4, bool), 1) == (0, 2, 1)
    assert options_of(its, np.array([False, True, False, False]), None) == (1,)


def test_closed_form_a_pilot_that_shows_the_world_is_worth_what_knowing_is():
    """A chance of Phi(2 z): known, what is below a half is not run."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=2000)
    its = of_chances([norm.cdf(2 * z)])
    gain = 0.5 * quad(lambda x: abs(norm.cdf(2 * x) - 0.5) * norm.pdf(x), -8, 8)[0]
    sure, blind = PilotReading("scorad", 4.0, z), PilotReading("itch", 4.0, rng.normal(size=2000))
    other = np.column_stack([z, rng.normal(size=2000)])
    unknown = (["z", "other"], ["what decides", "nothing"], other)
    found = decide(its, np.ones(1, bool), 0, 0.5, unknown, [blind, sure], 1)
    assert found.perfect.value == pytest.approx(gain, abs=0.02)
    assert [one.name for one in found.unknowns] == ["z", "other"]
    assert found.unknowns[0].information.value == pytest.approx(gain, abs=0.02)
    assert found.pilots[0].endpoint == "scorad"
    assert found.pilots[0].information == found.unknowns[0].information
    assert found.pilots[1].information.value <= found.pilots_by_chance
    assert (found.best is None) == (its.value[0] < 0.5)


def test_worlds_that_a_design_tells_nothing_of_take_no_part_in_the_decision():
    chance = np.array([[0.2, 0.9, np.nan, 0.7] * 20])
    its = Assurances(chance, np.array([0.6]), chance[:, 0], chance[None, :, 0], chance[:, 0],
                     np.array([60]))  # fmt: skip
    unknown = (["a"], ["b"], np.arange(80.0)[:, None])
    found = decide(its, np.ones(1, bool), None, 0.5, unknown, [], 1)
    assert found.gain == pytest.approx(0.1)
    assert found.perfect.value == pytest.approx(0.3 / 3)
    assert found.pilots == ()


def test_a_design_knows_its_patients():
    assert Design(key(), 2.0, 10, 20, 3, 1.0, 1.0).patients == 30


def test_halves_are_parted_at_the_medians_of_the_first_survey(monkeypatch):
    from gutskin.optimisation import search as room

    calls, medians = [], room.medians
    monkeypatch.setattr(room, "medians", lambda *one: calls.append(one) or medians(*one))
    severe = Enrichment(name="severe", upper_half=("scorad",))
    asked = Asked(candidates(pilot=PILOT, enrichment=(EVERYBODY, severe), budget=2e5,
                             run_in_weeks=(0.0, 2.0)), True)  # fmt: skip
    found_of(asked)
    assert len(calls) == 1
