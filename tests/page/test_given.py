"""What the page gives of the tables is what the package gives: every drug, cream and antibiotic."""

import numpy as np
import pytest
from shown_page import shown
from web_engine import run_in_node

from gutskin.engine import simulate
from gutskin.model.antibiotics import antibiotics
from gutskin.model.compiled import load_model
from gutskin.model.drugs import PLACES, drugs, tiers_of
from gutskin.model.topicals import topicals
from gutskin.page.compiled import compile_for_web
from gutskin.page.scene import BODIES, SEED
from gutskin.population.body_weight import body_weight
from gutskin.population.course import prepare
from gutskin.population.doses import dose_schedule
from gutskin.population.drugs import placed_drugs
from gutskin.population.patient_file import load_patient

MODEL = load_model()
SCENE = shown()
NEAR = 1e-6  # of each quantity's scale
CONTROL = {"rtol": 1e-7, "longest": 1.2, "stages": 8}
WEEKS = 12
DAYS = np.arange(0.0, 7.0 * WEEKS + 1, 7.0)
NAMES = [*MODEL.state_ids, *MODEL.assigned_ids]
ADULT, OLDEST = 18, 13  # years: the youngest adult, the oldest child
FIRST = {  # id -> years from which it has a usual dose
    kind: {name: min(one["age"][0] for one in row["tiers"]) for name, row in SCENE[kind].items()}
    for kind in ("biologic", "tablet")
}


def at_once(kind, age):
    """Drugs of a kind that people of an age may have, in pairs as they are given together."""
    some = [name for name, first in FIRST[kind].items() if first <= age]
    step = 2 if kind == "biologic" else 1
    return [some[place : place + step] for place in range(0, len(some), step)]


def addresses():
    """Every drug, every cream in each of its uses and every antibiotic, at several ages."""
    creams = [(name, use) for name, row in SCENE["cream"].items() for use in row["uses"]]
    kills = list(SCENE["antibiotics"])
    for who, ages in (("ad_adult", [ADULT, None]), ("ad_child", [OLDEST, 6, None])):
        for age in ages:
            low, _ = SCENE["people"][who]["ages"]
            pairs, tablets = (at_once(kind, age or low) for kind in ("biologic", "tablet"))
            for number in range(max(len(pairs), 1)):
                given = [f"biologic~{place / 2:g}~{WEEKS - place}~1~~{name}"
                         for place, name in enumerate(pairs[number] if pairs else [])]  # fmt: skip
                if tablets:
                    given.append(f"tablet~1~9~1~~{tablets[number % len(tablets)][0]}")
                some = (creams[number::3] if who == "ad_adult" else creams)[:WEEKS]
                given += [f"cream~{week}~{week + 1}~1~~{name}~{use}".removesuffix("~daily")
                          for week, (name, use) in enumerate(some)]  # fmt: skip
                given.append(f"antibiotic~3~{4 + number / 2:g}~0.8~~{kills[number % len(kills)]}")
                of_age = "" if age is None else f"&age={age}"
                yield f"who={who}{of_age}&give={'!'.join(given)}"


OWN = (  # drugs at doses of one's own, to people who have no usual one among them
    "who=ad_adult&give=biologic~0.5~12~1~~dupilumab~~450_3_900"
    "!biologic~1~9~1~~nemolizumab~~45_1.5_45!tablet~1~9~1~~baricitinib~~3",
    "who=ad_child&age=3&give=biologic~0~8~1~~tralokinumab~~150_4_300!biologic~8~12~1~~tralokinumab"
    "~~150_4_300!tablet~0~12~1~~abrocitinib~~37.5!bleach_bath~2~5~0.4",
)
CASES = [*addresses(), *OWN]


@pytest.fixture(scope="module")
def web():
    return compile_for_web(MODEL)


def in_node(folder, web, cases):
    return run_in_node(folder, web, cases, "run_given.mjs", scene=SCENE)["found"]


@pytest.fixture(scope="module")
def found(tmp_path_factory, web):
    """What is given to all bodies, and the file of the first."""
    return in_node(tmp_path_factory.mktemp("given"), web, [{"address": one} for one in CASES])


@pytest.fixture(scope="module")
def patients(found, tmp_path_factory):
    """The files as patients."""
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{number}.toml" for number in range(len(found))]
    for path, one in zip(paths, found, strict=True):
        assert one["wrong"] == []
        path.write_text(one["file"])
    return [load_patient(path) for path in paths]


def test_the_cases_have_every_row_of_the_tables():
    biology, everything = MODEL.biology, "&".join(CASES)
    assert {**SCENE["biologic"], **SCENE["tablet"]}.keys() == drugs(biology).keys()
    assert SCENE["cream"].keys() == topicals(biology).keys()
    assert SCENE["antibiotics"].keys() == {*antibiotics(biology)}
    for kind in ("biologic", "tablet", "cream", "antibiotics"):
        assert all(f"~~{name}" in everything for name in SCENE[kind]), kind
    uses = sum(len(row["uses"]) for row in SCENE["cream"].values())
    children = [one for one in CASES if "ad_child" in one and one not in OWN]
    assert sum(one.count("!cream~") + one.count("=cream~") for one in CASES) >= uses
    for first in FIRST.values():
        for name, years in first.items():
            assert any(f"~~{name}" in one for one in children) == (years <= OLDEST), name


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number][:40])
def test_agreement_everybody_is_given_what_the_package_gives_by_the_file(found, patients, number):
    """Doses of 104 bodies, each by his own age and weight."""
    got, doses = found[number], patients[number].doses
    own = {name: np.array(values) for name, values in got["parameters"].items()}
    what = dose_schedule(doses, MODEL, {}, {**MODEL.values(), **own}, float(7 * WEEKS))
    ours = {(one.parameter, one.start): one for one in what.holds}
    assert len(ours) == len(got["holds"])
    for hold in got["holds"]:
        other = ours[hold["parameter"], hold["start"]]
        assert hold["end"] == other.end
        np.testing.assert_allclose(hold["value"], np.broadcast_to(other.value, BODIES), rtol=1e-12)
    assert summed([(one.state, one.time, one.add) for one in what.pulses]) == summed(
        [(one["state"], one["time"], one["add"]) for one in got["pulses"]]
    )


