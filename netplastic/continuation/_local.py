"""Where a second stable state of a small network is born: the search.

The network stands alone, or between held nodes whose activities are known along the strength. It
is anti-Hebbian with tanh, so that in the strong limit its stable states are the maximal
independent sets (docs/theory.md#section-7): descents from these find stable states at a strength,
each is followed down to where it ends, and just below the least birth found descents look again,
until they find one state only. What comes out is a birth that exists; that there is none before
is for `_local_proof` to show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import networkx as nx
import numpy as np
from scipy import linalg
from scipy.interpolate import BarycentricInterpolator

from netplastic._support import BoolArray, FloatArray

from ._base_branch import Coupled
from ._kernels import Small, ends_of, evaluate, follow, settle, states_at

__all__ = ["Birth", "LocalNetwork", "local_network"]

_MOST_SETS = 4000
"""Maximal independent sets that descents start from; all of them in nearly every ball."""

_APART = 1e-6
_FIRST = 40.0
_SHARES = (0.99, 0.95, 0.9, 0.8, 0.65, 0.5)
"""Of a birth: strengths at which descents look for states that came and went before it."""

_NULL = 1e-4
"""Eigenvalues of the scaled Hessian (unit diagonal at strength 0) that count as zero at a birth,
which is located to 1e-10: at a fold the eigenvalue there is about 1e-5."""

_TOGETHER = 1e-8
"""Relative distance up to which births count as images of each other."""

_ASKEW = 1e-3
"""Share of dF/dk along the mode from which on a singular point is a fold."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Birth:
    """A singular point at which a second stable state comes into being.

    Attributes
    ----------
    strength : float
        Magnitude; inf where none was found.
    kind : str
        "fold", "pitchfork", "branch point" (several modes at once, or no pitchfork); "" if none.
    activity : float array of shape (n,)
    modes : float array of shape (n, dimension)
        Orthonormal kernel of the Hessian, as changes of the rates.
    masses : float array of shape (m, n)
        Share of each node in the kernel, sums to 1; a row for each of the states that are born
        there at the same strength (images of each other under symmetries). None where no birth.
    """

    strength: float
    kind: str
    activity: FloatArray
    modes: FloatArray
    masses: FloatArray


