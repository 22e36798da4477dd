"""What follows in newborns: ratios of paired risks, regimens as holds, and luck taken out."""

import numpy as np
import pytest

from gutskin.evidence import strain_prevention as prevention
from gutskin.evidence.strain_prevention import (
    BOTH,
    CHILD,
    MOTHER,
    REGIMENS,
    Carrier,
    Prevented,
    Prevention,
    Ratio,
    Regimen,
    between_worlds,
    holds_of,
    prevention_of,
    ratio_of,
)
from gutskin.model.compiled import load_model
from gutskin.population.mother import mothers_inputs
from gutskin.population.strain_places import places_for
from gutskin.population.strains import prior_traits

MODEL = load_model()
PLACES = {("w23", True): 1, ("lgg", True): 2}
WORLD = np.repeat(np.arange(48), 50)


def parameters():
    return {**MODEL.values(), **prior_traits(MODEL, PLACES, "evidence")}


def test_closed_form_a_ratio_is_that_of_all_cases_with_half_a_case_on_either_side() -> None:
    off, on = np.full(len(WORLD), 0.3), np.full(len(WORLD), 0.15)
    found = ratio_of(on, off, WORLD)
    cases = 0.3 * len(WORLD)
    assert found.mean == pytest.approx((cases / 2 + 0.5) / (cases + 0.5))
    assert found.harm == 0.0
    assert found.ci95_low == pytest.approx(found.ci95_high)  # worlds are alike


def test_closed_form_the_luck_of_few_children_is_no_spread_between_worlds() -> None:
    """Children differ within worlds alone: the ratios of worlds scatter, their truths do not."""
    rng = np.random.default_rng(1)
    off = rng.uniform(0.1, 0.5, len(WORLD))
    on = off * np.exp(rng.normal(-0.2, 0.4, len(WORLD)))
    logs, luck = prevention._logs(on, off, WORLD)
    assert luck == pytest.approx(logs.var(ddof=1), rel=0.35)
    assert between_worlds(on, off, WORLD) < 0.35 * logs.var(ddof=1)


def test_closed_form_what_differs_between_worlds_is_found_beneath_the_luck() -> None:
    rng = np.random.default_rng(2)
    off = rng.uniform(0.1, 0.5, len(WORLD))
    truth = rng.normal(-0.1, 0.3, 48)
    on = off * np.exp(truth[WORLD] + rng.normal(0, 0.4, len(WORLD)))
    assert between_worlds(on, off, WORLD) == pytest.approx(truth.var(ddof=1), rel=0.25)
    found = ratio_of(on, off, WORLD)
    assert found.ci95_low < found.mean < found.ci95_high
    assert np.log(found.ci95_low) == pytest.approx(np.quantile(truth, 0.025), abs=0.2)
    assert found.harm == pytest.approx((truth > -0.08).mean(), abs=0.1)  # noise adds 0.08


def test_closed_form_harm_is_the_share_of_worlds_above_one() -> None:
    off = np.full(len(WORLD), 0.2)
    on = off * np.where(WORLD < 12, 1.5, 0.8)
    assert ratio_of(on, off, WORLD).harm == 0.25


def test_unit_too_few_worlds_have_no_interval() -> None:
    world = np.repeat(np.arange(20), 50)
    found = ratio_of(np.full(1000, 0.1), np.full(1000, 0.2), world)
    assert found.ci95_low is None
    assert found.ci95_high is None


def test_unit_nothing_is_given_without_a_regimen() -> None:
    assert holds_of(None, PLACES, parameters(), 3) == ()


@pytest.mark.parametrize("regimen", REGIMENS, ids=lambda one: one.says)
def test_unit_a_regimen_gives_what_it_says_to_whom_it_says(regimen: Regimen) -> None:
    given = {one.parameter: one for one in holds_of(regimen, PLACES, parameters(), 3)}
    child = [name for name in given if name.startswith("dose_strain_")]
    assert bool(child) == (regimen.given_to != MOTHER)
    for name in child:
        assert given[name].start == regimen.child_from
        assert given[name].value.tolist() == [regimen.cfu_per_day / 1e9 / 2] * 3
    assert ("prenatal_strain_signal" in given) == (regimen.given_to != CHILD)
    assert ("maternal_strain_signal" in given) == (regimen.nursing > 0)
    if regimen.nursing:
        hers = prevention.MothersProduct(0, tuple(PLACES), regimen.cfu_per_day / 1e9, 42.0, 0, 180)
        expected = mothers_inputs(hers, PLACES, parameters())
        assert given["maternal_strain_signal"].end == regimen.nursing
        assert given["maternal_strain_signal"].value == expected["maternal_strain_signal"]
    assert BOTH != MOTHER != CHILD


