"""The update of a strain by its trials, against closed forms, a grid, and its own coverage."""

import numpy as np
import pytest

from gutskin.population import strain_hierarchy
from gutskin.population.strain_hierarchy import Curve, Link, Posterior, Tried, Voice, posterior_of

SHARES = {"product": 0.1, "class": 0.1, "species": 0.3, "strain": 0.5}
LINE = Curve(np.array([-4.0, 0.0, 4.0]), np.array([10.0, 0.0, -10.0]))  # -2.5 points a unit
POINTS = np.linspace(-6, 8, 29)
BENT = Curve(POINTS, -8 * np.tanh(POINTS / 3))


def voice(strain: str, species: str = "s", mean: float = 1.0, sd: float = 1.5) -> Voice:
    return Voice(mean, sd, {
        "product": f"product/{strain}", "class": "class/c",
        "species": f"species/{species}", "strain": f"strain/{strain}",
    })  # fmt: skip


def tried(
    estimate: float, se: float, *voices: Voice, tau: float = 0.0, curve: Curve = LINE,
    weights: tuple[float, ...] = (), name: str = "t", spread: float = 0.0,
) -> Tried:  # fmt: skip
    parts = np.array(weights or [1 / len(voices)] * len(voices))
    link = Link(parts, {"factor": curve}, {"factor": 1.0}, spread)
    return Tried(name, estimate, se, tau, link, {"factor": voices})


def test_closed_form_one_trial_of_one_strain() -> None:
    mine, se, tau = voice("a"), 2.0, 1.5
    found = posterior_of([tried(-6.0, se, mine, tau=tau)], SHARES)
    (mean,), ((variance,),) = found.moments([mine])
    # the trial reads the factor as -6 / -2.5 = 2.4 with variance (se^2 + tau^2) / 2.5^2
    read, error = 2.4, (se**2 + tau**2) / 2.5**2
    precision = 1 / 1.5**2 + 1 / error
    assert variance == pytest.approx(1 / precision, rel=1e-9)
    assert mean == pytest.approx((1.0 / 1.5**2 + read / error) / precision, rel=1e-9)


def test_closed_form_two_trials_are_one_of_their_mean() -> None:
    mine = voice("a")
    two = posterior_of([tried(-6.0, 2.0, mine), tried(-2.0, 2.0, mine, name="u")], SHARES)
    one = posterior_of([tried(-4.0, 2.0 / np.sqrt(2), mine)], SHARES)
    for a, b in zip(two.moments([mine]), one.moments([mine]), strict=True):
        assert a == pytest.approx(b, rel=1e-9)


@pytest.mark.parametrize(
    ("sister", "common"),
    [
        (voice("b"), 0.4),
        (voice("b", "other"), 0.1),
        (Voice(1.0, 1.5, {k: f"{k}/x" for k in SHARES}), 0.0),
    ],
)
def test_closed_form_a_sister_moves_by_the_share_that_she_has_in_common(
    sister: Voice, common: float
) -> None:
    mine = voice("a")
    found = posterior_of([tried(-6.0, 1.0, mine)], SHARES)
    mean, covariance = found.moments([mine, sister])
    assert mean[1] - 1.0 == pytest.approx(common * (mean[0] - 1.0), rel=1e-9)
    lost = 1.5**2 - covariance[0, 0]
    assert covariance[1, 1] == pytest.approx(1.5**2 - common**2 * lost, rel=1e-9)


def test_closed_form_a_member_of_a_mix_learns_its_part() -> None:
    one, other = voice("a", "s"), voice("b", "o")
    found = posterior_of([tried(-6.0, 1e-6, one, other, weights=(0.75, 0.25))], SHARES)
    mean, covariance = found.moments([one, other])
    assert 0.75 * mean[0] + 0.25 * mean[1] == pytest.approx(2.4, rel=1e-6)
    assert mean[0] > mean[1]
    assert covariance[0, 1] < 0  # what one does not do the other does


def test_property_a_trial_without_information_changes_nothing() -> None:
    mine = voice("a")
    (mean,), ((variance,),) = posterior_of([tried(-6.0, 1e6, mine)], SHARES).moments([mine])
    assert (mean, variance) == pytest.approx((1.0, 1.5**2), rel=1e-6)


def test_property_what_is_not_known_of_the_body_blunts_a_trial() -> None:
    mine = voice("a")
    sure = posterior_of([tried(-6.0, 1.0, mine)], SHARES).moments([mine])
    unsure = posterior_of([tried(-6.0, 1.0, mine, spread=0.5)], SHARES).moments([mine])
    assert unsure[1][0, 0] > sure[1][0, 0]
    assert 1.0 < unsure[0][0] < sure[0][0]


