"""A browser for the tests of the page: taken, brought, or told plainly that there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "bring_browser.py"


@pytest.fixture
def run(tmp_path):
    """A function that runs the script where nothing is installed but what is named."""

    def with_commands(**commands):
        for name, text in commands.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(
            [sys.executable, SCRIPT], env={**os.environ, "PATH": str(tmp_path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return with_commands


def test_one_that_is_there_is_taken_and_nothing_installed(run, tmp_path):
    done = run(chromium="", pdftotext="", **{"apt-get": f"echo called > {tmp_path}/called"})
    assert done.returncode == 0
    assert "run in" in done.stdout
    assert not (tmp_path / "called").exists()


def test_without_packages_it_says_plainly_that_tests_are_not_run(run):
    done = run()
    assert done.returncode == 1
    assert "NOT run" in done.stdout
    assert "apt-get install chromium" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator installs packages")
def test_packages_are_installed_where_they_may_be(run, tmp_path):
    bring = "\n".join(
        f"printf '#!/bin/sh\\n' > {tmp_path}/{name} && /bin/chmod +x {tmp_path}/{name}"
        for name in ("chromium", "pdftotext")
    )
    done = run(**{"apt-get": f'case "$*" in *install*) {bring} ;; esac'})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "brought" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator installs packages")
def test_what_the_package_manager_says_is_told(run):
    done = run(**{"apt-get": "echo 'E: Unable to locate package' >&2; exit 100"})
    assert done.returncode == 1
    assert "E: Unable to locate package" in done.stdout
