"""Machine code for random draws: Threefry on sixteen keys at a time, made uniform or normal.

A stream's key is the seed's, folded by the number of its name and by the words of its reader; its
draws are the key folded by their places (Salmon 2011). The words and the numbers made of them are
those of JAX, to the last bit where a product and a sum become one operation.

A normal draw is the inverse error function of a uniform one (Giles 2012), whose logarithm of 1 + x
is a rational function near zero (Moshier 1989).

References
----------
Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405
Giles (2012), Approximating the erfinv function, GPU computing gems (Jade edition), ch. 10
Moshier (1989), Methods and programs for mathematical functions, Ellis Horwood
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from gutskin.engine.machine import Compiled
from gutskin.engine.vector_ir import I64, Code, Vec

LANES = 16
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
FRAME = ("names", "groups", "folds", "length", "normal", "key", "name", "word", "out")

LEAST = math.nextafter(-1.0, 0.0)
NEAR = 6.25  # w below which the inverse error function is a polynomial of w
FAR = 16.0  # w up to which it is one of the root of w, and another beyond
# Coefficients of the highest power first; the polynomials are of w - 3.125, sqrt(w) - 3.25 and
# sqrt(w) - 5, where w = -log(1 - x^2).
_NEAR = (
    -3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17,
    -1.333171662854621e-16, 2.0972767875968562e-17, 6.637638134358324e-15, -4.054566272975207e-14,
    -8.151934197605472e-14, 2.6335093153082323e-12, -1.2975133253453532e-11,
    -5.415412054294628e-11, 1.0512122733215323e-09, -4.112633980346984e-09,
    -2.9070369957882005e-08, 4.2347877827932404e-07, -1.3654692000834679e-06,
    -1.3882523362786469e-05, 0.00018673420803405714, -0.000740702534166267, -0.006033670871430149,
    0.24015818242558962, 1.6536545626831027,
)  # fmt: skip
_FURTHER = (
    2.2137376921775787e-09, 9.075656193888539e-08, -2.7517406297064545e-07, 1.8239629214389228e-08,
    1.5027403968909828e-06, -4.013867526981546e-06, 2.9234449089955446e-06, 1.2475304481671779e-05,
    -4.7318229009055734e-05, 6.828485145957318e-05, 2.4031110387097894e-05,
    -0.0003550375203628475, 0.0009532893797373805, -0.0016882755560235047, 0.002491442096107851,
    -0.003751208507569241, 0.005370914553590064, 1.0052589676941592, 3.0838856104922208,
)  # fmt: skip
_FAR = (
    -2.7109920616438573e-11, -2.555641816996525e-10, 1.5076572693500548e-09,
    -3.789465440126737e-09, 7.61570120807834e-09, -1.496002662714924e-08, 2.914795345090108e-08,
    -6.771199775845234e-08, 2.2900482228026655e-07, -9.9298272942317e-07, 4.526062597223154e-06,
    -1.968177810553167e-05, 7.599527703001776e-05, -0.00021503011930044477,
    -0.00013871931833623122, 1.0103004648645344, 4.849906401408584,
)  # fmt: skip
_LOG_ABOVE = (
    4.52700008624452e-05, 0.49854102823193375, 6.578732594206104, 29.911919328553072,
    60.94966798098779, 57.11296359058554, 20.039553499201283,
)  # fmt: skip
_LOG_BELOW = (
    1.0, 15.062909083469192, 83.04756596796722, 221.76239823732857, 309.09872225312057,
    216.42788614495947, 60.11866049760384,
)  # fmt: skip
_LOG_FROM = -0.2928932188134525  # x from which the rational function gives log(1 + x)


def draws(
    seed: int,
    names: NDArray[np.uint32],
    words: NDArray[np.uint32],
    length: int,
    *,
    normal: bool,
) -> NDArray[np.float64]:
    """Draws from the streams of a seed; Python's lock is open meanwhile.

    Parameters
    ----------
    seed : below 2**63
    names : Array [name], numbers of the streams
    words : Array [key, word]
    length : draws from each, at least one
    normal : standard normal ones, else uniform ones from 0 to below 1

    Returns
    -------
    Array [name, draw, key]
    """
    keys, folds = words.shape
    groups = -(-keys // LANES)
    whole = np.zeros((folds, groups * LANES), np.uint32)
    whole[:, :keys] = words.T
    halves = np.array([seed >> 32, seed & 0xFFFFFFFF], np.uint32)
    names = np.ascontiguousarray(names, np.uint32)
    found = np.empty((len(names), length, groups * LANES))
    addresses = [one.ctypes.data for one in (halves, names, whole, found)]
    frame = np.array([len(names), groups, folds, length, normal, *addresses], np.int64)
    _advance()(frame.ctypes.data)
    return found[:, :, :keys]


_LOCK = Lock()  # threads that draw at once wait for the first to compile it


def _advance() -> Callable[..., Any]:
    with _LOCK:
        return _compiled()[0]


@cache
def _compiled() -> tuple[Callable[..., Any], Compiled]:
    """The function `draws` of one frame, see `module`, and what it lives in."""
    text = [Path(__file__).with_name(name).read_text("utf-8") for name in
            ("random_code.py", "vector_ir.py")]  # fmt: skip
    found = Compiled(module, text)
    return found.function("draws"), found


def fuses() -> bool:
    """Whether this processor multiplies and adds in one operation."""
    x86 = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
    return not x86 or bool(llvm.get_host_cpu_features().get("fma"))


def module() -> ir.Module:
    """The draws as a module of LLVM: `draws(frame)`.

    The frame's numbers, of 64 bits, are those of `FRAME`: how many names, groups of 16 keys, words
    of a key, draws from each, and whether they are normal; addresses of the seed's key (two words
    of 32 bits), of the numbers of the names (as many each), of the words [word, key], and of the
    draws [name, draw, key] (64-bit numbers).
    """
    found = ir.Module("random")
    _Draws(found).write()
    return found


def _of_double_numbers(code: Code) -> Code:
    """What writes into the same function, as many numbers at a time, each of 64 bits."""
    found = copy(code)
    found.precision, found.number, found.bits = "double", ir.DoubleType(), I64
    found.kind, found.whole = (ir.VectorType(one, code.lanes) for one in (found.number, I64))
    found.width, found._splats = 8 * code.lanes, {}
    return found


class _Draws:
    """The function that is written."""

    def __init__(self, owner: ir.Module) -> None:
        code = self.code = Code(owner, "draws", "single", ["frame"], exported=True)
        self.builder, self.words = code.builder, code.whole
        wide = self.wide = _of_double_numbers(code)
        self.fused = fuses()
        frame = code.arguments["frame"]
        self.frame = {name: code.count(frame, place) for place, name in enumerate(FRAME)}
        for name in ("key", "name", "word", "out"):
            self.frame[name] = code.builder.inttoptr(self.frame[name], ir.PointerType())
        self.log = ir.Function(owner, ir.FunctionType(wide.number, [wide.number]), "log")
        room = [code.builder.ptrtoint(code.builder.alloca(wide.kind), I64) for _ in range(2)]
        self.room = [code.builder.inttoptr(one, ir.PointerType()) for one in room]

    def write(self) -> None:
        """Every name, every group of keys, every draw."""
        code, builder, frame = self.code, self.builder, self.frame
        seed = (self._everywhere("key", 0), self._everywhere("key", 1))
        with code.loop(0, frame["names"]) as name:
            of_name = [code.variable(one) for one in
                       self._folded(seed, self._everywhere("name", name))]  # fmt: skip
            with code.loop(0, frame["groups"]) as group:
                key = [code.variable(one.get()) for one in of_name]
                with code.loop(0, frame["folds"]) as number:
                    row = builder.add(builder.mul(number, frame["groups"]), group)
                    where = code.at(frame["word"], row, 4 * LANES)
                    word = builder.load(where, typ=self.words, align=4)
                    for one, folded in zip(key, self._folded(key, word), strict=True):
                        one.set(folded)
                with code.loop(0, frame["length"]) as place:
                    self._draw(key, name, group, place)
        builder.ret_void()

    def _draw(self, key: Sequence[Any], name: Any, group: Any, place: Any) -> None:
        """One draw of each key of a group, put into its place."""
        code, builder, frame = self.code, self.builder, self.frame
        number = builder.trunc(place, ir.IntType(32))
        share = self._share(*self._folded(key, self._splat(number)))
        row = builder.add(builder.mul(name, frame["length"]), place)
        row = builder.add(builder.mul(row, frame["groups"]), group)
        where = code.at(frame["out"], row, 8 * LANES)
        normal = builder.icmp_signed("!=", frame["normal"], I64(0))
        with builder.if_else(normal) as (then, otherwise):
            with then:
                builder.store(self._normal(share).value, where, align=8)
            with otherwise:
                builder.store(share.value, where, align=8)

    # --- words

    def _constant(self, number: int) -> Any:
        return ir.Constant(self.words, [number] * LANES)

    def _splat(self, number: Any) -> Any:
        nowhere = ir.Constant(self.words, ir.Undefined)
        first = self.builder.insert_element(nowhere, number, I64(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.shuffle_vector(first, nowhere, zeros)

    def _everywhere(self, name: str, place: Any) -> Any:
        """A word of an array in every lane."""
        where = self.code.at(self.frame[name], place, 4)
        return self._splat(self.builder.load(where, typ=ir.IntType(32), align=4))

    def _folded(self, key: Sequence[Any], word: Any) -> tuple[Any, Any]:
        """A key folded by a word: Threefry of (0, word) under it, of twenty rounds."""
        builder = self.builder
        k0, k1 = (one if isinstance(one, ir.Value) else one.get() for one in key)
        keys = (k0, k1, builder.xor(builder.xor(k0, k1), self._constant(PARITY)))
        x0, x1 = k0, builder.add(word, k1)
        for block in range(5):
            for turn in ROTATIONS[block % 2]:
                x0 = builder.add(x0, x1)
                left = builder.shl(x1, self._constant(turn))
                x1 = builder.or_(left, builder.lshr(x1, self._constant(32 - turn)))
                x1 = builder.xor(x0, x1)
            x0 = builder.add(x0, keys[(block + 1) % 3])
            x1 = builder.add(x1, keys[(block + 2) % 3])
            x1 = builder.add(x1, self._constant(block + 1))
        return x0, x1

    # --- numbers

    def _share(self, high: Any, low: Any) -> Vec:
        """A number from 0 to below 1 of the upper 52 of the 64 bits of two words."""
        builder, whole = self.builder, self.wide.whole
        bits = [builder.zext(one, whole) for one in (high, low)]
        upper = builder.shl(bits[0], ir.Constant(whole, [20] * LANES))
        lower = builder.lshr(bits[1], ir.Constant(whole, [12] * LANES))
        mantissa = builder.or_(builder.or_(upper, lower), ir.Constant(whole, [0x3FF << 52] * LANES))
        ones = Vec(self.wide, builder.bitcast(mantissa, self.wide.kind))
        return self._sum(ones, -1.0)

    def _number(self, value: Vec | float) -> Any:
        return self.wide.vector(value).value

    def _sum(self, one: Vec, other: Vec | float) -> Vec:
        return Vec(self.wide, self.builder.fadd(one.value, self._number(other)))

    def _product(self, one: Vec, other: Vec | float) -> Vec:
        return Vec(self.wide, self.builder.fmul(one.value, self._number(other)))

    def _fma(self, one: Vec, other: Vec | float, more: Vec | float) -> Vec:
        """A product and a sum, in one operation where there is one."""
        if not self.fused:
            return self._sum(self._product(one, other), more)
        return self.wide.call("fma", one, self.wide.vector(other), self.wide.vector(more))

    def _polynomial(self, x: Vec, coefficients: Sequence[float]) -> Vec:
        found = self.wide.vector(coefficients[0])
        for coefficient in coefficients[1:]:
            found = self._fma(found, x, coefficient)
        return found

    def _normal(self, share: Vec) -> Vec:
        """A standard normal number of a uniform one: where its distribution has that share."""
        wide, builder = self.wide, self.builder
        x = self._fma(share, 1.0 - LEAST, LEAST)
        w = -self._log1p(self._product(x, -x))
        found = wide.variable(self._polynomial(self._sum(w, -3.125), _NEAR))
        outside = w >= NEAR
        with builder.if_then(wide.any(outside), likely=False):
            root = wide.call("sqrt", w)
            further = self._polynomial(self._sum(root, -3.25), _FURTHER)
            far = self._polynomial(self._sum(root, -5.0), _FAR)
            beyond = wide.select(w < FAR, further, far)
            found.set(wide.select(outside, beyond, found.get()))
        return self._product(self._product(found.get(), x), math.sqrt(2.0))

    def _log1p(self, x: Vec) -> Vec:
        """The logarithm of 1 + x, for x from above -1 to 0."""
        wide, builder = self.wide, self.builder
        square = self._product(x, x)
        ratio = builder.fdiv(
            self._polynomial(x, _LOG_ABOVE).value, self._polynomial(x, _LOG_BELOW).value
        )
        cubic = self._product(self._product(x, square), Vec(wide, ratio))
        near = self._sum(x, self._fma(square, -0.5, cubic))
        arguments, found = self.room
        builder.store(self._sum(x, 1.0).value, arguments)
        builder.store(near.value, found)
        truth = builder.bitcast((x < _LOG_FROM).value, ir.IntType(LANES))
        left = wide.variable(builder.zext(truth, I64))
        with self.code.repeat(lambda: builder.icmp_signed("!=", left.get(), I64(0))):
            lane = builder.cttz(left.get(), ir.IntType(1)(1))
            one, other = (self.code.at(where, lane, 8) for where in (arguments, found))
            value = builder.call(self.log, [builder.load(one, typ=wide.number, align=8)])
            builder.store(value, other, align=8)
            left.set(builder.and_(left.get(), builder.sub(left.get(), I64(1))))
        return Vec(wide, builder.load(found, typ=wide.kind))
