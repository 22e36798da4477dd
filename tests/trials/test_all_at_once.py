"""All that is wrong with a trial file comes in one message, whatever is wrong beside it.

`bad_values.tsv` has a mistake a row: what stands in `sound_trial.toml`, what is written for it, and
what must be said. Sixty files have two to four of them each, drawn by a seed.
"""

import random
from itertools import combinations
from pathlib import Path

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.trials.plan import plan_trial

HERE = Path(__file__).parent
SOUND = (HERE / "sound_trial.toml").read_text()
ROWS = [line.split("\t") for line in (HERE / "bad_values.tsv").read_text().splitlines()[1:]]
FAULTS = {what: [cell.encode().decode("unicode_escape") for cell in cells] for what, *cells in ROWS}
# What cannot be known beside another mistake: that of a pair which is not told is named first.
HIDDEN = {
    ("ages beyond", "population unknown"), ("subgroup outside", "scorad beyond"),
    ("visit after end", "end text"), ("probiotic ends late", "end text"),
    ("block odd", "arm n"), ("block odd", "arm n text"), ("block none", "arm n"),
    ("cream unknown", "kind unknown"), ("rule unfelt", "kind unknown"),
    ("rule unknown", "kind unknown"), ("rule turned", "kind unknown"),
    ("estimand week", "extension no visit"), ("estimand summary", "estimand endpoint"),
    ("estimand summary", "estimator method"), ("estimand summary", "estimator misfit"),
    ("primary not measured", "endpoint unknown"), ("meaningful", "primary not measured"),
    ("own strain species", "own strain id"),
}  # fmt: skip


def place(what):
    """Where a mistake stands in the sound file: its first and its last character."""
    first = SOUND.index(FAULTS[what][0])
    return first, first + len(FAULTS[what][0])


def apart(one, other):
    """Whether two mistakes stand in different places, and each is told beside the other."""
    (a, b), (c, d) = place(one), place(other)
    return (b <= c or d <= a) and (one, other) not in HIDDEN and (other, one) not in HIDDEN


def with_faults(some):
    """The sound file with these mistakes; lines stay where they are."""
    text = SOUND
    for what in some:
        written, wrong, _ = FAULTS[what]
        text = text.replace(written, wrong, 1)
    return text


def told(tmp_path, text):
    """What is said of a file, each with its line; nothing of a right one."""
    path, found = tmp_path / "trial.toml", ()
    path.write_text(text)
    try:
        plan_trial(path, 5)
    except InputError as error:
        found = error.problems
    assert all(one.file == path and one.line for one in found)
    return {(one.line, one.message) for one in found}


def drawn():
    """Sixty sets of two to four mistakes that each can be told beside the others."""
    rng, found = random.Random(1), []
    while len(found) < 60:
        some = rng.sample(sorted(FAULTS), rng.randint(2, 4))
        if all(apart(*pair) for pair in combinations(some, 2)):
            found.append(some)
    return found


def test_the_file_without_a_mistake_is_right_and_every_mistake_is_drawn(tmp_path):
    assert told(tmp_path, SOUND) == set()
    assert all(SOUND.count(written) for written, _, _ in FAULTS.values())
    assert len({what for some in drawn() for what in some}) > 0.8 * len(FAULTS)


@pytest.mark.parametrize("what", FAULTS)
def test_a_mistake_alone_is_told_with_its_line(tmp_path, what):
    says = FAULTS[what][2]
    assert any(says in message for _, message in told(tmp_path, with_faults([what])))


@pytest.mark.parametrize("some", drawn(), ids="; ".join)
def test_every_mistake_that_is_told_alone_is_told_beside_others(tmp_path, some):
    alone = set().union(*(told(tmp_path, with_faults([what])) for what in some))
    assert alone <= told(tmp_path, with_faults(some))


def test_the_command_tells_all_in_one_message_and_writes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    some = ["unknown key top", "strain unknown", "estimand strategy", "published arm"]
    (tmp_path / "trial.toml").write_text(with_faults(some))
    assert cli.main(["trial", "trial.toml", "--plan"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    for line, words in ((2, "Did you mean 'title'?"), (28, "W99"), (102, "composit"), (131, "mxi")):
        assert any(f"trial.toml:{line}" in one and words in one for one in shown.err.splitlines())
    assert [path.name for path in tmp_path.iterdir()] == ["trial.toml"]


PLAIN = """
name = "remedies"
population = "ad_adult"
{start}
[visits]
weeks = [0, {last}]
[[arms]]
name = "a"
n = 20
[[arms.interventions]]
{given}
[[arms]]
name = "c"
n = 20
control = {control}
[analysis]
primary = "scorad"
endpoints = ["scorad"]
{more}
"""
INULIN = 'kind = "inulin"\ng_per_day = 1'
USUAL = {"start": "", "last": "8", "given": INULIN, "control": "true", "more": ""}
MISSPELT = """kind = "probotic"
strains = ["LGGG"]
cfu_per_day = -1
dose = 3
start_week = 9"""


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        # which arm is the control is known once `control` is right
        ({"control": '"yes"'}, ['`control = "yes"`: it must be true or false.']),
        # the range of a day is the narrower of two
        (
            {"given": 'kind = "inulin"\ng_per_day = 3\nper_kg = true'},
            ["comes to 3 within a day, more than a person can eat (0 to"],
        ),
        # the week of an estimand of a crossover is none, whichever it is
        (
            {"last": "8, 12, 20", "given": INULIN + "\nend_week = 8", "more": '[[estimands]]\n'
             'name = "x"\nweek = 3\n[crossover]\nperiods = [[0, 8], [12, 20]]'},
            ["'a' and 'c' are no two sequences", "estimands of a crossover are at the end"],
        ),
        # a number of a wrong form is not missing
        (
            {"more": '[published]\nseen_in = "table"\nvalues = [{ endpoint = "scorad", '
             'arm = "a", week = 8, mean = "a" }]\ndifferences = [{ endpoint = "scorad", '
             'arm = "a", week = 8, difference = "b" }]'},
            ['`mean = "a"`: it must be a number.', '`difference = "b"`: it must be a number.'],
        ),
        # whether a trial begins at birth is known once `start` is right
        ({"start": 'start = "birth_vaginl"'}, ['`start = "birth_vaginl"`: it must be']),
        # nobody knows when a trial ends that has no visit
        ({"last": "1e9"}, ["week 1e+09: at most"]),
        # a misspelt kind is asked as the one that was meant
        (
            {"given": MISSPELT},
            [
                "unknown kind 'probotic'", "unknown strain 'LGGG'",
                "`cfu_per_day = -1`: it must not be negative.", "unknown key 'dose'",
                "starts at week 9 and ends at week 8",
            ],
        ),
    ],
)  # fmt: skip
def test_edge_a_mistake_has_one_remedy_and_hides_no_other(tmp_path, changed, says):
    """Of one key two remedies stood there, of which the second was wrong after the first."""
    found = told(tmp_path, PLAIN.format(**USUAL | changed))
    assert len(found) == len(says), found
    for one in says:
        assert any(one in each for each in map(str, found)), (one, found)
