"""Work of a certified search, estimated from random passes through its trees.

Knuth (1975, doi:10.1090/S0025-5718-1975-0373371-6): walk from the root to a leaf, choosing one of
c children at random and multiplying a weight by c; the sum of the weights met has the size of the
tree as its expectation, whatever the tree. On uneven trees that sum varies by orders of magnitude.
So, as in Chen's generalization (1992, doi:10.1137/0221022), a pass keeps several boxes of a level
instead of one, each with a weight: the number of boxes that it stands for. Where there are more,
they are thinned: a box is kept with a probability p and its weight divided by p, which leaves all
expectations as they are for any p > 0. The choice of p only affects the variance; here it grows
with the weight and with a guess at the size of the subtree.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import KINDS, FloatArray
from netplastic.equilibria.certified._kernels import (
    GAIN,
    KIND,
    PENDING,
    ROOTS,
    THRESHOLD,
    UNSETTLED,
)

from ._search import Tree, box_cost
from ._system import IntervalSystem

__all__ = ["Forest", "Pass"]

WIDTH = 32
"""Boxes of a level that a pass keeps; fewer where one costs more than one of the budget."""

_LEAST_WIDTH = 4
"""And at least so many."""

_GROWTH = 0.4
"""exp(this times the sum of relative widths) is the guess at a subtree's size: fitted to trees of
paths, grids, barbells and random graphs, where it explains about half of the variance of its log.
"""


@dataclass(frozen=True)
class Pass:
    """What one pass says of all trees together.

    Attributes
    ----------
    boxes : float
        Estimated number of boxes, in units of the budget.
    seconds : float
        Estimated time for them.
    examined : float
        Boxes examined, in units of the budget: a lower bound.
    """

    boxes: float
    seconds: float
    examined: float


@dataclass(frozen=True, eq=False)
class _Box:
    tree: int
    bounds: FloatArray
    cut: int
    depth: int
    weight: float


class Forest:
    """The trees of several systems.

    Parameters
    ----------
    systems : sequence of (IntervalSystem, bool)
        Each with whether the search looks for minima only.
    """

    def __init__(self, systems: Sequence[tuple[IntervalSystem, bool]]) -> None:
        self._systems = systems
        self._trees: dict[int, Tree] = {}
        self._cost = np.array([box_cost(system.n) for system, _ in systems])

    def go_through(self, rng: np.random.Generator, enough: float = math.inf) -> Pass:
        """Make one pass; where the estimate exceeds `enough`, the rest of it is left out."""
        width = max(_LEAST_WIDTH, int(WIDTH / self._cost.max()))
        level = [
            _Box(number, np.stack([system.low, system.high]), -1, 0, 1.0)
            for number, (system, _) in enumerate(self._systems)
        ]
        boxes, time_taken, examined = 0.0, 0.0, 0.0
        while level and boxes <= enough:
            if len(level) > width:
                level = self._thinned(level, width, rng)
            following: list[_Box] = []
            for box in level:
                children, seconds = self._examine(box)
                following += children
                boxes += box.weight * self._cost[box.tree]
                examined += self._cost[box.tree]
                time_taken += box.weight * seconds
            level = following
        return Pass(boxes, time_taken, examined)

    def _examine(self, box: _Box) -> tuple[list[_Box], float]:
        """Give the halves into which the search would cut the box, if any, and the time taken.

        What the search does to a box depends on nothing but the box and its last cut.
        """
        tree = self._tree(box.tree)
        found = tree.found
        found.counters[[ROOTS, UNSETTLED]] = 0
        found.counters[PENDING] = 1
        found.stack[0] = box.bounds
        found.origin[0] = box.cut, box.depth
        began = time.perf_counter()
        tree.explore(1)
        seconds = time.perf_counter() - began
        children = [
            _Box(
                box.tree,
                found.stack[p].copy(),
                int(found.origin[p, 0]),
                int(found.origin[p, 1]),
                box.weight,
            )
            for p in range(int(found.counters[PENDING]))
        ]
        return children, seconds

    def _tree(self, number: int) -> Tree:
        if number not in self._trees:
            tree = Tree(*self._systems[number], capacity=8)
            self._trees[number] = tree
        return self._trees[number]

    def _thinned(self, level: list[_Box], width: int, rng: np.random.Generator) -> list[_Box]:
        """Keep about `width` boxes: systematic sampling, the boxes sorted by what is guessed."""
        guess = np.array([self._guess(box) for box in level])
        weight = np.array([box.weight * self._cost[box.tree] for box in level])
        share = _inclusion(weight * np.exp(_GROWTH * (guess - guess.max())), width)
        certain = share == 1.0
        order = np.argsort(guess)
        order = order[~certain[order]]
        steps = np.floor(rng.random() + np.append(0.0, np.cumsum(share[order])))
        kept = [*np.flatnonzero(certain).tolist(), *order[np.diff(steps) > 0.0].tolist()]
        return [replace(level[k], weight=level[k].weight / float(share[k])) for k in kept]

    def _guess(self, box: _Box) -> float:
        """Sum of the widths of the rates, each relative to the rate, as the search cuts them."""
        table = self._systems[box.tree][0].table
        z = table[:, GAIN] * (box.bounds - table[:, THRESHOLD])
        logistic = table[:, KIND] == KINDS["logistic"]
        low, high = np.where(logistic, 0.5 + 0.5 * np.tanh(0.5 * z), np.tanh(z))
        return float(((high - low) / (np.maximum(np.abs(low), np.abs(high)) + 0.02)).sum())


def _inclusion(size: FloatArray, number: int) -> FloatArray:
    """Probabilities proportional to size, as far as none exceeds 1, that add up to `number`."""
    share = np.ones(len(size))
    free = np.ones(len(size), dtype=bool)
    while True:
        left = number - int((~free).sum())
        share[free] = left * size[free] / size[free].sum()
        over = free & (share > 1.0)
        if not over.any():
            return np.maximum(share, 1e-9)
        share[over] = 1.0
        free &= ~over
