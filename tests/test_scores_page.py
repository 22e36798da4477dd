"""The page of scores says of which model its numbers are, and is right in that."""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import score_trials  # noqa: E402

OTHER = dict.fromkeys(score_trials.WORLDS, "0123456789abcdef")


def test_the_page_of_scores_says_whether_it_is_of_the_model_at_hand():
    """Its numbers were of references that had been renewed, and nothing said so."""
    text = score_trials.PAGE.read_text(encoding="utf-8")
    assert score_trials.marked(text) == text, "Run scripts/score_trials.py --mark."


def test_a_page_that_is_made_anew_is_of_the_model_at_hand_and_an_old_one_is_not():
    now = score_trials.hashes()
    fresh, old = score_trials.which_model(now, now), score_trials.which_model(OTHER, now)
    assert "have changed since" not in fresh
    assert "have changed since" in old
    for made, says in ((now, fresh), (OTHER, old)):
        assert all(one in says for one in made.values())
        assert score_trials.marked(f"# Scores\n\n{says}\n| a |\n") == f"# Scores\n\n{says}\n| a |\n"
    assert score_trials.marked(f"{score_trials.which_model(OTHER, OTHER)}\n") == f"{old}\n"
