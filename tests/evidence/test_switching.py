"""What a switch changes, in words and amounts, without a trial."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.engine.trajectories import SimulationFailed
from gutskin.evidence import switching
from gutskin.evidence.switching import AS_IT_IS, Amount, Consequence, Switched, _amount, _switched
from gutskin.trials.design import load_trial
from gutskin.trials.routes import LastVisit


def visit(effect, control):
    return LastVisit(np.array(effect, float), np.array(control, float))


def consequence(*switched):
    return Consequence("t", "T", "SCORAD", "points", 8.0, "evidence", 1, 50, 40, switched)


def test_closed_form_an_amount_of_many_replicates_has_an_interval_and_an_error():
    values = np.arange(101.0)
    amount = _amount(values)
    assert amount.mean == 50.0
    assert amount.ci95_low == pytest.approx(1.55)  # the (n + 1) p-th of n
    assert amount.ci95_high == pytest.approx(98.45)
    assert amount.monte_carlo_error == pytest.approx(values.std(ddof=1) / np.sqrt(101))


def test_closed_form_few_replicates_have_no_interval_and_one_has_no_error():
    two = _amount(np.array([1.0, 3.0]))
    assert (two.mean, two.ci95_low, two.ci95_high) == (2.0, None, None)
    assert two.monte_carlo_error == pytest.approx(1.0)
    assert _amount(np.array([1.0])) == Amount(1.0, None, None, None)


def test_closed_form_changes_are_those_of_the_same_patients():
    base = visit([-3.0, -1.0], [10.0, 12.0])
    off = _switched(0.0, visit([-1.0, 0.0], [11.0, 14.0]), base)
    assert off.effect.mean == -0.5
    assert off.effect_change.mean == 1.5
    assert off.control.mean == 12.5
    assert off.control_change.mean == 1.5
    one = _switched(AS_IT_IS, base, base)
    assert (one.effect.mean, one.control.mean) == (-2.0, 11.0)
    assert (one.effect_change, one.control_change) == (None, None)


def test_unit_what_failed_has_no_amounts_and_its_failure_no_comparison():
    base = visit([-3.0], [10.0])
    assert _switched(0.0, "it left its bounds", base) == Switched(0.0, failure="it left its bounds")
    alone = _switched(2.0, base, "it left its bounds")
    assert (alone.effect.mean, alone.effect_change, alone.control_change) == (-3.0, None, None)


@pytest.mark.parametrize(
    ("mean", "low", "high", "nothing"),
    [
        (0.049, None, None, True), (-0.049, None, None, True), (0.05, None, None, False),
        (-0.05, None, None, False), (0.0, -0.05, 0.0, False), (0.0, 0.0, 0.06, False),
        (0.0, -0.04, 0.04, True),
    ],
)  # fmt: skip
def test_closed_form_nothing_is_less_than_a_twentieth_in_nearly_every_replicate(
    mean, low, high, nothing
):
    assert Amount(mean, low, high).nothing is nothing


def test_unit_a_trial_is_untouched_if_no_value_changes_it_and_none_failed():
    little, much = Amount(0.01, None, None), Amount(1.0, None, None)
    same = Switched(0.0, little, little, little, little)
    assert consequence(same, Switched(1.0, little, None, little, None)).untouched
    assert not consequence(same, Switched(0.0, little, much, little, little)).untouched
    assert not consequence(same, Switched(0.0, little, little, little, much)).untouched
    assert not consequence(same, Switched(2.0, failure="it left its bounds")).untouched


@pytest.fixture
def conducted(monkeypatch):
    """A trial of seven patients whose courses are a formula of the switch."""
    found = SimpleNamespace(values=[], studies=[], fails=(), counted=[])
    end = SimpleNamespace(label="SCORAD", unit="points")

    def prepare(design, model, replicates, seed, stance):
        found.studies.append((design.analysis, model, replicates, seed, stance))
        return SimpleNamespace(endpoints=(end,))

    def enrol(study, replicates, work):
        work.add(4 * 7 * replicates)  # settled and screened, as a trial does
        return "enrolled"

    def switched(study, enrolled, run, pieces, values):
        (value,) = values.values()
        found.values.append((enrolled, values))
        assert run(lambda piece: piece, [range(5), range(5, 14)]) == [range(5), range(5, 14)]
        if value in found.fails:
            raise SimulationFailed("it left its bounds")
        return visit([-3.0 * value, -1.0], [10.0, 12.0 + value])

    monkeypatch.setattr(switching, "prepare", prepare)
    monkeypatch.setattr(switching.conduct, "enrol", enrol)
    monkeypatch.setattr(switching.routes, "switched", switched)
    return found


def conduct(found, **given):
    design = load_trial("six-strain-children")
    arms = tuple(
        arm.model_copy(update={"n": n}) for arm, n in zip(design.arms, (3, 4), strict=True)
    )
    design = design.model_copy(update={"arms": arms})
    return switching.consequence(
        design, "model", "s_m07", 2,
        progress=lambda done, total: found.counted.append((done, total)), **given,
    )  # fmt: skip


def test_closed_form_a_trial_is_followed_with_the_switch_off_halved_and_doubled(conducted):
    told = conduct(conducted)
    assert conducted.values == [("enrolled", {"s_m07": value}) for value in (0.0, 0.5, 1.0, 2.0)]
    assert [one.value for one in told.switched] == [0.0, 0.5, 1.0, 2.0]
    assert [one.effect.mean for one in told.switched] == [-0.5, -1.25, -2.0, -3.5]
    assert [one.effect_change and one.effect_change.mean for one in told.switched] == [
        1.5, 0.75, None, -1.5,
    ]  # fmt: skip
    assert [one.control_change and one.control_change.mean for one in told.switched] == [
        -0.5, -0.25, None, 0.5,
    ]  # fmt: skip
    assert (told.label, told.unit, told.week) == ("SCORAD", "points", 8.0)
    assert (told.replicates, told.patients, told.seed, told.stance) == (2, 14, 1, "evidence")
    assert told.trial == "six-strain-children"


def test_unit_only_the_primary_endpoint_is_read(conducted):
    conduct(conducted, seed=5, stance="article")
    ((analysis, *rest),) = conducted.studies
    assert analysis.endpoints == (analysis.primary,)
    assert rest == ["model", 2, 5, "article"]


def test_closed_form_the_work_is_known_from_the_start_and_done_at_the_end(conducted):
    """Settled and screened once, four a patient; followed in two arms under four values."""
    conduct(conducted)
    whole = 4 * 14 + 4 * 2 * 14
    assert {total for _, total in conducted.counted} == {whole}
    assert [done for done, _ in conducted.counted][-1] == whole


def test_unit_a_value_that_cannot_be_computed_is_told_and_the_others_are(conducted):
    conducted.fails = (2.0,)
    told = conduct(conducted)
    assert [one.failure for one in told.switched] == ["", "", "", "it left its bounds"]
    assert told.switched[0].effect_change.mean == 1.5
    conducted.fails = (1.0,)
    alone = conduct(conducted)
    assert [one.failure for one in alone.switched] == ["", "", "it left its bounds", ""]
    assert alone.switched[0].effect_change is None
