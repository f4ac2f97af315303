"""Counting conditioned on a few nodes: given their values, the pieces around are independent.

Over a box of the hubs' activities x every piece has a known list of sheets (see `_pieces`). For
each choice of one sheet per piece the hubs' rows become functions of x alone,

    G_s(x) = x_s - b_s - sum_g R_sg(V_s) T_sg(x) - A_s(x),

T and A being sums over the pieces. One hub: where G' keeps one sign over the interval, G has one
zero if its signs at the two ends differ, and none otherwise; the signs at the ends are those of
tight enclosures, so that neighboring intervals agree and no root is counted twice. Several hubs:
the Krawczyk operator maps the box into its own inside, which proves one zero there and no other
(Krawczyk 1969), or into what leaves no room for a zero. A zero on the common face of two boxes is
settled in neither. Equal pieces are exchanged at will: what is enumerated is how many of them take
which sheet, and the number of ways is an exact integer.

Stability, for an objective and one decay: H is positive definite if and only if it is on every
piece and the Schur complement at the hubs, dG/dx diag(1 / phi'), is (Haynsworth): the pivots of
dG/dx are positive. The delayed form (see `_forms`) is decided likewise.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import Bounds, judge, system_of
from netplastic.equilibria.certified._kernels import XH, XL, contract_box, pattern_of
from netplastic.model import PlasticNetwork, canonical_labelling

from ._choices import Choices, choices_of
from ._hub import Hubs, Located, View
from ._pieces import Piece, Sheets, Start
from ._separators import pieces_without, skeleton

__all__ = ["count_at"]

OFF_CENTRE = 0.4871
_NARROWEST = 1e-10
_MARGIN = 0.05
_WORTH = 0.7  # a box that shrinks to this share in one direction is looked at again, not cut
_CLOSE = 1e-5  # width at which stability that is not proved yet is judged choice by choice
_JUDGED = 400
_FEW_BOXES, _MANY_BOXES = 200, 20_000
_INTERVAL_COST, _PIECE_COST = 30, 10  # boxes that take as long as what is done per box of hubs
_ROWS_A_BOX = 4  # choices that take as long as a box
_DENSE = "roots that lie too densely to be told apart by the nodes conditioned on"
_NEAR = "roots that are nearly multiple (the network is at or near a bifurcation)"


def count_at(net: PlasticNetwork, hubs: tuple[int, ...], stable: bool, clock: Clock) -> Bounds:
    """Count the equilibria, or the stable ones, of a connected network conditioned on some nodes.

    Parameters
    ----------
    net : PlasticNetwork
    hubs : tuple of int
        Numbers of nodes without which it falls into pieces.
    stable : bool
    clock : Clock
    """
    return _Count(net, hubs, stable, clock).run()


@dataclass(frozen=True, eq=False)
class _Box:
    """A box of the hubs' activities; 2^-depth of the whole."""

    low: FloatArray
    high: FloatArray
    depth: int
    starts: list[Start]


