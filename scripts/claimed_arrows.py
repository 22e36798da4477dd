"""What arrows that are only claimed would do at their claimed size, and what a gut can do.

    .venv/bin/python scripts/claimed_arrows.py      every number, by experiment and check

Children with eczema, each in a world of his own, for twelve weeks without the noise of days. An
arrow is weighed by what it adds to the effect of a product and of half the fibre, all other such
arrows held at zero, so that the sizes do not depend on each other. The tables in docs/model.md are
written from here (see write_numbers.py).
"""

import tempfile
from functools import cache
from pathlib import Path

from gutskin.errors import exit_on_input_error
from gutskin.evidence.claims import judge, setting_of
from gutskin.evidence.experiments import read_experiments
from gutskin.model.compiled import load_model

ARROWS = {
    "g_butyrate_skin": "butyrate to skin T cells (M51)",
    "g_butyrate_barrier": "butyrate to the barrier of the skin (M153)",
    "g_indole_skin": "indoles to skin T cells (M52)",
    "g_indole_filaggrin": "indoles to filaggrin (M67)",
    "g_riboflavin_skin": "riboflavin to skin T cells (M54)",
    "g_products_inflammation": "bacterial products to systemic tone (M34)",
}
PRODUCT = (
    '{ kind = "probiotic", strains = ["W23", "W51", "W55", "W56", "W57", "W58"], '
    "cfu_per_day = 4e9, start_day = 0 }"
)
GIVEN = {
    "mix": PRODUCT,
    "half": '{ kind = "fibre", factor = 0.5, start_day = 0 }',
    "fifth": '{ kind = "fibre", factor = 0.2, start_day = 0 }',
    "antibiotic": '{ kind = "antibiotic", start_day = 0, end_day = 7 }',
}
HEAD = """
[{name}]
experiment = "children with eczema for twelve weeks"
statement = "what is given moves the skin"
grade = "structure"
evidence_verdict = "thin"
why = "A number of the pages, not a statement."
days = 84
"""
CHECK = """
[[{name}.checks]]
says = "{says}"
quantity = "scorad"
read = {{ day = {day} }}
contrast = {contrast}
expected = [{low}, {high}]
"""
SIDE = {"mix": (-30, 0), "half": (0, 30), "fifth": (0, 30), "antibiotic": (0, 30)}


def arm(experiment, name, *lines):
    """An arm of an experiment as text."""
    return "\n".join([f"\n[{experiment}.arms.{name}]", *lines, ""])


def arrows(model):
    """One experiment: every arrow at zero, at the end of its prior and at its claimed size."""
    rows = model.tables.parameters
    levels = {"zero": {}}
    for name in ARROWS:
        for column in ("high", "claimed"):
            levels[f"{name}_{column}"] = {name: rows[name].number(column)}
    levels["all"] = {name: rows[name].number("claimed") for name in ARROWS}
    text, checks = HEAD.format(name="A"), []
    for level, sizes in levels.items():
        held = ", ".join(f"{name} = {sizes.get(name, 0.0)}" for name in ARROWS)
        text += arm("A", f"none_{level}", 'population = "ad_child"', f"always = {{ {held} }}")
        for what in ("mix", "half"):
            text += arm("A", f"{what}_{level}", f'like = "none_{level}"',
                        f"doses = [{GIVEN[what]}]")  # fmt: skip
            contrast = f"{{ {what}_{level} = 1, none_{level} = -1"
            contrast += "" if level == "zero" else f", {what}_zero = -1, none_zero = 1"
            low, high = SIDE[what]
            checks.append(CHECK.format(name="A", says=f"{what} {level}", day=84, low=low,
                                       high=high, contrast=contrast + " }"))  # fmt: skip
    return text + "".join(checks)


