"""Where a trial stands to the evidence: counts of trials, words, what every result says."""

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.tables import read_tables
from gutskin.population.own_strains import without_own_strains
from gutskin.report.answer import where_it_stands
from gutskin.trials import applicability as room
from gutskin.trials import axes as one_axis
from gutskin.trials.applicability import applicability
from gutskin.trials.axes import EDGE, INSIDE, OUTSIDE, UNPLACED
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.doses_given import doses_of
from gutskin.trials.plan import plan_trial
from gutskin.trials.severity import Severity

BIOLOGY = shipped_biology()


def place(design: TrialDesign) -> dict[str, str]:
    return {one.axis: one.where for one in applicability(design, BIOLOGY).axes}


def test_unit_equal_ends_stand_once() -> None:
    assert room._between((0.0, 0.0)) == "0"
    assert room._between((2.0, 10.0)) == "2 to 10"


def test_unit_a_value_that_no_trial_has_is_outside_and_numbers_have_six_figures() -> None:
    nobody = one_axis.reached("dose", 1e9, [], "CFU a day")
    assert (nobody.where, nobody.evidence, nobody.trials) == (OUTSIDE, "no trial", 0)
    found = one_axis.reached("duration", 1.2345678, [1.0, 7.6543219], "weeks")
    assert found.asked == "1.23457 weeks"
    assert found.evidence == "trials have 1 to 7.65432, 1 at least on either side"
    assert one_axis.reached("duration", 1.0, [], "weeks on it").asked == "1 week on it"


def test_what_both_arms_are_given_at_other_times_has_been_tried_too() -> None:
    """Of a crossover and of a withdrawal "no trial of this kind of treatment was seen"."""
    product = {"kind": "probiotic", "strains": ("gg_atcc_53103",), "cfu_per_day": 1e10}
    first = {"name": "first", "n": 5, "interventions": ({**product, "end_week": 8.0},)}
    second = {"name": "second", "n": 5, "control": True,
              "interventions": ({**product, "start_week": 12.0, "end_week": 20.0},)}  # fmt: skip
    trial = {
        "name": "both", "population": "ad_adult", "arms": (first, second),
        "visits": {"weeks": (0.0, 8.0, 12.0, 20.0), "end_week": 20.0},
        "crossover": {"periods": ((0.0, 8.0), (12.0, 20.0))},
        "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
    }  # fmt: skip
    design = TrialDesign.model_validate(trial)
    assert room.kinds_of_treatment(design) == {"treats probiotic"}
    cream = {"kind": "emollient", "level": 0.5, "end_week": 8.0}  # the same to both
    arms = [{**first, "interventions": (*first["interventions"], cream)},
            {**second, "interventions": (cream,)}]  # fmt: skip
    plain = TrialDesign.model_validate({**trial, "crossover": None, "arms": tuple(arms)})
    assert room.kinds_of_treatment(plain) == {"treats probiotic"}
    same = TrialDesign.model_validate({**trial, "arms": (first, {**second, **{
        "interventions": first["interventions"]}})})  # fmt: skip
    assert room.kinds_of_treatment(same) == frozenset()


def given(*arms: tuple[str, ...]) -> TrialDesign:
    """Adults on a product, a drug, or both, in so many arms, against nothing."""
    every = {
        "product": {"kind": "probiotic", "strains": ("gg_atcc_53103",), "cfu_per_day": 1e10},
        "dupilumab": {"kind": "drug", "name": "dupilumab"},
        "etokimab": {"kind": "drug", "name": "etokimab"},
    }
    found = [
        {"name": f"arm_{i}", "n": 5, "interventions": tuple(every[name] for name in names)}
        for i, names in enumerate(arms)
    ]
    return TrialDesign.model_validate({
        "name": "several", "population": "ad_adult", "visits": {"weeks": (0.0, 12.0)},
        "arms": (*found, {"name": "placebo", "n": 5, "control": True}),
        "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
    })  # fmt: skip


