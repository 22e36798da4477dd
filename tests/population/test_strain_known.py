"""What is known of a strain and from where, and what its trials made of it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population import strain_known as known
from gutskin.population.strain_hierarchy import Voice
from gutskin.population.strain_traits import TraitValue, strain_traits_of

TRAITS = strain_traits_of(shipped_biology())
Z = 1.959963984540054
BEFORE = TraitValue(1.0, 1.0 - 2 * Z, 1.0 + 2 * Z, "genus")  # sd 2


class Posterior:
    """What trials say, made up: one mean and one variance for every voice."""

    def __init__(self, mean, variance):
        self.mean, self.variance = mean, variance

    def moments(self, voices):
        assert len(voices) == 1
        return np.array([self.mean]), np.array([[self.variance]])


@pytest.mark.parametrize(
    ("mean", "variance"), [(1.06, 3.96), (0.94, 3.96), (1.0, 1.0), (1.0, 1.95**2), (2.0, 4.0)]
)
def test_closed_form_what_trials_make_of_an_axis(mean, variance):
    now = known._given_trials(Posterior(mean, variance), Voice(0.0, 1.0, {}), BEFORE)
    sd = np.sqrt(variance)
    assert (now.value, now.low, now.high) == pytest.approx((mean, mean - Z * sd, mean + Z * sd))
    assert now.source == "genus"


@pytest.mark.parametrize(("mean", "variance"), [(1.039, 4.0), (0.961, 4.0), (1.0, 1.961**2)])
def test_closed_form_an_axis_that_trials_hardly_move_is_told_as_it_was(mean, variance):
    assert known._given_trials(Posterior(mean, variance), Voice(0.0, 1.0, {}), BEFORE) is BEFORE


def test_unit_a_trial_is_told_as_it_reports_and_as_it_was_expected(monkeypatch):
    asked = []

    def tried_in(model, row):
        asked.append(row.id)
        link = SimpleNamespace(
            effect=lambda said: float(said["regulation"].sum()), reach=(-5.0, 3.0)
        )
        voices = {"regulation": (Voice(1.5, 1.0, {}), Voice(2.0, 1.0, {}))}
        return SimpleNamespace(link=link, voices=voices, taken=-1.0)

    monkeypatch.setattr(known, "tried_in", tried_in)
    model = load_model()
    rows = model.biology.table("strain_trials.tsv")
    treated = known._result(model, rows["lgg_gruber"])
    assert treated.what == "SCORAD, 12 weeks, 1e10 CFU a day, children with atopic dermatitis"
    assert (treated.estimate, treated.se) == (4.5, 2.73)
    assert (treated.counts, treated.expected) == (False, None)
    assert (treated.taken, treated.beyond) == (4.5, "")
    assert treated.evidence == ("TT0048", "TT0052")
    born = known._result(model, rows["lgg_kalliomaki"])
    assert born.what == (
        "eczema, 24 months, 1e10 CFU a day, newborns with a family history of atopy, given to both"
    )
    assert asked == []
    own = replace(rows["lgg_gruber"], cells={**rows["lgg_gruber"].cells, "updates": "yes"})
    counted = known._result(model, own)
    assert (counted.counts, counted.expected) == (True, 3.5)
    assert (counted.taken, counted.reach) == (-1.0, (-5.0, 3.0))


def test_unit_a_member_is_told_with_what_is_known_of_it_and_from_where():
    model = load_model()
    member = known.member_of(model, "lgg", "lgg", None)
    row = model.tables.strains["lgg"]
    assert (member.id, member.label) == ("lgg", row.text("strain"))
    assert (member.species, member.genus_class) == (row.text("species"), row.text("genus_class"))
    assert [one.id for one in member.traits] == list(TRAITS)
    for one in member.traits:
        assert one.now is one.before
        assert one.is_axis is TRAITS[one.id].is_axis
        assert one.is_flag is (TRAITS[one.id].scale == "flag")
    assert {one.id for one in member.trials} == {"lgg_gruber", "lgg_kalliomaki"}
    moved = known.member_of(model, "lgg", "lgg", Posterior(mean=9.0, variance=0.04))
    for one in moved.traits:
        expected = (9.0, pytest.approx(0.2)) if one.is_axis else (one.before.value, one.before.sd)
        assert (one.now.value, one.now.sd) == expected
