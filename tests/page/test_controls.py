"""Courses on the dose calendar, guesses and tasks of the page, without a browser."""

import json
import math
import subprocess
from itertools import pairwise
from random import Random

import pytest
from web_engine import NODE, SOURCE, Path

from gutskin.report.rounding import of_ratio
from gutskin.report.shown_effect import ratio_ticks


def course(start, end, kind="emollient", **more):
    return {"kind": kind, "start": start, "end": end, "level": 0.5} | more


def cream(start, end, name="a", **more):
    return course(start, end, "cream", name=name, **more)


OTHER = course(0, 12, "inulin")
USES = {"cream": {"a": {"uses": {"daily": {}, "twice_weekly": {}}}}}
TIERS = [
    {"age": [0.5, 6], "kg": [5, 15]}, {"age": [0.5, 6], "kg": [15, 30]},
    {"age": [6, 18], "kg": [15, None]},
]  # fmt: skip
DUPILUMAB = course(0, 4, "biologic", name="dupilumab")
NOTICED = 8.7
CASES = {
    "first may begin at 0": ("roomFor", [[course(2, 4), OTHER], 0, "start", 12], [0, 3.5]),
    "an end meets the next course": (
        "roomFor", [[course(8, 12), course(2, 4)], 1, "end", 12], [2.5, 8],
    ),
    "a start meets the course before": (
        "roomFor", [[course(8, 12), course(2, 4)], 0, "start", 12], [4, 11.5],
    ),
    "another in the longest pause": (
        "withAnother", [[course(0, 4), course(10, 12)], "emollient", 12],
        [course(0, 4), course(10, 12), course(4, 10)],
    ),
    "another where none is left makes a pause": (
        "withAnother", [[course(0, 12), OTHER], "emollient", 12],
        [course(0, 4), course(8, 12), OTHER],
    ),
    "no room for another": ("withAnother", [[course(0, 1)], "emollient", 1], None),
    "eight are enough": (
        "withAnother", [[course(n, n + 0.5) for n in range(8)], "emollient", 52], None,
    ),
    "longer weeks carry on what lasted": (
        "fitted", [[course(0, 4), course(8, 12)], 12, 20], [course(0, 4), course(8, 20)],
    ),
    "shorter weeks cut": (
        "fitted", [[course(0, 4), course(8, 12)], 12, 10], [course(0, 4), course(8, 10)],
    ),
    "shorter weeks drop what would begin later": (
        "fitted", [[course(0, 4), course(8, 12)], 12, 8], [course(0, 4)],
    ),
    "the only course stays": ("fitted", [[course(8, 12)], 12, 4], [course(3.5, 4)]),
    "courses apart are sound": ("sound", [[course(4, 8), course(0, 4)]], True),
    "courses that overlap are not": ("sound", [[course(0, 5), course(4, 8)]], False),
    "courses of two doses are not": (
        "sound", [[course(0, 4), {**course(4, 8), "level": 1}]], False,
    ),
    "a point more is nothing": ("guessFor", [1, NOTICED], "none"),
    "over a point more is worse": ("guessFor", [1.01, NOTICED], "worse"),
    "less than a patient notices": ("guessFor", [-8.6, NOTICED], "little"),
    "what a patient notices": ("guessFor", [-8.7, NOTICED], "noticed"),
    "twice that": ("guessFor", [-17.5, NOTICED], "clear"),
    "creams are one at a time": ("sound", [[cream(0, 5), cream(4, 8, "b")]], False),
    "a cream and one by its share of use too": (
        "sound", [[cream(0, 5), course(4, 8, "topical_steroid")]], False,
    ),
    "creams in turn are sound": ("sound", [[cream(0, 5), cream(5, 8, "b"), OTHER]], True),
    "tablets are one at a time": (
        "sound", [[course(0, 5, "tablet", name="a"), course(4, 8, "tablet", name="b")]], False,
    ),
    "antibiotics may meet, of any dose": (
        "sound",
        [[course(0, 5, "antibiotic", name="a"), course(4, 8, "antibiotic", name="b", level=1)]],
        True,
    ),
    "an end meets the next cream": (
        "roomFor", [[cream(0, 4), cream(6, 12, "b")], 0, "end", 12], [0.5, 6],
    ),
    "another course of a cream finds what other creams leave": (
        "withAnother", [[cream(0, 4), cream(6, 12, "b")], "cream-a", 12],
        [cream(0, 4), cream(6, 12, "b"), cream(4, 6)],
    ),
    "a cream used in two ways is two rows": ("lineOf", [cream(0, 4, use="as_needed")],
                                             "cream-a-as_needed"),
    "daily use is not named": ("lineOf", [cream(0, 4, use="daily")], "cream-a"),
    "a new cream takes the weeks that are left": (
        "withFresh", [[cream(0, 4)], cream(0, 12, "b"), 12], [cream(0, 4), cream(4, 12, "b")],
    ),
    "no longer than it would last": (
        "withFresh", [[cream(2, 4)], cream(0, 3, "b"), 12], [cream(2, 4), cream(4, 7, "b")],
    ),
    "where none are left it takes the second half": (
        "withFresh", [[cream(0, 11)], cream(0, 11, "b"), 11],
        [cream(0, 5.5), cream(5.5, 11, "b")],
    ),
    "where half is too short there is no room": (
        "withFresh", [[cream(0, 0.9)], cream(0, 0.9, "b"), 0.9], [cream(0, 0.9)],
    ),
    "shorter weeks keep the first cream alone": (
        "fitted", [[cream(0, 6), cream(6, 12, "b")], 12, 4], [cream(0, 4)],
    ),
    "a cream that is given is next used in another way": (
        "freshOf", ["cream", "a", {"treatments": [cream(0, 4, use="daily")], "weeks": 12}, USES],
        cream(0, 12, use="twice_weekly", level=1),
    ),
    "years decide before kilograms": ("tierOf", [TIERS, 5, 40], 1),
    "of two doses at their edge the older": ("tierOf", [TIERS, 6, 20], 2),
    "of two weights at their edge the heavier": ("tierOf", [TIERS, 5, 15], 1),
    "too young for any: the nearest": ("tierOf", [TIERS, 0.1, 8], 0),
    "who is said to be reached": ("reached", ["13", "1346"], "task_reached 4 task_reached 6"),
    "nothing new, nothing said": ("reached", ["13", "13"], ""),
    "round numbers of an axis": ("roundNumbers", [-21.3, 7.4], [-20, -10, 0]),
    "small ones too": ("roundNumbers", [0.1, 0.9], [0.2, 0.4, 0.6, 0.8]),
    "patients who are enough": (
        "neededSentence", [{"assurance": 40, "open_from": None}], ["result_needed", 40],
    ),
    "no number is enough": (
        "neededSentence", [{"assurance": None, "open_from": None}], ["result_never", None],
    ),
    "whether any is enough is open": (
        "neededSentence", [{"assurance": None, "open_from": 310}], ["result_open", 310],
    ),
    "of one value": ("roundNumbers", [3, 3], [3]),
    "nothing is done at first": ("doneNow", [{}], ""),
    "a guess that was left out is none": ("doneNow", [{"guess": "skip"}], ""),
    "ticks stay": ("doneNow", [{"done": "3", "guess": "little", "treatments": []}], "123"),
    "fibre alone is half the task": ("doneNow", [{"around": {"fibre": 2}}], ""),
    "fibre and butyrate": (
        "doneNow", [{"around": {"fibre": 2}, "read": "faecal_butyrate"}], "3",
    ),
    "off, half a belief, a drug": (
        "doneNow",
        [{"off": ["M47"], "belief": 0.5, "treatments": [DUPILUMAB]}], "456",
    ),
    "a drug beside the product": (
        "doneNow", [{"treatments": [DUPILUMAB, course(0, 4, "probiotic")]}], "",
    ),
    "a steroid cream is one that the task asks for": (
        "doneNow", [{"treatments": [cream(0, 4, "steroid_mild")]}], "6",
    ),
    "another cream is not": ("doneNow", [{"treatments": [cream(0, 4, "tapinarof")]}], ""),
}  # fmt: skip


