"""How many patients a trial would take, from its own repetitions, in sentences and a command."""

import pytest
from synthetic import synthetic

from gutskin.report.page import render
from gutskin.report.trial_power import ENOUGH, TIMES, how_many, power_command
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.power import power_of
from gutskin.trials.power_summary import power_of_its_size
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
COMMAND = "gutskin trial six-strain-children --replicates 60 --seed 1 --report"


def summary_of(design, replicates, **more):
    data = synthetic(design, replicates, **more)
    analysis = analyse(data, design)
    summary = summarise(data, design, analysis) | power_of_its_size(design, analysis)
    return summary, analysis, data


@pytest.fixture(scope="module")
def trial():
    return summary_of(DESIGN, 60)


def test_closed_form_the_numbers_are_those_of_the_power_of_the_trial_at_its_size(trial):
    summary, analysis, _ = trial
    found = power_of(analysis, DESIGN, [20])["six_strain"]
    its = summary["power"]["by_arm"]["six_strain"]
    (at,) = its["power"]
    assert (summary["power"]["n"], at["n"], its["worlds"]) == (20, 20, 60)
    assert at["power"] == found.at[0].power.value
    assert at["assurance_ci95"] == [found.at[0].assurance.ci95_low, found.at[0].assurance.ci95_high]
    assert its["n_for_80_power"] == found.power.n
    assert its["n_for_80_assurance"] == found.assurance.told


def words_of(command):
    """A command on a page: no line of it ends within a word."""
    return " ".join(f"<span>{one}</span>" for one in command.split(" "))


def test_the_page_tells_the_chance_at_its_size_and_what_80_percent_take(trial):
    summary, analysis, data = trial
    its = summary["power"]["by_arm"]["six_strain"]
    told = how_many(summary, COMMAND)
    assert told.paragraphs[0].startswith(
        "As large as it is (20 against 20 patients), the trial finds a significant benefit of "
        f"six-strain mix with a chance of {100 * its['power'][0]['power']:.0f}% ("
    )
    for part in ("(power) and of", "over all worlds (assurance), significant harm with one of"):
        assert part in told.paragraphs[0]
    assert told.paragraphs[1].startswith("Six-strain mix against placebo on SCORAD: ")
    assert f"80% power at the best estimate takes {its['n_for_80_power']}" in told.paragraphs[2]
    assert told.paragraphs[3].startswith("Power takes the best estimate for the truth.")
    warnings = [
        one.replace("'six_strain'", "six-strain mix") for one in summary["power"]["warnings"]
    ]
    assert list(told.paragraphs[4:]) == warnings
    assert "'six_strain'" in summary["power"]["warnings"][0]
    assert told.command == (
        "gutskin power six-strain-children --replicates 60 --seed 1 --n 20,40,100,200"
    )
    html = render(summary, analysis, data, DESIGN, COMMAND)
    assert "<h2>How many patients it would take</h2>" in html
    assert f"<pre>{words_of(told.command)}</pre>" in html


def test_of_several_arms_each_has_a_paragraph_and_what_words_mean_is_told_once():
    more = DESIGN.arms[0].model_copy(update={"name": "killed", "label": "Killed mix"})
    design = DESIGN.model_copy(update={"arms": (DESIGN.arms[0], more, DESIGN.arms[1])})
    summary, *_ = summary_of(design, 40)
    told = how_many(summary, COMMAND).paragraphs
    assert ["killed mix" in one for one in told[:2]] == [False, True]
    assert all("80% power at the best estimate" in one for one in told[:2])
    assert sum("Power takes the best estimate" in one for one in told) == 1


def test_shares_of_patients_are_told_in_percentage_points():
    summary, *_ = summary_of(DESIGN, 40)
    scorad = {**summary["endpoints"]["scorad"], "unit": "1"}
    told = how_many({**summary, "endpoints": {"scorad": scorad}}, COMMAND)
    assert "percentage points" in told.paragraphs[2]


