"""Buffers of the certified kernels, and which rows read which nodes."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray

from ._table import FREE, System

__all__ = ["Buffers", "Pattern", "make_buffers", "pattern_of"]


class Pattern(NamedTuple):
    """Which nodes each row reads (itself included), and which rows read each node."""

    first: IntArray
    """(n + 1) first entry of each row."""
    column: IntArray
    first_reader: IntArray
    """(n + 1) first of the rows that read node j."""
    reader: IntArray


class Buffers(NamedTuple):
    """Arrays that the kernels work in."""

    low: FloatArray
    """(n, n) lower ends of J."""
    high: FloatArray
    inverse: FloatArray
    """(n, n) transpose of C, an approximate inverse of J's midpoint."""
    product: FloatArray
    """(n, n) transpose of C J - I, midpoint."""
    error: FloatArray
    """(n, n) transpose of C J - I, radius with all rounding."""
    scratch: FloatArray
    sums: FloatArray
    """(2, n) sums, their midpoints and radii."""
    value: FloatArray
    """(n, 2) enclosure of F at the centre."""
    deviation: FloatArray
    """(n, 2) box minus centre, in the coordinates chosen."""
    weight: FloatArray
    point: FloatArray
    """Table of the centre, as a box of no width."""
    coordinate: IntArray
    """(n) coordinate of each column: ACTIVITY, RATE or PRODUCT."""
    scaled: BoolArray
    """(n) whether row i is divided by R_i."""
    pattern: Pattern
    dirty: FloatArray
    """(n, 2) work of `contract`."""
    reach: FloatArray
    """(n) how far the parameters move each activity, estimated."""
    parameters: int
    """Number of free nodes."""
    leader: IntArray
    """(n) a node whose activity is at least as large at the roots looked for; itself: none."""
    profile: FloatArray
    """(n, 6) of the relaxation (see `_relaxation`)."""


def pattern_of(system: System) -> Pattern:
    """Pattern of one system."""
    sources, group, row = system.source.tolist(), system.group, system.row
    first, last = group[row[:-1]].tolist(), group[row[1:]].tolist()
    columns: list[int] = []
    starts = [0]
    readers: list[list[int]] = [[] for _ in first]
    for i, (begin, end) in enumerate(zip(first, last, strict=True)):
        read = sorted({i, *sources[begin:end]})
        columns += read
        starts.append(len(columns))
        for j in read:
            if j != i:
                readers[j].append(i)
    return Pattern(
        np.array(starts, dtype=np.int64),
        np.array(columns, dtype=np.int64),
        np.array([0, *itertools.accumulate(map(len, readers))], dtype=np.int64),
        np.array([i for rows in readers for i in rows], dtype=np.int64),
    )


def make_buffers(table: FloatArray, system: System) -> Buffers:
    """Allocate the buffers for one system."""
    n = len(table)
    low, high, inverse, product, error, scratch = np.empty((6, n, n))
    return Buffers(
        low,
        high,
        inverse,
        product,
        error,
        scratch,
        np.empty((2, n)),
        np.empty((n, 2)),
        np.empty((n, 2)),
        np.empty(n),
        table.copy(),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.bool_),
        pattern_of(system),
        np.zeros((n, 2)),
        np.zeros(n),
        int(np.count_nonzero(table[:, FREE])),
        np.arange(n),
        np.zeros((n, 6)),
    )
