"""Several threads in one trajectory: who does what, and how they wait for each other.

Nodes, with the links stored at them, are divided into parts. The parts depend on the network
alone and what they add is put together in one order, so that results do not depend on the number
of threads. Every thread runs the whole integration, does the parts that are its own, and comes to
the same decisions, from the same numbers.

Between two phases all wait for the last. Phases last microseconds, so waiting is done by looking
again and again. After a while naps are taken in between: where others compete for the processors,
one of the team may have to wait for one, and those who have napped are served first. Where waiting,
or data on their way from one processor to the next, cost more than sharing saves, the first thread
does everything for a while: `integrate` tries both.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once, get_or_insert_function
from numba.extending import intrinsic

from netplastic._support import FloatArray

from ._jit import inner
from ._lean import struct_of

__all__ = ["GATE", "Span", "Team", "meet", "now"]

GATE = 16
"""Length of a gate: how many have arrived, and the round, each on a cache line of its own."""

_ARRIVED, _ROUND = 0, 8
_LOOKS = 400_000
"""Looks before the first nap: some hundred microseconds, longer than a nap takes in the end. If a
nap outlasted the patience of the others, they would fall asleep in turn, for ever."""

_NAP = 20  # microseconds

Span: TypeAlias = tuple[Any, Any, Any]
"""Row of the sums that a part adds to, its first node, and the one after its last (uint64)."""


class Team(NamedTuple):
    """One thread's place among `size` of them: it does the parts from `first` to before `last`.

    bounds : first node of each part, and n
    shares : (parts, 8), what each part found, for decisions
    gate : see `meet`
    """

    rank: int
    size: int
    first: int
    last: int
    bounds: np.ndarray[tuple[int], np.dtype[np.uint64]]
    shares: FloatArray
    gate: np.ndarray[tuple[int], np.dtype[np.int64]]


def _entry(context: Any, builder: Any, kind: Any, gate: Any, place: int) -> Any:
    data = struct_of(context, builder, kind, gate).data
    return builder.gep(data, [ir.Constant(ir.IntType(64), place)], inbounds=True)


# What numba lacks: loads, stores and sums that other threads see in order.


@intrinsic
def _arrive(typing: Any, gate: Any) -> Any:
    """Count one more; returns how many there were."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _entry(context, builder, signature.args[0], arguments[0], _ARRIVED)
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "acq_rel")

    return types.int64(gate), code


@intrinsic
def _round(typing: Any, gate: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _entry(context, builder, signature.args[0], arguments[0], _ROUND)
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(gate), code


@intrinsic
def _open(typing: Any, gate: Any, number: Any) -> Any:
    """Nobody has arrived for the next round, and it begins."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, gate = signature.args[0], arguments[0]
        none = ir.Constant(ir.IntType(64), 0)
        builder.store_atomic(none, _entry(context, builder, kind, gate, _ARRIVED), "monotonic", 8)
        builder.store_atomic(
            arguments[1], _entry(context, builder, kind, gate, _ROUND), "release", 8
        )
        return context.get_dummy_value()

    return types.void(gate, types.int64), code


@intrinsic
def _nap(typing: Any) -> Any:
    """Sleep for a moment, where the system has a call for that."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if os.name == "posix":
            number = ir.IntType(32)
            kind = ir.FunctionType(number, [number])
            call = get_or_insert_function(builder.module, kind, "usleep")
            builder.call(call, [ir.Constant(number, _NAP)])
        return context.get_dummy_value()

    return types.void(), code


@intrinsic
def now(typing: Any) -> Any:
    """Microseconds since some time, as a float; always 0 where the system has no call for that."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, real = ir.IntType(64), ir.DoubleType()
        if os.name != "posix":
            return ir.Constant(real, 0.0)
        # struct timeval: seconds, and microseconds in 32 or 64 bits
        time = alloca_once(builder, ir.ArrayType(number, 2))
        first = [ir.Constant(ir.IntType(32), 0)] * 2
        second = [first[0], ir.Constant(ir.IntType(32), 1)]
        builder.store(ir.Constant(ir.ArrayType(number, 2), None), time)
        place = builder.gep(time, first, inbounds=True)
        nothing = ir.Constant(number.as_pointer(), None)
        kind = ir.FunctionType(ir.IntType(32), [number.as_pointer()] * 2)
        builder.call(get_or_insert_function(builder.module, kind, "gettimeofday"), [place, nothing])
        seconds = builder.sitofp(builder.load(place), real)
        fraction = builder.load(builder.gep(time, second, inbounds=True))
        micro = builder.uitofp(builder.trunc(fraction, ir.IntType(32)), real)
        return builder.fadd(builder.fmul(seconds, ir.Constant(real, 1e6)), micro)

    return types.float64(), code


@inner
def meet(team: Team) -> None:
    """Wait until all are here."""
    if team.size == 1:
        return
    gate = team.gate
    number = _round(gate)
    if _arrive(gate) == team.size - 1:
        _open(gate, number + 1)
        return
    looks = 0
    while _round(gate) == number:
        looks += 1
        if looks > _LOOKS:
            _nap()
