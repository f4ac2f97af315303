"""Four numbers at a time, for the passes over links.

A link takes a row of eight numbers from the node at its other end and sums it up with the
coefficients of its own row. Compilers do that one number after the other, since they may not
reorder sums; four links side by side take a third of the time. What numba lacks for that is here:
a `Quad` holds four floats, in whatever registers the processor has. Quads are added, subtracted,
multiplied and divided with each other and with floats, number by number.

Rows end within a quad. So whatever reads or writes an array takes a `count`: numbers from there on
are read as zeros and not written.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

from ._lean import struct_of, word

__all__ = [
    "Quad",
    "absolute",
    "add_to",
    "column",
    "dots",
    "entries",
    "halves",
    "in_row",
    "keep",
    "larger",
    "masked",
    "numbers",
    "pairs",
    "quad",
    "smaller",
    "total",
    "up_to",
    "without_last",
]

Quad: TypeAlias = Any
"""For annotations: numba knows these values by the type `QUAD`, Python never meets one."""

_FLOAT, _WORD, _BYTES = ir.DoubleType(), ir.IntType(64), 8
_FOUR = ir.VectorType(_FLOAT, 4)
_NAME = "v4f64"  # in names of LLVM's functions
_ALIGNMENT = ir.Constant(ir.IntType(32), _BYTES)
_FLAGS = ("contract", "nsz")  # as for all kernels of the dynamics


class _QuadType(types.Type):  # type: ignore[misc]  # numba is untyped
    def __init__(self) -> None:
        super().__init__(name="Quad")


QUAD = _QuadType()
_WORDS = types.UniTuple(types.uint64, 4)


@register_model(_QuadType)
class _QuadModel(models.PrimitiveModel):  # type: ignore[misc]  # numba is untyped
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _FOUR)


def _constant(values: list[int], bits: int = 32) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(bits), len(values)), values)


def _spread(builder: Any, value: Any) -> Any:
    """A number four times."""
    one = builder.insert_element(ir.Constant(_vector(value), ir.Undefined), value, _at(0))
    return builder.shuffle_vector(one, one, _constant([0, 0, 0, 0]))


def _vector(value: Any) -> Any:
    return ir.VectorType(value.type, 4)


def _at(place: int) -> Any:
    return ir.Constant(ir.IntType(32), place)


def _product(builder: Any, a: Any, b: Any) -> Any:
    return builder.fmul(a, b, flags=_FLAGS)


def _sum(builder: Any, a: Any, b: Any) -> Any:
    return builder.fadd(a, b, flags=_FLAGS)


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return struct_of(context, builder, kind, array).data


def _place_of(builder: Any, data: Any, number: Any, kind: Any) -> Any:
    """Pointer to a vector of floats that begins at a number."""
    return builder.bitcast(builder.gep(data, [number], inbounds=True), kind.as_pointer())


def _vector_at(builder: Any, data: Any, number: Any, kind: Any = _FOUR) -> Any:
    load = builder.load(_place_of(builder, data, number, kind))
    load.align = _BYTES
    return load


def _row_at(builder: Any, data: Any, row: Any) -> Any:
    """Number of the first entry of a row of eight."""
    return builder.shl(word(builder, row), ir.Constant(_WORD, 3))


def _first(builder: Any, count: Any) -> Any:
    """True for as many lanes as `count` says."""
    return builder.icmp_unsigned("<", _constant([0, 1, 2, 3], 64), _spread(builder, count))


# -- arithmetic ------------------------------------------------------------------------------


class _Arithmetic(AbstractTemplate):  # type: ignore[misc]  # numba is untyped
    def generic(self, args: Any, kws: Any) -> Any:
        if QUAD in args and all(a is QUAD or isinstance(a, types.Float) for a in args):
            return QUAD(*args)
        return None


def _operator(function: Any, code: Callable[[Any, Any, Any], Any]) -> None:
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = (
            value if kind is QUAD else _spread(builder, value)
            for value, kind in zip(arguments, signature.args, strict=True)
        )
        return code(builder, a, b)

    name = f"_Quad_{function.__name__}"
    template = type(name, (_Arithmetic,), {"key": function})
    infer_global(function)(template)
    for kinds in ((QUAD, QUAD), (QUAD, types.Float), (types.Float, QUAD)):
        lower_builtin(function, *kinds)(lower)


for _function in (operator.add, operator.iadd):
    _operator(_function, _sum)
_operator(operator.sub, lambda builder, a, b: builder.fsub(a, b, flags=_FLAGS))
_operator(operator.mul, _product)
_operator(operator.truediv, lambda builder, a, b: builder.fdiv(a, b))


@intrinsic
def absolute(typing: Any, a: Any) -> Any:
    """Absolute values."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_FOUR, [_FOUR])
        name = f"llvm.fabs.{_NAME}"
        function = get_or_insert_function(builder.module, kind, name)
        return builder.call(function, arguments)

    return QUAD(a), code


