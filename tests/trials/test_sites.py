"""Sites: who is seen where, what each has of its own, how much of the spread lies between them."""

import numpy as np
import pytest
import xarray as xr
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.population.draw import draw_conduct
from gutskin.report.design_words import designed
from gutskin.report.points import in_points
from gutskin.report.sites import of_sites
from gutskin.trials import sites as room
from gutskin.trials.chunks import from_bytes, to_bytes
from gutskin.trials.conduct import WorkCounter, conduct_batch
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.plan import plan_trial
from gutskin.trials.run import run_trial
from gutskin.trials.sites import draw_sites, site_of, summarised, variance_components
from gutskin.trials.study import prepare
from gutskin.trials.summary import summarise

SITES = """
[[sites]]
name = "north"
label = "The north"
share = 2

[[sites]]
name = "south"
rater_shift = 0.2

[[sites]]
name = "east"
trial_level = 1.5
"""
BLOCKS = '\n[randomisation]\nblock_sizes = [3, 6]\n\n[[randomisation.strata]]\nby = "site"\n'


def design(tmp_path, text=FULL + SITES):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return load_trial(path)


def keys(replicates, patients, arm=7):
    replicate, index = np.divmod(np.arange(replicates * patients), patients)
    return np.column_stack([replicate, np.full(len(index), arm), index]).astype(np.uint32)


def test_closed_form_variance_of_a_balanced_design():
    """Two sites of two: means 2 and 12, squares within 4 of 2 degrees of freedom."""
    between, within = variance_components(
        np.array([[1.0, 3.0, 11.0, 13.0]]), np.array([[0, 0, 1, 1]]), 2
    )
    assert within[0] == pytest.approx(2.0)
    assert between[0] == pytest.approx((100.0 - 2.0) / 2)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_property_components_are_without_bias_whatever_the_sizes(missing):
    """Sites of 2, 5 and 13 patients; variances 9 and 25."""
    rng = np.random.default_rng(1)
    site = np.broadcast_to(np.repeat([0, 1, 2], [2, 5, 13]), (20_000, 20))
    own = np.take_along_axis(rng.normal(0, 3, (20_000, 3)), site, 1)
    values = 4 + own + rng.normal(0, 5, site.shape)
    values[rng.random(values.shape) < missing] = np.nan
    between, within = variance_components(values, site, 3)
    assert np.nanmean(within) == pytest.approx(25, abs=0.3)
    assert np.nanmean(between) == pytest.approx(9, abs=4 * np.nanstd(between) / np.sqrt(20_000))


def test_edge_one_site_alone_or_one_patient_each_has_no_components():
    values = np.array([[1.0, 2.0, 5.0]])
    for site in ([[0, 0, 0]], [[0, 1, 2]]):
        assert np.isnan(variance_components(values, np.array(site), 3)).all()
    some = variance_components(np.array([[1.0, 2.0, np.nan]]), np.array([[0, 0, 1]]), 3)
    assert np.isnan(some).all()


def test_patients_come_to_sites_by_their_shares(tmp_path):
    found = site_of(design(tmp_path), 1, keys(10, 2000))
    assert np.bincount(found) / len(found) == pytest.approx([0.5, 0.25, 0.25], abs=0.015)
    assert np.array_equal(found, site_of(design(tmp_path), 1, keys(10, 2000)))
    assert not np.array_equal(found, site_of(design(tmp_path), 2, keys(10, 2000)))


def test_what_is_stated_stands_and_the_rest_is_drawn_as_conduct_says(tmp_path):
    model, many = load_model(), np.arange(4000)
    found = draw_sites(model, design(tmp_path), many, 1, np.full(4000, 0.4))
    assert set(found) == {"trial_level", "rater_shift"}
    assert (found["rater_shift"][:, 1] == 0.2).all()
    assert (found["trial_level"][:, 2] == 1.5).all()
    row = model.tables.conduct["rater_shift"]
    sd = row.number("high") / 1.959964
    drawn = found["rater_shift"][:, [0, 2]]
    assert drawn.std(axis=0) == pytest.approx([sd, sd], rel=0.05)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(1 - 0.4, abs=0.04)  # in common
    whole = draw_conduct(model, many, 1)["rater_shift"]
    assert np.corrcoef(drawn[:, 0], whole)[0, 1] == pytest.approx(np.sqrt(1 - 0.4), abs=0.04)
    high = np.quantile(found["trial_level"][:, 0], 0.975)
    assert high == pytest.approx(model.tables.conduct["trial_level"].number("high"), rel=0.03)


def test_another_site_changes_nothing_of_those_that_are_there(tmp_path):
    model, few = load_model(), np.arange(5)
    three = draw_sites(model, design(tmp_path), few, 1, np.full(5, 0.4))
    text = SITES.replace('[[sites]]\nname = "south"\nrater_shift = 0.2\n', "", 1)
    two = draw_sites(model, design(tmp_path, FULL + text), few, 1, np.full(5, 0.4))
    for name in three:
        assert np.array_equal(three[name][:, [0, 2]], two[name])


