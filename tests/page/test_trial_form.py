"""The form of a trial in a browser: it and the file follow each other, and no fault is lost."""

from browser import needs_browser
from playwright.sync_api import expect

pytestmark = needs_browser

NESTED = """
[randomisation]
block_sizes = [4]

[[randomisation.strata]]
by = "scorad"
cuts = [40]

[crossover]
periods = [[0, 8], [12, 20]]

[responders]
at_week = 4
rule = "easi75"
arms = ["six_strain"]

[discontinuation]
kinds = ["probiotic"]

[extension]
from_week = 8

[[estimands]]
name = "main"

[estimands.strategies]
rescue = "composite"
"""


def test_browser_trial_form_and_file_follow_each_other_and_faults_stand_at_their_line(opened):
    tab = opened("#screen=trial", 1280)
    text = tab.locator("#trial-text")
    assert text.input_value().startswith("# The treatment trial")
    assert "sound" in tab.locator("#trial-says").inner_text()
    box = tab.locator("#trial-arms-0-n")
    assert box.input_value() == "20"
    box.fill("45")
    box.press("Tab")
    assert "n = 45" in text.input_value()
    assert "# of the whole mix: 2e9 twice a day" in text.input_value()  # remarks stay
    box.fill("1")
    box.press("Tab")
    assert box.get_attribute("aria-invalid") == "true"
    assert "n = 45" in text.input_value()
    text.fill(text.input_value().replace("adherence = 0.9", "adherance = 0.8"))
    assert "did you mean adherence?" in tab.locator("#trial-faults").inner_text()
    line = text.input_value().split("adherance")[0].count("\n") + 1
    tab.get_by_role("button", name=f"line {line}").click()
    assert tab.evaluate("getSelection().toString()").startswith("adherance = 0.8")
    text.fill(text.input_value().replace("adherance", "adherence"))
    assert tab.locator("#trial-conduct-adherence").input_value() == "0.8"
    address = tab.url
    tab.reload()
    assert "n = 45" in text.input_value()
    assert tab.url == address
    text.fill("name = ")
    assert tab.locator("#trial-form").evaluate("form => form.inert")
    assert box.input_value() == "45"  # the last that could be read
    tab.get_by_role("button", name="Nederlands").click()
    assert tab.locator("#trial-faults").inner_text().startswith("regel 1")


def test_browser_a_trial_file_of_the_disk_is_opened_changed_and_saved(opened, tmp_path):
    from gutskin.trials.design import load_trial

    tab = opened("#screen=trial&trial=lgg-infants", 390)
    own = tmp_path / "own.toml"
    own.write_text(tab.locator("#trial-text").input_value().replace("lgg-infants", "own"))
    tab.locator("#trial-from-disk").set_input_files(own)
    expect(tab.locator("#trial-name")).to_have_value("own")
    tab.locator("#trial-arms-1-kind").select_option("emollient")
    tab.locator("#trial-arms-1-add").click()
    assert "level is missing" in tab.locator("#trial-faults").inner_text()
    level = tab.locator("#trial-arms-1-interventions-0-level")
    level.fill("0.75")
    level.press("Tab")
    tab.get_by_role("button", name="Remove arm L. rhamnosus GG").click()
    tab.locator("#trial-add-arm").click()
    with tab.expect_download() as found:
        tab.locator("#trial-save").click()
    assert found.value.suggested_filename == "own.toml"
    (tmp_path / "saved.toml").write_text(
        found.value.path().read_text("utf-8").split("[published]")[0]
    )
    design = load_trial(tmp_path / "saved.toml")
    assert [arm.name for arm in design.arms] == ["placebo", "arm_2"]
    assert design.control.interventions[0].level == 0.75
    wide = tab.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    assert "gutskin trial own.toml" in tab.locator("#trial-command").inner_text()


def test_browser_every_shipped_trial_has_its_form_and_is_sound(opened):
    tab = opened("#screen=trial")
    names = tab.locator("#trial-choice option").all_inner_texts()
    assert len(names) > 10
    for name in names:
        tab.locator("#trial-choice").select_option(name)
        assert tab.locator("#trial-name").input_value() == name
        assert tab.locator("#trial-faults li").count() == 0, name
    before = tab.locator("#trial-text").input_value()
    for rare in tab.locator("#trial-form details.rare summary").all():
        rare.click()
    tab.locator("#trial-subgroups-add").click()
    assert tab.locator("#trial-text").input_value() == before + "\n[[subgroups]]\n"
    assert "name is missing" in tab.locator("#trial-faults").inner_text()


