"""What tests of the page in a browser share."""

from gutskin.page.scene import BODIES

READY = f"html[data-bodies='{BODIES}']:has(#working:empty)"  # what mechanisms carry comes last
PATIENCE = 120_000  # ms; machines differ


def turned(tab, act):
    """Do something, and wait until all bodies have been asked anew."""
    tab.evaluate("() => { document.documentElement.dataset.bodies = ''; }")
    act()
    tab.locator(READY).wait_for(state="attached", timeout=PATIENCE)


def added(tab, line):
    """Choose one of the tables, and give it."""
    tab.locator("#add-choice").select_option(line)
    turned(tab, lambda: tab.locator("#add-treatment").click())
