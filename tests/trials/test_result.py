"""The summary and the files: keys, determinism, and old results that stay whole."""

import json
import re
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from synthetic import in_a_file, synthetic

from gutskin.report.answer import trials_that_find
from gutskin.statistics.untested import Untested
from gutskin.trials.analysis import analyse
from gutskin.trials.chunks import patient_table
from gutskin.trials.design import load_trial
from gutskin.trials.result import write_results
from gutskin.trials.result_folder import RESULT_FILES, ResultFolder
from gutskin.trials.run_record import RunRecord
from gutskin.trials.store import Damaged, Store
from gutskin.trials.summary import summarise, to_json

DESIGN = load_trial("six-strain-children")


def summary_of(data, other=None):
    pair = None if other is None else (other, analyse(other, DESIGN))
    return summarise(data, DESIGN, analyse(data, DESIGN), pair)


def test_keys_of_the_json():
    summary = summary_of(synthetic(DESIGN, 12), synthetic(DESIGN, 4, stance="article"))
    assert summary["trial"] == "six-strain-children"
    assert (summary["stance"], summary["replicates"], summary["seed"]) == ("evidence", 12, 1)
    assert [(arm["name"], arm["n"]) for arm in summary["arms"]] == [
        ("six_strain", 20),
        ("placebo", 20),
    ]
    assert set(summary["model"]) == {"version", "content_hash"}
    assert list(summary["endpoints"]) == list(DESIGN.analysis.endpoints)
    on_logarithms = {"il5", "il6", "il10", "ifn_gamma", "total_ige"}
    assert on_logarithms < set(summary["endpoints"])
    for name, one in summary["endpoints"].items():
        for arm in ("six_strain", "placebo"):
            means = {"baseline_mean", "end_mean", "change_mean", "change_sd"}
            means |= {"change_ratio"} if name in on_logarithms else set()
            assert set(one[arm]) == {*means, "monte_carlo_error"}
            assert set(one[arm]["monte_carlo_error"]) == means
        assert {
            "mean",
            "ci95_low",
            "ci95_high",
            "monte_carlo_error",
            "share_p_below_0_05",
            "share_p_below_0_05_for",
            "share_p_below_0_05_for_monte_carlo_error",
            "share_p_below_0_05_against_monte_carlo_error",
            "true_effect",
            "unit",
        } <= set(one["difference"])
        assert one["differences"] == {"six_strain": one["difference"]}
    assert summary["article_stance"]["replicates"] == 4
    assert summary["article_stance"]["endpoint"] == "scorad"
    assert summary["least_sure"][0]["parameter"] == "k_0"
    assert (
        len(summary["warnings"]) == 3
    )  # 12 and 4 repetitions are too few for intervals and shares
    assert any("IgE" in limit for limit in summary["limits"])


def test_same_data_same_json_to_the_last_digit():
    texts = {to_json(summary_of(synthetic(DESIGN, 9))) for _ in range(2)}
    assert len(texts) == 1


def test_nan_becomes_null_and_a_warning():
    data = synthetic(DESIGN, 4)
    data["measured"].loc[{"endpoint": "il6"}] = np.nan
    summary = json.loads(to_json(summary_of(data)))
    assert summary["endpoints"]["il6"]["difference"]["mean"] is None
    assert any("IL-6" in one and "no mean of it is known" in one for one in summary["warnings"])


def test_one_replicate_is_enough_and_has_neither_interval_nor_error():
    summary = json.loads(to_json(summary_of(synthetic(DESIGN, 1))))
    one = summary["endpoints"]["scorad"]["difference"]
    for its, over in ((one, "trials"), (one["true_effect"], "worlds")):
        assert its["mean"] is not None
        assert its["ci95_low"] is its["ci95_high"] is its["monte_carlo_error"] is None
        assert its["over"] == over
    assert one["share_p_below_0_05_monte_carlo_error"] > 0.2  # one trial says little of a share
    assert one["true_effect"]["certainty"] == "too few replicates"
    assert any("1 repetition," in text and "39" in text for text in summary["warnings"])
    assert any("one repetition has no scatter" in text for text in summary["warnings"])


def test_no_interval_below_39_replicates_and_one_from_39_on():
    for replicates, there in ((38, False), (39, True)):
        one = summary_of(synthetic(DESIGN, replicates))["endpoints"]["scorad"]["difference"]
        assert (one["ci95_low"] is not None) is there
        assert (one["true_effect"]["ci95_high"] is not None) is there


