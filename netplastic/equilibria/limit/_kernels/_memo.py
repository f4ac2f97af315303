"""States of the search for traces that were counted before: a table that forgets.

Each state has one place in it, which the last state counted takes. Whole states are compared, so
that a place shared by two states costs time and nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

from netplastic._support import IntArray, borrowing

__all__ = ["PLACES", "Memo", "recall", "remember"]

PLACES = 4096
"""Of a table, a power of 2."""


class Memo(NamedTuple):
    """States and their counts."""

    states: IntArray
    """(PLACES, 3, words)"""
    counts: IntArray
    """(PLACES) -1 where there is no state yet."""


@borrowing
def _place(state: IntArray) -> int:
    """Place of a state: its words mixed, in halves, so that no product exceeds a word."""
    mixed = 0
    for row in range(3):
        for w in range(state.shape[1]):
            word = state[row, w]
            mixed = (mixed & 0x7FFFFFFF) * 1000003 ^ (word & 0xFFFFFFFF)
            mixed = (mixed & 0x7FFFFFFF) * 1000003 ^ (word >> 32)
    return (mixed ^ mixed >> 12 ^ mixed >> 24 ^ mixed >> 36) & (PLACES - 1)


@borrowing
def recall(memo: Memo, state: IntArray) -> int:
    """Count of a state that was counted before; -1 where it was not, or is forgotten."""
    place = _place(state)
    if memo.counts[place] < 0:
        return -1
    for row in range(3):
        for w in range(state.shape[1]):
            if memo.states[place, row, w] != state[row, w]:
                return -1
    return int(memo.counts[place])


@borrowing
def remember(memo: Memo, state: IntArray, count: int) -> None:
    """Keep the count of a state."""
    place = _place(state)
    memo.counts[place] = count
    for row in range(3):
        for w in range(state.shape[1]):
            memo.states[place, row, w] = state[row, w]