@pytest.mark.parametrize("estimate", [-8.0, -5.0, 0.0, 6.0])
def test_reference_a_saturating_effect_against_a_grid(estimate: float) -> None:
    """Mean and sd of the density, about: it is skewed where the effect saturates."""
    mine, se = voice("a"), 2.0
    found = posterior_of([tried(estimate, se, mine, curve=BENT)], SHARES)
    (mean,), ((variance,),) = found.moments([mine])
    x = np.linspace(-7, 9, 4001)
    log = -((x - 1) ** 2) / (2 * 1.5**2)
    log -= (estimate - np.array([BENT.at(one) for one in x])) ** 2 / (2 * se**2)
    density = np.exp(log - log.max())
    exact = (density * x).sum() / density.sum()
    sd = np.sqrt((density * (x - exact) ** 2).sum() / density.sum())
    assert mean == pytest.approx(exact, abs=0.25 * sd)  # the density is skewed
    assert np.sqrt(variance) == pytest.approx(sd, rel=0.15)


def _drawn(found: Posterior, count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    z = random.standard_normal((len(found.names), count))
    noise = random.standard_normal((len(found.tried), count))
    shares = {level: np.full(count, share) for level, share in found.shares.items()}
    return found.moved(z, shares, noise, np.repeat(found.taus[:, None], count, axis=1))


def test_closed_form_draws_have_the_moments_of_the_posterior() -> None:
    mine, sister = voice("a"), voice("b")
    found = posterior_of([tried(-6.0, 2.0, mine, tau=1.0)], SHARES)
    z = _drawn(found, 200_000, 1)
    place = {name: number for number, name in enumerate(found.names)}
    x = 1.0 + 1.5 * sum(
        np.sqrt(SHARES[level]) * z[place[name]] for level, name in mine.streams.items()
    )
    common = 1.5 * sum(
        np.sqrt(SHARES[level]) * z[place[name]]
        for level, name in sister.streams.items() if name in place
    )  # fmt: skip
    mean, covariance = found.moments([mine, sister])
    assert x.mean() == pytest.approx(mean[0], abs=0.01)
    assert x.var() == pytest.approx(covariance[0, 0], rel=0.02)
    assert 1 + common.mean() == pytest.approx(mean[1], abs=0.01)
    assert np.cov(x, common)[0, 1] == pytest.approx(covariance[0, 1], rel=0.05)


@pytest.mark.parametrize("curve", [LINE, BENT])
def test_property_intervals_cover_under_the_prior_predictive(curve: Curve) -> None:
    """Strains from the prior, trials of them from the model: 95% of intervals hold the strain."""
    random, runs, inside, of_sister = np.random.default_rng(7), 600, 0, 0
    mine, sister, se, tau = voice("a"), voice("b"), 2.0, 1.5
    for _ in range(runs):
        u = {name: random.standard_normal() for v in (mine, sister) for name in v.streams.values()}
        x, y = (
            v.mean + v.sd * sum(np.sqrt(SHARES[k]) * u[name] for k, name in v.streams.items())
            for v in (mine, sister)
        )
        effect = float(curve.at(x))
        report = effect + np.hypot(se, tau) * random.standard_normal()
        found = posterior_of([tried(report, se, mine, tau=tau, curve=curve)], SHARES)
        mean, covariance = found.moments([mine, sister])
        half = 1.96 * np.sqrt(np.diag(covariance))
        inside += abs(x - mean[0]) < half[0]
        of_sister += abs(y - mean[1]) < half[1]
    assert 0.93 <= inside / runs <= 0.97
    assert 0.93 <= of_sister / runs <= 0.97


def test_closed_form_what_is_left_of_the_variance_adds_up_and_the_strain_loses_most() -> None:
    mine = voice("a")
    found = posterior_of([tried(-6.0, 1.0, mine)], SHARES)
    load = {name: 1.5 * np.sqrt(SHARES[level]) for level, name in mine.streams.items()}
    left = found.left(load)
    assert sum(left.values()) == pytest.approx(found.moments([mine])[1][0, 0], rel=1e-9)
    sister = {name: part for name, part in load.items() if not name.startswith("strain")}
    assert found.left({**sister, "strain/b": 1.0})["strain/b"] == 1.0
    lost = {name: part**2 - left[name] for name, part in load.items()}
    assert max(lost, key=lambda name: lost[name]) == "strain/a"


def test_reference_the_line_of_a_bent_effect_against_a_regression_of_draws() -> None:
    x = 1.0 + 1.5 * np.random.default_rng(3).standard_normal(200_000)
    y = BENT.at(x)
    slope = np.cov(x, y)[0, 1] / x.var()
    missed = (y - y.mean() - slope * (x - 1.0)).var()
    assert BENT.line(1.0, 1.5) == pytest.approx((y.mean(), slope, missed), rel=0.02)
    assert missed > 0.1  # what the line misses is not nothing


def test_unit_a_curve_is_straight_beyond_its_ends() -> None:
    assert LINE.at(6.0) == pytest.approx(-15.0)
    assert LINE.at(-5.0) == pytest.approx(12.5)


def test_closed_form_beyond_its_ends_a_curve_keeps_the_slope_of_its_last_piece() -> None:
    bent = Curve(np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, 3.0, 5.0, 6.0]))
    assert bent.at([-2.0, -0.5, 0.0, 1.0, 4.0, 4.5, 6.0]) == pytest.approx(
        [-6.0, -1.5, 0.0, 3.0, 6.0, 6.25, 7.0]
    )
    assert 1.5 < bent.at(0.5) < 3.0  # within them it bends
    assert 5.5 < bent.at(3.0) < 6.0


