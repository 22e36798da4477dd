"""The set-up script takes an interpreter that runs, and the uv that fits the machine."""

import ast
import hashlib
import importlib.util
import io
import json
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "set_up.py"


@pytest.fixture
def set_up(monkeypatch, tmp_path):
    """The script as a module, on a machine with nothing on PATH, no index and no pyenv."""
    specification = importlib.util.spec_from_file_location("set_up", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return module


def program(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def python(path, version):
    """A pretended interpreter that answers the script's question about itself."""
    return program(path, f"echo {version}\necho {path}")


def test_shim_that_fails_is_passed_over_for_the_interpreter_under_pyenv(set_up, tmp_path):
    program(tmp_path / "bin/python3.13", "exit 127")
    program(tmp_path / "bin/pyenv", f"echo {tmp_path}/pyenv")
    wanted = python(tmp_path / "pyenv/versions/3.13.0/bin/python3.13", "3.13")
    assert set_up.find_python("no-uv") == (wanted, "under pyenv")


def test_running_interpreter_on_path_comes_before_pyenv(set_up, tmp_path):
    python(tmp_path / ".pyenv/versions/3.13.0/bin/python3.13", "3.13")
    wanted = python(tmp_path / "bin/python3.12", "3.12")
    assert set_up.find_python("no-uv") == (wanted, "on PATH")


def test_working_interpreter_later_on_path_is_found(set_up, monkeypatch, tmp_path):
    program(tmp_path / "shims/python3.13", "exit 127")
    wanted = python(tmp_path / "bin/python3.13", "3.13")
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/bin")
    assert set_up.find_python("no-uv") == (wanted, "on PATH")


def test_interpreter_of_another_version_is_not_taken(set_up, tmp_path):
    python(tmp_path / "bin/python3.13", "3.11")
    assert set_up.find_python("no-uv") == (None, None)


def test_downloads_are_forbidden_exactly_when_an_interpreter_was_found(set_up):
    assert set_up.environment_for(Path("/some/python3.12"))["UV_PYTHON_DOWNLOADS"] == "never"
    assert set_up.environment_for(None)["UV_PYTHON_DOWNLOADS"] == "automatic"


def test_old_or_broken_uv_on_path_is_passed_over(set_up, monkeypatch, tmp_path):
    program(tmp_path / "old/uv", "echo uv 0.1.0")
    program(tmp_path / "broken/uv", "exit 1")
    wanted = program(tmp_path / "new/uv", "echo 'uv 99.0.1 (x86_64-unknown-linux-gnu)'")
    monkeypatch.setenv("PATH", f"{tmp_path}/old:{tmp_path}/broken:{tmp_path}/new")
    assert set_up.find_uv() == wanted


def index_page(digest):
    def file(name, **more):
        return {
            "filename": name,
            "url": f"../../files/{name}",
            "hashes": {"sha256": digest},
            **more,
        }

    return json.dumps(
        {
            "files": [
                file("uv-9.9.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
                file("uv-10.0.0-py3-none-musllinux_1_1_x86_64.whl"),
                file("uv-10.0.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
                file("uv-10.0.0-py3-none-macosx_11_0_arm64.whl"),
                file("uv-10.1.0-py3-none-musllinux_1_1_x86_64.whl", yanked="broken"),
                file("uv-11.0.0rc1-py3-none-musllinux_1_1_x86_64.whl"),
            ]
        }
    ).encode()


@pytest.fixture
def index(set_up, monkeypatch):
    """A package index that holds one uv, and the addresses asked of it."""
    buffer, asked = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("uv-10.0.0.data/scripts/uv", "#!/bin/sh\necho uv 10.0.0\n")
    wheel = buffer.getvalue()
    answers = {"digest": hashlib.sha256(wheel).hexdigest()}

    def fetch(url, index):
        asked.append(url)
        return index_page(answers["digest"]) if url.endswith("/") else wheel

    monkeypatch.setattr(set_up, "fetch", fetch)
    monkeypatch.setattr(set_up.platform, "machine", lambda: "x86_64")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example/simple")
    return answers, asked


def test_uv_is_downloaded_from_the_configured_index(set_up, index, tmp_path):
    set_up.bring_uv_by_download(tmp_path / "uv")
    assert set_up.uv_version(tmp_path / "uv/bin/uv") == (10, 0, 0)
    assert index[1] == [
        "https://index.example/simple/uv/",
        "https://index.example/files/"
        "uv-10.0.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ]


def test_download_with_another_checksum_is_refused(set_up, index, tmp_path):
    index[0]["digest"] = "0" * 64
    with pytest.raises(set_up.SetupError, match="not what the index says"):
        set_up.bring_uv_by_download(tmp_path / "uv")
    assert not (tmp_path / "uv/bin/uv").exists()


def test_script_reads_as_python_3_7():
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
