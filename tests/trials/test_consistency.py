"""What does not go together in a trial file, or with people: told with its line, all at once."""

import pytest
from trial_texts import FULL, problems

from gutskin.trials.design import load_trial

CREAM = '[[arms.interventions]]\nkind = "emollient"\nlevel = 1\nstart_week = {}\nend_week = {}\n'
OUT_OF_RANGE = {
    "no such antibiotic": (
        'kind = "antibiotic"', 'kind = "antibiotic"\nname = "vancomicin"', "vancomicin",
        "Did you mean 'vancomycin'? Known: broad, amoxicillin, cephalosporin, macrolide",
    ),
    "older than the population": ("[2, 12]", "[14, 17]", "[14, 17]", "it has 1 to 13 years"),
    "younger than the population": ("[2, 12]", "[0.25, 0.5]", "0.25, 0.5", "it has 1 to 13 years"),
    "partly older": ("[2, 12]", "[11, 18]", "[11, 18]", "Write `age_years = [11, 13]`"),
    "ages upside down": ("[2, 12]", "[12, 2]", "[12, 2]", "larger than the one before"),
    "negative age": ("[2, 12]", "[-1, 2]", "[-1, 2]", "not be negative"),
    "endless age": ("[2, 12]", "[2, 1e9]", "[2, 1e9]", "Write `age_years = [2, 13]`"),
    "score beyond the scale": ("[25, 103]", "[25, 999]", "[25, 999]", "Write `scorad = [25, 103]`"),
    "score of nobody": ("[25, 103]", "[200, 300]", "[200, 300]", "from 0 to 103"),
    "visit": ("[0, 4, 8]", "[0, 4, 1e9]", "weeks = [0", "at most 2091 weeks"),
    "same visit": ("[0, 4, 8]", "[0, 4, 4]", "weeks = [0", "larger than the one before"),
    "visit within the hour": ("[0, 4, 8]", "[0, 4, 4.001]", "weeks = [0", "within an hour"),
    "narrow score": ("[25, 103]", "[25, 29.4]", "[25, 29.4]", "one record of SCORAD, 4.5 points"),
    "narrow ige": (
        "scorad = [25, 103]", "scorad = [25, 103]\ntotal_ige = [100, 110]", "total_ige = [",
        "of Total IgE, a factor of 1.1",
    ),
    "ige of nobody": (
        "scorad = [25, 103]", "scorad = [25, 103]\ntotal_ige = [1e9, 1e10]", "total_ige = [",
        "nobody has a Total IgE above 1e+07 kU/L. Write a range below 1e+07.",
    ),
    "screening": ("screening_weeks = 4", "screening_weeks = 1e9", "screening", "at most 104 weeks"),
    "end": ("end_week = 8", "end_week = 1e12", "end_week = 1e12", "at most 2091 weeks"),
    "infinite end": ("end_week = 8", "end_week = inf", "end_week = inf", "a finite number"),
    "endless patients": ("n = 10", "n = 1e20", "n = 1e20", "a whole number"),
    "beyond 64 bits": ("n = 10", "n = 100000000000000000000", "n = 1000", "64 bits"),
    "no patients": ("n = 10", "n = -4", "n = -4", "an arm has 2 patients at least"),
    "loading": ("= 600", "= 1e30", "1e30", "more than a person can take (0 to 2000)"),
    "injection": ("dose_mg = 300", "dose_mg = 5000", "5000", "(0 to 2000)"),
    "negative injection": ("dose_mg = 300", "dose_mg = -1", "dose_mg", "not be negative"),
    "injections": ("every_weeks = 2", "every_weeks = 1e-9", "every", "more than 24 injections"),
    "cells": ("4e9", "1e30", "1e30", "(0 to 1e14)"),
    "infinite cells": ("4e9", "inf", "inf", "a finite number"),
    "no number of cells": ("4e9", "nan", "nan", "a finite number"),
    "level": ("level = 0.5", "level = 1.5", "1.5", "less than or equal to 1"),
    "antibiotic beyond its end": ("days = 7", "days = 22", "days = 22", "week 8, 21 days later"),
    "endless antibiotic": ("days = 7", "days = 1e9", "days = 1e9", "week 8, 21 days later"),
    "short cream": ("= 2\nend_week = 4", "= 2\nend_week = 2.000001", "2.000001", "is over within"),
    "strain twice": ('"w51"', '"W23"', '"W23", "W23"', "names w23 more than once"),
    "strain by id and code": ('"W23", "w51"', '"lgg", "GG (ATCC 53103)"', '"lgg"', "lgg more than"),
    "reference": ("Yesilova2012", "Nosuch2020", "Nosuch2020", "there is no reference 'Nosuch2020'"),
    "direction": ("directions.scorad", "directions.scoradd", "scoradd", "Did you mean 'scorad'"),
    "endpoint twice": ('"easi"]', '"scorad"]', '"scorad"]', "'scorad' stands twice"),
    "difference": ("= 8.7", "= 104", "= 104", "more than the whole scale of SCORAD, 103"),
    "difference of what is a ratio": (
        'primary = "scorad"\nendpoints = ["scorad", "easi"]',
        'primary = "total_ige"\nendpoints = ["total_ige", "easi"]', "= 8.7",
        "Total IgE is tested on logarithms, so that its effect is a ratio, and no difference says",
    ),
    "adherence": ("[analysis]", "[conduct]\nadherence = 1.1\n[analysis]", "1.1", "equal to 1"),
    "dropout": ("[analysis]", "[conduct]\ndropout_share = nan\n[analysis]", "nan", "finite"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUT_OF_RANGE)
def test_what_nobody_can_take_or_live_to_see_is_told_with_its_line(tmp_path, case):
    old, new, marked, message = OUT_OF_RANGE[case]
    assert old in FULL
    text = FULL.replace(old, new, 1)
    (line,) = [i for i, one in enumerate(text.split("\n"), 1) if marked in one][:1]
    found = problems(tmp_path, text)
    assert any(at == line and message in says for at, says in found), found


def test_a_full_file_is_right(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(FULL)
    assert load_trial(path).end_week == 8


OVERLAPS = {
    "two creams": (CREAM.format(3, 5), "emollient from week 3 to week 5 overlaps"),
    "one in another": (CREAM.format(2.5, 3), "overlaps emollient from week 2 to week 4"),
    "antibiotics": (
        '[[arms.interventions]]\nkind = "antibiotic"\ndays = 3\nstart_week = 5.5\n',
        "overlaps antibiotic from week 5 to week 6",
    ),
    "the same antibiotic by its name": (
        '[[arms.interventions]]\nkind = "antibiotic"\nname = "broad"\ndays = 3\nstart_week = 5.5\n',
        "overlaps antibiotic from week 5 to week 6",
    ),
    "strain of another mix": (
        '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["W51"]\ncfu_per_day = 1e9\n'
        "start_week = 3\n",
        "probiotic from week 3 to week 8 overlaps probiotic from week 0 to week 4",
    ),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_two_courses_of_one_thing_at_a_time_are_told_with_their_line(tmp_path, case):
    more, message = OVERLAPS[case]
    text = FULL.replace('[[arms]]\nname = "placebo"', f'{more}[[arms]]\nname = "placebo"')
    (line,) = [i for i, one in enumerate(text.split("\n"), 1) if one == more.split("\n")[3]][-1:]
    line = line if "start_week" in more.split("\n")[3] else line + 1
    assert (line, message) in [
        (at, message) for at, says in problems(tmp_path, text) if message in says
    ]


def test_two_regimens_of_one_drug_at_a_time(tmp_path):
    more = FULL[FULL.index("[[arms.interventions]]") : FULL.index('[[arms]]\nname = "mix"')]
    text = FULL.replace('[[arms]]\nname = "mix"', f'{more}[[arms]]\nname = "mix"')
    assert any("dupilumab from week 0" in says for _, says in problems(tmp_path, text))


@pytest.mark.parametrize(
    "more",
    [
        CREAM.format(4, 6) + CREAM.format(0, 2),
        '[[arms.interventions]]\nkind = "antibiotic"\ndays = 3\nstart_week = 6\n',
        '[[arms.interventions]]\nkind = "antibiotic"\nname = "macrolide"\ndays = 3\n'
        "start_week = 5\n",
        '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["w51"]\ncfu_per_day = 1e9\n'
        "start_week = 4\n",
        '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["W23"]\ncfu_per_day = 1e9\n'
        "viable = false\n",
        CREAM.format(0, 8).replace("emollient", "topical_steroid"),
    ],
)
def test_courses_that_follow_each_other_are_right(tmp_path, more):
    path = tmp_path / "trial.toml"
    text = FULL.replace('[[arms]]\nname = "placebo"', f'{more}[[arms]]\nname = "placebo"')
    path.write_text(text)
    assert load_trial(path)


@pytest.mark.parametrize("pair", [("plumless", "buckeroo"), ("codding", "gnu")])
def test_arms_whose_names_are_one_number_in_the_streams_are_refused(tmp_path, pair):
    text = FULL.replace('"drug"', f'"{pair[0]}"').replace('"mix"', f'"{pair[1]}"')
    found = problems(tmp_path, text)
    assert any("random streams cannot tell" in says for _, says in found), found


def test_strains_of_one_product_share_six_places_and_those_of_seven_products_cannot(tmp_path):
    names = '"W23", "W51", "W52", "W55", "W56", "W57", "W58", "LGG"'
    path = tmp_path / "trial.toml"
    path.write_text(FULL.replace('"W23", "w51"', names))
    assert load_trial(path)
    one = '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["{}"]\ncfu_per_day = 1e9\n\n'
    more = "".join(one.format(name) for name in ("W52", "W55", "W56", "W57", "W58", "LGG"))
    text = FULL.replace('[[arms]]\nname = "placebo"', f'{more}[[arms]]\nname = "placebo"')
    found = problems(tmp_path, text)
    (says,) = [says for _, says in found if "too many strains" in says]
    assert "they name 8 strains; the model has places for 6, and these are of 7 kinds" in says


@pytest.mark.parametrize("wrong", ["BB12x", "nobody"])
def test_edge_a_misspelt_strain_is_told_among_seven_as_among_six(tmp_path, wrong):
    names = f'"W23", "W51", "W52", "W55", "W58", "LGG", "{wrong}"'
    ((line, says),) = problems(tmp_path, FULL.replace('"W23", "w51"', names))
    assert line == FULL[: FULL.index('"W23", "w51"')].count("\n") + 1
    assert f"unknown strain '{wrong}'" in says


def test_every_wrong_thing_of_a_trial_is_told_at_once(tmp_path):
    text = FULL
    for case in ("older than the population", "score of nobody", "visit", "screening", "loading",
                 "cells", "reference", "direction", "endpoint twice", "difference"):  # fmt: skip
        text = text.replace(*OUT_OF_RANGE[case][:2], 1)
    text = text.replace("level = 0.5", "level = 2").replace(
        "end_week = 4\n\n[[arms.inter", "end_week = 9\n\n[[arms.inter", 1
    )
    lines = {line for line, _ in problems(tmp_path, text)}
    wrong = {
        i
        for i, (a, b) in enumerate(zip(FULL.split("\n"), text.split("\n"), strict=True), 1)
        if a != b
    }
    assert wrong <= lines


def test_rescue_is_judged_by_an_endpoint_that_is_measured(tmp_path):
    rescued = FULL.replace("[analysis]", "[conduct]\nrescue = true\n[analysis]")
    without = rescued.replace('["scorad", "easi"]', '["scorad"]')
    assert any("EASI, which is not among" in says for _, says in problems(tmp_path, without))


@pytest.mark.parametrize(
    ("responders", "says"),
    [
        ('at_week = 3\nrule = "easi75"', "`at_week = 3` is no visit between"),
        ('at_week = 8\nrule = "easi75"', "`at_week = 8` is no visit between"),
        ('at_week = 4\nrule = "easi"', "'easi' does not say who responds"),
        ('at_week = 4\nrule = ["easi75"]', '`rule = ["easi75"]`: it must be text'),
        ('at_week = 4\nrule = "iga01"', "'iga01' is not among the endpoints"),
        ('at_week = 4\nrule = "easi75"\narms = ["stop"]', "the trial has no arm 'stop'"),
    ],
)
def test_what_is_wrong_with_a_second_part_is_told_with_its_line(tmp_path, responders, says):
    text = FULL.replace("weeks = [0, 8]", "weeks = [0, 4, 8]")
    text = text.replace('["scorad", "easi"]', '["scorad", "easi", "easi75"]')
    text = text.replace("[analysis]", f"[responders]\n{responders}\n[analysis]")
    assert any(says in told for _, told in problems(tmp_path, text))
    path = tmp_path / "good.toml"
    path.write_text(text.replace(responders, 'at_week = 4\nrule = "easi75"'))
    assert load_trial(path).responders.at_week == 4


@pytest.mark.parametrize("method", ['method = "cox"', 'methods = { easi75 = "log-rank" }'])
def test_times_to_what_all_of_a_second_part_have_are_refused(tmp_path, method):
    text = FULL.replace("weeks = [0, 8]", "weeks = [0, 4, 8]").replace('"scorad"', '"easi75"', 1)
    text = text.replace('["scorad", "easi"]', '["scorad", "easi", "easi75"]')
    second = '[responders]\nat_week = 4\nrule = "easi75"\n[analysis]\n'
    text = text.replace("[analysis]", f"{second}{method}")
    ((_, says),) = problems(tmp_path, text)
    assert "times to 'easi75' would be compared" in says
    path = tmp_path / "good.toml"
    path.write_text(text.replace(method, f"week = 4\n{method}"))  # before anybody is chosen
    assert load_trial(path).analysis.week == 4
    path.write_text(text.replace(method, 'methods = { easi75 = "g-computation" }'))
    assert load_trial(path).responders.at_week == 4


def test_a_range_as_wide_as_the_error_of_a_record_is_taken(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(FULL.replace("[25, 103]", "[25, 29.5]"))
    assert load_trial(path).eligibility.scorad == (25, 29.5)


@pytest.mark.parametrize(
    ("key", "head"), [("visits", "[visits]"), ("analysis", "[analysis]"), ("arms", "[[arms]]")]
)
def test_a_missing_section_is_told_as_a_section_with_the_first_line(tmp_path, key, head):
    lines, kept, inside = FULL.splitlines(), [], False
    for line in lines:
        if line.startswith("["):
            inside = line.strip("[]").partition(".")[0].startswith(key)
        if not inside:
            kept.append(line)
    found = problems(tmp_path, "\n".join(kept))
    assert (1, f"the section {head} is missing. Add `{head}` with its keys.") in [
        (line, says.split(": ", 1)[-1]) for line, says in found
    ]


@pytest.mark.parametrize("size", ["true", "1", "0", "-3"])
def test_no_size_of_an_arm_that_is_refused_is_reckoned_with(tmp_path, size):
    text = FULL.replace("n = 10", f"n = {size}", 1)
    assert not [says for _, says in problems(tmp_path, text) if "leaves" in says]


def test_what_begins_after_the_last_visit_is_refused_and_what_begins_before_it_is_not(tmp_path):
    text = FULL.replace("end_week = 8", "end_week = 12", 1)
    cream = CREAM.format("{}", 11)
    for week in (8.1, 10):
        found = problems(tmp_path, text + "\n" + cream.format(week))
        assert any("the last visit is at week 8: nobody sees" in says for _, says in found)
    path = tmp_path / "trial.toml"
    for week in (7.9, 8):  # what follows the last visit may be written down, as an extension is
        path.write_text(text.replace("= 2\nend_week = 4", f"= {week}\nend_week = 11"))
        load_trial(path)


def in_run_in(text):
    """The trial with four weeks of run-in, in which everybody is given something."""
    given = f"[run_in]\nweeks = 4\n\n[[run_in.interventions]]\n{text}\n\n[visits]"
    return FULL.replace("[visits]", given, 1)


BEFORE = FULL.splitlines().index("[visits]") + 4  # the line of `[[run_in.interventions]]`


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('kind = "fibre"\nfactor = 4.1', 2, "`factor = 4.1` is more than a person can take"),
        ('kind = "washing"\nwashes_per_day = 101', 2, "`washes_per_day = 101` is more than"),
        ('kind = "inulin"\ng_per_day = 61', 2, "`g_per_day = 61` comes to 61 within a day"),
        ('kind = "fibre"\nfactor = 1\nend_week = 5', 3, "write more `weeks` in [run_in]."),
        ('kind = "fibre"\nfactor = 1\nstart_week = 4', 3, "starts at week 4 and ends at week 4"),
        ('kind = "topical"\nname = "tacrolimus_0_1"\nuse = "as_needed"', 3, "not used as needed"),
        ('kind = "fibre"\nfactor = 1\n[[run_in.interventions]]\nkind = "fibre"\nfactor = 2', 3,
         "overlaps"),
        ('kind = "food_on_skin"\nlevel = 2', 1, "'food_on_skin' is for another place of the file"),
        # it is no probiotic misspelt, however near the two words are
        ('kind = "antibiotic"\ndays = 7', 1, "the kind 'antibiotic' is for another place"),
        ('kind = "fibr"\nfactor = 1', 1, "unknown kind 'fibr'. Did you mean 'fibre'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_run_in_is_told_as_of_an_arm(tmp_path, text, line, says):
    ((found, message),) = problems(tmp_path, in_run_in(text))
    assert says in message
    assert found == BEFORE + line


CREAM_KIND = '\n[[arms.interventions]]\nkind = "{}"\n{}{}'
RULE = '\nwhen = {{ score = "scorad", at_least = {} }}\n'
TOPICAL = 'name = "steroid_mild"'


@pytest.mark.parametrize(
    ("creams", "right"),
    [
        ([("emollient", "level = 0.2", ""), ("emollient", "level = 0.9", RULE.format(40))], True),
        ([("topical_steroid", "level = 0.2", ""),
          ("topical_steroid", "level = 0.9", RULE.format(40))], True),
        ([("emollient", "level = 0.2", ""), ("emollient", "level = 0.9", "")], False),
        ([("emollient", "level = 0.2", RULE.format(30)),
          ("emollient", "level = 0.9", RULE.format(40))], False),
        ([("topical_steroid", "level = 0.2", RULE.format(30)),
          ("topical_steroid", "level = 0.9", RULE.format(40))], False),
        ([("topical", TOPICAL, ""), ("topical_steroid", "level = 0.9", RULE.format(40))], False),
        ([("topical_steroid", "level = 0.2", ""), ("topical", TOPICAL, RULE.format(40))], False),
    ],
)  # fmt: skip
def test_a_cream_by_a_rule_may_stand_beside_the_same_that_is_used_anyway(tmp_path, creams, right):
    text = FULL.replace("[analysis]", "".join(CREAM_KIND.format(*one) for one in creams)
                        + "\n[analysis]", 1)  # fmt: skip
    if right:
        (tmp_path / "trial.toml").write_text(text)
        assert len(load_trial(tmp_path / "trial.toml").arms[-1].interventions) >= len(creams)
        return
    (says,) = (says for _, says in problems(tmp_path, text))
    assert "overlaps" in says


def test_edge_a_run_in_takes_what_a_person_can(tmp_path):
    path = tmp_path / "most.toml"
    for text in ('kind = "inulin"\ng_per_day = 60', 'kind = "fibre"\nfactor = 4\nend_week = 4'):
        path.write_text(in_run_in(text))
        assert len(load_trial(path).run_in.interventions) == 1


SUGAR = """
[[arms.interventions]]
kind = "{}"
g_per_day = {}
start_week = 1

[[arms]]
name = "placebo\""""


@pytest.mark.parametrize(("kind", "most"), [("inulin", 60), ("lactulose", 100)])
def test_closed_form_an_arm_gets_no_more_of_a_sugar_than_a_person_can_eat_in_a_day(
    tmp_path, kind, most
):
    path = tmp_path / "most.toml"
    path.write_text(FULL.replace('\n[[arms]]\nname = "placebo"', SUGAR.format(kind, most), 1))
    assert load_trial(path)
    text = FULL.replace('\n[[arms]]\nname = "placebo"', SUGAR.format(kind, most + 1), 1)
    ((line, says),) = problems(tmp_path, text)
    assert f"comes to {most + 1} within a day, more than a person can eat (0 to {most})" in says
    assert text.splitlines()[line - 1] == f"g_per_day = {most + 1}"


def test_two_courses_of_a_sugar_that_follow_each_other_are_no_more_than_one(tmp_path):
    both = SUGAR.format("inulin", 60).replace("start_week = 1", "start_week = 1\nend_week = 2.05")
    later = SUGAR.format("inulin", 60).replace("start_week = 1", "start_week = 2.05")
    text = FULL.replace('\n[[arms]]\nname = "placebo"', both, 1)
    text = text.replace('\n[[arms]]\nname = "placebo"', later, 1)
    path = tmp_path / "one_after_the_other.toml"
    path.write_text(text)
    assert load_trial(path)


@pytest.mark.parametrize("part", ["[eligibility]", '[[subgroups]]\nname = "x"'])
def test_nobody_is_sensitised_to_food_and_to_nothing(tmp_path, part):
    asks = f"{part}\nfood_sensitised = true\nsensitised = "
    text = FULL.replace("[eligibility]", asks + "false\n[eligibility]", 1)
    if part == "[eligibility]":
        text = FULL.replace("[eligibility]", asks + "false", 1)
    ((line, says),) = problems(tmp_path, text)
    assert "who is sensitised to food is sensitised" in says
    assert text.splitlines()[line - 1] == "sensitised = false"
    path = tmp_path / "both.toml"
    path.write_text(text.replace("sensitised = false", "sensitised = true"))
    assert load_trial(path)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("abrocitinib", "Write `dose_mg`, the amount of a day, to give it all the same."),
        ("tralokinumab", "Write `dose_mg` and `every_weeks` to give it all the same."),
    ],
)
def test_a_drug_without_a_usual_dose_at_that_age_asks_for_what_it_takes(tmp_path, name, remedy):
    more = f'\n[[arms.interventions]]\nkind = "drug"\nname = "{name}"\n\n[[arms]]\nname = "placebo"'
    ((_, says),) = problems(tmp_path, FULL.replace('\n[[arms]]\nname = "placebo"', more, 1))
    assert says.endswith(remedy)
