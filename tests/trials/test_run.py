"""A trial in chunks: the same numbers as in one piece, whatever order, interruption or executor."""

import os
import random
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import xarray as xr

from gutskin.engine import SimulationFailed
from gutskin.model.compiled import load_model
from gutskin.trials import batches as batches_room
from gutskin.trials import chunks as chunk_room
from gutskin.trials import conduct as conduct_room
from gutskin.trials import failures as failure_room
from gutskin.trials import under_arm
from gutskin.trials.analysis import analyse
from gutskin.trials.chunks import chunks_of, compute
from gutskin.trials.computing import in_this_process
from gutskin.trials.design import TrialDesign
from gutskin.trials.run import run_trial
from gutskin.trials.store import Store
from gutskin.trials.study import prepare as prepare_study
from gutskin.trials.summary import summarise, to_json

SEED, REPLICATES = 11, 12
DESIGN = TrialDesign.model_validate(
    {
        "name": "tiny",
        "population": "ad_child",
        "eligibility": {"scorad": (20.0, 103.0)},
        "visits": {"weeks": (0.0, 1.0), "screening_weeks": 1.0},
        "arms": (
            {"name": "active", "n": 3, "interventions": (
                {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9},
            )},
            {"name": "placebo", "n": 4, "control": True},
        ),
        "conduct": {"dropout_share": 0.1},
        "analysis": {"primary": "scorad", "endpoints": ("scorad", "il5")},
    }
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(batches_room, "LARGEST", 28)  # four replicates


def run(store=None, compute=None, replicates=REPLICATES, **options):
    return run_trial(
        DESIGN, load_model(), replicates, SEED, store=store, compute=compute, **options
    )


def text_of(trial):
    return to_json(summarise(trial.shown, DESIGN, trial.analysis, failures=trial.failures))


@pytest.fixture(scope="module")
def whole():
    """The same trial in one piece, cut in other places."""
    return run_trial(DESIGN, load_model(), REPLICATES, SEED, keep_patients=True)


@pytest.fixture(scope="module")
def text(whole):
    return to_json(summarise(whole.data, DESIGN, analyse(whole.data, DESIGN)))


def backwards(chunks, work):
    yield from reversed(list(in_this_process(load_model(), chunks, work, compute)))


def test_in_chunks_and_in_any_order_the_json_is_the_same_to_the_last_digit(text, tmp_path):
    stores = [Store(tmp_path / name) for name in ("one", "other")]
    trials = [run(stores[0]), run(stores[1], backwards)]
    assert [text_of(trial) for trial in trials] == [text, text]
    one, other = ([path.read_bytes() for path in trial.files] for trial in trials)
    assert one == other
    assert text_of(run()) == text  # without a store


def test_a_chunk_comes_back_from_its_file_as_it_was(whole, tmp_path):
    study = prepare_study(DESIGN, load_model(), REPLICATES, SEED, "evidence")
    work = conduct_room.WorkCounter(None, 7 * REPLICATES, 2)
    never_written = conduct_room.conduct_batch(study, REPLICATES, work).data
    trial = run(Store(tmp_path))
    for data in (trial.data, whole.data):  # from files, and from bytes in memory
        for name in ("measured", "latent"):
            xr.testing.assert_identical(data[name], never_written[name])
    # sums over other parts are rounded otherwise
    xr.testing.assert_identical(trial.data.drop_vars("course"), whole.data.drop_vars("course"))
    xr.testing.assert_allclose(trial.data["course"], whole.data["course"], rtol=1e-12)
    assert never_written["measured"].isnull().any()
    table = pa.concat_tables([pq.read_table(path) for path in trial.files])
    assert table["scorad"].null_count > 0
    assert not any(pc.any(pc.is_nan(table[name])).as_py() for name in ("scorad", "il5_true"))


def test_an_interrupted_run_keeps_its_chunks_and_the_next_goes_on(text, tmp_path):
    store, computed, told = Store(tmp_path / "kept"), [], []

    def interrupted(chunks, work):
        for one in in_this_process(load_model(), chunks, work, compute):
            if len(store.finished(chunks)) == 2:
                raise KeyboardInterrupt
            yield one

    def counted(chunks, work):
        computed.extend(chunks)
        yield from in_this_process(load_model(), chunks, work, compute)

    with pytest.raises(KeyboardInterrupt):
        run(store, interrupted)
    broken = store.folder / sorted(os.listdir(store.folder))[0]
    broken.write_bytes(broken.read_bytes()[:1000])  # as a full disk leaves it
    assert text_of(run(store, counted, tell=told.append)) == text
    assert len(computed) == 2
    assert told == [
        "1 of 3 chunks was finished before; going on.",
        f"1 of 3 chunks was damaged on the disk and is computed again ({broken}).",
    ]


def damages():
    """What happens to files, drawn at random: bytes flipped, cut, emptied, exchanged."""
    draw = random.Random(7)

    def flip(path, others):
        content = bytearray(path.read_bytes())
        for _ in range(draw.choice([1, 1, 1, 2, 100])):
            content[draw.randrange(len(content))] ^= draw.randrange(1, 256)
        path.write_bytes(content)

    def flip_at_an_end(path, others):
        content = bytearray(path.read_bytes())
        content[draw.choice([draw.randrange(8), -1 - draw.randrange(2000)])] ^= 1
        path.write_bytes(content)

    def cut(path, others):
        os.truncate(path, draw.randrange(path.stat().st_size))

    def exchange(path, others):
        other = draw.choice(others)
        content = path.read_bytes()
        path.write_bytes(other.read_bytes())
        other.write_bytes(content)

    def rename(path, others):
        other = draw.choice(others)
        other.unlink()
        path.rename(other)

    kinds = [flip, flip, flip, flip_at_an_end, flip_at_an_end, cut, exchange, rename]
    return [pytest.param(one, id=f"{i}-{one.__name__}") for i, one in enumerate(kinds * 2)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The three chunks of the trial, and three of another seed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches_room, "LARGEST", 28)
        store = Store(tmp_path_factory.mktemp("finished"))
        files = run(store).files
        other = run_trial(DESIGN, load_model(), REPLICATES, SEED + 1, store=store).files
    return {path.name: path.read_bytes() for path in (*files, *other)}, files


@pytest.mark.parametrize("damage", damages())
def test_property_whatever_happens_to_its_files_the_result_is_the_same_to_the_last_bit(
    damage, finished, text, tmp_path
):
    content, files = finished
    store, told = Store(tmp_path / "kept"), []
    store.folder.mkdir()
    for name, its in content.items():
        (store.folder / name).write_bytes(its)
    mine = store.folder / files[len(told) % 3].name
    damage(mine, [path for path in sorted(store.folder.iterdir()) if path != mine])
    trial = run(store, tell=told.append)
    assert text_of(trial) == text
    assert [path.read_bytes() for path in trial.files] == [content[path.name] for path in files]
    assert any("damaged on the disk and " in line for line in told) or any(
        "2 of 3 chunks were finished before" in line for line in told
    )


def test_the_chunks_of_an_earlier_result_are_used_again_and_the_run_says_so(text, tmp_path):
    old, told = Store(tmp_path / "patients.parquet"), []
    run(old)

    def nobody(chunks, work):
        assert not chunks
        yield from ()

    new = Store(tmp_path / "unfinished", (old.folder,))
    assert text_of(run(new, nobody, tell=told.append)) == text
    assert told == [
        f"All 3 chunks were computed before and are used again, from {old.folder}. "
        "Remove that folder to compute them anew."
    ]
    more = run(new, replicates=REPLICATES + 4)
    assert [path.parent for path in more.files] == [*[old.folder] * 3, new.folder]


def test_the_name_of_a_chunk_changes_with_whatever_its_numbers_depend_on(monkeypatch):
    def names(design=DESIGN, model="abc", stance="evidence", seed=1, replicates=REPLICATES, **more):
        return [one.name for one in chunks_of(design, model, stance, seed, replicates, **more)]

    base = names()
    assert len(set(base)) == 3
    assert names(replicates=24)[:3] == base
    other = DESIGN.model_copy(update={"name": "other"})
    for changed in (
        names(other),
        names(model="abd"),
        names(stance="article"),
        names(seed=2),
        names(explained=False),
    ):
        assert not set(changed) & set(base)
    monkeypatch.setattr(chunk_room, "program", lambda: "another")
    assert not set(names()) & set(base)


def test_a_run_that_explains_nothing_has_the_same_numbers_and_follows_nobody_once_more(
    whole, monkeypatch
):
    monkeypatch.setattr("gutskin.trials.routes.without", lambda *args: pytest.fail("a route"))
    bare = run_trial(DESIGN, load_model(), REPLICATES, SEED, keep_patients=True, explained=False)
    for name in ("measured", "latent", "world"):
        np.testing.assert_array_equal(bare.data[name].values, whole.data[name].values)
    assert not {"course", "effect_without"} & set(bare.shown)
    assert {"course", "effect_without"} <= set(whole.shown)
    assert whole.analysis.lost_without
    assert not bare.analysis.lost_without
    assert bare.analysis.least_sure == whole.analysis.least_sure


def test_progress_counts_only_what_is_left(tmp_path):
    store, told = Store(tmp_path), []
    files = run(store).files
    files[0].unlink()
    run(store, progress=lambda done, total: told.append((done, total)))
    assert told[0][1] < 6 * 7 * 12  # of three chunks
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.fixture
def two_lost(monkeypatch):
    """Two patients of the follow-up whose endpoint leaves its scale."""
    right = under_arm.checked

    def checked(study, keys, stage, courses, start, endpoints, values, *, numerics):
        for lane in np.flatnonzero((keys[:, 0] == 5) & (keys[:, 2] % 2 == 0))[:1]:
            values[0, -1, lane] = 1000.0
        return right(study, keys, stage, courses, start, endpoints, values, numerics=numerics)

    monkeypatch.setattr(under_arm, "checked", checked)


def test_more_failures_than_one_in_a_thousand_stop_the_run(two_lost, tmp_path):
    with pytest.raises(SimulationFailed, match=r"of 84 patients .* SCORAD is 1000, outside 0 to"):
        run(Store(tmp_path))


def test_who_failed_is_left_out_and_named_and_no_summary_holds_nan(
    two_lost, text, tmp_path, monkeypatch
):
    monkeypatch.setattr(failure_room, "LIMIT", 0.5)
    trial = run(Store(tmp_path))
    assert trial.failures
    assert {one.replicate for one in trial.failures} == {5}
    summary = summarise(trial.shown, DESIGN, trial.analysis, failures=trial.failures)
    assert summary["failed_patients"] >= 1
    assert "left out" in summary["warnings"][0]
    assert "NaN" not in to_json(summary)
    assert to_json(summary) != text
    assert summary["endpoints"]["scorad"]["difference"]["true_effect"]["mean"] is not None
    assert text_of(run(Store(tmp_path))) == text_of(trial)  # from the files


def test_a_failed_patient_is_followed_again_from_his_file(two_lost, tmp_path, monkeypatch):
    from gutskin.population.course import follow as follow_one
    from gutskin.population.course import prepare
    from gutskin.population.patient_file import load_patient

    monkeypatch.setattr(failure_room, "LIMIT", 0.5)
    trial = run(replicates=8)
    one = trial.failures[0]
    path = tmp_path / one.file_name
    path.write_text(failure_room.to_toml(one))
    course = follow_one(prepare(load_patient(path)))
    study = prepare_study(DESIGN, load_model(), 8, SEED, "evidence")
    work = conduct_room.WorkCounter(None, 56, 2)
    enrolled = conduct_room.enrol(study, 8, work)
    lane = (enrolled.keys[:, 0] == one.replicate) & (enrolled.keys[:, 2] == one.index)
    start = enrolled.start[:, lane][:, 0]
    ids = load_model().state_ids
    assert [course.quantities[name][0] for name in ids] == pytest.approx(start, rel=1e-6)
    assert course.times[-1] == 7


# Whoever is started in the background of a shell ignores Ctrl-C; here it is to be heard.
SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from gutskin.trials import batches
from gutskin.cli import run
batches.LARGEST = 40
sys.argv = ["gutskin", *sys.argv[1:]]
run()
"""


@pytest.mark.parametrize(
    ("processes", "flags"),
    [
        pytest.param("1", [], id="threads", marks=pytest.mark.slow),
        pytest.param("2", [], id="processes"),
        pytest.param("1", ["--dask", "local"], id="dask", marks=pytest.mark.slow),
    ],
)  # quick, of one process: test_interrupt.py, cli/test_trial.py; of dask: test_cluster_work.py
def test_ctrl_c_ends_the_program_at_once_and_keeps_what_was_finished(
    tmp_path, monkeypatch, processes, flags
):
    monkeypatch.setenv("GUTSKIN_PROCESSES", processes)
    out, store = tmp_path / "out", tmp_path / ".out.unfinished"
    command = [sys.executable, "-c", SCRIPT, "trial", "six-strain-children"]
    command += ["--replicates", "2000", "--out", str(out), *flags]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        while not list(store.glob("evidence-*.parquet")):
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        running.wait()
        assert time.monotonic() - began < 5  # 0.1 to 0.4 s on a busy machine, a second allowed
        said = running.stderr.read()
    assert running.returncode == 130
    assert re.search(rf"chunks? (is|are) finished and kept in {re.escape(str(store))}", said)
    assert "goes on from there." in said
    assert "Interrupted. Earlier results are untouched." in said
    assert not out.exists()