def summed(pulses):
    """Amounts of all bodies by state and day: of several doses on one day their sum."""
    whole = {}
    for state, day, amount in pulses:
        whole.setdefault((state, day), np.zeros(BODIES))
        whole[state, day] += np.asarray(amount)
    return {key: amounts.tolist() for key, amounts in whole.items()}


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number][:40])
def test_agreement_antibodies_are_drawn_as_in_a_trial(found, patients, number):
    placed = placed_drugs(MODEL, patients[number].doses, np.arange(BODIES), SEED)
    for name, values in placed.items():
        np.testing.assert_allclose(found[number]["parameters"][name], values, rtol=1e-6)
    widths = [name for name in placed if name.startswith("ec50_drug_")]
    assert all(np.ptp(np.log(placed[name])) > 0.5 for name in widths)


def test_agreement_the_course_of_a_person_is_that_of_his_file(found, patients, web, tmp_path):
    """From the same day on, with steps so short that their errors are below what is asked."""
    ready = [prepare(one, None, "evidence", MODEL) for one in patients]
    cases = [
        {"address": address, "start": one.start.tolist(), "names": NAMES, "days": DAYS.tolist(),
         "control": CONTROL}
        for address, one in zip(CASES, ready, strict=True)
    ]  # fmt: skip
    moved = 0.0
    for one, got in zip(ready, in_node(tmp_path, web, cases), strict=True):
        courses = simulate(
            MODEL, one.parameters, one.start[:, None], one.schedule, DAYS, rtol=CONTROL["rtol"],
            h_max=CONTROL["longest"], stages=CONTROL["stages"], varying=MODEL.input_ids,
        )  # fmt: skip
        ours = courses.quantities(NAMES)[:, :, 0]
        theirs = np.array(got["course"]).reshape(ours.shape)
        scale = np.maximum(np.nanmax(np.abs(ours), axis=0), 1e-9)
        assert np.nanmax(np.abs(theirs - ours) / scale) < NEAR
        scorad = ours[:, NAMES.index("scorad")]
        moved = max(moved, scorad[0] - scorad[-1])
    assert moved > 5.0


def test_closed_form_weight_at_an_age_that_is_set_is_as_heavy_for_it_as_drawn(found):
    drawn = [np.array(found[CASES.index(next(one for one in CASES if f"ad_child{age}&give" in one))]
             ["parameters"]["body_weight"]) for age in ("", "&age=13")]  # fmt: skip
    children, oldest = drawn
    assert np.corrcoef(np.argsort(np.argsort(children)), oldest)[0, 1] < 0.9  # another order
    middle = float(body_weight(13.0, 0.0, MODEL.biology))
    assert np.median(oldest) == pytest.approx(middle, rel=0.05)
    spread = float(np.log(body_weight(13.0, 1.0, MODEL.biology) / middle))
    assert np.std(np.log(oldest)) == pytest.approx(spread, rel=0.2)


def test_refused_a_drug_without_a_dose_for_the_age_is_offered_to_nobody_and_says_from_when(
    tmp_path, web
):
    held = "lebrikizumab", "abrocitinib"
    give = f"give=biologic~0~12~1~~{held[0]}!tablet~0~12~1~~{held[1]}!cream~0~9~1~~tapinarof"
    ages = {"": 1, "&age=11": 11, "&age=12": 12}
    cases = [{"address": f"who=ad_child{age}&{give}"} for age in ages]
    for age, got in zip(ages.values(), in_node(tmp_path, web, cases), strict=True):
        assert got["reaching"] == ["tapinarof"] if age < 12 else [*held, "tapinarof"]
        assert (held[0] in got["file"]) == (age >= 12)
        for one in got["offers"]:
            if one["kind"] not in FIRST:
                continue
            first = min(tier.age_low for tier in tiers_of(drugs(MODEL.biology)[one["name"]]))
            assert one["age"] == first
            assert (one["why"] == "age") == (first > age and one["name"] not in held), one


def test_no_more_antibodies_are_offered_than_the_model_has_places_for(tmp_path, web):
    give = "!".join(f"biologic~0~12~1~~{name}" for name in list(FIRST["biologic"])[:PLACES])
    (got,) = in_node(tmp_path, web, [{"address": f"who=ad_adult&give={give}"}])
    why = {one["why"] for one in got["offers"] if one["kind"] == "biologic"}
    assert why == {"given", "together"}
    assert {one["why"] for one in got["offers"] if one["kind"] != "biologic"} == {""}
