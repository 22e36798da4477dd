"""How many patients it takes: what is printed, and the figure."""

import io
import math
import re
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from synthetic import synthetic

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.report.console import Terminal
from gutskin.report.power import (
    headline,
    paint_power,
    print_power,
    sentences,
    with_ends,
    write_power_figures,
)
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.power import power_of
from gutskin.trials.power_summary import summarise_power

SHIPPED = load_trial("six-strain-children")
ANALYSIS = SHIPPED.analysis.model_copy(update={"endpoints": ("scorad",)})
DESIGN = SHIPPED.model_copy(update={"analysis": ANALYSIS})
BEST = "The best estimate of the difference that trials record is"
ON_LOGS = "The best estimate of the ratio of geometric means that trials record is"
NUMBERS = [20, 100, 500]


def summary_of(design=DESIGN, worlds=60, **how):
    data = synthetic(design, worlds, **how)
    analysis = analyse(data, design)
    return summarise_power(data, design, analysis, power_of(analysis, design, NUMBERS))


@pytest.fixture(scope="module")
def sure():
    return summary_of(effect=-8.0, spread=3.0)


@pytest.fixture(scope="module")
def open_():
    return summary_of(effect=-2.0, spread=5.0)


def printed(summary):
    stream = io.StringIO()
    print_power(summary, Terminal(file=stream, width=110))
    return stream.getvalue()


def test_where_the_trial_stands_to_the_evidence_is_told():
    """A number of patients stood there without a word of what real trials have seen."""
    data = synthetic(DESIGN, 60, effect=-8.0, spread=3.0)
    analysis = analyse(data, DESIGN)
    found = power_of(analysis, DESIGN, NUMBERS)
    told = summarise_power(data, DESIGN, analysis, found, shipped_biology())["applicability"]
    assert (told["where"], told["wider"]) == ("outside", None)
    said = printed({**summary_of(), "applicability": told}).replace("\n", " ")
    assert "Outside the evidence by strain (6 of them" in said
    assert "and nothing is made wider for it." in said
    assert "Outside the evidence" not in printed(summary_of())


@pytest.mark.parametrize(("error", "told"), [(1.4, False), (1.6, True), (None, False)])
def test_a_best_estimate_that_cannot_be_told_from_none_is_said_to_be_so(error, told):
    summary = summary_of()
    best = summary["effect"]["best_estimate"]
    share = abs(best) / 3.0
    summary["effect"] |= {"monte_carlo_error": None if error is None else error * share}
    said = " ".join(sentences(summary))
    assert ("no number of patients can be told from it" in said) == told
    assert ("80% power at the best estimate is open." in said) == told
    nowhere = " ".join(sentences(summary | {"n_for_80_power": None, "power_limit": 0.0}))
    assert ("not reached at any" in nowhere) == (not told)


@pytest.mark.parametrize(("limit", "says"), [(0.79, "at any number of"), (0.8, "by up to 1,000,0")])
def test_what_is_not_reached_where_its_limit_reaches_it_is_not_reached_by_what_was_looked_at(
    limit, says
):
    summary = summary_of() | {"n_for_80_power": None, "power_limit": limit, "worlds": 20}
    assert f"at the best estimate is not reached {says}" in " ".join(sentences(summary))
    few = summary | {"n_for_80_assurance": None, "assurance_limit": limit, "undecided": []}
    assert f"an assurance of 80% is not reached {says}" in headline(few)


def test_a_number_that_is_reached_stands_in_the_headline_with_its_interval(sure):
    needed, (low, high) = sure["n_for_80"], sure["n_for_80_assurance_ci95"]
    assert f"an assurance of 80% takes {needed} patients per arm ({low} to" in headline(sure)
    assert low <= needed
    assert high is None or needed <= high


def test_an_assurance_that_is_never_reached_says_where_it_ends(open_):
    assert open_["n_for_80"] is None
    says = headline(open_)
    assert "is not reached at any number of patients" in says
    assert f"the limit is {100 * open_['assurance_limit']:.0f}% (" in says
    assert "80% power at the best estimate takes" in sentences(open_)[0]


def test_an_assurance_that_may_or_may_not_be_reached_is_left_open(sure):
    undecided = {
        **sure, "n_for_80_assurance": None, "n_for_80_assurance_ci95": [1989, None],
        "undecided": [0.8, 0.9], "assurance_limit": 0.82, "assurance_limit_ci95": [0.71, 0.9],
    }  # fmt: skip
    says = headline(undecided)
    assert "is open; the limit is 82% (71 to 90%); it takes 1,989 patients per arm at" in says


