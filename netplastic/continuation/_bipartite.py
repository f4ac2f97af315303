"""The second stable state of a bipartite network (docs/theory.md#section-2 (e)).

With the order turned round on one side the equations are monotone: the bounds that hold for every
equilibrium come to rest in two extreme ones, and there is one equilibrium if and only if these are
the same (`_extremes` encloses them, and proves it). The least strength at which they differ is
bracketed; then each place where they do is cut out with thousands of nodes around it (what lies
beyond has no influence that a float could hold), and its state is followed down to the fold in
which it is born. Close to both sides of that the whole network is enclosed again: where two states
are left below, the search goes on from them.

That extremes that differ go on to differ at greater strengths is not proved; it was so in all
cases tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from netplastic._support import BoolArray, FloatArray, Halt, IntArray

from ._base_branch import Coupled, corrected
from ._extremes import Extremes
from ._kernels import sides_of
from ._local import Birth
from ._local_proof import LocalStatus
from ._singular import Singular, crossing, fold

__all__ = ["BipartiteBirth", "bipartite_birth", "is_bipartite"]

_DIFFERENT, _WIDE = 1e-3, 0.1
"""Gap of a node between the two extremes from which on it is open, and surely open."""

_FIRST, _GROWTH, _NEAR_GROWTH = 4.0, 1.5, 1.02
_SAMPLE = 20_000
"""Nodes of a ball that tells where to begin on networks of four times as many."""

_CLOSE, _FEW = 1.01, 6
"""A bracket so narrow, with so few open places, is narrowed by following their states."""

_NARROW = 1e-6
_BESIDE = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
"""Relative distances from a birth at which the whole network is enclosed, until it is told."""

_EDGE = 1e-3
"""Relative width to which the ends of a range are narrowed in which nothing can be told."""

_BALL = 4000
_MOST = 100_000
"""Nodes of a place, with what is around it, up to which its states are followed."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BipartiteBirth:
    """Where a second stable state is born, and its bracket.

    Attributes
    ----------
    birth : Birth
        Its strength is infinite where none was found up to `far`; where its states could not be
        followed it is `upper`, without a kind, and its mode is what the states differ by.
    lower, upper : float
        Magnitudes: one equilibrium is proved at `lower`; there are two at `upper`.
    pair : float array of shape (2, n)
        The two at `upper`; of shape (0, n) where there are none.
    is_proved : bool
        Whether the two are proved.
    """

    birth: Birth
    lower: float
    upper: float
    pair: FloatArray
    is_proved: bool

    @property
    def status(self) -> LocalStatus:
        """What is proved of the bracket."""
        if math.isinf(self.upper):
            return LocalStatus.NONE
        if not self.is_proved:
            return LocalStatus.FOUND
        return LocalStatus.PROVED if self.lower > 0.0 else LocalStatus.UPPER


def is_bipartite(coupled: Coupled) -> bool:
    """Whether no arc joins two nodes of a side, for some two sides."""
    return len(_sides(coupled)) == len(coupled.bias)


def _sides(coupled: Coupled) -> IntArray:
    c: Any = coupled.matrix  # its indices are integers of either length
    return np.asarray(sides_of(c.indptr, c.indices))


def bipartite_birth(coupled: Coupled, far: float, halt: Halt | None = None) -> BipartiteBirth:
    """Find where a second stable state of a bipartite network is born.

    Parameters
    ----------
    coupled : Coupled
    far : float
        Largest magnitude to look at.
    halt : Halt or None
        Ends the search; what is known then is returned.
    """
    return _Search(coupled, _sides(coupled) == 0, far, halt or Halt()).run()


