"""Sets of small numbers as bits of int64 words.

A word holds 63 of them, so that it is never negative: then compiled and interpreted arithmetic
agree, and no unsigned number meets a signed one, which would make both of them floats.
"""

from __future__ import annotations

from netplastic._support import IntArray, borrowing

__all__ = ["BITS", "first", "include", "meets", "ones", "place", "shared"]

BITS = 63
"""Numbers in a word: number k is bit k % 63 of word k // 63."""


@borrowing
def ones(word: int) -> int:
    """How many bits are set: sums of pairs, of fours, of eights, then of all bytes."""
    word = word - ((word >> 1) & 0x5555555555555555)
    word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F
    word = word + (word >> 8)
    word = word + (word >> 16)
    word = word + (word >> 32)
    return word & 0x7F


@borrowing
def place(bit: int) -> int:
    """Which bit of its word it is."""
    return ones(bit - 1)


@borrowing
def include(members: IntArray, number: int) -> None:
    """Put a number into a set."""
    members[number // BITS] |= 1 << (number % BITS)


@borrowing
def first(members: IntArray) -> int:
    """Least number of a set; -1 where it is empty."""
    for w in range(len(members)):
        word = members[w]
        if word:
            return BITS * w + place(word & -word)
    return -1


@borrowing
def shared(one: IntArray, other: IntArray) -> int:
    """How many numbers two sets have in common."""
    number = 0
    for w in range(len(one)):
        number += ones(one[w] & other[w])
    return number


@borrowing
def meets(one: IntArray, other: IntArray) -> bool:
    """Whether two sets have a number in common."""
    common = 0
    for w in range(len(one)):
        common |= one[w] & other[w]
    return common != 0
