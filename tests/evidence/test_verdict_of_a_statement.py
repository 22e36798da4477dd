"""What the findings of a statement come to: verdict, what it would need, JSON without NaN."""

import json
from types import SimpleNamespace

import pytest

from gutskin.evidence import claims
from gutskin.evidence.claims import Needed, Verdict, together
from gutskin.evidence.verdicts import NOT_SHOWN, PART, SHOWN, Finding
from gutskin.model.compiled import load_model


def finding(verdict, must=True, share=1.0, middle=1.0):
    check = SimpleNamespace(must=must, stays=None, expected=(0.0, float("inf")), says="it rises",
                            quantity="skin_ph")  # fmt: skip
    return Finding(check, middle, float("nan"), 2.0, share, 50, verdict)


def statement(**gain):
    experiment = SimpleNamespace(
        experiment="washing", evidence_verdict="thin", why="few", source=("a",),
        gain=SimpleNamespace(**gain) if gain else None, sides={}, everything=(),
    )  # fmt: skip
    return SimpleNamespace(
        id="X1", says="pH rises", grade="A", experiment=experiment, must_show=lambda one: one.must
    )


def verdict(*findings, **given):
    return Verdict(statement(), findings, ("1",) * len(findings), **given)


@pytest.mark.parametrize(
    ("verdicts", "whole", "leading"),
    [
        ((SHOWN, SHOWN), SHOWN, 0), ((SHOWN, PART), PART, 1), ((SHOWN, NOT_SHOWN), PART, 1),
        ((NOT_SHOWN, NOT_SHOWN), NOT_SHOWN, 0), ((PART, NOT_SHOWN), PART, 1), ((), NOT_SHOWN, 0),
    ],
)  # fmt: skip
def test_closed_form_a_statement_is_as_good_as_its_checks(verdicts, whole, leading):
    one = verdict(*(finding(each) for each in verdicts))
    assert together(one.findings) == one.model_verdict == whole
    assert one.leading == leading


def test_unit_what_must_hold_hangs_on_the_stance():
    shown, missed, may = finding(SHOWN), finding(PART), finding(PART, must=False)
    for findings, evidence, article in (
        ((shown,), True, True), ((shown, may), True, False), ((shown, missed), False, False),
    ):  # fmt: skip
        assert verdict(*findings).holds("evidence") is evidence
        assert verdict(*findings).holds("article") is article
        assert verdict(*findings, failure="it left its bounds").holds("evidence") is False


def test_unit_the_weakest_check_stands_at_the_top_and_the_smallest_share_counts():
    one = verdict(finding(SHOWN, share=0.9), finding(PART, share=0.7, middle=5.0))
    document = one.to_json()
    assert (document["observed"], document["share"]) == (5.0, 0.7)
    assert (verdict().share, verdict().to_json()["observed"]) == (0.0, None)
    assert document["needs"] is None


def test_unit_json_has_null_where_there_is_no_number():
    text = claims.to_json([verdict(finding(SHOWN))], load_model(), "article", 7)
    document = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert (document["met"], document["stance"], document["seed"]) == (True, "article", 7)
    assert document["claims"][0]["low"] is None
    assert document["claims"][0]["checks"][0]["expected"] == [0.0, None]
    both = [verdict(finding(SHOWN)), verdict(finding(PART))]
    assert json.loads(claims.to_json(both, load_model(), "article", 7))["met"] is False


@pytest.mark.parametrize(
    ("enough", "value"), [(2.0, 3.5), (3.5, 3.5), (3.51, 6.0), (11.0, 11.0), (11.1, None)]
)
def test_closed_form_the_smallest_of_the_steps_of_a_gain_at_which_it_is_shown(
    monkeypatch, enough, value
):
    monkeypatch.setattr(claims, "STEPS", 4)
    monkeypatch.setattr(
        claims, "findings",
        lambda one, setting, extra: (finding(SHOWN if extra["k"] >= enough else PART),),
    )  # fmt: skip
    setting = SimpleNamespace(model=SimpleNamespace(values=lambda stance: {"k": 1.0}), stance="e")
    found = claims._needed(statement(id="k", most=11.0), setting)
    assert found == Needed("k", 1.0, 11.0, value)
    said = "not shown with k up to 11 (now 1)" if value is None else f"would need k of {value:g} "
    assert str(found).startswith(said)


def test_unit_a_figure_shows_every_day_of_every_arm(monkeypatch):
    from gutskin.evidence.experiment_parts import Experiment

    one = Experiment.model_validate(
        {"experiment": "x", "evidence_verdict": "thin", "why": "few", "days": 28}
    )
    monkeypatch.setattr(claims, "run_arms", lambda *given: given)
    its = SimpleNamespace(statement=SimpleNamespace(experiment=one, arms="arms"))
    assert claims.courses_of(its, "setting") == (
        one, "arms", "setting", {}, pytest.approx(list(range(29)))
    )  # fmt: skip
