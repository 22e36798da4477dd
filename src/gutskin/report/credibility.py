"""A frozen plan and a credibility report: as Markdown, as a page, on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Any

from gutskin.credibility.declared import NOT_DECLARED
from gutskin.media import counted, ends, one_line
from gutskin.report.design_words import designed, randomised, whole
from gutskin.report.methods import planned
from gutskin.report.origins import sharing
from gutskin.report.who_may_enrol import (
    entry_words,
    given_words,
    infant_words,
    people_words,
    subgroup_words,
)
from gutskin.trials.design import TrialDesign

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

Values = Mapping[str, Any]
NOT_LOOKED_AT = "Where nothing that this program has looks at something, it says: not shown."
NO_ADVICE = "A research model; it gives no medical advice."


@dataclass(frozen=True)
class Section:
    """Part of a document: sentences, then a table."""

    heading: str
    sentences: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Document:
    """What is written the same way in every medium."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def plan_document(plan: Values, checksum: str) -> Document:
    """A frozen plan.

    Parameters
    ----------
    plan : what its file says
    """
    declared, analysis, unknown = plan["declared"], plan["analysis"], plan["unknowns"]
    design = TrialDesign.model_validate_json(json.dumps(plan["design"]))
    asked = tuple(
        (name, declared[key] if declared[key] not in ("", NOT_DECLARED) else "not declared")
        for name, key in (
            ("Question of interest", "question"), ("Context of use", "context_of_use"),
            ("Model influence", "influence"), ("Consequence of a wrong decision", "consequence"),
            ("Model impact", "impact"),
        )
    )  # fmt: skip
    trial = (
        *_who_gets_what(plan, design),
        ("Primary endpoint", f"{analysis['label']} at week {analysis['week']:g}"),
        ("Analysis", f"{analysis['method']} where nothing else is said; missing values "
                     f"{analysis['missing']}; several questions: {analysis['multiplicity']}; "
                     f"alpha {plan['alpha']:g}"),
        *(("Tested", one) for one in planned(design, _rows_of(plan))),
        ("Replicates, seed", f"{plan['replicates']:,}, {plan['seed']}"),
        ("Stance, worlds", f"{plan['stance']}, {plan['draws']}"),
        ("Drawn", f"{unknown['priors']} numbers of bodies with widths of their own, "
                  f"{unknown['fitted_together']} that were fitted together, "
                  f"{unknown['conduct']} of trials"),
        ("Stands to the evidence", plan["applicability"]["sentence"]),
        *(("Strains in one place", sharing(one)) for one in plan.get("shared_places", ())),
        *(("Strain of unknown species", one) for one in plan.get("unknown_species", ())),
    )  # fmt: skip
    estimands = tuple(
        (one["name"], one["endpoint"] or analysis["primary"], one["summary"] or "by the endpoint",
         ", ".join(f"{event}: {how}" for event, how in one["strategies"].items()))
        for one in plan["estimands"]
    )  # fmt: skip
    hashes = (
        ("Plan", checksum), ("Trial", plan["design_sha256"]),
        ("Model", plan["model"]["content_hash"]), ("Program", plan["program"]),
    )  # fmt: skip
    return Document(
        f"Frozen plan: {plan['title'] or plan['trial']}",
        "Written before the trial is simulated.",
        (
            Section("What it is for", (), ("Element", "Declared"), asked),
            Section("The trial", (), ("Part", "Planned"), trial),
            Section("Estimands", () if estimands else ("None is named in the trial file.",),
                    ("Name", "Variable", "Summary", "Intercurrent events") if estimands else (),
                    estimands),
            Section("What must hold", (), ("Criterion", "Asked"), tuple(
                (key.replace("_", " "), f"{value}") for key, value in plan["acceptance"].items())),
            Section("Checksums", (), ("Of", "SHA-256 or content hash"), hashes),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class _Frozen:
    """What a plan holds of a row of endpoints.tsv."""

    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells[column]


def _rows_of(plan: Values) -> dict[str, Any]:
    """Endpoints with their labels and scales as they were frozen."""
    return {name: _Frozen(cells) for name, cells in plan["analysis"]["words"].items()}


def _who_gets_what(plan: Values, design: TrialDesign) -> Iterator[tuple[str, str]]:
    """Population, eligibility, arms with their doses, randomisation, visits, conduct."""
    rows, given = _rows_of(plan), plan["given"]
    yield "Population", people_words([*plan["who"]["populations"].values()])
    low, high = (f"{end:g}" for end in plan["who"]["ages"])
    age = "from birth" if design.from_birth else f"{ends(low, high)} years"
    yield (
        "Who may enrol",
        "; ".join(
            (
                age,
                *entry_words(design.eligibility, rows),
                *infant_words(design.infants, design.start),
            )
        ),
    )
    for one in design.subgroups:
        yield "Subgroup", subgroup_words(one, rows)
    if (before := given.get("run_in")) is not None:
        courses = before["courses"]
        told = given_words(courses) if courses else "placebo"
        yield f"Run-in, all ({before['weeks']:g} weeks)", told
    for one in given["arms"]:
        if one["n"]:  # nobody is untreated of a single arm
            who = f"Arm {one['label']} ({one['n']}{', control' if one['control'] else ''})"
            yield who, given_words(one["courses"])
    yield "Randomisation", _randomised(design)
    weeks = ", ".join(f"{one:g}" for one in design.visits.weeks)
    yield "Visits (weeks)", f"{weeks}; the trial ends with week {design.end_week:g}"
    yield "Measured", "; ".join(rows[name].text("label") for name in design.analysis.endpoints)
    yield "Conduct", " ".join((*designed(design, rows), *whole(design)))


def _randomised(design: TrialDesign) -> str:
    """In which ratio, and how."""
    if design.single_arm:
        return "none: a single arm"
    sizes = [one.n for one in design.arms]
    ratio = ":".join(f"{size // gcd(*sizes)}" for size in sizes)
    how = randomised(design) or "each patient by himself until the arms are full"
    return f"{ratio} ({'; '.join(one.title for one in design.arms)}), {how}"


def credibility_document(found: Values) -> Document:
    """A credibility report."""
    changed = [f"{one[0].upper()}{one[1:]}." for one in found["changed"]]
    changed += [f"{file}: changed or damaged after it was written." for file in found["damaged"]]
    first = (found["verdict"], *changed)
    counts = (
        f"{counted(found['met'], 'criterion')} met, {found['missed']} missed, "
        f"{found['not_shown']} not shown."
    ).replace("criterions", "criteria")
    return Document(
        f"Credibility: {found['title'] or found['trial']}",
        f"After the plan {found['plan_sha256'][:16]}.",
        (
            Section("Verdict", (*first, counts, NOT_LOOKED_AT)),
            Section("Assessment table (ICH M15)", (), ("Element", "What is known"),
                    tuple((one["element"], one["says"]) for one in found["table"])),
            Section("Acceptance criteria of the plan", (), ("Criterion", "Status", "What is known",
                    "Source"), _rows(found["criteria"])),
            Section("Credibility factors (ASME V&V 40)", (),
                    ("Factor", "Status", "What is known", "Source"),
                    _rows(found["factors"], grouped=True)),
        ),
    )  # fmt: skip


def _rows(factors: Sequence[Values], *, grouped: bool = False) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{one['group']}: {one['name']}" if grouped else one["name"],
            one["status"], one["says"], one["source"],
        )
        for one in factors
    )  # fmt: skip


