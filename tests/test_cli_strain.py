"""`gutskin strain`: the list, cards of shipped strains and of an own one with a trial, refusals."""

import json
from pathlib import Path

import pytest

from gutskin.cli import main

OWN = """
[[strains]]
id = "mine"
label = "Mine 1"
species = "Lactiplantibacillus plantarum"
survival = 0.5

[[strains.trials]]
difference = -6.0
se = 1.5
weeks = 8
cfu_per_day = 1e10
population = "ad_child"
"""


def test_unit_the_list_names_every_strain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strain"]) == 0
    shown = capsys.readouterr().out
    for name in ("w23", "lgg", "Bifidobacteria", "hn001"):
        assert name in shown
    assert main(["strain", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    lgg = next(row for row in rows if row["id"] == "lgg")
    assert lgg["known"]["regulation"] == "measured"


def test_unit_what_follows_is_of_the_worlds_that_are_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for asked, told in ([], "posterior"), (["--draws", "prior"], "prior"), (["--draws", "1"], "1"):
        assert main(["strain", "LGG", "--no-simulate", "--json", *asked]) == 0
        card = json.loads(capsys.readouterr().out)
        assert card["draws"] == card["model"]["draws"] == told


def test_unit_a_card_says_from_where_each_trait_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strain", "LGG", "--no-simulate", "--json"]) == 0
    (member,) = json.loads(capsys.readouterr().out)["members"]
    traits = {one["id"]: one for one in member["traits"]}
    assert traits["regulation"]["level"] == "measured"
    assert "MA0005" in traits["regulation"]["evidence"]
    assert traits["survival"]["level"] in ("species", "genus", "class", "prior")
    assert traits["survival"]["now"]["low"] < traits["survival"]["now"]["high"]
    assert {one["id"] for one in member["trials"]} == {"lgg_gruber", "lgg_kalliomaki"}


def test_unit_unknown_names_come_at_once_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["strain", "W5x", "LGX", "w23", "W23"]) == 2
    told = capsys.readouterr().err
    assert "did you mean 'w5" in told.lower()
    assert "there is no strain 'LGX'" in told
    assert "more than once" in told


def test_unit_a_file_without_strains_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("name = 'x'\n")
    assert main(["strain", "mine", "--file", str(path)]) == 2
    assert "no strain of its own" in capsys.readouterr().err


def test_unit_faults_of_a_file_have_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace("survival = 0.5", "survival = 5").replace("se = 1.5", "se = -1"))
    assert main(["strain", "mine", "--file", str(path)]) == 2
    told = capsys.readouterr().err
    assert f"{path}:6: survival cannot be 5" in told
    assert f"{path}:10: " in told


@pytest.mark.parametrize("se", ["1e160", "1e150", "1e-300"])
def test_unit_an_error_that_no_trial_has_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], se: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace("se = 1.5", f"se = {se}"))
    assert main(["strain", "mine", "--file", str(path), "--no-simulate"]) == 2
    assert f"{path}:10: `se = {float(se):g}`" in capsys.readouterr().err


@pytest.mark.slow
def test_property_an_own_strain_with_a_trial_moves_and_is_surer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    assert main(["strain", "Mine 1", "--file", str(path), "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    traits = {one["id"]: one for one in card["members"][0]["traits"]}
    assert traits["survival"]["level"] == "measured"
    before, now = traits["regulation"]["before"], traits["regulation"]["now"]
    assert now["value"] > before["value"] + 0.3
    assert now["high"] - now["low"] < 0.9 * (before["high"] - before["low"])
    (trial,) = card["members"][0]["trials"]
    assert trial["counts"]
    assert trial["expected"] > -6.0
    assert sum(one["share"] for one in card["doubts"]) == pytest.approx(1.0)
    assert sum(card["levels"].values()) == pytest.approx(1.0)
    middle = next(
        one for one in card["effects"]
        if (one["who"], one["cfu_per_day"], one["weeks"], one["age_years"])
        == ("children with atopic dermatitis", 4e9, 12.0, [3.0, 13.0])
    )  # fmt: skip
    assert middle["ci95_low"] < middle["mean"] < middle["ci95_high"]
    assert middle["mean"] < -1.0
