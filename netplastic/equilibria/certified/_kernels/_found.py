"""What a search finds, and what it still has to look at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netplastic._support import FloatArray, IntArray

__all__ = ["BOXES", "NEWTONS", "PENDING", "ROOTS", "UNSETTLED", "Found", "make_found"]

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