def test_what_was_never_given_together_is_outside_and_so_is_an_arm_that_nobody_tried() -> None:
    """Trials of one of two things counted for both: "Inside the evidence" stood there."""
    both = applicability(given(("product", "dupilumab")), BIOLOGY)
    told = {one.axis: one for one in both.axes}["treatment"]
    assert (both.where, told.where) == (OUTSIDE, OUTSIDE)
    assert "treatment (dupilumab with probiotic: given so in no trial)" in both.sentence
    beside = applicability(given(("dupilumab",), ("etokimab",)), BIOLOGY)
    outside = {one.axis: one.asked for one in beside.axes if one.where == OUTSIDE}
    assert outside["treatment"] == "etokimab"
    for one in (given(("product",)), given(("product",), ("dupilumab",))):
        assert place(one).get("treatment", INSIDE) == INSIDE
    assert place(load_trial("bgn4-newborns"))["treatment"] == INSIDE
    assert place(load_trial("synbiotic-infants"))["treatment"] == EDGE  # itself alone


def test_what_one_arm_has_more_than_the_control_is_asked_and_not_what_it_has_otherwise() -> None:
    """Of two arms one has nothing of its own but how much: the other's drug is what is given."""
    design = given(("product",), ("product", "dupilumab"))
    dose = design.active[0].interventions[0].model_copy(update={"cfu_per_day": 1e9})
    control = design.control.model_copy(update={"interventions": (dose,)})
    both = design.model_copy(update={"arms": (*design.active, control)})
    assert room.given_together(both) == {frozenset({"dupilumab"})}
    less = design.model_copy(update={"arms": (design.active[0], control)})
    assert room.given_together(less) == {frozenset({"probiotic"})}


def test_a_shipped_strain_is_asked_with_its_species_and_its_name() -> None:
    design = load_trial("six-strain-children")
    names = design.active[0].interventions[0].strains
    found = room._strains(design, BIOLOGY)
    assert (len(found), found) == (6, strains(*names))
    assert all(one.species and one.label for one in found)


def test_people_without_eczema_are_outside_trials_of_eczema() -> None:
    """Healthy children on a product that children with eczema took were inside."""
    ill = load_trial("sakei-children")
    asked = ill.eligibility.model_copy(update={"scorad": None})
    well = ill.model_copy(update={"population": "healthy_child", "eligibility": asked})
    assert place(well)["severity"] == OUTSIDE
    assert "people without eczema: no trial of such people" in applicability(well, BIOLOGY).sentence
    either = ill.model_copy(update={"population": ("healthy_child", "ad_child")})
    assert place(either)["severity"] == INSIDE


def test_longer_stronger_and_older_than_any_trial_is_outside() -> None:
    inside = load_trial("sakei-children")
    assert place(inside) == dict.fromkeys(
        ("age", "severity", "dose", "duration", "strain", "endpoint"), INSIDE
    )
    visits = inside.visits.model_copy(update={"weeks": (0.0, 104.0)})
    analysis = inside.analysis.model_copy(update={"primary": "tewl", "endpoints": ("tewl",)})
    longer = inside.model_copy(update={"visits": visits, "analysis": analysis})
    assert place(longer)["duration"] == OUTSIDE
    assert place(longer)["endpoint"] == OUTSIDE
    arm = inside.arms[0]
    dose = arm.interventions[0].model_copy(update={"cfu_per_day": 1e14})
    more = inside.model_copy(
        update={"arms": (arm.model_copy(update={"interventions": (dose,)}), *inside.arms[1:])}
    )
    assert place(more)["dose"] == OUTSIDE


def test_severity_is_told_in_words_and_not_by_a_key_of_the_file() -> None:
    trial = load_trial("lgg-infants")
    asked = trial.eligibility.model_copy(update={"scorad": None, "objective_scorad": (15.0, 40.0)})
    found = applicability(trial.model_copy(update={"eligibility": asked}), BIOLOGY)
    severity = {one.axis: one.asked for one in found.axes}["severity"]
    assert severity == "15 to 40 points of objective SCORAD, about 18 to 51 SCORAD"


