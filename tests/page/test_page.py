"""The page in a browser without a window: what a reader sees, turns and takes along."""

import re

from browser import needs_browser
from driven import turned

pytestmark = needs_browser


def test_browser_opens_with_an_answer_under_both_stances_and_moves_with_every_knob(opened_whole):
    tab = opened_whole()
    evidence, claims = tab.locator("#band-evidence"), tab.locator("#band-article")
    first = evidence.inner_text(), claims.inner_text()
    assert all(re.search(r"95%: −\d+\.\d to [+−]\d+\.\d", text) for text in first)
    assert first[0] != first[1]
    assert tab.locator("#difference path.line").count() == 2
    assert tab.locator("#level path.line").count() == 3
    turned(tab, lambda: tab.locator("input#fibre").fill("2"))
    assert evidence.inner_text() != first[0]
    assert "fibre=2" in tab.url
    assert "the most severe third" in tab.locator("#question").inner_text()  # as in trials
    for trait, kind in (("butyrate", "low"), ("s_aureus", "many"), ("severity", "mild")):
        before = evidence.inner_text()
        turned(tab, lambda trait=trait, kind=kind: tab.locator(f"#{trait}").select_option(kind))
        assert evidence.inner_text() != before
        assert f"{trait}={kind}" in tab.url
    turned(tab, lambda: tab.locator("#give-probiotic").uncheck())
    assert tab.locator("#middle-evidence").inner_text() == "nothing is given, so nothing differs"
    turned(tab, lambda: tab.locator("#reset").click())
    assert (evidence.inner_text(), claims.inner_text()) == first


def test_browser_believing_nothing_of_the_claims_is_the_evidence(opened):
    tab = opened("#belief=0")
    for part in ("middle", "band", "noticed"):
        found = [
            tab.locator(f"#{part}-{stance}").inner_text() for stance in ("evidence", "article")
        ]
        assert found[0] == found[1]


def test_browser_the_mark_of_the_crossing_stays_while_only_the_belief_moves(opened):
    tab = opened("#severity=severe&give=dupilumab~0~12~1")
    tab.locator("#crosses:not(:text('…'))").wait_for()
    said = tab.locator("#crosses").inner_text()
    tab.evaluate("""() => { window.seenByTest = new Set(); new MutationObserver(() =>
        window.seenByTest.add(document.getElementById('crosses').textContent)).observe(
        document.getElementById('crosses'), { childList: true, characterData: true }); }""")
    turned(tab, lambda: tab.locator("#belief").fill("40"))
    assert "40%" in tab.locator("#believed").inner_text()
    assert tab.evaluate("() => [...window.seenByTest]") in ([], [said])
    turned(tab, lambda: tab.locator("#fibre-typed").fill("2"))
    assert "…" in tab.evaluate("() => [...window.seenByTest]")
    tab.locator("#crosses:not(:text('…'))").wait_for()
    turned(tab, lambda: tab.locator("#fibre-typed").fill("1"))
    tab.locator("#crosses:not(:text('…'))").wait_for()
    assert tab.locator("#crosses").inner_text() == said


def test_browser_dutch_keeps_what_is_set_and_writes_numbers_with_a_comma(opened):
    tab = opened("#weeks=8&give=probiotic~0~8~9.6~lgg", 390)
    address = tab.url
    tab.get_by_role("button", name="Nederlands").click()
    assert tab.locator("html").get_attribute("lang") == "nl"
    assert re.search(r"95%: −\d+,\d tot", tab.locator("#band-evidence").inner_text())
    assert tab.locator("#question").inner_text().startswith("Wat doet GG (ATCC 53103) in 8 weken")
    assert "lang=nl&" in tab.url
    assert tab.url.replace("%7E", "~").replace("lang=nl&", "") == address
    wide = tab.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_browser_more_weeks_move_the_answer_to_their_end_and_keep_the_treatment(opened):
    tab = opened("#weeks=8&give=probiotic~0~0.5~9.6~lgg")
    turned(tab, lambda: tab.locator("#weeks-typed").fill("52"))
    assert tab.locator("#middle-evidence").inner_text().endswith("after 52 weeks")
    assert "probiotic~0~0.5" in tab.url.replace("%7E", "~")
    turned(tab, lambda: tab.locator("#fibre-typed").fill("0,5"))
    assert "fibre=0.5" in tab.url
    assert tab.locator("#fibre").input_value() == "0.5"


