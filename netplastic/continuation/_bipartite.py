"""The second stable state of a bipartite network (docs/theory.md#section-2 (e)).

With the order turned round on one side the equations are monotone: sweeps from a corner of the
box (one side at 0, the other at the bias) settle in an extreme equilibrium, and there is one
equilibrium if and only if the two corners settle in the same one. The least strength at which
they do not is bracketed by bisection over sweeps, which go on only where the two still differ; then
each place where they differ is cut out with thousands of nodes around it (what lies beyond has no
influence that a float could hold), and its state is followed down to the fold in which it is born.

That corners that differ go on to differ at greater strengths is not proved; it was so in all
cases tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from netplastic._support import BoolArray, FloatArray, Halt, IntArray
from netplastic.landscape import has_one_equilibrium
from netplastic.model import PlasticNetwork, anti_hebbian_unit

from ._base_branch import Coupled, corrected
from ._kernels import sides_of, sweep_nodes
from ._local import Birth
from ._local_proof import LocalStatus, proved_stable
from ._march import base_onset
from ._singular import Singular, fold

__all__ = ["BipartiteBirth", "bipartite_birth", "bipartite_status"]

_SAME, _DIFFERENT = 1e-8, 1e-3
"""Gap of a node between the two corners up to which it is settled; from which on it is open."""

_SWEEPS = 8
_MOST_SWEEPS = 200_000
_STALLED = 1e-2
"""Last move of a sweep, as a share of the gap, below which the corners may have settled."""

_NEAR = 0.05
_FIRST = 4.0
_FEW = 6
"""Bisection ends with so many open places, or a bracket of this relative width."""

_NARROW = 1e-6
_BALL = 4000
_LEAST_GAP = 1e-5


@dataclass(frozen=True, eq=False, kw_only=True)
class BipartiteBirth:
    """Where a second stable state is born, and the bracket that sweeps gave.

    Attributes
    ----------
    birth : Birth
        Its strength is infinite where the corners settle in one state up to `far`.
    lower, upper : float
        Magnitudes: corners settled in one state, and in two.
    pair : float array of shape (2, n)
        The two at `upper`; of shape (0, n) where there are none.
    """

    birth: Birth
    lower: float
    upper: float
    pair: FloatArray


def bipartite_birth(
    coupled: Coupled, far: float, halt: Halt | None = None
) -> BipartiteBirth | None:
    """Find where a second stable state is born; None where this way does not tell.

    That is on a network that is not bipartite, and where sweeps do not settle: a wall between two
    patterns that hardly anything holds in place (an even path) moves too slowly.

    Parameters
    ----------
    coupled : Coupled
    far : float
        Largest magnitude to look at.
    halt : Halt or None
        Ends the bisection, which then has no birth.
    """
    side = sides_of(*_arcs_of(coupled)[:2])
    if len(side) < len(coupled.bias):
        return None
    return _Bisection(coupled, side == 0, far, halt or Halt()).run()


def _arcs_of(coupled: Coupled) -> tuple[IntArray, IntArray, FloatArray]:
    c: Any = coupled.matrix  # its indices are integers of either length
    return c.indptr, c.indices, c.data


def bipartite_status(net: PlasticNetwork, found: BipartiteBirth) -> LocalStatus:
    """What is proved of the bracket: one equilibrium at its lower end, two states at its upper."""
    if math.isinf(found.birth.strength):
        return LocalStatus.NONE
    unit = anti_hebbian_unit(net)
    assert unit is not None  # there are couplings
    fast = net.replace(learning_rate=math.inf)
    low, high = (
        fast.replace(strength=net.strength * (k / unit.size)) for k in (found.lower, found.upper)
    )
    if proved_stable(high, found.pair) < 2:
        return LocalStatus.FOUND
    return LocalStatus.PROVED if has_one_equilibrium(low) else LocalStatus.UPPER


class _Bisection:
    def __init__(self, coupled: Coupled, is_left: BoolArray, far: float, halt: Halt) -> None:
        # Activities have the signs of their biases, which do not matter (only squares do).
        self.coupled = replace(coupled, bias=np.abs(coupled.bias))
        self.sign = np.where(coupled.bias < 0.0, -1.0, 1.0)
        self.is_left, self.far, self.halt = is_left, far, halt

    def run(self) -> BipartiteBirth | None:
        n, matrix = len(self.coupled.bias), self.coupled.matrix
        low, high = 0.0, math.inf
        pair = np.zeros((0, n))
        strongest = float(matrix.sum(axis=1).max(initial=0.0))
        k = min(self.far, _FIRST / strongest) if strongest else self.far
        while high - low > _NARROW * low and not self.halt.now:
            found = self._corners(k)
            if found is None:  # sweeps that did not come to their end tell nothing
                if math.isinf(high) and not self.halt.now:
                    return None
                break
            is_open = float(np.abs(found[0] - found[1]).max(initial=0.0)) > _LEAST_GAP
            if is_open:
                high, pair = k, found
                if len(self._places(pair)) <= _FEW and high < 1.01 * low:
                    break
            else:
                low = k
                if k >= self.far:
                    break
            k = min(self.far, 2.0 * k) if math.isinf(high) else 0.5 * (low + high)
        birth = self._born(low, high, pair) if len(pair) and not self.halt.now else None
        if birth is None and len(pair) and not self.halt.now:
            return None
        settled = [corrected(self.coupled, high, x) for x in pair]
        pair = np.array(
            [x if at is None else at[0] for x, at in zip(pair, settled, strict=True)]
        ).reshape(-1, n)
        return BipartiteBirth(
            birth=birth or self._none(), lower=low, upper=high, pair=pair * self.sign
        )

    def _corners(self, k: float) -> FloatArray | None:
        """States (2, n) that sweeps from the two corners settle in; None where they do not."""
        c = self.coupled
        arcs, bias = _arcs_of(c), c.bias
        x = np.where(np.stack([self.is_left, ~self.is_left]), 0.0, bias)
        power = np.tanh(c.gain * x) ** 2
        nodes, done, more = np.arange(len(bias)), 0, _SWEEPS
        while done < _MOST_SWEEPS and len(nodes):
            if self.halt.now:
                return None
            moved = max(
                sweep_nodes(arcs, bias, c.gain, k, nodes, x[s], power[s], more) for s in (0, 1)
            )
            gap = np.abs(x[0] - x[1])
            nodes = nodes[gap[nodes] > _SAME]
            if moved < _STALLED * float(gap.max(initial=0.0)) and self._are_settled(k, x):
                return x
            done += more
            more = done
        is_closed = float(np.abs(x[0] - x[1]).max(initial=0.0)) <= _LEAST_GAP
        return x if is_closed or self._is_open(k, x) else None

    def _are_settled(self, k: float, x: FloatArray) -> bool:
        """Whether Newton's method finds two stable states next to the corners.

        Where it finds one state next to both, wherever they differ, x becomes that.
        """
        ends = x.copy()
        places = self._places(x)
        for place in places[:_FEW]:
            inside, pair = self._next_to(place, k, x)
            if pair is None:
                return False
            if float(np.abs(np.diff(pair, axis=0)).max()) > _DIFFERENT:
                return True
            ends[:, inside] = pair
        if len(places) > _FEW:
            return False
        x[:] = ends
        return float(np.abs(x[0] - x[1]).max()) <= _LEAST_GAP

    def _is_open(self, k: float, x: FloatArray) -> bool:
        """Whether there are two stable states at one of the places, settled or not elsewhere."""
        found = (self._next_to(place, k, x)[1] for place in self._places(x)[:_FEW])
        return any(
            pair is not None and float(np.abs(np.diff(pair, axis=0)).max()) > _DIFFERENT
            for pair in found
        )

    def _next_to(
        self, place: IntArray, k: float, x: FloatArray
    ) -> tuple[IntArray, FloatArray | None]:
        """Nodes about a place, and their stable states next to the two corners."""
        part, inside = self._around(place)
        one, other = (corrected(part, k, corner[inside]) for corner in x)
        if one is None or other is None:
            return inside, None
        pair = np.array([one[0], other[0]])
        return inside, pair if float(np.abs(pair - x[:, inside]).max()) < _NEAR else None

    def _places(self, pair: FloatArray) -> list[IntArray]:
        """Joined nodes at which two states differ, by descending difference."""
        gap = np.abs(pair[0] - pair[1])
        nodes = np.flatnonzero(gap > min(_DIFFERENT, 0.5 * float(gap.max(initial=0.0))))
        if not len(nodes):
            return []
        count, label = connected_components(self.coupled.matrix[nodes][:, nodes], directed=False)
        order = np.argsort(label, kind="stable")
        parts = np.split(nodes[order], np.cumsum(np.bincount(label, minlength=count))[:-1])
        return sorted(parts, key=lambda part: -float(gap[part].max()))

    def _around(self, places: IntArray) -> tuple[Coupled, IntArray]:
        """Network of these nodes and thousands about them, and which they are."""
        inside = places
        front = places
        while len(front) and len(inside) < _BALL:
            reached = np.unique(self.coupled.matrix[front].indices)
            front = np.setdiff1d(reached, inside)
            inside = np.union1d(inside, front)
        return self.coupled.part_at(inside), inside

    def _born(self, low: float, high: float, pair: FloatArray) -> Birth | None:
        """The earliest of the births at the places where the two states differ."""
        births = [self._born_at(places, low, high, pair) for places in self._places(pair)]
        found = [birth for birth in births if birth is not None]
        return min(found, key=lambda birth: birth.strength) if found else None

    def _born_at(self, places: IntArray, low: float, high: float, pair: FloatArray) -> Birth | None:
        part, inside = self._around(places)
        node = int(np.searchsorted(inside, places[np.argmax(np.ptp(pair[:, places], axis=0))]))
        ends: list[Singular] = []
        for corner in pair:
            state = corrected(part, high, corner[inside])
            end = None if state is None else fold(part, high, state[0], node, -1.0)
            if end is not None and end.strength >= 0.9 * low:
                ends.append(end)
        if ends:
            return self._described(max(ends, key=lambda end: end.strength), inside, pair)
        # No fold: both corners come from a branch point of the base branch.
        lost = base_onset(part, high)[0]
        return None if lost is None else self._described(lost, inside, pair)

    def _described(self, end: Singular, inside: IntArray, pair: FloatArray) -> Birth:
        n = len(self.coupled.bias)
        gain = self.coupled.gain
        x = 0.5 * (pair[0] + pair[1])
        x[inside] = end.activity
        modes = np.zeros((n, end.modes.shape[1]))
        slope = gain * (1.0 - np.tanh(gain * x) ** 2)
        modes[inside] = np.linalg.qr(slope[inside, None] * end.modes)[0]
        modes *= self.sign[:, None]
        kind = "fold" if end.is_fold else "pitchfork" if modes.shape[1] == 1 else "branch point"
        return Birth(
            strength=end.strength,
            kind=kind,
            activity=np.asarray(x * self.sign),
            modes=modes,
            masses=(modes**2).mean(axis=1)[None, :],
        )

    def _none(self) -> Birth:
        n = len(self.coupled.bias)
        return Birth(
            strength=math.inf,
            kind="",
            activity=np.full(n, math.nan),
            modes=np.zeros((n, 0)),
            masses=np.zeros((0, n)),
        )
