"""A box that holds at most one root: find it, prove it, record it.

A guess is blown up to a region that is proved to hold exactly one root; whether this is the box's
root follows from where the enclosures lie. With free nodes a root is a whole sheet.
"""

from __future__ import annotations

from netplastic._support import FloatArray, borrowing, once

from ._buffers import Buffers
from ._dirty import mark
from ._enclose import contract, q_slope, refresh
from ._found import NEWTONS, ROOTS, Found
from ._newton import (
    PRODUCT,
    RATE,
    REGULAR,
    UNIQUE,
    chord,
    deviate,
    is_regular,
    jacobian_over,
    newton_step,
    precondition,
)
from ._table import DH, DL, FREE, PARAMETER_HIGH, PARAMETER_LOW, XH, XL, System

__all__ = ["record", "record_sheet"]

REGION = 1e-6  # first radius tried for the region of uniqueness
REGION_TRIES = 3

_jit = borrowing


@once
def record(t: FloatArray, u: FloatArray, system: System, found: Found, buffers: Buffers) -> bool:
    """Record the root of the box in `t`; False when that does not succeed. `u` is work."""
    if not chord(t, u, system, buffers, 4):
        return False
    buffers.reach[:] = 0.0
    return (
        _is_near(t, u, buffers)
        and _prove_root(t, u, system, found, buffers)
        and _is_settled(t, u, system, found, buffers)
    )


@once
def record_sheet(
    t: FloatArray, u: FloatArray, system: System, found: Found, buffers: Buffers
) -> bool:
    """`record` where some nodes are free: the sheet of roots for all values of theirs."""
    if not chord(t, u, system, buffers, 4):
        return False
    _reach_of_parameters(u, buffers)
    return (
        _is_near(t, u, buffers)
        and _prove_sheet(t, u, system, found, buffers)
        and _is_settled(t, u, system, found, buffers)
    )


@once
def _is_near(t: FloatArray, u: FloatArray, buffers: Buffers) -> bool:
    """Whether the guess lies in the box or not far from it."""
    for i in range(len(t)):
        if t[i, FREE] != 0.0:
            continue
        reach = 10.0 * REGION + 0.1 * (t[i, XH] - t[i, XL]) + 2.0 * buffers.reach[i]
        if u[i, XL] < t[i, XL] - reach or u[i, XL] > t[i, XH] + reach:
            return False
    return True


@once
def _is_settled(
    t: FloatArray, u: FloatArray, system: System, found: Found, buffers: Buffers
) -> bool:
    """Whether the root in `u` is the box's; then it is recorded, unless it is known."""
    n, k = len(t), found.counters[ROOTS]
    inside, outside = True, False
    for i in range(n):
        found.root[k, 0, i], found.root[k, 1, i] = u[i, XL], u[i, XH]
        inside = inside and u[i, XL] >= t[i, XL] and u[i, XH] <= t[i, XH]
        outside = outside or u[i, XL] > t[i, XH] or u[i, XH] < t[i, XL]
    if outside:
        return False
    if not inside:
        # the root may lie just outside: at most one root in the hull of both settles it
        for i in range(n):
            u[i, XL], u[i, XH] = min(u[i, XL], t[i, XL]), max(u[i, XH], t[i, XH])
            refresh(u, i, False)
        if not jacobian_over(u, system, buffers) or not precondition(buffers):
            return False
        for i in range(n):
            buffers.point[i, XL] = buffers.point[i, XH] = 0.5 * (u[i, XL] + u[i, XH])
            refresh(buffers.point, i, False)
        deviate(u, buffers)
        if not is_regular(buffers):
            return False
    if not _is_known(found.root, found.region, k):
        found.counters[ROOTS] += 1
    return True


@once
def _prove_root(
    t: FloatArray, u: FloatArray, system: System, found: Found, buffers: Buffers
) -> bool:
    """Blow the guess up to a region with exactly one root; its enclosure stays in `u`."""
    k = found.counters[ROOTS]
    for i in range(len(u)):
        found.root[k, 0, i] = u[i, XL]
    radius = REGION
    for _ in range(REGION_TRIES):
        for i in range(len(u)):
            x = found.root[k, 0, i]
            r = radius * (1.0 + abs(x))
            u[i, XL], u[i, XH] = x - r, x + r
            found.region[k, 0, i], found.region[k, 1, i] = u[i, XL], u[i, XH]
            refresh(u, i, False)
        found.counters[NEWTONS] += 1
        if newton_step(u, system, buffers) == UNIQUE:
            found.counters[NEWTONS] += 1
            newton_step(u, system, buffers)
            return True
        radius *= 0.01
    return False


@once
def _prove_sheet(
    t: FloatArray, u: FloatArray, system: System, found: Found, buffers: Buffers
) -> bool:
    """Blow the guess up to a region with exactly one root for every parameter.

    One member is proved at the guess. Where the Jacobian is regular over the region for all
    parameters and no root comes near the region's boundary, as contraction shows, the number of
    roots in it does not depend on the parameters (homotopy invariance of the degree).
    """
    n, k = len(u), found.counters[ROOTS]
    for i in range(n):
        found.root[k, 0, i] = u[i, XL]
    if not _is_member(u, system, found, buffers, k):
        return False
    factor = 1.3
    for _ in range(REGION_TRIES):
        for i in range(n):
            x = found.root[k, 0, i]
            r = REGION * (1.0 + abs(x)) + factor * buffers.reach[i]
            u[i, XL], u[i, XH] = x - r, x + r
            if u[i, FREE] != 0.0:
                u[i, XL], u[i, XH] = u[i, PARAMETER_LOW], u[i, PARAMETER_HIGH]
            found.region[k, 0, i], found.region[k, 1, i] = u[i, XL], u[i, XH]
            refresh(u, i, False)
        found.counters[NEWTONS] += 1
        if newton_step(u, system, buffers) >= REGULAR:
            mark(u, buffers, -1)
            inside = contract(u, system, buffers.pattern, buffers.dirty)
            for i in range(n):
                low, high = found.region[k, 0, i], found.region[k, 1, i]
                inside = inside and (u[i, FREE] != 0.0 or (u[i, XL] > low and u[i, XH] < high))
            if inside:
                return True
        factor *= 1.6
    return False


@once
def _is_member(
    u: FloatArray,
    system: System,
    found: Found,
    buffers: Buffers,
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
        if newton_step(u, system, buffers) == UNIQUE:
            return True
        radius *= 30.0
    return False


@once
def _reach_of_parameters(u: FloatArray, buffers: Buffers) -> None:
    """Estimate how far the free nodes' ranges move each activity, from the last C; no bound."""
    n = len(u)
    reach, inverse = buffers.reach, buffers.inverse
    reach[:] = 0.0
    for p in range(n):
        if u[p, FREE] == 0.0:
            continue
        half = 0.5 * (u[p, PARAMETER_HIGH] - u[p, PARAMETER_LOW]) * _steepness(u, buffers, p)
        for i in range(n):
            if u[i, FREE] == 0.0:
                reach[i] += abs(inverse[p, i]) * half / max(_steepness(u, buffers, i), 1e-9)


@_jit
def _steepness(u: FloatArray, buffers: Buffers, i: int) -> float:
    """Size of the derivative of node i's coordinate by its activity, near the point u."""
    if buffers.coordinate[i] == RATE:
        slope: float = 0.5 * (u[i, DL] + u[i, DH])
        return slope
    if buffers.coordinate[i] == PRODUCT:
        sl, sh = q_slope(u, i)
        steep: float = 0.25 * abs(sl + sh) * (u[i, DL] + u[i, DH])
        return steep
    return 1.0


@once
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