def test_browser_a_mangled_address_and_a_number_too_large_are_told_and_change_nothing(opened):
    tab = opened("#fibre=1e9&colour=red")
    assert "fibre=1e9, colour=red" in tab.locator("#trouble").inner_text()
    before = tab.locator("#band-evidence").inner_text()
    box = tab.get_by_label("Fibre in the diet, times the usual")
    box.fill("99999")
    assert box.get_attribute("aria-invalid") == "true"
    assert tab.locator("#fibre").input_value() == "1"
    tab.wait_for_timeout(400)
    assert tab.locator("#band-evidence").inner_text() == before


def test_browser_keyboard_moves_a_slider_that_has_name_and_value(opened):
    tab = opened("", 390)
    knob = tab.get_by_role("slider", name="Fibre in the diet")
    knob.focus()
    turned(tab, lambda: tab.keyboard.press("ArrowRight"))
    assert knob.get_attribute("aria-valuetext") == "1.1 times the usual"
    unnamed = tab.evaluate(
        "() => [...document.querySelectorAll('input, select, button')].filter(one =>"
        " !(one.labels?.length || one.getAttribute('aria-label') || one.textContent)).length"
    )
    assert unnamed == 0


def test_browser_numbers_and_a_person_can_be_taken_along(opened):
    tab = opened()
    for button, starts in (
        ("#csv", "stance,quantity,week"),
        ("#toml", "# Body 1"),
        ("#svg", "<svg"),
    ):
        with tab.expect_download() as found:
            tab.locator(button).click()
        assert found.value.path().read_text(encoding="utf-8").startswith(starts)


def test_browser_map_follows_what_is_turned_and_switches_a_mechanism_off_by_keyboard(opened):
    tab = opened("", 360)
    treg = tab.locator("#map [data-id=gut_treg]")
    assert re.fullmatch(r"Treg of the gut: \+\d+%", treg.get_attribute("aria-label"))
    smallest = tab.evaluate(
        "() => Math.min(...[...document.querySelectorAll('#map text')].map(one =>"
        " parseFloat(getComputedStyle(one).fontSize)))"
    )
    assert smallest >= 12
    turned(tab, lambda: tab.locator("#give-probiotic").uncheck())
    assert treg.get_attribute("aria-label") == "Treg of the gut: as usual"
    assert tab.locator("#map .halo").count() == 0
    levels = "() => [...document.querySelectorAll('#map .level')].map(one => one.textContent)"
    usual = tab.evaluate(levels)
    tab.locator("#map [data-id=barrier]").focus()
    tab.keyboard.press("Enter")
    drawer = tab.locator("#drawer")
    assert drawer.locator("h3").inner_text().startswith("Skin barrier: ")
    first = drawer.locator("input[type=checkbox]").first
    mechanism = first.get_attribute("id").removeprefix("map-off-")
    first.focus()
    turned(tab, lambda: tab.keyboard.press("Space"))
    assert f"off={mechanism}" in tab.url
    assert tab.locator(f"#off-{mechanism}").is_checked()
    assert tab.evaluate(levels) != usual
    assert "carries 0%, usually" in drawer.locator("li").filter(has_text=mechanism).inner_text()
    tab.keyboard.press("Escape")
    assert drawer.is_hidden()
    assert tab.evaluate("() => document.activeElement.dataset.id") == "barrier"