@pytest.mark.parametrize(("replicates", "known"), [(38, False), (39, True)])
def test_of_too_few_worlds_nothing_is_made_up_and_a_command_answers(replicates, known):
    summary, *_ = summary_of(DESIGN, replicates, dropout=0.0)
    assert ("power" in summary) == known
    if known:
        return
    told = how_many(summary, COMMAND)
    (why,) = told.paragraphs
    assert why == (
        "38 repetitions are too few to say how many patients it would take (39 are needed)."
    )
    assert told.command == (
        f"gutskin power six-strain-children --replicates {ENOUGH} --seed 1 --n 20,40,100,200"
    )


@pytest.mark.parametrize(
    ("replicates", "says", "worlds"),
    [(1, "1 repetition is too few", 40), (39, "Too few of the 39 repetitions could be tested", 40),
     (200, "Too few of the 200 repetitions could be tested", 200)],
)  # fmt: skip
def test_unit_where_nothing_is_told_the_reason_is(trial, replicates, says, worlds):
    bare = {**trial[0], "power": None, "replicates": replicates}
    told = how_many(bare, COMMAND)
    assert told.paragraphs == (
        f"{says} to say how many patients it would take (39 are needed).",
    )  # fmt: skip
    assert f"--replicates {worlds} " in told.command


def test_a_single_arm_has_nothing_to_be_compared_with(trial):
    summary, analysis, _ = trial
    alone = [{**arm, "n": 0} if arm["control"] else arm for arm in summary["arms"]]
    told = how_many({**summary, "arms": alone}, COMMAND)
    assert told.command == ""
    assert told.paragraphs == (
        "A single arm has nothing to be compared with; add a control to ask.",
    )
    arms = tuple(arm.model_copy(update={"n": arm.n * (not arm.control)}) for arm in DESIGN.arms)
    assert power_of_its_size(DESIGN.model_copy(update={"arms": arms}), analysis) == {}


def test_enough_worlds_are_as_many_as_every_interval_needs():
    assert ENOUGH == 40
    assert TIMES[0] == 1


@pytest.mark.parametrize(
    ("command", "worlds", "answers"),
    [
        ("gutskin trial 'my trial.toml' --seed 2 --overwrite --explain", None,
         "gutskin power 'my trial.toml' --seed 2 --n 5,10"),
        ("gutskin trial a.toml --replicates 9 --out o --overwrite", 40,
         "gutskin power a.toml --replicates 40 --out o --n 5,10"),
        ("gutskin trial 'a --replicates 7' --replicates 9 --out 'o --replicates 8'", 40,
         "gutskin power 'a --replicates 7' --replicates 40 --out 'o --replicates 8' --n 5,10"),
        ("gutskin.run('a', replicates=9, seed=1, stance='article', out='o', overwrite=True)", 40,
         "gutskin.trial('a').power([5, 10], replicates=40, seed=1, stance='article')"),
        ("gutskin.run('a', replicates=9, biology='b', draws='prior')", None,
         "gutskin.trial('a', biology='b', draws='prior').power([5, 10], replicates=9)"),
        ("gutskin.trial('a', draws='1').run(9, seed=1)", None,
         "gutskin.trial('a', draws='1').power([5, 10], replicates=9, seed=1)"),
        ("gutskin.trial('a').explain(9)", None, "gutskin power FILE --n 5,10"),
        ("gutskin.run()", None, "gutskin power FILE --n 5,10"),
        ("other.run('a')", None, "gutskin power FILE --n 5,10"),
        ("run('a')", None, "gutskin power FILE --n 5,10"),
        ("my own words", None, "gutskin power FILE --n 5,10"),
        ("words", None, "gutskin power FILE --n 5,10"),
    ],
)  # fmt: skip
def test_unit_the_command_asks_the_same_trial_for_other_sizes(command, worlds, answers):
    assert power_command(command, [5, 10], worlds) == answers
