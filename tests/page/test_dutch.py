"""Nothing of the tables is left in English on the Dutch page."""

import re

import pytest
from shown_page import shown

from gutskin.page import dutch
from gutskin.page.dutch import dutch_of, texts_of

SCENE = shown()
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
# Latin, units and ranges, codes of strains, scores, generic names, words of both languages
SAME = re.compile(
    r"[A-Z]\. [a-z]+ .*|[\d.%-]+|m[a-z]+(/L)?|pg/mL|pH|macrolide|intact|pollen|placebo|product"
    r"|[A-Z]{2}[\w-]*|[A-Z][a-z]+(mab|nib)|W\d+|Ig[AE]|(IL|IFN)-\w+ in serum"
)


def numbers(text):
    """Numbers of a text, with the point of English."""
    return sorted(NUMBER.findall(re.sub(r"(\d),(\d)", r"\1.\2", text)))


def test_every_text_that_the_page_shows_has_its_dutch():
    missing = [text for text in texts_of(SCENE) if text not in SCENE["dutch"]]
    assert missing == [], f"write the Dutch into {dutch.TABLE}"


def test_dutch_says_the_same_numbers_and_is_no_copy():
    for english, own in SCENE["dutch"].items():
        assert own != english or SAME.fullmatch(english), english
        assert len(own) < 2 * len(english) + 40, english
        assert numbers(english) == numbers(own), (english, own)


def test_what_is_not_shown_is_not_carried():
    few = {**SCENE, "mechanisms": {}, "antibiotics": {}, "read": {}}
    few["statements"] = {"cards": {"C01": SCENE["statements"]["cards"]["C01"]}}
    assert {*dutch_of(few)} == {*texts_of(few)}


@pytest.mark.parametrize("text", ["english\tdutch\na\n", "english\tdutch\na\tb\na\tc\n"])
def test_refused_a_line_without_dutch_and_a_text_that_stands_twice(tmp_path, monkeypatch, text):
    (tmp_path / "own.tsv").write_text(text)
    monkeypatch.setattr(dutch, "TABLE", tmp_path / "own.tsv")
    dutch._table.cache_clear()
    with pytest.raises(ValueError, match=r"own\.tsv, line"):
        dutch._table()
    dutch._table.cache_clear()
