"""What is wrong with the visits of a trial file: told with its line, all at once."""

import pytest
from trial_texts import FULL, problems

from gutskin.trials.design import load_trial
from gutskin.trials.visit_problems import SOME, end_of, longest_weeks, visit_problems


def test_closed_form_a_visit_an_hour_after_another_is_told_at_its_place():
    def told(*weeks):
        return [place for place, _, _ in visit_problems({"visits": {"weeks": list(weeks)}})]

    assert told(0, 4, 4 + 0.041 / 7) == []
    assert told(0, 4, 4 + 0.039 / 7) == [("visits", "weeks", 2)]
    assert told(0, 0.039 / 7, 4) == [("visits", "weeks", 1)]
    assert told(0, 14640 / 7) == []
    assert told(0, 4, 14641 / 7) == [("visits", "weeks", 2)]


@pytest.mark.parametrize(
    ("weeks", "told"),
    [
        ("[0, 8, 4, 4, -2]", ["`weeks = -2`: it must not be negative.",
                              "larger than the one before it (4 stands twice)."]),
        ("[2, 4, 4, 8, 8]", ["the first visit must be week 0, the baseline; each number must be "
                             "larger than the one before it (4, 8 stand twice)."]),
        ("[0, -1, 'x', 5000]", ["`weeks = -1`: it must not be negative.",
                                '`weeks = "x"`: it must be a number.',
                                "at most 2091 weeks"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_visits_is_told_at_once(tmp_path, weeks, told):
    """Of weeks that did not rise nothing was told beside a negative one."""
    text = FULL.replace("[0, 4, 8]", weeks, 1)
    says = [what for _, what in problems(tmp_path, text)]
    assert len(says) == len(told)
    for part in told:
        assert sum(part in one for one in says) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("[0, 4, 8]", "[0, 4, 8, 5000]"), ("= 2\nend_week = 4", "= 2\nend_week = 4000")],
)
def test_what_is_too_late_to_be_simulated_asks_for_no_longer_trial(tmp_path, old, new):
    """It was told to come earlier, and to write that very week as the end of the trial."""
    assert old in FULL
    says = [what for _, what in problems(tmp_path, FULL.replace(old, new, 1))]
    assert any("arlier" in one for one in says)
    assert not any("write `end_week" in one for one in says)


def test_of_many_visits_with_one_fault_some_are_told_and_the_others_counted(tmp_path):
    weeks = ", ".join(f"{number * 0.001:.3f}" for number in range(60_000))
    found = problems(tmp_path, FULL.replace("[0, 4, 8]", f"[{weeks}]", 1))
    close = [says for _, says in found if "within an hour" in says]
    assert len(close) == SOME + 1
    assert f"{59_999 - SOME:,} more visits come within an hour" in close[-1]
    late = [says for _, says in found if "after the end of the trial" in says]
    assert len(late) == SOME + 1  # FULL states its end


def test_one_end_is_advised_for_all_that_comes_after_the_end(tmp_path):
    """Each late visit and each late dose advised an end of its own."""
    text = FULL.replace("[0, 4, 8]", "[0, 4, 8, 12, 16]", 1)
    text = text.replace("cfu_per_day = 4e9\nend_week = 4", "cfu_per_day = 4e9\nend_week = 20", 1)
    found = [says for _, says in problems(tmp_path, text) if "after the end" in says]
    assert len(found) == 3
    assert all("write `end_week = 20` in [visits]" in says for says in found)


@pytest.mark.parametrize(
    ("visits", "drug_ends", "ends"),
    [
        ("[0, 4, 8, 12]", 4, 12),  # visits go on after the last stop
        ("[0, 4, 8]", 8, 8),
        ("[0, 4]", 20, 20),  # something is given after the last visit
    ],
)
def test_closed_form_a_trial_ends_with_its_last_visit_or_dose(tmp_path, visits, drug_ends, ends):
    """One arm has a drug without an end, one stops: the trial ended with the latter."""
    text = FULL.replace("[0, 4, 8]", visits, 1).replace("end_week = 8\n", "", 1)
    text = text.replace(
        "cfu_per_day = 4e9\nend_week = 4", f"cfu_per_day = 4e9\nend_week = {drug_ends}"
    )
    text = text.replace(
        '[[arms.interventions]]\nkind = "antibiotic"\ndays = 7\nstart_week = 5\n', ""
    )
    path = tmp_path / "ends.toml"
    path.write_text(text)
    trial = load_trial(path)
    assert trial.end_week == ends
    assert trial.arms[0].interventions[0].end_week == ends  # the drug without an end
    assert trial.arms[1].interventions[0].end_week == drug_ends
    stated = text.replace("screening_weeks = 4", f"screening_weeks = 4\nend_week = {ends}", 1)
    path.write_text(stated)
    assert load_trial(path).arms == trial.arms


def test_a_visit_too_late_to_be_simulated_prolongs_nothing(tmp_path):
    """Injections until week 5000 would be told to be too many, beside the visit."""
    text = FULL.replace("[0, 4, 8]", "[0, 4, 8, 5000]", 1).replace("end_week = 8\n", "", 1)
    ((_, says),) = problems(tmp_path, text)
    assert "week 5000: at most 2091 weeks" in says


def test_what_comes_after_a_stated_end_may_state_none(tmp_path):
    found = problems(tmp_path, FULL.replace("[0, 4, 8]", "[0, 4, 8, 12]", 1))
    ((_, says),) = found
    assert "write `end_week = 12` in [visits], or take it out" in says
    text = FULL.replace("[0, 4, 8]", "[0, 4, 8, 12]", 1).replace("end_week = 8\n", "", 1)
    path = tmp_path / "taken_out.toml"
    path.write_text(text)
    assert load_trial(path).end_week == 12


def test_edge_a_run_in_has_two_years_at_most(tmp_path):
    text = FULL.replace("[visits]", "[run_in]\nweeks = {}\n\n[visits]", 1)
    path = tmp_path / "two_years.toml"
    path.write_text(text.replace("{}", "104"))
    assert load_trial(path).run_in.weeks == 104
    ((_, says),) = problems(tmp_path, text.replace("{}", "1e9"))
    assert says.startswith("`weeks = 1e+09`: a run-in has at most 104 weeks.")


def ended(weeks, **given):
    """When a trial of these visits ends, of one arm with this intervention."""
    arm = {"interventions": [{"kind": "probiotic", **given}]} if given else {}
    return end_of({"visits": {"weeks": weeks}}, [arm])


def test_closed_form_a_trial_ends_with_the_last_thing_given_or_its_last_visit():
    longest = longest_weeks()
    assert ended([0, 4, 8]) == 8.0
    assert ended([0, 4, 8], end_week=12) == 12.0  # from the start on: no `start_week`
    assert ended([0, 4, 8], start_week=9, end_week=10) == 10.0
    assert ended([0, 4, 8], start_week=10, end_week=9) == 8.0  # it ends before it starts
    assert ended([0, 4, longest]) == longest  # the last that can be simulated counts
    assert ended([0, 4, longest + 1]) == 4.0


def test_closed_form_the_first_twenty_of_many_visits_are_told_one_by_one():
    def told(many):
        close = [0, *(4 + 0.01 * i / 7 for i in range(many + 1))]
        return [where for where, _, _ in visit_problems({"visits": {"weeks": close}})]

    assert len(told(SOME)) == SOME
    assert len(told(SOME + 1)) == SOME + 1
    assert told(SOME + 1)[-1] == ("visits", "weeks")


def test_a_week_from_0_on_is_a_week():
    says = [what for _, what, _ in visit_problems({"visits": {"weeks": [0, 0.5, "x", 0.25]}})]
    assert len(says) == 1
    assert "larger than the one before it" in says[0]
