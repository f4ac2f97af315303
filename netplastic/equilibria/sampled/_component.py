"""Sampling one connected network: the plan of starts, merging and verification.

Two results are taken for one equilibrium if no coordinate of their activities differs by more than
half the radius of `box_radius`. Every result that is proved has an equilibrium within an eighth of
that radius: results that are not merged are different ones, so that their number is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria import Clock
from netplastic.model import PlasticNetwork

from ._descent import descend, longest_step
from ._krawczyk import box_radius
from ._newton import DENSE_LIMIT, newton
from ._starts import activity_box, mixtures, perturbed, random_states
from ._verify import Verified, Verifier

__all__ = ["Plan", "Sample", "distinct", "matches", "sample_connected"]

_CHUNK = 200
_ROUNDS = 4
_SHORTEST = 4


@dataclass(frozen=True)
class Plan:
    """How many starts descend first, and how many more go to Newton's method at once."""

    descended: int
    direct: int

    @classmethod
    def of(cls, net: PlasticNetwork, stable_only: bool, starts: int) -> Plan:
        """Let all descend, and two thirds as many more, an eighth where steps are sparse.

        Where only minima can be stable, and are wanted, no more are needed; the starts that descend
        are the same whether or not all equilibria are wanted, so that all are at least as many.
        """
        minima = net.has_objective and not np.any(net.decay != net.decay[0])
        if stable_only and minima:
            return cls(starts, 0)
        return cls(starts, 2 * starts // 3 if net.n <= DENSE_LIMIT else starts // 8)


@dataclass
class Sample:
    """Distinct equilibria and candidates of one connected network, and the work done."""

    found: Verified
    ends: list[tuple[FloatArray, IntArray]] = field(default_factory=list)
    """Where starts led, and how many independent random ones each row stands for."""
    work: dict[str, int] = field(
        default_factory=lambda: {"starts": 0, "not_converged": 0, "rejected": 0, "repeated": 0}
    )

    @property
    def states(self) -> FloatArray:
        """Their activities, one a row."""
        return self.found.states

    def hits(self, states: FloatArray) -> IntArray:
        """How many independent random starts led to each of some states."""
        hits = np.zeros(len(states), dtype=np.int64)
        for ends, independent in self.ends:
            row = matches(states, ends, box_radius(states))
            np.add.at(hits, row[row >= 0], independent[row >= 0])
        return hits

    def take(
        self,
        net: PlasticNetwork,
        starts: FloatArray,
        longest: float,
        verifier: Verifier,
        independent: IntArray,
    ) -> None:
        """Polish starts by Newton's method, verify the results, and keep the new ones.

        `independent`: how many independent random starts each of them stands for.
        """
        polished = newton(net, starts, longest)
        found = polished.states[polished.converged]
        self.ends.append((found, independent[polished.converged]))
        known = len(self.states)
        kept = distinct(np.concatenate([self.states, found]))
        candidates = found[kept[kept >= known] - known]
        verified = verifier.verify(candidates)
        # verification moves states a little, and two might have met
        both = self.found.joined(verified)
        apart = distinct(both.states)
        self.work["starts"] += len(starts)
        self.work["not_converged"] += int((~polished.converged).sum())
        self.work["rejected"] += len(candidates) - len(verified.states)
        self.work["repeated"] += len(found) - len(candidates) + len(both.states) - len(apart)
        self.found = both.rows(apart)


def sample_connected(
    net: PlasticNetwork,
    plan: Plan,
    clock: Clock,
    rng: np.random.Generator,
    verifier: Verifier,
) -> Sample:
    """Find equilibria of a connected network from many starts."""
    box = activity_box(net)
    longest = longest_step(box)
    sample = Sample(Verified.nothing(net.n))
    for number, size in enumerate(_shares(plan.descended, clock)):
        if number and clock.late():
            return sample
        fresh, independent = random_states(net, box, size, rng), np.ones(size, dtype=np.int64)
        if number and len(sample.states):
            again = perturbed(net, box, sample.states, size // 2, rng)
            fresh[: len(again)] = again
            independent[: len(again)] = 0
        # Relaxed states that agree to 1e-6 would be polished into the same equilibrium.
        relaxed, independent = _thinned(sample, descend(net, box, fresh), independent)
        sample.take(net, relaxed, longest, verifier, independent)
    for number, size in enumerate(_shares(plan.direct, clock)):
        if clock.late():
            return sample
        fresh = random_states(net, box, size, rng)
        if number and len(sample.states) > 1:
            again = mixtures(sample.states, box, size - size // 4, rng)
            fresh[: len(again)] = again
        # Steps beyond the box lose some starts and find more equilibria among the rest. What a
        # start leads to is another matter than where it relaxes to: such hits are not counted.
        none = np.zeros(size, dtype=np.int64)
        sample.take(net, fresh, 10.0 * longest, verifier, none)
    return sample


def _thinned(
    sample: Sample, descended: FloatArray, independent: IntArray
) -> tuple[FloatArray, IntArray]:
    finite = np.all(np.isfinite(descended), axis=1)
    descended, independent = descended[finite], independent[finite]
    kept = distinct(descended, 1e-6)
    sample.work["repeated"] += len(descended) - len(kept)
    sample.work["starts"] += len(descended) - len(kept)
    row = matches(descended[kept], descended, np.full(len(kept), 2e-6))
    number = np.zeros(len(kept), dtype=np.int64)
    np.add.at(number, row[row >= 0], independent[row >= 0])
    return descended[kept], number


def _shares(total: int, clock: Clock) -> list[int]:
    """Divide starts into rounds, each building on what the ones before have found.

    With a budget in seconds the first ones are short, so that something is there when it ends.
    """
    size = max(1, min(_CHUNK, -(-total // _ROUNDS)))
    rounds: list[int] = []
    if clock.budget.seconds is not None:
        while sum(rounds) < total and (short := _SHORTEST * 2 ** len(rounds)) < size:
            rounds.append(min(short, total - sum(rounds)))
    return rounds + [min(size, total - first) for first in range(sum(rounds), total, size)]


def distinct(states: FloatArray, tolerance: float | None = None) -> IntArray:
    """Numbers of the rows that are no repetition of an earlier one.

    Parameters
    ----------
    states : float array of shape (k, n)
    tolerance : float or None
        Rows are the same if no coordinate differs by more than this. None: half the radius of
        the verification's box.

    Returns
    -------
    int array, increasing

    Examples
    --------
    >>> import numpy as np
    >>> distinct(np.array([[0.0, 1.0], [0.5, 1.0], [0.0, 1.0 + 1e-9]]))
    array([0, 1])
    """
    if len(states) == 0:
        return np.empty(0, dtype=np.int64)
    reach = box_radius(states) / 2.0 if tolerance is None else np.full(len(states), tolerance)
    key = _keys(states)
    order = np.argsort(key, kind="stable")
    widest = float(reach.max()) * 1.001 + 1e-15 * float(np.max(np.abs(key)))
    groups = np.split(order, np.flatnonzero(np.diff(key[order]) > widest) + 1)
    kept: list[int] = []
    for group in groups:
        mine: list[int] = []
        for row in np.sort(group):
            gap = np.max(np.abs(states[mine] - states[row]), axis=1, initial=0.0)
            if not mine or np.all(gap > reach[row]):
                mine.append(int(row))
        kept += mine
    return np.array(sorted(kept), dtype=np.int64)


def _keys(states: FloatArray) -> FloatArray:
    """A number for each row; keys differ by no more than the rows do."""
    weight = 1.0 + np.modf(np.arange(1, states.shape[1] + 1) * np.sqrt(2.0))[0]
    keys: FloatArray = states @ (weight / weight.sum())
    return keys


def matches(states: FloatArray, others: FloatArray, reach: FloatArray) -> IntArray:
    """For each of the others the nearest of the states; -1 where none is within its reach.

    Parameters
    ----------
    states : float array of shape (k, n)
    others : float array of shape (m, n)
    reach : float array of shape (k,)
        The largest difference in any coordinate, for each state.

    Returns
    -------
    int array of shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> states = np.array([[0.0, 1.0], [0.5, 1.0]])
    >>> matches(states, np.array([[0.5, 1.001], [3.0, 0.0]]), np.full(2, 0.01))
    array([ 1, -1])
    """
    row = np.full(len(others), -1, dtype=np.int64)
    if not len(states):
        return row
    keys, wanted = _keys(states), _keys(others)
    order = np.argsort(keys, kind="stable")
    widest = float(reach.max()) * 1.001 + 1e-15 * float(np.max(np.abs(keys)))
    first = np.searchsorted(keys[order], wanted - widest)
    last = np.searchsorted(keys[order], wanted + widest, side="right")
    for other in np.flatnonzero(last > first):
        near = order[first[other] : last[other]]
        gap = np.max(np.abs(states[near] - others[other]), axis=1)
        best = int(np.argmin(gap))
        if gap[best] <= reach[near[best]]:
            row[other] = near[best]
    return row