class _Count:
    """The search over boxes of the hubs' activities."""

    def __init__(
        self, net: PlasticNetwork, hubs: tuple[int, ...], stable: bool, clock: Clock
    ) -> None:
        self._net, self._stable, self._clock = net, stable, clock
        self._hubs = Hubs(net, hubs)
        self._pieces, self._members = self._cut()
        self._copies = [len(copies) for copies in self._members]
        system = system_of(net)
        self._system, self._table = system, system.table.copy()
        self._pattern = pattern_of(system.kernel)
        self._dirty = np.zeros((net.n, 2))
        self._judged = 0
        self._bundled = False  # rows of the last choices stood for many of them
        self._open = 0  # choices with a root whose stability is undecided, with multiplicity
        self._found = 0

    def _cut(self) -> tuple[list[Piece], list[list[IntArray]]]:
        """Different pieces, and the nodes of every copy."""
        net, hubs = self._net, self._hubs
        roots = [net.nodes[h] for h in hubs.nodes]
        members: dict[str, list[IntArray]] = {}
        for nodes in pieces_without(skeleton(net), hubs.nodes.tolist()):
            around = np.append(nodes, hubs.nodes)
            form, order = canonical_labelling(net.part_at(around), roots)
            members.setdefault(form, []).append(around[order[order < len(nodes)]])
        minima = self._stable and hubs.has_forms
        pieces = [
            Piece(
                net.part_at(np.append(copies[0], hubs.nodes)), hubs.zetas, len(hubs.nodes), minima
            )
            for copies in members.values()
        ]
        return pieces, list(members.values())

    def run(self) -> Bounds:
        """Settle the hubs' whole box, part by part."""
        system, nodes = self._system, self._hubs.nodes
        starts = [piece.start() for piece in self._pieces]
        pending = [_Box(system.low[nodes], system.high[nodes], 0, starts)]
        reasons: Counter[str] = Counter()
        while pending:
            spent = self._clock.spent()
            if spent:
                reasons[spent] += 1
                break
            left = sum(math.ldexp(1.0, -box.depth) for box in pending)
            self._clock.tell(1.0 - left, self._found)
            box = self._narrowed(pending.pop())
            if box is None:
                continue
            with np.errstate(invalid="ignore", over="ignore"):  # near poles; NaN settles nothing
                rest = self._settle(box)
            if rest is None:
                continue
            if np.any(rest.high - rest.low < _WORTH * (box.high - box.low)):
                pending.append(rest)
                continue
            parts = self._halves(rest)
            if not parts:
                reasons[_DENSE if self._bundled else _NEAR] += 1
            pending += parts
        upper: int | float = math.inf if reasons else self._found + self._open
        reason = "; ".join(reasons)
        if not reason and self._open:
            reason = f"stability of {self._open} undecided"
        return Bounds(self._found, upper, reason)

    def _halves(self, box: _Box) -> list[_Box]:
        """Cut a box where the hub's rate varies most; none where all are too narrow."""
        low, high = box.low, box.high
        wide = high - low >= _NARROWEST * (1.0 + np.abs(0.5 * (low + high)))
        if not np.any(wide):
            return []
        ends = self._hubs.rates(low, high)
        s = int(np.argmax(np.where(wide, np.abs(ends[1] - ends[0]) + 1e-3 * (high - low), -1.0)))
        middle = self._hubs.between(low, high, s, OFF_CENTRE)
        below, above = high.copy(), low.copy()
        below[s] = above[s] = middle
        depth = box.depth + 1
        return [replace(box, low=above, depth=depth), replace(box, high=below, depth=depth)]

    def _narrowed(self, box: _Box) -> _Box | None:
        """Cut off what holds no root; None when nothing is left."""
        table, system, h = self._table, self._system, self._hubs.nodes
        table[:, XL], table[:, XH] = system.low, system.high
        table[h, XL], table[h, XH] = box.low, box.high
        if not contract_box(table, system.kernel, self._pattern, self._dirty):
            return None
        return _within(box, table[h, XL], table[h, XH])

    def _settle(self, box: _Box) -> _Box | None:
        """Count the roots in a box; None when that is done, else what is left of it."""
        self._clock.boxes += _INTERVAL_COST + _PIECE_COST * len(self._pieces)
        boxes = min(_MANY_BOXES, _FEW_BOXES * 2 ** (box.depth // 2))
        view = self._hubs.over(box.low, box.high)
        found = [
            piece.sheets(box.low, box.high, view.points, boxes, self._clock, start)
            for piece, start in zip(self._pieces, box.starts, strict=True)
        ]
        choices = choices_of(found, self._copies, len(self._hubs.nodes), view.may_vanish)
        if choices is None:
            return replace(box, starts=[sheets.start() for sheets in found])
        self._bundled = bool(np.any(choices.pick < 0))
        self._clock.boxes += len(choices) // _ROWS_A_BOX
        located = view.roots(choices)
        if np.all(located.settled) and self._tally(choices, located, found, view):
            return None
        starts = [sheets.rows(choices.used(number)).start() for number, sheets in enumerate(found)]
        return _within(replace(box, starts=starts), located.low, located.high)

    def _tally(self, choices: Choices, located: Located, found: list[Sheets], view: View) -> bool:
        """Add up; False where an answer about stability needs a smaller box."""
        exists = located.exists
        proved = exists
        if self._stable:
            candidates = exists
            proved = np.zeros_like(exists)
            if self._hubs.has_forms:
                if not np.all(located.signed[exists]):
                    return False
                candidates = exists & choices.minimum & located.positive
                net = self._net
                enough = net.weights_follow or bool(np.all(net.strength >= 0.0))
                proved = candidates if enough else candidates & view.held(choices)
            rest = np.flatnonzero(candidates & ~proved)
            if len(rest) and view.width > _CLOSE:
                return False
            for row in rest:
                self._judge(choices, int(row), found, view)
        self._found += sum(choices.ways[row] for row in np.flatnonzero(proved))
        return True

    def _judge(self, choices: Choices, row: int, found: list[Sheets], view: View) -> None:
        """Decide about the stability of the equilibria of one choice, one by one."""
        selections = choices.selections(row)
        share, left = divmod(choices.ways[row], max(1, len(selections)))
        if not selections or left or self._judged + len(selections) > _JUDGED:
            self._open += choices.ways[row]
            return
        low, high = np.empty((2, len(selections), self._net.n))
        low[:, self._hubs.nodes], high[:, self._hubs.nodes] = view.low, view.high
        for number, selection in enumerate(selections):
            for sheets, members, taken in zip(found, self._members, selection, strict=True):
                for nodes, sheet in zip(members, taken, strict=True):
                    low[number, nodes], high[number, nodes] = sheets.activity[sheet]
        self._judged += len(selections)
        verdict = judge(self._net, low, high)
        self._found += share * int(verdict.stable.sum())
        self._open += share * int(np.sum(~verdict.stable & ~verdict.unstable))


def _within(box: _Box, low: FloatArray, high: FloatArray) -> _Box:
    """Shrink a box to what may hold roots, and a margin: none of them is very near a face then."""
    margin = _MARGIN * (high - low) + 1e-12 * (1.0 + np.abs(low))
    return replace(
        box, low=np.maximum(box.low, low - margin), high=np.minimum(box.high, high + margin)
    )
