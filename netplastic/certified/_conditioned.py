"""Counting conditioned on one node: given its value, the pieces around it are independent.

Over an interval of the hub's activity x every piece has a known list of families (see `_pieces`).
For each choice of one family per piece the hub's row becomes a function of x alone,

    G(x) = x - b - sum_g R_g(V) T_g(x) - A(x),

T_g and A being sums over the pieces. Where G' keeps one sign over the interval, G has one zero if
its signs at the two ends differ, and none otherwise; the signs at the ends are those of tight
enclosures, so that neighboring intervals agree and no root is counted twice. Equal pieces are
exchanged at will: what is enumerated is how many of them take which family, and the number of ways
is an exact integer.

Stability, for an objective and one decay: H is positive definite if and only if it is on every
piece and the Schur complement at the hub, G'(x) / phi'(x), is positive (Haynsworth). The delayed
form (see `_forms`) is decided likewise.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from .._kernels import table as columns
from .._kernels.tubes import contract_box
from .._kernels.work import pattern_of
from .._types import BoolArray, IntArray
from ..canonical import canonical_labelling
from ..network import PlasticNetwork
from ._bounds import Bounds
from ._choices import Choices, choices_of
from ._hub import Hub, View
from ._pieces import Families, Piece, Start
from ._search import Clock
from ._stability import judge
from ._system import system_of

__all__ = ["count_at", "hubs"]

OFF_CENTRE = 0.4871
_NARROWEST = 1e-10
_MARGIN = 0.05
_SWEEPS = 20
_CLOSE = 1e-5  # width at which stability that is not proved yet is judged choice by choice
_JUDGED = 400
_FEW_BOXES, _MANY_BOXES = 200, 20_000
_INTERVAL_COST, _PIECE_COST = 30, 10  # boxes that take as long as what is done per interval
_ROWS_A_BOX = 4  # choices that take as long as a box
_NEAR = "roots that are nearly multiple (the network is at or near a bifurcation)"


def hubs(net: PlasticNetwork) -> list[tuple[int, int]]:
    """Nodes whose removal leaves several pieces, each with the size of the largest; best first."""
    graph = _skeleton(net)
    found = []
    for h in nx.articulation_points(graph):
        found.append((max(len(piece) for piece in _pieces_without(graph, h)), h))
    return [(h, size) for size, h in sorted(found)]


def _skeleton(net: PlasticNetwork) -> nx.Graph[int]:
    live = net.arc_weight * (np.abs(net.strength) + np.abs(net.static_weight)) != 0.0
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(net.n))
    arcs = zip(net.wiring.source[live].tolist(), net.wiring.target[live].tolist(), strict=True)
    graph.add_edges_from((u, v) for u, v in arcs if u != v)
    return graph


def _pieces_without(graph: nx.Graph[int], h: int) -> list[IntArray]:
    rest = graph.subgraph(node for node in graph if node != h)
    return [np.array(sorted(piece), dtype=np.int64) for piece in nx.connected_components(rest)]


def count_at(net: PlasticNetwork, h: int, stable: bool, clock: Clock) -> Bounds:
    """Count the equilibria, or the stable ones, of a connected network conditioned on node h."""
    return _Count(net, h, stable, clock).run()


@dataclass(frozen=True, eq=False)
class _Interval:
    low: float
    high: float
    depth: int
    starts: list[Start]


class _Count:
    """The search over intervals of the hub's activity."""

    def __init__(self, net: PlasticNetwork, h: int, stable: bool, clock: Clock) -> None:
        self._net, self._stable, self._clock = net, stable, clock
        self._hub = Hub(net, h)
        minima = stable and self._hub.has_forms
        self._pieces, self._copies, self._members = self._cut(net, h, minima)
        system = system_of(net)
        self._h, self._system = h, system
        self._table = system.table.copy()
        self._pattern = pattern_of(system.source, system.group, system.row)
        self._dirty = np.zeros((net.n, 2))
        self._judged = 0
        self._open = 0  # choices with a root whose stability is undecided, with multiplicity
        self._found = 0

    def _cut(
        self, net: PlasticNetwork, h: int, minima: bool
    ) -> tuple[list[Piece], list[int], list[list[IntArray]]]:
        """Different pieces, how many there are of each, and the nodes of every copy."""
        root = net.nodes[h]
        members: dict[str, list[IntArray]] = {}
        for nodes in _pieces_without(_skeleton(net), h):
            around = np.append(nodes, h)
            form, order = canonical_labelling(net.part_at(around), root=root)
            members.setdefault(form, []).append(around[order[order != len(nodes)]])
        pieces = [
            Piece(net.part_at(np.append(copies[0], h)), self._hub.zetas, minima)
            for copies in members.values()
        ]
        return pieces, [len(copies) for copies in members.values()], list(members.values())

    def run(self) -> Bounds:
        """Settle the hub's whole range, interval by interval."""
        system = self._system
        starts = [piece.start() for piece in self._pieces]
        pending = [_Interval(float(system.low[self._h]), float(system.high[self._h]), 0, starts)]
        reasons: Counter[str] = Counter()
        while pending:
            spent = self._clock.spent()
            if spent:
                reasons[spent] += 1
                break
            left = sum(math.ldexp(1.0, -interval.depth) for interval in pending)
            self._clock.tell(1.0 - left, self._found)
            interval = self._narrowed(pending.pop())
            if interval is None:
                continue
            with np.errstate(invalid="ignore", over="ignore"):  # near poles; NaN settles nothing
                starts = self._settle(interval)
            if not starts:
                continue
            low, high, depth = interval.low, interval.high, interval.depth + 1
            middle = self._hub.between(low, high, OFF_CENTRE)
            if high - low < _NARROWEST * (1.0 + abs(middle)):
                reasons[_NEAR] += 1
                continue
            pending.append(_Interval(middle, high, depth, starts))
            pending.append(_Interval(low, middle, depth, starts))
        upper: int | float = math.inf if reasons else self._found + self._open
        reason = "; ".join(reasons)
        if not reason and self._open:
            reason = f"stability of {self._open} undecided"
        return Bounds(self._found, upper, reason)

    def _narrowed(self, interval: _Interval) -> _Interval | None:
        """Cut off ends that hold no root; None when nothing is left.

        The ends stay clear of what is left, so that no root lies very near one of them.
        """
        table, system, h = self._table, self._system, self._h
        table[:, columns.XL], table[:, columns.XH] = system.low, system.high
        table[h, columns.XL], table[h, columns.XH] = interval.low, interval.high
        if not contract_box(
            table,
            system.arcs,
            system.source,
            system.group,
            system.row,
            self._pattern,
            self._dirty,
            _SWEEPS,
        ):
            return None
        low, high = float(table[h, columns.XL]), float(table[h, columns.XH])
        margin = _MARGIN * (high - low) + 1e-12 * (1.0 + abs(low))
        return replace(
            interval, low=max(interval.low, low - margin), high=min(interval.high, high + margin)
        )

    def _settle(self, interval: _Interval) -> list[Start]:
        """Count the roots in the interval; what is left of each piece where it has to be cut."""
        low, high = interval.low, interval.high
        self._clock.boxes += _INTERVAL_COST + _PIECE_COST * len(self._pieces)
        boxes = min(_MANY_BOXES, _FEW_BOXES * 2 ** (interval.depth // 2))
        found = [
            piece.families(low, high, boxes, self._clock, start)
            for piece, start in zip(self._pieces, interval.starts, strict=True)
        ]
        view = self._hub.over(low, high)
        choices = choices_of(found, self._copies, view.may_vanish)
        if choices is None:
            return [families.start() for families in found]
        self._clock.boxes += len(choices) // _ROWS_A_BOX
        roots = view.roots(choices)
        if roots is not None and self._tally(choices, roots, found, view):
            return []
        return [
            families.rows(choices.used(number)).start() for number, families in enumerate(found)
        ]

    def _tally(
        self,
        choices: Choices,
        roots: tuple[BoolArray, BoolArray],
        found: list[Families],
        view: View,
    ) -> bool:
        """Add up; False where an answer about stability needs a narrower interval."""
        exists, rising = roots
        proved = exists
        if self._stable:
            candidates = exists
            proved = np.zeros_like(exists)
            if self._hub.has_forms:
                candidates = exists & choices.minimum & rising
                hebbian = bool(np.all(self._net.strength >= 0.0))
                proved = candidates if hebbian else candidates & view.held(choices)
            rest = np.flatnonzero(candidates & ~proved)
            if len(rest) and view.width > _CLOSE:
                return False
            for row in rest:
                self._judge(choices, int(row), found, view)
        self._found += sum(choices.ways[row] for row in np.flatnonzero(proved))
        return True

    def _judge(self, choices: Choices, row: int, found: list[Families], view: View) -> None:
        """Decide about the stability of the equilibria of one choice, one by one."""
        selections = choices.selections(row)
        share, left = divmod(choices.ways[row], max(1, len(selections)))
        if not selections or left or self._judged + len(selections) > _JUDGED:
            self._open += choices.ways[row]
            return
        low, high = np.empty((2, len(selections), self._net.n))
        low[:, self._h], high[:, self._h] = view.low, view.high
        for number, selection in enumerate(selections):
            for families, members, taken in zip(found, self._members, selection, strict=True):
                for nodes, family in zip(members, taken, strict=True):
                    low[number, nodes], high[number, nodes] = families.activity[family]
        self._judged += len(selections)
        verdict = judge(self._net, low, high)
        self._found += share * int(verdict.stable.sum())
        self._open += share * int(np.sum(~verdict.stable & ~verdict.unstable))