def test_a_trial_without_sites_has_its_own_numbers_as_before(tmp_path):
    made = design(tmp_path, FULL)
    study = prepare(made, load_model(), 3, 1, "evidence")
    numbers = study.numbers_of(keys(3, 4))
    assert study.sites == {}
    assert np.array_equal(numbers["rater_shift"], np.repeat(study.conduct["rater_shift"], 4))
    assert draw_sites(load_model(), made, np.arange(3), 1, np.full(3, 0.4)) == {}


def test_patients_of_one_site_share_what_those_of_another_have_otherwise(tmp_path):
    made = design(tmp_path)
    study = prepare(made, load_model(), 3, 1, "evidence", first=2)
    patients = keys(5, 40)[80:]
    numbers, site = study.numbers_of(patients), site_of(made, 1, patients)
    for replicate in (2, 3, 4):
        mine = patients[:, 0] == replicate
        for one in range(3):
            here = mine & (site == one)
            for name in room.OWN:
                expected = study.sites[name][replicate - 2, one]
                assert (numbers[name][here] == expected).all()
    assert np.array_equal(numbers["expectation"], np.repeat(study.conduct["expectation"], 40))


def test_closed_form_raters_that_differ_make_the_variance_between_sites(tmp_path):
    """A score of 40 read by raters who shift it by s: between sites their own 40^2 var(s)."""
    text = FULL + "".join(f'\n[[sites]]\nname = "s{number}"\n' for number in range(8))
    made, model = design(tmp_path, text), load_model()
    study = prepare(made, model, 600, 1, "evidence")
    patients = keys(600, 64)
    shift = study.numbers_of(patients)["rater_shift"].reshape(600, 64)
    noise = np.random.default_rng(2).normal(0, 4, shift.shape)
    site = site_of(made, 1, patients).reshape(600, 64)
    between, within = variance_components(40 * shift + noise, site, 8)
    expected = (40 * model.tables.conduct["rater_shift"].number("high") / 1.959964) ** 2
    expected *= study.conduct["site_share"].mean()
    assert np.mean(between) == pytest.approx(expected, rel=0.08)
    assert np.mean(within) == pytest.approx(16, rel=0.03)


def test_engine_sites_blocks_and_their_column_survive_a_file(tmp_path):
    made = design(tmp_path, FULL + SITES + BLOCKS)
    assert TrialDesign.model_validate_json(made.model_dump_json()) == made
    assert made.strata == made.adjusted_strata == 3
    study = prepare(made, load_model(), 2, 1, "evidence")
    part = conduct_batch(study, 2, WorkCounter(None, 60, 3))
    site = part.data["site"].values
    assert np.array_equal(site, part.data["stratum"].values)
    for one in range(3):
        count = (site == one).sum(axis=2)
        assert (count.max(axis=1) - count.min(axis=1) <= 3).all()
    again = from_bytes(
        to_bytes(part, made), made, endpoints_of(load_model(), ("scorad", "easi")), 0
    )
    assert np.array_equal(again.data["site"].values, site)


def test_engine_the_analysis_has_the_site_as_a_factor_and_the_result_tells_of_sites(tmp_path):
    made = design(tmp_path, FULL + SITES + BLOCKS)
    run = run_trial(made, load_model(), 3)
    freedom = run.analysis.endpoints["scorad"].comparisons["mix"].freedom
    assert (freedom <= 20 - 1 - 1 - 3).all()
    summary = summarise(run.shown, made, run.analysis)
    assert [one["name"] for one in summary["sites"]] == ["north", "south", "east"]
    assert sum(one["patients"] for one in summary["sites"]) == pytest.approx(1)
    (says,) = of_sites(summary)
    assert "The north" in says
    assert "of the variance lies between" in says


def test_sites_are_summed_up_from_all_replicates(tmp_path):
    found = np.array([[4.0, -2.0, 7.0], [9.0, 9.0, 9.0], [0.5] * 3, [0.2] * 3, [0.3] * 3])
    told = summarised(design(tmp_path), found)
    assert told["control_change"]["between_sites_sd"] == pytest.approx(np.sqrt(3))
    assert told["control_change"]["within_sites_sd"] == 3
    assert told["control_change"]["share_between"] == pytest.approx(3 / 12)
    assert [one["patients"] for one in told["sites"]] == pytest.approx([0.5, 0.2, 0.3])
    below = summarised(design(tmp_path), found * [[-1], [1], [1], [1], [1]])
    assert below["control_change"]["share_between"] == 0


