"""Looks that a trial cannot have, each told with its line."""

import pytest
from trial_texts import FULL, problems

from gutskin.trials.design import load_trial

LOOKS = "looks = [0.5, 1.0]"
END = 'endpoints = ["scorad", "easi"]\nmeaningful_difference = 8.7\n'
MORE = f"{END}\n[analysis.interim]\n{LOOKS}\n"


def with_looks(looks=LOOKS, of=FULL, analysis=""):
    text = of.replace(END, MORE.replace(LOOKS, looks).replace(END, END + analysis), 1)
    assert text != of
    return text


def test_a_whole_file_with_looks_of_every_arm(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(with_looks(f'{LOOKS}\nboundary = "spending pocock"'))
    asked = load_trial(path).analysis.interim
    assert (asked.looks, asked.boundary) == ((0.5, 1.0), "spending pocock")
    assert asked.seen(11) == (6, 11)
    path.write_text(with_looks())
    assert load_trial(path).analysis.interim.boundary == "obrien-fleming"


WRONG = {
    "unknown key": (
        f"{LOOKS}\nlook = 2",
        "look = 2",
        "in [analysis.interim]. Did you mean 'looks'",
    ),
    "unknown boundary": (f'{LOOKS}\nboundary = "haybittle"', "haybittle", "'obrien-fleming'"),
    "one look": ("looks = [1.0]", "looks = ", "2"),
    "looks that fall": ("looks = [0.6, 0.5, 1.0]", "looks = ", "larger than the one before"),
    "no look at all of them": ("looks = [0.5, 0.9]", "looks = ", "the last look must be 1"),
    "a look at nobody": ("looks = [0.0, 1.0]", "looks = ", "greater than 0"),
    "too few patients": ("looks = [0.1, 1.0]", "looks = ", "sees 1 of 10 patients of an arm"),
    "the same patients": ("looks = [0.5, 0.52, 1.0]", "looks = ", "sees the same 5 of 10 patients"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_looks_is_told_with_its_line(tmp_path, case):
    lines, where, message = WRONG[case]
    text = with_looks(lines)
    ((line, said),) = problems(tmp_path, text)
    assert where in text.split("\n")[line - 1]
    assert message in said


BESIDE = {
    "looks that fall, one above 1": (
        "looks = [0.5, 0.4, 2.0]", {"larger than the one before", "less than or equal to 1"},
    ),
    "a last look before the end, one above 1": (
        "looks = [2.0, 0.5]", {"the last look must be 1", "less than or equal to 1"},
    ),
    "one below 0, the others in order": ("looks = [-1, 0.5, 1.0]", {"greater than 0"}),
    "too few patients, an unknown boundary": (
        'looks = [0.1, 1.0]\nboundary = "x"', {"sees 1 of 10 patients", "'obrien-fleming'"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BESIDE)
def test_all_that_is_wrong_with_looks_is_told_together_and_once(tmp_path, case):
    lines, messages = BESIDE[case]
    found = [said for _, said in problems(tmp_path, with_looks(lines))]
    assert len(found) == len(messages)
    assert all(any(one in said for said in found) for one in messages)


def test_no_p_values_are_adjusted_beside_looks(tmp_path):
    text = with_looks(analysis='multiplicity = "holm"\n')
    ((line, said),) = problems(tmp_path, text)
    assert text.split("\n")[line - 1] == 'multiplicity = "holm"'
    assert "or [analysis.interim]" in said


def test_who_comes_first_must_be_known_over_a_year(tmp_path):
    seasons = "[seasons]\nstarts = [10, 40]\namplitude = 0.3\npeak_week = 25\n\n[published]"
    text = with_looks().replace("[published]", seasons, 1)
    ((line, said),) = problems(tmp_path, text)
    assert text.split("\n")[line - 1] == "[analysis.interim]"
    assert "Add [randomisation]" in said
    path = tmp_path / "trial.toml"
    path.write_text(f"{text}\n[randomisation]\nblock_sizes = [3]\n")
    assert load_trial(path).analysis.interim is not None


def test_a_single_arm_has_no_looks(tmp_path):
    start = FULL.index("[[arms]]")
    second = FULL.index("[[arms]]", start + 1)
    alone = FULL[:second] + FULL[FULL.index("[analysis]") :]
    alone = alone.replace("directions", "#")
    found = problems(tmp_path, with_looks(of=alone))
    assert any("single arm compares no arms" in said for _, said in found)