def test_browser_statements_are_filtered_and_lead_to_their_mechanisms_and_the_axis(opened):
    tab = opened("#screen=evidence")
    cards = tab.locator("#cards details.card")
    assert cards.count() == 60
    tab.locator("#filter-grade").select_option("A")
    assert 0 < cards.count() < 60
    assert all("grade A" in text for text in cards.locator("summary").all_inner_texts())
    tab.locator("#filter-grade").select_option("")
    tab.locator("#card-C46 summary").first.click()
    forest = tab.locator("#card-C46 table.forest")
    assert "Taylor 2007 speaks against" in forest.inner_text()
    assert forest.locator("svg.forest .pool").count() >= 5
    assert "pooled here: the 4 trials" in forest.locator("tr.pooled").last.inner_text()
    tab.locator("#card-C44 summary").first.click()
    card = tab.locator("#card-C44")
    card.locator("table td").nth(2).wait_for()
    turned(tab, lambda: card.get_by_role("button", name="Show me on the axis").click())
    assert "weeks=8" in tab.url
    assert tab.locator("#middle-evidence").inner_text().endswith("after 8 weeks")
    tab.go_back()
    tab.locator("#card-C44 summary").first.wait_for()
    tab.locator("#card-C01 summary").first.click()
    tab.locator("#card-C01 li button").first.click()
    assert tab.locator("#drawer li").count() >= 1
    tab.get_by_role("button", name="About").click()
    assert re.search(
        r"Version \d+\.\d+\.\d+, model [0-9a-f]{12}", tab.locator("#licence").inner_text()
    )


LEFT_IN_ENGLISH = ", ".join(  # what a trial file says, names in it, who wrote it
    (
        "#trial-text",
        "#cited",
        "[data-language=en]",
        "#trial-choice",
        "#trial-command",
        "code",
        "#trial-form label",
    )
)
SAID = """([words, left]) => {
  const found = [];
  const seen = (text, where) => { if (words.includes(text.trim())) found.push([text.trim(), where]); };
  for (const one of document.querySelectorAll("[lang=en]"))
    if (one.checkVisibility() && one.textContent.trim() && !one.matches(left)) found.push([one.textContent, "lang"]);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode())
    if (node.parentElement.checkVisibility() && !node.parentElement.closest(left + ", script, style")) seen(node.data, node.parentElement.tagName);
  for (const one of document.querySelectorAll("[aria-label]")) seen(one.getAttribute("aria-label"), "aria-label");
  return found;
}"""  # noqa: E501


def test_browser_no_english_is_left_on_any_screen_of_the_dutch_page(opened):
    """Texts of the page, of its labels and of the tables, with all that folds unfolded."""
    from shown_page import shown

    from gutskin.page.bundle import words_of
    from gutskin.page.dutch import texts_of

    english, own = words_of("en"), words_of("nl")
    words = [text for key, text in english.items() if text != own[key]]
    words += [text for text in texts_of(shown()) if shown()["dutch"][text] != text]
    words = [one for one in words if one not in own.values()]
    everything = "!inulin~0~12~10!topical_steroid~0~4~0.5!antibiotic~2~3~1~~amoxicillin"
    tab = opened(f"#give=probiotic~0~12~9.6~w23{everything}&severity=mild&off=M47", 1280)
    tab.get_by_role("button", name="Nederlands").click()
    tab.locator("#map [data-id=barrier]").focus()
    tab.keyboard.press("Enter")
    for screen in ("axis", "trial", "about", "evidence", "mechanisms"):
        if screen == "mechanisms":
            assert tab.locator("#cards table.forest").count() > 8
            tab.locator("#cards-mechanisms").click()
        else:
            tab.locator(f"[data-screen={screen}]").click()
        tab.evaluate(
            "() => document.querySelectorAll('main:not([hidden]) details').forEach("
            "one => { one.open = true; })"
        )
        tab.wait_for_timeout(300)
        assert tab.evaluate(SAID, [words, LEFT_IN_ENGLISH]) == [], screen
    assert tab.locator("#cards .card code").count() > 141
    assert tab.title() == own["title"]


def test_browser_what_no_address_can_be_is_told_and_a_whole_page_stands(opened):
    tab = opened("#%E0%A4%A&give=~~~&weeks=&severity=worst&file=%FF%FE&who=ad_child&who=ad_adult")
    told = tab.locator("#trial, #trouble").first.inner_text()
    for word in ("give", "weeks", "severity=worst", "who"):
        assert word in told
    assert "95%" in tab.locator("#band-evidence").inner_text()
    tab.locator("[data-screen=trial]").click()
    assert tab.locator("#trial-faults li").count() >= 1
