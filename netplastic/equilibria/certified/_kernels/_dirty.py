"""Which rows have to be contracted again: those that read what has changed."""

from __future__ import annotations

from netplastic._support import FloatArray, borrowing

from ._buffers import Buffers
from ._enclose import refresh
from ._table import VH, VL, XH, XL

__all__ = ["follow_leaders", "mark", "mark_shrunk"]

_jit = borrowing


@_jit
def follow_leaders(t: FloatArray, buffers: Buffers) -> bool:
    """Keep every activity below its leader's; False when it is surely above."""
    led = False
    for i in range(len(t)):
        p = buffers.leader[i]
        if p == i:
            continue
        if t[i, XL] > t[p, XH]:
            return False
        if t[i, XH] > t[p, XH]:
            led = True
            t[i, XH] = t[p, XH]
            if not refresh(t, i, True):
                return False
        if t[p, XL] < t[i, XL]:
            led = True
            t[p, XL] = t[i, XL]
            if not refresh(t, p, True):
                return False
    if led:
        mark_shrunk(t, buffers)
    return True


@_jit
def mark(t: FloatArray, buffers: Buffers, cut: int) -> None:
    """Make dirty the rows that a cut through node `cut` concerns; all of them for -1."""
    dirty = buffers.dirty
    for i in range(len(t)):
        dirty[i, 0] = 1.0 if cut < 0 else 0.0
        dirty[i, 1] = t[i, VH] - t[i, VL]
    if cut >= 0:
        dirty[cut, 0] = 1.0
        for e in range(buffers.pattern.first_reader[cut], buffers.pattern.first_reader[cut + 1]):
            dirty[buffers.pattern.reader[e], 0] = 1.0


@_jit
def mark_shrunk(t: FloatArray, buffers: Buffers) -> None:
    """Make dirty the rows that read a node whose rate has narrowed since they were told."""
    dirty, first, reader = buffers.dirty, buffers.pattern.first_reader, buffers.pattern.reader
    for j in range(len(t)):
        width = t[j, VH] - t[j, VL]
        if width < 0.98 * dirty[j, 1]:
            dirty[j, 0], dirty[j, 1] = 1.0, width
            for e in range(first[j], first[j + 1]):
                dirty[reader[e], 0] = 1.0