def _chosen(a: Any, b: Any, relation: str) -> Any:
    """Of each two numbers the first where the relation holds, else the second."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = arguments
        return builder.select(builder.fcmp_ordered(relation, a, b), a, b)

    kind = QUAD if QUAD in (a, b) else types.float64
    return kind(kind, kind), code


@intrinsic
def larger(typing: Any, a: Any, b: Any) -> Any:
    """The larger of two floats, or of each two; the second where one is not a number."""
    return _chosen(a, b, ">")


@intrinsic
def smaller(typing: Any, a: Any, b: Any) -> Any:
    """The smaller of two floats, or of each two; the second where one is not a number."""
    return _chosen(a, b, "<")


@intrinsic
def total(typing: Any, a: Any) -> Any:
    """Sum of the four."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first, second, third, fourth = (
            builder.extract_element(arguments[0], _at(k)) for k in range(4)
        )
        return _sum(builder, _sum(builder, first, third), _sum(builder, second, fourth))

    return types.float64(a), code


@intrinsic
def up_to(typing: Any, a: Any, count: Any) -> Any:
    """The first `count` numbers, and zeros."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, count = arguments
        return builder.select(_first(builder, count), a, ir.Constant(_FOUR, None))

    return QUAD(a, count), code


@intrinsic
def quad(typing: Any, a: Any) -> Any:
    """A number four times."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _spread(builder, arguments[0])

    return QUAD(types.float64), code


# -- arrays of numbers of links --------------------------------------------------------------


def masked(context: Any, builder: Any, array: Any, arguments: Any) -> Any:
    """Code for entries of an array from a number on, zeros after `count` of them."""
    values, number, count = arguments
    data = _data(context, builder, array, values)
    place = _place_of(builder, data, number, _FOUR)
    mask = _first(builder, count)
    kind = ir.FunctionType(_FOUR, [_FOUR.as_pointer(), ir.IntType(32), mask.type, _FOUR])
    name = f"llvm.masked.load.{_NAME}.p0{_NAME}"
    load = get_or_insert_function(builder.module, kind, name)
    return builder.call(load, [place, _ALIGNMENT, mask, ir.Constant(_FOUR, None)])


@intrinsic
def entries(typing: Any, array: Any, number: Any, count: Any) -> Any:
    """Up to four entries of an array of floats."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return masked(context, builder, signature.args[0], arguments)

    return QUAD(array, number, count), code


@intrinsic
def numbers(typing: Any, array: Any, number: Any, count: Any) -> Any:
    """Up to four entries of an array of numbers of nodes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, number, count = arguments
        data = _data(context, builder, signature.args[0], array)
        # In place of those that are missing, those before: adding zero to one node again and again
        # would wait for memory. (At the start of the array there are none before.)
        four = ir.Constant(_WORD, 4)
        early = builder.icmp_unsigned("<", number, four)
        before = builder.sub(number, four)
        words = []
        for k in range(4):
            here = builder.add(number, ir.Constant(_WORD, k))
            if k:
                lane = ir.Constant(_WORD, k)
                there = builder.select(early, number, builder.add(before, lane))
                here = builder.select(builder.icmp_unsigned("<", lane, count), here, there)
            place = builder.gep(data, [here], inbounds=True)
            words.append(word(builder, builder.load(place)))
        return context.make_tuple(builder, _WORDS, words)

    return _WORDS(array, number, count), code


@intrinsic
def keep(typing: Any, array: Any, number: Any, count: Any, a: Any) -> Any:
    """Write up to four entries of an array of floats."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, number, count, a = arguments
        data = _data(context, builder, signature.args[0], array)
        place = _place_of(builder, data, number, _FOUR)
        mask = _first(builder, count)
        pieces = [_FOUR, _FOUR.as_pointer(), ir.IntType(32), mask.type]
        name = f"llvm.masked.store.{_NAME}.p0{_NAME}"
        kind = ir.FunctionType(ir.VoidType(), pieces)
        store = get_or_insert_function(builder.module, kind, name)
        builder.call(store, [a, place, _ALIGNMENT, mask])
        return context.get_dummy_value()

    return types.void(array, number, count, a), code


@intrinsic
def add_to(typing: Any, sums: Any, row: Any, nodes: Any, a: Any) -> Any:
    """Add each number to the entry of its node in a row of sums (rows, n)."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, row, nodes, a = arguments
        table = struct_of(context, builder, signature.args[0], sums)
        start = builder.mul(word(builder, row), table.columns)
        for k in range(4):
            number = builder.add(start, builder.extract_value(nodes, k))
            place = builder.gep(table.data, [number], inbounds=True)
            value = builder.extract_element(a, _at(k))
            builder.store(_sum(builder, builder.load(place), value), place)
        return context.get_dummy_value()

    return types.void(sums, row, nodes, a), code


