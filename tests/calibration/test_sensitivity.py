"""Shares of the variance of an answer: closed forms, what chance alone would show, refusals."""

import inspect
import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.calibration import sensitivity as room
from gutskin.calibration.sensitivity import (
    BODIES,
    CONDUCTED,
    STRAINS,
    contributions,
    refuse_designs,
    sensitivity_of,
)
from gutskin.calibration.trial_arms import ArmsOfTrial
from gutskin.calibration.unknowns import read_unknowns
from gutskin.cli.sensitivity import sensitivity
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.report.sensitivity import sentences, write_sensitivity_figure
from gutskin.trials.design import load_trial

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
    assert row.items("evidence") or found.sources[0].name == room.DECLARED
    assert found.sd == pytest.approx(np.sqrt(2), rel=0.15)
    shares = {one.name: one.share for one in found.report}
    chance = 2 * 0.16 / DESIGN.arms[0].n  # of the true trial's patients, not of the simulated
    assert shares["chance"] == pytest.approx(chance / (chance + 2), rel=0.3)
    json.dumps(asdict(found), allow_nan=False)
    assert "week" in sentences(found)[0]
    assert "-0" not in sentences(found)[1]
    write_sensitivity_figure(found, tmp_path / "one.svg")
    assert "Single numbers" in (tmp_path / "one.svg").read_text()


def test_worlds_draw_all_that_is_unknown(known: None) -> None:
    assert len(read_unknowns(MODEL)) > 450
    found = sensitivity_of(DESIGN, MODEL, 128)
    assert found.worlds == 128


@pytest.mark.parametrize("name", ["lgg-newborns", "three-strains-mothers"])
def test_a_trial_from_birth_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="begins at birth"):
        refuse_designs(load_trial(name))


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
    found = room._strain_values(study)
    assert [*found] == ["factor of bb12 + w51 + w52", "factor of w23"]
