"""All states of a component as one circuit: their number, what they show on some nodes, samples.

A circuit is made of leaves (a node is high, a node is low), of "and" (its parts speak of different
nodes) and of "or" (its parts speak of the same nodes and never hold together): a smooth
deterministic decomposable negation normal form [1]_. So numbers of states multiply at "and" and
add at "or".

.. [1] Darwiche, A., Marquis, P. (2002). A knowledge compilation map. Journal of Artificial
   Intelligence Research 17, 229-264. doi:10.1613/jair.989.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from netplastic._support import BoolArray

__all__ = ["ALWAYS", "NEVER", "Builder", "Circuit", "Mark", "TooLargeError", "random_below"]

Mark = Mapping[int, int]
"""For some nodes a set of bits that a state shows if the node is high in it."""

_LEAF, _AND, _OR = 0, 1, 2

ALWAYS, NEVER = -1, -2
"""Statements about no node."""

_PAIRS = 20
"""Pairs of patterns that are joined, for each one that is allowed."""

_UNLIKE = (
    "two parts of a compiled form that should speak of the same nodes do not; please report this "
    "network."
)


class TooLargeError(Exception):
    """More parts, or more different things shown, than are allowed."""


class Builder:
    """Parts of a circuit, each made of earlier ones, known by their numbers.

    Parameters
    ----------
    most : int
        Parts beyond which `TooLargeError` is raised.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.kind: list[int] = []
        self.parts: list[tuple[int, ...]] = []
        self._nodes: list[int] = []  # how many each part speaks of
        self._leaves: dict[tuple[int, bool], int] = {}

    def leaf(self, node: int, high: bool) -> int:
        """The statement that a node is high, or that it is low."""
        if (node, high) not in self._leaves:
            self._leaves[node, high] = self._add(_LEAF, (node, int(high)), 1)
        return self._leaves[node, high]

    def both(self, *parts: int) -> int:
        """All of some statements, about different nodes."""
        if NEVER in parts:
            return NEVER
        parts = tuple(part for part in parts if part != ALWAYS)
        if len(parts) < 2:
            return (*parts, ALWAYS)[0]
        return self._add(_AND, parts, sum(self._nodes[part] for part in parts))

    def either(self, *parts: int) -> int:
        """One of some statements about the same nodes that exclude each other."""
        parts = tuple(part for part in parts if part != NEVER)
        if len(parts) < 2:
            return (*parts, NEVER)[0]
        numbers = {0 if part == ALWAYS else self._nodes[part] for part in parts}
        if len(numbers) > 1:
            raise ArithmeticError(_UNLIKE)
        return self._add(_OR, parts, numbers.pop())

    def _add(self, kind: int, parts: tuple[int, ...], nodes: int) -> int:
        if len(self.kind) >= self.most:
            raise TooLargeError(f"its compiled form has more than {self.most} parts")
        self.kind.append(kind)
        self.parts.append(parts)
        self._nodes.append(nodes)
        return len(self.kind) - 1

    def circuit(self, root: int, n: int) -> Circuit:
        """What belongs to one statement about n nodes."""
        if root < 0:
            return Circuit(n, [_AND if root == ALWAYS else _OR], [()])
        used = bytearray(root + 1)
        used[root] = 1
        for part in range(root, -1, -1):
            if used[part] and self.kind[part] != _LEAF:
                for below in self.parts[part]:
                    used[below] = 1
        kept = [part for part in range(root + 1) if used[part]]
        place = {part: number for number, part in enumerate(kept)}
        return Circuit(
            n,
            [self.kind[part] for part in kept],
            [
                self.parts[part]
                if self.kind[part] == _LEAF
                else tuple(place[below] for below in self.parts[part])
                for part in kept
            ],
        )


