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

__all__ = ["Plan", "Sample", "distinct", "sample_connected"]

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
    work: dict[str, int] = field(
        default_factory=lambda: {"starts": 0, "not_converged": 0, "rejected": 0, "repeated": 0}
    )

    @property
    def states(self) -> FloatArray:
        """Their activities, one a row."""
        return self.found.states

    def take(
        self, net: PlasticNetwork, starts: FloatArray, longest: float, verifier: Verifier
    ) -> None:
        """Polish starts by Newton's method, verify the results, and keep the new ones."""
        polished = newton(net, starts, longest)
        found = polished.states[polished.converged]
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
        fresh = random_states(net, box, size, rng)
        if number and len(sample.states):
            again = perturbed(net, box, sample.states, size // 2, rng)
            fresh[: len(again)] = again
        # Relaxed states that agree to 1e-6 would be polished into the same equilibrium.
        sample.take(net, _thinned(sample, descend(net, box, fresh)), longest, verifier)
    for number, size in enumerate(_shares(plan.direct, clock)):
        if clock.late():
            return sample
        fresh = random_states(net, box, size, rng)
        if number and len(sample.states) > 1:
            again = mixtures(sample.states, box, size - size // 4, rng)
            fresh[: len(again)] = again
        # Steps beyond the box lose some starts and find more equilibria among the rest.
        sample.take(net, fresh, 10.0 * longest, verifier)
    return sample


def _thinned(sample: Sample, descended: FloatArray) -> FloatArray:
    descended = descended[np.all(np.isfinite(descended), axis=1)]
    kept = distinct(descended, 1e-6)
    sample.work["repeated"] += len(descended) - len(kept)
    sample.work["starts"] += len(descended) - len(kept)
    return descended[kept]


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
    weight = 1.0 + np.modf(np.arange(1, states.shape[1] + 1) * np.sqrt(2.0))[0]
    key = states @ (weight / weight.sum())  # keys differ by no more than the rows do
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
