"""What tests of the page in a browser share."""

from gutskin.page.scene import BODIES

FEWER = 16  # bodies of most tests: as many as are shown first, and a second piece of others
SMALLER = (  # the page's own sizes of pieces, and those that so few bodies are asked in
    ("const FEW = 32;", "const FEW = 8;"),
    ("const MORE = 24;", "const MORE = 8;"),
    ("const PIECES = [32, 24, 24, 24];", "const PIECES = [8, 8];"),
)
# what mechanisms carry comes last; a page of all bodies never stops at fewer of them
READY = f"html:is([data-bodies='{BODIES}'], [data-bodies='{FEWER}']):has(#working:empty)"
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