# -- rows of eight numbers ---------------------------------------------------------------------


@intrinsic
def in_row(typing: Any, rows: Any, row: Any, half: Any) -> Any:
    """The first four numbers of a row (half 0), or the last four (half 1)."""
    if not isinstance(half, types.IntegerLiteral):
        return None
    start = 4 * half.literal_value

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = _data(context, builder, signature.args[0], arguments[0])
        number = builder.add(_row_at(builder, data, arguments[1]), ir.Constant(_WORD, start))
        return _vector_at(builder, data, number)

    return QUAD(rows, row, half), code


@intrinsic
def column(typing: Any, rows: Any, nodes: Any, place: Any) -> Any:
    """One entry of the rows of four nodes."""
    if not isinstance(place, types.IntegerLiteral):
        return None
    here = place.literal_value

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = _data(context, builder, signature.args[0], arguments[0])
        found = ir.Constant(_FOUR, ir.Undefined)
        for k in range(4):
            number = _row_at(builder, data, builder.extract_value(arguments[1], k))
            number = builder.add(number, ir.Constant(_WORD, here))
            value = builder.load(builder.gep(data, [number], inbounds=True))
            found = builder.insert_element(found, value, _at(k))
        return found

    return QUAD(rows, nodes, place), code


def _summed(builder: Any, products: list[Any]) -> Any:
    """The sum of each of four quads."""

    def pick(a: Any, b: Any, places: list[int]) -> Any:
        return builder.shuffle_vector(a, b, _constant(places))

    def pairs(a: Any, b: Any) -> Any:
        return _sum(builder, pick(a, b, [0, 4, 2, 6]), pick(a, b, [1, 5, 3, 7]))

    a, b = pairs(*products[:2]), pairs(*products[2:])
    return _sum(builder, pick(a, b, [0, 1, 4, 5]), pick(a, b, [2, 3, 6, 7]))


@intrinsic
def halves(typing: Any, a: Any, rows: Any, nodes: Any) -> Any:
    """Products of `a` and the first half of each of four rows, summed up."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, rows, nodes = arguments
        data = _data(context, builder, signature.args[1], rows)
        products = []
        for k in range(4):
            number = _row_at(builder, data, builder.extract_value(nodes, k))
            products.append(_product(builder, a, _vector_at(builder, data, number)))
        return _summed(builder, products)

    return QUAD(a, rows, nodes), code


@intrinsic
def dots(typing: Any, a: Any, b: Any, rows: Any, nodes: Any) -> Any:
    """Products of `a` and `b`, eight numbers, and each of four rows, summed up."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, rows, nodes = arguments
        data = _data(context, builder, signature.args[2], rows)
        products = []
        for k in range(4):
            number = _row_at(builder, data, builder.extract_value(nodes, k))
            low = _product(builder, a, _vector_at(builder, data, number))
            number = builder.add(number, ir.Constant(_WORD, 4))
            high = _product(builder, b, _vector_at(builder, data, number))
            products.append(_sum(builder, low, high))
        return _summed(builder, products)

    return QUAD(a, b, rows, nodes), code


@intrinsic
def pairs(typing: Any, rows: Any, nodes: Any) -> Any:
    """The first two entries of the rows, of four numbers, of four nodes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = _data(context, builder, signature.args[0], arguments[0])
        two = ir.VectorType(_FLOAT, 2)
        loads = []
        for k in range(4):
            number = builder.shl(builder.extract_value(arguments[1], k), ir.Constant(_WORD, 2))
            loads.append(_vector_at(builder, data, number, two))
        low, high = (
            builder.shuffle_vector(*loads[k : k + 2], _constant([0, 1, 2, 3])) for k in (0, 2)
        )
        found = [
            builder.shuffle_vector(low, high, _constant([k, k + 2, k + 4, k + 6])) for k in (0, 1)
        ]
        return context.make_tuple(builder, signature.return_type, found)

    return types.UniTuple(QUAD, 2)(rows, nodes), code


@intrinsic
def without_last(typing: Any, a: Any) -> Any:
    """The quad with its last number replaced by zero."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.insert_element(arguments[0], ir.Constant(_FLOAT, 0.0), _at(3))

    return QUAD(a), code
