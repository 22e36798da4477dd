"""Designs in sentences."""

from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary
from gutskin.report.design_words import designed, whole
from gutskin.trials.design import TrialDesign, load_trial

ROWS = vocabulary(shipped_biology()).tables.endpoints
CREAM = {"kind": "topical_steroid", "level": 0.8}


def trial(arms=2, **parts):
    both = [{"name": "mix", "n": 5}, {"name": "placebo", "n": 5, "control": True}]
    return TrialDesign.model_validate(
        {
            "name": "told",
            "population": "ad_adult",
            "visits": {"weeks": (0.0, 4.0, 8.0, 12.0)},
            "arms": tuple(both[:arms]) if isinstance(arms, int) else arms,
            "analysis": {"primary": "easi", "endpoints": ("easi", "easi75")},
            **parts,
        }
    )


def test_unit_of_a_usual_trial_nothing_is_said():
    assert [*designed(trial(), ROWS)] == []
    assert [*designed(load_trial("six-strain-children"), ROWS)] == [
        "Taken: 90% of the doses.", "Leave: 2.5% before the last visit, at random.",
    ]  # fmt: skip


def test_unit_periods_a_single_arm_and_the_visit_of_the_analysis():
    (crossover,) = designed(trial(crossover={"periods": ((0.0, 4.0), (8.0, 12.0))}), ROWS)
    assert crossover == "Crossover: weeks 0 to 4, then 8 to 12; wash-out of 4 weeks."
    (alone,) = designed(trial(arms=1), ROWS)
    assert alone.startswith("A single arm;")
    early = {"primary": "easi", "endpoints": ("easi",), "week": 8.0}
    (week,) = designed(trial(analysis=early), ROWS)
    assert week == "Arms are compared at week 8; what follows is not tested."


def test_unit_weeks_after_the_last_visit_are_told_to_be_unseen():
    given = {"kind": "fibre", "factor": 1.5, "end_week": 80.0}
    control = {"name": "placebo", "n": 5, "control": True}
    longer = ({"name": "mix", "n": 5, "interventions": (given,)}, control)
    within = ({"name": "mix", "n": 5, "interventions": ({**given, "end_week": 12.0},)}, control)
    said = "After its last visit (week 12) the trial goes on unseen to week 80: "
    for one in (trial(longer), trial(visits={"weeks": (0.0, 12.0), "end_week": 80.0})):
        (told,) = designed(one, ROWS)
        assert told.startswith(said)
    assert [*designed(trial(within), ROWS)] == []


def test_unit_how_older_people_were_fed_is_told_to_matter_little():
    """Formula of a trial of older children was taken without a word."""
    (told,) = designed(trial(population="ad_child", infants={"formula_share": 0.5}), ROWS)
    assert told == (
        "Without human milk: 50% of them. Milk is half of what the colon gets at 5.9 months (8.9 "
        "at the latest), and the youngest who may enrol is 1 year old: what milk they get "
        "changes little."
    )
    for infants in ({"population": "ad_infant"}, {"population": ["ad_child", "ad_infant"]}):
        assert [*designed(trial(**infants, infants={"formula_share": 0.5}), ROWS)] == []
    assert [*designed(trial(population="ad_child", infants={"formula_share": 0.0}), ROWS)] == []


def test_unit_a_strain_that_nobody_is_given_is_named():
    own = ({"id": "zz", "species": "Lacticaseibacillus rhamnosus"},)
    (told,) = designed(trial(strains=own), ROWS)
    assert told == "No arm is given 'zz' of [[strains]]: what is written there changes nothing."
    given = {"kind": "probiotic", "strains": ("zz",), "cfu_per_day": 1e9}
    control = {"name": "placebo", "n": 5, "control": True}
    arms = ({"name": "mix", "n": 5, "interventions": (given,)}, control)
    assert [*designed(trial(arms, strains=own), ROWS)] == []


def test_unit_the_mixed_model_is_named_once_where_it_is_the_trial_s_own():
    asked = {"estimands": ({"name": "policy"},)}
    mixed = {"primary": "easi", "endpoints": ("easi",), "method": "mmrm"}
    for analysis, count in ((mixed, 0), ({**mixed, "method": "ancova"}, 1)):
        told = list(designed(trial(analysis=analysis, **asked), ROWS))[-1]
        assert told.startswith("Estimators: own analysis, events as the estimand asks")
        assert told.count("mixed model") == count


def test_unit_what_no_visit_can_decide_is_said():
    """Who is given other treatment at the last visit has failed at none."""
    far = {"weeks": (0.0, 16.0)}
    for conduct in ({"rescue": True}, {"leave_if_no_better": 0.5}, {"leave_if_worse": 0.5}):
        told = [*designed(trial(conduct=conduct, visits=far), ROWS)]
        assert told[-1].startswith("No visit lies between the first and the one")
        assert len([*designed(trial(conduct=conduct), ROWS)]) == 1
        early = {"primary": "easi", "endpoints": ("easi",), "week": 4.0}
        assert told[-1] in [*designed(trial(conduct=conduct, analysis=early), ROWS)]
    assert len([*designed(trial(conduct={"dropout_share": 0.5}, visits=far), ROWS)]) == 1