def test_browser_tables_and_lists_within_tables_have_controls_that_change_the_file(opened):
    """Strata, periods, estimands, an extension: none is a box with something else in it."""
    tab = opened("#screen=trial")
    text = tab.locator("#trial-text")
    text.fill(
        text.input_value().replace(
            "[analysis]", NESTED + "\n[analysis]\nmethods = { itch = 'mmrm' }"
        )
    )
    assert tab.locator("#trial-faults li").count() == 0
    form = tab.locator("#trial-form")
    boxes = "all => all.map(one => one.value).filter(one => /object|NaN|undefined/.test(one))"
    assert form.locator("input").evaluate_all(boxes) == []
    assert form.get_by_text("not reported").count() == 0
    form.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    for box, value in (
        ("crossover-periods", "0 8; 12 20"),
        ("randomisation-strata-0-cuts", "40"),
        ("responders-arms", "six_strain"),
        ("discontinuation-kinds", "probiotic"),
        ("extension-from_week", "8"),
        ("estimands-0-strategies-rescue", "composite"),
        ("analysis-methods-itch", "mmrm"),
    ):
        assert tab.locator(f"#trial-{box}").input_value() == value
    changes = (
        ("crossover-periods", "0 4; 8 12,5", "periods = [[0, 4], [8, 12.5]]"),
        ("randomisation-strata-0-cuts", "30 50", "cuts = [30, 50]"),
        ("responders-arms", "six_strain placebo", 'arms = ["six_strain", "placebo"]'),
        ("extension-share", "0.5", "share = 0.5"),
    )
    for box, typed, written in changes:
        field = tab.locator(f"#trial-{box}")
        field.fill(typed)
        field.press("Tab")
        assert written in text.input_value()
    tab.locator("#trial-estimands-0-strategies-dropout").select_option("hypothetical")
    assert 'rescue = "composite"\ndropout = "hypothetical"' in text.input_value()
    tab.locator("#trial-randomisation-strata-add").click()
    assert "by is missing" in tab.locator("#trial-faults").inner_text()
    tab.locator("#trial-randomisation-strata-1-by").select_option("sensitised")
    assert '[[randomisation.strata]]\nby = "sensitised"' in text.input_value()
    tab.locator("#trial-randomisation-strata-0-remove").click()
    assert text.input_value().count("[[randomisation.strata]]") == 1
    tab.locator("#trial-analysis-methods-add").select_option("scorad")
    assert "methods = { itch = 'mmrm', scorad = \"ancova\" }" in text.input_value()
    periods = tab.locator("#trial-crossover-periods")
    periods.fill("0 8 12; 20")
    periods.press("Tab")
    assert periods.get_attribute("aria-invalid") == "true"
    text.fill(text.input_value().replace('"hypothetical"', '"hypothetic"'))
    assert "did you mean hypothetical?" in tab.locator("#trial-faults").inner_text()
    assert tab.locator("#trial-faults li").count() == 1


def test_browser_a_file_of_another_version_or_no_file_at_all_is_told_and_the_form_stays(
    opened, tmp_path
):
    tab = opened("#screen=trial")
    name = tab.locator("#trial-name")
    before = name.input_value()
    for content, says in (
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1"),
        (b"name = 'x'\nformat = 2\n[cohort]\nsize = 20\n", "format"),
        (b"x" * 300_000, ""),
    ):
        own = tmp_path / "own.toml"
        own.write_bytes(content)
        tab.locator("#trial-from-disk").set_input_files(own)
        if says:
            tab.locator("#trial-faults li").filter(has_text=says).first.wait_for()
        else:
            tab.locator("#trial-said").filter(has_text="200").wait_for()
    tab.locator("#trial-choice").select_option(before)
    assert name.input_value() == before
    box = tab.locator("#trial-arms-0-n")
    kept = box.input_value()
    for typed in ("9" * 400, "1e999", "-5", "12 people"):
        box.fill(typed)
        box.press("Tab")
        assert box.get_attribute("aria-invalid") == "true", typed
        assert f"n = {kept}" in tab.locator("#trial-text").input_value()
