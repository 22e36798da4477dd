"""How ill, how long and in which form real trials gave it: closed forms, and shipped trials."""

from dataclasses import replace

import pytest

from gutskin.model.biology import POSTERIOR, shipped_biology
from gutskin.trials.applicability import Applicability, applicability
from gutskin.trials.axes import EDGE, INSIDE, ORDER, OUTSIDE, Standing
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.doses_given import weeks_taken
from gutskin.trials.outside import widened
from gutskin.trials.severity_bands import where_most_are

BIOLOGY = shipped_biology()
SAKEI = load_trial("sakei-children")


def axes(design: TrialDesign) -> dict[str, Standing]:
    return {one.axis: one for one in applicability(design, BIOLOGY).axes}


def asked_for(**scores: tuple[float, float]) -> TrialDesign:
    eligibility = SAKEI.eligibility.model_copy(update={"scorad": None, **scores})
    return SAKEI.model_copy(update={"eligibility": eligibility})


def taken(*courses: tuple[float, float], weeks: tuple[float, ...] = (0.0, 12.0)) -> TrialDesign:
    """The product in these weeks, one course after another, seen at the last of some visits."""
    arm = SAKEI.active[0]
    given = tuple(
        arm.interventions[0].model_copy(update={"start_week": first, "end_week": last})
        for first, last in courses
    )
    visits = SAKEI.visits.model_copy(update={"weeks": weeks})
    arms = (arm.model_copy(update={"interventions": given}), SAKEI.control)
    return SAKEI.model_copy(update={"arms": arms, "visits": visits})


@pytest.mark.parametrize(
    ("own", "where"),
    [((25.0, 103.0), (25.0, 64.0)), ((10.0, 103.0), (10.0, 49.0)), ((80.0, 103.0), (80.0, 103.0)),
     ((25.0, 102.0), (25.0, 102.0)), ((0.0, 12.0), (0.0, 12.0))],
)  # fmt: skip
def test_closed_form_of_an_open_range_two_bands_of_severity_count(own, where) -> None:
    assert where_most_are(own, BIOLOGY) == where


def test_nobody_was_as_ill_as_85_points_and_more() -> None:
    """Six trials that had asked for 25 points and more counted: "inside the evidence"."""
    for scores in ({"scorad": (70.0, 103.0)}, {"scorad": (85.0, 103.0)}, {"easi": (50.0, 72.0)}):
        assert axes(asked_for(**scores))["severity"].where == OUTSIDE
    assert axes(asked_for(scorad=(25.0, 103.0)))["severity"].where == INSIDE


def test_property_who_is_more_ill_than_the_trials_asked_for_is_never_nearer_to_them() -> None:
    places = [
        ORDER.index(axes(asked_for(scorad=(float(low), 103.0)))["severity"].where)
        for low in range(25, 100, 3)
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("courses", "weeks"),
    [([(0.0, 12.0)], 12.0), ([(0.0, 100.0)], 12.0), ([(0.0, 1.0)], 1.0), ([(11.0, 12.0)], 1.0),
     ([(0.0, 4.0), (8.0, 10.0)], 6.0), ([(0.0, 4.0), (2.0, 6.0)], 6.0), ([(12.0, 20.0)], 0.0),
     ([(0.0, 8.0), (2.0, 4.0)], 8.0)],
)  # fmt: skip
def test_closed_form_weeks_on_the_product_are_those_until_the_visit(courses, weeks) -> None:
    assert weeks_taken(taken(*courses)) == weeks


def test_closed_form_of_several_arms_the_longest_counts_and_of_a_drug_none() -> None:
    short, long = taken((0.0, 2.0)), taken((0.0, 9.0))
    arms = (short.active[0].model_copy(update={"name": "short"}), *long.arms)
    assert weeks_taken(SAKEI.model_copy(update={"arms": arms})) == 9.0
    assert weeks_taken(load_trial("solo1-adults")) == 0.0
    assert weeks_taken(load_trial("three-strains-mothers")) == 0.0  # theirs is another product


@pytest.mark.parametrize("course", [(0.0, 1.0), (11.0, 12.0)])
def test_a_week_of_a_product_seen_at_week_12_is_no_trial_of_12_weeks(course) -> None:
    """ "Duration 10" stood there of 12 weeks, of which the product is taken in one."""
    found = axes(taken(course))["duration"]
    assert (found.where, found.trials) == (OUTSIDE, 0)
    assert found.asked == "1 week on the product"
    whole = axes(taken((0.0, 12.0)))["duration"]
    assert (whole.where, whole.asked) == (INSIDE, "12 weeks on the product")


def test_a_visit_long_after_a_usual_course_is_as_far_as_it_is_late() -> None:
    found = axes(taken((0.0, 12.0), weeks=(0.0, 60.0)))["duration"]
    assert (found.where, found.asked) == (OUTSIDE, "60 weeks")


def test_who_took_it_for_8_weeks_and_was_seen_at_16_is_no_evidence_for_16_weeks_of_it() -> None:
    found = axes(taken((0.0, 16.0), weeks=(0.0, 16.0)))["duration"]
    assert (found.where, found.trials) == (EDGE, 1)
    assert "on the product" in found.asked


def test_a_strain_that_was_tried_alive_is_kin_of_itself_killed() -> None:
    """Killed cells of a strain of which living ones were tried were "tried"."""
    dose = SAKEI.active[0].interventions[0].model_copy(update={"viable": False})
    arm = SAKEI.active[0].model_copy(update={"interventions": (dose,)})
    found = axes(SAKEI.model_copy(update={"arms": (arm, SAKEI.control)}))["strain"]
    assert (found.where, axes(SAKEI)["strain"].where) == (EDGE, INSIDE)
    assert found.asked == f"{axes(SAKEI)['strain'].asked} (killed)"
    assert axes(load_trial("killed-rhamnosus-children"))["strain"].where == INSIDE  # it was


def test_the_sentence_says_by_which_axes_no_trials_could_be_left_out() -> None:
    """ "Foretold as surely as the intervals said" stood there of itch, of which no trial tells."""
    worlds = replace(BIOLOGY, draws=POSTERIOR)

    def sentence(design: TrialDesign) -> str:
        return widened(applicability(design, worlds), design, worlds).sentence

    of_itch = SAKEI.analysis.model_copy(update={"primary": "itch", "endpoints": ("itch",)})
    itch = SAKEI.model_copy(update={"analysis": of_itch})
    says = "no kind of trial could be left out: the most that another axis shows is taken for it."
    most = max(row.number("wider") for row in BIOLOGY.table("targets/outside.tsv").values()
               if not row.id.startswith("drug:"))  # fmt: skip
    wide = "no wider" if most == 1 else f"{most:.2f} times as wide"
    assert f"{wide} here. By endpoint {says}" in sentence(itch)
    ill = itch.model_copy(update={"eligibility": asked_for(scorad=(85.0, 103.0)).eligibility})
    assert f"By severity and endpoint {says}" in sentence(ill)
    late = taken((0.0, 60.0), weeks=(0.0, 60.0))
    assert "no wider here." in sentence(late)
    assert "could be left out" not in sentence(late)
    far = (Standing("endpoint", OUTSIDE, "Itch", "no trial"),)
    wide = Applicability(OUTSIDE, ("a",), far, 1.5, not_left_out=("endpoint",))
    assert f"1.50 times as wide here. By endpoint {says}" in wide.sentence