def gut():
    """One experiment: a product, little fibre and an antibiotic, beside nothing."""
    text, checks = HEAD.format(name="B") + arm("B", "none", 'population = "ad_child"'), []
    text += arm("B", "none_closed", 'like = "none"', 'off = ["cells"]')
    for what, dose in GIVEN.items():
        text += arm("B", what, 'like = "none"', f"doses = [{dose}]")
        for day in (28, 56, 84):
            low, high = SIDE[what]
            checks.append(CHECK.format(name="B", says=f"{what} {day}", day=day, low=low, high=high,
                                       contrast=f"{{ {what} = 1, none = -1 }}"))  # fmt: skip
        text += arm("B", f"{what}_closed", f'like = "{what}"', 'off = ["cells"]')
        contrast = f"{{ {what}_closed = 1, none_closed = -1 }}"
        checks.append(CHECK.format(name="B", says=f"{what} closed", day=84, low=low, high=high,
                                   contrast=contrast))  # fmt: skip
    return text + "".join(checks)


def judged(text, model, stance):
    """What the checks of one experiment came to: what they say -> finding."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.toml"
        path.write_text(text, encoding="utf-8")
        own = read_experiments(path, model)
        (one,) = judge(own, setting_of(own, model, stance))
    assert one.findings, one
    return {found.check.says: found for found in one.findings}


@cache
def findings():
    """Both experiments, the second under both stances: (experiment, what it says) -> finding."""
    model = load_model()
    runs = {
        "arrow": judged(arrows(model), model, "evidence"),
        "evidence": judged(gut(), model, "evidence"),
        "article": judged(gut(), model, "article"),
    }
    return {(run, says): found for run, one in runs.items() for says, found in one.items()}


def added(arrow, level, what):
    """What an arrow of a size adds to the effect of something (points), as text."""
    return f"{findings()['arrow', f'{what} {arrow}_{level}'].middle:+z.2f}"


def arrow_table():
    """The arrows with what each adds, as a table."""
    rows = load_model().tables.parameters
    lines = [
        "| arrow | gain: human levels allow, claimed | half the fibre | the six strains |",
        "| --- | --- | --- | --- |",
    ]
    for name, title in ARROWS.items():
        sizes = f"{rows[name].text('high')}, {rows[name].text('claimed')}"
        cells = [
            ", ".join(added(name, level, what) for level in ("high", "claimed"))
            for what in ("half", "mix")
        ]
        lines.append("| " + " | ".join((title, sizes, *cells)) + " |")
    together = [findings()["arrow", f"{what} all"].middle for what in ("half", "mix")]
    alone = [findings()["arrow", f"{what} zero"].middle for what in ("half", "mix")]
    cells = [f"{one:+z.2f}" for one in together]
    lines.append("| " + " | ".join(("all six together, claimed", "", *cells)) + " |")
    cells = [f"{one:+z.2f}" for one in alone]
    lines.append("| " + " | ".join(("everything else (none of the six)", "", *cells)) + " |")
    return "\n".join(lines)


def spread(found):
    """A median with its interval, as text."""
    return f"{found.middle:+z.1f} ({found.low:z.1f} to {found.high:z.1f})"


GUT = {
    "mix": "six strains, 4e9 CFU a day",
    "half": "half the fibre",
    "fifth": "a fifth of the fibre",
    "antibiotic": "one week of a broad antibiotic",
}


def gut_in_short():
    """What a diet, an antibiotic and a product do by week 12, in a sentence."""
    by = {what: abs(findings()["evidence", f"{what} 84"].middle) for what in GUT}
    return (
        f"In twelve weeks half the fibre costs children with eczema {by['half']:.1f} SCORAD "
        f"points, a fifth of it {by['fifth']:.1f}, a week of a broad antibiotic "
        f"{by['antibiotic']:.1f}; six strains gain the same children {by['mix']:.1f}"
    )


def gut_table():
    """A product beside a diet and an antibiotic, as a table."""
    lines = [
        "| given | week 4 | week 8 | week 12 | week 12, cells closed | week 12, article stance |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for what, title in GUT.items():
        cells = [f"{findings()['evidence', f'{what} {day}'].middle:+z.1f}" for day in (28, 56)]
        cells.append(spread(findings()["evidence", f"{what} 84"]))
        cells.append(f"{findings()['evidence', f'{what} closed'].middle:+z.1f}")
        cells.append(spread(findings()["article", f"{what} 84"]))
        lines.append("| " + " | ".join((title, *cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    with exit_on_input_error():
        rows = findings().items()
    for (run, says), found in rows:
        print(run, says, f"{found.middle:.3g} ({found.low:.3g} to {found.high:.3g})", sep="\t")
