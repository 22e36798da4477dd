"""Derivatives in the loop of the kernel: with every step of the states, a step of theirs.

The states choose a step by their own error. Derivatives take the shortest polynomial that is stable
for it, and where none is, some shorter steps in its place. How fast J can be is looked at now and
then, as in RKC, with a margin for what changes in between.

References
----------
Sommeijer, Shampine & Verwer (1998), RKC: an explicit solver for parabolic PDEs,
J. Comput. Appl. Math. 88:315-326, doi:10.1016/S0377-0427(97)00219-7
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from gutskin.engine.kernel_tangents import (
    HALVES,
    POLYNOMIALS,
    QUAD,
    Tangents,
    factors,
    half_of,
)
from gutskin.engine.vector_ir import I64, WIDTH, Code, Slot, Vec

LOOK, LEGS = 8, 2  # steps, or shorter legs, after which the speed of J is looked at again
MARGIN = 1.02  # by which it may have grown in between
GLANCES = 6  # at most, in one look, while a shorter polynomial may yet do
WORTH = 0.8  # of the speed before, if another glance is to be worth its time
MOST_PARTS = 16  # of derivatives in one of the states

SIZE = 4 * QUAD  # bytes of the numbers of half a group
HALF = ("jacobian", "other_half")


def following_rows(tangents: Tangents) -> dict[str, int]:
    """Rows of the working memory of a group that the derivatives need."""
    states, tiles = tangents.traced.states, tangents.tiles
    row = tiles.tiles * HALVES * tiles.vectors
    entries = -(-tangents.count * SIZE // WIDTH)
    narrow = -(-states // 2)  # of 32-bit numbers two vectors fill a row
    return {
        "jacobian": entries, "other_half": entries, "sources": row * len(tangents.moved),
        "v": row * states, "w": tiles.vectors * states, "u": tiles.vectors * states,
        "middle": states, "moved": tangents.rows, "seeds": tiles.directions,
        "sizes": narrow, "rates": narrow, "speed": 1, "due": 1, "step": 1, "shares": 1,
    }  # fmt: skip


class Following:
    """What the function that takes groups through a block does about their derivatives.

    Parameters
    ----------
    tangents : the derivatives, whose functions the module has
    code : the function that is being written
    rooms, told : addresses of working memory and arrays, and numbers
    timed : writes what follows time and inputs at a moment of the segment
    """

    def __init__(
        self,
        tangents: Tangents,
        code: Code,
        rooms: Mapping[str, Any],
        told: Mapping[str, Any],
        timed: Callable[[Vec], None],
    ) -> None:
        self.tangents, self.code, self.builder = tangents, code, code.builder
        self.rooms, self.told, self.timed = rooms, told, timed
        self.states = tangents.traced.states
        self.narrow, self.four = code.narrow(), code.narrow(QUAD)

    def _call(self, name: str, *arguments: Any) -> None:
        self.builder.call(self.code.module.get_global(name), arguments)

    def _by(self, name: str) -> None:
        names = ("p", "rows", "time", "moved", "seeds")
        self._call(name, *(self.rooms[one] for one in names))

    # --- between the group's working memory and the arrays of all patients

    def enter(self, group: Any) -> None:
        """Fetch the derivatives of a group's states."""
        outside = self._piece(self.told["moves"], group)
        with self.code.loop(0, self._rows()) as row:
            self.code.store(self.code.load(outside, row), self.rooms["v"], row)
        for half in range(HALVES):
            mine = self.code.at(self.rooms["sizes"], half, self.states * SIZE)
            with self.code.loop(0, self.states) as state:
                self.four.store(self.four.spread(self.told["sizes"], state), mine, state)
        self.narrow.store(-np.inf, self.rooms["speed"])

    def leave(self, group: Any) -> None:
        """Put them back."""
        self._put(self._piece(self.told["moves"], group))

    def seen(self, time: Any, group: Any) -> None:
        """Put them where they are wanted at a requested time."""
        mine = self.builder.add(self.told["group"], group)
        place = self.builder.add(self.builder.mul(time, self.told["groups"]), mine)
        self._put(self._piece(self.told["moves_seen"], place))

    def _rows(self) -> int:
        tiles = self.tangents.tiles
        return tiles.tiles * HALVES * self.states * tiles.vectors

    def _piece(self, array: Any, group: Any) -> Any:
        return self.code.at(array, group, self._rows() * WIDTH)

    def _put(self, outside: Any) -> None:
        with self.code.loop(0, self._rows()) as row:
            value = self.code.load(self.rooms["v"], row).value
            self.code.past_the_caches(value, self.code.at(outside, row, WIDTH))

    # --- along a leg

    def begin(self, leg: Any) -> None:
        """How each parameter moves in a leg, and what that does to constants."""
        code, directions = self.code, self.tangents.tiles.directions
        with code.loop(0, directions) as direction:
            row = self.builder.add(self.builder.mul(leg, I64(directions)), direction)
            code.store(code.spread(self.told["seeds"], row), self.rooms["seeds"], direction)
        self._by("constants_by")
        self._by("held_by")

    def jump(self) -> None:
        """What was known of the speed of J may hold no more: it turns negative."""
        before = self.narrow.call("fabs", self.narrow.load(self.rooms["speed"]))
        self.narrow.store(-before, self.rooms["speed"])

    def step(self, y: Any, found: Any, h: Vec, taken: Vec, elapsed: Vec, looks: Any) -> None:
        """Take the derivatives through a step of the states: J and P are those at its middle.

        Parameters
        ----------
        y, found : addresses of the states before and after
        h, elapsed : of the step and of the segment before it (days)
        taken : lanes that take the step
        looks : whether the speed of J is looked at
        """
        code, builder, rooms = self.code, self.builder, self.rooms
        with code.loop(0, self.states) as state:
            before = code.load(y, state)
            half = code.select(taken, 0.5 * (code.load(found, state) - before), 0.0)
            code.store(before + half, rooms["middle"], state)
        self.timed(elapsed + 0.5 * h)
        for least, name in ((2, "constants_by"), (1, "held_by")):
            with builder.if_then(builder.icmp_signed(">=", self.told["refresh"], I64(least))):
                self._by(name)
        self._by("timed_by")
        names = ("rows", "moved", "middle", *HALF, "sources")
        self._call("partials", *(rooms[name] for name in names))
        whole = self.narrow.rounded(code.select(taken, h, 0.0))
        self._look(whole, taken, looks)
        speed, longest = self.narrow.load(rooms["speed"]), POLYNOMIALS[-1][1]
        for half, name in enumerate(HALF):
            far, step = (half_of(self.four, one, half) for one in (whole * speed, whole))
            # As many steps as keep the longest polynomial stable.
            count = self.four.call("ceil", far * (1.0 / longest))
            count = self.four.select(count > 1.0, count, 1.0)
            count = self.four.select(count < MOST_PARTS, count, MOST_PARTS)
            degree = self._degree(MARGIN * far / count)
            share, done = step / count, self.four.slot(self.four.vector(0.0))
            with code.repeat(partial(self._less, done, count)):
                self.four.store(self.four.select(done.get() < count, share, 0.0), rooms["step"])
                self._through(degree, half, rooms[name])
                done.set(done.get() + 1.0)

    def _less(self, done: Slot, count: Vec) -> Any:
        return self.four.any(done.get() < count)

    def looks(self, tried: Slot, leg: Any) -> Any:
        """Whether it is time to look; all lanes that are on their way in a leg tried as often."""
        builder = self.builder
        again = builder.icmp_signed("==", builder.srem(tried.get(), I64(LOOK)), I64(0))
        begun = builder.icmp_signed(">", tried.get(), I64(0))
        other = builder.icmp_signed("==", builder.srem(leg, I64(LEGS)), I64(0))
        return builder.and_(again, builder.or_(begun, other))

    def _far(self, step: Vec) -> Vec:
        return MARGIN * step * self.narrow.load(self.rooms["speed"])

    def _look(self, step: Vec, taken: Vec, looks: Any) -> None:
        """How fast J can be, looked at again in lanes where it is time or nothing is known."""
        code, builder, rooms, narrow = self.code, self.builder, self.rooms, self.narrow
        known = narrow.load(rooms["speed"]) > 0.0
        due = Slot(code, Vec(code, builder.select(looks, taken.value, (taken & ~known).value)))
        glances = code.slot(I64(GLANCES))

        def wanted() -> Any:
            some = builder.icmp_signed(">", glances.get(), I64(0))
            return builder.and_(some, code.any(due.get()))

        with code.repeat(wanted):
            before = narrow.call("fabs", narrow.load(rooms["speed"]))
            narrow.store(narrow.select(due.get(), 1.0, 0.0), rooms["due"])
            for half, name in enumerate(HALF):
                sizes = [code.at(rooms[it], half, self.states * SIZE) for it in ("sizes", "rates")]
                its = [code.at(rooms[it], half, SIZE) for it in ("due", "speed")]
                self._call("speed", rooms[name], self.told["sizes"], *sizes, *its)
            glances.set(builder.sub(glances.get(), I64(1)))
            better = narrow.load(rooms["speed"]) < WORTH * before
            due.set(due.get() & better & (self._far(step) > POLYNOMIALS[0][1]))

    def _degree(self, far: Vec) -> Any:
        """Degree of the highest polynomial that a lane needs; the factors of each lane's own."""
        builder, narrow = self.builder, self.four
        fits = [far <= reach for _, reach in POLYNOMIALS[:-1]]
        for place in range(4):
            shares = [float(np.ravel(factors(powers))[place]) for powers, _ in POLYNOMIALS]
            its = narrow.vector(shares[-1])
            for where, other in reversed([*zip(fits, shares, strict=False)]):
                its = narrow.select(where, other, its)
            narrow.store(its, self.rooms["shares"], place)
        degree = I64(len(POLYNOMIALS[-1][0]) - 1)
        for where, (powers, _) in reversed([*zip(fits, POLYNOMIALS, strict=False)]):
            degree = builder.select(narrow.any(~where), degree, I64(len(powers) - 1))
        return degree

    def _through(self, degree: Any, half: int, jacobian: Any) -> None:
        """One step of all derivatives of half a group: two factors of the polynomial, by tiles."""
        code, builder, rooms, tiles = self.code, self.builder, self.rooms, self.tangents.tiles
        cubic = builder.icmp_signed("==", degree, I64(3))
        w, u, h = (rooms[name] for name in ("w", "u", "step"))
        first, second = (code.at(rooms["shares"], 2 * n, SIZE) for n in range(2))
        with code.loop(0, tiles.tiles) as tile:
            number = builder.add(builder.mul(tile, I64(HALVES)), I64(half))
            v = code.at(rooms["v"], number, tiles.vectors * self.states * WIDTH)
            given = (jacobian, code.at(rooms["sources"], number, tiles.vectors * WIDTH))
            with builder.if_else(cubic) as (one, two):
                with one:
                    self._call("linear", *given, v, w, u, h, first)
                with two:
                    self._call("forward", *given, v, w, u, h, first)
                    self._call("onward", *given, v, w, u, h, first)
            self._call("forward", *given, u, w, v, h, second)
            self._call("onward", *given, u, w, v, h, second)