def test_a_drug_is_compared_with_trials_of_that_drug_however_it_is_written() -> None:
    found = applicability(load_trial("dupilumab-adults"), BIOLOGY)
    assert found.trials
    assert "lgg-infants" not in found.trials
    assert applicability(load_trial("dupilumab-adolescents"), BIOLOGY).where == OUTSIDE


def test_a_dose_of_a_drug_that_no_trial_gave_is_outside() -> None:
    """Twice the largest dose of dupilumab, each week, was inside; the usual dose is not asked."""
    real = load_trial("solo1-adults")
    first = real.arms[0].interventions[0]

    def on(**dose: float | None) -> dict[str, tuple[str, str, str]]:
        arm = real.arms[0].model_copy(
            update={"interventions": (first.model_copy(update=dose),)}
        )  # fmt: skip
        found = applicability(
            real.model_copy(update={"arms": (arm, real.control)}), BIOLOGY
        )  # fmt: skip
        return {one.axis: (one.where, one.asked, one.evidence) for one in found.axes}

    more = on(dose_mg=600.0, loading_mg=1200.0, every_weeks=1.0)["dose"]
    assert more == (OUTSIDE, "600 mg of dupilumab a week", "trials have 150 to 300")
    assert on()["dose"][0] == INSIDE
    assert "dose" not in on(dose_mg=None, loading_mg=None, every_weeks=None)
    tablets = {one.axis: one for one in applicability(load_trial("jade-mono2"), BIOLOGY).axes}
    assert tablets["dose"].asked == "200 mg of abrocitinib a day"


def test_prevention_is_no_evidence_for_treatment() -> None:
    treats = applicability(load_trial("lgg-infants"), BIOLOGY)
    prevents = applicability(load_trial("lgg-newborns"), BIOLOGY)
    assert not set(treats.trials) & set(prevents.trials)


def test_nothing_of_the_kind_is_outside_and_every_result_says_so() -> None:
    found = applicability(load_trial("proactive-adults"), BIOLOGY)
    assert (found.where, found.axes) == (OUTSIDE, ())
    told = where_it_stands({"applicability": found.to_json()})
    assert "outside the evidence" in told[0]
    six = applicability(load_trial("six-strain-children"), BIOLOGY)
    assert six.sentence.startswith("Outside the evidence by strain (6 of them")
    assert where_it_stands({}) == []


def test_the_strains_of_a_trial_file_stand_beside_trials_that_bring_the_same_ones() -> None:
    for name in ("sakei-live-dead", "roessler-adults"):
        plan = plan_trial(name, 2)
        assert plan.biology.overlay is not None
        assert without_own_strains(plan.biology) == BIOLOGY
        found = applicability(plan.design, plan.biology)
        assert found.trials == applicability(plan.design, BIOLOGY).trials
        assert found.trials
    assert without_own_strains(BIOLOGY) is BIOLOGY


def strains(*names: str) -> frozenset[room._Strain]:
    rows = read_tables(BIOLOGY).strains
    return frozenset(
        room._Strain(name, rows[name].text("species"), rows[name].text("strain")) for name in names
    )


def test_a_strain_of_a_species_that_was_tried_is_at_the_edge() -> None:
    given = [strains("w23", "w51"), strains("w23")]
    inside = room._of_strains(strains("w23", "w51"), given)
    assert (inside.where, inside.asked, inside.evidence) == (INSIDE, "2 of them", "2 tried")
    assert inside.trials == 1  # of w51; w23 has two
    kin = room._of_strains(strains("w51", "w23"), [strains("bb12", "w23")] * 3)  # lactis both
    assert (kin.where, kin.evidence) == (EDGE, "1 tried, 1 of a species that was tried")
    assert kin.trials == 3
    strange = room._of_strains(strains("w58", "w51"), [strains("bb12")])
    assert strange.trials == 0
    told = "1 of a species that was tried, 1 of species in no trial with numbers"
    assert (strange.where, strange.evidence) == (OUTSIDE, told)
    relative = room._of_strains(strains("w51"), [strains("w51"), strains("bb12")])
    assert (relative.where, relative.trials) == (INSIDE, 1)  # its kin stands for no strain tried
    alone = room._of_strains(strains("w58"), [strains("bb12")])
    assert (alone.asked, alone.evidence) == ("W58", "of a species in no trial with numbers")


