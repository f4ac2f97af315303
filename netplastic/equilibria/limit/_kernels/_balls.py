"""Balls gathered from a graph, cut into components, and counted one after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netplastic._support import IntArray, inner, outer

from ._bits import BITS, include
from ._memo import PLACES, Memo
from ._reduce import NEEDY, SELECTABLE, SHELL
from ._traces import EXACT, LARGE, MOST, Search, count_traces, plus, times

__all__ = ["LARGEST", "Scratch", "count_balls"]

LARGEST = 4032
"""Nodes of a component, its shell included, beyond which it is not searched."""


class Scratch(NamedTuple):
    """A graph, and arrays to work in, one entry per node, that are left as they were."""

    indptr: IntArray
    indices: IntArray
    position: IntArray
    """(n) all -1; of the ball's nodes, their places in `nodes`."""
    nodes: IntArray
    """(n) the ball's nodes by distance, then the shell's."""
    label: IntArray
    """(n) place in its component of each of them."""
    queue: IntArray
    """(n) places in `nodes`, component after component."""


@inner
def _gather(scratch: Scratch, center: int, radius: int, shell: bool) -> tuple[int, int]:
    """Nodes within `radius` steps, and those one step further if the shell is wanted."""
    position, nodes = scratch.position, scratch.nodes
    position[center], nodes[0] = 0, center
    begin, end, inside = 0, 1, 1
    for distance in range(radius + 1 if shell else radius):
        known = end
        for k in range(begin, end):
            for arc in range(scratch.indptr[nodes[k]], scratch.indptr[nodes[k] + 1]):
                node = scratch.indices[arc]
                if position[node] < 0:
                    position[node], nodes[known] = known, node
                    known += 1
        begin, end = end, known
        if distance < radius:
            inside = end
        if begin == end:
            break
    return inside, end


@inner
def _component(scratch: Scratch, start: int, begin: int, least: int) -> int:
    """Append what hangs together with `start` to the queue from `begin` on; where it ends.

    Places below `least` are left out.
    """
    queue, label = scratch.queue, scratch.label
    queue[begin], label[start] = start, 0
    end, k = begin + 1, begin
    while k < end:
        node = scratch.nodes[queue[k]]
        for arc in range(scratch.indptr[node], scratch.indptr[node + 1]):
            other = scratch.position[scratch.indices[arc]]
            if other >= least and label[other] < 0:
                queue[end], label[other] = other, end - begin
                end += 1
        k += 1
    return end


@inner
def _search(scratch: Scratch, begin: int, end: int, least: int, known: IntArray) -> Search:
    """Neighborhoods of a component as sets, and room for the search."""
    number = end - begin
    words = (number + BITS - 1) // BITS
    closed = np.zeros((number, words), dtype=np.int64)
    for i in range(number):
        include(closed[i], i)
        node = scratch.nodes[scratch.queue[begin + i]]
        for arc in range(scratch.indptr[node], scratch.indptr[node + 1]):
            other = scratch.position[scratch.indices[arc]]
            if other >= least:
                include(closed[i], scratch.label[other])
    levels = 2 * number + 2  # each choice settles a node, and components are smaller than a whole
    states, entries = np.empty((2, levels, 3, words), dtype=np.int64)
    frames = np.empty((levels, 4), dtype=np.int64)
    memo = Memo(np.empty((PLACES, 3, words), dtype=np.int64), np.full(PLACES, -1, dtype=np.int64))
    spare = np.empty((2, words), dtype=np.int64)
    return Search(closed, states, frames, entries, memo, spare, known)


@inner
def _start(scratch: Scratch, begin: int, end: int, inside: int, search: Search) -> None:
    """All nodes of the ball may be chosen and are needy."""
    state = search.states[0]
    state[:, :] = 0
    for i in range(end - begin):
        if scratch.queue[begin + i] < inside:
            include(state[SELECTABLE], i)
            include(state[NEEDY], i)
        else:
            include(state[SHELL], i)


@inner
def _empty(search: Search) -> int:
    """1 if the shell alone can look after the whole component; 1 as well if that is not settled.

    Lower bounds then do without the empty trace.
    """
    known = search.known
    before, known[1] = known[1], EXACT
    search.states[0, SELECTABLE, :] = 0
    empty = count_traces(search)
    if known[1] != EXACT:
        empty = 1
    known[1] = max(known[1], before)
    return empty


@inner
def _count(scratch: Scratch, inside: int, end: int, radius: int, known: IntArray) -> int:
    """Traces on a gathered ball.

    At radius 1 the center is apart from the rest: either it is chosen, and nothing else, or one of
    its neighbors must be. What the neighbors show otherwise falls into components: the product of
    their counts, less the empty trace if it is possible in all of them.
    """
    cone = radius == 1
    least = 1 if cone else 0
    count, begin = 1, 0
    empty = 0 if inside == end and inside > 1 else 1  # no shell looks after no neighbors
    for start in range(least, inside):
        if scratch.label[start] >= 0:
            continue
        stop = _component(scratch, start, begin, least)
        if stop - begin > LARGEST:
            known[1] = LARGE
        else:
            search = _search(scratch, begin, stop, least, known)
            _start(scratch, begin, stop, inside, search)
            count = times(known, count, max(count_traces(search), 1))
            if cone and empty:
                _start(scratch, begin, stop, inside, search)
                empty = _empty(search)
        begin = stop
    if not cone or count == MOST:
        return count
    return plus(known, count - empty, 1)


@outer
def count_balls(
    scratch: Scratch,
    centers: IntArray,
    radius: int,
    embedded: bool,
    allowed: IntArray,
    lower: IntArray,
    cause: IntArray,
) -> int:
    """Count ball after ball until the steps of this call are used up; how many were counted.

    Parameters
    ----------
    scratch : the graph, and work space
    centers : (c)
    radius : steps from the center
    embedded : whether the shell takes part
    allowed : (3) steps for each ball, for all that are still to come (changed in place), and
        after how many to return
    lower, cause : (c) the counts, and what they are: EXACT, or why they are lower bounds
    """
    known = np.zeros(2, dtype=np.int64)
    spent = 0
    for c in range(len(centers)):
        known[0], known[1] = min(allowed[0], allowed[1]), EXACT
        before = known[0]
        inside, end = _gather(scratch, centers[c], radius, embedded)
        scratch.label[:end] = -1
        lower[c] = _count(scratch, inside, end, radius, known)
        cause[c] = known[1]
        for k in range(end):
            scratch.position[scratch.nodes[k]] = -1
        used = before - max(known[0], 0)
        allowed[1] -= used
        spent += used + 1
        if spent >= allowed[2]:
            return c + 1
    return len(centers)
