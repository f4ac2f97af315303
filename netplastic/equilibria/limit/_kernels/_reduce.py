"""What follows at once from a state of the search for traces, and how a state falls apart.

A state is three sets of nodes (rows of an array of words, see `_bits`): those that may still be
chosen (SELECTABLE), those that still need a chosen neighbor unless they are chosen (NEEDY), and
nodes outside the ball that may still help (SHELL). `closed` has each node with its neighbors.
"""

from __future__ import annotations

from netplastic._support import IntArray, borrowing

from ._bits import BITS, first, meets, place, shared

__all__ = ["NEEDY", "SELECTABLE", "SHELL", "choose", "component_of", "reduce", "suffices"]

SELECTABLE, NEEDY, SHELL = 0, 1, 2


@borrowing
def choose(state: IntArray, neighborhood: IntArray) -> None:
    """Choose a node: it and its neighbors are settled."""
    for row in range(3):
        for w in range(len(neighborhood)):
            state[row, w] &= ~neighborhood[w]


@borrowing
def reduce(closed: IntArray, state: IntArray) -> bool:
    """Take all steps that leave the number of traces as it is; False where there is none."""
    moved = True
    while moved:
        moved = False
        for w in range(state.shape[1]):
            rest = state[NEEDY, w]
            while rest:
                bit = rest & -rest
                rest ^= bit
                helper = _only_helper(closed[BITS * w + place(bit)], state)
                if helper == -1:
                    return False
                if helper >= 0:
                    choose(state, closed[helper])
                    moved = True
                    rest &= state[NEEDY, w]
        if _settle_shell(closed, state):
            moved = True
    return True


@borrowing
def _only_helper(neighborhood: IntArray, state: IntArray) -> int:
    """The one node that can still settle a needy one; -1 for none, -2 for several."""
    helper = -1
    for w in range(len(neighborhood)):
        word = neighborhood[w] & (state[SELECTABLE, w] | state[SHELL, w])
        if word:
            if helper >= 0 or word & (word - 1):
                return -2
            helper = BITS * w + place(word)
    return helper


@borrowing
def _settle_shell(closed: IntArray, state: IntArray) -> bool:
    """Drop or use nodes of the shell that stand in no other's way.

    One that no needy node is joined to is of no use. One without neighbors in the shell that can
    still help may be used for nothing, unless a node that is chosen later forbids it; if there is
    but one such node p, this one is at hand whenever p needs it, so that p needs nothing.
    """
    moved = False
    for w in range(state.shape[1]):
        rest = state[SHELL, w]
        while rest:
            bit = rest & -rest
            rest ^= bit
            neighborhood = closed[BITS * w + place(bit)]
            if not meets(neighborhood, state[NEEDY]):
                state[SHELL, w] &= ~bit
                moved = True
            elif shared(neighborhood, state[SHELL]) == 1:
                forbidding = shared(neighborhood, state[SELECTABLE])
                if forbidding == 0:
                    choose(state, neighborhood)
                    moved = True
                elif forbidding == 1 and _release(neighborhood, state):
                    moved = True
    return moved


@borrowing
def _release(neighborhood: IntArray, state: IntArray) -> bool:
    """Let the one selectable node of a neighborhood need nothing; whether it needed something."""
    moved = False
    for w in range(len(neighborhood)):
        released = neighborhood[w] & state[SELECTABLE, w] & state[NEEDY, w]
        if released:
            state[NEEDY, w] &= ~released
            moved = True
    return moved


@borrowing
def suffices(closed: IntArray, state: IntArray, chosen: IntArray, needy: IntArray) -> bool:
    """Whether the shell can look after all needy nodes, whatever is chosen in the ball.

    Tried: nodes of the shell taken one by one, none joined to another, each for a selectable
    node that alone forbids it, or for all its needy nodes where none does. (False says nothing.)
    `chosen` and `needy` are work space.
    """
    words = state.shape[1]
    for w in range(words):
        chosen[w], needy[w] = 0, state[NEEDY, w]
    for w in range(words):
        rest = state[SHELL, w]
        while rest:
            bit = rest & -rest
            rest ^= bit
            neighborhood = closed[BITS * w + place(bit)]
            forbidding = shared(neighborhood, state[SELECTABLE])
            if forbidding > 1 or meets(neighborhood, chosen):
                continue
            useful = False
            for other in range(words):
                settled = neighborhood[other] & needy[other]
                if forbidding:
                    settled &= state[SELECTABLE, other]
                if settled:
                    needy[other] &= ~settled
                    useful = True
            if useful:
                chosen[w] |= bit
    return first(needy) == -1


@borrowing
def component_of(closed: IntArray, state: IntArray, part: IntArray, front: IntArray) -> bool:
    """Put what hangs together with the first open node into `part`; whether that is all.

    Two needy nodes that cannot be chosen have nothing to do with each other, joined or not.
    `front` is work space.
    """
    words = state.shape[1]
    for w in range(words):
        part[SELECTABLE, w], part[NEEDY, w], part[SHELL, w] = 0, 0, 0
        front[w] = 0
    start = first(state[SELECTABLE])
    if start == -1:
        start = first(state[NEEDY])
    front[start // BITS] = 1 << (start % BITS)
    w = start // BITS
    while w >= 0:
        bit = front[w] & -front[w]
        front[w] ^= bit
        neighborhood = closed[BITS * w + place(bit)]
        silent = not (bit & (state[SELECTABLE, w] | state[SHELL, w]))
        for row in range(3):
            part[row, w] |= state[row, w] & bit
        for v in range(words):
            reached = neighborhood[v] & (state[SELECTABLE, v] | state[SHELL, v])
            if not silent:
                reached |= neighborhood[v] & state[NEEDY, v]
            front[v] |= reached & ~(part[SELECTABLE, v] | part[NEEDY, v] | part[SHELL, v])
        w = first(front)
        if w >= 0:
            w //= BITS
    for row in range(2):
        for w in range(words):
            if part[row, w] != state[row, w]:
                return False
    return True
