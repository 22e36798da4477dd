"""`gutskin explain`: shares sum to the effect, nothing has none, another life is another one."""

import io
import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from gutskin.evidence.explain import SETS, Explained, explain
from gutskin.evidence.explain_summary import summarise_explanation
from gutskin.evidence.response_traits import Trait
from gutskin.model.compiled import load_model
from gutskin.report.console import Terminal
from gutskin.report.explain import print_explanation
from gutskin.report.explain_figure import write_explain_figure
from gutskin.report.explain_words import PARTS, ROUTES, sentences
from gutskin.report.sheets import explain_sheet
from gutskin.report.spreadsheet import rows_of_explanation
from gutskin.trials.design import load_trial
from gutskin.trials.routes import ROUTES as NAMES

SMALL = {"n": 4}


def small(name="six-strain-children", **changes):
    design = load_trial(name)
    arms = tuple(arm.model_copy(update=SMALL) for arm in design.arms)
    return design.model_copy(update={"arms": arms, **changes})


def made_up(effect=-3.0, replicates=30, seed=1, size=20, foretells=1.0):
    """A trial whose effect is made half by cells, a quarter by barriers, the rest by neither."""
    rng = np.random.default_rng(seed)
    world = effect * rng.lognormal(0, 0.5, replicates)
    worth = np.empty((SETS, replicates))
    for some in range(SETS):
        cells, barriers = (bool(some >> NAMES.index(name) & 1) for name in ("cells", "barriers"))
        worth[some] = world * (0.25 + 0.5 * cells + 0.25 * barriers)
    number = np.repeat(np.arange(replicates), size)
    known = rng.normal(size=(len(number), 2))
    body = world[number] * (1 + 0.2 * foretells * known[:, 0] + 0.1 * rng.normal(size=len(number)))
    days = [0.3 * effect * rng.normal(size=len(number)) for _ in range(2)]
    return Explained(
        load_trial("six-strain-children"), (Trait("age", "Age"), Trait("easi", "EASI")), worth,
        number, body + days[0], body + days[1], rng.normal(0, 9, len(number)), known,
    )  # fmt: skip


def summary(found, **more):
    asked = {"replicates": 30, "seed": 1, "stance": "evidence"} | more
    return summarise_explanation(found, load_model(), **asked)


def test_closed_form_shares_are_those_that_were_put_in_and_sum_to_the_effect():
    told = summary(made_up())["routes"]
    shares = {one["route"]: one["share"]["value"] for one in told["parts"]}
    wanted = {
        "cells": 0.5,
        "barriers": 0.25,
        "metabolites": 0,
        "mediators": 0,
        "none of them": 0.25,
    }
    assert shares == pytest.approx(wanted, abs=1e-9)
    points = sum(one["points"]["mean"] for one in told["parts"])
    assert points == pytest.approx(told["effect"]["mean"])
    assert set(shares) == set(ROUTES)


def test_shares_whose_intervals_say_nothing_are_not_told():
    found = made_up()
    side = np.where(np.arange(30) % 2, 60.0, -60.0)
    cells, barriers = (1 << NAMES.index(name) for name in ("cells", "barriers"))
    more = [[bool(some & cells) - bool(some & barriers)] for some in range(SETS)]
    worth = found.worth + side * np.array(more)  # what one route adds the other takes away
    told = summary(replace(found, worth=worth))
    said = " ".join(sentences(told))
    assert "cannot be told" in said
    assert "% (" not in said.split("Of the spread")[0].split("shares of it.")[0]
    stream = io.StringIO()
    print_explanation(told, Terminal(file=stream, width=200))
    (row,) = [one for one in stream.getvalue().splitlines() if one.startswith(ROUTES["cells"])]
    assert row.rstrip().endswith("cannot be told")


def test_unit_an_effect_of_nothing_has_no_shares_and_nobody_responds():
    told = summary(made_up(effect=1e-6))
    assert told["nothing"]
    assert all(one["share"] is None for one in told["routes"]["parts"])
    assert "no effect" in told["routes"]["why_no_shares"]
    assert told["response"] is None
    (said,) = sentences(told)
    assert "nobody responds" in said
    json.dumps(told, allow_nan=False)


def test_arms_that_part_too_late_are_told_first():
    """It said that there is no effect, and not that nothing could have shown one."""
    found = made_up(effect=0.0)
    whole = found.design
    week = whole.visits.weeks[whole.analysed]
    late = tuple(
        arm.model_copy(update={
            "interventions": tuple(
                one.model_copy(update={"start_week": week, "end_week": 99.0})
                for one in arm.interventions
            )
        })
        for arm in whole.arms
    )  # fmt: skip
    told = summary(replace(found, design=whole.model_copy(update={"arms": late})))
    assert told["not_parted"] == {whole.active[0].name: week}
    assert f"begins at week {week:g}, and arms are compared" in told["warnings"][0]
    (said,) = sentences(told)
    assert f"comes too late to be seen at week {week:g}" in said
    other = summary(found)
    assert other["not_parted"] == {}
    assert not any("begins at week" in one for one in other["warnings"])


