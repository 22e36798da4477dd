"""Writing machine code for vectors of patients: numbers as an expression, memory as rows, loops.

A vector holds one number of each of several patients and fills 64 bytes: 8 numbers of 64 bits, or
16 of 32. LLVM cuts it up where a processor has narrower registers; where that makes the code long
and gains nothing, a vector may be narrower. Nothing here lets LLVM assume
that a number is finite; a product and a sum may become one operation, which is done in the same
way in every lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from llvmlite import ir

WIDTH = 64  # bytes of a vector, unless its code is written for another width

Precision = Literal["double", "single"]

I64 = ir.IntType(64)
POINTER = ir.PointerType()


def lanes_of(precision: Precision, width: int = WIDTH) -> int:
    """How many patients stand in one vector of so many bytes."""
    return width // (8 if precision == "double" else 4)


_WIDE = {'"min-legal-vector-width"="512"', '"prefer-vector-width"="512"'}


class _Attributes(ir.FunctionAttributes):
    """Those of a function, and that it may use the widest registers."""

    _known = ir.FunctionAttributes._known | _WIDE


class Vec:
    """A vector of numbers, or of truths, in the code that is being written."""

    __slots__ = ("code", "value")

    def __init__(self, code: Code, value: Any) -> None:
        self.code, self.value = code, value

    def _with(self, name: str, other: Vec | float, *, swapped: bool = False) -> Vec:
        right = self.code.vector(other)
        pair = (right, self) if swapped else (self, right)
        write = getattr(self.code.builder, name)
        return Vec(self.code, write(pair[0].value, pair[1].value, flags=("contract",)))

    def _compared(self, sign: str, other: Vec | float) -> Vec:
        right = self.code.vector(other)
        write = self.code.builder.fcmp_unordered if sign == "!=" else self.code.builder.fcmp_ordered
        return Vec(self.code, write(sign, self.value, right.value))

    def __add__(self, other: Vec | float) -> Vec:
        return self._with("fadd", other)

    def __radd__(self, other: float) -> Vec:
        return self._with("fadd", other, swapped=True)

    def __sub__(self, other: Vec | float) -> Vec:
        return self._with("fsub", other)

    def __rsub__(self, other: float) -> Vec:
        return self._with("fsub", other, swapped=True)

    def __mul__(self, other: Vec | float) -> Vec:
        return self._with("fmul", other)

    def __rmul__(self, other: float) -> Vec:
        return self._with("fmul", other, swapped=True)

    def __truediv__(self, other: Vec | float) -> Vec:
        return self._with("fdiv", other)

    def __rtruediv__(self, other: float) -> Vec:
        return self._with("fdiv", other, swapped=True)

    def __neg__(self) -> Vec:
        return Vec(self.code, self.code.builder.fneg(self.value))

    def __lt__(self, other: Vec | float) -> Vec:
        return self._compared("<", other)

    def __le__(self, other: Vec | float) -> Vec:
        return self._compared("<=", other)

    def __gt__(self, other: Vec | float) -> Vec:
        return self._compared(">", other)

    def __ge__(self, other: Vec | float) -> Vec:
        return self._compared(">=", other)

    def same(self, other: Vec | float) -> Vec:
        """Where both are equal numbers."""
        return self._compared("==", other)

    def differs(self, other: Vec | float) -> Vec:
        """Where they are not equal, or one is NaN."""
        return self._compared("!=", other)

    def __and__(self, other: Vec) -> Vec:
        return Vec(self.code, self.code.builder.and_(self.value, other.value))

    def __or__(self, other: Vec) -> Vec:
        return Vec(self.code, self.code.builder.or_(self.value, other.value))

    def __xor__(self, other: Vec) -> Vec:
        return Vec(self.code, self.code.builder.xor(self.value, other.value))

    def __invert__(self) -> Vec:
        return Vec(self.code, self.code.builder.not_(self.value))


class Code:
    """One function that is being written.

    Parameters
    ----------
    module : what the function becomes a part of
    name : of the function
    precision : of the numbers
    pointers : names of its arguments, addresses all of them
    exported : whether it can be called from outside of the module
    overlapping : those of the pointers whose memory others may lie in too
    width : bytes of a vector
    """

    def __init__(
        self,
        module: ir.Module,
        name: str,
        precision: Precision,
        pointers: Sequence[str],
        exported: bool = False,
        overlapping: Sequence[str] = (),
        width: int = WIDTH,
    ) -> None:
        self.precision: Precision = precision
        self.number: Any = ir.DoubleType() if precision == "double" else ir.FloatType()
        self.width, self.lanes = width, lanes_of(precision, width)
        self.kind = ir.VectorType(self.number, self.lanes)
        self.bits = ir.IntType(64 if precision == "double" else 32)
        self.whole = ir.VectorType(self.bits, self.lanes)
        self._splats: dict[float, Vec] = {}
        signature = ir.FunctionType(ir.VoidType(), [POINTER] * len(pointers))
        self.function = ir.Function(module, signature, name)
        self.module = module
        self.function.attributes = _Attributes()
        self.function.attributes.update(_WIDE)
        if not exported:
            self.function.linkage = "internal"
            self.function.attributes.add("noinline")
        self.arguments = dict(zip(pointers, self.function.args, strict=True))
        for argument_name, argument in self.arguments.items():
            if argument_name not in overlapping:
                argument.add_attribute("noalias")
        self.builder: Any = ir.IRBuilder(self.function.append_basic_block())

    # --- numbers

    def vector(self, value: Vec | float) -> Vec:
        """A vector, or the same number in every lane."""
        if isinstance(value, Vec):
            return value
        number = float(value)
        key = number if number or str(number) == "0.0" else -5e-324  # minus zero is its own
        if key not in self._splats:
            constant = ir.Constant(self.kind, [number] * self.lanes)
            self._splats[key] = Vec(self, constant)
        return self._splats[key]

    def select(self, where: Vec, one: Vec | float, other: Vec | float) -> Vec:
        """One where the truth holds, else the other."""
        chosen = (self.vector(one).value, self.vector(other).value)
        return Vec(self, self.builder.select(where.value, *chosen))

    def minimum(self, one: Vec | float, other: Vec | float) -> Vec:
        """The smaller one; NaN where either is."""
        return self._extreme("<", one, other)

    def maximum(self, one: Vec | float, other: Vec | float) -> Vec:
        """The larger one; NaN where either is."""
        return self._extreme(">", one, other)

    def _extreme(self, sign: str, one: Vec | float, other: Vec | float) -> Vec:
        one, other = self.vector(one), self.vector(other)
        nearer = Vec(self, self.builder.fcmp_unordered(sign, one.value, other.value))
        found = self.select(nearer, one, other)
        # Unordered: the first is taken, which may be the number of the two.
        return self.select(other.differs(other), other, found)

    def call(self, name: str, *operands: Vec) -> Vec:
        """An LLVM operation on vectors: "fabs", "sqrt", "sin", ..."""
        kind = f"v{self.lanes}f{self.bits.width}"
        function = self._declared(f"llvm.{name}.{kind}", len(operands))
        return Vec(self, self.builder.call(function, [one.value for one in operands]))

    def _declared(self, name: str, operands: int) -> Any:
        known = self.module.globals.get(name)
        if known is not None:
            return known
        return ir.Function(self.module, ir.FunctionType(self.kind, [self.kind] * operands), name)

    def any(self, where: Vec) -> Any:
        """Whether a truth holds in any lane."""
        packed = self.builder.bitcast(where.value, ir.IntType(self.lanes))
        return self.builder.icmp_unsigned("!=", packed, ir.Constant(packed.type, 0))

    # --- memory

    def at(self, base: Any, offset: Any, scale: int = 1) -> Any:
        """An address some bytes away: `offset` times `scale`."""
        if isinstance(offset, int):
            offset = I64(offset * scale)
        elif scale != 1:
            offset = self.builder.mul(offset, I64(scale))
        return self.builder.gep(base, [offset], source_etype=ir.IntType(8), inbounds=True)

    def load(self, base: Any, row: Any = 0, align: int = 0) -> Vec:
        """The vector in a row."""
        where = self.at(base, row, self.width)
        return Vec(self, self.builder.load(where, typ=self.kind, align=align or self.width))

    def store(self, value: Vec | float, base: Any, row: Any = 0, align: int = 0) -> None:
        """Put a vector into a row."""
        where = self.at(base, row, self.width)
        self.builder.store(self.vector(value).value, where, align=align or self.width)

    def store_streaming(self, value: Vec, base: Any) -> None:
        """Put a vector into an array of 64-bit numbers, past the caches: nobody reads it soon."""
        found = value.value
        if self.precision == "single":
            found = self.builder.fpext(found, ir.VectorType(ir.DoubleType(), self.lanes))
        stored = self.builder.store(found, base, align=self.width)
        stored.set_metadata("nontemporal", self.module.add_metadata([ir.IntType(32)(1)]))

    def store_first(self, value: Vec, base: Any, place: Any = 0) -> None:
        """Put the number of the first lane into an array of single numbers."""
        size = self.bits.width // 8
        number = self.builder.extract_element(value.value, I64(0))
        self.builder.store(number, self.at(base, place, size), align=size)

    def broadcast(self, base: Any, place: Any = 0) -> Vec:
        """A single number of an array in every lane."""
        size = self.bits.width // 8
        number = self.builder.load(self.at(base, place, size), typ=self.number, align=size)
        return self.splat(number)

    def splat(self, number: Any) -> Vec:
        """A single number in every lane."""
        first = self.builder.insert_element(ir.Constant(self.kind, ir.Undefined), number, I64(0))
        nowhere = ir.Constant(self.kind, ir.Undefined)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return Vec(self, self.builder.shuffle_vector(first, nowhere, zeros))

    def count(self, base: Any, place: Any = 0) -> Any:
        """A whole number of an array of 64-bit ones."""
        return self.builder.load(self.at(base, place, 8), typ=I64, align=8)

    def variable(self, value: Any) -> Variable:
        """A variable that starts with a value."""
        return Variable(self, value)

    # --- order

    @contextmanager
    def loop(self, begin: Any, end: Any) -> Iterator[Any]:
        """Go through the whole numbers from `begin` on that are below `end`."""
        begin, end = (I64(v) if isinstance(v, int) else v for v in (begin, end))
        number = self.variable(begin)
        with self.repeat(lambda: self.builder.icmp_signed("<", number.get(), end)):
            yield number.get()
            number.set(self.builder.add(number.get(), I64(1)))

    @contextmanager
    def repeat(self, holds: Callable[[], Any]) -> Iterator[None]:
        """Go on for as long as a condition holds."""
        test, body, after = (self.function.append_basic_block() for _ in range(3))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        self.builder.cbranch(holds(), body, after)
        self.builder.position_at_end(body)
        yield
        self.builder.branch(test)
        self.builder.position_at_end(after)

    def lanewise(self, function: Callable[[Any], None]) -> None:
        """Do something for each lane in turn, given its number."""
        with self.loop(0, self.lanes) as lane:
            function(lane)


class Variable:
    """A variable: a vector, a vector of truths, a whole number or an address."""

    def __init__(self, code: Code, value: Any) -> None:
        self.code, self.wrapped = code, isinstance(value, Vec)
        raw = value.value if isinstance(value, Vec) else value
        self.kind = raw.type
        entry = code.function.entry_basic_block
        with code.builder.goto_block(entry):
            self.place = code.builder.alloca(self.kind)
        self.set(value)

    def get(self) -> Any:
        """What it holds now."""
        found = self.code.builder.load(self.place, typ=self.kind)
        return Vec(self.code, found) if self.wrapped else found

    def set(self, value: Any) -> None:
        """Let it hold something else."""
        self.code.builder.store(value.value if isinstance(value, Vec) else value, self.place)
