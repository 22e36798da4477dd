"""The card of a mechanism: what it says, where it stands, what backs it, what it does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.evidence.findings import AGAINST, FOR, Finding, finding
from gutskin.model.biology import EXPERIMENTS, Biology
from gutskin.model.equations import RULE, Shown, equations_with
from gutskin.model.evidence import load_evidence
from gutskin.model.fragments import SITE, Source, read_source
from gutskin.model.overlay import biology_entry
from gutskin.model.quantities import Quantity, called, quantity
from gutskin.model.rows import Row
from gutskin.model.switches import brought_by, whole_term
from gutskin.model.tables import Tables, read_tables

if TYPE_CHECKING:
    from gutskin.evidence.switching import Consequence
    from gutskin.model.model import Model


@dataclass(frozen=True)
class Use:
    """Something that hangs on the mechanism.

    Parameters
    ----------
    where : the table or the file
    id : of the row or the experiment
    says : in words
    why : how it hangs on the mechanism
    """

    where: str
    id: str
    says: str
    why: str


@dataclass(frozen=True)
class Card:
    """All that is known of a mechanism.

    Parameters
    ----------
    equations : those in which its switch stands
    silent : why its absence moves nothing that a clinic reads; empty where it does
    whole : whether off takes away all of them, and not a share
    parameters : those that stand in its own terms
    through : rule that it reads -> the parameters of that
    names : whatever else stands in the equations
    uses : targets and experiments that touch it
    consequence : what it does to a trial; nothing if none was simulated
    model : version and content hash of the model, and a user's own biology if it has one
    """

    id: str
    statement: str
    begins: str
    ends: str
    sign: str
    route: str
    grade: str
    silent: str
    switch: str
    places: tuple[str, ...]
    equations: tuple[Shown, ...]
    whole: bool
    parameters: tuple[Quantity, ...]
    through: Mapping[str, tuple[Quantity, ...]]
    names: tuple[Quantity, ...]
    findings: tuple[Finding, ...]
    claims: Mapping[str, str]
    uses: tuple[Use, ...]
    consequence: Consequence | None
    model: Mapping[str, Any]

    def of_side(self, side: str) -> tuple[Finding, ...]:
        """The evidence for it, or against it."""
        return tuple(one for one in self.findings if one.side == side)

    def to_json(self) -> dict[str, Any]:
        """The card as one document."""
        return {
            "id": self.id, "statement": self.statement, "from": self.begins, "to": self.ends,
            "sign": self.sign, "route": self.route, "grade": self.grade, "silent": self.silent,
            "switch": self.switch,
            "places": list(self.places), "model": dict(self.model),
            "equations": [
                {"id": one.id, "kind": one.kind, "text": one.text,
                 "reactions": [term.reaction for term in one.terms if term.reaction]}
                for one in self.equations
            ],
            "switch_multiplies_the_whole": self.whole,
            "parameters": [asdict(one) for one in self.parameters],
            "parameters_of_what_it_reads": {
                rule: [asdict(one) for one in those] for rule, those in self.through.items()
            },
            "evidence": [asdict(one) for one in self.findings],
            "claims": dict(self.claims),
            "uses": [asdict(one) for one in self.uses],
            "trial": None if self.consequence is None else asdict(self.consequence),
        }  # fmt: skip


def find_mechanism(name: str, biology: Biology) -> Row:
    """The row of a mechanism, by id (`M07`) or switch (`s_m07`).

    Raises
    ------
    InputError
        For a name that is neither; names the nearest.
    """
    rows = read_tables(biology).mechanisms
    wanted = name.strip().upper().removeprefix("S_")
    if wanted not in rows:
        problem = f"there is no mechanism {name!r}."
        close = nearest(wanted, tuple(rows))
        if not close.startswith("Did"):
            close = f"They are called {next(iter(rows))} to {list(rows)[-1]}."
        raise InputError(Problem(problem, None, None, f"{close} `gutskin evidence` lists all."))
    return rows[wanted]


def by_place(biology: Biology) -> dict[str, list[Row]]:
    """All mechanisms by the place in whose fragment they stand first; nothing is compiled."""
    source, tables = read_source(biology), read_tables(biology)
    found: dict[str, list[Row]] = {line.file.stem: [] for line in source.lines}
    for row in tables.mechanisms.values():
        found[(_places(row, source) or ("elsewhere",))[0]].append(row)
    return {place: rows for place, rows in found.items() if rows}


def _places(row: Row, source: Source) -> tuple[str, ...]:
    """The fragments that hold its rules and reactions."""
    names = (name.replace(SITE, source.sites[0]) for name in row.items("rules_and_reactions"))
    lines = (source.definitions.get(name) for name in names)
    return tuple(dict.fromkeys(line.file.stem for line in lines if line is not None))


def make_card(model: Model, row: Row, consequence: Consequence | None = None) -> Card:
    """Collect the card of a mechanism.

    Parameters
    ----------
    row : of mechanisms.tsv
    consequence : what it does to a trial, if that was simulated
    """
    tables, switch = model.tables, row.text("switch")
    shown = equations_with(model, row.items("rules_and_reactions"))
    brought = dict.fromkeys(name for one in shown for name in brought_by(one, switch))
    known = {name: quantity(model, name) for one in shown for name in (one.id, *one.names)}
    own = tuple(known[name] for name in brought if _is_number(known[name]))
    ids = {one.id for one in own}
    through = dict(_through(model, brought, known, ids))
    far = ids | {one.id for those in through.values() for one in those}
    claims = model.biology.table("claims.tsv")
    touched = _touched(row, shown, tables)
    return Card(
        row.id,
        row.text("statement"),
        row.text("from"),
        row.text("to"),
        row.text("sign"),
        row.text("route"),
        row.text("grade"),
        row.text("silent"),
        switch,
        _places(row, model.source),
        tuple(shown),
        bool(shown) and all(whole_term(one, switch) for one in shown),
        own,
        through,
        tuple(one for name, one in known.items() if name not in ids and name != switch),
        tuple(_findings(row, model.biology)),
        {name: claims[name].text("statement") for name in row.items("claims") if name in claims},
        (
            *_targets(model, touched),
            *_experiments(model, row, far, touched),
        ),
        consequence,
        {
            "name": model.name,
            "version": model.version,
            "content_hash": model.content_hash,
            **biology_entry(model.biology),
        },
    )


def _through(
    model: Model, brought: Mapping[str, None], known: Mapping[str, Quantity], own: set[str]
) -> Iterator[tuple[str, tuple[Quantity, ...]]]:
    """The parameters of the rules that a mechanism reads."""
    for name in brought:
        if known[name].kind != "rule":
            continue
        (rule,) = equations_with(model, [name])
        read = (quantity(model, one) for one in rule.names)
        those = tuple(one for one in read if _is_number(one) and one.id not in own)
        if those:
            yield name, those


def _is_number(one: Quantity) -> bool:
    return one.kind == "parameter" and one.role != "switch"


def _findings(row: Row, biology: Biology) -> Iterator[Finding]:
    known = load_evidence(biology)
    for side, column in ((FOR, "evidence"), (AGAINST, "counter_evidence")):
        for name in row.items(column):
            if name in known:
                yield finding(known[name], side)


def _touched(row: Row, shown: Sequence[Shown], tables: Tables) -> set[str]:
    """Ids of what the mechanism begins with, ends in and computes, with SITE in them."""
    ids = {one.id for one in shown if one.kind == RULE}
    ids |= {name for one in shown for name in (one.turns or {one.id: 1.0})}
    return ids | {row.text("from"), row.text("to")}


def _is_touched(name: str, touched: set[str], sites: Sequence[str]) -> bool:
    generic = re.sub(rf"_({'|'.join(sites)})$", f"_{SITE}", name)
    bare = generic.removesuffix(f"_{SITE}")
    return bool({name, generic, bare, bare.removeprefix("ln_")} & touched)


def _targets(model: Model, touched: set[str]) -> Iterator[Use]:
    """Reference values of what the mechanism begins with, ends in or computes, or reads at once."""
    sites, rules = model.source.sites, model.equations
    for row in model.biology.table("targets/levels.tsv").values():
        name = row.text("quantity")
        why = f"reads {called(model, name)}"
        if not _is_touched(name, touched, sites):
            read = rules[name].names if name in rules else ()
            behind = sorted(one for one in read if _is_touched(one, touched, sites))
            if not behind:
                continue
            if (words := _listed(model, behind)) != called(model, name):  # an amount, its level
                why += f", which hangs on {words}"
        yield Use("targets/levels.tsv", row.id, row.text("label"), why)


def _listed(model: Model, names: Iterable[str]) -> str:
    """Ids in words, in the order of their ids, each once."""
    return " and ".join(dict.fromkeys(called(model, one) for one in sorted(names)))


def _experiments(model: Model, row: Row, parameters: set[str], touched: set[str]) -> Iterator[Use]:
    """Experiments of its statements, that switch it off, move it, or read its quantities."""
    for name in EXPERIMENTS:
        for key, one in model.biology.entries(name).items():
            if isinstance(one, dict):
                why = list(_why(key, one, model, row, parameters, touched))
                if why:
                    says = str(one.get("statement") or one.get("experiment", ""))
                    yield Use(name, key, says, "; ".join(why))


def _why(
    key: str,
    one: Mapping[str, Any],
    model: Model,
    row: Row,
    parameters: set[str],
    touched: set[str],
) -> Iterator[str]:
    arms = [arm for arm in one.get("arms", {}).values() if isinstance(arm, dict)]
    if key in row.items("claims"):
        yield "tests its statement"
    if key == row.text("shown_by"):
        yield "fails without it"
    own = {row.id, row.text("route")}
    if any(own & {*arm.get("off", ()), *arm.get("off_always", ())} for arm in arms):
        yield "switches it off"
    moved = {name for arm in arms for part in ("always", "changed") for name in arm.get(part, {})}
    moved |= {name for side in one.get("sides", {}).values() for name in side}
    moved |= {one["gain"]["id"]} if "id" in one.get("gain", {}) else set()
    moved |= {held["parameter"] for arm in arms for held in arm.get("holds", ())}
    if mine := moved & (parameters | {row.text("switch")}):
        yield f"moves {_listed(model, mine)}"
    read = {check.get("quantity", "") for check in one.get("checks", ())}
    if mine := [name for name in read if _is_touched(name, touched, model.source.sites)]:
        yield f"reads {_listed(model, mine)}"
