"""Work that needs more memory than there is gets refused; a container has less than its machine."""

import os

import pytest

from gutskin.population import memory


def test_closed_form_work_fits_if_it_and_the_program_fit_exactly(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 1e9)
    assert memory.memory_problem(4e8, "the work", "Take less.") is None
    found = memory.memory_problem(4.1e8, "the work", "Take less.")
    assert found.message == "the work needs about 1 GB of memory; this machine has 1 GB."
    assert found.remedy == "Take less."
    assert "about 5.6 GB" in memory.memory_problem(5e9, "the work", "Take less.").message


@pytest.mark.parametrize(
    ("written", "least"), [("1000000\n", 1e6), ("max\n", None), (None, None), ("1e30", None)]
)
def test_unit_a_container_may_use_what_it_is_given(monkeypatch, tmp_path, written, least):
    path = tmp_path / "memory.max"
    if written is not None:
        path.write_text(written)
    monkeypatch.setattr(memory, "CGROUP", path)
    whole = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    assert memory.machine_memory() == (least or whole)
    assert whole > 1e8
