"""`gutskin meta`: what a filter does to literatures whose truth is known."""

import io
import itertools
import json

import numpy as np
import pytest
from scipy import stats

from gutskin import cli
from gutskin.cli.meta import read_passes
from gutskin.evidence.literature import TrialReports, report_trial, why_not_pooled
from gutskin.evidence.literature_plan import plan_literature
from gutskin.evidence.literature_summary import summarise_literature
from gutskin.evidence.publication_filter import filter_posterior, published
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.report.console import Terminal
from gutskin.report.meta import print_literature
from gutskin.report.meta_figure import write_meta_figure
from gutskin.report.sheets import meta_sheet
from gutskin.report.spreadsheet import rows_of_literature
from gutskin.trials.design import load_trial
from gutskin.trials.published import headline

NAMES = ("cect-children", "plantarum-children", "sakei-children", "dds1-toddlers")


def literature(truth=-2.0, tau=1.0, trials=8, worlds=4000, seed=1):
    rng = np.random.default_rng(seed)
    error = np.broadcast_to(np.linspace(1.0, 4.0, trials), (worlds, trials))
    true = truth + tau * rng.normal(size=(worlds, trials))
    effect = true + error * rng.normal(size=true.shape)
    significant = effect / error < -1.96
    return effect, error, significant, rng.random(true.shape)


def test_closed_form_without_a_filter_all_appear_and_the_pool_has_no_bias():
    effect, error, significant, luck = literature()
    found = published(effect, error, significant, 1.0, luck)
    assert found.appeared.all()
    mean = found.pooled.mean.value
    assert abs(mean.mean() + 2) < 4 * mean.std() / np.sqrt(len(mean))


def test_property_the_narrower_the_filter_the_fewer_and_the_larger_results():
    effect, error, significant, luck = literature()
    some = [published(effect, error, significant, one, luck) for one in (1.0, 0.5, 0.1, 0.0)]
    for wide, narrow in itertools.pairwise(some):
        assert (wide.appeared | ~narrow.appeared).all()
        assert np.nanmean(narrow.pooled.mean.value) < np.nanmean(wide.pooled.mean.value) - 0.1
    assert (some[-1].appeared == significant).all()
    assert np.nanmean(some[-1].significant) == 1


def test_closed_form_the_share_that_appears_is_that_of_the_filter():
    effect, error, significant, luck = literature()
    found = published(effect, error, significant, 0.3, luck)
    assert abs(found.appeared[~significant].mean() - 0.3) < 0.01


def test_monte_carlo_the_filter_is_found_from_what_appeared():
    _, _, significant, _ = literature(trials=60, worlds=3000)
    rng, held, middles = np.random.default_rng(5), 0, []
    for _ in range(60):
        chance = significant.mean(axis=0)
        shown = chance / (chance + 0.3 * (1 - chance))
        middle, low, high = filter_posterior(significant, rng.random(60) < shown)
        held += low <= 0.3 <= high
        middles.append(middle)
    assert held >= 51
    assert abs(np.median(middles) - 0.3) < 0.12


def test_unit_all_significant_speaks_for_a_filter_and_none_against():
    _, _, significant, _ = literature(trials=10)
    assert filter_posterior(significant, np.ones(10, bool))[0] < 0.2
    assert filter_posterior(significant, np.zeros(10, bool))[0] > 0.5


def made_up(names=NAMES, worlds=60, seed=2):
    rng, found = np.random.default_rng(seed), []
    for name in names:
        design = load_trial(name)
        number = headline(design)[0]
        true = rng.normal(-2, 1, worlds)
        effect = true + 3 * rng.normal(size=worlds)
        p = np.where(np.abs(effect) > 6, 0.01, 0.5)
        found.append(TrialReports(
            design, number, effect, np.full(worlds, 3.0), p, effect < 0, true, 3.0, True, 0.02
        ))  # fmt: skip
    return found


