"""Sampling one connected network: the plan of starts, merging and verification."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from netplastic._support import Crew, FloatArray, IntArray
from netplastic.equilibria import Clock
from netplastic.model import PlasticNetwork

from ._descent import descend, longest_step
from ._known import Known
from ._minima import MinimumSampler, SharedSampler, not_covered
from ._newton import DENSE_LIMIT, newton
from ._starts import Box, activity_box, mixtures, perturbed, random_states, set_starts
from ._verify import Verifier

__all__ = ["Plan", "Sample", "sample_connected"]

_CHUNK = 200
_CHUNK_ENTRIES = 4e6  # of a round's starts, so that these take less memory than what they find
_ROUNDS = 4
_SHORTEST = 4
_SAME = 1e-6  # relaxed states that agree to this would be polished into the same equilibrium


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

    net: PlasticNetwork
    verifier: Verifier
    clock: Clock
    most: float
    """States for which there is room."""
    planned: int
    """Starts to be made."""
    known: Known
    work: Counter[str] = field(
        default_factory=lambda: Counter(starts=0, not_converged=0, rejected=0, repeated=0)
    )

    ended: str = ""
    """Why starts were left; empty if they were not."""

    def halted(self) -> bool:
        """Whether time is used up, or Ctrl-C was pressed."""
        return self.clock.late() or self.clock.watch.stopped

    def over(self) -> bool:
        """Whether no more starts are to be made."""
        if self.halted():
            self.ended = "then time was up"
        elif len(self.known) >= self.most:
            self.ended = "then the memory of the budget was full"
        return bool(self.ended)

    def sampled(
        self, sampler: MinimumSampler | SharedSampler, starts: FloatArray, longest: float
    ) -> None:
        """Bring starts down to proved minima; what is not proved goes the long way."""
        found = sampler.run(starts, self.halted)
        proved = np.isfinite(found.radius)
        for row in np.flatnonzero(proved):
            if len(self.known) >= self.most:
                break
            new = self.known.add(found.states[row], found.radius[row], True, found.stable[row], 1)
            self.work.update(starts=1, repeated=int(not new))
        if not found.done.all():
            self.over()
        left = found.done & ~proved
        if left.any():
            self.take(found.states[left], longest, np.ones(int(left.sum()), dtype=np.int64))
        self._tell()

    def relaxed(self, box: Box, starts: FloatArray, independent: IntArray, longest: float) -> None:
        """Let starts descend in the interpreter, and take what they come to."""
        descended = descend(self.net, box, starts)
        finite = np.all(np.isfinite(descended), axis=1)
        descended, independent = descended[finite], independent[finite]
        kept, number = distinct(descended, _SAME)
        again = len(descended) - len(kept)
        self.work.update(starts=again, repeated=again)
        self.take(descended[kept], longest, np.bincount(number, independent).astype(np.int64))

    def take(self, starts: FloatArray, longest: float, independent: IntArray) -> None:
        """Polish starts by Newton's method, verify the results, and keep the new ones.

        `independent`: how many independent random starts each of them stands for.
        """
        polished = newton(self.net, starts, longest)
        ends, hits = polished.states[polished.converged], independent[polished.converged]
        rows = np.array([self.known.row_of(x) for x in ends], dtype=np.int64)
        for row, times in zip(rows[rows >= 0], hits[rows >= 0], strict=True):
            self.known.hit(int(row), int(times))
        ends, hits = ends[rows < 0], hits[rows < 0]
        kept = distinct(ends)[0]
        verified = self.verifier.verify(ends[kept])
        new = [
            self.known.add(*state)
            for state in zip(
                verified.states, verified.radius, verified.minimum, verified.stable, strict=True
            )
        ]
        for x, times in zip(ends, hits, strict=True):  # verification moves states a little
            row = self.known.row_of(x)
            if row >= 0:
                self.known.hit(row, int(times))
        converged = int(polished.converged.sum())
        self.work.update(
            starts=len(starts),
            not_converged=len(starts) - converged,
            rejected=len(kept) - len(new),
            repeated=converged - len(kept) + len(new) - sum(new),
        )
        self._tell()

    def _tell(self) -> None:
        self.clock.tell(min(1.0, self.work["starts"] / self.planned), len(self.known))


def sample_connected(
    net: PlasticNetwork,
    plan: Plan,
    clock: Clock,
    rng: np.random.Generator,
    verifier: Verifier,
    crew: Crew | None = None,
) -> Sample:
    """Find equilibria of a connected network from many starts, those of minima by the crew."""
    box = activity_box(net)
    longest = longest_step(box)
    most = max(1.0, clock.budget.megabytes * 1e6 / (32 * net.n))
    sample = Sample(net, verifier, clock, most, plan.descended + plan.direct, Known(net.n))
    shares = _shares(plan.descended, clock, net.n)
    if not_covered(net):
        _descended(sample, shares, box, rng)
    else:
        draw = random_states if np.any(net.static_weight * net.arc_weight) else set_starts
        sampler = MinimumSampler(net) if crew is None else SharedSampler(net, crew)
        for number, size in enumerate(shares):
            if number and sample.over():
                return sample
            sample.sampled(sampler, draw(net, box, size, rng), longest)
    for number, size in enumerate(_shares(plan.direct, clock, net.n)):
        if sample.over():
            return sample
        fresh = random_states(net, box, size, rng)
        if number and len(sample.known) > 1:
            again = mixtures(sample.known.verified.states, box, size - size // 4, rng)
            fresh[: len(again)] = again
        # Steps beyond the box lose some starts and find more equilibria among the rest. What a
        # start leads to is another matter than where it relaxes to: such hits are not counted.
        sample.take(fresh, 10.0 * longest, np.zeros(size, dtype=np.int64))
    return sample


def _descended(sample: Sample, shares: list[int], box: Box, rng: np.random.Generator) -> None:
    """Starts that descend where compiled loops do not know the equations."""
    net = sample.net
    for number, size in enumerate(shares):
        if number and sample.over():
            return
        fresh, independent = random_states(net, box, size, rng), np.ones(size, dtype=np.int64)
        if number and len(sample.known):
            again = perturbed(net, box, sample.known.verified.states, size // 2, rng)
            fresh[: len(again)] = again
            independent[: len(again)] = 0
        sample.relaxed(box, fresh, independent, longest_step(box))


def _shares(total: int, clock: Clock, n: int) -> list[int]:
    """Divide starts into rounds, each building on what the ones before have found.

    With a budget in seconds the first ones are short, so that something is there when it ends.
    """
    size = max(1, min(_CHUNK, -(-total // _ROUNDS), int(_CHUNK_ENTRIES / n)))
    rounds: list[int] = []
    if clock.budget.seconds is not None:
        while sum(rounds) < total and (short := _SHORTEST * 2 ** len(rounds)) < size:
            rounds.append(min(short, total - sum(rounds)))
    return rounds + [min(size, total - first) for first in range(sum(rounds), total, size)]


def distinct(states: FloatArray, tolerance: float | None = None) -> tuple[IntArray, IntArray]:
    """Rows that are no repetition of an earlier one, and for each row which of them it repeats.

    Examples
    --------
    >>> import numpy as np
    >>> distinct(np.array([[0.0, 1.0], [0.5, 1.0], [0.0, 1.0 + 1e-9]]))
    (array([0, 1]), array([0, 1, 0]))
    """
    known = Known(states.shape[1], tolerance)
    number = np.empty(len(states), dtype=np.int64)
    kept = []
    for row, x in enumerate(states):
        if known.add(x, np.nan, False, False):
            kept.append(row)
        number[row] = known.row_of(x)
    return np.array(kept, dtype=np.int64), number
