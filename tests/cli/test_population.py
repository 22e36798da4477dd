"""`gutskin population`: what a script reads, and what is refused before any work (unit)."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gutskin.cli.program import app


def asked(*words: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, ["population", *words])
    return done.exit_code, done.stdout, done.exception


def test_the_document_holds_every_target_drawn_and_matched(tmp_path: Path) -> None:
    figure = tmp_path / "older.png"
    words = ("ad_older", "--worlds", "2", "--patients", "64", "--match", "--json")
    status, out, _ = asked(*words, "--figure", str(figure))
    assert status == 0
    told = json.loads(out)
    assert (told["population"], told["worlds"], told["patients"]) == ("ad_older", 2, 64)
    assert told["of"] == len(told["targets"]) >= 4
    assert told["met"] == sum(one["met"] for one in told["targets"])
    assert 0.0 < told["matched"]["least_effective_share"] <= 1.0
    assert all(one["matched"] is not None for one in told["targets"])
    assert all(one["interval"] is None for one in told["targets"])  # two worlds have none
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["newborn", "--match"], "followed from birth"),
        (["ad_child", "--figure", "x.pdf"], "a figure is an .svg or a .png file"),
        (["ad_chilt"], "no population 'ad_chilt'"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(words: list[str], says: str) -> None:
    status, out, error = asked(*words)
    assert status != 0
    assert out == ""
    assert says in str(error)
