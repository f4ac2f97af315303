"""The network as the compiled dynamics reads it: links, nodes and room for the stages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from netplastic._support import KINDS, FloatArray, IntArray
from netplastic.dynamics._kernels import (
    CELLS,
    DECAY,
    GATE,
    NODES,
    PLAN,
    ROWS,
    A,
    Links,
    Network,
    Room,
    Rows,
    Team,
)
from netplastic.model import PlasticNetwork

__all__ = ["Layout", "can_compile", "keeps_symmetry", "layout_for", "layout_of", "places_for"]

IndexArray: TypeAlias = NDArray[np.signedinteger[Any]]
_PIECE = 65_536
_MOST_PARTS = 4
_LEAST_LINKS = 12_000  # a pass over so many takes far longer than waiting for another thread
_LINKS_OF_NODE = 8  # a node takes as long as so many links, roughly


@dataclass(frozen=True, eq=False)
class Layout:
    """One weight per link, and how links and arcs belong together.

    Attributes
    ----------
    network : Network
        Links and parameters, as the kernels take them.
    arc : int array of length L
        An arc of each link.
    reverse : int array of length m
        Arc in the opposite direction of each arc.
    """

    network: Network
    arc: IndexArray
    reverse: IntArray

    @cached_property
    def link(self) -> IndexArray:
        """The link of each arc (m,)."""
        if not self.mirrored:
            return self.arc
        link: IndexArray = np.empty(len(self.reverse), dtype=self.arc.dtype)
        link[self.arc] = np.arange(len(self.arc), dtype=self.arc.dtype)
        link[self.reverse[self.arc]] = link[self.arc]
        return link

    @property
    def links(self) -> Links:
        """The links of the network."""
        return self.network.links

    @property
    def mirrored(self) -> bool:
        """Whether a link is an undirected edge."""
        return self.network.links.mirrored is not None

    @cached_property
    def target(self) -> IndexArray:
        """Node that each link is stored with."""
        bounds = self.links.indptr.astype(np.int64)
        sizes: IntArray = bounds[1:] - bounds[:-1]
        return np.repeat(np.arange(len(sizes), dtype=self.arc.dtype), sizes)


def can_compile(net: PlasticNetwork) -> bool:
    """Whether the compiled explicit method covers the network.

    It needs an activation that the kernels know, and weights into one node that decay alike.
    """
    return net.activation.kind in KINDS and net.decay_is_nodal


def keeps_symmetry(net: PlasticNetwork) -> bool:
    """Whether equal weights in both directions stay equal, so that one per edge is enough."""
    wiring = net.wiring
    if np.any(wiring.reverse < 0) or np.any(net.decay_growth):
        return False
    if not np.array_equal(net.post[:, :2], net.pre) or np.any(net.post[:, 2]):
        return False
    if not _constant(net.decay) and not np.array_equal(
        net.decay[wiring.target], net.decay[wiring.source]
    ):
        return False
    values = (net.strength, net.arc_weight, net.static_weight)
    return all(_constant(v) or np.array_equal(v, v[wiring.reverse]) for v in values)


def _starts_alike(net: PlasticNetwork, weights: FloatArray) -> bool:
    """Whether weights (T, m) are the same in both directions, up to what rounding leaves.

    For networks that keep symmetry. Looks at a piece at a time, to spare memory.
    """
    reverse = net.wiring.reverse
    piece = max(1, _PIECE // max(1, len(weights)))
    for first in range(0, len(reverse), piece):
        one = weights[:, first : first + piece]
        other = weights[:, reverse[first : first + piece]]
        if not np.all(np.abs(one - other) <= 1e-14 * np.abs(other)):
            return False
    return True


_known: WeakKeyDictionary[PlasticNetwork, dict[bool, Layout]] = WeakKeyDictionary()


def layout_for(net: PlasticNetwork, weights: FloatArray) -> Layout:
    """One weight per edge where the network and the weights (T, m) allow it, else one per arc.

    Kept as long as the network: many short runs on a large network spend their time here.
    """
    layouts = _known.setdefault(net, {})
    mirrored = (True in layouts or keeps_symmetry(net)) and _starts_alike(net, weights)
    if mirrored not in layouts:
        layouts[mirrored] = layout_of(net, mirrored)
    return layouts[mirrored]


def layout_of(net: PlasticNetwork, mirrored: bool) -> Layout:
    """Arrange the network for the kernels, with one weight per edge or per arc."""
    wiring = net.wiring
    kind: type[np.signedinteger[Any]] = np.int32 if max(wiring.m, net.n) < 2**31 else np.int64
    if mirrored:
        arc: IndexArray = np.flatnonzero(wiring.target >= wiring.source).astype(kind)
        sizes = np.bincount(wiring.target[arc], minlength=net.n)
        indptr = np.concatenate([[0], np.cumsum(sizes)])
    else:
        arc = np.arange(wiring.m, dtype=kind)
        indptr = wiring.indptr
    cells = _cells(net)
    scale, drive, static = _parameters(net, arc, mirrored)
    links = Links(
        indptr.astype(np.uint64),
        wiring.source[arc].astype(np.uint32),
        scale,
        drive,
        static,
        True if mirrored else None,
        True if _constant(net.decay) and not np.any(net.decay_growth) else None,
    )
    kind_of_rate = KINDS.get(net.activation.kind or "", KINDS["tanh"])
    return Layout(Network(links, kind_of_rate, cells), arc, wiring.reverse)


def _cells(net: PlasticNetwork) -> FloatArray:
    """Parameters of nodes, in the kernels' order."""
    growth = np.zeros(net.n)
    growth[net.wiring.target] = net.decay_growth
    activation = net.activation
    gain, threshold = getattr(activation, "gain", 1.0), getattr(activation, "threshold", 0.0)
    cells = np.empty((CELLS, net.n))
    rows = [net.bias, net.tau, gain, threshold, *net.post.T, *net.pre.T, net.decay, growth]
    for row, values in zip(cells, rows, strict=True):
        row[:] = values
    cells.setflags(write=False)
    return cells


