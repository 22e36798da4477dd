"""Which doses a patient takes: counted from visit to visit, an injection by itself."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, kstest

from gutskin.engine import simulate
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.topicals import POTENCY, topicals
from gutskin.population.calendar import DoseCalendar, Exposure, MothersProduct
from gutskin.population.course import prepare
from gutskin.population.doses import KINDS
from gutskin.population.patient_format import PatientFile
from gutskin.population.streams import patient_keys
from gutskin.trials.doses_taken import daily_doses_taken, injections_taken
from gutskin.trials.intervention_parts import Dupilumab, Topical
from gutskin.trials.interventions import calendar_of, fading_creams

END = 56.0
VISITS = np.array([0.0, 28.0, 56.0])
TABLE = drugs(shipped_biology())
KEYS = np.concatenate([patient_keys(replicate, "a", 200) for replicate in range(2)])


def injected(every=2.0):
    given = Dupilumab(kind="dupilumab", loading_mg=600, dose_mg=300, every_weeks=every)
    return calendar_of([given], END, TABLE)


def lasting(kind="emollient", dose=0, start=0.0, end=END, **more):
    return Exposure(dose, kind, kind, None, start, end, 1.0, **more)


def shares(calendar, adherence=0.7, seed=7, keys=KEYS, visits=VISITS):
    found = daily_doses_taken(seed, keys, calendar, visits, adherence)
    return [(one.start, one.end, one.share) for one in found.exposures]


def test_closed_form_an_injection_is_taken_or_missed():
    taken = injections_taken(7, KEYS, injected(), 0.7)
    assert taken.shape == (4, 400)
    assert taken.mean() == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 1600))
    assert abs(np.corrcoef(taken)[np.triu_indices(4, 1)]).max() < 4 / np.sqrt(400)


def test_who_takes_all_or_nothing():
    calendar = replace(injected(), exposures=(lasting(),))
    assert injections_taken(7, KEYS, calendar, 1.0) is None
    assert not injections_taken(7, KEYS, calendar, 0.0).any()
    assert daily_doses_taken(7, KEYS, calendar, VISITS, 1.0) is calendar
    assert shares(calendar, 0.0) == [(0.0, END, 0.0)]  # uncut, as a course without treatment


def test_a_missed_injection_belongs_to_the_patient_and_its_number_alone():
    """Not to the arm, to other patients, or to how many injections there are."""
    taken = injections_taken(7, KEYS, injected(), 0.5)
    assert (injections_taken(7, KEYS[5:9], injected(1.0), 0.5)[:4] == taken[:, 5:9]).all()
    assert (injections_taken(8, KEYS, injected(), 0.5) != taken).any()


def test_closed_form_doses_between_two_visits_are_binomial():
    pieces = shares(DoseCalendar((lasting(),)))
    assert [one[:2] for one in pieces] == [(0.0, 28.0), (28.0, 56.0)]
    for _, _, share in pieces:
        counted = np.round(28 * share).astype(int)
        np.testing.assert_allclose(counted, 28 * share, atol=1e-9)
        jitter = np.random.default_rng(1).uniform(size=len(counted))
        at = binom.cdf(counted - 1, 28, 0.7) + jitter * binom.pmf(counted, 28, 0.7)
        assert kstest(at, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(*[one[2] for one in pieces])[0, 1]) < 4 / np.sqrt(400)


@pytest.mark.parametrize(("length", "doses"), [(0.3, 1), (1.4, 1), (9.6, 10)])
def test_closed_form_part_of_a_day_is_a_dose_from_a_half_on_and_one_at_least(length, doses):
    ((_, _, share),) = shares(DoseCalendar((lasting(end=length),)))
    assert set(np.round(share * doses, 9)) <= set(range(doses + 1))
    assert share.mean() == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / doses / 400))


@pytest.mark.parametrize(("per_day", "doses"), [(2 / 7, 8), (1.0, 28), (3.0, 84)])
def test_closed_form_of_what_is_put_on_twice_a_week_eight_doses_are_counted(per_day, doses):
    calendar = DoseCalendar((lasting(end=28.0, per_day=per_day),))
    ((_, _, share),) = shares(calendar)
    counted = np.round(share * doses, 9)
    assert set(counted) <= set(range(doses + 1))
    assert share.var() == pytest.approx(0.21 / doses, rel=0.35)


def test_counted_doses_belong_to_the_patient_the_kind_and_the_day():
    """Not to other patients, to later visits, or to what else he is given."""
    alone = shares(DoseCalendar((lasting(),)))
    later = shares(DoseCalendar((lasting(),)), visits=np.array([0.0, 28.0, 42.0]), keys=KEYS[5:9])
    beside = shares(DoseCalendar((lasting(), lasting("fibre", 1))))
    assert (later[0][2] == alone[0][2][5:9]).all()
    assert (beside[0][2] == alone[0][2]).all()
    assert (beside[2][2] != alone[0][2]).any()
    assert (shares(DoseCalendar((lasting(),)), seed=8)[0][2] != alone[0][2]).any()


def test_what_two_arms_share_is_missed_on_the_same_days_under_both():
    """An emollient beside a product, and alone; a drug beside another, and alone."""
    control = shares(DoseCalendar((lasting("emollient", 0),)))
    active = shares(DoseCalendar((lasting("probiotic", 0), lasting("emollient", 1))))
    for one, other in zip(control, active[2:], strict=True):
        assert (one[2] == other[2]).all()
    two = shares(DoseCalendar((lasting("emollient", 0), lasting("emollient", 1))))
    assert (two[0][2] != two[2][2]).any()
    alone = injected().injections
    other = tuple(replace(one, kind="another") for one in alone)
    both = injections_taken(7, KEYS, DoseCalendar(injections=(*other, *alone)), 0.5)
    assert (both[4:] == injections_taken(7, KEYS, injected(), 0.5)).all()
    assert (both[:4] != both[4:]).any()


def test_all_inputs_of_a_cream_are_cut_alike_and_missed_together():
    """A steroid cream that is put on best about a visit has its potency where it is used."""
    given = Topical(kind="topical", name="steroid_very_potent")
    calendar = calendar_of([given], END, TABLE, topicals(shipped_biology()))
    calendar = fading_creams(calendar, VISITS, 0.5, 10.0)
    found = daily_doses_taken(7, KEYS, calendar, VISITS, 0.5).exposures
    used, potency = (
        {(one.start, one.end): one.share for one in found if one.input == name}
        for name in ("topical_steroid", POTENCY)
    )
    assert used.keys() == potency.keys()
    assert len(used) == 10
    for (first, last), share in potency.items():
        assert (share == used[first, last]).all()
        counted = (last - first) * share
        np.testing.assert_allclose(counted, np.round(counted), atol=1e-9)


def test_strains_of_a_product_are_missed_together():
    two = [replace(lasting("probiotic"), strain=(name, True)) for name in ("a", "b")]
    found = shares(DoseCalendar(tuple(two)))
    assert (found[0][2] == found[2][2]).all()


def test_better_adherence_takes_whatever_worse_adherence_takes():
    calendar = replace(injected(), exposures=(lasting(),))
    less, more = (injections_taken(7, KEYS, calendar, share) for share in (0.4, 0.6))
    assert (more >= less).all()
    less, more = (shares(calendar, share) for share in (0.4, 0.6))
    assert all((one[2] >= other[2]).all() for one, other in zip(more, less, strict=True))


def test_who_has_stopped_takes_nothing_and_pollen_is_no_dose():
    stopped = np.arange(400) < 100
    own, around = lasting(share=1.0 * ~stopped), lasting("pollen", 1)
    found = shares(DoseCalendar((own, around)))
    assert not found[0][2][stopped].any()
    assert [one[2] for one in found[2:]] == [1.0, 1.0]


def test_closed_form_a_mothers_doses_are_one_count():
    """28 days before birth, and from the seventh to the 56th after it: 77 doses."""
    hers = MothersProduct(0, (("a", True),), 4.0, 28.0, 7.0, 56.0)
    (found,) = daily_doses_taken(7, KEYS, DoseCalendar(mother=(hers,)), VISITS, 0.7).mother
    counted = found.gcfu_per_day / 4 * 77
    np.testing.assert_allclose(counted, np.round(counted), atol=1e-9)
    assert counted.mean() == pytest.approx(0.7 * 77, abs=4 * np.sqrt(0.21 * 77 / 400))
    assert counted.var() == pytest.approx(0.21 * 77, rel=0.35)


def test_who_takes_nothing_meets_pollen_all_the_same_and_his_mother_takes_nothing():
    hers = MothersProduct(0, (("a", True),), 4.0, 28.0, 0.0, 56.0)
    calendar = DoseCalendar((lasting("pollen", 1), lasting(dose=2)), mother=(hers,))
    found = daily_doses_taken(7, KEYS, calendar, VISITS, 0.0)
    assert [one.share for one in found.exposures] == [1.0, 0.0]
    assert [one.gcfu_per_day for one in found.mother] == [0.0]


@pytest.mark.parametrize(
    ("given", "key", "usual", "level"),
    [
        ({"kind": "fibre"}, "factor", 1.0, 3.0),
        ({"kind": "inulin"}, "g_per_day", 0.0, 10.0),
        ({"kind": "probiotic", "strains": ("lgg",)}, "cfu_per_day", 0.0, 1e10),
    ],
)
def test_property_the_mean_of_a_month_does_what_days_with_and_without_a_dose_do(
    given, key, usual, level
):
    """On a child with eczema, 70 in 100 doses taken: what it does differs by 8% at most."""
    model, taken = load_model(), np.random.default_rng(3).uniform(size=56) < 0.7
    by_day = [
        {**given, key: level, "start_day": day, "end_day": day + 1} for day in np.flatnonzero(taken)
    ]
    by_month = [
        {**given, key: usual + (level - usual) * taken[first : first + 28].mean(),
         "start_day": first, "end_day": first + 28}
        for first in (0, 28)
    ]  # fmt: skip

    def score(doses):
        found = tuple(KINDS[one["kind"]].model_validate(one) for one in doses)
        patient = PatientFile(start="severe", name="x", population="ad_child", days=56, doses=found)
        case = prepare(patient, 56, "evidence", model)
        courses = simulate(
            model, case.parameters, case.start, case.schedule, VISITS, rtol=1e-8,
            varying=("diet_fibre", "dose_inulin", "dose_strain_1"),
        )  # fmt: skip
        return np.squeeze(courses.quantities(["scorad"]))[1:]

    without = score(())
    effect = score(by_day) - without
    assert (abs(effect) > 0.1).all()
    np.testing.assert_allclose(score(by_month) - without, effect, rtol=0.08)
