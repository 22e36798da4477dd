"""Populations: distributions of covariates, genotypes, and names."""

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.populations import (
    Marginal,
    filaggrin,
    find_population,
    load_populations,
)

GRID = (np.arange(2000) + 0.5) / 2000


@pytest.mark.parametrize(
    ("marginal", "median", "spread"),
    [
        (Marginal("uniform", (1, 13)), 7.0, None),
        (Marginal("lognormal", (130, 1.3)), 130.0, lambda x: np.log(x).std() / 1.3),
        (Marginal("normal", (5, 2)), 5.0, lambda x: x.std() / 2),
        (Marginal("logit", (1.1, 1.5)), 1 / (1 + np.exp(-1.1)), None),
    ],
)
def test_a_covariate_follows_its_distribution(marginal, median, spread):
    values = marginal.at(GRID)
    assert np.median(values) == pytest.approx(median, rel=0.01)
    assert (np.diff(values) > 0).all()
    if spread is not None:
        assert spread(values) == pytest.approx(1.0, rel=0.01)


def test_a_choice_has_its_shares():
    values = Marginal("choice", ((1, 0.3), (0, 0.7))).at(GRID)
    assert set(values) == {0.0, 1.0}
    assert values.mean() == pytest.approx(0.3, abs=0.001)


def test_the_ends_of_every_covariate_are_finite():
    for population in load_populations(shipped_biology()).values():
        for marginal in population.covariates.values():
            assert np.isfinite(marginal.at(np.array([0.0, 1.0]))).all()


def test_carriers_are_as_common_as_the_population_says():
    carriers = {"heterozygous": 0.2, "homozygous": 0.05}
    genotype = filaggrin(carriers, GRID, shipped_biology())["flg_genotype"]
    values, counts = np.unique(genotype, return_counts=True)
    assert values.max() == 1.0
    assert sorted(counts / len(GRID)) == pytest.approx([0.05, 0.2, 0.75], abs=0.001)


def test_every_covariate_is_a_parameter_of_the_model():
    known = {*load_model().parameter_ids, "age_years"}
    for population in load_populations(shipped_biology()).values():
        assert set(population.covariates) <= known


def test_an_unknown_population_suggests_the_nearest():
    with pytest.raises(InputError, match="ad_child"):
        find_population("ad_chld", shipped_biology())