def test_every_chance_in_the_table_has_its_interval(open_):
    lines = printed(open_).splitlines()
    for n in NUMBERS:
        (line,) = [line for line in lines if line.startswith(f"{n} ")]
        assert line.count("%)") == 3
    assert max(map(len, lines)) <= 110


def test_few_worlds_say_why_there_is_no_interval():
    text = " ".join(printed(summary_of(worlds=12)).split())
    assert "12 worlds, and the jackknife over 20 groups of them needs 40" in text
    assert "%)" not in text
    assert "In brackets" not in text


def test_brackets_are_explained_where_there_are_some_and_the_effect_is_named(sure):
    text = " ".join(printed(sure).split())
    assert "In brackets 95% confidence intervals" in text
    assert re.search(rf"\. {BEST} −?[\d.]+ points", text)


def test_the_best_estimate_and_its_ends_have_the_same_decimals(sure):
    effect = {**sure["effect"], "best_estimate": -3.21, "ci95_low": -13.52, "ci95_high": 0.94}
    says = sentences({**sure, "effect": effect})[0]
    assert f"{BEST} −3.2 points (in 95% of worlds −13.5 to 0.9, without" in says
    ratio = {"tested_on": "logarithm", "best_estimate": -0.2, "ci95_low": -0.9, "ci95_high": 0.3}
    says = sentences({**sure, "effect": {**effect, **ratio}})[0]
    assert f"{ON_LOGS} 0.82 (in 95% of worlds 0.41 to 1.35, without" in says


def test_why_it_is_another_number_than_the_true_effect_is_told(sure):
    """A report had two best estimates, and nothing said why."""
    error = "recorded_share_monte_carlo_error"
    less = {**sure, "effect": {**sure["effect"], "recorded_share": 0.92, error: 0.03}}
    assert "; it is 92% (±3) of the true effect, since errors, exp" in sentences(less)[0]
    assert "wash-out" not in sentences(less)[0]
    carried = {**sure, "effect": {**less["effect"], "carried_over": True}}
    assert ", and a wash-out leaves some of the first period" in sentences(carried)[0]
    same = {**sure, "effect": {**sure["effect"], "recorded_share": 1.002, error: 0.001}}
    assert "of the true effect" not in sentences(same)[0]


@pytest.mark.parametrize(("error", "told"), [(0.15, "129% (±15)"), (None, "129%")])
def test_a_share_that_worlds_do_not_tell_from_all_has_no_reason(sure, error, told):
    """It was 129% of forty worlds and all of two hundred, "since errors ... move" it."""
    effect = sure["effect"] | {"recorded_share": 1.29, "recorded_share_monte_carlo_error": error}
    says = sentences({**sure, "effect": effect})[0]
    assert f"; it is {told} of the true effect, which so few worlds do not tell from all" in says
    assert "since errors" not in says


SURE_SHARE = {"recorded_share": 0.8, "recorded_share_monte_carlo_error": 0.02}


@pytest.mark.parametrize(
    ("missing", "rule", "says"),
    [
        ("as observed", "as observed", ", and who is there need not fare as who is not."),
        ("completers", "completers", ", and who came to every visit need not fare as the others."),
        ("locf", "locf", ", and where a value is missing the one before it stands (locf)."),
        ("multiple imputation", "as observed", ", and who is there need not fare as who is not."),
    ],
)
def test_a_rule_for_missing_values_is_named_among_the_reasons(missing, rule, says):
    """Of what was carried forward it stood there that errors and expectation took it off."""
    rules = ANALYSIS.model_copy(update={"missing": missing, "method": "ancova"})
    design = DESIGN.model_copy(update={"analysis": rules})
    for dropout, its in ((0.3, rule), (0.0, None)):
        effect = summary_of(design, effect=-8.0, spread=3.0, dropout=dropout)["effect"]
        assert effect["missing"] == its
        told = sentences(summary_of() | {"effect": effect | SURE_SHARE})[0]
        assert "the scale move what is written down" + (says if its else ".") in told


def test_an_effect_of_nothing_needs_no_number():
    summary = summary_of(effect=0.0, spread=0.0)
    assert "there is no effect (in each of " in headline(summary)
    assert "so that no number of patients finds one" in headline(summary)
    assert "by chance, 2.5% on either side" in sentences(summary)[0]
    assert "takes" not in printed(summary)


