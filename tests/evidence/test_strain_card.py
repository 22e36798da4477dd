"""The card of a strain, where people answer by formulas made up here."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit, logit

from gutskin.errors import InputError
from gutskin.evidence import strain_card as card
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.strain_hierarchy import Voice
from gutskin.population.strain_traits import TraitValue, strain_traits_of
from gutskin.population.strains import central_shares

TRAITS = strain_traits_of(shipped_biology())
Z = 1.959963984540054


class Posterior:
    """What trials say, made up: one mean and variance for every voice, a share of every part."""

    def __init__(self, mean=0.0, variance=1.0, left=0.25):
        self.mean, self.variance, self.share, self.loads = mean, variance, left, []

    def moments(self, voices):
        assert len(voices) == 1
        return np.array([self.mean]), np.array([[self.variance]])

    def left(self, load):
        self.loads.append(dict(load))
        return {name: self.share * part**2 for name, part in load.items()}


def people(worlds, each=1):
    world = np.repeat(np.arange(worlds), each)

    class People:
        def __len__(self):
            return len(world)

    found = People()
    found.world = world
    return found


@pytest.mark.parametrize(
    ("world", "gain", "left"),
    [
        (
            [0, 0, 1, 1],
            [1.0, 3.0, 5.0, 7.0],
            8.0 - 1.0,
        ),  # of means 2 and 6; a mean of two errs by 1
        ([0, 0, 1, 1], [0.0, 10.0, 1.0, 11.0], 0.0),  # all of it is luck
        ([0, 0, 1], [1.0, 3.0, 6.0], 8.0 - 1.0),  # one alone tells of no luck
        ([0, 0, 0, 2, 2, 2], [1.0, 2.0, 3.0, 5.0, 6.0, 7.0], 8.0 - 1.0 / 3.0),
    ],
)
def test_closed_form_what_the_body_leaves_open_is_without_the_luck_of_few_patients(
    world, gain, left
):
    some = SimpleNamespace(world=np.array(world))
    assert card._of_the_body(np.array(gain), some) == pytest.approx(left)


def test_closed_form_a_trait_is_moved_by_one_standard_deviation_on_its_own_scale():
    axis = TraitValue(0.5, 0.5 - 2 * Z, 0.5 + 2 * Z, "prior")
    assert card._moved_by(TRAITS["regulation"], axis, 1.0) == pytest.approx(2.5)
    assert card._moved_by(TRAITS["regulation"], axis, -1.0) == pytest.approx(-1.5)
    share = TraitValue(0.5, float(expit(-Z)), float(expit(2 * Z)), "prior")
    assert card._moved_by(TRAITS["survival"], share, 1.0) == pytest.approx(expit(2.0), rel=1e-4)
    assert card._moved_by(TRAITS["survival"], share, -1.0) == pytest.approx(expit(-1), rel=1e-4)
    rate = TraitValue(2.0, 2.0 * np.exp(-Z), 2.0 * np.exp(Z / 2), "prior")
    assert card._moved_by(TRAITS["washout_per_day"], rate, 1.0) == pytest.approx(
        2 * np.exp(0.5), rel=1e-4
    )
    assert card._moved_by(TRAITS["washout_per_day"], rate, -1.0) == pytest.approx(
        2 / np.e, rel=1e-4
    )


BEFORE = TraitValue(1.0, 1.0 - Z, 1.0 + Z, "genus")  # sd 1


@pytest.mark.parametrize(
    ("mean", "variance"), [(1.03, 0.99), (0.97, 0.99), (1.0, 0.25), (1.5, 1.0), (1.02, 1.0)]
)
def test_closed_form_what_trials_make_of_an_axis(mean, variance):
    now = card._given_trials(Posterior(mean, variance), Voice(0.0, 1.0, {}), BEFORE)
    sd = np.sqrt(variance)
    assert (now.value, now.low, now.high) == pytest.approx((mean, mean - Z * sd, mean + Z * sd))
    assert now.source == "genus"


@pytest.mark.parametrize(("mean", "variance"), [(1.019, 1.0), (0.981, 1.0), (1.0, 0.981**2)])
def test_closed_form_an_axis_that_trials_hardly_move_is_told_as_it_was(mean, variance):
    assert card._given_trials(Posterior(mean, variance), Voice(0.0, 1.0, {}), BEFORE) is BEFORE


def test_closed_form_a_trait_of_strains_alone_adds_their_variances():
    model = load_model()
    found = card._variance(
        model, ["w23", "lgg"], "survival", np.array([3.0, 4.0]), "p", Posterior()
    )
    assert found == {"strain": pytest.approx(25.0)}


def test_closed_form_what_strains_share_adds_before_it_is_squared():
    """Two of one species share all but what is their own; of two classes the product alone."""
    model = load_model()
    shares = central_shares(model)
    rows = model.tables.strains
    first, second = next(
        (a.id, b.id) for a in rows.values() for b in rows.values()
        if a.id < b.id and a.text("species") == b.text("species")
    )  # fmt: skip
    other = next(
        one.id for one in rows.values()
        if one.text("genus_class") != rows[first].text("genus_class")
    )  # fmt: skip
    slopes = np.array([3.0, 4.0])
    alone = card._variance(model, [first], "regulation", slopes[:1], "p", None)
    assert sum(alone.values()) == pytest.approx(9.0)
    assert {level: part / 9.0 for level, part in alone.items()} == pytest.approx(shares)
    same = card._variance(model, [first, second], "regulation", slopes, "p", None)
    assert same["strain"] == pytest.approx(25.0 * shares["strain"])
    for level in ("product", "class", "species"):
        assert same[level] == pytest.approx(49.0 * shares[level])
    apart = card._variance(model, [first, other], "regulation", slopes, "p", None)
    assert apart["product"] == pytest.approx(49.0 * shares["product"])
    for level in ("class", "species", "strain"):
        assert apart[level] == pytest.approx(25.0 * shares[level])


def test_unit_what_trials_leave_is_asked_of_the_posterior():
    model, posterior = load_model(), Posterior(left=0.25)
    found = card._variance(model, ["lgg"], "regulation", np.array([-4.0]), "lgg", posterior)
    assert sum(found.values()) == pytest.approx(0.25 * 16.0)
    (load,) = posterior.loads
    assert sum(part**2 for part in load.values()) == pytest.approx(16.0)
    assert all(part < 0 for part in load.values())


def test_closed_form_the_effect_in_every_people_dose_and_time(monkeypatch):
    """The effect grows with dose and week, falls with the number of the world, and is luck too."""
    asked, told = [], []

    def scores(model, conditions, some, own, gcfu, days):
        asked.append((conditions, gcfu, days))
        luck = np.tile([1.0, -1.0], len(some) // 2)
        said = own["factor_strain_1"] - 40.0  # from -40 to 55
        return np.array([50.0 + gcfu * day * said + luck * 100.0 * gcfu for day in days])

    monkeypatch.setattr(card, "scores", scores)
    monkeypatch.setattr(card, "settled_people", lambda model, one, worlds: people(worlds, 2))
    monkeypatch.setattr(
        card, "strain_traits",
        lambda model, places, products, worlds, seed, stance: told.append(
            (places, products, seed, stance)) or {"factor_strain_1": worlds * 1.0},
    )  # fmt: skip
    steps = []
    found = card._effects(load_model(), ["lgg"], "article", 7, lambda *done: steps.append(done), 13)
    assert told == [({("lgg", True): 1}, [["lgg"]], 7, "article")]
    assert [(one.cfu_per_day, one.weeks) for one in found[:16]] == [
        (dose, week) for dose in (1e9, 4e9, 1e10, 4e10) for week in (4.0, 8.0, 12.0, 24.0)
    ]
    assert [one.population for one in found] == ["ad_child"] * 32 + ["ad_adult"] * 16
    assert [found[place].age_years for place in (0, 16, 32)] == [(1, 3), (3, 13), (18, 55)]
    assert [one.who for one in found[::16]] == [
        "children with atopic dermatitis", "children with atopic dermatitis",
        "adults with atopic dermatitis",
    ]  # fmt: skip
    for one in found:
        times = one.cfu_per_day / 1e9 * one.weeks * 7
        assert one.mean == pytest.approx(times * 7.5)
        assert one.harm == pytest.approx(55 / 96)  # nothing is no harm
        assert -40 <= one.ci95_low / times < -36 < 51 < one.ci95_high / times <= 55
    assert {(conditions.strains, conditions.scorad) for conditions, _, _ in asked} == {
        (("lgg",), None)
    }
    assert asked[0][1:] == (0.0, [28.0, 56.0, 84.0, 168.0])
    assert len(asked) == 3 * 5  # nothing, and four doses
    assert steps == [(done, 13) for done in range(1, 13)]


def test_unit_few_worlds_have_a_mean_and_no_interval(monkeypatch):
    monkeypatch.setattr(card, "WORLDS", 10)
    monkeypatch.setattr(card, "scores", lambda *given: np.full((4, 10), given[4]))
    monkeypatch.setattr(card, "settled_people", lambda model, one, worlds: people(worlds))
    first = card._effects(load_model(), ["lgg"], "evidence", 1, None, 13)[0]
    assert (first.mean, first.ci95_low, first.ci95_high, first.harm) == (1.0, None, None, 1.0)


@pytest.fixture
def linear(monkeypatch):
    """People in 24 worlds whose score answers to two traits, and whose bodies differ."""
    found = SimpleNamespace(asked=[], people=people(24, 4))
    body = np.repeat(np.tile([-1.0, 1.0], 12), 4)  # variance between worlds 24 / 23

    def scores(model, conditions, some, own, gcfu, days):
        found.asked.append((gcfu, days))
        said = 0.5 * own["factor_strain_1"] + 2.0 * logit(own["survival_strain_1"])
        return np.array([30.0 + gcfu * (said + body)])

    monkeypatch.setattr(card, "scores", scores)
    monkeypatch.setattr(card, "settled_people", lambda model, asked: found.people)
    return found


def doubts(posterior=None, **now):
    model = load_model()
    member = card._member(model, "lgg", "lgg", None)
    traits = tuple(replace(one, now=now.get(one.id, one.now)) for one in member.traits)
    members = [replace(member, traits=traits)]
    return members[0], card._doubts(model, ["lgg"], members, "evidence", "lgg", posterior)


def test_closed_form_what_carries_the_uncertainty_of_an_effect(linear):
    """At 4 GCFU: a unit of the axis moves 2 points, one of the logit of survival 8."""
    member, (told, levels) = doubts()
    known = {one.id: one.now for one in member.traits}
    axis = (2.0 * known["regulation"].sd) ** 2
    lives = known["survival"]
    width = (logit(lives.high) - logit(lives.low)) / (2 * 1.96)
    share, body = (8.0 * width) ** 2, 16.0 * 24 / 23
    parts = {"regulation": axis, "survival": share, "body": body}
    found = {one.id: one.share for one in told}
    assert sum(found.values()) == pytest.approx(1.0)
    for name, part in parts.items():
        assert found[name] == pytest.approx(part / sum(parts.values()), rel=1e-3)
    assert [one.share for one in told] == sorted((one.share for one in told), reverse=True)
    assert {one.id for one in told} == {"body"} | {
        name for name, trait in TRAITS.items()
        if trait.parameter and trait.scale not in ("fixed", "flag")
    }  # fmt: skip
    shares = central_shares(load_model())
    whole = axis + share
    expected = {level: shares[level] * axis / whole for level in shares}
    expected["strain"] += share / whole
    assert levels == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert {gcfu for gcfu, _ in linear.asked} == {0.0, 4.0}
    assert {days for _, days in linear.asked} == {(84.0,)}


def test_closed_form_what_a_trial_narrowed_counts_from_the_width_before(linear):
    """The axis, known half as well as now, is asked of the posterior by its width before."""
    member, _ = doubts()
    before = next(one.now for one in member.traits if one.id == "regulation")
    narrow = TraitValue(before.value, before.value - Z * before.sd / 2,
                        before.value + Z * before.sd / 2, before.source)  # fmt: skip
    posterior = Posterior(left=0.25)
    _, (told, _) = doubts(posterior, regulation=narrow)
    loads = [sum(part**2 for part in load.values()) for load in posterior.loads]
    assert max(loads) == pytest.approx((2.0 * before.sd) ** 2)
    found = {one.id: one.share for one in told}
    assert found["regulation"] / found["body"] == pytest.approx(before.sd**2 * 23 / 24 / 16)


def test_unit_a_strain_of_which_nothing_is_open_has_no_levels(linear, monkeypatch):
    monkeypatch.setattr(card, "_variance", lambda *given: {"strain": 0.0})
    _, (told, levels) = doubts()
    assert {one.id: one.share for one in told if one.share} == {"body": 1.0}
    assert set(levels.values()) == {0.0}


def test_unit_a_trial_is_told_as_it_reports_and_as_it_was_expected(monkeypatch):
    asked = []

    def tried_in(model, row):
        asked.append(row.id)
        link = SimpleNamespace(effect=lambda said: float(said["regulation"].sum()))
        voices = {"regulation": (Voice(1.5, 1.0, {}), Voice(2.0, 1.0, {}))}
        return SimpleNamespace(link=link, voices=voices)

    monkeypatch.setattr(card, "tried_in", tried_in)
    model = load_model()
    rows = model.biology.table("strain_trials.tsv")
    treated = card._result(model, rows["lgg_gruber"])
    assert treated.what == "scorad, 12 weeks, 1e+10 CFU a day, ad child"
    assert (treated.estimate, treated.se) == (4.5, 2.73)
    assert (treated.counts, treated.expected) == (False, None)
    assert treated.evidence == ("TT0048", "TT0052")
    born = card._result(model, rows["lgg_kalliomaki"])
    assert born.what == "eczema, 24 months, 1e+10 CFU a day, newborn high risk, given to both"
    assert asked == []
    own = replace(rows["lgg_gruber"], cells={**rows["lgg_gruber"].cells, "updates": "yes"})
    counted = card._result(model, own)
    assert (counted.counts, counted.expected) == (True, 3.5)


def test_unit_a_member_is_told_with_what_is_known_of_it_and_from_where():
    model = load_model()
    member = card._member(model, "lgg", "lgg", None)
    row = model.tables.strains["lgg"]
    assert (member.id, member.label) == ("lgg", row.text("strain"))
    assert (member.species, member.genus_class) == (row.text("species"), row.text("genus_class"))
    assert [one.id for one in member.traits] == list(TRAITS)
    for one in member.traits:
        assert one.now is one.before
        assert one.is_axis is TRAITS[one.id].is_axis
        assert one.is_flag is (TRAITS[one.id].scale == "flag")
    assert {one.id for one in member.trials} == {"lgg_gruber", "lgg_kalliomaki"}
    moved = card._member(model, "lgg", "lgg", Posterior(mean=9.0, variance=0.04))
    for one in moved.traits:
        expected = (9.0, pytest.approx(0.2)) if one.is_axis else (one.before.value, one.before.sd)
        assert (one.now.value, one.now.sd) == expected


def test_unit_a_card_says_what_follows_only_if_it_is_asked(monkeypatch):
    steps, seen = [], []
    monkeypatch.setattr(card, "posterior_for", lambda model, progress: None)
    monkeypatch.setattr(card, "_effects", lambda *given: seen.append(given) or ("effect",))
    monkeypatch.setattr(card, "_doubts", lambda *given: (("doubt",), {"strain": 1.0}))
    plain = card.make_card(load_model(), ["lgg", "w23"], simulated=False)
    assert ([one.id for one in plain.members], plain.stance) == (["lgg", "w23"], "evidence")
    assert (plain.effects, plain.doubts, plain.levels, seen) == ((), (), None, [])
    whole = card.make_card(
        load_model(), ["lgg"], "article", 5, progress=lambda *done: steps.append(done)
    )
    assert (whole.stance, whole.effects, whole.doubts) == ("article", ("effect",), ("doubt",))
    assert whole.levels == {"strain": 1.0}
    assert steps == [(13, 13)]  # three peoples at four doses, and the doubts
    assert seen[0][2:4] == ("article", 5)
    assert seen[0][5] == 13
    assert card.make_card(load_model(), ["lgg"]).effects == ("effect",)  # as the command does


def test_unit_a_card_speaks_of_itself():
    one = card.load_strain("LGG", "w23")
    assert one.title == " + ".join(member.label for member in one.members)
    assert one["survival"] is next(t for t in one.members[0].traits if t.id == "survival")
    assert one.to_json()["members"][1]["id"] == "w23"
    assert (one.stance, one.effects) == ("evidence", ())
    with pytest.raises(InputError, match="there is no strain 'nobody'"):
        card.load_strain("nobody")


def test_unit_a_strain_of_a_file_has_a_card(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        '[[strains]]\nid = "mine"\nlabel = "Mine 1"\n'
        'species = "Lactiplantibacillus plantarum"\nsurvival = 0.5\n'
    )
    one = card.load_strain("Mine 1", file=path)
    assert (one.members[0].id, one["survival"].now.value) == ("mine", 0.5)


def test_unit_a_product_is_tried_alive_at_four_gcfu_for_half_a_year():
    for who, (population, ages) in enumerate(
        [("ad_child", (1, 3)), ("ad_child", (3, 13)), ("ad_adult", (18, 55))]
    ):
        asked = card.asked_of(["lgg", "w23"], who)
        assert (asked.strains, asked.viable, asked.cfu_per_day) == (("lgg", "w23"), True, 4e9)
        assert (asked.population, asked.age_years, asked.weeks) == (population, ages, 24.0)
        assert asked.endpoint == "scorad"