def test_the_other_stance_has_an_interval_by_the_same_rule():
    summary = summary_of(synthetic(DESIGN, 50), synthetic(DESIGN, 10, stance="article"))
    its = summary["article_stance"]["difference"]
    assert its["ci95_low"] is its["true_effect"]["ci95_high"] is None
    assert its["monte_carlo_error"] > 0
    assert any("under the article stance" in text for text in summary["warnings"])


def all_dropped(data):
    data["measured"].loc[{"endpoint": "easi", "arm": "placebo", "visit": 8}] = np.nan


def two_left(data):
    data["measured"].loc[{"endpoint": "easi", "visit": 8}].values[:, :, 1:] = np.nan


def all_alike(data):
    data["measured"].loc[{"endpoint": "easi", "visit": 8}] = 0.0


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (all_dropped, "in one of the two arms nobody has a value at both visits"),
        (two_left, "too few patients have values at both visits"),
        (all_alike, "the values at the last visit do not scatter"),
    ],
)
def test_a_difference_that_cannot_be_tested_says_why(spoil, reason):
    data = synthetic(DESIGN, 40, dropout=0)
    spoil(data)
    summary = summary_of(data)
    one = summary["endpoints"]["easi"]["difference"]
    assert one["tested"] == 0
    assert one["share_p_below_0_05"] is None
    says = [text for text in summary["warnings"] if text.startswith("The difference in EASI ")]
    assert len(says) == 1
    assert f"could not be tested in any repetition: {reason}" in says[0]
    assert not any("too few values were recorded" in text for text in summary["warnings"])
    assert summary["endpoints"]["scorad"]["difference"]["tested"] == 40


def test_unit_of_a_share_nothing_scatters_where_nobody_has_it():
    """Of food sensitisation "the values do not scatter" said nothing to a reader."""
    assert Untested.no_spread.of(share=True).startswith("in each arm nobody has it at the last")
    assert Untested.no_spread.of(share=False) == "the values at the last visit do not scatter"
    assert Untested.too_few.of(share=True) == Untested.too_few.words
    data = synthetic(DESIGN, 40, dropout=0)
    all_alike(data)
    analysis = analyse(data, DESIGN)
    one = replace(analysis.endpoints["easi"], unit="1")
    as_share = replace(analysis, endpoints={**analysis.endpoints, "easi": one})
    says = summarise(data, DESIGN, as_share)["warnings"]
    assert any("any repetition: in each arm nobody has it at the last visit" in text
               for text in says)  # fmt: skip


def test_replicates_that_cannot_be_tested_are_counted_and_not_called_failures():
    data = synthetic(DESIGN, 40, dropout=0, effect=-30, spread=0)
    data["measured"].loc[{"endpoint": "scorad", "arm": "placebo", "visit": 8}].values[:10] = np.nan
    summary = summary_of(data)
    one = summary["endpoints"]["scorad"]["difference"]
    assert one["tested"] == 30
    assert one["untestable"] == 10
    assert one["share_p_below_0_05_for"] == one["share_p_below_0_05"] == 0.75  # they found nothing
    assert one["share_p_below_0_05_against"] == 0.0
    (said,) = (text for text in summary["warnings"] if "in 10 of 40 repetitions" in text)
    assert said.endswith("They count as not significant.")
    assert "(10 repetitions could not be tested and found nothing)" in trials_that_find(summary)[0]


def test_a_logarithmic_endpoint_tells_its_ratio_beside_its_difference():
    one = summary_of(synthetic(DESIGN, 60, effect=-6, spread=1))["endpoints"]["il5"]["difference"]
    ratio, true = one["ratio"], one["true_effect"]["ratio"]
    assert ratio["ci95_low"] < true["ci95_low"] < true["mean"] < 1
    assert true["ci95_high"] < ratio["ci95_high"]
    # 6 of 9 points, half of IL-5's mean: z falls by 2/3, log by 2/3 times sd / mean
    assert true["mean"] == pytest.approx(np.exp(-6 / 9 * 4 / 8), rel=0.02)
    assert "ratio" not in summary_of(synthetic(DESIGN, 40))["endpoints"]["scorad"]["difference"]


