"""The page in a browser without a window, for all tests of this folder."""

import pytest
from browser import BROWSER
from driven import FEWER, PATIENCE, READY, SMALLER

from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page import bundle, scene
from gutskin.page.bundle import page


@pytest.fixture(scope="session")
def whole_place(tmp_path_factory):
    """Where the page stands as it is released."""
    return placed(tmp_path_factory.mktemp("page") / "whole.html")


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """Where the page stands with fewer bodies: what is seen and turned is the same, and quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene, "BODIES", FEWER)
        patch.setattr(bundle, "joined", in_smaller_pieces)
        return placed(tmp_path_factory.mktemp("page") / "axis.html")


def in_smaller_pieces(paths, joined=bundle.joined):
    """The page's code, which asks about few bodies in as many steps as about all."""
    code = joined(paths)
    for usual, smaller in SMALLER:
        assert code.count(usual) == 1, usual
        code = code.replace(usual, smaller)
    return code


def placed(path):
    path.write_text(page(load_model(biology_of_worlds())), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Tabs:
    """Tabs that tests have one after the other: a new one costs more than the page in it."""

    def __init__(self, browser, empty):
        self.context = browser.new_context(locale="en-GB", offline=True, has_touch=True)
        self.empty = empty
        self.tabs = []
        self.given = 0
        self.trouble = []

    def one(self):
        """A tab with nothing in it, which tells of what goes wrong or out."""
        if self.given == len(self.tabs):
            tab = self.context.new_page()
            tab.on("pageerror", lambda error: self.trouble.append(str(error)))
            tab.on("console", self._said)
            tab.on("request", self._asked)
            tab.goto(self.empty)
            self.tabs.append(tab)
        self.given += 1
        return self.tabs[self.given - 1]

    def emptied(self):
        """What went wrong since they were emptied before; whatever the page was at ends."""
        for tab in self.tabs[: self.given]:
            tab.goto(self.empty)
        self.given = 0
        trouble, self.trouble = self.trouble, []
        return trouble

    def _said(self, said):
        if said.type == "error":
            self.trouble.append(said.text)

    def _asked(self, asked):
        if not asked.url.startswith(("file:", "blob:", "data:")):
            self.trouble.append(asked.url)


@pytest.fixture(scope="session")
def tabs(browser, tmp_path_factory):
    empty = tmp_path_factory.mktemp("page") / "empty.html"
    empty.write_text("<!doctype html><title>nothing</title>", encoding="utf-8")
    return Tabs(browser, empty.as_uri())


@pytest.fixture
def opened(tabs, place):
    """A function that opens the page at an address, at a width; nothing may go wrong or out."""
    yield opener(tabs, place)
    assert tabs.emptied() == []


@pytest.fixture
def opened_whole(tabs, whole_place):
    """The same of the page as it is released, with all its bodies."""
    yield opener(tabs, whole_place)
    assert tabs.emptied() == []


def opener(tabs, place):
    def open_at(address="", width=1280, motion="no-preference"):
        tab = tabs.one()
        tab.bring_to_front()  # one behind another is painted, and so pressed, once a second
        tab.set_viewport_size({"width": width, "height": 844})
        tab.emulate_media(reduced_motion=motion)
        tab.goto(place + address)
        tab.locator(READY).wait_for(state="attached", timeout=PATIENCE)
        return tab

    return open_at
