"""The table of a trial's endpoints, in a form that fits: no number is ever cut or folded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gutskin.report import told_arm, words
from gutskin.report.rounding import of_endpoint, of_shares
from gutskin.report.told_effect import told_effect
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

Summary = Mapping[str, Any]
ARM_WIDTH = 11  # characters that the name of an arm has at least; a longer one may be folded
LABEL_WIDTH = 18  # the same of an endpoint
GAP = 2  # characters between columns
DIFFERENCE, TRUE = "Difference\n(95% of trials)", "True effect\n(95% of worlds)"
TESTED = "p < 0.05 for\nand against"


@dataclass(frozen=True)
class _Table:
    """Cells as text: the first of a row may be folded, the others hold numbers and may not."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    label: int = ARM_WIDTH  # characters that the first column has at least
    strong: frozenset[int] = frozenset()  # rows in bold

    def numbers(self) -> list[int]:
        """The width of every column after the first, in characters; names of arms may fold."""
        return [
            max(
                _wide(column[1:]),
                _wide([column[0]]) if "\n" in column[0] else min(ARM_WIDTH, _wide([column[0]])),
            )
            for column in list(zip(self.head, *self.rows, strict=True))[1:]
        ]


def print_endpoints(summary: Summary, console: Terminal) -> None:
    """Print every endpoint: a row for each contrast, or a block for each endpoint.

    A row has all arms beside each other. Where that is wider than the terminal every endpoint
    gets a block with a row for each arm; where that is too wide as well intervals are broken
    between their ends.

    Parameters
    ----------
    summary : from `in_points`
    """
    wide = _contrasts(summary)
    if _least(wide, wide.numbers()) <= console.width:
        console.print()
        _print(wide, wide.numbers(), console)
        return
    blocks = {name: _arms(summary, name) for name in summary["endpoints"]}
    numbers = _common(blocks.values())
    if any(_least(one, numbers) > console.width for one in blocks.values()):
        blocks = {name: _broken(one) for name, one in blocks.items()}
        numbers = _common(blocks.values())
    for name, block in blocks.items():
        style = "bold" if name == summary["primary"] else None
        console.print(f"\n{words.named(summary['endpoints'][name])}", style=style)
        _print(block, numbers, console)


def table_of(summary: Summary) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Head and rows of the table of endpoints, all arms beside each other, as plain text.

    Parameters
    ----------
    summary : from `in_points`
    """
    found = _contrasts(summary)
    head, *rows = [
        tuple(cell.replace("\n", " ") for cell in row) for row in (found.head, *found.rows)
    ]
    return head, tuple(rows)


def effects(
    difference: Mapping[str, Any], unit: str, digits: int | None = None, gap: str = " "
) -> tuple[str, str]:
    """What trials report beside what is true, in the same quantity.

    Of what is tested on logarithms both are ratios of geometric means, with a multiplication sign:
    a difference of means is of another quantity, which heavy tails move.

    Parameters
    ----------
    difference : of a summary, with its true effect

    Examples
    --------
    >>> told = {"mean": 0.62, "ci95_low": 0.5, "ci95_high": 0.7, "monte_carlo_error": 0.01}
    >>> effects({"ratio": told, "true_effect": {"ratio": told | {"mean": 0.6}}}, "kU/L")
    ('× 0.62±0.01 (0.50 to 0.70)', '× 0.60±0.01 (0.50 to 0.70)')
    """
    mine, its = told_effect(difference, unit, digits)
    return mine.with_interval(gap), its.with_interval(gap)


def _contrasts(summary: Summary) -> _Table:
    """All arms beside each other; a row for each endpoint and contrast."""
    titles = words.seen_arms(summary)
    head = (_head(told_arm.outcomes(summary)), *titles.values(), DIFFERENCE, TRUE, TESTED)
    rows, strong = [], set()
    of_share = of_shares(summary["endpoints"].values())
    for name, one in summary["endpoints"].items():
        digits = of_endpoint(one, titles)
        for arm, difference in one["differences"].items():
            of = f", {in_sentence(titles[arm])}" if len(one["differences"]) > 1 else ""
            changes = (told_arm.outcome(one, each, digits) for each in titles)
            strong |= {len(rows)} if name == summary["primary"] else set()
            rows.append(
                (
                    f"{words.named(one)}{of}",
                    *changes,
                    *_compared(difference, one["unit"], digits, of_share),
                )
            )
    return _Table(head, tuple(rows), LABEL_WIDTH, frozenset(strong))


def _arms(summary: Summary, name: str) -> _Table:
    """One endpoint; a row for each arm, the control's without a comparison."""
    one = summary["endpoints"][name]
    unit, differences = one["unit"], one["differences"]
    titles = words.seen_arms(summary)
    digits, of_share = of_endpoint(one, titles), of_shares(summary["endpoints"].values())
    rows = []
    for arm, title in titles.items():
        compared = (
            _compared(differences[arm], unit, digits, of_share)
            if arm in differences
            else ("", "", "")
        )
        rows.append((title, told_arm.outcome(one, arm, digits), *compared))
    first = _head(told_arm.outcomes(summary, name)).replace(" ", "\n", 1)
    return _Table(("Arm", first, DIFFERENCE, TRUE, TESTED), tuple(rows))


def _head(told: str) -> str:
    """The head of what arms have come to: "Mean change", "At the end", "Ratio to the start"."""
    return f"Mean {told}" if told.startswith("change") else told.capitalize()


def _compared(
    difference: Mapping[str, Any], unit: str, digits: int, of_share: int
) -> tuple[str, str, str]:
    ways = "not tested"
    if difference["tested"]:
        shares = (f"share_p_below_0_05_{way}" for way in ("for", "against"))
        ways = "\n".join(words.share_of(difference, share, of_share) for share in shares)
    return (*effects(difference, unit, digits, "\n"), ways)


def _broken(table: _Table) -> _Table:
    rows = ((row[0], *(cell.replace(" to ", " to\n") for cell in row[1:])) for row in table.rows)
    return replace(table, rows=tuple(rows))


def _common(tables: Collection[_Table]) -> list[int]:
    """Widths of columns of numbers that suit all tables, so that they stand in line."""
    return [max(of) for of in zip(*(table.numbers() for table in tables), strict=True)]


def _least(table: _Table, numbers: Sequence[int]) -> int:
    """The characters that a table needs at least."""
    return table.label + sum(numbers) + GAP * len(numbers)


def _print(table: _Table, numbers: Sequence[int], console: Terminal) -> None:
    from gutskin.report.console import Folding

    least = _least(table, numbers)
    room = max(console.width - least, 0)
    label = min(table.label + room, max(_wide([row[0] for row in table.rows]), table.label))
    shown = Folding()
    # On a terminal that is narrower than any form the lines run on; nothing is left out.
    shown.width = least - table.label + label
    shown.add_column(table.head[0], width=label)
    for title, width in zip(table.head[1:], numbers, strict=True):
        shown.add_column(title, justify="right", width=width)
    for place, row in enumerate(table.rows):
        shown.add_row(*row, style="bold" if place in table.strong else None)
    console.print(shown, crop=False)


def _wide(texts: Iterable[str]) -> int:
    """The widest line of texts, in characters of a terminal."""
    from rich.cells import cell_len

    return max((cell_len(line) for text in texts for line in text.splitlines()), default=0)
