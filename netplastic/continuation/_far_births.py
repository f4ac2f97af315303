"""Where a second stable state of a large network is born: from local seeds to the whole.

On a network of modules second states are local: they differ from the base state on a few nodes,
most often on a pair of connectors, of which one wins. So

1. the base branch is followed (`_base_branch`), and the bonds looked up that are softest on it:
   the largest entries of K;
2. around each a patch is cut out, the rest held at the base branch; one node of the bond is made
   the winner, in the softest patches descents also start from maximal independent sets, and the
   states that these settle in are followed down to where they are born (`_local`): cheap, and
   nearly right;
3. the best few are put into the whole network, which relaxes, and are followed there.

The state that the network falls to where the base branch ends is followed down too: there, at
least, two states exist. The least birth is an upper end: others may come earlier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, Halt, IntArray
from netplastic.equilibria.sampled import activity_box, descend
from netplastic.model import PlasticNetwork

from ._base_branch import Coupled, FollowedBranch, branch_from, corrected
from ._local import Birth, LocalNetwork, local_network

__all__ = ["FarBirths", "far_births"]

_BONDS = 100
_PATCH = 40
"""Nodes of a patch, at most (unless the two nodes of a bond have more neighbors)."""

_SHARES = (1.0, 0.97, 0.94, 0.9, 0.85, 0.8, 0.7, 0.6)
"""Of the base branch's end: strengths at which a bond is flipped."""

_FIRST = 40.0
_SETS = 30
"""Maximal independent sets of a patch that descents start from; four times as many on small
networks."""

_SEARCHED = 16
_SMALL = 60
"""Patches of so many softest bonds get such descents; on networks of so many nodes all do."""

_FOLLOWED = 4
_COARSE = 5e-3
_NEAR = 1.15
"""A patch's birth beyond this many times the least found is not followed in the whole network."""

_APART = 1e-5
_NULL = 1e-3
_ASKEW = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class FarBirths:
    """The least birth found, and two stable states just above it (or none)."""

    birth: Birth
    above: float
    pair: FloatArray


def far_births(
    net: PlasticNetwork,
    coupled: Coupled,
    branch: FollowedBranch,
    far: float,
    halt: Halt | None = None,
) -> FarBirths:
    """Find where a second stable state is born.

    Parameters
    ----------
    net : PlasticNetwork
        Whose strengths are left aside.
    coupled : Coupled
        The same in numbers.
    branch : FollowedBranch
        Its base branch, to its end or to `far`.
    far : float
        Largest magnitude to look at.
    halt : Halt or None
        Ends the search; the best found by then is returned.
    """
    search = _Search(net, coupled, branch, far, halt or Halt())
    candidates = sorted(search.from_bonds(), key=lambda found: found[0])
    for strength, k, x in candidates[:_FOLLOWED]:
        if strength <= _NEAR * search.best.birth.strength:
            search.follow(k, x)
    search.after_the_end()
    return search.best


