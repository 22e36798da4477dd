"""What the page answers is what the package computes: bodies, worlds, traits, doses, files."""

import base64
from random import Random

import numpy as np
import pytest
from shown_page import shown
from web_engine import run_in_node

import gutskin
from gutskin.evidence.fluxes import _fluxes, _look
from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page.compiled import compile_for_web
from gutskin.page.scene import ARM, BODIES, SEED, mixtures
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.populations import find_population
from gutskin.population.streams import patient_keys

MODEL = load_model(biology_of_worlds())
SHOWN = 0.05  # points of SCORAD: what is printed to a tenth
SIX = "probiotic~0~12~9.6~w23.w51.w55.w56.w57.w58"
CASES = {
    "six strains": ("", 0),
    "as claimed": ("", 1),
    "killed cells, adults, carriers": ("who=ad_adult&flg=carrier&give=probiotic~2~8~10~l92", 0),
    "drug, antibiotic, cream": (
        "weeks=16&give=biologic~0~16~1~~dupilumab!antibiotic~1~2~1~~amoxicillin!topical_steroid~4~9~0.5"
        "!inulin~0~12~10!emollient~3~12~0.8", 0,
    ),
    "surroundings, a mechanism off": (
        f"age=6&sensitised=yes&washing=3&pollen=1&fibre=0.4&off=M47.M57&give={SIX}", 0,
    ),
    "a severe child with little butyrate": (f"severity=severe&butyrate=low&give={SIX}", 0),
    "an adult with much S. aureus, as claimed": (
        f"who=ad_adult&butyrate=low&s_aureus=many&severity=mild&give={SIX}", 1,
    ),
    "two courses, a guess, tasks": (
        "lang=nl&map=article&at=flora-indoles&guess=little&done=14&give=probiotic~0~4~10~w23.w51!emollient~2~12~0.8"
        "!probiotic~6~12~10~w23.w51!biologic~0~2~1~~dupilumab!biologic~4~12~1~~dupilumab", 0,
    ),
    "two antibodies, a tablet, creams in turn": (
        "who=ad_adult&severity=severe&give=biologic~0~12~1~~tralokinumab!biologic~2~12~1~~nemolizumab"
        "!tablet~0.5~12~1~~abrocitinib!cream~0~3~1~~steroid_potent!topical_steroid~3~5~0.4"
        "!cream~5~12~1~~tacrolimus_0_1~twice_weekly", 0,
    ),
    "a child of an age, two antibiotics at once, as claimed": (
        "age=12&give=biologic~0~12~1~~lebrikizumab!cream~0~12~1~~steroid_medium~as_needed"
        "!antibiotic~1~2~1~~macrolide!antibiotic~1~3~0.5~~vancomycin", 1,
    ),
    "own doses, allergen, protein, baths": (
        "who=ad_adult&allergen=2.5&protein=1.8&give=biologic~0~12~1~~dupilumab~~450_3_900"
        "!tablet~2~9~1~~baricitinib~~3!bleach_bath~0~8~0.4", 0,
    ),
    "to the end": ("give=emollient~0~12~0.8", 0),
    "for longer": ("weeks=16&give=emollient~0~16~0.8", 0),
    "nothing": ("give=", 0),
}  # fmt: skip
WRONG = (
    "severity=worse", "butyrate=constructor", "s_aureus=",
    "who=nobody", "weeks=1e9", "age=-3", "fibre=99", "off=M47.M9999", "weeks=x", "colour=red",
    "give=probiotic~0~12~9.6~nobody", "give=probiotic~0~12~99~w23", "give=emollient~9~3~0.5",
    "give=emollient~0~3~0.5!emollient~2~6~0.5",
    "give=emollient~0~3~0.5!emollient~4~6~0.6", "guess=much", "done=11", "done=7",
    "off=constructor", "age=90", "weeks=7.5",
    "give=probiotic~0~8~9.6~constructor", "give=antibiotic~0~1~1~~constructor",
    "give=toString~0~1~1",
    "give=antibiotic~0~1~1~~penicillin", "give=biologic~0~1~1~~constructor",
    "give=biologic~0~1~1", "give=tablet~0~9~1~~dupilumab", "give=cream~0~9~1~~pimecrolimus~often",
    "give=cream~0~9~1~~steroid_mild~twice_weekly", "give=tablet~0~9~1~~abrocitinib~daily",
    "give=emollient~0~9~0.5~~~~more", "give=emollient~0~9~0.5~~~~3",
    "give=emollient~0~9~0.5~~dupilumab", "give=emollient~0~9~0.5~w23", "allergen=6", "protein=0",
    "give=cream~0~9~1~~tapinarof~~5", "give=tablet~0~9~1~~abrocitinib~~150_2",
    "give=biologic~0~9~1~~dupilumab~~300", "give=biologic~0~9~1~~dupilumab~~300_0_600",
    "give=biologic~0~9~1~~dupilumab~~300_2_2500", "give=biologic~0~9~1~~dupilumab~~300_2_x",
    "give=biologic~0~3~1~~dupilumab~~300_2_300!biologic~4~9~1~~dupilumab",
    "give=cream~0~9~1~~tapinarof!cream~8~9~1~~pimecrolimus",
    "give=cream~0~9~1~~tapinarof!topical_steroid~8~9~1",
    "give=tablet~0~9~1~~abrocitinib!tablet~8~9~1~~baricitinib",
    "give=biologic~0~1~1~~dupilumab!biologic~0~1~1~~omalizumab!biologic~2~3~1~~etokimab",
    "week=12", "week=2.5", "week=-1", "cards=all", "map=all", "at=liver", "at=barrier-liver",
)  # fmt: skip