def test_own_strains_of_trials_count_by_their_species_and_not_by_what_files_call_them() -> None:
    """ "1 of species never tried" stood there of a species that a trial with own strains gave."""
    given = load_trial("roessler-adults")
    lone = given.strains[0].model_copy(update={"id": "mine", "label": "Mine"})
    product = given.active[0].interventions[0].model_copy(update={"strains": ("mine",)})

    def of(species: str, name: str) -> one_axis.Standing:
        own = lone.model_copy(update={"species": species, "id": name})
        dose = product.model_copy(update={"strains": (name,)})
        arm = given.active[0].model_copy(update={"interventions": (dose,)})
        design = given.model_copy(update={"strains": (own,), "arms": (arm, given.control)})
        return {one.axis: one for one in applicability(design, BIOLOGY).axes}["strain"]

    assert of(given.strains[0].species, "mine").where == EDGE
    assert of("Bifidobacterium animalis", "mine").where == EDGE  # subsp. lactis was
    assert of("Limosilactobacillus mucosae", given.strains[0].id).where == OUTSIDE  # a name alone


def test_ages_and_doses_are_those_that_the_file_gives() -> None:
    one = load_trial("sakei-children")

    def of(population, asked):
        eligibility = one.eligibility.model_copy(update={"age_years": asked})
        return room.ages_of(
            one.model_copy(update={"population": population, "eligibility": eligibility}), BIOLOGY
        )

    assert of(("ad_child", "ad_adolescent"), None) == (1.0, 18.0)
    assert of(("ad_adolescent", "ad_child"), (3.0, 15.0)) == (3.0, 15.0)
    assert of("ad_child", (0.5, 40.0)) == (1.0, 13.0)
    assert doses_of(load_trial("dupilumab-adults")) == []
    arm = one.active[0]
    two = arm.model_copy(
        update={"name": "b", "interventions": (
            arm.interventions[0].model_copy(update={"cfu_per_day": 1e7}),)}
    )  # fmt: skip
    both = one.model_copy(update={"arms": (arm, two, one.control)})
    assert sorted(doses_of(both)) == pytest.approx([1e7, 8.944e9], rel=1e-3)  # of a range
    assert place(both)["dose"] == INSIDE  # the larger dose counts


def test_each_standing_has_its_own_words() -> None:
    inside = applicability(load_trial("sakei-children"), BIOLOGY)
    counts = {one.axis: one.trials for one in inside.axes}
    assert set(counts.values()) != {len(inside.trials)}
    each = ", ".join(f"{axis} {count}" for axis, count in counts.items())
    says = f"of {len(inside.trials)} trials of this kind each axis rests on"
    whole = f"Inside the evidence: {says} {inside.fewest} at least ({each})."
    assert inside.sentence == " ".join([whole, *inside.beside])
    edge = room.Applicability(EDGE, ("a",), (one_axis.Standing("dose", EDGE, "5 CFU", "1 trial"),))
    assert edge.sentence == "At the edge of the evidence by dose (5 CFU: 1 trial)."


def test_an_answer_rests_on_the_axis_that_fewest_trials_reach() -> None:
    """ "9 trials of this kind reach it" stood there of an age that three of them had."""
    axes = tuple(
        one_axis.Standing(axis, INSIDE, "", "", count)
        for axis, count in (("age", 3), ("dose", 7), ("dose", 9), ("duration", 9))
    )
    found = room.Applicability(INSIDE, tuple("abcdefghi"), axes)
    told = "of 9 trials of this kind each axis rests on 3 at least (age 3, dose 7, duration 9)"
    assert found.sentence == f"Inside the evidence: {told}."
    assert (found.fewest, found.to_json()["fewest"]) == (3, 3)
    assert room.Applicability(OUTSIDE, (), ()).fewest == 0


