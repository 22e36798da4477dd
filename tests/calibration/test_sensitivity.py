"""Shares of the variance of an answer: closed forms, what chance alone would show, refusals."""

import inspect
import json
from dataclasses import asdict, replace
from io import StringIO
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.calibration import sensitivity as room
from gutskin.calibration.sampling_error import beside_baseline
from gutskin.calibration.sensitivity import contributions, refuse_designs, sensitivity_of
from gutskin.calibration.sensitivity_groups import DECLARED, by_mechanism
from gutskin.calibration.sensitivity_inputs import (
    BODIES,
    CONDUCTED,
    STRAINS,
    Inputs,
    strain_values,
)
from gutskin.calibration.trial_arms import ArmsOfTrial
from gutskin.calibration.unknowns import read_unknowns
from gutskin.cli.sensitivity import sensitivity
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.population.draw import draw_worlds
from gutskin.report.console import Terminal
from gutskin.report.sensitivity import (
    BELOW,
    EVENLY,
    NONE_TOLD,
    left_out,
    print_sensitivity,
    sentences,
    write_sensitivity_figure,
)
from gutskin.trials.design import TrialDesign, load_trial

MODEL = load_model()
DESIGN = load_trial("sakei-children")
WORLDS = 400


def test_closed_form_shares_of_a_sum_and_nothing_of_chance() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((800, 120))
    effect = 2.0 * x[:, 0] + x[:, 1] + 0.5 * rng.standard_normal(800)
    found = contributions(x, effect, 0.25)
    shares, errors = found.mean(axis=0) / 5.0, found.std(axis=0) / np.sqrt(800) / 5.0
    assert shares[:2] == pytest.approx([0.8, 0.2], abs=0.06)
    assert (np.abs(shares[:2] - [0.8, 0.2]) < 3 * errors[:2]).all()
    assert abs(shares[2:].sum()) < 0.03  # 118 unknowns that do nothing


def test_as_many_worlds_as_are_usual_find_what_many_small_numbers_do_together() -> None:
    """256 found half of a sum of forty, and called 80% of a drug trial "not found"."""
    usual = inspect.signature(sensitivity).parameters["worlds"].default
    assert usual == room.WORLDS
    rng = np.random.default_rng(3)
    x = rng.standard_normal((usual, 500))
    effect = (x[:, :40].sum(axis=1) + 2.0 * rng.standard_normal(usual)) / np.sqrt(40.0)
    assert contributions(x, effect, 0.1).sum(axis=1).mean() > 0.9
    few = contributions(x[:256], effect[:256], 0.1)
    assert few.sum(axis=1).mean() < 0.6


def test_unrelated_worlds_explain_nothing() -> None:
    rng = np.random.default_rng(2)
    found = contributions(rng.standard_normal((256, 500)), rng.standard_normal(256), 0.0)
    assert found.sum(axis=1).mean() < 0.05


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial whose effect is one parameter, one strain trait, and the patients' own noise."""
    monkeypatch.setattr(
        room, "values_of",
        lambda model, unknowns, points, sets: {
            one.id: points[:, place] for place, one in enumerate(unknowns)
        },
    )  # fmt: skip

    def followed(study: object, patients: int) -> ArmsOfTrial:
        worlds = study.worlds["g_strain_treg"]  # type: ignore[attr-defined]
        arm = study.design.arms[0].name  # type: ignore[attr-defined]
        factor = study.traits[arm]["factor_strain_1"]  # type: ignore[attr-defined]
        rng = np.random.default_rng(int(study.first))  # type: ignore[attr-defined]
        shape = (2, 1, 2, len(worlds), patients)
        values = 0.4 * rng.standard_normal(shape)
        strain = (factor - factor.mean()) / factor.std()
        values[0] += (worlds + strain)[:, None]
        return ArmsOfTrial(study.design, values, np.zeros(len(worlds)))  # type: ignore[attr-defined]

    monkeypatch.setattr(room, "followed_in_worlds", followed)


