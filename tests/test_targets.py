"""The default populations beside the reference values: what is met stays met.

A row that is not met yet stands in NOT_YET; the list may only shrink.
"""

import fcntl
import json
from dataclasses import asdict

import pytest

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.model.evidence import load_evidence
from gutskin.population import targets
from gutskin.population.targets import Result, evaluate_targets, read_targets

NOT_YET = {
    "tewl_lesional_ratio_child",
    "tewl_lesional_ratio_adult",
    "carriage_lesional_child",
    "carriage_nonlesional_child",
}


@pytest.fixture(scope="session")
def results(tmp_path_factory, worker_id):
    """All targets, evaluated once for all workers of a test run."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    kept = folder / "targets.json"
    with (folder / "targets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            found = [asdict(one) for one in evaluate_targets(load_model())]
            kept.write_text(json.dumps(found))
    return {one["id"]: Result(**one) for one in json.loads(kept.read_text())}


@pytest.mark.parametrize("name", read_targets(load_model()))
def test_a_target_that_is_met_stays_met(name, results, record_property):
    one = results[name]
    record_property("target", [one.label, one.value, one.low, one.high, one.unit, one.met])
    where = f"{one.label}: {one.value:.4g}, wanted {one.low:g} to {one.high:g} {one.unit}"
    if name in NOT_YET:
        assert not one.met, f"{where}: it is met now; take it out of NOT_YET."
    else:
        assert one.met, where


def test_nothing_stands_in_the_list_that_is_no_target():
    assert NOT_YET <= read_targets(load_model()).keys()


def test_every_target_names_evidence_that_exists():
    known = load_evidence(load_model().tables.folder)
    rows = read_targets(load_model()).values()
    unknown = {row.id: set(row.items("evidence")) - known.keys() for row in rows}
    assert {name: ids for name, ids in unknown.items() if ids} == {}
    assert all(row.items("evidence") for row in rows)


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("statistic", "mode"),
        ("given", "scorad>25"),
        ("given", "scorad>=1000"),
        ("versus", "healthy_child"),
        ("operation", "sum"),
        ("quantity", "scorat"),
        ("population", "ad_chilt"),
    ],
)
def test_a_wrong_row_is_refused(column, wrong, monkeypatch, tmp_path):
    row = next(iter(read_targets(load_model()).values()))
    cells = row.cells | {
        "id": "row", "population": "ad_child", "quantity": "scorad", "versus": "ad_child:scorad",
        "operation": "ratio", "given": "scorad>=0", "statistic": "mean", column: wrong,
    }  # fmt: skip
    changed = type(row)(cells, row.file, row.line)
    monkeypatch.setattr(targets, "read_targets", lambda model: {"row": changed})
    with pytest.raises(InputError):
        evaluate_targets(load_model(), patients=4)


def test_statistics_are_what_they_say(monkeypatch):
    row = next(iter(read_targets(load_model()).values()))
    common = {"population": "ad_child", "quantity": "scorad", "given": "", "at_day": ""}
    plain = row.cells | common | {"versus": "", "operation": ""}
    against = plain | {"versus": "ad_child:scorad"}
    table = {
        "mean": plain | {"statistic": "mean"},
        "least": plain | {"statistic": "share_above:-1"},
        "ratio": against | {"statistic": "mean", "operation": "ratio", "given": "scorad>=20"},
        "difference": against | {"statistic": "median", "operation": "difference"},
        "half_life": plain
        | {"population": "-", "quantity": "k_ige", "statistic": "half_life"},
    }
    rows = {
        name: type(row)(cells | {"id": name}, row.file, row.line) for name, cells in table.items()
    }
    monkeypatch.setattr(targets, "read_targets", lambda model: rows)
    found = {one.id: one.value for one in evaluate_targets(load_model(), patients=4)}
    assert 0 < found["mean"] < 103
    assert found["least"] == 1.0
    assert found["ratio"] == 1.0
    assert found["difference"] == 0.0
    assert found["half_life"] * load_model().values()["k_ige"] == pytest.approx(0.6931, abs=1e-4)