def _parameters(
    net: PlasticNetwork, arc: IndexArray, mirrored: bool
) -> tuple[float, float, float] | tuple[FloatArray, FloatArray, FloatArray]:
    """Scale, drive and static weight of the links: one number each where all are constant.

    All or none, so that the kernels are compiled for two kinds of arguments at most.
    """
    wiring = net.wiring
    loops = mirrored and bool(np.any(wiring.target == wiring.source))
    values = (net.arc_weight, net.strength, net.static_weight)
    if wiring.m and not loops and all(_constant(v) for v in values):
        return float(values[0][0]), float(values[1][0]), float(values[2][0])
    scale, drive, static = (v[arc] for v in values)
    if loops:
        scale[wiring.target[arc] == wiring.source[arc]] *= 0.5
    for v in (scale, drive, static):
        v.setflags(write=False)
    return scale, drive, static


def _constant(values: FloatArray) -> bool:
    return len(values) == 0 or bool(values.min() == values.max())


def places_for(layout: Layout, threads: int) -> list[tuple[Room, Team]]:
    """Arrays for the stages of one trajectory, and what each thread has to do with them.

    There are at most as many places as parts of the network.
    """
    bounds = _parts_of(layout)
    n, parts = int(bounds[-1]), len(bounds) - 1
    right = _lines(n)
    left = right if layout.mirrored else _lines(n)
    decay = np.zeros((n if layout.links.uniform is None else 1, 8))
    nodes, sums = np.zeros((NODES, n)), np.zeros((parts if layout.mirrored else 1, n))
    shares, gate = np.zeros((parts, 8)), np.zeros(GATE, dtype=np.int64)
    cuts = [parts * rank // min(threads, parts) for rank in range(min(threads, parts) + 1)]
    places = []
    for rank, (first, last) in enumerate(itertools.pairwise(cuts)):
        algebra = np.zeros((ROWS, 8))
        algebra[PLAN : PLAN + len(A)] = A
        team = Team(rank, len(cuts) - 1, first, last, bounds, shares, gate)
        places.append((Room(Rows(right, left, decay, algebra), nodes, sums), team))
    clear_room(layout, places[0][0])
    return places


def _parts_of(layout: Layout) -> NDArray[np.uint64]:
    """First node of each part, and n: parts with about the same number of links."""
    indptr = layout.links.indptr.astype(np.int64)
    number = max(1, min(_MOST_PARTS, int(indptr[-1]) // _LEAST_LINKS))
    number = 1 << (number.bit_length() - 1)  # divided evenly among one, two and four threads
    work = indptr + _LINKS_OF_NODE * np.arange(len(indptr))
    inside = np.searchsorted(work, work[-1] * np.arange(1, number) / number)
    return np.concatenate([[0], inside, [len(indptr) - 1]]).astype(np.uint64)


def clear_room(layout: Layout, room: Room) -> None:
    """Make room ready for the next trajectory."""
    room.rows.right[:] = 0.0
    room.rows.left[:] = 0.0
    room.rows.decay[:] = layout.network.cells[DECAY, : len(room.rows.decay), None]


def _lines(n: int) -> FloatArray:
    """Zeros (n, 8), every row on one cache line of 64 bytes."""
    memory = np.zeros(8 * n + 8)
    skip = -memory.ctypes.data // 8 % 8
    return memory[skip : skip + 8 * n].reshape(n, 8)