@pytest.mark.parametrize("estimate", [-5.0, 0.0, 4.0])
def test_reference_a_strain_that_is_nearly_known_against_a_grid(estimate: float) -> None:
    """Over a narrow prior the effect is nearly straight, and the update nearly exact."""
    mine, se = voice("a", sd=0.4), 0.7
    (mean,), ((variance,),) = posterior_of([tried(estimate, se, mine, curve=BENT)], SHARES).moments(
        [mine]
    )
    x = np.linspace(-2, 4, 4001)
    log = -((x - 1) ** 2) / (2 * 0.4**2) - (estimate - BENT.at(x)) ** 2 / (2 * se**2)
    density = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    exact = density @ x
    assert mean == pytest.approx(exact, abs=0.02)
    assert np.sqrt(variance) == pytest.approx(np.sqrt(density @ (x - exact) ** 2), rel=0.05)


@pytest.mark.parametrize("estimate", [-12.0, -8.0, 3.0, 10.0])
def test_property_going_round_once_more_changes_nothing(estimate: float) -> None:
    """Also where whole steps would swing for ever: a report beyond what any strain could do."""
    mine, sister = voice("a"), voice("b", mean=-2.0)
    trials = [
        tried(estimate, 0.8, mine, tau=0.6, curve=BENT),
        tried(-1.0, 3.0, sister, tau=1.5, curve=LINE, name="u"),
    ]  # fmt: skip
    found = posterior_of(trials, SHARES)
    scale = np.sqrt([SHARES[level] for level in found.levels])
    mean = found.gain @ found.residuals
    left = np.eye(len(mean)) - found.gain @ (found.rows * scale)
    again = [strain_hierarchy._line(one, found.names, scale, mean, left) for one in trials]
    for before, after in zip((found.rows, found.residuals, found.variances),
                             zip(*again, strict=True), strict=True):  # fmt: skip
        assert np.array(after) == pytest.approx(before, abs=2e-5)


def test_property_of_a_straight_line_the_first_round_is_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second finds that nothing has moved."""
    rounds, line = [], strain_hierarchy._line
    monkeypatch.setattr(strain_hierarchy, "_line", lambda *of: rounds.append(of) or line(*of))
    posterior_of([tried(-6.0, 2.0, voice("a"), tau=1.0)], SHARES)
    assert len(rounds) == 2


def two_axes(estimate: float, se: float, weights: tuple[float, ...], *members: str) -> Tried:
    """-2.5 points a unit of one axis and +1 of another, whose prior has a mean of -0.5."""
    rising = Curve(np.array([-3.0, 0.0, 3.0]), np.array([-3.0, 0.0, 3.0]))
    link = Link(np.array(weights), {"factor": LINE, "other": rising},
                {"factor": 1.0, "other": 0.5})  # fmt: skip
    others = tuple(
        Voice(-0.5, 0.8, {level: f"{name}/other" for level, name in voice(one).streams.items()})
        for one in members
    )
    voices = {"factor": tuple(voice(one) for one in members), "other": others}
    return Tried("t", estimate, se, 0.0, link, voices)


def test_closed_form_what_another_axis_may_add_is_error_and_it_learns_nothing() -> None:
    """Before the trial -2.5 points, and 1 less: the other axis is that far below its centre."""
    one = two_axes(-6.0, 2.0, (1.0,), "a")
    factor, other = one.voices["factor"][0], one.voices["other"][0]
    mean, covariance = posterior_of([one], SHARES).moments([factor, other])
    total = (2.5 * 1.5) ** 2 + 0.8**2 + 2.0**2
    weight = -2.5 * 1.5**2 / total
    assert mean == pytest.approx([1.0 + weight * (-6.0 + 3.5), -0.5])
    assert covariance == pytest.approx(np.diag([1.5**2 + 2.5 * 1.5**2 * weight, 0.8**2]))


def test_closed_form_the_effect_of_a_product_is_that_of_its_members_by_their_parts() -> None:
    link = two_axes(0.0, 1.0, (0.75, 0.25), "a", "b").link
    said = {"factor": np.array([2.0, -2.0]), "other": np.array([1.0, 3.0])}
    # factor 1 in the middle; the others' 1.5 is 1 above the centre, at which the first is told
    assert link.effect(said) == pytest.approx(-2.5 * 1.0 + 1.0 * (1.5 - 0.5))
    said = {"factor": np.array([2.0, 2.0]), "other": np.array([0.5, 0.5])}
    assert link.effect(said) == pytest.approx(-5.0)


def test_closed_form_what_is_not_known_of_the_body_is_a_share_of_the_effect_itself() -> None:
    """The trial's variance is se^2 and half of the effect at the posterior, squared."""
    mine = voice("a")
    found = posterior_of([tried(-6.0, 1.0, mine, spread=0.5)], SHARES)
    (mean,), ((variance,),) = found.moments([mine])
    error = (1.0**2 + (0.5 * -2.5 * mean) ** 2) / 2.5**2
    precision = 1 / 1.5**2 + 1 / error
    assert mean == pytest.approx((1.0 / 1.5**2 + 2.4 / error) / precision, rel=1e-5)
    assert variance == pytest.approx(1 / precision, rel=1e-5)


