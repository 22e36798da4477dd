"""The device, and how many patients are computed together on it."""

import os
import zlib
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from gutskin import disk_cache
from gutskin.engine import Pulse, Schedule, simulate, xla
from gutskin.engine.timeline import LANES
from gutskin.errors import InputError


class Decay:
    """One state that decays, at a rate of each patient's own."""

    state_ids = ("left",)
    parameter_ids = ("rate",)
    assigned_ids = ()
    scales = np.ones(1)

    def values(self, stance="evidence"):
        return {"rate": 1.0}

    def unit(self, name):
        return "1"

    def rhs(self, t, y, p):
        return -p[0] * y

    def observe(self, t, y, p):
        return y[:0]


def test_property_how_many_are_computed_together_changes_no_course():
    rates = np.linspace(0.1, 4.0, 150)
    schedule = Schedule(pulses=[Pulse("left", 1.0, 0.5)])
    start, times = np.ones((1, 150)), [0.0, 1.0, 3.0]
    found = [
        simulate(Decay(), {"rate": rates}, start, schedule, times, lanes=lanes)
        for lanes in (None, 16, 256)
    ]
    for other in found[1:]:
        np.testing.assert_allclose(other.states, found[0].states, rtol=1e-12)
        np.testing.assert_array_equal(other.steps, found[0].steps)


def test_unit_a_card_computes_more_together_but_no_more_than_there_are(monkeypatch):
    jax.config.update("jax_default_device", None)  # whatever was used before
    assert xla.lanes_for(100_000) == LANES
    monkeypatch.setattr(jax, "devices", lambda *_: [SimpleNamespace(platform="gpu")])
    found = [xla.lanes_for(patients) for patients in (1, 1000, 100_000)]
    assert found == [LANES, 1024, xla.GPU_LANES]


def test_unit_a_device_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="finds no device 'tpu'"):
        xla.use("tpu")
    assert xla.use("cpu")
    jax.config.update("jax_default_device", None)


@pytest.mark.parametrize("variable", ["JAX_COMPILATION_CACHE_DIR", "GUTSKIN_CACHE_DIR"])
def test_unit_a_cache_that_others_may_write_is_not_given_to_jax(
    tmp_path, monkeypatch, caplog, variable
):
    disk_cache._say_once.cache_clear()
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "cache"))
    folder = tmp_path / "cache" / ("xla" if variable == "GUTSKIN_CACHE_DIR" else "")
    before = os.umask(0o002)
    try:
        assert xla._cache_folder() == str(folder)
        (folder / "entry").write_text("as JAX writes it")
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert xla._cache_folder() == str(folder)
    folder.chmod(0o711)
    assert xla._cache_folder() is None
    folder.chmod(0o777)
    assert xla._cache_folder() is None
    assert caplog.records
    assert all(variable in record.getMessage() for record in caplog.records)
    assert "of entry: others may write to it" in caplog.text
    (tmp_path / "file").touch()
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "file" / "xla"))
    assert xla._cache_folder() is None


def test_unit_jax_is_told_of_the_cache_once_it_is_checked(tmp_path, monkeypatch):
    usual = jax.config.jax_compilation_cache_dir
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    try:
        for mode, told in ((0o700, str(tmp_path)), (0o707, None)):
            tmp_path.chmod(mode)
            xla.set_up()
            assert jax.config.jax_compilation_cache_dir == told
    finally:
        jax.config.update("jax_compilation_cache_dir", usual)


def test_unit_damaged_entries_of_jax_are_removed_and_others_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    whole = zlib.compress(b"code" * 100)
    changed = bytearray(whole)
    changed[-1] ^= 1
    monkeypatch.setattr(xla, "LARGEST_READ", 1000)
    entries = {
        "jit_large-1-cache": xla.ZLIB * 1001,
        "jit_whole-1-cache": whole,
        "jit_cut-1-cache": whole[:-3],
        "jit_changed-1-cache": bytes(changed),
        "jit_empty-1-cache": b"",
        "jit_otherwise-1-cache": b"\x28\xb5\x2f\xfd compressed in another way",
        "notes": whole[:-3],
    }
    for name, content in entries.items():
        (tmp_path / name).write_bytes(content)
    assert xla._cache_folder() == str(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "jit_large-1-cache", "jit_otherwise-1-cache", "jit_whole-1-cache", "notes",
    ]  # fmt: skip


def test_unit_entries_of_jax_are_read_once_in_a_process(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    (tmp_path / "jit_whole-1-cache").write_bytes(zlib.compress(b"code"))
    read = []
    monkeypatch.setattr(xla, "_decompresses", lambda content: not read.append(content))
    assert [xla._cache_folder() for _ in range(3)] == 3 * [str(tmp_path)]
    assert len(read) == 1