class _Search:
    def __init__(self, coupled: Coupled, is_left: BoolArray, far: float, halt: Halt) -> None:
        # Activities have the signs of their biases, which do not matter (only squares do).
        self.coupled = replace(coupled, bias=np.abs(coupled.bias))
        self.sign = np.where(coupled.bias < 0.0, -1.0, 1.0)
        self.is_left, self.far, self.halt = is_left, far, halt
        self.extremes = Extremes(self.coupled, is_left, halt)
        n = len(coupled.bias)
        self.low, self.base = 0.0, self.coupled.bias
        self.high, self.pair, self.is_proved = math.inf, np.zeros((0, n)), False

    def run(self) -> BipartiteBirth:
        self._bracket()
        birth = self._narrowed() if len(self.pair) else None
        if birth is None:
            birth = self._none() if math.isinf(self.high) else self._met()
        self._prove()
        return BipartiteBirth(
            birth=birth,
            lower=self.low,
            upper=self.high,
            pair=self.pair * self.sign,
            is_proved=self.is_proved,
        )

    # -- the bracket -------------------------------------------------------------------------------

    def _told(self, k: float) -> bool | None:
        """Whether there are two at k, which narrows the bracket; None where it is not told."""
        box = self.extremes.box(k)
        if self.halt.now:
            return None
        is_open = box.is_settled and box.gap > _DIFFERENT
        if not (is_open and box.gap > _WIDE) and self.extremes.has_one(k, box):
            if k > self.low:
                self.low, self.base = k, 0.5 * (box.low + box.high)
            return False
        if not is_open:
            return None
        if k < self.high:
            self.high, self.is_proved = k, False
            self.pair = np.where(np.stack([self.is_left, ~self.is_left]), box.low, box.high)
        return True

    def _prove(self) -> bool:
        """Whether the two states are proved, which then become exact."""
        if len(self.pair) and not (self.is_proved or self.halt.now):
            proofs = [self.extremes.isolated(self.high, x) for x in self.pair]
            found = [proof for proof in proofs if proof is not None]
            if len(found) == 2:
                (one, one_box), (two, two_box) = found
                apart = (one_box.low > two_box.high) | (two_box.low > one_box.high)
                self.pair, self.is_proved = np.stack([one, two]), bool(np.any(apart))
        return self.is_proved

    def _bracket(self) -> None:
        """Strengths with one state and with two, or only one up to the limit."""
        k, growth = self._start()
        told = self._told(k)
        upwards = told is not True
        while not self.halt.now:
            if upwards and (told or k >= self.far):
                break
            if not upwards and told is False:
                break
            k = min(self.far, k * growth) if upwards else k / growth
            growth = min(_GROWTH, growth**1.5)
            told = self._told(k)

    def _start(self) -> tuple[float, float]:
        """Where to begin, and the first factor from there."""
        strongest = float(self.coupled.matrix.sum(axis=1).max(initial=0.0))
        if not strongest:
            return self.far, _GROWTH
        first = min(self.far, _FIRST / strongest), _GROWTH
        if len(self.coupled.bias) < 4 * _SAMPLE:
            return first
        inside = self._around(np.array([len(self.coupled.bias) // 2]), _SAMPLE)
        part = self.coupled.part_at(inside)
        k = _Search(part, self.is_left[inside], self.far, self.halt).run().upper
        return (0.98 * k, _NEAR_GROWTH) if k < math.inf else first

    def _narrowed(self) -> Birth | None:
        """The birth within the bracket, which is narrowed; None where no state can be followed."""
        close = _CLOSE
        while self.high > self.low * (1.0 + _NARROW) and not self.halt.now:
            birth = None
            if self.high < close * self.low and len(self._places()) <= _FEW:
                close = 1.0 + 0.01 * (self.high / self.low - 1.0)  # else not again soon
                birth = self._born()
            if birth is not None:
                if self._settle(birth.strength):
                    return birth
                continue
            k = 0.5 * (self.low + self.high)
            if self._told(k) is None:
                self._approach(k)
                return self._born()
        return None

    def _settle(self, birth: float) -> bool:
        """Enclose the network on both sides of a birth; False if there still are two below."""
        known = self.high, self.pair, self.is_proved
        for share in _BESIDE:
            k = birth * (1.0 + share)
            if self.halt.now or k >= known[0]:
                break
            self.high = math.inf
            if self._told(k) and self._prove():
                break
            self.high, self.pair, self.is_proved = known
        for share in _BESIDE:
            k = birth * (1.0 - share)
            if self.halt.now or k <= self.low:
                break
            told = self._told(k)
            if told is not None:
                return not told
        return True

    def _approach(self, k: float) -> None:
        """Narrow the range about k in which nothing can be told, from both its ends."""
        for above in (False, True):
            inner = k
            while self.low < inner < self.high and not self.halt.now:
                outer = self.high if above else self.low
                if abs(outer - inner) <= _EDGE * inner:
                    break
                middle = 0.5 * (inner + outer)
                if self._told(middle) is not above:
                    inner = middle

    # -- places ------------------------------------------------------------------------------------

    def _places(self) -> list[IntArray]:
        """Joined nodes at which the two states differ, by descending difference."""
        gap = np.abs(self.pair[0] - self.pair[1])
        nodes = np.flatnonzero(gap > min(_DIFFERENT, 0.5 * float(gap.max(initial=0.0))))
        if not len(nodes):
            return []
        count, label = connected_components(self.coupled.matrix[nodes][:, nodes], directed=False)
        order = np.argsort(label, kind="stable")
        parts = np.split(nodes[order], np.cumsum(np.bincount(label, minlength=count))[:-1])
        return sorted(parts, key=lambda part: -float(gap[part].max()))

    def _around(self, places: IntArray, most: int) -> IntArray:
        """These nodes, and hop by hop those about them, until there are so many."""
        inside = front = places
        while len(front) and len(inside) < most:
            reached = np.unique(self.coupled.matrix[front].indices)
            front = np.setdiff1d(reached, inside)
            inside = np.union1d(inside, front)
        return inside

    def _born(self) -> Birth | None:
        """The earliest within the bracket of the births at the places where the states differ."""
        births = [self._born_at(places) for places in self._places()[:_FEW] if not self.halt.now]
        found = [birth for birth in births if birth is not None]
        return min(found, key=lambda birth: birth.strength) if found else None

    def _born_at(self, places: IntArray) -> Birth | None:
        inside = self._around(places, _BALL)
        if len(inside) > _MOST:
            return None
        node = int(np.searchsorted(inside, places[np.argmax(np.ptp(self.pair[:, places], axis=0))]))
        ends: list[Singular] = []
        for extreme in self.pair:
            part = self._held(inside, extreme)
            state = corrected(part, self.high, extreme[inside])
            end = None if state is None else fold(part, self.high, state[0], node, -1.0)
            if end is not None and self.low < end.strength < self.high:
                ends.append(end)
        if ends:
            return self._described(max(ends, key=lambda end: end.strength), inside)
        # No fold: both extremes come from a branch point of the state that is there below.
        part = self._held(inside, self.base)
        below = corrected(part, self.low, self.base[inside]) if self.low else None
        lost = None if below is None else crossing(part, self.low, below[0], self.high)
        return None if lost is None else self._described(lost, inside)

    def _held(self, inside: IntArray, x: FloatArray) -> Coupled:
        """The network of some nodes, all others held at a state."""
        rate = np.tanh(self.coupled.gain * x) ** 2
        rate[inside] = 0.0
        return replace(self.coupled.part_at(inside), load=self.coupled.matrix[inside] @ rate)

    # -- what is returned --------------------------------------------------------------------------

    def _described(self, end: Singular, inside: IntArray) -> Birth:
        n, gain = len(self.coupled.bias), self.coupled.gain
        x = 0.5 * (self.pair[0] + self.pair[1])
        x[inside] = end.activity
        modes = np.zeros((n, end.modes.shape[1]))
        slope = gain * (1.0 - np.tanh(gain * x) ** 2)
        modes[inside] = np.linalg.qr(slope[inside, None] * end.modes)[0]
        kind = "fold" if end.is_fold else "pitchfork" if modes.shape[1] == 1 else "branch point"
        return self._birth(end.strength, kind, x, modes)

    def _met(self) -> Birth:
        """The least strength at which there are two, where none could be followed further."""
        rates = np.tanh(self.coupled.gain * self.pair)
        mode = (rates[1] - rates[0])[:, None]
        return self._birth(
            self.high, "", 0.5 * (self.pair[0] + self.pair[1]), mode / np.linalg.norm(mode)
        )

    def _none(self) -> Birth:
        n = len(self.coupled.bias)
        return self._birth(math.inf, "", np.full(n, math.nan), np.zeros((n, 0)))

    def _birth(self, strength: float, kind: str, x: FloatArray, modes: FloatArray) -> Birth:
        masses = (modes**2).mean(axis=1)[None, :] if modes.size else modes.T
        return Birth(
            strength=strength,
            kind=kind,
            activity=np.asarray(x * self.sign),
            modes=modes * self.sign[:, None],
            masses=masses,
        )
