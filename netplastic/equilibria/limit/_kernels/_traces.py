"""The number of traces: what maximal independent sets show on a ball.

A trace is an independent set T of nodes that may be chosen, such that all needy nodes that are
neither in T nor next to it have neighbors in an independent set of the shell that avoids the
neighbors of T (docs/theory.md#section-7, part h). Without a shell they are the maximal
independent sets themselves.
"""

from __future__ import annotations

from typing import NamedTuple

from netplastic._support import IntArray, inner

from ._bits import BITS, first, place, shared
from ._memo import Memo, recall, remember
from ._reduce import NEEDY, SELECTABLE, SHELL, choose, component_of, reduce, suffices

__all__ = [
    "EXACT",
    "LARGE",
    "MOST",
    "OVERFLOW",
    "WORK",
    "Search",
    "count_traces",
    "plus",
    "times",
]

MOST = 2**63 - 1
"""Largest count: what is larger is given as this."""

EXACT, WORK, OVERFLOW, LARGE = 0, 1, 2, 3

DEEPER, AGAIN = -1, -2
PHASE, COUNT, PRODUCT, NODE = 0, 1, 2, 3
"""Columns of `Search.frames`."""

PARTS, CHOICES, HELPERS = 0, 1, 2
"""What a level waits for: a component, a node chosen, a helper tried."""


class Search(NamedTuple):
    """One component of a ball under search."""

    closed: IntArray
    """(nodes, words) each node with its neighbors."""
    states: IntArray
    """(levels, 3, words) the state of each level; see `_reduce`."""
    frames: IntArray
    """(levels, 4) what each level waits for, and what it has so far."""
    entries: IntArray
    """(levels, 3, words) the state that each level began with."""
    memo: Memo
    """Counts of states that were met before."""
    spare: IntArray
    """(2, words) work space."""
    known: IntArray
    """(2) steps left, and what the count is: EXACT, or why it is a lower bound."""


@inner
def plus(known: IntArray, one: int, other: int) -> int:
    """Sum of two counts."""
    if one > MOST - other:
        known[1] = max(known[1], OVERFLOW)
        return MOST
    return one + other


@inner
def times(known: IntArray, one: int, other: int) -> int:
    """Product of two counts."""
    if one > 0 and other > MOST // one:
        known[1] = max(known[1], OVERFLOW)
        return MOST
    return one * other


@inner
def _branching(closed: IntArray, state: IntArray) -> int:
    """A selectable node to decide on: of those that settle the neediest, the best connected."""
    scarce, fewest = -1, MOST
    for w in range(state.shape[1]):
        rest = state[NEEDY, w]
        while rest:
            bit = rest & -rest
            rest ^= bit
            node = BITS * w + place(bit)
            choices = shared(closed[node], state[SELECTABLE])
            if choices:
                choices += shared(closed[node], state[SHELL])
                if choices < fewest:
                    scarce, fewest = node, choices
    best, most = -1, -1
    for w in range(state.shape[1]):
        rest = state[SELECTABLE, w]
        if scarce >= 0:
            rest &= closed[scarce, w]
        while rest:
            bit = rest & -rest
            rest ^= bit
            node = BITS * w + place(bit)
            links = shared(closed[node], state[SELECTABLE]) + shared(closed[node], state[NEEDY])
            if links > most:
                best, most = node, links
    return best


@inner
def _scarce_helper(closed: IntArray, state: IntArray) -> int:
    """A node of the shell that is joined to the needy node with the fewest of them."""
    scarce, fewest = -1, MOST
    for w in range(state.shape[1]):
        rest = state[NEEDY, w]
        while rest:
            bit = rest & -rest
            rest ^= bit
            node = BITS * w + place(bit)
            choices = shared(closed[node], state[SHELL])
            if choices < fewest:
                scarce, fewest = node, choices
    for w in range(state.shape[1]):
        word = closed[scarce, w] & state[SHELL, w]
        if word:
            return BITS * w + place(word & -word)
    return -1


