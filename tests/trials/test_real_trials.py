"""Real trials whose numbers were seen: each once, by its own file or by the rows of targets."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.evidence import Evidence, load_evidence
from gutskin.model.rows import Row
from gutskin.population.populations import load_populations
from gutskin.trials import real_trials as module
from gutskin.trials.applicability import ages_of, kinds_of_treatment
from gutskin.trials.design import known_trials, load_trial
from gutskin.trials.published_parts import Published
from gutskin.trials.real_trials import _own_file, _with_people, real_trials

BIOLOGY = shipped_biology()
SEEN = {one.name: one for one in real_trials(BIOLOGY)}
SOME = load_trial("drugs-adults")


def test_arms_that_stand_in_the_targets_alone_are_evidence_too() -> None:
    one = SEEN["Dupi_phase1_2_monotherapy"]
    assert {arm.name for arm in one.design.active} == {"dupilumab"}
    assert one.design.control is not None
    assert {"easi75", "itch"} <= one.endpoints


def test_a_trial_of_its_own_file_is_not_counted_again_for_its_rows_of_the_targets() -> None:
    """COAST 1 alone made two trials of amlitelimab, and so an inside."""
    assert len(SEEN) == len(real_trials(BIOLOGY))
    assert not {"solo1", "solo2", "horizon", "jade2", "ADvocate1", "ROCKET_IGNITE"} & {*SEEN}
    assert {"solo1-adults", "solo2-adults", "rocket-horizon-adults", "jade-mono2"} <= {*SEEN}
    assert {"advocate1", "advocate2", "rocket-ignite-adults"} <= {*SEEN}
    assert "itch4" in SEEN["advocate1"].endpoints
    drugs = [
        one.name for one in SEEN.values() if "treats amlitelimab" in kinds_of_treatment(one.design)
    ]
    assert drugs == ["coast1"]
    assert SEEN["coast1"].design.name == "coast1"


def test_the_file_of_a_trial_begins_with_the_words_of_its_evidence() -> None:
    row = BIOLOGY.table("targets/arms.tsv")["jade2_200_easi75"]
    known = [load_evidence(BIOLOGY)[name] for name in row.items("evidence")]
    assert _own_file(known, ("jade-mono1", "jade-mono2")) == "jade-mono2"
    assert _own_file(known, ("jade", "mono2-jade", "jade-mono22")) == ""
    assert _own_file([], ("jade-mono2",)) == ""


CHILDREN, BALISTAD = "Dupi_pediatric_biomarkers", "BALISTAD"


def test_what_dupilumab_does_to_children_is_no_finding_in_adults() -> None:
    """Rows of three trials of children and of BALISTAD made one trial of adults."""
    (balistad,) = (one for name, one in SEEN.items() if BALISTAD in name)
    assert "dupilumab" not in SEEN
    assert SEEN[CHILDREN].endpoints == {"tarc", "total_ige"}
    assert balistad.endpoints == {"tewl"}
    for one, ages, people in (
        (SEEN[CHILDREN], (0.5, 17.0), {"ad_infant", "ad_child", "ad_adolescent"}),
        (balistad, (12.0, 55.0), {"ad_adolescent", "ad_adult"}),
    ):
        assert ages_of(one.design, BIOLOGY) == ages
        assert {*one.design.population} == people
        assert [arm.name for arm in one.design.arms] == ["dupilumab", "placebo"]


def test_reference_of_which_ages_the_studies_of_the_targets_are() -> None:
    """A row whose evidence says it in other words would be taken for one of adults."""
    files = {*known_trials(BIOLOGY)}
    ages = {name: ages_of(one.design, BIOLOGY) for name, one in SEEN.items() if name not in files}
    assert {name[:26]: its for name, its in ages.items()} == {
        "Dupi_phase1_2_monotherapy": (18.0, 55.0),
        "Dupi_pediatric_biomarkers": (0.5, 17.0),
        "url:BALISTAD dupilumab TEWL"[:26]: (12.0, 55.0),
    }


@pytest.mark.parametrize(
    ("told", "population", "ages"),
    [
        ("adults, moderate-severe AD", ("ad_adult",), None),  # as it is
        ("adolescents and adults, monotherapy", ("ad_adult", "ad_adolescent"), None),
        ("AD adult/adolescent (lesional)", ("ad_adult", "ad_adolescent"), None),
        ("children with AD", ("ad_child",), None),
        ("three paediatric trials (6 mo-17 y)", ("ad_child", "ad_infant", "ad_adolescent"),
         (0.5, 17.0)),
        ("6 mo-11 mo, severe", ("ad_infant",), (0.5, 11 / 12)),
        ("1 y-12 y", ("ad_child",), (1.0, 12.0)),  # nobody of one age alone
        ("0.5 y-1.5 y", ("ad_child", "ad_infant"), (0.5, 1.5)),
        ("12 y and older, n 601", ("ad_child", "ad_adult", "ad_older", "ad_adolescent"),
         (12.0, 85.0)),
        ("18 mo and older", ("ad_child", "ad_adult", "ad_older", "ad_adolescent"), (1.5, 85.0)),
        ("patients", ("ad_adult",), None), ("", ("ad_adult",), None),
    ],
)  # fmt: skip
def test_closed_form_whom_the_words_of_evidence_mean(told, population, ages) -> None:
    found = _with_people(SOME, [Evidence("F1", "some", 1, {"population": told})], BIOLOGY)
    assert {*_names(found)} == {*population}
    assert found.eligibility.age_years == ages
    asked = found.eligibility.model_copy(update={"age_years": None})
    assert asked == SOME.eligibility.model_copy(update={"age_years": None})
    assert (found is SOME) == (population == ("ad_adult",))


def _names(design):
    return (design.population,) if isinstance(design.population, str) else design.population


def test_edge_the_first_evidence_that_tells_of_whom_counts_and_ages_of_a_file_stay() -> None:
    facts = [Evidence(name, "some", 1, {"population": told} if told else {})
             for name, told in (("F1", ""), ("F2", "2 y-6 y"), ("F3", "adults"))]  # fmt: skip
    assert _with_people(SOME, facts, BIOLOGY).eligibility.age_years == (2.0, 6.0)
    assert _with_people(SOME, facts[:1], BIOLOGY) is SOME
    assert _with_people(SOME, [], BIOLOGY) is SOME
    own = SOME.model_copy(
        update={"eligibility": SOME.eligibility.model_copy(update={"age_years": (18.0, 40.0)})}
    )
    assert _with_people(own, facts[2:], BIOLOGY) is own
    well = SOME.model_copy(update={"population": ("healthy_adult",)})
    assert _names(_with_people(well, facts[1:2], BIOLOGY)) == ("healthy_child",)


VALUES = {"values": ({"endpoint": "easi75", "arm": "placebo", "week": 16.0, "mean": 0.1},)}
DIFFERENCES = {"differences": ({"endpoint": "itch4", "risk_ratio": 2.0},)}


def design(**published):
    """A trial of some drugs, with these numbers in its file."""
    return SOME.model_copy(update={"published": Published.model_validate(published)})


def among(monkeypatch, designs, rows=(), facts=()):
    """The real trials of these files, of these rows (id, trial, arm, endpoint, evidence), facts."""
    columns = ("id", "trial", "arm", "endpoint", "evidence")
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    known = {name: Evidence(name, "some", 1, {"item_id": item, "source": "", "population": told})
             for name, item, told in facts}  # fmt: skip
    biology = SimpleNamespace(
        table=lambda name, *_: {one["id"]: Row(one, Path(name), 1) for one in table}
    )
    monkeypatch.setattr(module, "load_evidence", lambda _: known)
    monkeypatch.setattr(module, "load_populations", lambda _: load_populations(BIOLOGY))
    monkeypatch.setattr(module, "every_trial", lambda _: designs)
    return real_trials.__wrapped__(biology)


@pytest.mark.parametrize(
    ("published", "endpoints"),
    [
        (VALUES | {"seen_in": "table"}, {"easi75"}),
        (DIFFERENCES | {"seen_in": "abstract"}, {"itch4"}),
        (VALUES | DIFFERENCES | {"seen_in": "full text"}, {"easi75", "itch4"}),
        (VALUES | {"seen_in": "unverified"}, None),
        (VALUES, None),
        ({"seen_in": "table"}, None),
    ],
)
def test_unit_a_file_counts_whose_numbers_are_there_and_were_seen(
    monkeypatch, published, endpoints
):
    found = among(monkeypatch, {"one": design(**published)})
    assert [one.endpoints for one in found] == ([] if endpoints is None else [endpoints])


def test_unit_rows_are_of_the_study_that_their_evidence_names(monkeypatch):
    rows = [
        ("a_1", "some", "dupilumab", "easi75", "F1"),
        ("a_2", "some", "dupilumab", "itch4", "F3"),  # called as the others, and of children
        ("b_1", "some", "lebrikizumab", "easi75", ""),
        ("b_2", "some", "lebrikizumab", "itch4", "F0"),  # nobody knows it
        ("c_1", "some", "dupilumab", "tarc", "F2; F1"),
        ("d_1", "some", "lebrikizumab", "itch4", "F1"),  # of the same study
        ("e_1", "some", "dupilumab", "tewl", "F4; F1"),
        ("e_2", "some", "dupilumab", "tarc", "F4"),  # evidence that names no study
    ]
    files = {"some": design(), "c-adults": design(**VALUES, seen_in="table")}
    facts = [("F1", "A", ""), ("F2", "C", ""), ("F3", "B", "2 y-6 y"), ("F4", "", "")]
    own, *others = among(monkeypatch, files, rows, facts)
    assert (own.name, own.endpoints) == ("c-adults", {"easi75", "tarc"})
    assert own.design is files["c-adults"]
    told = [(one.name, [arm.name for arm in one.design.arms], one.endpoints) for one in others]
    assert told == [
        ("A", ["dupilumab", "lebrikizumab", "placebo"], {"easi75", "itch4", "tewl"}),
        ("B", ["dupilumab", "placebo"], {"itch4"}),
        ("b", ["lebrikizumab", "placebo"], {"easi75", "itch4"}),
        ("e", ["dupilumab", "placebo"], {"tarc"}),
    ]
    assert [one.design.eligibility.age_years for one in others] == [None, (2.0, 6.0), None, None]


def test_unit_a_trial_that_two_designs_stand_for_is_one(monkeypatch):
    """Adults and adolescents of it made two trials, and so an inside."""
    rows = [
        ("a_1", "some", "dupilumab", "easi75", ""),
        ("a_2", "other", "lebrikizumab", "itch4", ""),
    ]
    (one,) = among(monkeypatch, {"some": design(), "other": design()}, rows)
    assert (one.name, one.endpoints) == ("a", {"easi75", "itch4"})
    assert [arm.name for arm in one.design.arms] == ["dupilumab", "placebo"]


@pytest.mark.parametrize("item", ["", "\u2014"])
def test_edge_evidence_without_a_word_is_of_no_file(monkeypatch, item):
    """It was that of the first trial of all."""
    rows = [("a_1", "some", "dupilumab", "tarc", "F1")]
    files = {"some": design(**VALUES, seen_in="table")}
    found = among(monkeypatch, files, rows, [("F1", item, "")])
    assert [(one.name, one.endpoints) for one in found] == [
        ("some", {"easi75"}),
        (item or "a", {"tarc"}),
    ]
