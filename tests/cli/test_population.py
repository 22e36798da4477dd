"""`gutskin population`: what a script reads, and what is refused before any work (unit)."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gutskin.cli.output import model_entry
from gutskin.cli.program import app
from gutskin.model.overlay import biology_entry
from gutskin.model.usual_draws import biology_of_worlds

OVERLAY = Path(__file__).parents[2] / "examples" / "overlay"


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
    assert told["model"] == model_entry(biology_of_worlds(None))
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


def test_a_document_says_of_which_worlds_it_is_and_what_an_overlay_changes() -> None:
    """Unit: population, sensitivity, score and strain gave the hash alone of a user's biology."""
    own = biology_of_worlds(OVERLAY)
    told = model_entry(own)
    assert told["content_hash"] == own.content_hash != biology_of_worlds(None).content_hash
    assert told["draws"] == "prior"
    assert told["overlay"] == biology_entry(own)["overlay"]
    assert "strains.tsv: m1" in told["overlay"]["adds"]
