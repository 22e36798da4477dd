"""The page in a browser without a window, for all tests of this folder."""

import pytest
from browser import BROWSER
from driven import PATIENCE, READY

from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page.bundle import page


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "axis.html"
    path.write_text(page(load_model(biology_of_worlds())), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, place):
    """A function that opens the page at an address and a width; nothing may go wrong or out."""
    context = browser.new_context(locale="en-GB", offline=True, has_touch=True)
    trouble = []

    def open_at(address="", width=1280):
        tab = context.new_page()
        tab.set_viewport_size({"width": width, "height": 844})
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        tab.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("file:", "blob:", "data:"))
                else trouble.append(asked.url)
            ),
        )
        tab.goto(place + address)
        tab.locator(READY).wait_for(state="attached", timeout=PATIENCE)
        return tab

    yield open_at
    context.close()
    assert trouble == []