def unpacked_rows(scene):
    planes = np.frombuffer(base64.b64decode(scene["rows"]), np.uint8).reshape(4, -1)
    return np.ascontiguousarray(planes.T).view(np.float32).ravel()


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Every case by name, wrong addresses by what they say, and statistics in closed form."""
    cases = [{"address": a, "belief": b, "count": 8} for a, b in CASES.values()]
    wrong = [{"address": address, "belief": 0, "count": 8} for address in WRONG]
    folder, web = tmp_path_factory.mktemp("answers"), compile_for_web(MODEL)
    got = run_in_node(folder, web, cases + wrong, "run_answers.mjs", scene=shown())
    names = (*CASES, *WRONG)
    return dict(zip(names, got["found"], strict=True)), got["statistics"]


@pytest.mark.parametrize("name", CASES)
def test_agreement_the_file_of_a_person_runs_to_the_same_numbers(answered, name, tmp_path):
    got = answered[0][name]
    (tmp_path / "person.toml").write_text(got["file"])
    stance = "article" if CASES[name][1] else "evidence"
    course = gutskin.simulate(tmp_path / "person.toml", stance=stance)
    np.testing.assert_allclose(got["with"], course.quantities["scorad"][::7], atol=SHOWN)
    assert got["failed"] == 0
    assert got["wrong"] == []


def test_closed_form_nothing_given_nothing_differs(answered):
    got = answered[0]["nothing"]
    assert got["with"] == got["without"]
    assert np.all(np.array(got["difference"]) == 0.0)


def test_closed_form_what_lasts_to_the_end_is_on_when_people_are_looked_at_last(answered):
    short, long = (answered[0][name]["with"] for name in ("to the end", "for longer"))
    assert short[12] == pytest.approx(long[12], rel=1e-3)
    assert abs(short[12] - answered[0]["to the end"]["without"][12]) > 0.1


def test_claims_do_more_than_the_evidence_and_both_lower(answered):
    evidence, article = (
        answered[0][name]["difference"][-1][2] for name in ("six strains", "as claimed")
    )
    assert article < evidence < 0.0


@pytest.mark.parametrize("name", CASES)
def test_inverse_an_address_keeps_what_is_set(answered, name):
    address = CASES[name][0]
    again = answered[0][name]["again"]
    if address:
        assert sorted(again.replace("%7E", "~").replace("%21", "!").split("&")) == sorted(
            [*(one for one in address.split("&")), *([] if "give" in address else [f"give={SIX}"])]
        )
    else:
        assert again == ""  # nothing was set: the guess is still asked


@pytest.mark.parametrize("address", WRONG)
def test_refused_what_an_address_says_wrongly_is_named_and_left_at_the_usual(answered, address):
    got = answered[0][address]
    assert len(got["wrong"]) == 1
    assert got["wrong"][0].startswith(address.split("=")[0])
    assert got["again"] == got["first"]


def any_address(random):
    """Settings that the page can be brought to."""
    parts = [f"who={random.choice(['ad_child', 'ad_adult'])}", f"weeks={random.choice([4, 8])}"]
    parts += [f"{trait}={random.choice(some)}" for trait, some in TRAITS.items()
              if random.random() < 0.4]  # fmt: skip
    parts += [f"{kind}={random.uniform(*ends):.1f}" for kind, ends in AROUND.items()
              if random.random() < 0.4]  # fmt: skip
    given = [f"{kind}~0~{random.choice([1, 4])}~{random.uniform(*ends):.1f}{more}"
             for kind, (ends, more) in GIVEN.items() if random.random() < 0.4]  # fmt: skip
    return "&".join([*parts, f"give={'!'.join(given)}"])


TRAITS = {
    "severity": ("mild", "moderate", "severe"), "butyrate": ("low",), "s_aureus": ("few", "many"),
    "flg": ("wild_type", "carrier"), "sensitised": ("yes", "no"),
}  # fmt: skip
AROUND = {
    "washing": (0, 10), "pollen": (0, 2), "fibre": (0.1, 3),
    "allergen": (0, 5), "protein": (0.3, 3),
}  # fmt: skip
GIVEN = {
    "probiotic": ((8, 12), "~w23.lgg"), "inulin": ((0, 30), ""), "emollient": ((0, 1), ""),
    "antibiotic": ((0.1, 1), "~~amoxicillin"), "topical_steroid": ((0, 1), ""),
    "bleach_bath": ((0, 1), ""),
    "biologic": ((1, 1), "~~dupilumab"), "tablet": ((1, 1), "~~baricitinib"),
}  # fmt: skip


def test_property_at_any_settings_bands_lie_within_each_other_and_nobody_is_lost(tmp_path):
    random = Random(4)
    cases = [
        {"address": any_address(random), "belief": belief, "count": 8}
        for _ in range(25)
        for belief in (0, 1)
    ]
    web = compile_for_web(MODEL)
    found = run_in_node(tmp_path, web, cases, "run_answers.mjs", scene=shown())["found"]
    moved = 0
    for case, got in zip(cases, found, strict=True):
        bands = np.array(got["difference"])
        assert got["wrong"] == [], case
        assert got["failed"] == 0, case
        assert np.all(np.diff(bands, axis=1) >= 0), case
        assert not case["address"].endswith("give=") or np.all(bands == 0), case
        moved += np.ptp(bands[-1]) > 0.1
    assert moved > 25


def test_closed_form_bands_and_crossings(answered):
    assert answered[1]["bands"] == [1.1, 2.0, 3.0, 4.0, 4.9]
    assert answered[1]["crossings"] == [0.75, None, 0]


def test_agreement_bodies_are_the_packages_own_draws():
    scene = shown()
    rows = unpacked_rows(scene)
    rows = rows.reshape(-1, BODIES)
    keys = patient_keys(0, ARM, BODIES)
    keys[:, 0] = np.arange(BODIES)
    for name, people in scene["people"].items():
        for stance in ("evidence", "article"):
            worlds = draw_worlds(MODEL, np.arange(BODIES), SEED, stance)
            drawn = draw_patients(
                MODEL, find_population(name, MODEL.biology), keys, SEED,
                centres={**MODEL.values(stance), **worlds},
            ).parameters  # fmt: skip
            for parameter, value in drawn.items():
                told = people[stance].get(parameter, MODEL.values(stance)[parameter])
                told = rows[told[0]] if isinstance(told, list) else told
                np.testing.assert_allclose(np.broadcast_to(told, BODIES), value, rtol=1e-6)


def test_mixtures_are_products_of_several_strains():
    found = mixtures(MODEL)
    assert found["Ecologic AllergyCare"] == ["w23", "w51", "w55", "w56", "w57", "w58"]
    assert all(len(strains) > 1 for strains in found.values())


def test_agreement_what_mechanisms_carry_is_what_the_package_finds(answered):
    """The flux of the page is that of `gutskin model axis`, at the states that the page has."""
    got = answered[0]["surroundings, a mechanism off"]["carried"]
    names = [*MODEL.parameter_ids]
    own = {name: np.full(1, got["parameters"][name]) for name in names}
    state = np.array(got["states"])[:, None]
    found = _fluxes(MODEL, _look(MODEL, got["day"], state[:, 0], {k: v[0] for k, v in own.items()}))
    assert found.keys() == got["flux"].keys()
    for name, value in found.items():
        assert got["flux"][name] == pytest.approx(value, abs=1e-9), name
    assert sum(value > 0.05 for value in found.values()) > 30
    assert got["flux"]["M47"] == 0