def test_parts_numbers_mechanisms_and_sources_of_a_known_trial(known: None, tmp_path: Path) -> None:
    found = sensitivity_of(DESIGN, MODEL, WORLDS)
    parts = {one.name: one for one in found.parts}
    assert parts[STRAINS].share == pytest.approx(0.5, abs=0.12)
    assert parts[BODIES].share == pytest.approx(0.5, abs=0.12)
    assert abs(parts[CONDUCTED].share) < 0.03
    assert parts["rest"].share == pytest.approx(1 - found.explained)
    numbers = {one.name: one.share for one in found.parameters}
    assert numbers["g_strain_treg"] == pytest.approx(0.5, abs=0.12)
    assert any(one.startswith("factor of") and numbers[one] > 0.35 for one in numbers)
    assert found.mechanisms[0].name in {"M23", "M24"}  # in whose term the parameter stands
    row = MODEL.tables.parameters["g_strain_treg"]
    assert found.sources[0].share > 0.1
    assert row.items("evidence") or found.sources[0].name == DECLARED
    assert found.sd == pytest.approx(np.sqrt(2), rel=0.15)
    shares = {one.name: one.share for one in found.report}
    chance = 2 * 0.16 / DESIGN.arms[0].n  # of the true trial's patients, not of the simulated
    assert shares["chance"] == pytest.approx(chance / (chance + 2), rel=0.3)
    json.dumps(asdict(found), allow_nan=False)
    assert "week" in sentences(found)[0]
    assert "-0" not in sentences(found)[1]
    write_sensitivity_figure(found, tmp_path / "one.svg")
    assert "Single numbers" in (tmp_path / "one.svg").read_text()


def test_closed_form_chance_is_what_the_first_visit_does_not_foretell() -> None:
    """Of the whole variance between patients "26% is what nobody knows" stood there, of 40%."""
    rng = np.random.default_rng(4)
    first = 10.0 * rng.standard_normal((400, 16))
    last = 5.0 + 0.8 * first + 2.0 * rng.standard_normal(first.shape)
    assert beside_baseline(first, last) == pytest.approx(4.0, rel=0.05)
    same = np.full_like(first, 3.0)  # of newborns nobody has anything at first
    whole = last.var(axis=1, ddof=1).mean()
    assert beside_baseline(same, last) == pytest.approx(whole)
    assert beside_baseline(np.full_like(first, np.nan), last) == pytest.approx(whole)
    some = last.copy()
    some[:, 3:] = np.nan
    assert beside_baseline(first, some) == pytest.approx(4.0, rel=0.2)
    assert beside_baseline(first[:, :1], last[:, :1]) == 0.0