def test_closed_form_strains_that_share_a_place_are_given_there_together() -> None:
    ids = ("w23", "w51", "w55", "w56", "w57", "w58", "bb12")
    places = places_for([(one, True) for one in ids], MODEL.tables)
    own = {**MODEL.values(), **prior_traits(MODEL, places, "evidence")}
    regimen = next(one for one in REGIMENS if one.given_to == BOTH)
    given = {one.parameter: one.value for one in holds_of(regimen, places, own, 2)}
    gcfu = regimen.cfu_per_day / 1e9 / 7
    for n in range(1, 7):
        part = 2 * gcfu if n == places["bb12", True] else gcfu
        assert given[f"dose_strain_{n}"] == pytest.approx(np.full(2, part))
    assert sum(float(given[f"mother_strain_{n}"]) for n in range(1, 7)) == pytest.approx(1.0)


def test_unit_mother_child_and_both_are_asked_and_early_and_late() -> None:
    assert {one.given_to for one in REGIMENS} == {MOTHER, CHILD, BOTH}
    assert len({one.child_from for one in REGIMENS if one.given_to == CHILD}) > 1
    assert len({one.cfu_per_day for one in REGIMENS if one.given_to == BOTH}) == 3


def test_unit_the_card_says_whom_when_and_what_to_measure() -> None:
    import io

    from gutskin.report.console import Terminal
    from gutskin.report.strain_prevention import print_prevention

    one = Ratio(0.83, 0.56, 1.11, 0.02)
    regimens = tuple(
        Prevented("p", "newborns at risk", r.says, r.given_to, r.cfu_per_day, None, 12.0, one, one)
        for r in REGIMENS
    )
    carriers = (
        Carrier("imprint", "imprint", 0.91, 0.4, "prevention trials"),
        Carrier("type1", "type 1 signal", 0.781, 0.001, "IL-12"),
    )
    out = io.StringIO()
    print_prevention(Prevention(0.29, regimens, 0.78, carriers, 0.6), Terminal(file=out, width=110))
    text = " ".join(out.getvalue().split())
    for part in (
        "risk ratios in newborns at risk", "mother, 6 weeks before birth", "child from 3 months",
        "0.83", "(0.56 to 1.11)", "2%", "29% have eczema by then without it",
        "the ratio is 0.78, 0.91 with imprint silent.", "40.0% imprint: measured by prevention",
        "40.0% what is not known of the body",
    ):  # fmt: skip
        assert part in text
    assert "IL-12" not in text  # below what is worth a line


@pytest.mark.slow
def test_property_a_strain_with_a_strong_imprint_prevents_and_its_imprint_carries_it(monkeypatch):
    from gutskin.population.own_strains import model_with_strains
    from gutskin.population.strain_file import OwnStrain

    own = OwnStrain.model_validate({
        "id": "strong", "class": "bifidobacteria", "regulation": {"value": 0, "low": -0.1,
        "high": 0.1}, "imprint": {"value": 4, "low": 3.5, "high": 4.5},
    })  # fmt: skip
    monkeypatch.setattr(prevention, "CHILDREN", 8)
    found = prevention_of(model_with_strains(MODEL, [own]), ["strong"], "evidence", 1)
    by = {one.says: one.eczema.mean for one in found.regimens}
    assert by["both from before birth"] < 0.8
    assert by["both from before birth"] < by["child from birth"] < by["child from 3 months"] < 1
    assert by["both, ten times the dose"] < by["both, a quarter of the dose"]
    assert found.carriers[0].id == "imprint"
    assert found.carriers[0].ratio_without == pytest.approx(1.0, abs=0.05)
