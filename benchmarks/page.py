"""How fast the page is under a hand, in headless Chromium, and its model beside the engine's.

    .venv/bin/python benchmarks/page.py [--page FILE] [--presses 15] [--only hand]

For each control: from the press of a key to the first frame with another curve, and from there to
all bodies. Then a held key: how many curves a second, and the longest time between two. The model:
ms of the clock and of the processor for one patient over 56 days under full dosing, week by week
and with the steps that the page takes, compiled for WebAssembly (in node, which runs Chromium's
own compiler) and for this processor, one after the other in turns. Least and median of all; the
load of the machine stands beside them, since others may work on it; where they do, `chrt -r 10`
before the command gives it the processors first, as it would have them alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "page"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "report"))
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

CONTROLS = {
    "dose": "#level-probiotic",
    "fibre": "#fibre",
    "washing": "#washing",
    "belief": "#belief",
}
ALL = 104  # bodies
REST = 1200  # ms between two presses, so that nothing is under way
MOST = 18  # presses: sliders have twenty steps
HELD = (18, 33)  # presses of a held key, ms between two
PATIENTS, DAYS, REPEATS = 104, 56, 7

# The time of every key, of every frame with another curve, and of the first with all bodies.
WATCH = """(all) => {
  const lines = (id) => [...document.querySelectorAll(`#${id} path.line`)];
  const curves = () =>
    ["difference", "level"].flatMap(lines).map((line) => line.getAttribute("d")).join();
  window.seen = { key: [], frames: [], all: NaN };
  const told = document.documentElement.dataset;
  let was = curves();
  addEventListener("keydown", () => {
    seen.key.push(performance.now());
    seen.all = NaN;
    told.bodies = "";
  }, true);
  const look = () => {
    const is = curves();
    if (is !== was) seen.frames.push(performance.now());
    was = is;
    if (told.bodies === all && !(seen.all > 0) && seen.key.length) seen.all = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
# A slider at its low end, in surroundings not computed before, so that every key asks anew.
FRESH = """([selector, pollen]) => {
  const put = (id, value) => {
    const slider = document.querySelector(id);
    slider.value = value(slider);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  put("#pollen", () => pollen);
  put(selector, (slider) => slider.min);
}"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, help="a page that is there; else it is made")
    parser.add_argument("--presses", type=int, default=15)
    parser.add_argument("--only", choices=("hand", "model"))
    asked = parser.parse_args()
    print(f"load before {_load()}, {os.cpu_count()} processors")
    if asked.only != "model":
        with tempfile.TemporaryDirectory() as folder:
            hand(asked.page or _written(Path(folder)), min(asked.presses, MOST))
    if asked.only != "hand":
        model()
    print(f"load after {_load()}")


def hand(page: Path, presses: int) -> None:
    """What a hand waits for."""
    from browser import BROWSER
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 1280, "height": 1000}, locale="en-GB")
        began = perf_counter()
        tab.goto(page.resolve().as_uri())
        tab.locator(f"html[data-bodies='{ALL}']").wait_for(state="attached")
        print(f"open to all bodies: {1e3 * (perf_counter() - began):.0f} ms")
        tab.wait_for_timeout(2 * REST)
        tab.evaluate(WATCH, str(ALL))
        pollen = (0.1 * number for number in range(1, 20))
        for name, selector in CONTROLS.items():
            begin(tab, selector, next(pollen))
            first, whole = [], []
            for _ in range(presses):
                tab.evaluate("() => { seen.key = []; seen.frames = []; }")
                tab.keyboard.press("ArrowRight")
                tab.wait_for_function("() => seen.all > 0")
                seen = tab.evaluate("() => seen")
                first.append(seen["frames"][0] - seen["key"][0])
                whole.append(seen["all"] - seen["key"][0])
                tab.wait_for_timeout(REST)
            print(f"{name}: to another curve {_told(first)}, to all bodies {_told(whole)}")
            begin(tab, selector, next(pollen))
            held(tab)
        chromium.close()


def begin(tab: Any, selector: str, pollen: float) -> None:
    """The keyboard on a slider at its low end, and nothing under way."""
    tab.locator(selector).focus()
    tab.evaluate(FRESH, [selector, pollen])
    tab.wait_for_timeout(2 * REST)


def held(tab: Any) -> None:
    """A key that is held: every curve it draws."""
    tab.evaluate("() => { seen.key = []; seen.frames = []; }")
    many, pause = HELD
    for _ in range(many):
        tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(pause)
    tab.wait_for_function("() => seen.all > 0")
    seen = tab.evaluate("() => seen")
    frames = [time for time in seen["frames"] if time <= seen["key"][-1] + 1]
    gaps = [b - a for a, b in zip([seen["key"][0], *frames[:-1]], frames, strict=True)]
    lasted = seen["key"][-1] - seen["key"][0]
    print(
        f"  held: {len(seen['key'])} keys in {lasted:.0f} ms, {len(frames)} curves, "
        f"between two {_told(gaps)}; last key to all bodies {seen['all'] - seen['key'][-1]:.0f} ms"
    )
    tab.wait_for_timeout(REST)


def model() -> None:
    """ms a patient of 56 days, compiled for WebAssembly and for this processor."""
    import numpy as np
    from study import study_of
    from web_engine import NODE, SOURCE, course_case

    from gutskin.engine import simulate
    from gutskin.page.compiled import compile_for_web
    from gutskin.page.layout import FOLLOWING_STAGES, LONGEST_FOLLOWED

    study = study_of(PATIENTS, DAYS)
    schedule = study.schedules["doses"]
    settled, weeks = study.start, study.times[::7]
    web = compile_for_web(study.model)
    case = course_case(
        study.parameters, settled, schedule, weeks, ["scorad"], rtol=1e-3,
        longest=LONGEST_FOLLOWED, stages=FOLLOWING_STAGES,
    )  # fmt: skip
    ours: dict[str, list[float]] = {"clock": [], "processor": []}
    theirs: dict[str, list[float]] = {"clock": [], "processor": []}
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        (folder / "model.wasm").write_bytes(web.module)
        for name, value in {"layout": web.layout, "cases": [case] * REPEATS}.items():
            (folder / f"{name}.json").write_text(json.dumps(value))
        script = Path(__file__).parents[1] / "tests" / "page" / "run_engine.mjs"
        for _ in range(3):
            subprocess.run([str(NODE), str(script), str(folder), str(SOURCE)], check=True)
            for one in json.loads((folder / "found.json").read_text()):
                theirs["clock"].append(one["took"])
                theirs["processor"].append(one["processor"])
            for _ in range(REPEATS):
                clock, processor = perf_counter(), process_time()
                simulate(
                    study.model, study.parameters, settled, schedule, np.asarray(weeks),
                    rtol=1e-3, h_max=LONGEST_FOLLOWED, stages=FOLLOWING_STAGES, workers=1,
                )  # fmt: skip
                ours["clock"].append(1e3 * (perf_counter() - clock))
                ours["processor"].append(1e3 * (process_time() - processor))
    for name, found in (("WebAssembly", theirs), ("this processor", ours)):
        each = {kind: [time / PATIENTS for time in times] for kind, times in found.items()}
        print(
            f"{name}: a patient of {DAYS} days {_told(each['clock'], 3)}, "
            f"of the processor {_told(each['processor'], 3)}"
        )


def _written(folder: Path) -> Path:
    from gutskin.model.compiled import load_model
    from gutskin.page.bundle import page

    place = folder / "page.html"
    place.write_text(page(load_model()), encoding="utf-8")
    return place


def _told(times: Sequence[float], digits: int = 0) -> str:
    if not times:
        return "never"
    middle = statistics.median(times)
    return f"{min(times):.{digits}f} ms at least, {middle:.{digits}f} median"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