@inner
def _certainly(state: IntArray) -> int:
    """1 where some trace is there for sure: all that is needy may be chosen, as greedily as can be.

    0 says nothing.
    """
    for w in range(state.shape[1]):
        if state[NEEDY, w] & ~state[SELECTABLE, w]:
            return 0
    return 1


@inner
def _copy(state: IntArray, to: IntArray) -> None:
    for row in range(3):
        for w in range(state.shape[1]):
            to[row, w] = state[row, w]


@inner
def _take_away(state: IntArray, part: IntArray) -> None:
    for row in range(3):
        for w in range(state.shape[1]):
            state[row, w] &= ~part[row, w]


@inner
def _open(search: Search, level: int) -> int:
    """Begin with the state of a level: its count, or DEEPER where the level below comes first."""
    closed, known, frame = search.closed, search.known, search.frames[level]
    state, below = search.states[level], search.states[level + 1]
    known[0] -= 1
    if known[0] < 0:
        known[1] = max(known[1], WORK)
        return plus(known, frame[COUNT], _certainly(state))
    if not reduce(closed, state):
        return int(frame[COUNT])
    if suffices(closed, state, search.spare[0], search.spare[1]):
        state[NEEDY, :] = 0
        state[SHELL, :] = 0
    node = first(state[SELECTABLE])
    if node < 0 and first(state[NEEDY]) < 0:
        return plus(known, frame[COUNT], 1)
    if not component_of(closed, state, below, search.spare[0]):
        frame[PHASE], frame[PRODUCT] = PARTS, 1
        _take_away(state, below)
        return DEEPER
    _copy(state, below)
    if node < 0:
        node = _scarce_helper(closed, state)
        frame[PHASE], frame[NODE] = HELPERS, node
    else:
        node = _branching(closed, state)
        frame[PHASE], frame[NODE] = CHOICES, node
    choose(below, closed[node])
    return DEEPER


@inner
def _resume(search: Search, level: int, value: int) -> int:
    """Go on with a level once the one below has its count: as `_open`, or AGAIN to open it anew."""
    known, frame = search.known, search.frames[level]
    state, below = search.states[level], search.states[level + 1]
    word, bit = frame[NODE] // BITS, 1 << (frame[NODE] % BITS)
    if frame[PHASE] == CHOICES:
        frame[COUNT] = plus(known, frame[COUNT], value)
        if frame[COUNT] == MOST:
            return MOST
        state[SELECTABLE, word] &= ~bit
        return AGAIN
    if frame[PHASE] == HELPERS:
        if value > 0:
            return plus(known, frame[COUNT], 1)
        state[SHELL, word] &= ~bit
        return AGAIN
    frame[PRODUCT] = times(known, frame[PRODUCT], value)
    rest = first(state[SELECTABLE]) >= 0 or first(state[NEEDY]) >= 0
    if frame[PRODUCT] == 0 or not rest:
        return plus(known, frame[COUNT], frame[PRODUCT])
    component_of(search.closed, state, below, search.spare[0])
    _take_away(state, below)
    return DEEPER


@inner
def count_traces(search: Search) -> int:
    """Count the traces of the state of level 0, or as many as the steps left allow.

    The state is used up. Independent components are counted one by one and multiplied; within one,
    a node is chosen, then ruled out. Where no choice is left in the ball, helpers in the shell are
    tried until one serves. States that come again are counted once. One level waits for the next:
    compiled functions that call themselves cannot be kept for later processes.
    """
    level, value = -1, DEEPER
    while True:
        if value == DEEPER:
            level += 1
            search.frames[level, COUNT] = 0
            _copy(search.states[level], search.entries[level])
            value = recall(search.memo, search.entries[level])
            if value < 0:
                value = _open(search, level)
            else:
                search.known[0] -= 1
        elif value == AGAIN:
            value = _open(search, level)
        else:
            if search.known[0] >= 0:
                remember(search.memo, search.entries[level], value)
            if level == 0:
                return value
            level -= 1
            value = _resume(search, level, value)
