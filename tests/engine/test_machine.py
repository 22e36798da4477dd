"""What was compiled is kept on disk, and is not believed when it is not whole."""

from ctypes import addressof, c_int64

import pytest
from llvmlite import ir

from gutskin.engine import machine
from gutskin.engine.machine import Compiled
from gutskin.engine.vector_ir import I64, Code


def doubling():
    module = ir.Module("test")
    code = Code(module, "double", "double", ("x",), exported=True)
    x = code.arguments["x"]
    twice = code.builder.mul(code.count(x), I64(2))
    code.builder.store(twice, x)
    code.builder.ret_void()
    return module


def run(compiled):
    number = c_int64(21)
    compiled.function("double")(addressof(number))
    return number.value


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path))
    return tmp_path / machine.CACHE


def never():
    raise AssertionError("it was compiled before")


def test_unit_what_was_compiled_is_not_compiled_again(folder):
    assert run(Compiled(doubling, ["one"])) == 42
    assert len(list(folder.iterdir())) == 1
    assert run(Compiled(never, ["one"])) == 42
    with pytest.raises(AssertionError, match="compiled before"):
        Compiled(never, ["another"])


def test_unit_a_file_that_is_not_whole_is_compiled_anew(folder):
    Compiled(doubling, ["one"])
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    assert run(Compiled(doubling, ["one"])) == 42
    assert run(Compiled(never, ["one"])) == 42


def test_unit_a_folder_that_cannot_be_written_costs_the_compilation_alone(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path / "file"))
    assert run(Compiled(doubling, ["one"])) == 42
    assert (tmp_path / "file").is_file()


def test_unit_machine_code_that_another_could_have_written_is_compiled_anew(folder):
    Compiled(doubling, ["one"])
    (file,) = folder.iterdir()
    file.chmod(0o666)
    assert run(Compiled(doubling, ["one"])) == 42
    assert file.stat().st_mode & 0o022 == 0
    folder.chmod(0o777)
    assert run(Compiled(doubling, ["one"])) == 42
    with pytest.raises(AssertionError, match="compiled before"):
        Compiled(never, ["one"])