def chosen_by(name: str, **asked: tuple[float, float]) -> room.Applicability:
    """Where a trial stands that asks for other scores, or for none."""
    trial = load_trial(name)
    none = dict.fromkeys(("scorad", "easi", "iga", "objective_scorad", "itch"))
    eligibility = trial.eligibility.model_copy(update={**none, **asked})
    return applicability(trial.model_copy(update={"eligibility": eligibility}), BIOLOGY)


@pytest.mark.parametrize(
    ("name", "where", "count"), [("roessler-adults", INSIDE, 11), ("solo1-adults", OUTSIDE, 0)]
)
def test_the_same_patients_stand_where_they_do_whatever_score_chose_them(name, where, count):
    """By EASI they were outside of trials by SCORAD, by IGA or nothing they were not asked."""
    for asked in (
        {"scorad": (26.0, 47.0)}, {"easi": (5.0, 21.0)}, {"iga": (2, 3)},
        {"objective_scorad": (21.0, 37.0)}, {},
    ):  # fmt: skip
        found = {one.axis: one for one in chosen_by(name, **asked).axes}["severity"]
        assert (found.where, found.trials) == (where, count), asked


def test_a_severity_that_only_people_of_other_ages_had_is_at_the_edge() -> None:
    """Adults of 40 to 103 SCORAD stood inside by trials of children."""
    for found, count, told in (
        (chosen_by("ls01-adults", scorad=(40.0, 103.0)), 3, "no trial"),
        (applicability(load_trial("ls01-br03-adults"), BIOLOGY), 11, "1 trial"),
    ):
        severity = severity_in(found)
        assert (severity.where, severity.trials) == (EDGE, count)
        assert severity.evidence == (
            f"{count} trials with numbers in at least half of that, of these ages {told}"
        )
    inside = severity_in(chosen_by("ls01-adults", scorad=(25.0, 50.0)))
    assert (inside.where, "ages" in inside.evidence) == (INSIDE, False)


def severity_in(found: room.Applicability) -> one_axis.Standing:
    return next(one for one in found.axes if one.axis == "severity")


@pytest.mark.parametrize("asked", [{"scorad": (0.0, 103.0)}, {"iga": (0, 4)}])
def test_a_score_that_leaves_nobody_out_moves_nobody(asked) -> None:
    """Outside by severity stood there of whoever might be as ill as he liked."""
    found = chosen_by("roessler-adults", **asked)
    assert found == chosen_by("roessler-adults")
    assert {one.axis: one.where for one in found.axes}["severity"] == INSIDE


def test_patients_chosen_by_what_no_table_reads_as_scorad_are_not_placed() -> None:
    """ "Inside the evidence" stood there of patients of whom nobody knows how ill they are."""
    found = chosen_by("sakei-children", itch=(4.0, 10.0))
    assert {one.axis: one.where for one in found.axes if one.where != INSIDE} == {
        "severity": UNPLACED
    }
    assert found.where == EDGE
    assert " ".join(found.beside) in found.sentence
    assert found.sentence.removesuffix(f" {' '.join(found.beside)}") == (
        "Whether it is inside the evidence is not known. It cannot be placed by severity (itch of "
        "4 to 10 and no score of the skin: no table tells which SCORAD goes with an itch)."
    )
    assert found.fewest == 1
    far = chosen_by("six-strain-children", itch=(4.0, 10.0))
    assert far.where == OUTSIDE
    assert far.sentence.startswith("Outside the evidence by strain (")
    assert "It cannot be placed by severity (" in far.sentence


def test_where_nobody_knows_how_ill_others_were_severity_is_not_placed(monkeypatch) -> None:
    severity = room.severity_of
    known = load_trial("sakei-children")
    monkeypatch.setattr(
        room, "severity_of",
        lambda design, biology: severity(known, biology) if design is known
        else Severity("adolescents", None, "how ill they are"),
    )  # fmt: skip
    found = {one.axis: one for one in applicability(known, BIOLOGY, without=known.name).axes}
    assert found["severity"].where == UNPLACED
    assert found["severity"].evidence == "no table tells how ill the people of such trials are"


def test_no_severity_is_asked_of_who_is_followed_from_birth() -> None:
    assert "severity" not in place(load_trial("lgg-newborns"))
