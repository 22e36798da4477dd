"""The equations of a model as Python: arithmetic in straight lines, and nothing else is run.

sbmlode writes two functions of `t`, `x` and `p`: the rates of change, and the rules and reaction
rates. They are kept on disk, so what is run is first compared with the little that such a function
can hold: names, numbers, elements of `x` and `p`, the four operations, and functions of
`jax.numpy`. No import, no attribute, no call of anything else.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

RATES, RULES = "f_dxdt", "f_y"
ARGUMENTS = ("t", "x", "p")
FUNCTIONS = (  # of jax.numpy
    "abs", "array", "asarray", "ceil", "cos", "cosh", "equal", "exp", "floor", "greater",
    "greater_equal", "less", "less_equal", "log", "log10", "logical_and", "logical_not",
    "logical_or", "maximum", "minimum", "not_equal", "power", "sin", "sinh", "sqrt", "tan", "tanh",
    "where",
)  # fmt: skip
PLAIN = (
    ast.BinOp, ast.UnaryOp, ast.List, ast.Load, ast.Store, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.USub, ast.UAdd, ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip


@dataclass(frozen=True)
class EquationCode:
    """Ids in the order of every array, and the text of the two functions."""

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    assigned: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, sbml: str) -> EquationCode:
        """What sbmlode writes for a model."""
        from sbmlode import OdeSystem

        written = OdeSystem.from_sbml(sbml).render("diffrax", simulator=False)
        ids, functions = _parts(written)
        return cls(*(tuple(ids[name]) for name in ("XIDS", "PIDS", "YIDS")), text=functions)

    @cached_property
    def functions(self) -> dict[str, Any]:
        """`f_dxdt` and `f_y`, with the ids as `XIDS`, `PIDS`, `YIDS`, and `jnp`.

        Raises
        ------
        ValueError
            For a text that is more than arithmetic.
        """
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)  # before the first array: numbers of 64 bits
        space = self._with(jnp)
        # What is compiled from the function can be kept on disk under this name.
        space[RATES].content_hash = hashlib.sha256(self.text.encode()).hexdigest()
        ids = {"XIDS": self.states, "PIDS": self.parameters, "YIDS": self.assigned}
        return {**space, **{name: list(numbers) for name, numbers in ids.items()}}

    @cached_property
    def by_numpy(self) -> dict[str, Any]:
        """The two functions with NumPy in place of JAX: for a few moments, without compiling."""
        return self._with(np)

    def _with(self, package: Any) -> dict[str, Any]:
        """The text's functions, `jnp` being this package."""
        tree = _only_arithmetic(self.text)
        space: dict[str, Any] = {"__builtins__": {}, "jnp": package}
        exec(compile(tree, "<gutskin model>", "exec"), space)  # checked node by node above
        return space


def _parts(module: str) -> tuple[Mapping[str, Any], str]:
    """The lists of ids, and the two functions, of a module that sbmlode wrote."""
    lines, ids, functions = module.splitlines(), {}, {}
    for node in ast.parse(module).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("XIDS", "PIDS", "YIDS"):
                ids[name] = ast.literal_eval(node.value)
        elif isinstance(node, ast.FunctionDef):
            functions[node.name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    rates, rules = (
        # 32-bit states are to give 32-bit rates
        functions[name].replace("dtype=float)", "dtype=x.dtype)")
        for name in (RATES, RULES)
    )
    # One array after the other: of many in one, XLA works out all where a few are asked for.
    rules = re.sub(
        r"(?s)return jnp\.array\((\[.*?\]), dtype=x\.dtype\)", r"return \1", rules, count=1
    )
    return ids, f"{rates}\n\n\n{rules}\n"


def _only_arithmetic(text: str) -> ast.Module:
    """The two functions, without annotations.

    Raises
    ------
    ValueError
        naming the line that holds anything but arithmetic
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"the equations cannot be read: {error}") from None
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(tree.body) != 2 or names != [RATES, RULES]:
        raise ValueError("the equations are not two functions")
    for function in tree.body:
        assert isinstance(function, ast.FunctionDef)
        _check_function(function)
    return tree


def _check_function(function: ast.FunctionDef) -> None:
    arguments, own = function.args, [one.arg for one in function.args.args]
    more = (
        arguments.posonlyargs,
        arguments.kwonlyargs,
        arguments.defaults,
        arguments.vararg,
        arguments.kwarg,
    )
    if tuple(own) != ARGUMENTS or any(more) or function.decorator_list:
        raise ValueError(f"{function.name} is not a function of t, x and p")
    function.returns = None
    for one in arguments.args:
        one.annotation = None
    *assigned, last = _without_docstring(function.body)
    for node in assigned:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            raise _refused(node)
        target = node.targets[0]
        if not isinstance(target, ast.Name) or not _is_plain(target):
            raise _refused(node)
        _check_value(node.value)
    if not isinstance(last, ast.Return) or last.value is None:
        raise _refused(last)
    _check_value(last.value)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if has_docstring else body


def _check_value(value: ast.expr) -> None:
    for node in _below(value):
        if isinstance(node, ast.Name):
            fine = _is_plain(node)
        elif isinstance(node, ast.Constant):
            fine = isinstance(node.value, int | float)
        else:
            fine = isinstance(node, PLAIN)
        if not fine:
            raise _refused(node)


def _below(value: ast.AST) -> list[ast.AST]:
    """All nodes of an expression; of a permitted call or element, only its operands."""
    found, left = [], [value]
    while left:
        node = left.pop()
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("jnp"), attr=name), args=args):
                if name not in FUNCTIONS or not all(_is_type(one) for one in node.keywords):
                    raise _refused(node)
                left += args
            case ast.Subscript(value=ast.Name("x" | "p"), slice=ast.Constant(int())):
                pass
            case _:
                found.append(node)
                left += ast.iter_child_nodes(node)
    return found


def _is_type(keyword: ast.keyword) -> bool:
    """Whether it says `dtype=x.dtype`."""
    return keyword.arg == "dtype" and ast.unparse(keyword.value) == "x.dtype"


def _is_plain(name: ast.Name) -> bool:
    return name.id != "jnp" and "__" not in name.id


def _refused(node: ast.AST) -> ValueError:
    line = getattr(node, "lineno", 0)
    return ValueError(f"line {line} of the equations is more than arithmetic")
