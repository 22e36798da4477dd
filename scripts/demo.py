"""Put the result of `make demo` into words, as the README prints them.

.venv/bin/python scripts/demo.py [FOLDER]      of out/six-strain-children, or another run of it
"""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

from gutskin.errors import exit_on_input_error
from gutskin.report import answer, words
from gutskin.report.power import with_ends
from gutskin.trials.design import load_trial

ROOT = Path(__file__).resolve().parent.parent
TRIAL, REPLICATES = "six-strain-children", 200
MANY = 5000  # patients per arm beyond which it is not chance that decides
CYTOKINES = {"il5": "IL-5", "il6": "IL-6", "ifn_gamma": "IFN-γ"}
WIDTH = 95


def summary(folder):
    """The result in a folder, which is made if it is not there."""
    if not (folder / "result.json").exists():
        command = [sys.executable, "-m", "gutskin", "trial", TRIAL, "--replicates"]
        command += [str(REPLICATES), "--report", "--out", str(folder)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL)
        if done.returncode:  # it has said why
            raise SystemExit(done.returncode)
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def headline(found):
    """What the command prints first, in lines."""
    says = [answer.headline(found), *answer.verdict(found, load_trial(TRIAL))]
    lines = [textwrap.fill(sentence, WIDTH) for sentence in says]
    return "\n".join(["```", *lines, "```"])


def blood(found):
    """What the blood shows."""
    ends = found["endpoints"]
    shares = [words.share_of(ends[name]["difference"], "share_p_below_0_05_for")
              for name in CYTOKINES]  # fmt: skip
    ige = ends["total_ige"]
    part = ige["difference"]["true_effect"]["mean"] / ige[words.control(found)]["baseline_mean"]
    *first, last = CYTOKINES.values()
    return (
        f"{', '.join(first)} and {last} fall with the skin, significantly in "
        f"{', '.join(shares[:-1])} and {shares[-1]} of the trials. Total IgE moves by "
        f"{words.percent(part)}: plasma cells are too slow for more in {words.weeks(found)}."
    )


def article(found):
    """The same trial where the strains do what the article suggests."""
    difference = words.other_stance(found)[1]["difference"]
    return (
        f"the effect is {words.estimate(difference['true_effect'])} points and "
        f"{words.share_of(difference, 'share_p_below_0_05_for')} of the trials are significant"
    )


def doubt(found):
    """What the model is least sure of."""
    first = words.doubts(found, 1)[0]
    return f"That alone explains {words.percent(first['share'])} of the spread of the effect"


def placebo(found):
    """What the control arm does, as measured."""
    arm = found["endpoints"][found["primary"]][words.control(found)]
    return (
        f"a fall of {-arm['change_mean']:.1f} points on placebo with an SD of change of "
        f"{arm['change_sd']:.1f} at week {found['weeks']:g}"
    )


def placebo_spread(found):
    """The spread of change in the control arm."""
    arm = found["endpoints"][found["primary"]][words.control(found)]
    return f"{arm['change_sd']:.1f}"


def power_summary(folder):
    """What `gutskin power` says from the worlds of the demo."""
    summary(folder)
    command = [sys.executable, "-m", "gutskin", "power", TRIAL, "--replicates", str(REPLICATES)]
    command += ["--out", str(folder), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def power(found):
    """How many patients it takes, in a few words."""
    last = found["power"][-1]
    misses = words.percent(1 - found["assurance_limit"])
    if found["n_for_80"] is not None:
        about = int(float(f"{found['n_for_80']:.2g}"))
        reached = f"80% would take about {about:,} per arm"
        if about > MANY:
            reached += ", since more patients do not make up for what nobody knows of the strains"
    else:
        reached = "80% is not reached at any number of patients, because in "
        reached += f"{misses} of the worlds the mix does not help"
    rows = [f"{100 * row['assurance']:.0f}" for row in found["power"]]
    numbers = [f"{row['n']}" for row in found["power"]]
    return (
        f"The chance of a significant benefit is {', '.join(rows[:-1])} and {rows[-1]}% with "
        f"{', '.join(numbers[:-1])} and {numbers[-1]} patients per arm, that of significant harm "
        f"{words.percent(last['harm'])} with {last['n']}; {reached}. If the best estimate were the "
        f"truth, {found['n_for_80_power']} per arm would do"
    )


def power_table(found):
    """Power, assurance and harm by the number of patients."""
    lines = ["| patients per arm | power at the best estimate | assurance | significant harm |"]
    lines.append("| --- | --- | --- | --- |")
    for row in found["power"]:
        cells = [with_ends(row, kind) for kind in ("power", "assurance", "harm")]
        lines.append(f"| {row['n']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out" / TRIAL
    with exit_on_input_error():
        result = summary(chosen)
        for write in (headline, blood, article, doubt, placebo, placebo_spread):
            print(write(result))