def test_unit_events_estimands_and_estimators():
    told = [
        *designed(
            trial(
                conduct={"rescue": True},
                discontinuation={"share": 0.1, "if_worse": 0.3},
                rescue={"interventions": (CREAM,), "stops_product": True},
                estimands=({"name": "kept", "endpoint": "easi75", "week": 4.0,
                            "strategies": {"rescue": "composite"}},),
                estimators=({"name": "plain"},),
            ),
            ROWS,
        )
    ]  # fmt: skip
    assert told == [
        "Rescue: who does badly at a visit (above about three quarters of his EASI at entry) may "
        "be given other treatment; as a responder he has failed from the next visit on.",
        "The product is stopped by 10% at random, 30% at each visit of who is worse.",
        "A rescue brings topical steroid and the end of the product.",
        "Estimand kept: risk difference of EASI-75 (fall of EASI by 75%) at week 4 (rescue: "
        "composite; end of the product: treatment policy; leaving: treatment policy).",
        "Estimators: plain.",
    ]


def test_unit_a_run_in_and_a_part_of_those_who_responded():
    (plain,) = designed(trial(run_in={"weeks": 2.0}), ROWS)
    assert plain == "Run-in: 2 weeks before anybody is randomised, on placebo."
    (_, alone) = designed(trial(arms=1, run_in={"weeks": 2.0}), ROWS)
    assert alone == "Run-in: 2 weeks before the treatment begins, on placebo."
    (cream,) = designed(
        trial(run_in={"weeks": 2.0, "stable": 0.2, "interventions": (CREAM,)}), ROWS
    )
    assert cream.endswith(
        "on topical steroid; only those whose score changes by 20% of it at most."
    )
    part = {"at_week": 8.0, "rule": "easi75"}
    (all_arms,) = designed(trial(responders=part), ROWS)
    assert all_arms == (
        "From week 8 on only those go on who respond then (EASI-75 (fall of EASI by 75%)); "
        "what follows is told of them."
    )
    (of,) = designed(trial(responders={**part, "arms": ("mix",)}), ROWS)
    assert "75%)), of mix; what follows is told of them." in of
    flares = {"primary": "flares", "endpoints": ("flares", "easi75")}
    _, from_there = designed(trial(responders=part, analysis=flares), ROWS)
    assert from_there == "Flares and times to an event are counted from week 8 on."


def test_unit_only_estimators_that_can_report_an_estimand_are_named():
    """A mixed model gives no difference of risks."""
    analysis = {"primary": "easi", "endpoints": ("easi", "easi75")}
    for endpoint, mixed in (("easi75", False), ("easi", True)):
        asked = ({"name": "one", "endpoint": endpoint},)
        *_, last = designed(trial(analysis=analysis, estimands=asked), ROWS)
        assert last.startswith("Estimators: own analysis, events as the estimand asks")
        assert ("mixed model" in last) is mixed


def test_unit_doses_and_visits_that_are_missed_and_who_leaves():
    """A plan was silent about them."""
    conduct = {"adherence": 0.8, "creams_between_visits": 0.6, "dropout_share": 0.2,
               "missed_visits": 0.1, "leave_if_no_better": 0.3, "leave_if_worse": 0.4,
               "in_trial_care": False}  # fmt: skip
    assert [*designed(trial(conduct=conduct), ROWS)] == [
        "Taken: 80% of the doses; of creams 60% of that long after a visit.",
        "Leave: 20% before the last visit, at random; 30% of who is no better at a visit; 40% of "
        "who is worse by a quarter at a visit.",
        "Missed: 10% of the visits after the first.",
        "Families treat the skin no better than before the trial.",
    ]


def test_unit_arms_that_lose_their_own_share_or_guess_are_told_apart():
    arms = (
        {"name": "mix", "n": 5, "dropout_share": 0.3, "unblinded_share": 0.5},
        {"name": "placebo", "n": 5, "control": True},
    )
    assert [*designed(trial(arms=arms), ROWS)] == [
        "Leave: 30% of mix, 0% of placebo before the last visit, at random.",
        "Guess which arm they are in: 50% of mix.",
    ]
    alone = ({"name": "mix", "n": 5, "dropout_share": 0.3},)  # of nobody nothing is told
    *_, leave = designed(trial(arms=alone), ROWS)
    assert leave == "Leave: 30% before the last visit, at random."


def test_unit_where_everybody_stays_a_plan_says_so():
    (told,) = whole(trial(conduct={"rescue": True}))
    assert told == "Everybody takes all doses, comes to all visits and stays to the end."
    for key in ("adherence", "creams_between_visits", "dropout_share", "missed_visits",
                "leave_if_no_better", "leave_if_worse"):  # fmt: skip
        assert not [*whole(trial(conduct={key: 0.5}))]
    assert not [*whole(trial(arms=({"name": "mix", "n": 5, "dropout_share": 0.3},)))]
    extension = {"from_week": 4.0, "share": 0.8}
    responders = {"at_week": 8.0, "rule": "easi75"}
    for key, part in (("extension", extension), ("responders", responders),
                      ("discontinuation", {"share": 0.1})):  # fmt: skip
        assert not [*whole(trial(**{key: part}))]


def test_unit_creams_that_fade_alone_leave_all_other_doses():
    (told,) = designed(trial(conduct={"creams_between_visits": 0.6}), ROWS)
    assert told == "Taken: all doses; of creams 60% of that long after a visit."
