"""Turning the page's knobs: what moves, what is shown, what an address brings back."""

import csv
import re

import pytest
from browser import needs_browser
from driven import READY, added, turned
from playwright.sync_api import expect
from shown_page import shown

pytestmark = needs_browser

TEXTS = ("#band-evidence", "#band-article", "#middle-evidence", "#noticed-article", "#compare")
KNOBS = {
    "washing": lambda tab: tab.locator("#washing-typed").fill("4"),
    "pollen": lambda tab: tab.locator("#pollen-typed").fill("1.5"),
    "allergen": lambda tab: tab.locator("#allergen-typed").fill("5"),  # the most, of few bodies
    "protein": lambda tab: tab.locator("#protein-typed").fill("3"),
    "fibre": lambda tab: tab.locator("#fibre-typed").fill("2.5"),
    "dose": lambda tab: tab.locator("#level-probiotic-typed").fill("11"),
    "antibiotic": lambda tab: added(tab, "antibiotic-broad"),
    "steroid": lambda tab: added(tab, "topical_steroid"),
    "bath": lambda tab: added(tab, "bleach_bath"),
}
SEEN = """() => ({
  arrows: [...document.querySelectorAll("#map .arrow")].map((one) => [one.dataset.id,
    ...[...one.querySelectorAll("path")].map((path) => [path.getAttribute("class"), path.getAttribute("stroke-width")])]),
  bars: [...document.querySelectorAll("#map .bar")].map((one) => one.getAttribute("width")),
  curves: ["difference", "level"].flatMap((id) => [...document.querySelectorAll(`#${id} path.line`)].map((one) => one.getAttribute("d"))),
})"""  # noqa: E501


def texts(tab):
    return [tab.locator(one).inner_text() for one in TEXTS]


def seen(tab):
    tab.wait_for_timeout(150)  # the map follows the charts
    return tab.evaluate(SEEN)


def test_every_knob_moves_an_arrow_a_level_and_a_curve(opened):
    tab = opened("#severity=severe")
    before = seen(tab)
    for knob, turn in KNOBS.items():
        turned(tab, lambda turn=turn: turn(tab))
        now = seen(tab)
        for what, was in before.items():
            assert now[what] != was, (knob, what)
        before = now


def test_agreement_what_stands_after_a_held_key_is_a_fresh_load_of_its_address(opened_whole):
    tab = opened_whole("#severity=severe&belief=0.5")
    tab.locator("#fibre").focus()

    def hold():
        for _ in range(14):
            tab.keyboard.press("ArrowRight")
            tab.wait_for_timeout(20)

    turned(tab, hold)
    assert "fibre=2.4" in tab.url
    again = opened_whole(tab.url[tab.url.index("#") :])
    assert texts(tab) == texts(again)
    assert seen(tab) == seen(again)


def test_a_knob_that_goes_back_at_once_brings_back_what_was_shown(opened_whole):
    """Few bodies of the other setting were shown; all of the first must stand there again."""
    tab = opened_whole("#severity=severe")
    before = texts(tab)
    tab.evaluate("""() => { const box = document.querySelector('#fibre-typed');
        window.shownOnce = new Promise((done) => new MutationObserver(done).observe(
            document.querySelector('#band-evidence'), { childList: true, characterData: true }));
        box.value = '3'; box.dispatchEvent(new Event('input')); }""")
    tab.evaluate("() => window.shownOnce")

    def back():
        tab.evaluate("""() => { const box = document.querySelector('#fibre-typed');
            box.value = '1'; box.dispatchEvent(new Event('input')); }""")

    turned(tab, back)
    assert texts(tab) == before


@pytest.mark.parametrize("address", ["#severity=severe", "#fibre=0.5&read=itch&weeks=16"])
def test_agreement_shown_numbers_are_those_of_the_table_that_is_taken_along(opened, address):
    tab = opened(address)
    with tab.expect_download() as found:
        tab.locator("#csv").click()
    rows = list(csv.DictReader(found.value.path().read_text("utf-8").splitlines()))
    quantity = shown()["read"]["itch" if "itch" in address else "scorad"]["quantity"]
    week = "16" if "weeks" in address else "12"
    for stance in ("evidence", "article"):
        (row,) = (
            one
            for one in rows
            if (one["stance"], one["quantity"], one["week"], one["what"])
            == (stance, quantity, week, "difference")
        )
        ends = [float(row[f"{side}{share}"]) for share in (50, 95) for side in ("low", "high")]
        said = tab.locator(f"#band-{stance}").inner_text().replace("−", "-")
        printed = [float(one) for one in re.findall(r"(?<![\d.])[+-]?\d+\.\d+", said)]
        assert printed == pytest.approx(ends, abs=0.0501)
        assert ends[2] <= ends[0] <= float(row["middle"])