def test_unit_the_summary_is_plain_and_the_figure_has_every_trial(tmp_path):
    reports = made_up()
    told = summarise_literature(reports, {"other": "why"}, [0.2, 0.0], load_model(), 1, "evidence")
    json.dumps(told, allow_nan=False)
    assert [one["passes"] for one in told["literatures"]] == [1.0, 0.2, 0.0]
    assert told["literatures"][0]["added"]["mean"] == 0
    assert told["literatures"][-1]["added"]["mean"] < -1
    assert told["real"]["mean"] < -4
    screen = io.StringIO()
    print_literature(told, Terminal(file=screen, width=110))
    write_meta_figure(told, reports, tmp_path / "meta.svg")
    drawn = (tmp_path / "meta.svg").read_text()
    for name in NAMES:
        assert name in screen.getvalue()
        assert name in drawn
    rows = rows_of_literature(told)
    assert [row["trial"] for row in rows] == [*NAMES]
    assert [row["found"] for row in rows] == [one["found"] for one in told["trials"]]
    assert rows[0]["simulated_mean"] == told["trials"][0]["simulated"]["mean"]
    sheet = meta_sheet(told, reports, "gutskin meta")
    assert [row[0] for row in sheet.grid.rows] == ["100%", "20%", "0%"]
    assert sheet.notes == ("other is left out: why.",)
    assert "pool to" in sheet.answer


def test_engine_what_a_trial_reports_is_true_on_average():
    design = load_trial("cect-children")
    arms = tuple(arm.model_copy(update={"n": 6}) for arm in design.arms)
    found = report_trial(design.model_copy(update={"arms": arms}), load_model(), 12)
    assert found.derived == (headline(design)[0].se is None)
    gap = found.effect - found.true
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(12)
    assert (found.error > 0).all()
    # no error was published: that of these small trials stands in
    assert found.found_error == pytest.approx(found.error.mean())
    p = 2 * stats.norm.sf(abs(found.number.value) / found.found_error)
    assert found.found_p == pytest.approx(p)
    assert found.found_significant == (p < 0.05)


def test_unit_what_cannot_be_pooled_says_why(capsys):
    assert "risk ratio of eczema" in why_not_pooled(load_trial("bgn4-newborns"))
    assert why_not_pooled(load_trial("drugs-adults"))
    assert cli.main(["meta", "cect-children", "bgn4-newborns", "--passes", "2,x"]) == 2
    said = capsys.readouterr().err
    assert "'2', 'x' is no share" in said
    assert cli.main(["meta", "cect-children", "bgn4-newborns"]) == 2
    assert "1 trial can be pooled" in capsys.readouterr().err


def test_unit_shares_are_read_once_each():
    assert read_passes("0.5,0,0.5") == [0.5, 0.0]
    with pytest.raises(Exception, match="no share"):
        read_passes("nan")


def test_a_literature_of_all_trials_tells_of_those_that_published_another_number():
    plans, left_out = plan_literature(None, 39, 1, shipped_biology())
    assert not {one.design.name for one in plans} & set(left_out)
    assert left_out["lgg-newborns"] == "published is the risk ratio of eczema"
    assert "control-school" not in left_out  # no difference was published: nothing to tell


def test_property_trials_of_a_literature_share_a_world_and_nobody_in_it():
    """One design under two names: chance is another in each, what bodies do is the same."""
    model = load_model()
    design = load_trial("plantarum-children", model.biology)
    arms = tuple(arm.model_copy(update={"n": 6}) for arm in design.arms)
    first, again, other = (
        report_trial(design.model_copy(update={"arms": arms, "name": name}), model, 64)
        for name in ("one-trial", "one-trial", "another-trial")
    )
    assert first.effect.tolist() == again.effect.tolist()
    assert abs(np.corrcoef(first.effect - first.true, other.effect - other.true)[0, 1]) < 0.4
    assert np.corrcoef(first.true, other.true)[0, 1] > 0.4


def test_closed_form_a_trial_that_cannot_be_tested_appears_without_a_finding():
    effect = np.array([[-5.0, -4.0, np.nan, np.nan]])
    found = published(
        effect, np.where(np.isfinite(effect), 1.0, np.nan), effect < 0, 1.0, np.zeros((1, 4))
    )
    assert found.significant.tolist() == [0.5]
    assert found.appeared.tolist() == [[True, True, False, False]]
