"""Branch and prune: every root in a box is found, or lies in a box reported as unsettled.

With free nodes a root is a whole family, one for every value of the parameters; its enclosure
holds them all, and their own intervals are never cut.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from netplastic._support import FloatArray, IntArray, borrowing, outer

from ._dirty import follow_leaders, mark, mark_shrunk
from ._enclose import contract, q_slope, refresh
from ._newton import (
    EMPTY,
    PRODUCT,
    RATE,
    REGULAR,
    UNIQUE,
    _deviate,
    _is_regular,
    choose_scales,
    chord,
    jacobian_over,
    newton_step,
    precondition,
)
from ._relax import approximate_inverse, never_minimum, profile, relax
from ._table import DH, DL, FREE, GAIN, PARAMETER_HIGH, PARAMETER_LOW, VH, VL, XH, XL
from ._work import Work

__all__ = ["BOXES", "PENDING", "ROOTS", "SMALL", "UNSETTLED", "Found", "explore", "make_found"]

_jit = borrowing

OFF_CENTRE = 0.4871  # symmetric graphs put roots exactly on mid-points
SMALL = 3e-8  # boxes below this width are given up: roots so near each other are not told apart
REGION = 1e-6  # first radius tried for the region of uniqueness
REGION_TRIES = 3
CLOSE = 0.2  # relative width from which the Newton test is tried
WIDE = 1.0  # the same with parameters: boxes stay as wide as their solutions move
SWEEPS = 8
STEEP = 1e-3

PENDING, ROOTS, UNSETTLED, BOXES, NEWTONS = range(5)


class Found(NamedTuple):
    """Buffers that the search fills, and how far they are filled."""

    stack: FloatArray
    """(capacity, 2, n) pending boxes, as activities."""
    root: FloatArray
    """(capacity, 2, n) tight enclosures of roots."""
    region: FloatArray
    """(capacity, 2, n) boxes in which each root is the only one."""
    unsettled: FloatArray
    """(capacity, 2, n) boxes that could neither be discarded nor proved."""
    origin: IntArray
    """(capacity, 2) node across which each pending box was cut (-1: none), and its depth."""
    counters: IntArray
    """Pending, roots, unsettled, boxes examined, Newton steps."""


def make_found(n: int, capacity: int) -> Found:
    """Allocate buffers for `capacity` entries each."""
    stack, root, region, unsettled = (np.empty((capacity, 2, n)) for _ in range(4))
    origin = np.zeros((capacity, 2), dtype=np.int64)
    origin[:, 0] = -1
    return Found(stack, root, region, unsettled, origin, np.zeros(5, dtype=np.int64))


@outer
def explore(
    t: FloatArray,
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    found: Found,
    work: Work,
    out: FloatArray,
    symmetry: FloatArray,
    linear: bool,
    minima: bool,
    small: float,
    most_boxes: int,
) -> None:
    """Examine pending boxes until none is left, `most_boxes` were examined or a buffer is full.

    Boxes narrower than `small` (free nodes apart) are given up as unsettled.
    """
    n = len(t)
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
        for i in range(n):
            t[i, XL], t[i, XH] = stack[p, 0, i], stack[p, 1, i]
            refresh(t, i, False)
        depth = found.origin[p, 1]
        mark(t, work, found.origin[p, 0])
        if not _settle(
            t, u, arcs, source, group, row, found, work, out, symmetry, linear, minima, small
        ):
            _split(t, found, depth)


@_jit
def _settle(
    t: FloatArray,
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    found: Found,
    work: Work,
    out: FloatArray,
    symmetry: FloatArray,
    linear: bool,
    minima: bool,
    small: float,
) -> bool:
    """Contract the box; True when it is discarded, its root recorded, or it is given up."""
    counters = found.counters
    close = CLOSE if work.parameters == 0 else WIDE
    while True:
        before = _volume(t)
        if not follow_leaders(t, work):
            return True
        if not contract(
            t, arcs, source, group, row, work.first_reader, work.reader, work.dirty, SWEEPS
        ):
            return True
        if linear:
            choose_scales(t, arcs, group, row, work)
            profile(t, arcs, group, row, work, out)
            if minima and never_minimum(arcs, source, group, row, work, out, symmetry):
                return True
            if not relax(t, arcs, source, group, row, work, out):
                return True
            if _relative_width(t) > close and _volume(t) < before - 2.0:
                mark_shrunk(t, work)
                continue
        if not linear or _relative_width(t) < close:
            counters[NEWTONS] += 1
            state = newton_step(t, arcs, source, group, row, work)
            if state == EMPTY:
                return True
            if state >= REGULAR and _record(t, u, arcs, source, group, row, found, work):
                return True
        if _width(t) < small:
            k = counters[UNSETTLED]
            for i in range(len(t)):
                found.unsettled[k, 0, i], found.unsettled[k, 1, i] = t[i, XL], t[i, XH]
            counters[UNSETTLED] += 1
            return True
        if not _volume(t) < before - 2.0:
            return False
        mark_shrunk(t, work)


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


@_jit
def _record(
    t: FloatArray,
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    found: Found,
    work: Work,
) -> bool:
    """The box holds at most one root: find, prove and record it. False when that does not succeed.

    A guess is blown up to a region that is proved to hold exactly one root; whether this is the
    box's root follows from where the enclosures lie.
    """
    n = len(t)
    if not chord(t, u, arcs, source, group, row, work, 4):
        return False
    _reach_of_parameters(u, work)
    spread = work.reach
    for i in range(n):
        if t[i, FREE] != 0.0:
            continue
        reach = 10.0 * REGION + 0.1 * (t[i, XH] - t[i, XL]) + 2.0 * spread[i]
        if u[i, XL] < t[i, XL] - reach or u[i, XL] > t[i, XH] + reach:
            return False
    k = found.counters[ROOTS]
    region, root = found.region, found.root
    for i in range(n):
        root[k, 0, i] = u[i, XL]
    if work.parameters > 0:
        proved = _prove_family(u, arcs, source, group, row, found, work, k)
    else:
        proved = _prove_root(u, arcs, source, group, row, found, work, k)
    if not proved:
        return False
    inside, outside = True, False
    for i in range(n):
        root[k, 0, i], root[k, 1, i] = u[i, XL], u[i, XH]
        inside = inside and u[i, XL] >= t[i, XL] and u[i, XH] <= t[i, XH]
        outside = outside or u[i, XL] > t[i, XH] or u[i, XH] < t[i, XL]
    if outside:
        return False
    if not inside:
        # the root may lie just outside: at most one root in the hull of both settles it
        for i in range(n):
            u[i, XL], u[i, XH] = min(u[i, XL], t[i, XL]), max(u[i, XH], t[i, XH])
            refresh(u, i, False)
        if not jacobian_over(u, arcs, source, group, row, work) or not precondition(work):
            return False
        for i in range(n):
            work.point[i, XL] = work.point[i, XH] = 0.5 * (u[i, XL] + u[i, XH])
            refresh(work.point, i, False)
        _deviate(u, work)
        if not _is_regular(work):
            return False
    if not _is_known(root, region, k):
        found.counters[ROOTS] += 1
    return True


@_jit
def _prove_root(
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    found: Found,
    work: Work,
    k: int,
) -> bool:
    """Blow the guess root[k] up to region[k] with exactly one root; its enclosure stays in `u`."""
    radius = REGION
    for _ in range(REGION_TRIES):
        for i in range(len(u)):
            x = found.root[k, 0, i]
            r = radius * (1.0 + abs(x))
            u[i, XL], u[i, XH] = x - r, x + r
            found.region[k, 0, i], found.region[k, 1, i] = u[i, XL], u[i, XH]
            refresh(u, i, False)
        found.counters[NEWTONS] += 1
        if newton_step(u, arcs, source, group, row, work) == UNIQUE:
            found.counters[NEWTONS] += 1
            newton_step(u, arcs, source, group, row, work)
            return True
        radius *= 0.01
    return False


@_jit
def _prove_family(
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    found: Found,
    work: Work,
    k: int,
) -> bool:
    """Blow the guess root[k] up to region[k] with exactly one root for every parameter.

    One member is proved at the guess. Where the Jacobian is regular over the region for all
    parameters and no root comes near the region's boundary, as contraction shows, the number of
    roots in it does not depend on the parameters (homotopy invariance of the degree).
    """
    n = len(u)
    if not _is_member(u, arcs, source, group, row, found, work, k):
        return False
    factor = 1.3
    for _ in range(REGION_TRIES):
        for i in range(n):
            x = found.root[k, 0, i]
            r = REGION * (1.0 + abs(x)) + factor * work.reach[i]
            u[i, XL], u[i, XH] = x - r, x + r
            if u[i, FREE] != 0.0:
                u[i, XL], u[i, XH] = u[i, PARAMETER_LOW], u[i, PARAMETER_HIGH]
            found.region[k, 0, i], found.region[k, 1, i] = u[i, XL], u[i, XH]
            refresh(u, i, False)
        found.counters[NEWTONS] += 1
        if newton_step(u, arcs, source, group, row, work) >= REGULAR:
            mark(u, work, -1)
            inside = contract(
                u, arcs, source, group, row, work.first_reader, work.reader, work.dirty, SWEEPS
            )
            for i in range(n):
                low, high = found.region[k, 0, i], found.region[k, 1, i]
                inside = inside and (u[i, FREE] != 0.0 or (u[i, XL] > low and u[i, XH] < high))
            if inside:
                return True
        factor *= 1.6
    return False


@_jit
def _is_member(
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    found: Found,
    work: Work,
    k: int,
) -> bool:
    """Whether there is a root very near the guess root[k], for the parameters given there."""
    radius = 1e-3 * REGION
    for _ in range(REGION_TRIES):
        for i in range(len(u)):
            x = found.root[k, 0, i]
            r = radius * (1.0 + abs(x)) if u[i, FREE] == 0.0 else 0.0
            u[i, XL], u[i, XH] = x - r, x + r
            refresh(u, i, False)
        found.counters[NEWTONS] += 1
        if newton_step(u, arcs, source, group, row, work) == UNIQUE:
            return True
        radius *= 30.0
    return False


@_jit
def _reach_of_parameters(u: FloatArray, work: Work) -> None:
    """Estimate how far the free nodes' ranges move each activity, from the last C; no bound."""
    n = len(u)
    reach, inverse = work.reach, work.inverse
    reach[:] = 0.0
    for p in range(n):
        if u[p, FREE] == 0.0:
            continue
        half = 0.5 * (u[p, PARAMETER_HIGH] - u[p, PARAMETER_LOW]) * _steepness(u, work, p)
        for i in range(n):
            if u[i, FREE] == 0.0:
                reach[i] += abs(inverse[p, i]) * half / max(_steepness(u, work, i), 1e-9)


@_jit
def _steepness(u: FloatArray, work: Work, i: int) -> float:
    """Size of the derivative of node i's coordinate by its activity, near the point u."""
    if work.coordinate[i] == RATE:
        slope: float = 0.5 * (u[i, DL] + u[i, DH])
        return slope
    if work.coordinate[i] == PRODUCT:
        sl, sh = q_slope(u, i)
        steep: float = 0.25 * abs(sl + sh) * (u[i, DL] + u[i, DH])
        return steep
    return 1.0


@_jit
def _is_known(root: FloatArray, region: FloatArray, k: int) -> bool:
    """Whether root k is an earlier one: it lies where that one is the only one."""
    n = root.shape[2]
    for r in range(k):
        i = 0
        while i < n and root[k, 0, i] >= region[r, 0, i] and root[k, 1, i] <= region[r, 1, i]:
            i += 1
        if i == n:
            return True
    return False


@_jit
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