def test_an_effect_within_its_error_is_told_as_one_of_single_worlds():
    found = made_up()
    sides = np.where(np.arange(30) % 2, 1.0, -1.0)
    said = " ".join(sentences(summary(replace(found, worth=found.worth * sides))))
    assert "within two Monte-Carlo errors of none" in said
    assert "within two" not in " ".join(sentences(summary(found)))


@pytest.mark.filterwarnings("error")
def test_edge_one_world_with_an_effect_is_none_to_share():
    found = made_up()
    only = np.arange(30) == 4
    one = replace(
        found, worth=np.where(only, found.worth, 0.0),
        response=np.where(only[found.replicate], found.response, 0.0),
    )  # fmt: skip
    told = summary(one)
    assert told["routes"]["why_no_shares"] == "there is an effect in 1 world of 30; it takes 2"
    assert all(one["share"] is None for one in told["routes"]["parts"])
    assert "but for those of one at most" in told["why_no_response"]
    json.dumps(told, allow_nan=False)


def test_unit_it_is_said_plainly_that_nothing_foretells():
    told = summary(made_up(foretells=0.0))
    assert not told["response"]["foretells"]
    assert any(one.startswith("Nothing that is measured") for one in sentences(told))
    by_chance = deepcopy(told)
    one = by_chance["response"]["traits"][0]
    one["foretells"], one["skill"] = True, {"value": 0.12, "ci95_low": 0.07, "ci95_high": 0.17}
    said = " ".join(sentences(by_chance))
    assert "Nothing that is measured" not in said
    assert f"By itself {one['label']} foretells 12% (7 to 17%)." in said
    yes = summary(made_up())
    assert yes["response"]["traits"][0]["name"] == "age"
    assert yes["why_no_response"] == told["why_no_response"] == ""
    parts = {name: one["share"] for name, one in yes["response"]["parts"].items()}
    assert yes["response"]["of_patients_no_measurement_removes"] == pytest.approx(
        parts["days"] / (1 - parts["worlds"])
    )
    assert yes["response"]["foretells"]
    both = (*told["response"]["traits"], *yes["response"]["traits"])
    assert [one["foretells"] for one in both] == [one["skill"]["ci95_low"] > 0 for one in both]
    assert {True, False} == {one["foretells"] for one in both}


def test_unit_too_few_worlds_are_told(tmp_path):
    told = summary(made_up(replicates=6), replicates=6)
    assert "too few" in told["routes"]["why_no_shares"]
    assert "too few" in told["why_no_response"]
    assert told["warnings"]
    write_explain_figure(told, tmp_path / "why.svg")


def test_unit_the_table_and_the_sheet_have_every_route_part_and_trait():
    told = summary(made_up())
    rows = rows_of_explanation(told)
    assert [row["name"] for row in rows if row["kind"] == "route"] == [*ROUTES]
    assert [row["name"] for row in rows if row["kind"] == "spread"] == [*PARTS]
    assert {row["name"] for row in rows if row["kind"] == "trait"} == {"age", "easi"}
    assert len({tuple(row) for row in rows}) == 1  # the same columns in every row
    cells = next(row for row in rows if row["name"] == "cells")
    assert cells["share"] == told["routes"]["parts"][0]["share"]["value"]
    assert cells["points"] == told["routes"]["parts"][0]["points"]["mean"]
    sheet = explain_sheet(told, "gutskin explain x")
    assert [row[0] for row in sheet.grid.rows] == [*ROUTES.values()]
    assert [one.title for one in sheet.drawings] == [
        "What carries the effect", "Where responses differ",
    ]  # fmt: skip
    nothing = summary(made_up(effect=0.0))
    assert {row["kind"] for row in rows_of_explanation(nothing)} == {"route"}
    assert "there is no effect" in explain_sheet(nothing, "x").answer


def test_unit_terminal_and_figure_have_every_route(tmp_path):
    told, screen = summary(made_up()), io.StringIO()
    print_explanation(told, Terminal(file=screen, width=110))
    for name in ROUTES.values():
        assert name in screen.getvalue()
    assert told["applicability"]["sentence"].split(":")[0] in screen.getvalue()
    path = tmp_path / "why.svg"
    write_explain_figure(told, path)
    assert "immune cells that travel" in path.read_text()