def test_worlds_that_few_patients_of_a_trial_live_in_are_told_as_left_out(
    known: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """125 of 128 worlds stood there, and nothing said of the others."""
    plain = room.followed_in_worlds

    def followed(study: object, patients: int) -> ArmsOfTrial:
        whole = plain(study, patients)  # type: ignore[arg-type]
        whole.values[:, ..., 0, 2:] = np.nan  # two patients in the first world of each batch
        whole.values[:, ..., 1, 3:] = np.nan  # three in the second: enough
        return whole

    whole = sensitivity_of(DESIGN, MODEL, 128)
    assert (whole.worlds, whole.drawn, left_out(whole)) == (128, 128, None)
    monkeypatch.setattr(room, "followed_in_worlds", followed)
    found = sensitivity_of(DESIGN, MODEL, 128)
    assert (found.worlds, found.drawn) == (126, 128)
    told = left_out(found)
    assert told is not None
    assert told in sentences(found)
    assert "2 of 128 worlds are left out: of those who are asked in such a world fewer" in told
    monkeypatch.setattr("gutskin.cli.loading.load_model", lambda _: MODEL)
    sensitivity("sakei-children", worlds=128, draws="prior", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["worlds"], said["drawn"], said["left_out"]) == (126, 128, 2)
    assert said["why_left_out"] == told


def test_on_logarithms_it_is_the_ratio_that_is_shared_out(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same trial, each value the exponential of what it was: the same shares."""
    plain = room.followed_in_worlds

    def followed(study: object, patients: int) -> ArmsOfTrial:
        whole = plain(study, patients)  # type: ignore[arg-type]
        return replace(whole, values=np.exp(whole.values))

    monkeypatch.setattr(room, "followed_in_worlds", followed)
    plan = {"primary": "total_ige", "endpoints": ("total_ige",), "meaningful_difference": None}
    design = DESIGN.model_copy(update={"analysis": DESIGN.analysis.model_copy(update=plan)})
    found = sensitivity_of(design, MODEL, WORLDS)
    assert found.sd == pytest.approx(np.sqrt(2), rel=0.15)
    parts = {one.name: one for one in found.parts}
    assert parts[STRAINS].share == pytest.approx(0.5, abs=0.12)
    assert f"is a ratio of geometric means of {np.exp(found.effect):.2f}" in sentences(found)[0]
    assert "kU/L" not in sentences(found)[0]


def test_closed_form_mechanisms_of_one_rule_have_equal_parts_of_its_numbers() -> None:
    names = [one.id for one in read_unknowns(MODEL)]
    parts = (*([BODIES] * len(names)), STRAINS)
    table = np.zeros((1, len(parts)))
    inputs = Inputs((*names, "factor"), (*names, "factor"), parts, table, np.zeros(1, int))
    found = by_mechanism(inputs, MODEL)
    weights = np.zeros(len(parts))
    for members in found.values():
        for place, weight in members.items():
            weights[place] += weight
    assert set(np.unique(weights.round(9))) == {0.0, 1.0}
    assert weights[-1] == 0.0  # what strains bring counts for none
    rules = {row.id: row.text("rules_and_reactions") for row in MODEL.tables.mechanisms.values()}
    pairs = [(a, b) for a, b in combinations(found, 2) if rules[a] == rules[b]]
    assert pairs
    assert all(found[a] == found[b] for a, b in pairs)


def test_the_output_says_how_mechanisms_share(known: None) -> None:
    """How mechanisms of one rule came to their shares was said nowhere."""
    text = StringIO()
    print_sensitivity(sensitivity_of(DESIGN, MODEL, WORLDS), Terminal(text, width=400))
    lines = [line.strip() for line in text.getvalue().splitlines()]
    assert lines[lines.index("Mechanisms in whose rules such numbers stand") + 1] == EVENLY
    assert lines.count(EVENLY) == 1


def late() -> TrialDesign:
    """The trial, whose product begins with the visit of the analysis."""
    week = DESIGN.visits.weeks[DESIGN.analysed]
    arms = tuple(
        arm.model_copy(update={
            "interventions": tuple(
                one.model_copy(update={"start_week": week, "end_week": 99.0})
                for one in arm.interventions
            )
        })
        for arm in DESIGN.arms
    )  # fmt: skip
    return DESIGN.model_copy(update={"arms": arms})


def test_where_nothing_differs_there_is_nothing_to_share_out(
    known: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A variance of 0 was shared out: 100% "bent, together, not found"."""
    plain = room.followed_in_worlds

    def followed(study: object, patients: int) -> ArmsOfTrial:
        whole = plain(study, patients)  # type: ignore[arg-type]
        return replace(whole, values=np.stack([whole.values[1], whole.values[1]]))

    monkeypatch.setattr(room, "followed_in_worlds", followed)
    found = sensitivity_of(late(), MODEL, 128)
    week = DESIGN.visits.weeks[DESIGN.analysed]
    assert found.not_parted == {found.arm: week}
    assert found.parts == found.parameters == found.mechanisms == found.sources == ()
    said = sentences(found)
    assert f"begins at week {week:g}, and arms are compared" in said[0]
    assert "There is nothing to share out: the effect is the same in every world." in said
    assert not any("Of that variance" in one or "of what a trial" in one for one in said)
    assert json.loads(json.dumps(asdict(found), allow_nan=False))["why_nothing"]
    text = StringIO()
    print_sensitivity(found, Terminal(text, width=400))
    assert "Numbers" not in text.getvalue()
    write_sensitivity_figure(found, tmp_path / "none.svg")
    assert "Nothing to share out" in (tmp_path / "none.svg").read_text()


def test_worlds_that_differ_by_the_luck_of_their_patients_alone_have_nothing_to_share(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What worlds differ by was divided by a billionth of a billionth."""
    plain = room.followed_in_worlds

    def followed(study: object, patients: int) -> ArmsOfTrial:
        whole = plain(study, patients)  # type: ignore[arg-type]
        centred = whole.values - whole.values.mean(axis=-1, keepdims=True)
        return replace(whole, values=centred)

    monkeypatch.setattr(room, "followed_in_worlds", followed)
    found = sensitivity_of(DESIGN, MODEL, 128)
    assert found.not_parted == {}
    assert found.parameters == ()
    says = "worlds differ by no more than the chance of the 16 patients simulated in each"
    assert f"There is nothing to share out: {says}." in sentences(found)


def test_parts_add_up_to_all_of_it_and_empty_tables_say_so(known: None) -> None:
    """A part below nothing was told as 0.0%, so that the others came to 102%."""
    found = sensitivity_of(DESIGN, MODEL, 128)
    whole = sum(one.share for one in found.parts)
    assert whole == pytest.approx(1.0)
    first, *others = found.parts
    below = replace(first, share=first.share + 0.05), replace(others[0], share=-0.05)
    told = replace(found, parts=(*below, *others[1:]), mechanisms=(), sources=())
    says = next(one for one in sentences(told) if one.startswith("Of that variance"))
    assert f"{others[0].label} −5% (±" in says
    assert BELOW in says
    text = StringIO()
    print_sensitivity(told, Terminal(text, width=400))
    lines = [line.strip() for line in text.getvalue().splitlines()]
    assert lines.count(NONE_TOLD) == 2
    assert EVENLY not in lines


def test_worlds_draw_all_that_is_unknown(known: None) -> None:
    assert len(read_unknowns(MODEL)) > 450
    found = sensitivity_of(DESIGN, MODEL, 128)
    assert found.worlds == 128


def test_worlds_of_the_posterior_are_drawn_as_a_trial_draws_them(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of the ensemble, and conduct; the same effect hangs on the same number."""
    seen: list[np.ndarray] = []
    inner = room.followed_in_worlds

    def noting(study: object, patients: int) -> ArmsOfTrial:
        seen.append(study.worlds["g_strain_treg"])  # type: ignore[attr-defined]
        return inner(study, patients)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "followed_in_worlds", noting)
    model = load_model(biology_of_worlds(draws="posterior"))
    found = sensitivity_of(DESIGN, model, WORLDS, seed=4)
    drawn = draw_worlds(model, np.arange(WORLDS), 4, "evidence")["g_strain_treg"]
    np.testing.assert_array_equal(np.concatenate(seen), drawn)
    assert found.draws == "posterior"
    assert "meet the targets" in sentences(found)[1]
    assert "worlds that were left out of the fit" in sentences(found)[2]
    parts = {one.name: one.share for one in found.parts}
    whole = 1.0 + drawn.var()  # of the strain's standard score and the number as it is
    assert parts[STRAINS] == pytest.approx(1.0 / whole, abs=0.15)
    assert parts[BODIES] == pytest.approx(drawn.var() / whole, abs=0.15)
    assert found.applicability["sentence"] in sentences(found)


def test_closed_form_numbers_that_go_together_share_what_they_do_together() -> None:
    """y = a + b, correlated by 0.6: each has 1 + 0.6 of 3.2, and both all of it."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((3000, 30))
    x[:, 1] = 0.6 * x[:, 0] + 0.8 * x[:, 1]
    effect = x[:, 0] + x[:, 1] + 0.3 * rng.standard_normal(3000)
    shares = contributions(x, effect, 0.09).mean(axis=0) / 3.2
    assert shares[:2] == pytest.approx([0.5, 0.5], abs=0.05)
    assert abs(shares[2:].sum()) < 0.02


def test_property_worlds_that_repeat_are_left_out_together() -> None:
    """Of 60 worlds, each four times, with an effect of their own that no number moves."""
    rng = np.random.default_rng(6)
    group = np.tile(np.arange(60), 4)
    x = rng.standard_normal((60, 200))[group]
    effect = rng.standard_normal(60)[group]
    honest = contributions(x, effect, 0.0, group)
    assert honest.shape == (60, 200)
    assert honest.sum(axis=1).mean() < 0.25
    assert contributions(x, effect, 0.0).sum(axis=1).mean() > 2 * honest.sum(axis=1).mean() + 0.2


@pytest.mark.parametrize("name", ["lgg-newborns", "three-strains-mothers"])
def test_a_trial_from_birth_is_shared_out_and_the_central_world_is_not(name: str) -> None:
    refuse_designs(load_trial(name), biology_of_worlds(draws="prior"))
    with pytest.raises(InputError, match="central world"):
        refuse_designs(load_trial(name), biology_of_worlds(draws="1"))


def test_newborns_are_seen_at_all_visits_until_the_analysis(known: None) -> None:
    visits: list[tuple[float, ...]] = []

    def followed(study: object, patients: int) -> ArmsOfTrial:
        design = study.design  # type: ignore[attr-defined]
        visits.append(design.visits.weeks)
        worlds = study.worlds["g_strain_treg"]  # type: ignore[attr-defined]
        shape = (2, len(design.analysis.endpoints), len(design.visits.weeks), len(worlds), patients)
        rng = np.random.default_rng(int(study.first))  # type: ignore[attr-defined]
        ill = rng.random(shape) < 0.3
        less = rng.random(shape[1:]) < np.where(worlds > 0, 0.6, 0.0)[:, None]
        ill[0] = ill[1] & ~less
        return ArmsOfTrial(design, ill.astype(float), np.zeros(len(worlds)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "followed_in_worlds", followed)
        found = sensitivity_of(load_trial("lgg-newborns"), MODEL, 512)
    assert visits[0] == load_trial("lgg-newborns").visits.weeks
    assert found.effect == pytest.approx(-0.09, abs=0.02)  # a difference of risks
    assert found.parameters[0].name == "g_strain_treg"


@pytest.mark.slow
def test_what_a_product_trial_hangs_on_is_its_strains() -> None:
    found = sensitivity_of(load_trial("six-strain-children"), MODEL, 256)
    parts = {one.name: one.share for one in found.parts}
    assert parts[STRAINS] > 0.3 > parts[CONDUCTED]
    assert found.parameters[0].name.startswith("factor")


def test_unit_a_place_that_strains_share_is_told_by_all_of_them():
    eight = ("w23", "w51", "w55", "w56", "w57", "w58", "bb12", "w52")
    given = SimpleNamespace(kind="probiotic", strains=eight, viable=True)
    arm = SimpleNamespace(name="mix", interventions=[given])
    study = SimpleNamespace(
        model=load_model(), design=SimpleNamespace(arms=[arm]), doses={"mix": {}},
        traits={"mix": {"factor_strain_1": np.zeros(2), "factor_strain_2": np.zeros(2)}},
    )  # fmt: skip
    found = strain_values(study)
    assert [*found] == ["factor of bb12 + w51 + w52", "factor of w23"]
