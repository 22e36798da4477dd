"""Adding treatments of the tables by hand: what is offered, to whom, and what it comes to."""

import pytest
from browser import needs_browser
from driven import added, turned

from gutskin.population.patient_file import load_patient

pytestmark = needs_browser


def give(tab):
    """What the address gives."""
    return tab.url.replace("%7E", "~").replace("%21", "!").partition("give=")[2]


def test_keyboard_adds_a_drug_that_moves_the_answer_and_takes_it_away_again(opened):
    tab = opened("#who=ad_adult&severity=severe&give=")
    add, choice = tab.locator("#add-treatment"), tab.get_by_label("Add a treatment")
    assert add.is_disabled()
    choice.focus()
    tab.keyboard.type("Dupi")  # as one types in a list
    tab.keyboard.press("Tab")
    assert tab.evaluate("() => document.activeElement.id") == "add-treatment"
    turned(tab, lambda: tab.keyboard.press("Enter"))
    assert give(tab) == "biologic~0~12~1~~dupilumab"
    assert tab.evaluate("() => document.activeElement.id") == "add-choice"
    notice = tab.locator("#notice")
    assert notice.get_attribute("role") == "status"
    assert "Dupilumab was added." in notice.inner_text()
    assert tab.locator("#question").inner_text().startswith("What would dupilumab do")
    item = tab.locator(".added li")
    assert "Blocks IL-4Rα; 600 mg, then 300 mg every 2 weeks" in item.inner_text()
    middle = tab.locator("#middle-evidence b").inner_text().replace("−", "-")
    assert float(middle) < -8
    assert tab.get_by_role("slider", name="Dupilumab: to week").count() == 1
    tab.get_by_role("button", name="Remove Dupilumab").focus()
    turned(tab, lambda: tab.keyboard.press("Enter"))
    assert give(tab) == ""
    assert tab.evaluate("() => document.activeElement.id") == "add-choice"
    assert tab.locator("#middle-evidence").inner_text() == "nothing is given, so nothing differs"


def test_two_biologics_at_once_and_no_third(opened):
    tab = opened("#who=ad_adult&give=")
    added(tab, "biologic-tralokinumab")
    added(tab, "biologic-nemolizumab")
    assert give(tab) == "biologic~0~12~1~~tralokinumab!biologic~0~12~1~~nemolizumab"
    third = tab.locator("#add-choice option[value=biologic-dupilumab]")
    assert third.is_disabled()
    assert third.inner_text() == "Dupilumab (IL-4Rα) – 2 are given"
    assert "room for 2 biologics" in tab.locator("#add-why").inner_text()
    assert tab.locator("#add-choice").get_attribute("aria-describedby") == "add-why"
    for kind in ("tablet-abrocitinib", "cream-tapinarof", "antibiotic-vancomycin"):
        assert tab.locator(f"#add-choice option[value={kind}]").is_enabled()


def test_creams_follow_each_other_and_a_use_is_chosen(opened):
    tab = opened("#give=")
    added(tab, "cream-steroid_potent")
    added(tab, "cream-tacrolimus_0_1")
    assert give(tab) == "cream~0~6~1~~steroid_potent!cream~6~12~1~~tacrolimus_0_1"
    use = tab.locator("#use-cream-tacrolimus_0_1")
    options = ["every day", "twice a week"]  # not where lesions are seen: no steroid
    assert use.locator("option").all_inner_texts() == options
    turned(tab, lambda: use.select_option("twice_weekly"))
    assert give(tab).endswith("cream~6~12~1~~tacrolimus_0_1~twice_weekly")
    focus = "() => document.activeElement.id"
    assert tab.evaluate(focus) == "use-cream-tacrolimus_0_1-twice_weekly"
    end = tab.get_by_role("slider", name="Potent steroid cream: to week")
    assert end.get_attribute("aria-valuemax") == "6"
    start = tab.get_by_role("slider", name="Tacrolimus 0.1% ointment, twice a week: from week")
    start.focus()
    turned(tab, lambda: tab.keyboard.press("PageUp"))
    assert end.get_attribute("aria-valuemax") == "10"  # what the other leaves
    turned(tab, lambda: tab.locator("#end-cream-steroid_potent-0").fill("9,5"))
    assert give(tab).startswith("cream~0~9.5~1~~steroid_potent!cream~10~12")


def test_a_drug_for_another_age_says_so_where_it_stands_and_is_given_to_nobody(opened):
    tab = opened("#age=12&give=biologic~0~12~1~~lebrikizumab")
    answer = tab.locator("#middle-evidence")
    assert "SCORAD" in answer.inner_text()
    option = tab.locator("#add-choice option[value=biologic-tralokinumab]")
    assert option.inner_text().endswith("– from 18 years")
    assert option.is_disabled()
    assert "for the youngest of these people (age 12)" in tab.locator("#add-why").inner_text()
    tab.locator("#age").focus()
    turned(tab, lambda: tab.keyboard.press("ArrowLeft"))
    told = "Given to nobody: it has no usual dose before 12 years. "
    told += "Set a higher age, take adults, or give a dose of your own."
    assert tab.locator("#lacks-biologic-lebrikizumab").inner_text() == told
    assert tab.locator("#calendar .row.idle .given").inner_text().endswith("given to nobody")
    assert answer.inner_text() == "nothing is given, so nothing differs"
    assert give(tab) == "biologic~0~12~1~~lebrikizumab"  # it waits
    assert tab.evaluate("() => document.activeElement.id") == "age"
    turned(tab, lambda: tab.keyboard.press("ArrowRight"))
    assert tab.locator("#lacks-biologic-lebrikizumab").count() == 0
    assert "SCORAD" in answer.inner_text()
    turned(tab, lambda: tab.locator("#who").select_option("ad_adult"))
    assert tab.locator("#add-choice option[value=biologic-tralokinumab]").is_enabled()