def test_unit_a_share_of_patients_is_told_in_percentage_points(tmp_path):
    """Nobody says "of -0.12 1": 12 percentage points, in sentences, table and figure."""
    found = made_up(effect=-0.1)
    asked = {"primary": "scorad_mild", "endpoints": ("scorad_mild",)}
    analysis = found.design.analysis.model_copy(update=asked)
    found = replace(found, design=found.design.model_copy(update={"analysis": analysis}))
    told, screen = summary(found), io.StringIO()
    assert told["unit"] == "1"
    effect = told["routes"]["effect"]["mean"]
    assert -0.2 < effect < -0.05
    print_explanation(told, Terminal(file=screen, width=110))
    assert f"of −{-100 * effect:.2f} percentage points" in " ".join(screen.getvalue().split())
    assert "Effect (percentage points)" in screen.getvalue()
    path = tmp_path / "why.svg"
    write_explain_figure(told, path)
    assert "(percentage points)" in path.read_text()


@pytest.fixture(scope="module")
def simulated():
    return explain(small(), load_model(), 3, seed=2, shared=2)


def test_engine_shares_of_a_real_trial_sum_to_the_effect_on_its_patients(simulated):
    assert simulated.worth.shape == (SETS, 2)
    for world in range(2):
        mine = simulated.response[simulated.replicate == world]
        assert simulated.worth[-1, world] == pytest.approx(mine.mean(), abs=1e-6)
    assert np.abs(simulated.worth[0]).max() < np.abs(simulated.worth[-1]).max()


def test_engine_another_life_is_of_the_same_people_on_other_days(simulated):
    assert simulated.known.shape == (24, len(simulated.traits))
    assert not np.allclose(simulated.response, simulated.other_life)
    worlds = [[values[simulated.replicate == w].mean() for w in range(3)]
              for values in (simulated.response, simulated.other_life)]  # fmt: skip
    assert np.corrcoef(*worlds)[0, 1] > 0.8
    finite, names = np.isfinite(simulated.known).mean(axis=0), [t.name for t in simulated.traits]
    ages = {
        "dlqi": 0.0,
        "cdlqi": finite[names.index("cdlqi")],
        "idqol": 1 - finite[names.index("cdlqi")],
    }
    for name, share in zip(names, finite, strict=True):  # these children are under 16
        assert share == pytest.approx(ages[name]) if name in ages else share > 0.9
    assert 0 < ages["cdlqi"] < 1


def test_engine_the_same_treatment_in_both_arms_explains_nothing():
    design = small()
    same = tuple(arm.model_copy(update={"interventions": ()}) for arm in design.arms)
    found = explain(design.model_copy(update={"arms": same}), load_model(), 2, shared=1)
    assert np.abs(found.response).max() < 1e-9
    told = summary(found, replicates=2)
    assert told["nothing"]
    assert all(one["share"] is None for one in told["routes"]["parts"])


def test_closed_form_on_logarithms_routes_are_told_as_factors_of_the_ratio(tmp_path):
    """Cells halve it, barriers take a tenth; the difference of means would say otherwise."""
    found = made_up()
    design = small()
    asked = {"primary": "total_ige", "endpoints": ("total_ige",), "meaningful_difference": None}
    design = design.model_copy(update={"analysis": design.analysis.model_copy(update=asked)})
    logs = np.zeros((SETS, 30))
    for some in range(SETS):
        cells, barriers = (bool(some >> NAMES.index(name) & 1) for name in ("cells", "barriers"))
        logs[some] = cells * np.log(0.5) + barriers * np.log(0.9)
    told = summary(replace(found, design=design, tested_worth=logs))
    assert (told["unit"], told["routes"]["unit"]) == ("logarithm of a ratio", "kU/L")
    ratio, natural = told["routes"]["ratio"], told["routes"]["effect"]["mean"]
    factors = {one["route"]: one["factor"]["mean"] for one in ratio["parts"]}
    assert factors["cells"] == pytest.approx(0.5)
    assert factors["barriers"] == pytest.approx(0.9)
    assert np.prod([*factors.values()]) == pytest.approx(ratio["effect"]["mean"]) == 0.45
    share = np.log(0.5) / np.log(0.45)
    assert ratio["parts"][0]["share"]["value"] == pytest.approx(share)
    says = " ".join(sentences(told))
    assert f"of a ratio of geometric means of 0.45 (on its logarithm) {100 * share:.0f}%" in says
    assert f"{abs(natural):.2f} kU/L" not in says
    screen = io.StringIO()
    print_explanation(told, Terminal(screen, width=160))
    assert "Factor of the ratio" in screen.getvalue()
    assert "kU/L" not in screen.getvalue()
    assert "logarithm of a ratio) no measurement" in " ".join(screen.getvalue().split())
    row = rows_of_explanation(told)[0]
    assert (row["factor"], row["share"]) == pytest.approx((0.5, share))
    assert row["points"] == told["routes"]["parts"][0]["points"]["mean"]
    write_explain_figure(told, tmp_path / "explain.svg")
    assert "Factor of the ratio" in (tmp_path / "explain.svg").read_text()