def test_closed_form_what_a_line_misses_is_added_to_the_error_of_a_trial() -> None:
    """Of a valley no line tells anything: all of what its square spreads by, 2 sd^4, is missed."""
    points = np.linspace(-20.0, 20.0, 401)
    valley, mine = Curve(points, points**2), voice("a", mean=0.0)
    found = posterior_of([tried(1.0, 1.0, mine, curve=valley)], SHARES)
    assert found.rows == pytest.approx(np.zeros((1, 4)), abs=1e-9)
    assert found.variances == pytest.approx([1.0 + 2 * 1.5**4], rel=0.01)


def test_closed_form_what_is_left_of_one_number_alone() -> None:
    """Of the strain's own number: its share of the prior, of prior and error together, is lost."""
    found = posterior_of([tried(-6.0, 2.0, voice("a"))], SHARES)
    lost = 0.5 * 1.5**2 / (1.5**2 + 2.0**2 / 2.5**2)
    assert found.left({"strain/a": 2.0}) == pytest.approx({"strain/a": 4.0 * (1 - lost)})
    assert found.left({"strain/b": 0.5}) == {"strain/b": 0.25}


def test_closed_form_one_draw_is_moved_by_what_the_report_misses() -> None:
    """A draw of 0 and a trial whose error is drawn as one sd of se and of tau in that world."""
    found = posterior_of([tried(-6.0, 2.0, voice("a"), tau=1.0)], SHARES)
    shares = {level: np.full(2, share) for level, share in SHARES.items()}
    moved = found.moved(np.zeros((4, 2)), shares, np.array([[0.0, 1.0]]), np.array([[1.5, 1.5]]))
    variance = 2.0**2 + 1.5**2
    for error, draw in zip((0.0, np.sqrt(variance)), moved.T, strict=True):
        missed = (-6.0 + 2.5) - error  # the report, less the effect at the prior mean
        slopes = -2.5 * 1.5 * np.sqrt([SHARES[level] for level in found.levels])
        assert draw == pytest.approx(slopes * missed / ((2.5 * 1.5) ** 2 + variance))


@pytest.mark.parametrize("way", [-1.0, 1.0])
def test_closed_form_a_report_beyond_what_can_be_is_taken_as_the_most_that_luck_allows(way) -> None:
    mine = voice("a")
    luck = 1.96 * np.hypot(1.0, 2.8)
    bound = 10.0 + luck  # the line ends at 10 points either way
    one = tried(way * 40.0, 1.0, mine, tau=2.8)
    assert one.link.reach == pytest.approx((-10.0, 10.0))
    assert one.bounds == pytest.approx((-bound, bound), abs=1e-3)
    assert one.taken == pytest.approx(way * bound, abs=1e-3)
    most, more = (
        posterior_of([tried(way * size, 1.0, mine, tau=2.8)], SHARES).moments([mine])
        for size in (bound, 400.0)
    )
    for a, b in zip(most, more, strict=True):
        assert a == pytest.approx(b, abs=1e-3)


def test_closed_form_a_report_within_reach_and_luck_is_taken_as_it_is() -> None:
    assert tried(-11.0, 1.0, voice("a")).taken == -11.0


def test_closed_form_the_reach_of_a_product_adds_what_its_axes_add() -> None:
    other = Curve(np.array([-1.0, 0.0, 2.0]), np.array([9.0, 7.5, 8.5]))
    link = Link(np.ones(1), {"factor": LINE, "seal": other}, {"factor": 1.0, "seal": 0.0})
    assert link.reach == pytest.approx((-10.0, 10.0 + 1.5))