def test_a_dose_of_ones_own_begins_as_the_usual_one_and_reaches_who_has_none(opened, tmp_path):
    tab = opened("#who=ad_adult&severity=severe&give=biologic~0~12~1~~dupilumab")
    usual = tab.locator("#band-evidence").inner_text()
    turned(tab, lambda: tab.get_by_label("A dose of my own").check())
    assert give(tab).endswith("~~dupilumab~~300_2_600")
    assert tab.locator("#band-evidence").inner_text() == usual
    dose = tab.locator("#own_dose-biologic-dupilumab")
    assert dose.get_attribute("aria-label") == "Dupilumab: mg"
    turned(tab, lambda: dose.fill("50"))
    turned(tab, lambda: tab.locator("#own_first-biologic-dupilumab").fill("50"))
    assert tab.locator("#band-evidence").inner_text() != usual
    for box, wrong, told in (
        ("own_dose", "1e9", "Type a number from 0 to 2,400. It stays 50."),
        ("own_every", "0", "Type a number from 0.5 to 26. It stays 2."),
    ):
        tab.locator(f"#{box}-biologic-dupilumab").fill(wrong)
        assert tab.locator(f"#{box}-biologic-dupilumab-wrong").inner_text() == told
    assert give(tab).endswith("~~dupilumab~~50_2_50")
    with tab.expect_download() as found:
        tab.locator("#toml").click()
    found.value.save_as(tmp_path / "person.toml")
    (drug,) = load_patient(tmp_path / "person.toml").doses
    assert (drug.dose_mg, drug.every_weeks, drug.loading_mg) == (50, 2, 50)
    turned(tab, lambda: tab.get_by_label("A dose of my own").uncheck())
    assert tab.locator("#band-evidence").inner_text() == usual
    tab = opened("#age=3&severity=severe&give=biologic~0~12~1~~tralokinumab")
    assert tab.locator("#lacks-biologic-tralokinumab").is_visible()
    turned(tab, lambda: tab.get_by_label("A dose of my own").check())
    assert tab.locator("#lacks-biologic-tralokinumab").count() == 0
    assert "SCORAD" in tab.locator("#middle-evidence").inner_text()


def test_what_is_set_after_a_look_at_another_screen_counts(opened):
    tab = opened("#give=emollient~0~12~0.5")
    tab.locator("[data-screen=about]").click()
    tab.locator("[data-screen=axis]").click()
    turned(tab, lambda: tab.locator("#who").select_option("ad_adult"))
    assert "who=ad_adult" in tab.url


def test_dutch_names_and_the_file_that_is_taken_along(opened):
    tab = opened("#lang=nl&who=ad_adult&give=", 390)
    groups = tab.locator("#add-choice optgroup").evaluate_all("all => all.map(one => one.label)")
    assert groups == ["Biologicals", "Tabletten", "Crèmes, zalven, baden", "Antibiotica (oraal)"]
    for line in ("tablet-baricitinib", "cream-steroid_potent", "antibiotic-amoxicillin"):
        added(tab, line)
    names = tab.locator(".added b").all_inner_texts()
    assert names == ["Baricitinib", "Sterke hormoonzalf", "Antibioticum: amoxicilline"]
    assert tab.locator(".added").inner_text().count("4 mg per dag") == 1
    for width in (390, 1280):
        tab.set_viewport_size({"width": width, "height": 844})
        tab.locator("#add-choice").evaluate("one => one.blur()")
        tab.get_by_role("button", name="Voeg een behandeling toe").click()  # beside the bars
        assert tab.evaluate("() => document.activeElement.id") == "add-choice"
        assert tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), width
    with tab.expect_download() as found:
        tab.locator("#toml").click()
    patient = load_patient(found.value.path())
    told = [(one.kind, one.name, one.start_day, one.end_day) for one in patient.doses]
    assert told == [
        ("drug", "baricitinib", 0, 85), ("topical", "steroid_potent", 0, 85),
        ("antibiotic", "amoxicillin", 0, 7),
    ]  # fmt: skip


WAITS = """() => { const after = window.setTimeout; window.later = [];
    window.setTimeout = (act, ms) => ms < 5000 ? after(act, ms) : later.push([ms, act]); }"""


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_task_that_is_reached_is_told_where_it_happens_for_a_while(opened, language):
    tab = opened(f"#lang={language}&give=probiotic~0~12~9.6~w23")
    said = {"en": "Task 5 of the lesson is done", "nl": "Opdracht 5 van de les is gedaan"}[language]
    assert tab.locator("#notice").inner_text() == ""
    tab.evaluate(WAITS)
    turned(tab, lambda: tab.locator("#belief").fill("50"))
    notice = tab.locator("#notice")
    assert said in notice.inner_text()
    turned(tab, lambda: tab.locator("#belief").fill("40"))
    assert notice.inner_text().count(said) == 1  # once
    ended = "() => window.later.splice(0).map(([time, end]) => { end(); return time; })"
    assert tab.evaluate(ended) == [8000]  # as if so many ms had passed
    assert notice.inner_text() == ""
    turned(tab, lambda: tab.locator("#belief").fill("30"))
    assert notice.inner_text() == ""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_reduced_motion_a_word_appears_without_moving(opened, motion):
    tab = opened("#give=", motion=motion)
    turned(tab, lambda: tab.locator("#belief").fill("50"))
    name = tab.locator("#notice span").first.evaluate("one => getComputedStyle(one).animationName")
    assert name == ("none" if motion == "reduce" else "rise")
