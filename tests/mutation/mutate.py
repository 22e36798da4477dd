"""Small faults put into Python code, one at a time, where a test ought to notice.

A fault is a replacement of a few characters, so the rest of a file stays as it is written. What no
test can be asked to notice gets none: docstrings, annotations, imports, texts, `__repr__`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARED = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
REVERSED = {ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<"}
ARITHMETIC = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*",
    ast.Pow: "*", ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip
CALLED = {
    "minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min", "any": "all",
    "all": "any", "floor": "ceil", "ceil": "floor", "mean": "sum", "sum": "mean", "exp": "log",
    "log": "exp", "argmax": "argmin", "cumsum": "asarray", "flatnonzero": "asarray",
}  # fmt: skip
BUILTINS = ("min", "max", "any", "all")
QUIET = ("Problem", "InputError", "print", "TypeVar", "Field", "known_name", "field")


@dataclass(frozen=True, order=True)
class Mutant:
    """One fault.

    Parameters
    ----------
    file : path from the project's root
    line : first line of what is replaced, from 1
    start, end : first and last offset (bytes of the file)
    before, after : what stood there, and what stands there now
    place : names of the classes and functions around it
    text : the line, with what is replaced between two signs
    """

    file: str
    line: int
    start: int
    end: int
    before: str
    after: str
    place: str
    text: str

    def applied(self, text: bytes) -> bytes:
        """The file with the fault."""
        assert text[self.start : self.end] == self.before.encode()
        return text[: self.start] + self.after.encode() + text[self.end :]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """A name that stays when other lines of the file change: file, place, line, instead."""
        return self.file, self.place, self.text, _short(self.after) or "(nothing)"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text} -> {_short(self.after) or '(nothing)'}"


def _short(text: str) -> str:
    return " ".join(text.split())[:60]


def mutants_of(path: Path, root: Path) -> list[Mutant]:
    """All mutants of a file, in the order of its lines."""
    text = path.read_bytes()
    finder = _Finder(text, str(path.relative_to(root)))
    finder.visit(ast.parse(text))
    return sorted(set(finder.found))


class _Finder(ast.NodeVisitor):
    def __init__(self, text: bytes, file: str) -> None:
        self.text, self.file, self.found = text, file, []
        self.places: list[str] = []
        lengths = [len(line) for line in text.splitlines(keepends=True)]
        self.starts = [sum(lengths[:i]) for i in range(len(lengths))]

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def _replace(self, start: int, end: int, after: str, line: int) -> None:
        before = self.text[start:end].decode()
        if before == after:
            return
        first = self.text.rfind(b"\n", 0, start) + 1
        last = self.text.find(b"\n", end)
        around = self.text[first:start].decode(), self.text[end:last].decode()
        text = " ".join(f"{around[0]}«{_short(before)}»{around[1]}".split())
        place = ".".join(self.places)
        self.found.append(Mutant(self.file, line, start, end, before, after, place, text))

    def _operator(self, left: ast.AST, right: ast.AST, after: str) -> None:
        """Replace the operator between two operands; brackets round them stay."""
        start, end = self._span(left)[1], self._span(right)[0]
        between = self.text[start:end].decode()
        token = between.strip(" \n()\\\t")
        if token and "#" not in between and "\n" not in token:
            at = start + between.index(token)
            self._replace(at, at + len(token), after, left.end_lineno)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, right, operator in zip(operands, node.comparators, node.ops, strict=False):
            for table in (COMPARED, REVERSED):
                if type(operator) in table:
                    self._operator(left, right, table[type(operator)])
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        text = any(
            isinstance(part, ast.JoinedStr)
            or (isinstance(part, ast.Constant) and isinstance(part.value, str))
            for part in (node.left, node.right)
        )
        if type(node.op) in ARITHMETIC and not text:
            self._operator(node.left, node.right, ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.op, ast.Add):
            self._operator(node.target, node.value, "-=")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        after = "or" if isinstance(node.op, ast.And) else "and"
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._operator(left, right, after)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
            start = self._span(node)[0]
            length = 3 if isinstance(node.op, ast.Not) else 1
            self._replace(start, start + length, "", node.lineno)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self._condition(node.test)
            self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def _condition(self, test: ast.expr) -> None:
        start, end = self._span(test)
        for after in ("True", "False"):
            self._replace(start, end, after, test.lineno)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace(*self._span(node), str(not node.value), node.lineno)
        elif isinstance(node.value, int | float) and abs(node.value) < 1e12:
            number = node.value
            self._replace(*self._span(node), repr(number + 1), node.lineno)
            if isinstance(number, float) and number != 0:
                self._replace(*self._span(node), repr(number / 2), node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func
        called = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if called in QUIET or called.endswith("Error"):
            return
        if called in CALLED and (isinstance(name, ast.Attribute) or called in BUILTINS):
            end = self._span(name)[1]
            self._replace(end - len(called), end, CALLED[called], node.lineno)
        if called == "where" and len(node.args) == 3:
            (a, b), (c, d) = self._span(node.args[1]), self._span(node.args[2])
            one, between, other = (self.text[i:j].decode() for i, j in ((a, b), (b, c), (c, d)))
            self._replace(a, d, other + between + one, node.lineno)
        if called == "zip":  # `strict` is a programmer's own check
            node.keywords = []
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node.value, ast.Call):
            self._replace(*self._span(node), "pass", node.lineno)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        value = node.value
        if isinstance(value, ast.Call | ast.BinOp | ast.Compare | ast.BoolOp | ast.Subscript):
            self._replace(*self._span(value), "None", node.lineno)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name in ("__repr__", "__str__"):
            return
        defaults = [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        self._within(node.name, [*defaults, *node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within(node.name, node.body)

    def _within(self, name: str, parts: Iterable[ast.AST]) -> None:
        self.places.append(name)
        for part in parts:
            self.visit(part)
        self.places.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(*self._span(node), "pass", node.lineno)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Texts are looked at by readers, not here."""

    def visit_Import(self, node: ast.Import) -> None:
        """Nothing to mutate."""

    visit_ImportFrom = visit_Import


def found_in(paths: list[Path], root: Path) -> Iterator[Mutant]:
    """The mutants of several files."""
    for path in paths:
        yield from mutants_of(path, root)
