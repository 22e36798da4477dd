"""Another Python: answers what it is asked, and ends with whoever began it. Whole processes."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from asked_elsewhere import doubled, refused, refused_by_two, slept, unsendable

from gutskin.engine import interpreter as room
from gutskin.engine.interpreter import Gone, Interpreter

PATIENCE = 20  # seconds for a process to end; it takes one


@pytest.fixture
def other():
    other = Interpreter()
    yield other
    other.end()


def there_is(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # who has ended and was not waited for is still listed
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def ends(process):
    until = time.monotonic() + PATIENCE
    while there_is(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not there_is(process)


def test_it_answers_call_after_call_and_tells_on_its_way(other):
    heard = []
    assert [other(doubled, number, hear=heard.append) for number in (2, 3)] == [4, 6]
    assert heard == ["begun", "begun"]
    assert other(doubled, 4) == 8  # nobody hears


def test_what_a_function_raises_there_is_raised_here_with_its_place(other):
    with pytest.raises(KeyError, match="nobody") as caught:
        other(refused, "nobody")
    assert "asked_elsewhere.py" in str(caught.value.__cause__)
    assert not hasattr(caught.value, "__notes__")  # those are for users to read
    assert other(doubled, 1) == 2  # and it goes on


def test_one_that_is_killed_is_gone_now_and_later(other):
    def killed(process):
        os.kill(process, signal.SIGKILL)

    with pytest.raises(Gone):
        other(slept, 60, hear=killed)
    with pytest.raises(Gone):
        other(doubled, 1)


def test_what_cannot_be_sent_back_is_as_a_process_that_is_gone(other):
    with pytest.raises(Gone):
        other(unsendable)
    assert other(doubled, 1) == 2  # nothing of it was sent


def test_what_cannot_be_sent_there_is_refused_before_any_of_it_is(other):
    with pytest.raises((AttributeError, pickle.PicklingError)):
        other(doubled, lambda: None)
    assert other(doubled, 1) == 2


def test_an_error_that_cannot_be_made_here_is_as_a_process_that_is_gone(other):
    """Half of it would be left in the pipe, in front of the next answer."""
    for _ in range(2):
        with pytest.raises(Gone):
            other(refused_by_two)


def test_no_answer_is_taken_for_that_of_the_next_call(other):
    """Who hears may fail, as where standard error is closed."""

    def deaf(what):
        raise BrokenPipeError(what)

    with pytest.raises(BrokenPipeError):
        other(doubled, 4, hear=deaf)
    with pytest.raises(Gone):
        other(doubled, 1)


def test_it_finds_gutskin_and_no_module_of_the_folder_it_is_begun_in(tmp_path, monkeypatch):
    (tmp_path / "pickle.py").write_text("raise SystemExit('of the user')")
    monkeypatch.chdir(tmp_path)
    without = [one for one in sys.path if one and not (Path(one) / "gutskin").exists()]
    monkeypatch.setattr(sys, "path", without)
    here = Interpreter()
    try:
        assert here(doubled, 3) == 6
    finally:
        here.end()


def test_it_ends_in_the_middle_of_a_call(other):
    found = []

    def ask():
        try:
            other(slept, 60, hear=found.append)
        except Gone as error:
            found.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not found:
        time.sleep(0.01)
    other.end()
    asking.join(PATIENCE)
    assert isinstance(found[1], Gone)
    with pytest.raises(ProcessLookupError):  # nor is it left for somebody to wait for
        os.kill(found[0], 0)


def test_ctrl_c_is_for_who_began_it_alone(other):
    found = []
    other(slept, 0, hear=found.append)
    assert os.getsid(found[0]) == found[0] != os.getsid(0)
    os.kill(found[0], signal.SIGINT)
    assert other(doubled, 5) == 10


def test_without_a_python_to_begin_there_is_none(monkeypatch):
    for name in ("", "/no/such/python"):
        monkeypatch.setattr(room.sys, "executable", name)
        with pytest.raises(Gone):
            Interpreter()


def test_one_whose_beginner_was_interrupted_ends_without_a_word():
    begun = [sys.executable, "-P", "-c", room.BEGIN]
    ended = subprocess.run(begun, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert (ended.stdout, ended.stderr) == (b"", b"")


UNGUARDED = """
import sys
sys.path.append({here!r})
from asked_elsewhere import slept
from gutskin.engine.interpreter import Interpreter
print("begun", flush=True)
Interpreter()(slept, 600, hear=lambda process: print(process, flush=True))
"""


def test_it_ends_with_a_process_that_is_killed_and_runs_no_script_once_more(tmp_path):
    """A script that guards nothing is run once; who kills it kills the other, whatever it does."""
    script = tmp_path / "script.py"
    here = os.path.dirname(sys.modules[slept.__module__].__file__)
    script.write_text(UNGUARDED.format(here=here))
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as running:
        assert running.stdout.readline() == "begun\n"
        process = int(running.stdout.readline())
        running.kill()
    assert ends(process)
