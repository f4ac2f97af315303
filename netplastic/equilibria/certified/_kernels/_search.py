"""Branch and prune: every root in a box is found, or lies in a box reported as unsettled.

With free nodes a root is a whole sheet, one for every value of the parameters; its enclosure
holds them all, and their own intervals are never cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from netplastic._support import FloatArray, borrowing, once, outer

from ._buffers import Buffers
from ._dirty import follow_leaders, mark, mark_shrunk
from ._enclose import contract, refresh
from ._found import BOXES, NEWTONS, PENDING, ROOTS, UNSETTLED, Found
from ._newton import EMPTY, REGULAR, choose_scales, newton_step
from ._relaxation import approximate_inverse, never_minimum, profile, relax
from ._roots import record, record_sheet
from ._table import DL, FREE, GAIN, VH, VL, XH, XL, System

__all__ = ["SMALL", "explore", "explore_sheets"]

_jit = borrowing

OFF_CENTRE = 0.4871  # symmetric graphs put roots exactly on mid-points
SMALL = 3e-8  # boxes below this width are given up: roots so near each other are not told apart
CLOSE = 0.2  # relative width from which the Newton test is tried
WIDE = 1.0  # the same with parameters: boxes stay as wide as their solutions move
STEEP = 1e-3

Record: TypeAlias = Callable[[FloatArray, FloatArray, System, Found, Buffers], bool]


@outer
def explore(
    t: FloatArray,
    u: FloatArray,
    system: System,
    found: Found,
    buffers: Buffers,
    minima: bool,
    small: float,
    most_boxes: int,
) -> None:
    """Examine pending boxes until none is left, `most_boxes` were examined or a buffer is full.

    Boxes narrower than `small` are given up as unsettled. `u` is a second table to work on.
    """
    _explore(record, t, u, system, found, buffers, minima, small, most_boxes)


@outer
def explore_sheets(
    t: FloatArray,
    u: FloatArray,
    system: System,
    found: Found,
    buffers: Buffers,
    minima: bool,
    small: float,
    most_boxes: int,
) -> None:
    """`explore` where some nodes are free: their widths do not count, and are never cut."""
    _explore(record_sheet, t, u, system, found, buffers, minima, small, most_boxes)


@once
def _explore(
    keep: Record,
    t: FloatArray,
    u: FloatArray,
    system: System,
    found: Found,
    buffers: Buffers,
    minima: bool,
    small: float,
    most_boxes: int,
) -> None:
    counters, stack = found.counters, found.stack
    last = counters[BOXES] + most_boxes
    while counters[PENDING] > 0 and counters[BOXES] < last:
        if (
            counters[PENDING] + 2 > len(stack)
            or counters[ROOTS] + 1 > len(found.root)
            or counters[UNSETTLED] + 1 > len(found.unsettled)
        ):
            return
        counters[PENDING] -= 1
        counters[BOXES] += 1
        p = counters[PENDING]
        for i in range(len(t)):
            t[i, XL], t[i, XH] = stack[p, 0, i], stack[p, 1, i]
            refresh(t, i, False)
        depth = found.origin[p, 1]
        mark(t, buffers, found.origin[p, 0])
        if not _settle(keep, t, u, system, found, buffers, minima, small):
            _split(t, found, depth)


@once
def _settle(
    keep: Record,
    t: FloatArray,
    u: FloatArray,
    system: System,
    found: Found,
    buffers: Buffers,
    minima: bool,
    small: float,
) -> bool:
    """Contract the box; True when it is discarded, its root recorded, or it is given up."""
    counters = found.counters
    close = CLOSE if buffers.parameters == 0 else WIDE
    while True:
        before = _volume(t)
        if not follow_leaders(t, buffers):
            return True
        if not contract(t, system, buffers.pattern, buffers.dirty):
            return True
        if system.linear:
            choose_scales(t, system, buffers)
            profile(t, system, buffers)
            if minima and never_minimum(system, buffers):
                return True
            if not relax(t, system, buffers):
                return True
            if _relative_width(t) > close and _volume(t) < before - 2.0:
                mark_shrunk(t, buffers)
                continue
        if not system.linear or _relative_width(t) < close:
            counters[NEWTONS] += 1
            state = newton_step(t, system, buffers)
            if state == EMPTY:
                return True
            if state >= REGULAR and keep(t, u, system, found, buffers):
                return True
        if _width(t) < small:
            k = counters[UNSETTLED]
            for i in range(len(t)):
                found.unsettled[k, 0, i], found.unsettled[k, 1, i] = t[i, XL], t[i, XH]
            counters[UNSETTLED] += 1
            return True
        if not _volume(t) < before - 2.0:
            return False
        mark_shrunk(t, buffers)


@_jit
def _width(t: FloatArray) -> float:
    """Largest width of a rate or, relative to 1 + |x|, of an activity; free nodes apart."""
    width = 0.0
    for i in range(len(t)):
        if t[i, FREE] != 0.0:
            continue
        span = (t[i, XH] - t[i, XL]) / (1.0 + abs(t[i, XL]))
        width = max(width, max(span, t[i, VH] - t[i, VL]))
    return width


@_jit
def _relative_width(t: FloatArray) -> float:
    width = 0.0
    for i in range(len(t)):
        if t[i, FREE] != 0.0:
            continue
        size = max(abs(t[i, VL]), abs(t[i, VH]))
        width = max(width, (t[i, VH] - t[i, VL]) / (size + 0.01))
    return width


@_jit
def _volume(t: FloatArray) -> float:
    """Sum of the logarithms of the widths."""
    total = 0.0
    for i in range(len(t)):
        total += math.log(t[i, VH] - t[i, VL] + 1e-30)
    return total


@once
def _split(t: FloatArray, found: Found, depth: int) -> None:
    """Push both halves of the box, cut across the rate that is relatively widest."""
    n = len(t)
    best, j = -1.0, 0
    for c in range(n):
        if t[c, FREE] != 0.0:
            continue
        score = (t[c, VH] - t[c, VL]) / (max(abs(t[c, VL]), abs(t[c, VH])) + 0.02)
        if t[c, DL] <= STEEP * t[c, GAIN]:
            # a saturated rate hardly varies; its activity may still have to be cut
            score = max(score, 0.1 * (t[c, XH] - t[c, XL]) / (abs(t[c, XH]) + abs(t[c, XL]) + 1.0))
        if score > best:
            best, j = score, c
    x = t[j, XL] + OFF_CENTRE * (t[j, XH] - t[j, XL])
    if t[j, DL] > STEEP * t[j, GAIN]:
        # any point between the ends will do: no rounding matters here
        z = approximate_inverse(t, j, t[j, VL] + OFF_CENTRE * (t[j, VH] - t[j, VL]))
        if t[j, XL] < z < t[j, XH]:
            x = z
    p = found.counters[PENDING]
    stack = found.stack
    for i in range(n):
        stack[p, 0, i] = stack[p + 1, 0, i] = t[i, XL]
        stack[p, 1, i] = stack[p + 1, 1, i] = t[i, XH]
    stack[p, 1, j] = stack[p + 1, 0, j] = x
    found.origin[p, 0] = found.origin[p + 1, 0] = j
    found.origin[p, 1] = found.origin[p + 1, 1] = depth + 1
    found.counters[PENDING] += 2