def as_markdown(document: Document) -> str:
    r"""A document as Markdown; what would be markup in a cell is escaped.

    >>> print(as_markdown(Document("T", "s", (Section("H", (), ("a", "b"), (("x|y", "*"),)),))))
    # T
    <BLANKLINE>
    s
    <BLANKLINE>
    ## H
    <BLANKLINE>
    | a | b |
    | --- | --- |
    | x\|y | \* |
    <BLANKLINE>
    A research model; it gives no medical advice.
    <BLANKLINE>
    """
    lines = [f"# {_cell(document.title)}", "", _cell(document.subtitle), ""]
    for one in document.sections:
        lines += [f"## {one.heading}", ""]
        for sentence in one.sentences:
            lines += [_cell(sentence), ""]
        if one.columns:
            lines.append("| " + " | ".join(one.columns) + " |")
            lines.append("| " + " | ".join("---" for _ in one.columns) + " |")
            lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in one.rows]
            lines.append("")
    return "\n".join([*lines, NO_ADVICE]) + "\n"


def _cell(text: str) -> str:
    """Text on one line, without markup."""
    plain = one_line(str(text))
    for character in "\\`*_[]<>|":
        plain = plain.replace(character, f"\\{character}")
    return plain


def as_page(document: Document) -> str:
    """A document as one HTML page; nothing is fetched."""
    from gutskin.report.templating import for_pages

    template = for_pages().get_template("document.html.j2")
    return template.render(document=document, no_advice=NO_ADVICE)


def print_document(document: Document, console: Terminal) -> None:
    """Print a document."""
    from gutskin.report.console import Folding, say

    console.print(f"\n{one_line(document.title)}", style="bold")
    console.print(one_line(document.subtitle), style="dim")
    for one in document.sections:
        console.print(f"\n{one.heading}", style="bold")
        for sentence in one.sentences:
            say(console, sentence)
        if one.columns:
            table = Folding(gap=2)
            for name in one.columns:
                table.add_column(name)
            for row in one.rows:
                table.add_row(*(one_line(cell) for cell in row))
            console.print(table)
    console.print(f"\n{NO_ADVICE}", style="dim")