def test_uneven_arms_are_written_out():
    arms = tuple(
        arm.model_copy(update={"n": n}) for arm, n in zip(DESIGN.arms, (40, 20), strict=True)
    )
    text = printed(summary_of(DESIGN.model_copy(update={"arms": arms}), effect=-8.0))
    assert "200 + 100" in text
    assert "patients on placebo" in text


def test_logarithmic_endpoints_are_told_as_a_factor():
    analysis = SHIPPED.analysis.model_copy(update={"endpoints": ("il5",), "primary": "il5"})
    summary = summary_of(SHIPPED.model_copy(update={"analysis": analysis}), effect=-6.0)
    assert summary["effect"]["ratio"] < 1
    best = f"{ON_LOGS} {summary['effect']['ratio']:.2f}"
    low, high = summary["effect"]["ratio_ci95"]
    assert low < summary["effect"]["ratio"] < high
    assert f"{best} (in 95% of worlds 0." in " ".join(printed(summary).split())
    near = {"best_estimate": math.log(0.99882), "ci95_low": math.log(0.954),
            "ci95_high": math.log(1.019)}  # fmt: skip
    weak = " ".join(printed({**summary, "effect": {**summary["effect"], **near}}).split())
    assert f"{ON_LOGS} 1.00 (in 95% of worlds 0.95 to 1.02" in weak


def test_the_figure_is_a_whole_file_that_says_what_it_shows(open_, tmp_path):
    paths = tmp_path / "power.svg", tmp_path / "power.png"
    write_power_figures(open_, *paths)
    text = "".join(ElementTree.parse(paths[0]).getroot().itertext())
    for part in ("Patients per arm", "assurance over worlds", "significant harm", "500", "ends at"):
        assert part in text
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again.svg"
    write_power_figures(open_, again)
    assert again.read_bytes() == paths[0].read_bytes()


@pytest.mark.parametrize(("limit", "above"), [(0.84, True), (0.7, False), (0.95, False)])
def test_where_assurance_ends_is_not_written_across_the_line_of_eighty_percent(open_, limit, above):
    """An example: at 84% the words stood on the dashed line."""
    canvas = Figure()
    paint_power(canvas, open_ | {"assurance_limit": limit, "undecided": []})
    (words,) = [one for one in canvas.axes[0].texts if "ends at" in one.get_text()]
    canvas.canvas.draw()
    ends = canvas.axes[0].transData.inverted().transform(words.get_window_extent())[:, 1]
    assert ends[0] > 80 or ends[1] < 80 or not above
    assert bool(ends[0] > 100 * limit) is above


def test_an_effect_for_the_worse_is_called_so_and_one_for_the_better_is_not(sure):
    worse = summary_of(effect=8.0, spread=3.0)
    assert worse["effect"]["for_the_worse"]
    assert "points, for the worse (in 95% of worlds" in " ".join(sentences(worse))
    assert not sure["effect"]["for_the_worse"]
    assert "worse" not in " ".join(sentences(sure))


def test_worlds_that_are_left_out_are_told_with_the_reason():
    data = synthetic(DESIGN, 60)
    data["measured"][:, :7, 0, :, -1] = float("nan")  # nobody of the first arm stays
    analysis = analyse(data, DESIGN)
    said = summarise_power(data, DESIGN, analysis, power_of(analysis, DESIGN, NUMBERS))
    assert said["worlds"] == 53
    name = DESIGN.active[0].name
    assert any(
        f"7 of 60 worlds of '{name}' could not be tested: 7 because in one of the two arms nobody"
        in text
        for text in said["warnings"]
    )


def test_every_arm_has_its_headline_and_what_words_mean_is_told_once():
    first = DESIGN.active[0]
    more = first.model_copy(update={"name": "half", "label": "Half dose"})
    design = DESIGN.model_copy(update={"arms": (first, more, DESIGN.control)})
    text = " ".join(printed(summary_of(design)).split())
    assert "each simulated with 2 arms of 20 against 20 patients" in text
    for name in ("Six-strain mix", "Half dose"):
        assert text.count(f"{name} against placebo on SCORAD:") == 1
    assert text.count("Power takes the best estimate for the truth") == 1