def in_node(folder, cases):
    """What the page's controls make of calls, in order."""
    (folder / "cases.json").write_text(json.dumps(cases))
    run = Path(__file__).with_name("run_controls.mjs")
    done = subprocess.run(
        [str(NODE), str(run), str(folder), str(SOURCE)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    cases = [{"call": call, "given": given} for call, given, _ in CASES.values()]
    return dict(zip(CASES, in_node(tmp_path_factory.mktemp("controls"), cases), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_closed_form_courses_guesses_and_tasks(found, name):
    assert found[name] == CASES[name][2]


ADDRESS = (
    "screen=about&cards=mechanisms&week=7&who=ad_adult&age=30&flg=carrier&sensitised=no&severity=severe&butyrate=low&read=itch&weeks=24&belief=0.5"
    "&lang=nl&map=article&at=flora-acids&fibre=2&off=M1.M2&guess=little&done=12&give=probiotic~0~8~9.6~a.b!probiotic~12~24~9.6~a.b"
    "!antibiotic~2~3~1~~amoxicillin!biologic~1~9~1~~dupilumab!dupilumab~9~12~1"
    "!cream~4~8~1~~tacrolimus!cream~8~12~1~~tacrolimus~twice_weekly!tablet~3~9~1~~baricitinib~~3&allergen=2&shown=not+shown&known=supported&grade=A&find=zure+huid&open=C01.M2"
)
OF_PEOPLE = {"severity": {"mild": {}, "severe": {}}, "butyrate": {"low": {}}}
KNOWN = {
    "people": {
        "ad_child": {"ages": [1, 13], "kinds": OF_PEOPLE},
        "ad_adult": {"ages": [18, 65], "kinds": OF_PEOPLE},
    },
    "strains": {name: {} for name in ("w23", "w51", "w55", "w56", "w57", "w58", "a", "b")},
    "antibiotics": {"amoxicillin": "x"}, "together": 2,
    "biologic": {"dupilumab": {"tiers": [{"dose": 300, "first": 600}]}},
    "tablet": {"baricitinib": {"tiers": [{"dose": 4}]}},
    "cream": {"tacrolimus": {"uses": {"daily": {}, "twice_weekly": {}}}},
    "mechanisms": {"M1": [], "M2": []},
    "read": {"scorad": {}, "itch": {}}, "map": {"arrows": {"M1": ["flora", "acids", "+"]}},
    "statements": {"cards": {
        "C01": {"found": {"evidence": ["shown", []]}, "evidence": "thin", "grade": "C"},
        "C02": {"found": {"evidence": ["not shown", []]}, "evidence": "supported", "grade": "A"},
    }},
}  # fmt: skip


def mangled(random):
    """An address with a few letters lost, doubled or replaced."""
    letters = list(ADDRESS)
    for _ in range(random.randint(1, 6)):
        place = random.randrange(len(letters))
        letters[place] = random.choice(["", letters[place] * 2, *"0~.!&=%-e9\u00e9_#", "Infinity"])
    return "".join(letters)


def test_property_a_mangled_address_leaves_settings_that_are_sound(tmp_path):
    random = Random(1)
    addresses = [ADDRESS, *(mangled(random) for _ in range(2000))]
    got = in_node(tmp_path, [{"call": "again", "given": [one, KNOWN]} for one in addresses])
    assert got[0][:3] == [True, [], 0]
    assert sum(wrong > 0 for _, _, wrong, _ in got) > 1000
    for address, (same, wrong, _, settings) in zip(addresses, got, strict=True):
        assert same, address
        assert wrong == [], address
        low, high = KNOWN["people"][settings["who"]]["ages"]
        assert settings["age"] is None or low <= settings["age"] <= high, address
        assert settings["kinds"].keys() <= OF_PEOPLE.keys(), address
        assert all(kind in OF_PEOPLE[trait] for trait, kind in settings["kinds"].items()), address
        assert 4 <= settings["weeks"] <= 52, address
        for one in settings["treatments"]:
            assert 0 <= one["start"] < one["end"] <= settings["weeks"], address


def test_agreement_a_ratio_has_the_ticks_and_decimals_of_the_report(tmp_path):
    random = Random(2)
    ends = [(0.1, 1.2), (0.93, 1.04), (1e-4, 2.0), (0.5, 300.0)]
    ends += [(math.exp(-random.expovariate(0.5)), math.exp(random.random())) for _ in range(300)]
    told = [(math.exp(random.gauss(-1, 1)), random.random()) for _ in range(300)]
    told += [(0.996, 0.7), (1.2, 1e-9), (0.0, 0.0)]
    told = [(middle, share * middle, middle * (2 - share)) for middle, share in told]
    told += [(0.993, 0.99, 0.996), (0.7, 0.22, 3.66), (1.0, 1.0, 1.0)]
    cases = [{"call": "ratioTicks", "given": one} for one in ends]
    found = in_node(tmp_path, cases + [{"call": "ratioDecimals", "given": one} for one in told])
    for one, ticks in zip(ends, found, strict=False):
        assert ticks == pytest.approx(ratio_ticks(*one)), one
    assert found[len(ends) :] == [of_ratio(*one) for one in told]


def test_closed_form_equal_factors_are_equal_steps_on_the_axis_of_a_ratio(tmp_path):
    cases = [[[0.25, 0.5, 2.0], True, 390], [[-4.0, 2.0], False, 390], [[1.0, 1.0], True, 390]]
    ratio, plain, same = in_node(
        tmp_path, [{"call": "effectAxis", "given": given} for given in cases]
    )
    quarter, half, double = ratio["ends"]
    assert half - quarter == pytest.approx(ratio["none"] - half)
    assert ratio["none"] - half == pytest.approx(double - ratio["none"])
    assert dict(ratio["ticks"])[1] == pytest.approx(ratio["none"])
    assert quarter > 12
    assert double < 390 - 12
    assert plain["ends"] == [12, 378]
    assert plain["none"] == pytest.approx(12 + 366 * 4 / 6)
    assert same["none"] == pytest.approx(195)
    for axis in (ratio, plain, same):
        places = [place for _, place in axis["ticks"]]
        assert min(right - left for left, right in pairwise(places)) > 40


SAID = {
    "tested": 3,
    "replicates": 4,
    "reported": [0.2, 0.334, 0.5, None],
    "for": [0],
    "against": [],
}
NUMBERS = {
    ("en", True): "reports × 0.33 (0.21 to 0.49 in 95% of trials), a ratio of geometric means;",
    ("nl", True): "meldt × 0,33 (0,21 tot 0,49 in 95% van de onderzoeken), een verhouding van",
    ("en", False): "reports 0.334 (0.207 to 0.492 in 95% of trials); p < 0.05 in its favour in 25%",
    ("nl", False): "meldt 0,334 (0,207 tot 0,492 in 95% van de onderzoeken); p < 0,05",
}


def test_closed_form_what_trials_report_is_told_as_a_ratio_in_both_languages(tmp_path):
    cases = []
    for reported in (SAID["reported"], [None]):
        for language, ratio in NUMBERS:
            found = {"evidence": {"drug": {**SAID, "reported": reported}}}
            result = {"primary": {"ratio": ratio}, "stances": found}
            arm = {"name": "drug", "label": "Drug"}
            cases.append({"call": "sentence", "given": [result, arm, "evidence", language]})
    told = in_node(tmp_path, cases)
    for one, words in zip(told, NUMBERS.values(), strict=False):
        assert words in one
    for one in told[len(NUMBERS) :]:
        assert " – (– t" in one
        assert "NaN" not in one
