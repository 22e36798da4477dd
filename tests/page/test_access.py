"""The page for everyone: axe, keyboard, touch, names and values, both languages and widths."""

import re
import subprocess
from pathlib import Path

import axe_playwright_python
import pytest
from browser import POPPLER, needs_browser, needs_printing
from driven import added, turned

pytestmark = needs_browser
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
BUSY = (
    "weeks=24&guess=noticed&done=14&give=probiotic~0~8~9.6~w23.w51!probiotic~12~24~9.6~w23.w51"
    "!antibiotic~2~3~1~~amoxicillin!emollient~0~24~0.8!biologic~0~24~1~~nemolizumab"
    "!bleach_bath~2~9~0.5!tablet~2~9~1~~baricitinib~~3!cream~0~12~1~~steroid_potent!cream~12~24~1~~steroid_potent~twice_weekly"
)
SCREENS = ("trial", "evidence", "about")  # beside the first


def findings(tab):
    """What axe finds serious or critical: its rule and where."""
    tab.evaluate(AXE)
    found = tab.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10
    return [
        (one["id"], node["target"], node["failureSummary"])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    ("language", "width"),
    [
        ("English", 1280), ("Nederlands", 390),
        pytest.param("English", 390, marks=pytest.mark.slow),
        pytest.param("Nederlands", 1280, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_axe_finds_nothing_serious_on_any_screen(opened, language, width):
    tab = opened("", width)
    tab.get_by_role("button", name=language).click()
    assert findings(tab) == []  # the guess is asked
    tab.evaluate(f"() => {{ location.hash = '{BUSY}'; }}")
    tab.locator("#gone-probiotic-1").wait_for()
    tab.locator("#map [data-id=barrier]").focus()
    tab.keyboard.press("Enter")
    tab.locator("#start-probiotic-0").fill("99")
    for opener in ("#strains summary", "#mechanisms summary"):
        tab.locator(opener).click()
    assert findings(tab) == []
    for screen in SCREENS:
        tab.locator(f"[data-screen={screen}]").click()
        if screen == "evidence":
            tab.locator("#card-C44 summary").first.click()
            tab.locator("#card-C44 table").wait_for()
            assert findings(tab) == [], "statements"
            tab.locator("#cards-mechanisms").click()
            tab.locator("#card-M51 summary").first.click()
            tab.locator("#card-M51 table").wait_for()
        assert findings(tab) == [], screen
    wide = tab.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_mutation_axe_does_find_what_is_wrong(opened):
    tab = opened("#screen=about")
    tab.evaluate("() => document.querySelector('#screen-about').insertAdjacentHTML("
                 "'beforeend', '<input type=text>')")  # fmt: skip
    assert [rule for rule, *_ in findings(tab)] == ["label"]


def test_keyboard_reaches_every_control_in_view_and_shows_where_it_is(opened):
    tab = opened(f"#{BUSY}")
    wanted = tab.evaluate("""() => [...document.querySelectorAll(
        'button, input, select, summary, [tabindex="0"]')].filter((one) =>
        one.checkVisibility() && !one.disabled && one.closest('#map') === null &&
        !one.matches('[role=tab][tabindex="-1"]')).length""")
    tab.evaluate("() => document.body.focus()")
    seen, hidden = set(), []
    for _ in range(wanted + 60):
        tab.keyboard.press("Tab")
        here = tab.evaluate("""() => { const one = document.activeElement;
            if (one === document.body) return null;
            one.dataset.stop ??= String(Math.random());
            return [one.dataset.stop, getComputedStyle(one).outlineStyle,
                    one.closest('#map') !== null, one.outerHTML.slice(0, 80)]; }""")
        if here is None:
            break
        if not here[2]:
            seen.add(here[0])
            if here[1] == "none":
                hidden.append(here[3])
    assert len(seen) == wanted
    assert hidden == []


def test_keyboard_moves_ends_of_courses_which_say_where_they_are(opened):
    tab = opened("#weeks=12&give=emollient~0~4~0.5!emollient~8~12~0.5")
    end = tab.get_by_role("slider", name="Emollient, course 1: to week")
    assert end.get_attribute("aria-valuetext") == "week 4"
    end.focus()
    turned(tab, lambda: tab.keyboard.press("ArrowRight"))
    assert end.get_attribute("aria-valuetext") == "week 4.5"
    assert tab.locator("#end-emollient-0").input_value() == "4.5"
    turned(tab, lambda: tab.keyboard.press("End"))
    assert "emollient~0~8~" in tab.url.replace("%7E", "~")  # it meets the next course
    start = tab.get_by_role("slider", name="Emollient, course 2: from week")
    assert start.get_attribute("aria-valuemin") == "8"
    start.focus()
    turned(tab, lambda: tab.keyboard.press("ArrowRight"))
    turned(tab, lambda: tab.keyboard.press("Shift+ArrowLeft"))
    assert "emollient~8~11.5~" in tab.url.replace("%7E", "~")
    turned(tab, lambda: tab.get_by_role("button", name="Emollient, course 2: remove").click())
    assert tab.get_by_role("slider", name="Emollient: to week").count() == 1
    turned(tab, lambda: tab.get_by_role("button", name="Emollient: another course").click())
    assert tab.url.count("emollient") == 2


LETTERS = """() => [...document.querySelectorAll('svg text')].filter((one) =>
    one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize) *
    one.getScreenCTM().a).filter((size) => size < 12)"""
BEYOND_BOXES = """() => [...document.querySelectorAll('#map .spot')].flatMap((spot) => {
    const box = spot.querySelector('.box').getBBox();
    return [...spot.querySelectorAll('text')].filter((one) => {
      const text = one.getBBox();
      return text.x < box.x - 1 || text.x + text.width > box.x + box.width + 1;
    }).map((one) => one.textContent);
})"""


def test_map_and_charts_have_letters_of_12_pixels_and_names_within_their_boxes(opened):
    tab = opened(f"#{BUSY}&lang=nl", 360)
    for width in (360, 390, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 844})
        for language, drugs in (("English", "Drugs"), ("Nederlands", "Middelen")):
            tab.get_by_role("button", name=language).click()
            tab.locator(f"#map [data-id=drugs][aria-label^='{drugs}']").wait_for()
            assert tab.evaluate("() => innerWidth") == width
            assert tab.evaluate(LETTERS) == [], (width, language)
            assert tab.evaluate(BEYOND_BOXES) == [], (width, language)
            wide = tab.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, language


def _middle(tab, selector):
    box = tab.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_mouse_drags_an_end_and_a_bar_and_the_answer_follows(opened):
    tab = opened("#give=emollient~0~12~0.5")
    before = tab.locator("#band-evidence").inner_text()
    tab.locator("#bar-end-emollient-0").scroll_into_view_if_needed()
    week = tab.locator("#calendar .track").bounding_box()["width"] / 12
    x, y = _middle(tab, "#bar-end-emollient-0")

    def drag(x, y, weeks):
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + weeks * week / 2, y, steps=5)
        tab.mouse.move(x + weeks * week, y, steps=5)
        tab.mouse.up()

    turned(tab, lambda: drag(x, y, -6))
    assert "emollient~0~6~0.5" in tab.url.replace("%7E", "~")
    assert tab.locator("#end-emollient-0").input_value() == "6"
    assert tab.locator("#band-evidence").inner_text() != before
    turned(tab, lambda: drag(*_middle(tab, "#calendar .bar"), 20))
    assert "emollient~6~12~0.5" in tab.url.replace("%7E", "~")
    tab.mouse.move(x - 300, y)
    assert "emollient~6~12~0.5" in tab.url.replace("%7E", "~")  # nothing is held any more


def test_touch_drags_an_end(opened):
    tab = opened("#give=emollient~0~12~0.5", 390)
    tab.locator("#bar-end-emollient-0").scroll_into_view_if_needed()
    week = tab.locator("#calendar .track").bounding_box()["width"] / 12
    x, y = _middle(tab, "#bar-end-emollient-0")
    touch = tab.context.new_cdp_session(tab)

    def send(kind, *points):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    def drag():
        send("touchStart", {"x": x, "y": y})
        for step in range(1, 9):
            send("touchMove", {"x": x - step * week / 2, "y": y})
        send("touchEnd")

    turned(tab, drag)
    assert "emollient~0~8~0.5" in tab.url.replace("%7E", "~")


def test_refused_a_number_is_told_at_its_box_and_changes_nothing(opened):
    tab = opened("#give=probiotic~0~12~9.6~lgg")
    before, address = tab.locator("#band-evidence").inner_text(), tab.url
    fibre = "Type a number from 0.1 to 3. It stays 1."
    for box, wrong, told in (
        *(("#fibre-typed", one, fibre) for one in ("1e99", "9" * 20, "-1", "", "NaN", "0,05")),
        ("#weeks-typed", "7.5", "Type a whole number from 4 to 52. It stays 12."),
        ("#level-probiotic-typed", "40", "Type a number from 8 to 12. It stays 9.6."),
        ("#start-probiotic-0", "12", "Type a number from 0 to 11.5. It stays 0."),
        ("#end-probiotic-0", "1000000", "Type a number from 0.5 to 12. It stays 12."),
    ):
        field = tab.locator(box)
        field.fill(wrong)
        said = tab.locator(f"#{field.get_attribute('aria-describedby')}")
        assert said.inner_text() == told
        assert said.get_attribute("role") == "status"
        assert field.get_attribute("aria-invalid") == "true"
    tab.wait_for_timeout(300)
    assert (tab.locator("#band-evidence").inner_text(), tab.url) == (before, address)


def test_guess_covers_the_answer_until_it_is_made_and_is_set_beside_it(opened):
    tab = opened()
    assert tab.locator("#answers").is_hidden()
    assert tab.locator("#difference").is_hidden()
    tab.get_by_role("button", name=re.compile("^noticeably better")).click()
    assert tab.locator("#answers").is_visible()
    assert tab.locator("#difference path.guessed").count() == 1
    sizes = "one => [one.viewBox.baseVal.width, one.clientWidth]"
    drawn, wide = tab.locator("#difference").evaluate(sizes)  # not as wide as what is hidden
    assert drawn == wide
    assert re.fullmatch(
        r"You guessed: noticeably better, up to 17.4\. "
        r"What the evidence supports: .* \([−+]?\d+\.\d\)\. "
        r"What the article claims: .* \([−+]?\d+\.\d\)\. \(The middle after 12 weeks\.\)",
        tab.locator("#guess").inner_text(),
    )
    assert "guess=noticed" in tab.url
    assert "done=1" in tab.url
    turned(tab, lambda: tab.locator("#reset").click())
    assert tab.locator("#answers").is_hidden()
    tab.get_by_role("button", name="Just show me").click()
    assert tab.locator("#answers").is_visible()
    assert tab.locator("#guess").is_hidden()


def test_guess_is_not_asked_of_who_follows_a_link_or_turns_a_knob_first(opened):
    tab = opened("#fibre=2")
    assert tab.locator("#answers").is_visible()
    tab = opened()
    turned(tab, lambda: tab.locator("input#fibre").fill("2"))
    assert tab.locator("#answers").is_visible()


def test_tasks_of_the_lesson_tick_themselves_and_stay_ticked(opened):
    tab = opened()
    ticked = tab.locator("#tasks li.done")

    def done():
        tab.get_by_role("button", name="About").click()
        found = [one.get_attribute("data-task") for one in ticked.all()]
        assert ticked.locator("p").count() == len(found)
        tab.get_by_role("button", name="Axis").click()
        return "".join(found)

    assert done() == ""
    tab.locator("[data-guess=little]").click()
    assert done() == "1"
    turned(tab, lambda: tab.locator("#give-probiotic").uncheck())
    turned(tab, lambda: tab.locator("input#fibre").fill("2"))
    tab.locator("#tab-faecal_butyrate").click()
    assert done() == "123"
    turned(tab, lambda: tab.locator("#belief").fill("50"))
    added(tab, "biologic-dupilumab")
    tab.locator("#mechanisms summary").click()
    turned(tab, lambda: tab.locator("#mechanisms input").first.check())
    turned(tab, lambda: tab.locator("#reset").click())
    assert done() == "123456"
    again = opened(tab.url[tab.url.index("#") :])
    again.get_by_role("button", name="About").click()
    assert again.locator("#tasks li.done").count() == 6


@needs_printing
@pytest.mark.parametrize("language", ["English", "Nederlands"])
def test_print_is_two_pages_whatever_is_given(opened, tmp_path, language):
    every = "!inulin~0~24~10!dupilumab~8~24~1"
    tab = opened(f"#{BUSY}{every}&fibre=2&off=M47", 390)
    tab.get_by_role("button", name=language).click()
    tab.locator("#crosses:not(:text('…'))").wait_for()
    for width in (390, 1280):
        tab.set_viewport_size({"width": width, "height": 844})
        tab.pdf(path=tmp_path / "page.pdf", format="A4")
        holds_all_of_the_answer(text_of(tmp_path / "page.pdf"), language)


def text_of(path):
    command = [POPPLER, "-layout", path, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def holds_all_of_the_answer(text, language):
    """Two pages in a language, with what is given and found, and without what cannot be pressed."""
    pages = text.split("\f")[:-1]
    assert len(pages) == 2
    one, two = pages
    for word in ("SCORAD", "W23", "M47", "amoxicillin", "95%", "8.7"):
        assert word.replace(".", "," if language == "Nederlands" else ".") in one
    calendar = {"English": "When it is given", "Nederlands": "Wanneer het gegeven wordt"}[language]
    assert calendar in one
    assert {"English": "What to doubt first", "Nederlands": "eerst aan moet twijfelen"}[
        language
    ] in two
    assert "Treg" in two
    for control in ("Copy link", "Kopieer link", "another course", "nog een kuur", "English"):
        assert control not in text
