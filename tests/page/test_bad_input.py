"""Whatever an address, a trial file or a box holds: it is told, and the page goes on."""

import pytest
from browser import needs_browser

pytestmark = needs_browser

ADDRESSES = (
    "shown=sideways", "known=1", "grade=Z", "open=C01.C99", "find=" + "a" * 81,
    "give=probiotic~0~12~1e400~w23", "give=probiotic~NaN~12~9.6~w23", "give=emollient~~12~0.5",
    "weeks=-4", "weeks=12.0.0", "weeks=", "age=1e3", "belief=", "belief=2", "washing=",
    "pollen=%20", "fibre=0x1", "off=M9999", "off=", "screen=admin", "who=__proto__",
    "severity=hasOwnProperty", "lang=%3Cb%3E", "at=barrier%00", "read=scorad&read=itch",
    "__proto__=1", "constructor=1", "give=" + "emollient~0~1~0.5!" * 40, "colour=" + "x" * 9000,
    "cards=", "week=12", "week=-1", "week=3.5",
)  # fmt: skip
FILES = {
    "nothing": "",
    "no key": "= 3",
    "no value": "name = ",
    "an open quote": 'name = "x',
    "an open list": "[[arms]]\nn = [20",
    "a table for a list": 'name = "x"\n[arms]\nn = 3',
    "a key twice": "name = 'a'\nname = 'b'",
    "a letter that none may have": "name = 'a\x00'",
    "a date": 'name = "x"\ntitle = 1979-05-27',
    "a number beyond all": "name = 'x'\n[[arms]]\nname = 'a'\nn = " + "9" * 400,
    "lists in lists": "name = " + "[" * 20_000,
    "tables in tables": "name = " + "{ a = " * 20_000,
    "keys within keys": ".".join("a" * 9_000) + " = 1",
    "another version": "format = 2\nname = 'x'\n[cohort]\nsize = 20\n",
    "a picture": "\ufffdPNG\r\n\x1a\n",
    "a page": "<!doctype html><script>alert(1)</script>",
    "numbers as keys": "1 = 2\n-1 = 3\nname = 'x'",
    "a name of JavaScript": "__proto__ = 1\nconstructor = 2\nname = 'x'",
    "a kind of JavaScript": "name='x'\n[[arms]]\ninterventions=[{kind='constructor'}]",
}
SHOWN = "#band-evidence"


def test_addresses_that_cannot_be_are_named_and_the_usual_is_shown(opened):
    usual = opened("#guess=none").locator(SHOWN).inner_text()
    tab = opened("#fibre=1.5")
    for address in ADDRESSES:
        tab.evaluate("(hash) => { location.hash = hash; }", address)
        tab.locator("#trouble:not(:empty)").wait_for()
        told = tab.locator("#trouble").inner_text()
        assert address.split("=")[0] in told, address
        assert len(told) < 300, address
        tab.evaluate("() => { location.hash = 'fibre=1.5'; }")
        tab.locator("#trouble:empty").wait_for(state="attached")
    tab.evaluate("(hash) => { location.hash = hash; }", "&".join(ADDRESSES[3:12]))
    tab.locator(SHOWN).filter(has_text=usual).wait_for()


@pytest.mark.parametrize("language", ["English", "Nederlands"])
def test_trial_files_that_cannot_be_are_told_at_a_line_and_the_form_goes_on(opened, language):
    tab = opened("#screen=trial")
    tab.get_by_role("button", name=language).click()
    text, faults = tab.locator("#trial-text"), tab.locator("#trial-faults li")
    sound = text.input_value()
    for name, content in FILES.items():
        tab.evaluate(
            "(text) => { const box = document.querySelector('#trial-text'); box.value = text;"
            "box.dispatchEvent(new Event('input')); }",
            content,
        )
        assert faults.count() >= 1, name
        assert faults.first.inner_text().startswith(
            {"English": "line", "Nederlands": "regel"}[language]
        )
        assert "undefined" not in tab.locator("#trial-faults").inner_text(), name
        assert tab.locator("#trial-name").count() == 1, name
    tab.evaluate(
        "(text) => { const box = document.querySelector('#trial-text'); box.value = text;"
        "box.dispatchEvent(new Event('input')); }",
        sound,
    )
    assert faults.count() == 0
    assert not tab.locator("#trial-form").evaluate("form => form.inert")