def test_inverse_an_address_brings_back_screen_language_and_what_is_looked_into(opened):
    tab = opened("#severity=severe")
    tab.get_by_role("button", name="Nederlands").click()
    tab.locator("[data-map=article]").click()
    tab.locator("#map [data-id=barrier]").focus()
    tab.keyboard.press("Enter")
    head = tab.locator("#drawer h3").inner_text()
    assert head.startswith("Huidbarrière")
    again = opened(tab.url[tab.url.index("#") :])
    assert again.locator("html").get_attribute("lang") == "nl"
    assert again.locator("#drawer h3").inner_text() == head
    assert again.locator("[data-map=article]").get_attribute("aria-pressed") == "true"
    again.keyboard.press("Escape")
    assert "at=" not in again.url
    again.locator("[data-screen=evidence]").click()
    again.go_back()
    again.locator(READY).wait_for(state="attached")
    assert again.locator("#screen-axis").is_visible()
    assert again.locator("html").get_attribute("lang") == "nl"


def test_inverse_back_undoes_one_move_of_the_hand_and_forward_does_it_again(opened):
    tab = opened("#severity=severe")

    def fibre():
        return tab.locator("#fibre").input_value()

    usual = fibre()
    tab.locator("#fibre").focus()
    for _ in range(5):  # one move
        tab.keyboard.press("ArrowRight")
    more = fibre()
    assert more != usual
    tab.wait_for_timeout(1200)
    tab.locator("#washing").focus()
    tab.keyboard.press("ArrowRight")
    both = tab.url
    tab.go_back()
    assert fibre() == more
    assert "fibre=" in tab.url
    assert "washing=" not in tab.url
    tab.go_back()
    assert fibre() == usual
    assert tab.url.endswith("#severity=severe")
    tab.go_forward()
    assert fibre() == more
    tab.go_forward()
    assert tab.url == both


def test_language_alone_in_an_address_leaves_the_guess_to_be_asked(opened):
    tab = opened()
    tab.get_by_role("button", name="Nederlands").click()
    assert tab.url.endswith("#lang=nl")
    again = opened("#lang=nl")
    assert again.locator("[data-guess=little]").is_visible()
    assert again.locator("html").get_attribute("lang") == "nl"


def test_filters_and_open_cards_stand_in_the_address(opened):
    tab = opened("#screen=evidence")
    tab.locator("#filter-grade").select_option("B")
    tab.locator("#filter-words").fill("allerg")
    card = tab.locator("#cards details.card").first
    name = card.get_attribute("id").removeprefix("card-")
    card.locator("summary").first.click()
    expect(tab).to_have_url(re.compile(f"open={name}"))
    shown = [one.get_attribute("id") for one in tab.locator("#cards details.card").all()]
    again = opened(tab.url[tab.url.index("#") :])
    assert again.locator("#filter-grade").input_value() == "B"
    assert again.locator("#filter-words").input_value() == "allerg"
    cards = again.locator("#cards details.card").all()
    assert [one.get_attribute("id") for one in cards] == shown
    assert 0 < len(shown) < 60
    assert again.locator(f"#card-{name} table td").count() > 0
    again.locator("#cards details[open] summary").first.click()
    expect(again).not_to_have_url(re.compile("open="))


def test_filters_add_up_and_every_card_has_a_source_or_says_that_none_was_found(opened):
    tab = opened("#screen=evidence")
    for key in ("model", "evidence", "grade"):
        counts = []
        for option in tab.locator(f"#filter-{key} option").all()[1:]:
            tab.locator(f"#filter-{key}").select_option(option.get_attribute("value"))
            counts.append(tab.locator("#cards details.card").count())
        tab.locator(f"#filter-{key}").select_option("")
        assert min(counts) > 0
        assert sum(counts) == 60
    tab.evaluate("() => document.querySelectorAll('.card').forEach(one => { one.open = true; })")
    expect(tab.locator("#cards .card > p > code")).to_have_count(60)
    bare = tab.evaluate("""() => [...document.querySelectorAll('#cards .card')].filter((card) =>
        !card.querySelector('a[href]') && !card.textContent.includes('No source in people')
        && ![...card.querySelectorAll('details li')].length).map((card) => card.id)""")
    assert bare == []


def test_phone_keeps_the_chart_in_view_while_the_last_slider_is_moved(opened):
    tab = opened("#severity=severe", 390)
    for language in ("Nederlands", "English"):
        tab.evaluate("() => scrollTo(0, 0)")
        tab.get_by_role("button", name=language).click()
        last = tab.locator("#panel input[type=range]").last
        last.scroll_into_view_if_needed()
        chart, knob = tab.locator("#difference").bounding_box(), last.bounding_box()
        assert chart["y"] >= 0, language
        assert chart["y"] + chart["height"] <= knob["y"], language
        assert chart["height"] < 0.4 * 844, language


def test_nothing_of_a_product_that_is_not_there_differs_by_nothing(opened):
    tab = opened("#give=inulin~0~12~0")
    for stance in ("evidence", "article"):
        text = tab.locator(f"#band-{stance}").inner_text()
        assert text == "half: 0.0 to 0.0; 95%: 0.0 to 0.0"


def test_reduced_motion_stops_what_moves_by_itself(opened):
    tab = opened("#severity=severe", motion="reduce")
    moving = "() => getComputedStyle(document.querySelector('#map .flow')).transitionDuration"
    assert tab.evaluate(moving) == "0s"
    tab.locator("#play").click()
    tab.wait_for_timeout(700)  # with motion a week takes 400 ms
    assert tab.locator("#cursor").input_value() == "0"