def test_few_worlds_are_called_too_few_and_one_is_no_plural():
    summary = summary_of(worlds=12)
    says = headline(summary)
    assert "12 worlds are too few to say how many patients it takes; in them" in says
    assert "the limit is" not in says
    assert "1 worlds" not in printed(summary | {"worlds": 1})


@pytest.mark.parametrize("active", [2, 3])
def test_the_figure_has_the_curves_of_every_active_arm(tmp_path, monkeypatch, active):
    first, control = SHIPPED.active[0], SHIPPED.control
    names = [f"mix{number}" for number in range(1, active + 1)]
    arms = [first.model_copy(update={"name": one, "label": f"Mix {one}"}) for one in names]
    summary = summary_of(DESIGN.model_copy(update={"arms": (*arms, control)}), effect=-4.0)
    assert list(summary["by_arm"]) == names
    drawn = {}

    def kept(canvas, path, **options):
        for axes in canvas.axes:
            drawn[axes.get_title("left")] = [
                line.get_ydata() for line in axes.lines if len(line.get_ydata()) == len(NUMBERS)
            ]

    monkeypatch.setattr("gutskin.report.figure_file.write_figure", kept)
    write_power_figures(summary, tmp_path / "power.svg")
    assert list(drawn) == [f"Mix {one}" for one in names]
    for name, (power, assurance, harm) in zip(names, drawn.values(), strict=True):
        rows = summary["by_arm"][name]["power"]
        assert list(power) == [100 * at["power"] for at in rows]
        assert list(assurance) == [100 * at["assurance"] for at in rows]
        assert list(harm) == [100 * at["harm"] for at in rows]


def test_near_certainty_has_an_interval_near_it(sure):
    for at in sure["power"]:
        low, high = at["power_ci95"]
        assert low <= at["power"] <= high
        if at["power"] > 0.999:
            assert low > 0.9
    assert any(at["power"] > 0.999 for at in sure["power"])


def test_unit_a_chance_of_next_to_nothing_is_under_a_hundredth_of_a_percent():
    """It stood as "under 0.000001% (0.000000 to 0.000002%)"."""
    told = {"harm": 2e-10, "harm_ci95": [0.0, 1.5e-8]}
    assert with_ends(told, "harm") == "under 0.01% (0.00 to under 0.01%)"
    sure = {"power": 1 - 1e-9, "power_ci95": [1 - 1e-7, 1 - 1e-12]}
    assert with_ends(sure, "power") == "over 99.99%"
    assert with_ends({"harm": 0.0104, "harm_ci95": [0.0098, 0.011]}, "harm").startswith("1.04%")


@pytest.mark.parametrize(
    ("primary", "method", "missing", "dropout", "told"),
    [
        ("scorad", "ancova", "as observed", 0.2, None),
        ("easi75", "ancova", "non-responder", 0.0, "own analysis: analysis of covariance, missing: "
         "non-responder (who has left counts as a failure)."),
        ("scorad", "ancova", "locf", 0.2, "own analysis: analysis of covariance, missing: locf."),
        ("scorad", "ancova", "jump to reference", 0.2, "itself is analysed by analysis of "
         "covariance, missing: jump to reference."),
        ("easi75", "g-computation", "non-responder", 0.0, "itself is analysed by the risk "
         "difference (g-computation), missing: non-responder."),
        ("easi75", "log-rank", "as observed", 0.0, "itself is analysed by the log-rank test."),
    ],
)  # fmt: skip
def test_the_analysis_whose_power_it_is_is_named_in_words(primary, method, missing, dropout, told):
    """An analysis of covariance with failures imputed was told as one "of what was recorded"."""
    part = {"primary": primary, "endpoints": (primary,), "method": method, "missing": missing}
    design = DESIGN.model_copy(update={"analysis": ANALYSIS.model_copy(update=part)})
    data = synthetic(DESIGN, 40, dropout=dropout)
    if primary == "easi75":
        data = data.assign_coords(
            endpoint=["easi75"], unit=("endpoint", ["1"]), lower_is_better=("endpoint", [False])
        )
        for name in ("measured", "latent"):
            data[name] = (data[name] < 35.0).astype(float).where(data["visit"] > 0, 0.0)
    analysis = analyse(data, design, endpoints_of(load_model(), (primary,)))
    summary = summarise_power(data, design, analysis, power_of(analysis, design, [20]))
    found = [one for one in summary["warnings"] if one.startswith("The power is that of")]
    assert len(found) == (told is not None)
    assert told is None or found[0].endswith(told)
