"""What is run of the equations is arithmetic, whoever wrote the text."""

from dataclasses import replace

import pytest

from gutskin.model.equation_code import EquationCode

PLAIN = """def f_dxdt(t: jax.Array, x: jax.Array, p: jax.Array) -> jax.Array:
    \"\"\"The rates.\"\"\"
    t = jnp.asarray(t, dtype=x.dtype)
    a = x[0]
    k = p[0]
    return jnp.array([-k * a + jnp.power(t, 2.0)], dtype=x.dtype)


def f_y(t: jax.Array, x: jax.Array, p: jax.Array) -> jax.Array:
    a = x[0]
    y = jnp.where(a >= 1.0, 1.0, 0.0)
    return [y]
"""
CODE = EquationCode(("a",), ("k",), ("y",), PLAIN)


def test_unit_arithmetic_is_run():
    space = CODE.functions
    assert space["f_dxdt"](2.0, space["jnp"].array([3.0]), [0.5]).tolist() == [2.5]
    assert float(space["f_y"](0.0, space["jnp"].array([3.0]), [0.5])[0]) == 1.0
    assert (space["XIDS"], space["PIDS"], space["YIDS"]) == (["a"], ["k"], ["y"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("k = p[0]", "k = __import__('os').system('true')"),
        ("k = p[0]", "k = ().__class__"),
        ("k = p[0]", "k = jnp.os.system"),
        ("k = p[0]", "k = jnp.save(p, 1)"),
        ("k = p[0]", "k = jnp.exp.__globals__"),
        ("k = p[0]", "k = jnp.array(jnp.load(x))"),
        ("k = p[0]", "k = jnp.exp(a, out=open)"),
        ("k = p[0]", "k = [b for b in p]"),
        ("k = p[0]", "k = lambda: a"),
        ("k = p[0]", "k = 'text'"),
        ("k = p[0]", "k = p[a]"),
        ("k = p[0]", "k = p[jnp.save(p, 1)]"),
        ("k = p[0]", "k = x.at"),
        ("k = p[0]", "k = a ** 9"),
        ("k = p[0]", "k = (a := 1)"),
        ("k = p[0]", "k = a if a else a"),
        ("k = p[0]", "k = f'{a}'"),
        ("k = p[0]", "k = jnp"),
        ("k = p[0]", "k = exec('a')"),
        ("k = p[0]", "k = __builtins__"),
        ("k = p[0]", "jnp = a"),
        ("k = p[0]", "a.k = a"),
        ("k = p[0]", "k, b = a"),
        ("k = p[0]", "import os"),
        ("k = p[0]", "exec('a')"),
        ("k = p[0]", "for k in p: pass"),
        ("return [y]", "y"),
        ("return [y]", "return __import__('os')"),
        ("return [y]", "return [y, open]()"),
        ('"""The rates."""', "exec('a')"),
        ("a = x[0]\n    y", "a = open(x)\n    y"),
        ("return [y]", "return"),
        ("dtype=x.dtype)\n    a", "dtype=print)\n    a"),
        ("def f_y", "@print\ndef f_y"),
        ("x: jax.Array, p: jax.Array) -> jax.Array:\n    a", "x, p=print()):\n    a"),
        ("x: jax.Array, p: jax.Array) -> jax.Array:\n    a", "x, p, *more):\n    a"),
        ("def f_y", "import os\ndef f_y"),
        ("def f_y", "def other(t, x, p):\n    return t\ndef f_y"),
        ("def f_y", "def f_x"),
        ("def f_y", "def f_y("),
    ],
)
def test_unit_anything_else_is_refused(old, new):
    assert PLAIN.count(old) == 1 or new.startswith(("k", "jnp", "a"))
    text = PLAIN.replace(old, new)
    assert text != PLAIN
    with pytest.raises(ValueError, match=r"equations|f_y"):
        _ = replace(CODE, text=text).functions


def test_unit_annotations_are_not_evaluated(capsys):
    text = PLAIN.replace("-> jax.Array", "-> print('evaluated')").replace("t: jax", "t: print(1).x")
    _ = replace(CODE, text=text).functions
    assert capsys.readouterr().out == ""