def test_patient_table_holds_every_enrolled_patient():
    large = DESIGN.arms[1].model_copy(update={"n": 25})
    design = DESIGN.model_copy(update={"arms": (DESIGN.arms[0], large)})
    data = synthetic(design, 3)
    table = patient_table(data, design).to_pandas()
    assert len(table) == 3 * (20 + 25) * 3
    row = table.query("replicate == 2 and arm == 'placebo' and patient == 24 and visit_week == 8")
    point = {"endpoint": "tewl", "replicate": 2, "arm": "placebo", "patient": 24, "visit": 8}
    np.testing.assert_equal(row["tewl"].item(), float(data["measured"].sel(point)))
    assert row["tewl_true"].item() == float(data["latent"].sel(given="placebo", **point))
    row = table.query("replicate == 0 and arm == 'six_strain' and patient == 3 and visit_week == 4")
    point = {"endpoint": "il5", "replicate": 0, "arm": "six_strain", "patient": 3, "visit": 4}
    assert row["il5_true"].item() == float(data["latent"].sel(given="six_strain", **point))
    assert row["il5_true_on_placebo"].item() == float(data["latent"].sel(given="placebo", **point))


def test_files_can_be_read_back(tmp_path):
    data = synthetic(DESIGN, 5)
    daily = xr.DataArray(np.zeros((2, 57)), dims=("given", "day"), coords={"day": np.arange(57)})
    data["scorad_daily"] = daily
    out = tmp_path / "deep" / "result"
    halves = [data.isel(replicate=slice(3)), data.isel(replicate=slice(3, 5))]
    files = [in_a_file(one, DESIGN, tmp_path / str(i)) for i, one in enumerate(halves)]
    summary = summary_of(data)
    store = Store.beside(out)
    folder = ResultFolder(out, RunRecord("t", "{}", "m", "evidence", 1, 5, "p"), (), store)
    write_results(folder, summary, data, files, (), lambda path: path.write_text("page"), files[:1])
    assert sorted(path.name for path in out.iterdir()) == sorted(RESULT_FILES)
    assert json.loads((out / "result.json").read_text())["replicates"] == 5
    assert pq.read_table(out / "patients.parquet").num_rows == 5 * 40 * 3
    with xr.open_dataset(out / "trajectories.nc", engine="h5netcdf") as courses:
        by_arm = data["latent"].mean(("replicate", "arm", "patient"))
        xr.testing.assert_allclose(courses["latent_mean"], by_arm)
        shares = [0.025, 0.25, 0.5, 0.75, 0.975]  # the outer two hold 95%
        assert courses["quantile"].values.tolist() == shares
        of_arm = data["measured"].quantile(shares, ("replicate", "patient"))
        found = courses["measured_quantile"]
        xr.testing.assert_allclose(found, of_arm.transpose(*found.dims))
        assert courses["scorad_daily"].sizes["day"] == 57
        assert courses.attrs["model_hash"] == "0123abcd"
    assert [path.name for path in out.parent.iterdir()] == ["result"]


def test_a_chunk_damaged_after_it_was_written_stops_the_writing_and_keeps_the_old_result(tmp_path):
    data = synthetic(DESIGN, 2)
    out = tmp_path / "result"
    (file,) = files = [in_a_file(data, DESIGN, tmp_path / "chunks")]
    folder = ResultFolder(
        out, RunRecord("t", "{}", "m", "evidence", 1, 5, "p"), (), Store.beside(out)
    )
    write_results(folder, summary_of(data), data, files)
    old = (out / "result.json").read_bytes()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()  # the old result has the same file
    file.write_bytes(content)
    with pytest.raises(Damaged, match="was damaged after it was written"):
        write_results(folder, {"trial": "new"}, data, files)
    assert (out / "result.json").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chunks", "result"]


def test_closed_form_mean_and_quantiles_are_of_what_is_a_number():
    from gutskin.trials.result import QUANTILES, _about

    values = np.array([1.0, np.nan, 3.0, np.inf, 5.0])
    found = _about(values)
    assert found[0] == 3.0
    np.testing.assert_allclose(found[1:], np.quantile([1.0, 3.0, 5.0], QUANTILES))
    assert np.isnan(_about(np.array([np.nan]))).all()
    assert len(_about(np.array([np.nan]))) == len(found)


def test_notes_are_in_words_and_name_no_key():
    data = synthetic(DESIGN, 1)
    data["measured"].loc[{"endpoint": "il6"}] = np.nan
    data["latent"].loc[{"endpoint": "easi"}] = np.nan
    notes = summary_of(data)["warnings"]
    assert any("The difference in IL-6 between six-strain mix and placebo" in one
               for one in notes)  # fmt: skip
    assert any("The true difference in EASI between" in one for one in notes)
    for one in notes:
        assert not re.search(r"[a-z]_[a-z]|\bnull\b|\w\.(mean|difference|endpoints)", one), one
