"""What is refused of an experiment before anything is compiled, with its line and remedy."""

import pytest
from experiment_texts import ARM, DOSES, GOOD, HEAD, MOTHER, told

from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import shipped_biology
from gutskin.model.overlay import biology_of

REFUSED = [
    ("[0, 1.5]", "[-0.1, 1.5]", "admits both signs"),
    ("[0, 1.5]", "[1.5, 0]", "not in order"),
    ("washed = 1, plain = -1", "plain = 1, washed = 0.0, other = -1", "no arm 'other'"),
    ("contrast = { washed = 1, plain = -1 }", "", "one of `contrast`, `rising` and `falling`"),
    ("expected = [0, 1.5]", "", "either `expected` or `near`"),
    ("expected = [0, 1.5]", "near = 0.1", "without a `control` could not fail"),
    ("expected = [0, 1.5]", "near = [0.1, 1.5]\ncontrol = { plain = 1 }", "leaves out 0"),
    ("washes_per_day = 5", "washes_per_day = -5", "must"),
    (
        'kind = "washing", washes_per_day = 5',
        'kind = "antibiotic", name = "penicillin"',
        "unknown antibiotic 'penicillin'",
    ),
    ('kind = "washing"', 'kind = "washin"', "unknown kind 'washin'"),
    ("mean = [21, 28]", "mean = [21, 35]", "reads after the last day"),
    ("mean = [21, 28]", "mean = [21, 28], day = 2", "exactly one key"),
    ("skin_ph_nonlesional", "skin_ph_nonlesiona", "Did you mean 'skin_ph_nonlesional'"),
    ("flg_genotype = 0.5", "flg_genotyp = 0.5", "Did you mean 'flg_genotype'"),
    ('population = "ad_child"', 'population = "ad_chil"', "Did you mean 'ad_child'"),
    ('like = "plain"', 'like = "plan"', "no earlier arm is 'plan'"),
    ('like = "plain"', 'like = "plan"', "Did you mean 'plain'"),
    ('why = "few studies"', "", "'why' is missing"),
    ("expected = [0, 1.5]", 'expected = [1, 2]\nscale = "odds_ratio"', "is so or not"),
    (
        "expected = [0, 1.5]",
        'expected = [0, 1]\namong = { quantity = "easi", read = { day = 7 } }',
        "a patient meets it or not",
    ),
    (
        "expected = [0, 1.5]",
        'expected = [0, 1]\namong = { quantity = "eas", read = { above = [3, 7] } }',
        "Did you mean 'easi'",
    ),
    (
        "expected = [0, 1.5]",
        'expected = [0, 1]\namong = { quantity = "easi", read = { above = [3, 35] } }',
        "reads after the last day",
    ),
    (
        "expected = [0, 1.5]",
        'expected = [0, 1]\nbetween = { quantity = "easi", read = { above = [3, 7] } }',
        "patients of one arm",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED)
def test_unit_refused_with_file_line_and_remedy(read, old, new, message):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read(GOOD.replace(old, new))
    text = str(caught.value)
    assert message in text
    assert "own.toml:" in text


def test_unit_the_line_is_that_of_the_fault(read):
    text = GOOD.replace("[0, 1.5]", "[-0.1, 1.5]")
    line = text.splitlines().index("expected = [-0.1, 1.5]") + 1
    with pytest.raises(InputError, match=f"own.toml:{line}:"):
        read(text)


def test_an_arm_that_is_like_none_before_it_is_told_with_what_to_do(read):
    first = GOOD.replace("[X1.arms.plain]\n", '[X1.arms.plain]\nlike = "washed"\n')
    with pytest.raises(InputError, match=r"no earlier arm is 'washed'\. Write that arm first"):
        read(first)


TRIAL = """
trial = "six-strain-children"

[[X2.trial_checks]]
says = "it falls"
endpoint = "scorad"
statistic = "percent_change"
arm = "placebo"
week = 8
expected = [-90, 0]
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("six-strain-children", "six-strain", "no trial 'six-strain'"),
        ('"placebo"', '"placebos"', "no arm of this trial 'placebos'"),
        ("week = 8", "week = 9", "no visit at week 9"),
        ("week = 8\n", "", "it has no week to read"),
        ('arm = "placebo"\n', "", "is of one arm"),
        ('"percent_change"', '"difference"', "is not of one arm"),
        ('"scorad"', '"scoradd"', "no endpoint 'scoradd'"),
        ("week = 8", 'week = 8\nless = "placebo"', "nothing is compared with `less = 'placebo'`"),
        ("week = 8", 'week = 8\nscale = "ratio"', "a ratio is over another arm"),
        ("week = 8", 'week = 8\nless = "plcebo"', "no arm of this trial 'plcebo'"),
        ("week = 8", 'week = 8\nwith_entry = "scorad"', "belong together"),
        ('"scorad"', '"skin_prick_food"', "the trial does not measure 'skin_prick_food'"),
    ],
)
def test_what_a_trial_does_not_have_is_told(tmp_path, old, new, says):
    head = GOOD[: GOOD.index("days = 28")].replace("X1", "X2") + "days = 56"
    path = tmp_path / "own.toml"
    path.write_text(head + TRIAL)
    assert plan_experiments(path, shipped_biology())
    (found,) = told(tmp_path, (head + TRIAL).replace(old, new, 1))
    assert says in found[1]


def test_closed_form_an_experiment_has_places_for_six_kinds_of_strains(tmp_path):
    names = [f"{n}" for n in ("w23", "w51", "w55", "w56", "w57", "w58")]
    path = tmp_path / "own.toml"
    mix = '{ kind = "probiotic", strains = %s, cfu_per_day = 1e9, start_day = 0%s }'
    washed = '{ kind = "washing", washes_per_day = 5, start_day = 0 }'

    def problems(*doses):
        text = GOOD.replace(washed, ", ".join(doses)).replace("skin_ph_nonlesional", "gut_treg")
        path.write_text(text)
        try:
            plan_experiments(path, shipped_biology())
        except InputError as error:
            return str(error)
        return ""

    alive = mix % (str(names).replace("'", '"'), "")
    assert problems(alive) == ""
    killed = mix % ('["w23"]', ", viable = false")
    assert problems(alive, killed) == ""
    each = [mix % (f'["{name}"]', "") for name in (*names, "lgg")]
    assert "too many strains: they name 7 strains" in problems(*each)


WASH = '{ kind = "wash", day = 3, minutes = 10 }'

HOLD_OF_WASHING = 'holds = [{{ parameter = "washing", start_day = {}, end_day = {}, value = 1 }}]'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD, "it has no checks, so it could not fail."),
        (
            GOOD.replace("days = 28", 'days = 28\ntrial = "six-strain-children"'),
            "nothing is read from",
        ),
        (GOOD.replace("days = 28", 'days = 28\ngain = { id = "f_soap", most = -1 }'), "f_soap"),
        (GOOD.replace("days = 28", 'days = 28\ngain = { id = "f_soa", most = 1 }'), "'f_soa'"),
        (GOOD.replace("days = 28", "days = 28\nsides = { a = { f_soa = 1 } }"), "'f_soa'"),
        (GOOD.replace("days = 28", "days = 28\nsides = { a = { f_soap = -1 } }"), "f_soap"),
        (GOOD.replace("contrast = {", 'rising = ["plain", "washed"]\ncontrast = {'), "one of"),
        (GOOD.replace("days = 28", "days = 28\nscorad = [50, 50]"), "is no range of its scale"),
        (GOOD.replace("days = 28", "days = 28\nscorad = [-1, 50]"), "is no range of its scale"),
        (GOOD.replace("days = 28", "days = 28\nscorad = [5, 104]"), "is no range of its scale"),
        (GOOD.replace("[21, 28]", "[21, 21]"), "it reads from day 21 to day 21"),
        (GOOD.replace("[0, 1.5]", "[1.5, 1.5]"), "its ends are not in order"),
        (GOOD.replace(ARM, ARM + "age_years = [5, 5]\n"), "is no range"),
        (GOOD.replace(ARM, ARM + "age_years = [5, 13.5]\n"), "it has 1 to 13 years"),
        (GOOD.replace(ARM, ARM + 'start = "settle"\n'), "no start 'settle'"),
    ],
)
def test_unit_one_message_for_each_mistake(tmp_path, text, says):
    found = told(tmp_path, text)
    assert len(found) == 1, found
    assert says in found[0][1]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("days = 28", "days = 28\nscorad = [0, 103]"),
        GOOD.replace("[0, 1.5]", "[-1.5, 0]"),
        GOOD.replace("[21, 28]", "[0, 28]"),
        GOOD.replace(ARM, ARM + "age_years = [1, 13]\n"),
        GOOD.replace(ARM, ARM + 'start = "birth_vaginal"\nage_years = [0, 99]\n'),
        GOOD.replace("mean = [21, 28]", "day = 0"),
        GOOD.replace("expected = [0, 1.5]", 'scale = "ratio"\nexpected = [1, 1.5]'),
        GOOD.replace(DOSES, f"[{WASH}]\n{HOLD_OF_WASHING.format(4, 9)}"),
    ],
)
def test_closed_form_the_ends_of_ranges_are_allowed(tmp_path, text):
    assert told(tmp_path, text) == []


def test_unit_a_single_wash_and_a_hold_of_washing_are_told_once(tmp_path):
    both = f"{HOLD_OF_WASHING.format(0, 9)}"
    (found,) = told(tmp_path, GOOD.replace(DOSES, f"[{WASH}]\n{both}"))
    assert "overlaps" in found[1]
    two = both.replace(
        "}]", '}, { parameter = "washing", start_day = 9, end_day = 12, value = 1 }]'
    )
    assert len(told(tmp_path, GOOD.replace(DOSES, f"[{WASH}]\n{two}"))) == 1


def test_unit_what_an_arm_takes_over_is_told_where_it_stands(tmp_path):
    """A dose of the first arm is too much; the second takes it over and is not told again."""
    text = GOOD.replace(
        "always = {", DOSES.replace("[{", "doses = [{").replace("5", "5e5") + "\nalways = {"
    )
    text = text.replace(f"doses = {DOSES}", 'off = ["M07"]')
    found = told(tmp_path, text)
    assert len(found) == 1, found
    assert "(0 to 100)" in found[0][1]
    assert found[0][0] == text.splitlines().index("[X1.arms.plain]") + 3


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('"birth_vaginal"', '"settled"', 16, "he is not followed from birth"),
        ("start_day = 0 }", 'start_day = 0, while_nursing = false }', 16, "before birth nor while"),
    ],
)  # fmt: skip
def test_a_mothers_product_is_of_newborns(tmp_path, old, new, line, says):
    assert told(tmp_path, MOTHER) == []
    found = told(tmp_path, MOTHER.replace(old, new))
    assert [at for at, what in found if says in what] == [line], found


SETS = "{ flg_genotype = 0.5 }"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('population = "ad_child"\n', "", 8, "arm 'plain' has no population"),
        (SETS, '{ atopy = "-2" }', 10, "atopy cannot be -1"),
        (SETS, '{ atopy = "+1500" }', 10, "atopy cannot be 1500.5"),
        (ARM, ARM + 'state = { gut_treg = "-1.5" }\n', 14, "gut_treg cannot be -0.5"),
        ('population = "ad_child"', 'population = "ad_chil"\nage_years = [2, 5]', 9, "'ad_chil'"),
        ('population = "ad_child"', 'population = "ad_child"\nage_years = [-1, 5]', 10, "no range"),
        ('population = "ad_child"', 'population = "ad_child"\nage_years = [0.5, 5]', 10, "1 to 13"),
    ],
)  # fmt: skip
def test_unit_a_mistake_is_told_once_at_its_line(tmp_path, old, new, line, says):
    assert old in GOOD
    (found,) = told(tmp_path, GOOD.replace(old, new, 1))
    assert found[0] == line
    assert says in found[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SETS, '{ atopy = "+600" }'),
        (SETS, '{ atopy = "-0.5" }'),
        (SETS, '{ atopy = "x1000" }'),
        (ARM, ARM + 'state = { gut_treg = "-0.5" }\n'),
        ('population = "ad_child"', 'population = "newborn"\nage_years = [0, 0.0005]'),
    ],
)
def test_closed_form_what_lies_within_is_allowed(tmp_path, old, new):
    assert old in GOOD
    assert told(tmp_path, GOOD.replace(old, new, 1)) == []


def test_unit_a_mechanism_without_a_switch_cannot_be_off(tmp_path):
    """Of the shipped ones each has one; a folder of one's own may forget it."""
    table = shipped_biology().texts("mechanisms.tsv")[0].text.splitlines()
    row = dict(zip(table[0].split("\t"), next(
        line for line in table if line.startswith("M07\t")).split("\t"), strict=True))  # fmt: skip
    row["switch"] = ""
    (tmp_path / "mechanisms.tsv").write_text(
        "\n".join("\t".join(one) for one in (row, row.values()))
    )
    path = tmp_path / "perturbations.toml"
    path.write_text(GOOD.replace(ARM, ARM + 'off = ["M07", "M08"]\n'))
    with pytest.raises(InputError, match=r"M07: no switch\. Every mechanism has one") as caught:
        plan_experiments(path, biology_of(tmp_path))
    assert [(one.file, one.line) for one in caught.value.problems] == [
        (tmp_path / "mechanisms.tsv", 2)
    ]
