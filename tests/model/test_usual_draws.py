"""Of which worlds a trial is foretold if nobody says."""

from dataclasses import replace
from pathlib import Path

import pytest

from gutskin.cli import loading
from gutskin.cli.options import Draws
from gutskin.errors import InputError
from gutskin.model.biology import (
    DRAWS,
    ENSEMBLE,
    EXPERIMENTS,
    OUTSIDE,
    POSTERIOR,
    PRINTED,
    PRIOR,
    Biology,
    Overlay,
)
from gutskin.model.joint_draws import MADE_OF
from gutskin.model.overlay import biology_of
from gutskin.model.usual_draws import NO_POSTERIOR, biology_of_worlds, usual_draws

TREE = {
    "parameters.tsv": "id\tvalue\nvmax_th2\t1\n",
    "strains.tsv": "id\tlabel\nw23\tW23\n",
    "populations.toml": "[ad_child]\n",
    "model.toml": 'once = ["one.ant"]\n',
    "one.ant": "# nothing\n",
}


@pytest.fixture
def shipped(tmp_path: Path) -> Biology:
    """A small biology whose ensemble was made of its numbers."""
    for name, text in TREE.items():
        (tmp_path / name).write_text(text)
    biology = Biology(tmp_path)
    row = "vmax_th2\tposterior\t" + " ".join(["0.5"] * 20)
    text = f"{MADE_OF}{biology.numbers_hash}; a test\nid\tset\tdraws\n{row}\n"
    (tmp_path / ENSEMBLE).write_text(text)
    return biology


def with_files(biology: Biology, **texts: str) -> Biology:
    """The same with an overlay; a `_` of a name is the dot before its ending."""
    named = tuple((name.replace("_", "."), text) for name, text in texts.items())
    return replace(biology, overlay=Overlay(Path("own"), named))


def test_it_is_the_posterior_where_that_is_of_these_numbers(shipped: Biology) -> None:
    assert usual_draws(shipped) == POSTERIOR
    assert usual_draws(replace(shipped, draws="1")) == POSTERIOR


def test_it_is_the_prior_where_the_table_is_missing_or_of_older_numbers(shipped: Biology) -> None:
    (shipped.folder / "parameters.tsv").write_text("id\tvalue\nvmax_th2\t2\n")
    assert usual_draws(Biology(shipped.folder)) == PRIOR
    (shipped.folder / ENSEMBLE).unlink()
    assert usual_draws(Biology(shipped.folder)) == PRIOR


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_another_experiment_leaves_the_worlds_of_these_numbers(shipped: Biology, name: str) -> None:
    content, numbers = shipped.content_hash, shipped.numbers_hash
    (shipped.folder / name).write_text('[C01]\ntitle = "another"\n')
    other = Biology(shipped.folder)
    assert other.content_hash != content
    assert other.numbers_hash == numbers
    assert usual_draws(other) == POSTERIOR


@pytest.mark.parametrize("name", [OUTSIDE, PRINTED])
def test_what_the_posterior_has_learnt_beside_its_worlds_changes_the_model_in_them_alone(
    shipped: Biology, name: str
) -> None:
    before = {draws: replace(shipped, draws=draws).content_hash for draws in DRAWS}
    (shipped.folder / name).parent.mkdir(exist_ok=True)
    (shipped.folder / name).write_text("id\twider\nage\t1.5\n")
    changed = {
        draws for draws in DRAWS
        if Biology(shipped.folder, draws=draws).content_hash != before[draws]
    }  # fmt: skip
    assert changed == {POSTERIOR}
    assert Biology(shipped.folder).numbers_hash == shipped.numbers_hash


@pytest.mark.parametrize(
    ("texts", "usual"),
    [
        ({"strains_tsv": "id\tlabel\nmine\tMine\n"}, POSTERIOR),
        ({"strains_tsv": "id\tlabel\nw23\tOther\n"}, PRIOR),
        ({"populations_toml": "[mine]\n"}, POSTERIOR),
        ({"populations_toml": "[ad_child]\n"}, PRIOR),
        ({"parameters_tsv": "id\tvalue\nk_mine\t1\n"}, PRIOR),
        ({"strains_tsv": "id\tlabel\nmine\tMine\n", "one_ant": "# other\n"}, PRIOR),
        ({"model_toml": "once = []\n"}, PRIOR),
        ({"trials/mine_toml": "", "references_bib": "@article{a,}\n"}, POSTERIOR),
        ({}, POSTERIOR),
    ],
)
def test_an_overlay_keeps_it_as_long_as_it_only_adds_beside_the_numbers(
    shipped: Biology, texts: dict[str, str], usual: str
) -> None:
    assert usual_draws(with_files(shipped, **texts)) == usual


def test_who_asks_is_given_what_he_asked_for() -> None:
    for draws in DRAWS:
        assert biology_of_worlds(None, draws).draws == draws
    with pytest.raises(InputError, match=r"'posterier' is not known.*Did you mean 'posterior'"):
        biology_of_worlds(None, "posterier")


def test_a_posterior_that_is_not_there_is_refused_to_who_asks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make calibrate"):
        biology_of_worlds(Biology(tmp_path), POSTERIOR)


def test_a_biology_says_itself_how_worlds_are_drawn() -> None:
    given = replace(biology_of(), draws="1")
    assert biology_of_worlds(given) is given


def test_commands_say_where_the_prior_takes_its_place(
    shipped: Biology, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gutskin.model.overlay.shipped_biology", lambda: shipped)
    found = loading.find_biology(None, None)
    assert (found.draws, capsys.readouterr().err) == (POSTERIOR, "")
    assert loading.draws_in_command(found) == []
    assert loading.find_biology(None).draws == PRIOR  # of what foretells no trial
    asked = loading.find_biology(None, Draws.prior)
    assert (asked.draws, capsys.readouterr().err) == (PRIOR, "")
    assert loading.draws_in_command(asked) == ["--draws", "prior"]
    (shipped.folder / ENSEMBLE).unlink()
    less = Biology(shipped.folder)
    monkeypatch.setattr("gutskin.model.overlay.shipped_biology", lambda: less)
    found = loading.find_biology(None, None)
    assert found.draws == PRIOR
    assert NO_POSTERIOR in capsys.readouterr().err
    assert loading.draws_in_command(found) == []