class Circuit:
    """The states of a component of n nodes; made by a `Builder`.

    Parameters
    ----------
    n : int
    kind : list of int
        Leaf, and, or; the last part is the whole.
    parts : list of tuple
        What each is made of, numbers of earlier ones; of a leaf the node and whether it is high.
    """

    def __init__(self, n: int, kind: list[int], parts: list[tuple[int, ...]]) -> None:
        self.n, self.kind, self.parts = n, kind, parts
        self.leaves = {parts[i]: i for i, one in enumerate(kind) if one == _LEAF}

    @property
    def total(self) -> int:
        """Number of states."""
        return self.ways[-1]

    @cached_property
    def ways(self) -> list[int]:
        """Number of choices for the nodes below each part."""
        ways: list[int] = []
        for kind, parts in zip(self.kind, self.parts, strict=True):
            if kind == _LEAF:
                ways.append(1)
            elif kind == _AND:
                ways.append(math.prod(ways[part] for part in parts))
            else:
                ways.append(sum(ways[part] for part in parts))
        return ways

    @cached_property
    def rest(self) -> list[int]:
        """Number of choices for all other nodes that each part goes with."""
        rest = [0] * len(self.kind)
        rest[-1] = 1
        for i in range(len(rest) - 1, -1, -1):
            if self.kind[i] == _AND:
                every = rest[i] * self.ways[i]
                for part in self.parts[i]:
                    own = self.ways[part]
                    rest[part] += every if own == 1 else every // own
            elif self.kind[i] == _OR:
                for part in self.parts[i]:
                    rest[part] += rest[i]
        return rest

    @cached_property
    def _above(self) -> list[list[int]]:
        """The parts that each part belongs to."""
        above: list[list[int]] = [[] for _ in self.kind]
        for i, kind in enumerate(self.kind):
            if kind != _LEAF:
                for part in self.parts[i]:
                    above[part].append(i)
        return above

    def tally(self, marks: Mark, most: int, only: Mark | None = None) -> dict[int, int]:
        """Number of states for each union of marks that states show.

        Only parts between the marked nodes and the least parts that hold all of them are looked
        at: for nodes near each other these are few.

        Parameters
        ----------
        marks : dict
            Bits of each marked node, shown where it is high; 0 is allowed.
        most : int
            Different unions in one part beyond which `TooLargeError` is raised.
        only : dict or None
            For some marked nodes 1 or 0: count the states in which they are high, or low.

        Returns
        -------
        dict
            From unions to exact numbers of states; those that no state shows are missing.
        """
        if not marks:
            return {0: self.total}
        seen = {node: 1 << number for number, node in enumerate(marks)}
        everything = (1 << len(marks)) - 1
        tables: dict[int, dict[int, int]] = {}
        about: dict[int, int] = {}
        waiting: list[int] = []
        for node, bits in marks.items():
            wanted = None if only is None else only.get(node)
            for high in (0, 1):
                leaf = self.leaves.get((node, high))
                if leaf is not None:
                    shown = {bits if high else 0: 1}
                    tables[leaf] = shown if wanted is None or wanted == high else {}
                    about[leaf] = seen[node]
                    waiting.append(leaf)
        heapq.heapify(waiting)
        met = set(waiting)
        result: dict[int, int] = defaultdict(int)
        while waiting:
            i = heapq.heappop(waiting)
            if self.kind[i] != _LEAF:
                combine = self._and if self.kind[i] == _AND else self._or
                tables[i], about[i] = combine(i, tables, about, most)
            if about[i] == everything:
                for shown_bits, ways in tables[i].items():
                    result[shown_bits] += ways * self.rest[i]
                continue
            for above in self._above[i]:
                if above not in met:
                    met.add(above)
                    heapq.heappush(waiting, above)
        return dict(result)

    def _and(
        self, i: int, tables: dict[int, dict[int, int]], about: dict[int, int], most: int
    ) -> tuple[dict[int, int], int]:
        """Unions of what parts about different nodes show."""
        told, plain, table = 0, 1, {0: 1}
        for part in self.parts[i]:
            if part not in tables:
                plain *= self.ways[part]
                continue
            told |= about[part]
            if len(table) * len(tables[part]) > _PAIRS * most:
                raise TooLargeError(f"more than {most} different patterns would have to be joined")
            joined: dict[int, int] = defaultdict(int)
            for one, ways in table.items():
                for other, others in tables[part].items():
                    joined[one | other] += ways * others
            _check(joined, most)
            table = joined
        return {shown: ways * plain for shown, ways in table.items()}, told

    def _or(
        self, i: int, tables: dict[int, dict[int, int]], about: dict[int, int], most: int
    ) -> tuple[dict[int, int], int]:
        table: dict[int, int] = defaultdict(int)
        for part in self.parts[i]:
            if about.get(part, 0) != about[self.parts[i][0]]:
                raise ArithmeticError(_UNLIKE)
            for shown, ways in tables[part].items():
                table[shown] += ways
        _check(table, most)
        return dict(table), about[self.parts[i][0]]

    def sample(self, size: int, rng: np.random.Generator) -> BoolArray:
        """States at random, each equally likely, independent: which nodes are high, a row each."""
        high = np.zeros((size, self.n), dtype=np.bool_)
        for row in high if self.total else ():
            stack = [len(self.kind) - 1]
            while stack:
                i = stack.pop()
                parts = self.parts[i]
                if self.kind[i] == _LEAF:
                    row[parts[0]] = parts[1]
                elif self.kind[i] == _AND:
                    stack.extend(parts)
                else:
                    stack.append(self._chosen(i, random_below(self.ways[i], rng)))
        return high

    def _chosen(self, i: int, number: int) -> int:
        """The part that holds the choice of this number."""
        for part in self.parts[i]:
            number -= self.ways[part]
            if number < 0:
                break
        return part


def _check(table: dict[int, int], most: int) -> None:
    if len(table) > most:
        raise TooLargeError(f"more than {most} different patterns are shown")


def random_below(limit: int, rng: np.random.Generator) -> int:
    """Return one of 0, ..., limit - 1, each equally likely, for integers of any length."""
    if limit <= 2**63:
        return int(rng.integers(limit))
    length = limit.bit_length()
    size = -(-length // 8)
    while True:
        number = int.from_bytes(rng.bytes(size), "little") >> (8 * size - length)
        if number < limit:
            return number
