"""How worlds are drawn: of the prior, of a posterior ensemble, or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import CENTRE, POSTERIOR, Biology, Overlay, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.joint_draws import MADE_OF
from gutskin.population.draw import (
    COMMON_CONDUCT,
    draw_conduct,
    draw_patients,
    draw_worlds,
    uncertain_parameters,
)
from gutskin.population.populations import find_population
from gutskin.population.streams import patient_keys
from gutskin.trials.chunks import chunks_of
from gutskin.trials.design import load_trial

COUNT = 24
STEPS = np.linspace(-2, 2, COUNT)
TABLE = "\n".join(
    "\t".join([name, "posterior", " ".join(f"{x:.9g}" for x in draws)])
    for name, draws in {
        "vmax_th2": STEPS, "g_strain_treg": -STEPS, "leak_reference": 1 + STEPS / 10,
        "ad_child:atopy": np.exp(STEPS),
    }.items()
)  # fmt: skip
MADE = f"{MADE_OF}{shipped_biology().numbers_hash}; a test"
OWN = Biology(
    shipped_biology().folder,
    Overlay(Path("own"), (("posterior.tsv", f"{MADE}\nid\tset\tdraws\n{TABLE}\n"),)),
    POSTERIOR,
)


def test_a_world_of_the_posterior_is_one_draw_of_all_its_numbers() -> None:
    model = load_model(OWN)
    worlds = draw_worlds(model, np.arange(500), 3, "evidence")
    assert {"vmax_th2", "g_strain_treg", "leak_reference", "ad_child:atopy"} == set(worlds)
    log_factor = np.log(worlds["ad_child:atopy"])
    centre = model.values()
    ratio = worlds["leak_reference"] / centre["leak_reference"]
    assert ratio == pytest.approx(1 + log_factor / 10, rel=1e-5)
    row = model.tables.parameters["vmax_th2"]
    width = np.log(row.number("high") / row.number("low")) / (2 * 1.959963984540054)
    assert np.log(worlds["vmax_th2"] / centre["vmax_th2"]) / width == pytest.approx(
        log_factor, abs=1e-5
    )
    drawn = np.unique(log_factor.round(6))
    assert len(drawn) == COUNT  # every world of the ensemble comes
    fewer = draw_worlds(model, np.arange(7), 3, "evidence")
    assert (fewer["vmax_th2"] == worlds["vmax_th2"][:7]).all()
    assert uncertain_parameters(model) == ("vmax_th2", "g_strain_treg")


def test_a_claim_is_drawn_around_itself_and_all_else_is_the_worlds() -> None:
    """What data say of the number that the evidence has says nothing of the claim."""
    far = "g_butyrate_skin\tposterior\t" + " ".join(["-3"] * COUNT)
    texts = (("posterior.tsv", f"{MADE}\nid\tset\tdraws\n{TABLE}\n{far}\n"),)
    model = load_model(replace(OWN, overlay=Overlay(Path("own"), texts)))
    evidence, article = (
        draw_worlds(model, np.arange(400), 3, stance) for stance in ("evidence", "article")
    )
    sd = 0.2 / (2 * 1.959963984540054)  # 95% from -0.1 to 0.1
    assert evidence["g_butyrate_skin"] == pytest.approx(np.full(400, -3 * sd))
    assert article["g_butyrate_skin"].mean() == pytest.approx(0.3, abs=4 * sd / 20)
    assert article["g_butyrate_skin"].std() == pytest.approx(sd, rel=0.15)
    usual = draw_worlds(load_model(), np.arange(400), 3, "article")
    assert (article["g_butyrate_skin"] == usual["g_butyrate_skin"]).all()
    assert (article["vmax_th2"] == evidence["vmax_th2"]).all()


def test_a_factor_on_a_median_moves_that_population_and_no_other() -> None:
    model = load_model(OWN)
    centres = {**model.values(), "ad_child:atopy": 2.0}
    for name, factor in (("ad_child", 2.0), ("ad_adult", 1.0)):
        people, keys = find_population(name, model.biology), patient_keys(0, "x", 9)
        usual, moved = (
            draw_patients(model, people, keys, 1, centres=one).parameters["atopy"]
            for one in (model.values(), centres)
        )
        assert moved / usual == pytest.approx(np.full(9, factor))


def test_who_are_like_others_but_for_their_age_have_the_factor_of_these() -> None:
    model = load_model()
    centres = {**model.values(), "ad_adult:severity_scale": 1.5}
    keys = patient_keys(0, "x", 9)
    for name in ("ad_adult", "ad_older"):
        people = find_population(name, model.biology)
        usual, moved = (
            draw_patients(model, people, keys, 1, centres=one).parameters["severity_scale"]
            for one in (model.values(), centres)
        )
        assert moved / usual == pytest.approx(np.full(9, 1.5))
    older, grown = (find_population(name, model.biology) for name in ("ad_older", "ad_adult"))
    assert (older.like, grown.like) == ("ad_adult", "ad_adult")
    differ = {one for one in grown.covariates if grown.covariates[one] != older.covariates[one]}
    assert differ == {"age_years"}
    assert (older.carriers, older.ages[0]) == (grown.carriers, grown.ages[1])


def test_one_world_is_the_central_one() -> None:
    model = load_model(replace(shipped_biology(), draws=CENTRE))
    for name, values in draw_worlds(model, np.arange(3), 1, "evidence").items():
        assert (values == model.values()[name]).all()


def test_runs_of_other_worlds_are_other_runs() -> None:
    """A stopped run is gone on with, and a result replaced, only by one of the same worlds."""
    design, hashes = load_trial("six-strain-children"), set()
    for draws in ("prior", "posterior", "1"):
        biology = replace(shipped_biology(), draws=draws)
        hashes.add(biology.content_hash)
        assert chunks_of(design, biology.content_hash, "evidence", 1, 3)
    assert len(hashes) == 3
    assert replace(shipped_biology(), draws="prior").content_hash == shipped_biology().content_hash


def test_without_an_ensemble_the_remedy_is_told() -> None:
    lacking = Biology(Path("nowhere"), Overlay(Path("own"), ()), POSTERIOR)
    from gutskin.model.joint_draws import read_ensemble

    with pytest.raises(InputError, match="make calibrate"):
        read_ensemble(lacking)


def test_closed_form_trials_of_a_world_of_the_prior_have_half_of_their_conduct_in_common() -> None:
    """Two trials of one literature: each as wide as one alone, and together as far as declared."""
    model, worlds = load_model(), np.arange(4000)
    alone, *both = (
        np.log(draw_conduct(model, worlds, 3, own)["seek_at"]) for own in (None, 11, 12)
    )
    for one in both:
        assert one.std() == pytest.approx(alone.std(), rel=0.04)
    assert np.corrcoef(*both)[0, 1] == pytest.approx(COMMON_CONDUCT, abs=0.04)
    same = draw_conduct(model, worlds, 3, 3)["seek_at"]
    assert np.log(same).tolist() == alone.tolist()  # a trial of its own world alone
