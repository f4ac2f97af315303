"""Counting the states of a component without self-loops by eliminating one node after another.

A table holds, for some nodes, in how many ways the nodes eliminated so far can be chosen, given
which of these are high and which of the others have met a high source already. Its keys are pairs
of sets of bits, glued: bits of high nodes, and above them those of low ones. Nodes that are never
in one table share a bit, so keys stay short on networks of any length.

What multiplies where tables are joined and adds where a node is summed over is a number; or a part
of a circuit, which then says what it is the number of (`compiled`).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netplastic.equilibria import Clock

from ._circuit import NEVER, Builder, Circuit
from ._components import LimitComponent

__all__ = ["Elimination"]

_ROWS_A_BOX = 1000
"""Rows of tables that count as one box of a budget."""

_WIDEST = 48
"""Neighbors at a step beyond which a component is not for elimination."""


@dataclass(frozen=True)
class _Table:
    scope: int
    rows: dict[int, Any]  # integers, or `_Part`s


class _Part:
    """A part of a circuit that multiplies and adds as a number does."""

    __slots__ = ("builder", "number")

    def __init__(self, builder: Builder, number: int) -> None:
        self.builder, self.number = builder, number

    def __mul__(self, other: _Part) -> _Part:
        return _Part(self.builder, self.builder.both(self.number, other.number))

    def __add__(self, other: _Part) -> _Part:
        return _Part(self.builder, self.builder.either(self.number, other.number))

    def __rmul__(self, one: int) -> _Part:
        """Of the empty product, which is 1."""
        return self

    def __radd__(self, zero: int) -> _Part:
        """Of the empty sum, which is 0."""
        return self


class Elimination:
    """An order of elimination with few neighbors at each step, and the count that follows it.

    Attributes
    ----------
    width : int
        The most nodes that are in a table beside the one to be eliminated.
    possible : bool
        Whether that is few enough; else there is no count.
    """

    def __init__(self, component: LimitComponent) -> None:
        self.component = component
        self._order: list[int] = []
        self._later: list[list[int]] = [[]] * component.n
        self._arrange()
        self.width = max(map(len, self._later))
        self.possible = self.width <= _WIDEST
        self._slot = self._slots()

    def _arrange(self) -> None:
        """Take a node with the fewest neighbors, join these to each other, and so on."""
        c = self.component
        around = [{*c.drivers[i], *c.driven[i]} for i in range(c.n)]
        queue = [(len(near), i) for i, near in enumerate(around)]
        heapq.heapify(queue)
        done = [False] * c.n
        while queue:
            degree, i = heapq.heappop(queue)
            if done[i] or degree != len(around[i]):
                continue
            done[i] = True
            self._order.append(i)
            self._later[i] = sorted(around[i])
            if degree > _WIDEST:
                break
            for j in around[i]:
                around[j] |= around[i]
                around[j] -= {i, j}
                heapq.heappush(queue, (len(around[j]), j))

    def _slots(self) -> list[int]:
        """A bit for each node, another one than those of the nodes that are with it in a table."""
        slot = [0] * self.component.n
        for i in reversed(self._order):
            taken = {slot[j] for j in self._later[i]}
            slot[i] = next(bit for bit in range(len(taken) + 1) if bit not in taken)
        return slot

    def count(self, clock: Clock, most_rows: int) -> int | None:
        """Return the number of states; None where a table gets too long or the budget ends."""
        number: int | None = self._run(clock, most_rows, lambda node, high: 1)
        return number

    def compiled(self, clock: Clock, most_rows: int, most_parts: int) -> Circuit | None:
        """Return the states as a circuit, or None as above.

        Raises
        ------
        TooLargeError
            If it has more than `most_parts` parts.
        """
        builder = Builder(most_parts)
        whole = self._run(
            clock, most_rows, lambda node, high: _Part(builder, builder.leaf(node, high))
        )
        if whole is None:
            return None
        return builder.circuit(whole.number if whole else NEVER, self.component.n)

    def _run(
        self, clock: Clock, most_rows: int, leaf: Callable[[int, bool], Any]
    ) -> Any:  # what leaves are, their products and sums; 0 for none
        if not self.possible:
            return None
        place = {node: number for number, node in enumerate(self._order)}
        waiting: list[list[_Table]] = [[] for _ in self._order]
        total: Any = 1
        for number, node in enumerate(self._order):
            table: _Table | None = _Table(0, {0: 1})
            for other in sorted(waiting[number], key=lambda one: len(one.rows)):
                table = table and self._join(table, other, clock, most_rows)
            waiting[number] = []
            if table is None:
                return None
            rows = self._eliminate(node, table, leaf(node, True), leaf(node, False))
            clock.boxes += (len(table.rows) + len(rows)) // _ROWS_A_BOX
            if len(rows) > most_rows or clock.spent():
                return None
            later = self._later[node]
            if later:
                scope = sum(1 << self._slot[j] for j in later)
                waiting[min(place[j] for j in later)].append(_Table(scope, rows))
            else:
                if 0 not in rows:
                    return 0
                total = total * rows[0]
        return total

    def _join(self, one: _Table, two: _Table, clock: Clock, most_rows: int) -> _Table | None:
        """Tables of all nodes in either: high nodes agree, what was met is met."""
        if not one.scope:
            return two
        common = one.scope & two.scope
        partners = defaultdict(list)
        for key, ways in two.rows.items():
            partners[key & common].append((key, ways))
        rows: dict[int, Any] = defaultdict(int)
        for number, (key, ways) in enumerate(one.rows.items()):
            for other, others in partners.get(key & common, ()):
                rows[key | other] += ways * others
            if len(rows) > most_rows or (number % _ROWS_A_BOX == 0 and clock.spent()):
                return None
        return _Table(one.scope | two.scope, rows)

    def _eliminate(self, node: int, table: _Table, high: Any, low: Any) -> dict[int, Any]:
        """Bring in the arcs between a node and those still there, then sum over its states."""
        c, shift = self.component, self.width + 1
        rows, scope = table.rows, table.scope
        for i in (node, *self._later[node]):
            bit = 1 << self._slot[i]
            if not scope & bit:
                rows = {key | own: ways for key, ways in rows.items() for own in (0, bit)}
        own = 1 << self._slot[node]
        driven, drivers = (
            sum(1 << self._slot[j] for j in self._later[node] if j in near)
            for near in (c.driven[node], c.drivers[node])
        )
        joined = driven | drivers
        result: dict[int, Any] = defaultdict(int)
        for key, ways in rows.items():
            if key & own:
                if not key & joined:
                    result[(key ^ own) | driven << shift] += ways * high
                continue
            if key & drivers or key & own << shift:
                result[key & ~(own << shift)] += ways * low
        return result