def test_engine_sites_of_a_single_arm_are_told_of_that_arm(tmp_path):
    """They were told of the control arm, in which nobody is."""
    head, _, tail = FULL.partition('[[arms]]\nname = "mix"')
    _, _, analysis = tail.partition("[analysis]")
    made = design(tmp_path, f"{head}[analysis]{analysis}{SITES}")
    run = run_trial(made, load_model(), 3)
    summary = summarise(run.shown, made, run.analysis)
    assert summary["control_change"]["arm"] == "drug"
    assert summary["control_change"]["within_sites_sd"] > 0
    (says,) = of_sites(summary)
    assert "Changes of SCORAD in the single arm differ by" in says
    assert not any("differs between sites is not known" in text for text in summary["warnings"])


def test_plan_and_words_tell_of_sites(tmp_path):
    made = design(tmp_path, FULL + SITES + BLOCKS)
    plan = plan_trial(made, 2).to_json()
    assert [one["name"] for one in plan["sites"]] == ["north", "south", "east"]
    told = " ".join(designed(made, load_model().tables.endpoints))
    assert "3 sites" in told
    assert "The north" in told
    assert "in 3 strata (site)" in told
    assert list(of_sites({})) == []


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('\n[[sites]]\nname = "a"\n', 58, "one site alone"),
        ('\n[[sites]]\nname = "a"\n[[sites]]\nname = "A"\n', 61, "stands twice"),
        (BLOCKS, 62, "the trial has no sites"),
        ("".join(f'\n[[sites]]\nname = "s{one}"\n' for one in range(65)), 58, "at most 64"),
        ('\n[[sites]]\nname = "a"\n[[sites]]\nname = "b"\nshare = 0\n', 62, "greater than 0"),
        ('\n[[sites]]\nname = "a"\n[[sites]]\nname = "b"\nrater_shift = 1\n', 62, "less than 1"),
        ('\n[[sites]]\nname = "a"\n[[sites]]\nname = "b"\ntrial_level = 10.1\n', 62, "equal to 10"),
        ('\n[[sites]]\nname = "a"\n[[sites]]\nname = "b"\nlabel = "A"\n', 62, "takes 'A' for an"),
        ('\n[[sites]]\nname = "a"\nlabel = "b"\n[[sites]]\nname = "B"\n', 62, "takes 'B' for an"),
    ],
)
def test_unit_what_is_wrong_is_told_with_its_line(tmp_path, text, line, says):
    (found,) = problems(tmp_path, FULL + text)
    assert found[0] == line
    assert says in found[1]


def test_edge_two_and_sixty_four_sites_are_taken(tmp_path):
    for many in (2, 64):
        text = "".join(f'\n[[sites]]\nname = "s{one}"\n' for one in range(many))
        assert len(design(tmp_path, FULL + text).sites) == many


def test_strata_by_site_have_no_cuts(tmp_path):
    text = FULL + SITES + BLOCKS + "cuts = [1]\n"
    (found,) = problems(tmp_path, text)
    assert "has no `cuts`" in found[1]


def test_closed_form_what_was_not_recorded_is_nothing_within_a_site():
    """The balanced design above, beside patients of whom nothing is known."""
    values = np.array([[1.0, 3.0, np.nan, 11.0, 13.0, np.nan]])
    between, within = variance_components(values, np.array([[0, 0, 0, 1, 1, 1]]), 2)
    assert between[0] == 49
    assert within[0] == 2


def test_where_nobody_differs_no_share_of_the_variance_lies_between_sites(tmp_path):
    made = design(tmp_path)
    found = np.zeros((5, 3))
    assert summarised(made, found)["control_change"]["share_between"] is None
    found[1] = 1.0
    assert summarised(made, found)["control_change"]["share_between"] == 0


def test_without_sites_nothing_is_shown_of_them(tmp_path):
    made = design(tmp_path, FULL)
    data = xr.Dataset(coords={"replicate": np.arange(3)})
    assert room.of_each_replicate(data, made).shape == (0, 3)


@pytest.mark.parametrize(("unit", "told"), [("1", "2.0 percentage points"), ("kU/L", "0.020 kU/L")])
def test_unit_shares_that_differ_between_sites_are_told_in_percentage_points(unit, told):
    """0.39 percentage points stood there of an SD of 0.39."""
    summary = {
        "primary": "easi75", "endpoints": {"easi75": {"label": "EASI-75", "unit": unit}},
        "sites": [{"label": "North", "patients": 0.5}, {"label": "South", "patients": 0.5}],
        "arms": [{"name": "placebo", "n": 20, "control": True}],
        "control_change": {"arm": "placebo", "between_sites_sd": 0.02, "within_sites_sd": 0.39,
                           "share_between": 0.003},
    }  # fmt: skip
    (says,) = of_sites(in_points(summary))
    within = "39.0" if unit == "1" else "0.39"
    assert f" differ by {told} (standard deviation) between sites and {within} within" in says
