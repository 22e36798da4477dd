"""`gutskin score`: what is refused before anything is computed, and a whole run."""

import json

import pytest

from gutskin.cli.program import main


def test_too_few_replicates_and_an_unknown_trial_come_together(capsys):
    assert main(["score", "lgg-infnts", "--replicates", "20"]) == 2
    says = capsys.readouterr().err
    assert "needs 39" in says
    assert "Did you mean 'lgg-infants'" in says


def test_a_share_that_is_none_comes_together_with_what_is_wrong_with_the_trial(capsys):
    assert main(["score", "lgg-infnts", "--passes", "1.5"]) == 2
    says = capsys.readouterr().err
    assert "passes: 1.5 is no share" in says
    assert "Did you mean 'lgg-infants'" in says


def test_files_of_another_kind_come_together_with_what_is_wrong_with_the_trial(capsys):
    wrong = ["--figure", "a.pdf", "--summary", "a.txt", "--csv", "a.tsv"]
    assert main(["score", "lgg-infnts", *wrong]) == 2
    says = capsys.readouterr().err
    for told in ("lgg-infnts", "--figure a.pdf", "--summary a.txt", "--csv a.tsv"):
        assert told in says


def test_a_trial_without_numbers_is_left_out_with_the_reason(capsys):
    assert main(["score", "six-strain-children", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 0
    assert "no number" in found["left_out"]["six-strain-children"]


def test_trials_of_one_name_are_refused(capsys):
    """One of two files of a name was not scored because the other could not be; one twice was 2."""
    for command in ("score", "meta"):
        assert main([command, "lgg-infants", "dds1-toddlers", "lgg-infants", "cect-children"]) == 2
        says = capsys.readouterr().err
        assert "2 trials are called 'lgg-infants': they cannot be told apart." in says
        assert "Name a trial once" in says
        assert "dds1" not in says


@pytest.mark.slow
def test_a_trial_is_foretold_and_compared(capsys):
    assert main(["score", "me3-adults", "--replicates", "39", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 1
    (one,) = found["trials"]
    assert one["difference"]["published"]["value"] == pytest.approx(-0.4)
    assert set(one["difference"]["within"]) == {"50", "95"}
    assert one["difference"]["as_printed"]
    assert found["printed"]["n"] == 1
    main(["score", "me3-adults", "--replicates", "39", "--passes", "1"])
    says = capsys.readouterr().out
    assert "me3-adults" in says
    assert "foretold as printed" not in says
