"""Plans and credibility: what was changed is found, every factor follows from its numbers."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from gutskin.credibility.assessment import assess
from gutskin.credibility.declared import FILE, Declared, load_declared, risk_of
from gutskin.credibility.factors import Evidence, criteria_of, factors_of
from gutskin.credibility.frozen_plan import FrozenPlan, changes, changes_of_run, freeze
from gutskin.credibility.stored import (
    Computed,
    Known,
    of_another_model,
    published_models_now,
    published_trials,
    read_stored,
)
from gutskin.errors import InputError
from gutskin.evidence import reference_experiments
from gutskin.model.compiled import load_model
from gutskin.model.overlay import biology_of
from gutskin.report.console import Terminal
from gutskin.report.credibility import (
    as_markdown,
    as_page,
    credibility_document,
    plan_document,
    print_document,
)
from gutskin.trials.plan import plan_trial
from gutskin.trials.run_record import RunRecord

ROOT = Path(__file__).parents[2]
BIOLOGY = biology_of(None)
HASH = BIOLOGY.content_hash


def frozen(name="six-strain-children", replicates=200, seed=1, stance="evidence", **declared):
    return freeze(plan_trial(name, replicates, seed), Declared(**declared), stance)


def record_of(plan):
    values = plan.values
    record = RunRecord.of(plan_trial(values["trial"]).design, BIOLOGY, 200, 1, "evidence")
    return {**record.__dict__}


RESULT = {
    "primary": "scorad", "replicates": 200, "arms": [{"n": 20}, {"n": 20}],
    "model": {"content_hash": HASH}, "failed_patients": 4,
    "endpoints": {"scorad": {"difference": {
        "mean": -2.3, "ci95_low": -14.0, "ci95_high": 9.0, "share_p_below_0_05_for": 0.1,
        "share_p_below_0_05_for_monte_carlo_error": 0.02,
        "true_effect": {"ci95_low": -12.0, "ci95_high": 1.0},
    }}},
    "least_sure": [{"parameter": "k", "note": "a rate", "share": 0.7}],
    "article_stance": {"difference": {"mean": -5.4}},
    "applicability": {
        "where": "edge", "sentence": "At the edge by age.",
        "axes": [{"axis": "age", "where": "edge"}, {"axis": "dose", "where": "inside"}],
    },
}  # fmt: skip
SCORE = {"n": 18, "coverage": {"difference": {"95": 0.9, "n": 10}}, "bias": -0.5, "left_out": {}}
CLAIMS = {"claims": [{"holds": True}] * 9 + [{"holds": False}], "model": {"content_hash": HASH}}
ALL = Known(Computed(54, 55, ("TEWL",)), Computed(44, 44), {"score": SCORE, "claims": CLAIMS})


def evidence(known=ALL, result=RESULT, damaged=(), differs=(), plan=None, of_numbers=()):
    plan = plan or frozen()
    published = {"": 18, "scorad": 10}
    record = record_of(plan)
    return Evidence(plan, result, record, damaged, differs, known, published, of_numbers)


def by_name(factors):
    return {one.name: one for one in factors}


def test_a_plan_is_read_back_as_it_was_frozen(tmp_path):
    plan = frozen()
    (tmp_path / "plan.json").write_text(plan.to_json())
    again = FrozenPlan.read(tmp_path)
    assert again.values == plan.values
    assert again.checksum == plan.checksum
    assert plan.checksum == frozen().checksum


def test_a_plan_that_was_changed_is_refused(tmp_path):
    text = frozen().to_json()
    (tmp_path / "plan.json").write_text(text.replace('"seed": 1,', '"seed": 2,'))
    with pytest.raises(InputError, match="changed after it was frozen"):
        FrozenPlan.read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "else"}', None])
def test_what_is_no_plan_is_refused_with_a_word(tmp_path, text):
    if text is not None:
        (tmp_path / "plan.json").write_text(text)
    with pytest.raises(InputError, match="no frozen plan"):
        FrozenPlan.read(tmp_path)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (frozen("inulin-toddlers"), ["the trial file"]),
        (frozen(replicates=100), ["the number of replicates"]),
        (frozen(seed=2), ["the seed"]),
        (frozen(stance="article"), ["the stance"]),
        (frozen(influence="low"), ["what was declared"]),
        (frozen(acceptance={"targets_met": 0.5}), ["what must hold"]),
        (frozen(), []),
    ],
)
def test_every_change_since_is_named(other, says):
    assert [one.split(" changed")[0] for one in changes(frozen(), other)] == says


def test_a_run_as_planned_has_no_difference_and_each_other_one_is_named():
    plan, record = frozen(), record_of(frozen())
    assert list(changes_of_run(plan, record)) == []
    for key, value, says in (
        ("design", "{}", "the trial file"), ("model", "f00", "the model"),
        ("program", "p", "the program"), ("stance", "article", "the stance"),
        ("seed", 2, "the seed of the run is not the planned one (2 instead of 1)"),
        ("replicates", 100, "(100 instead of 200)"),
    ):  # fmt: skip
        (found,) = changes_of_run(plan, {**record, key: value})
        assert says in found


def test_all_criteria_follow_from_their_numbers():
    found = {one.name: one for one in criteria_of(evidence())}
    values = {name: one.value for name, one in found.items()}
    assert values == {
        "patients who could not be computed": 4 / 8000,
        "Monte-Carlo error of the chance of significance": 0.02,
        "reference levels of populations": 54 / 55,
        "numbers of published models": 1.0,
        "statements of the article as foretold": 0.9,
        "published results within 95% intervals": 0.9,
        "within the evidence": "edge",
    }
    assert {one.status for one in found.values()} == {"met"}  # each at its end or better


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("failed_patients", 0.0004, "patients who could not be computed"),
        ("monte_carlo_error", 0.019, "Monte-Carlo error of the chance of significance"),
        ("targets_met", 0.99, "reference levels of populations"),
        ("statements_shown", 0.91, "statements of the article as foretold"),
        ("coverage_95", 0.91, "published results within 95% intervals"),
        ("applicability", "inside", "within the evidence"),
    ],
)
def test_each_criterion_is_missed_just_beyond_its_end(key, value, name):
    have = evidence(plan=frozen(acceptance={key: value}))
    found = {one.name: one.status for one in criteria_of(have)}
    assert found.pop(name) == "missed"
    assert set(found.values()) == {"met"}


def test_an_axis_by_which_two_things_are_unlike_the_evidence_is_named_once():
    """Doses of a child and of his mother: "by dose, dose" stood there."""
    axes = [{"axis": one, "where": "outside"} for one in ("dose", "dose", "strain")]
    result = RESULT | {"applicability": RESULT["applicability"] | {"axes": axes}}
    found = by_name(factors_of(evidence(result=result)))
    assert found["Equivalency of input parameters"].says == "Unlike them by dose, strain."


def test_published_models_that_are_missed_are_named():
    have = evidence(Known(Computed(54, 55), Computed(5, 12, tuple("abcdefg")), {}))
    one = by_name(factors_of(have))["Numerical code verification"]
    assert one.status == "missed"
    assert one.says.endswith("missed: a, b, c, d, e and 2 more")


def test_what_nothing_shows_is_not_shown_with_the_command_that_would():
    have = evidence(Known())
    found = by_name(criteria_of(have))
    assert found["reference levels of populations"].status == "not shown"
    assert found["numbers of published models"].status == "not shown"
    assert "gutskin claims --json" in found["statements of the article as foretold"].says
    assert "gutskin score --json" in found["published results within 95% intervals"].says
    assert by_name(factors_of(have))["Discretisation error"].status == "not shown"
    assert by_name(factors_of(have))["Test conditions"].status == "not shown"


def test_a_file_of_another_model_shows_nothing():
    other = {**SCORE, "model": {"content_hash": "f00"}}
    have = evidence(Known(None, None, {"score": other}))
    one = by_name(criteria_of(have))["published results within 95% intervals"]
    assert one.status == "not shown"
    assert "of another model" in one.says
    same = evidence(Known(None, None, {"score": other}), of_numbers=("f00",))
    assert same.file("score") is None  # trials foretold in other worlds are another answer
    of_prior = {**CLAIMS, "model": {"content_hash": "f00"}}
    for name in ("claims", "sensitivity"):
        have = evidence(Known(None, None, {name: of_prior}), of_numbers=("f01", "f00"))
        assert have.file(name) is of_prior
        assert evidence(Known(None, None, {name: of_prior}), of_numbers=("f01",)).file(name) is None
    assert not of_another_model(CLAIMS, HASH)
    assert not of_another_model({}, HASH)


def test_there_are_the_thirteen_factors_of_the_standard_each_once():
    found = factors_of(evidence())
    assert len({one.name for one in found}) == len(found) == 13
    groups = [one.group.split(":")[0].split(" ")[0] for one in found]
    assert groups == ["Verification"] * 5 + ["Validation"] * 6 + ["Applicability"] * 2


def test_damaged_files_and_another_run_are_misses_and_the_verdict_says_so():
    have = evidence(damaged=("out/result.json",), differs=("the seed changed",))
    found = by_name(factors_of(have))
    assert found["Software quality assurance"].status == "missed"
    assert found["Use error"].status == "missed"
    assert "not what was planned" in assess(have)["verdict"]
    assert "(2 differences)" in assess(have)["verdict"]
    assert by_name(factors_of(evidence()))["Use error"].status == "met"


def test_an_endpoint_that_no_trial_reports_is_a_miss():
    have = evidence(result={**RESULT, "primary": "scorad"})
    none = Evidence(have.plan, have.result, have.record, (), (), have.known, {"": 18})
    name = "Relevance of the quantities of interest"
    assert by_name(factors_of(have))[name].status == "shown"
    assert by_name(factors_of(none))[name].status == "missed"


def test_the_verdict_counts_what_is_missed_and_what_is_not_shown():
    assert assess(evidence())["verdict"] == "Every criterion of the plan is met."
    some = assess(evidence(Known(Computed(1, 2), Computed(1, 1), {"score": SCORE})))
    assert (some["met"], some["missed"], some["not_shown"]) == (5, 1, 1)
    assert some["verdict"] == (
        "Credibility for this use is not established: 1 criterion is missed and 1 criterion is "
        "not shown."
    )
    none = assess(evidence(Known()))
    assert none["verdict"].endswith("4 criteria are not shown.")


@pytest.mark.parametrize(
    ("influence", "consequence", "risk"),
    [
        ("low", "low", "low"), ("low", "high", "medium"), ("medium", "high", "high"),
        ("high", "high", "high"), ("low", "medium", "medium"),
        ("not declared", "high", "not declared"), ("low", "not declared", "not declared"),
    ],
)  # fmt: skip
def test_risk_is_influence_and_consequence_together(influence, consequence, risk):
    assert risk_of(Declared(influence=influence, consequence=consequence)) == risk


def test_the_table_says_what_was_declared_and_that_the_rest_was_not():
    plan = frozen(influence="high", consequence="high", consequence_because="Children.",
                  question="Is it large enough?")  # fmt: skip
    rows = {one["element"]: one["says"] for one in assess(evidence(plan=plan))["table"]}
    assert rows["Question of interest"] == "Is it large enough?"
    assert rows["Consequence of a wrong decision"] == "High. Children."
    assert rows["Model risk"] == "High"
    assert "Not declared" in rows["Context of use"]
    assert "-12 to 1" in rows["Uncertainty"]
    assert rows["Verification"] == "1 shown, 3 met, 1 not shown."
    bare = {one["element"]: one["says"] for one in assess(evidence())["table"]}
    assert (
        "Not declared. The trial asks whether six_strain differs from"
        in bare["Question of interest"]
    )
    assert "Not declared" in bare["Model risk"]


def test_published_trials_are_counted_by_what_they_report():
    found = published_trials(BIOLOGY)
    assert found[""] >= found["scorad"] >= 8
    assert sum(found.values()) > found[""]


def test_the_example_declares_everything_and_wrong_files_are_told_with_their_lines(tmp_path):
    found = load_declared(ROOT / "examples" / "declared.toml")
    assert "not declared" not in found.model_dump().values()
    page = (ROOT / "docs" / "credibility.md").read_text(encoding="utf-8")
    keys = {name for part in (FILE.root, *FILE.parts.values()) for name in part.model_fields}
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"[{key}]" not in page] == []
    path = tmp_path / "wrong.toml"
    path.write_text('influence = "huge"\n[acceptance]\ntargets_met = 2\ntarget_met = 1\n')
    with pytest.raises(InputError) as error:
        load_declared(path)
    assert [one.line for one in error.value.problems] == [1, 3, 4]


def test_stored_files_of_another_kind_or_not_there_are_refused_together(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.json").write_text("no json")
    paths = {"score": tmp_path / "a.json", "claims": tmp_path / "b.json", "sensitivity": None}
    with pytest.raises(InputError) as error:
        read_stored(paths)
    assert len(error.value.problems) == 2
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_stored({"score": tmp_path / "scroe.json"})
    (tmp_path / "a.json").write_text(json.dumps(SCORE), encoding="utf-8-sig")
    assert read_stored({"score": tmp_path / "a.json"}) == {"score": SCORE}


def test_documents_are_the_same_in_every_medium(capsys):
    plan = frozen(question="A | B *bold* <b>?")
    report = credibility_document(assess(evidence()))
    for document, word in ((plan_document(plan.values, plan.checksum), "Frozen plan"),
                           (report, "Every criterion of the plan is met.")):  # fmt: skip
        print_document(document, Terminal())
        assert word in capsys.readouterr().out
        assert word in as_markdown(document)
        assert word in as_page(document)
    text = as_markdown(plan_document(plan.values, plan.checksum))
    assert "| Conduct | Taken: 90% of the doses. Leave: 2.5% before the last visit" in text
    assert "A \\| B \\*bold\\* \\<b\\>?" in text
    assert "&lt;b&gt;" in as_page(plan_document(plan.values, plan.checksum))
    rows = [line for line in as_markdown(report).splitlines() if line.startswith("| ")]
    assert len(rows) == 11 + 7 + 13 + 2 * 3


def test_what_is_met_wholly_is_told_as_a_hundred_percent_and_nothing_is_missed():
    plan = frozen(acceptance={"reproduced": 1.0})
    one = by_name(criteria_of(evidence(plan=plan)))["numbers of published models"]
    assert one.says == "44 of 44 numbers within their range, of which at least 100% should be"
    assert one.status == "met"


def test_what_stands_in_the_docs_is_asked_where_nothing_is_declared():
    """Each default of the table of criteria."""
    page = (ROOT / "docs" / "credibility.md").read_text(encoding="utf-8")
    asked = Declared().acceptance.model_dump(mode="json")
    for name, value in asked.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        shown = f'"{value}"' if isinstance(value, str) else f"{value}"
        assert f"({shown})" in row or f"(`{shown}`)" in row


def test_gains_that_are_centred_at_nothing_are_counted():
    rows = load_model().tables.parameters
    many = [
        name for name, row in rows.items()
        if row.text("role") == "prior" and row.text("claimed") and not row.number("value")
    ]  # fmt: skip
    assert frozen().values["unknowns"]["claim_only"] == len(many) > 3
    assert len(many) < sum(row.text("role") == "prior" for row in rows.values()) / 2


def test_published_models_that_do_not_come_out_again_are_named(monkeypatch):
    def run(low, high):
        one = SimpleNamespace(tested="reproduced", low=low, high=high, reproduced=1.0, label="x")
        other = SimpleNamespace(tested="foretold", low=2, high=3, reproduced=1.0, label="no")
        return lambda: SimpleNamespace(results=[one, other])

    for name in ("biologics", "flares", "s_aureus", "skin_sites", "infants"):
        monkeypatch.setattr(reference_experiments, name, run(1.0, 1.0))
    monkeypatch.setattr(reference_experiments, "dupilumab", run(1.1, 2.0))
    assert published_models_now() == Computed(5, 6, ("x",))
    monkeypatch.setattr(reference_experiments, "dupilumab", run(0.1, 0.9))
    assert published_models_now() == Computed(5, 6, ("x",))


def test_the_form_of_the_model_is_told_with_what_the_other_stance_moves():
    says = by_name(factors_of(evidence()))["Model form"].says
    assert says.endswith("The other stance moves the difference from -2.3 to -5.4.")
    alone = {key: value for key, value in RESULT.items() if key != "article_stance"}
    assert "other stance" not in by_name(factors_of(evidence(result=alone)))["Model form"].says


def test_a_plan_is_written_in_the_letters_of_its_author():
    assert "Zürich, 5 µg" in frozen(question="Zürich, 5 µg").to_json()


def test_edge_five_that_are_missed_are_all_named():
    have = evidence(Known(Computed(54, 55), Computed(7, 12, tuple("abcde")), {}))
    says = by_name(criteria_of(have))["numbers of published models"].says
    assert says.endswith("missed: a, b, c, d, e")


def test_what_the_effect_hangs_on_is_of_the_result_unless_a_file_shares_it_out():
    one = by_name(factors_of(evidence()))["Model inputs"]
    assert "The effect goes most with k (70% of its variance): a rate." in one.says
    assert one.source == "parameters.tsv, result.json"
    shared = {**ALL.files, "sensitivity": {"sources": [], "model": {"content_hash": HASH}}}
    one = by_name(factors_of(evidence(Known(None, None, shared))))["Model inputs"]
    assert one.says.endswith("is shared out in the given file.")
    assert one.source == "parameters.tsv, sensitivity"