@dataclass(eq=False)
class _Search:
    net: PlasticNetwork
    coupled: Coupled
    branch: FollowedBranch
    far: float
    halt: Halt

    def __post_init__(self) -> None:
        self.best = FarBirths(birth=self._none(), above=math.inf, pair=np.zeros((0, self.n)))

    @property
    def n(self) -> int:
        return len(self.coupled.bias)

    def from_bonds(self) -> list[tuple[float, float, FloatArray]]:
        """Births in patches: strength, and a strength above with the state of all nodes there."""
        found = []
        seen: list[FloatArray] = []
        for rank, pair in enumerate(self.halt.steps(self._softest())):
            if self.halt.now:
                break
            inside = self._patch(pair)
            local = local_network(
                self.coupled.part_at(inside),
                self.branch.end,
                self.branch.around(self.coupled, inside),
                _SETS if self.n > _SMALL else 4 * _SETS,
            )
            places = np.searchsorted(inside, pair)
            birth, k, state = _least_flip(
                local,
                (int(places[0]), int(places[1])),
                self._strengths_to_flip(),
                rank < _SEARCHED or self.n <= _SMALL,
            )
            if state is None:
                continue
            x = self.branch.at(k)
            x[inside] = state
            if any(abs(known[0] - birth) < 1e-3 and _same(known[1:], x) for known in seen):
                continue
            seen.append(np.append(birth, x))
            found.append((birth, k, x))
        return found

    def _strengths_to_flip(self) -> list[float]:
        """Below the end of the base branch; from moderate strengths up if it has none."""
        if self.branch.is_lost:
            return [share * self.branch.end for share in _SHARES]
        tripled = [_FIRST * 3.0**power for power in range(30)]
        return [k for k in tripled if k < self.far] + [self.far]

    def _softest(self) -> IntArray:
        """Pairs (b, 2) with the largest entries of K on the base branch, softest first."""
        largest = np.zeros(len(self.coupled.bonds))
        for k in self._strengths_to_flip():
            largest = np.maximum(largest, self.coupled.softness(k, self.branch.at(k)))
        return self.coupled.bonds[np.argsort(-largest, kind="stable")[:_BONDS]]

    def _patch(self, pair: IntArray) -> IntArray:
        """The pair, its neighbors, and theirs while they are few."""
        inside = pair
        while True:
            wider = np.union1d(inside, self.coupled.matrix[inside].indices)
            if len(wider) == len(inside) or (len(wider) > _PATCH and len(inside) > 2):
                return np.asarray(inside, dtype=np.int64)
            inside = wider

    def after_the_end(self) -> None:
        """The state that the network falls to where the base branch is lost."""
        if not self.branch.is_lost:
            return
        k = self.branch.end
        x = self.branch.activity[-1]
        mode = self._softest_mode(k, x)
        for sign in (1.0, -1.0):
            self.follow(min(1.001 * k, self.far), x + 0.1 * sign * mode / np.abs(mode).max())

    def follow(self, k: float, x: FloatArray) -> None:
        """Relax a state of the whole network, follow it down, and keep its birth if it is least."""
        if self.halt.now:
            return
        settled = corrected(self.coupled, k, x)
        if settled is None:
            at = self.net.replace(strength=self._strengths(k))
            settled = corrected(self.coupled, k, descend(at, activity_box(at), x[None, :])[0])
        if settled is None or self._is_base(k, settled[0]):
            return
        down = branch_from(self.coupled, k, settled[0], 0.0, _COARSE, self.halt)
        if not down.is_lost or down.end >= self.best.birth.strength:
            return
        # Not the very last: two states that nearly meet are hard to tell apart.
        place = max(0, int(np.count_nonzero(down.strength >= down.end * (1.0 + _APART))) - 1)
        above = float(down.strength[place])
        there = [down.activity[place]]
        base = corrected(self.coupled, above, self.branch.at(min(above, self.branch.end)))
        if base is not None and above <= self.branch.end:
            there.append(base[0])
        birth = self._described(down.end, down.activity[-1])
        self.best = FarBirths(birth=birth, above=above, pair=np.array(there))

    def _is_base(self, k: float, x: FloatArray) -> bool:
        return k <= self.branch.end and float(np.abs(self.branch.at(k) - x).max()) < 1e-4

    def _strengths(self, k: float) -> FloatArray:
        return self.net.strength * (k / self.coupled.unit)

    def _described(self, k: float, x: FloatArray) -> Birth:
        here = self.coupled.equations(k, x)
        values, vectors = here.scaled.lowest(min(6, self.n - 2))
        zero = np.abs(values) <= max(_NULL, 1.001 * float(np.abs(values).min()))
        modes = np.linalg.qr(here.into[:, None] * vectors[:, zero])[0]
        kind = "branch point"
        if zero.sum() == 1:
            along = abs(float(modes[:, 0] @ here.tug)) / float(np.linalg.norm(here.tug))
            kind = "fold" if along > _ASKEW else "pitchfork"
        mass = (modes**2).mean(axis=1)
        return Birth(strength=k, kind=kind, activity=x, modes=modes, masses=mass[None, :])

    def _softest_mode(self, k: float, x: FloatArray) -> FloatArray:
        here = self.coupled.equations(k, x)
        return np.asarray(here.out * here.scaled.lowest(1)[1][:, 0])

    def _none(self) -> Birth:
        return Birth(
            strength=math.inf,
            kind="",
            activity=np.full(self.n, math.nan),
            modes=np.zeros((self.n, 0)),
            masses=np.zeros((0, self.n)),
        )


def _least_flip(
    local: LocalNetwork, pair: tuple[int, int], strengths: list[float], search: bool
) -> tuple[float, float, FloatArray | None]:
    """Least birth of a flipped bond in a patch, and a strength a little above with the state."""
    least = local.second_birth().strength if search else math.inf
    for k in strengths:
        # Below the least birth found it is worth looking again, above it not.
        states = local.flipped(k, pair) if k < least else np.zeros((0, local.n))
        if len(states) >= 2:
            least = min(least, local.births_at(k, states).strength)
    if math.isinf(least):
        return math.inf, math.inf, None
    near = min(local.far, 1.03 * least)
    found = local.pair_at(near, search=False)  # the base state is its first
    return least, near, (found[1] if len(found) > 1 else None)


def _same(x: FloatArray, y: FloatArray) -> bool:
    return float(np.abs(x - y).max()) < 1e-2