class LocalNetwork:
    """A small network along the strength, and the stable states that were found on it.

    Parameters
    ----------
    small : Small
        Couplings at strength 1, and the load of held nodes along the strength.
    far : float
        Largest magnitude to look at.
    most_sets : int
        Maximal independent sets that descents start from.
    """

    def __init__(self, small: Small, far: float, most_sets: int = _MOST_SETS) -> None:
        self.small, self.far, self.n = small, far, len(small.bias)
        self.is_alone = not np.any(small.load)
        self.most_sets = most_sets
        self.base_at_end = np.array(small.bias)
        self.base_end = float(follow(small, 0.0, self.base_at_end, far))
        self.found: list[tuple[float, FloatArray, FloatArray, FloatArray]] = []

    @cached_property
    def seeds(self) -> BoolArray:
        """Sets of nodes (s, n) that are high where descents start."""
        return _seeds(self.small.coupling, self.most_sets)

    def second_birth(self) -> Birth:
        """Least strength found at which a second stable state exists."""
        best = self._none()
        for k in self._strengths():
            best = self.births_at(k, states_at(self.small, k, self.seeds))
            if best.strength < math.inf:
                break
        while best.strength < math.inf:
            earlier = self._earlier(best.strength)
            if earlier.strength >= best.strength * (1.0 - 1e-7):
                break
            best = earlier
        return best

    def _strengths(self) -> Iterator[float]:
        """Where descents look for two states."""
        if self.base_end < self.far:
            yield from (min(self.far, self.base_end * more) for more in (1.001, 1.05))
        if not self.is_alone and self.far <= 3.0 * _FIRST:
            yield from (self.far * share for share in (1.0, *_SHARES))
            return
        k = min(_FIRST, self.far)
        while k < self.far:
            yield k
            k *= 3.0
        yield self.far

    def _earlier(self, birth: float) -> Birth:
        for share in _SHARES:
            k = share * birth
            states = states_at(self.small, k, self.seeds)
            if len(states) >= 2:
                return self.births_at(k, states)
        return self._none()

    def flipped(self, k: float, pair: tuple[int, int]) -> FloatArray:
        """Stable states (m, n) at k that the base state turns into when one of a pair wins."""
        base = np.array(self.small.bias)
        if follow(self.small, 0.0, base, k) != k:
            return np.zeros((0, self.n))
        states = [base]
        for high, low in (pair, pair[::-1]):
            x = np.array(base)
            x[high], x[low] = self.small.bias[high], 0.02 * self.small.bias[low]
            if settle(self.small, k, x) and min(_gap(x, y) for y in states) > _APART:
                states.append(x)
        return np.array(states)

    def births_at(self, k: float, states: FloatArray) -> Birth:
        """Follow stable states down from k: where two of them (or one and the base) first exist."""
        last = np.array(states)
        ends = np.asarray(ends_of(self.small, k, last, 0.0))
        self.found.append((k, states, ends, last))
        born = np.flatnonzero(ends > 0.0)
        # The base branch is there up to its end, and a state that reaches 0 is the base branch.
        if k > self.base_end:
            born = born[ends[born] <= self.base_end * (1.0 + _ASKEW)]
        if not len(born):
            return self._none()
        first = born[np.argmin(ends[born])]
        end, x = float(ends[first]), last[first]
        if abs(end - self.base_end) <= _ASKEW * end:
            at_base = self._described(self.base_end, self.base_at_end)
            # A branch point of the base, where degenerate states are followed less sharply.
            if at_base.kind != "fold":
                return replace(at_base, strength=self._branch_point())
        births = [
            self._described(float(ends[one]), last[one])
            for one in born
            if ends[one] <= end * (1.0 + _TOGETHER)
        ]
        own = self._described(end, x)
        return replace(own, masses=np.concatenate([birth.masses for birth in births]))

    def pair_at(self, k: float, search: bool = True) -> FloatArray:
        """Different stable states (m, n) at k: the base state first if it is there, others found.

        `search`: also from descents at k.
        """
        states: list[FloatArray] = []
        if k <= self.base_end:
            x = np.array(self.small.bias)
            follow(self.small, 0.0, x, k)
            states.append(x)
        for seen, starts, ends, _ in self.found:
            order = np.argsort(ends)[: np.count_nonzero(ends < k)]
            for start in starts[order] if seen >= k else starts[:0]:
                x = np.array(start)
                if follow(self.small, seen, x, k) == k:
                    states.append(x)
        if search:
            states += list(states_at(self.small, k, self.seeds))
        different: list[FloatArray] = []
        for x in states:
            if all(_gap(x, y) > _APART for y in different):
                different.append(x)
        return np.array(different).reshape(len(different), self.n)

    def _branch_point(self) -> float:
        """Where the least eigenvalue passes through zero: rounding blurs the end of the branch.

        Along the base branch it is smooth there: the strength as a cubic of it, at four points.
        """
        least, strengths = [], []
        for share in (1.0, 2.0, 3.0, 4.0):
            k = self.base_end * (1.0 - 1e-3 * share)
            x = np.array(self.small.bias)
            follow(self.small, 0.0, x, k)
            hessian, _, slope = self._at(k, x)
            root = np.sqrt(slope)
            least.append(float(np.linalg.eigvalsh(root[:, None] * hessian * root)[0]))
            strengths.append(k)
        return float(BarycentricInterpolator(least, strengths)(0.0))

    def load_at(self, k: float) -> FloatArray:
        """What held nodes add to the sums S (n,) at k."""
        nothing = np.zeros((self.n, self.n)), np.zeros(self.n), np.zeros(self.n)
        force = np.empty(self.n)
        rest = self.small._replace(coupling=nothing[0], bias=nothing[1], gain=np.ones(self.n))
        evaluate(rest, k, np.arctanh(np.full(self.n, 0.5)), force, *nothing)
        return np.asarray((force - math.atanh(0.5)) / (0.5 * k))

    def _described(self, k: float, x: FloatArray) -> Birth:
        """Kernel and kind of the singular point that a state at k is next to."""
        hessian, tug, slope = self._at(k, x)
        root = np.sqrt(slope)
        values, vectors = np.linalg.eigh(root[:, None] * hessian * root)
        zero = np.abs(values) <= max(_NULL, 1.001 * float(np.abs(values).min()))
        modes = np.asarray(linalg.orth(root[:, None] * vectors[:, zero]))
        if zero.sum() > 1:
            kind = "branch point"
        else:
            mode = modes[:, 0]
            along = abs(float(mode @ tug)) / float(np.linalg.norm(tug))
            kind = "fold" if along > _ASKEW else self._branching(k, x, mode / slope)
        mass = (modes**2).mean(axis=1)
        return Birth(strength=k, kind=kind, activity=x, modes=modes, masses=mass[None, :])

    def _branching(self, k: float, x: FloatArray, mode: FloatArray) -> str:
        """A branch point with one mode is a pitchfork if H does not change along it."""
        mode = mode / np.linalg.norm(mode)
        h = 1e-4
        above, below = (self._at(k, x + side * h * mode) for side in (1.0, -1.0))
        v = mode * self._at(k, x)[2]
        change = float(v @ (above[0] - below[0]) @ v) / (2.0 * h)
        size = float(np.abs(v) @ (np.abs(above[0]) + np.abs(below[0])) @ np.abs(v))
        return "pitchfork" if abs(change) <= 1e-2 * size else "branch point"

    def _at(self, k: float, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        n = self.n
        force, tug, slope, hessian = np.empty(n), np.empty(n), np.empty(n), np.empty((n, n))
        evaluate(self.small, k, x, force, hessian, tug, slope)
        return hessian, tug, slope

    def _none(self) -> Birth:
        nothing = np.full(self.n, math.nan)
        return Birth(
            strength=math.inf,
            kind="",
            activity=nothing,
            modes=np.zeros((self.n, 0)),
            masses=np.zeros((0, self.n)),
        )


def _gap(x: FloatArray, y: FloatArray) -> float:
    return float(np.abs(x - y).max())


def local_network(
    coupled: Coupled,
    far: float,
    around: tuple[FloatArray, ...] | None = None,
    most_sets: int = _MOST_SETS,
) -> LocalNetwork:
    """Prepare the search on a small network.

    Parameters
    ----------
    coupled : Coupled
        Its n nodes (`Coupled.part_at`).
    far : float
        Largest magnitude to look at.
    around : tuple of arrays or None
        grid (G,), load (G, n) and its derivative (G, n) of what is held outside
        (`Branch.around`); None: it stands alone.
    """
    if around is None:
        nothing = np.zeros((2, len(coupled.bias)))
        around = (np.array([0.0, far]), nothing, nothing)
    small = Small(coupled.matrix.toarray(), coupled.bias, coupled.gain, *around)
    return LocalNetwork(small, far, most_sets)


def _seeds(coupling: FloatArray, most: int) -> BoolArray:
    """Maximal independent sets, and the set of all nodes, from which the base state descends."""
    joined = nx.from_numpy_array(coupling != 0.0)
    sets = islice(nx.find_cliques(nx.complement(joined)), most)
    members = [np.arange(len(coupling)), *(np.array(members) for members in sets)]
    seeds = np.zeros((len(members), len(coupling)), dtype=np.bool_)
    for row, chosen in zip(seeds, members, strict=True):
        row[chosen] = True
    return seeds
