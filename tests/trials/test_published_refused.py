"""Numbers of a real trial that are refused, each with what to write: of trial files."""

from trial_texts import REPORTED, problems

from gutskin.trials.design import load_trial


def test_the_percent_of_a_logarithm_is_refused_with_what_to_write(tmp_path):
    """99.2% fewer staphylococci stood beside the percent by which their logarithm changed."""
    text = REPORTED.replace('"easi75"]', '"s_aureus"]') + (
        'values = [{ endpoint = "s_aureus", arm = "mix", week = 4, change_percent = -99.2 }]\n'
    )
    (one,) = problems(tmp_path, text)
    assert "is a logarithm, whose percent means nothing." in str(one)
    assert "Write `change` in powers of ten: -99.2% is -2.1." in str(one)
    right = tmp_path / "right.toml"
    right.write_text(text.replace("change_percent = -99.2", "change = -2.1"), encoding="utf-8")
    assert load_trial(right).published.values[0].change == -2.1


def test_of_a_direction_of_what_is_refused_is_said_why(tmp_path):
    text = REPORTED + '[published.directions]\nil31 = "lower"\n'
    (one,) = problems(tmp_path, text)
    assert "skin_il31" in str(one)
