"""All equilibria of one connected network, up to exchanges of twins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria import Clock
from netplastic.equilibria.certified._kernels import C_HIGH

from ._quotient import equal_valued_classes, quotient, true_twins
from ._search import Roots, search
from ._symmetry import Symmetry, search_up_to_symmetry
from ._system import IntervalSystem

__all__ = ["Representatives", "origin_alone", "solve"]

_MOST_SYSTEMS = 4000
_MOST_TRIED = 40  # unknowns up to which twins are searched one by one, on trial
_BOXES_A_SYSTEM = 50  # boxes of such a trial for every system of values that twins may take
_SHARE_TRIED = 0.6  # of what is left of the budget

_Pattern: TypeAlias = tuple[tuple[int, ...], ...]
"""Sizes of the groups of equal value, for every class of twins."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Representatives:
    """Equilibria of a system, one representative for all that differ by exchanges of twins.

    Attributes
    ----------
    low, high : float arrays of shape (k, classes)
        Enclosures of the representatives, one column per class of nodes of equal value.
    label : int array of shape (n,)
        Class of every node.
    size : list of int
        How many equilibria each stands for.
    twins : list of list of int
        Sets of classes that may be exchanged.
    groups : list of int arrays of shape (classes,)
        Per representative, the number of the value that each class takes; twins with the same
        number have equal values, with different numbers different ones.
    complete : bool
        Whether these are all.
    reason : str
        Why not.
    done : float
        Share of the search that was finished.
    more_low, more_high : int (more_high may be ``math.inf``)
        Bounds of the number of equilibria that are not among these; (0, 0) when complete.
    """

    low: FloatArray
    high: FloatArray
    label: IntArray
    size: list[int]
    twins: list[list[int]]
    groups: list[IntArray]
    complete: bool
    reason: str
    done: float
    more_low: int = 0
    more_high: int | float = 0

    def __len__(self) -> int:
        return len(self.size)

    def expand(self, r: int) -> Iterator[IntArray]:
        """Yield, for every member of orbit r, the column from which each node takes its value."""
        n = self.low.shape[1]
        choices = [list(_arrangements(self.groups[r][c], c)) for c in self.twins]
        for combination in itertools.product(*choices):
            source = np.arange(n)
            for members, arrangement in zip(self.twins, combination, strict=True):
                source[members] = arrangement
            yield source[self.label]


def _arrangements(groups: IntArray, members: list[int]) -> Iterator[list[int]]:
    """Distinct ways to hand the members' values out: per place, the member whose value it gets."""
    values = sorted({int(g) for g in groups})
    of_value = {v: members[int(np.flatnonzero(groups == v)[0])] for v in values}
    left = {v: int(np.sum(groups == v)) for v in values}

    def place(done: list[int]) -> Iterator[list[int]]:
        if len(done) == len(members):
            yield list(done)
            return
        for v in values:
            if left[v]:
                left[v] -= 1
                done.append(of_value[v])
                yield from place(done)
                done.pop()
                left[v] += 1

    yield from place([])


def solve(
    system: IntervalSystem,
    minima: bool,
    clock: Clock,
    generators: Callable[[], IntArray | None] = lambda: None,
) -> Representatives:
    """Find all solutions.

    `generators` gives permutations of the nodes that may be symmetries; it is called only where
    the search is not short.

    Nodes that have equal values at every solution are merged first. True twins take at most three
    values: for every way to part them into groups of equal value, the merged system is solved, and
    a solution with different values stands for as many equilibria as there are such groups.
    """
    label = equal_valued_classes(system)
    merged = quotient(system, label)
    symmetry = Symmetry(merged, lambda: _merged_permutations(generators(), label))
    twins = true_twins(merged) if merged.n > 2 else []
    twins = [c for c in twins if len(c) > 3]  # fewer are searched faster one by one
    number = math.prod(len(_partitions(len(c))) for c in twins)
    if not twins or number > _MOST_SYSTEMS:
        return _plain(search_up_to_symmetry(merged, minima, clock, symmetry), label)
    found = _on_trial(merged, minima, clock, symmetry, number)
    if found is not None:
        return _plain(found, label)
    return _with_twins(merged, label, twins, minima, clock)


def origin_alone(n: int) -> Representatives:
    """The answer where x = 0 is the only solution of n equations."""
    return Representatives(
        low=np.zeros((1, 1)),
        high=np.zeros((1, 1)),
        label=np.zeros(n, dtype=np.int64),
        size=[1],
        twins=[],
        groups=[np.zeros(1, dtype=np.int64)],
        complete=True,
        reason="",
        done=1.0,
    )


def _on_trial(
    merged: IntervalSystem, minima: bool, clock: Clock, symmetry: Symmetry, systems: int
) -> Roots | None:
    """Search without regard to twins, as long as that may be shorter; None if it is not.

    Anti-Hebbian systems contract so well that few boxes are often enough.
    """
    anti = not np.any(merged.arcs[:, C_HIGH] > 0.0)
    if not anti or merged.n > _MOST_TRIED or clock.left <= 0.0:
        return None
    trial = clock.share(min(_SHARE_TRIED, _BOXES_A_SYSTEM * systems / clock.left), 1)
    roots = search_up_to_symmetry(merged, minima, trial, symmetry)
    if roots.complete or clock.spent():
        clock.add(trial)
        return roots
    clock.boxes, clock.newtons = trial.boxes, trial.newtons
    return None


def _plain(roots: Roots, label: IntArray) -> Representatives:
    return Representatives(
        low=roots.low,
        high=roots.high,
        label=label,
        size=[1] * len(roots),
        twins=[],
        groups=[np.arange(roots.low.shape[1])] * len(roots),
        complete=roots.complete,
        reason=roots.reason,
        done=roots.done,
        more_low=roots.more_low,
        more_high=roots.more_high,
    )


def _merged_permutations(generators: IntArray | None, label: IntArray) -> IntArray | None:
    """Permutations of the classes that permutations of the nodes amount to."""
    if generators is None:
        return None
    merged = np.empty((len(generators), int(label.max()) + 1), dtype=np.int64)
    for row, generator in zip(merged, generators, strict=True):
        row[label] = label[generator]
    return merged


def _partitions(m: int) -> list[tuple[int, ...]]:
    """Partitions of m into at most three parts, falling, the coarsest first."""
    found: list[tuple[int, ...]] = [(m,)]
    found += [(m - b, b) for b in range(1, m // 2 + 1)]
    for c in range(1, m // 3 + 1):
        found += [(m - b - c, b, c) for b in range(c, (m - c) // 2 + 1)]
    return found


def _ways(sizes: tuple[int, ...]) -> int:
    """Number of ways to hand different values out to groups of these sizes."""
    ways = math.factorial(sum(sizes))
    for size in sizes:
        ways //= math.factorial(size)
    return ways


def _with_twins(
    merged: IntervalSystem,
    label: IntArray,
    twins: list[list[int]],
    minima: bool,
    clock: Clock,
) -> Representatives:
    patterns = [_partitions(len(c)) for c in twins]
    systems = sorted(itertools.product(*patterns), key=lambda p: sum(len(s) for s in p))
    family = _TwinSystems(merged, twins, clock)
    lows, highs, sizes, groups = [], [], [], []
    complete, reason, done = True, "", 0.0
    more_low: int = 0
    more_high: int | float = 0
    for pattern in systems:
        parts = _labels(merged.n, twins, pattern)
        roots = family.roots(pattern, minima)
        complete, reason = complete and roots.complete, reason or roots.reason
        done += roots.done / len(systems)
        ways = math.prod(_ways(s) for s in pattern)
        # a root that is not listed may have equal groups, and then belongs to a coarser system
        more_low += roots.more_low if ways == 1 else 0
        more_high += roots.more_high * ways
        for r in range(len(roots)):
            relation = family.relation(roots, r, pattern)
            if relation is _Relation.UNKNOWN:
                complete, reason = False, reason or "twins whose values could not be told apart"
                more_high += ways
            elif relation is _Relation.CANONICAL:
                lows.append(roots.low[r][parts])
                highs.append(roots.high[r][parts])
                sizes.append(ways)
                groups.append(parts)
    return Representatives(
        low=np.array(lows).reshape(-1, merged.n),
        high=np.array(highs).reshape(-1, merged.n),
        label=label,
        size=sizes,
        twins=twins,
        groups=groups,
        complete=complete,
        reason=reason,
        done=min(done, 1.0),
        more_low=more_low,
        more_high=more_high,
    )


def _labels(n: int, twins: list[list[int]], pattern: tuple[tuple[int, ...], ...]) -> IntArray:
    """Label of every node's group, numbered in order of first appearance."""
    raw = np.arange(n)
    for members, sizes in zip(twins, pattern, strict=True):
        start = 0
        for size in sizes:
            raw[members[start : start + size]] = members[start]
            start += size
    _, first, inverse = np.unique(raw, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    labels: IntArray = rank[inverse].astype(np.int64)
    return labels


class _Relation(Enum):
    """What the values of a root's groups say."""

    CANONICAL = "different values; groups of equal size in rising order"
    IMAGE = "different values, but an exchange of equal groups gives the canonical root"
    MERGED = "two groups have the same value: a root of the coarser system"
    UNKNOWN = "two values could be neither told apart nor proved equal"


class _TwinSystems:
    """The systems that belong to the ways of parting the twins, each solved once."""

    def __init__(self, merged: IntervalSystem, twins: list[list[int]], clock: Clock) -> None:
        self._merged, self._twins, self._clock = merged, twins, clock
        self._known: dict[tuple[_Pattern, bool], Roots] = {}

    def roots(self, pattern: _Pattern, minima: bool) -> Roots:
        """Roots of one system, all or those that may be minima."""
        key = (pattern, minima)
        if key not in self._known:
            parts = _labels(self._merged.n, self._twins, pattern)
            self._known[key] = search(quotient(self._merged, parts), minima, self._clock)
        return self._known[key]

    def relation(self, roots: Roots, r: int, pattern: _Pattern) -> _Relation:
        """Compare the values of the groups of every class, two by two."""
        parts = _labels(self._merged.n, self._twins, pattern)
        canonical = True
        for number, sizes in enumerate(pattern):
            heads = self._heads(parts, pattern, number)
            for a, b in itertools.combinations(range(len(sizes)), 2):
                i, j = heads[a], heads[b]
                if roots.low[r, i] > roots.high[r, j]:
                    canonical = canonical and sizes[a] != sizes[b]
                elif not roots.low[r, j] > roots.high[r, i]:
                    same = self._is_merged(roots, r, pattern, number, a, b)
                    return _Relation.MERGED if same else _Relation.UNKNOWN
        return _Relation.CANONICAL if canonical else _Relation.IMAGE

    def _heads(self, parts: IntArray, pattern: _Pattern, number: int) -> list[int]:
        """Unknown of each group of one class."""
        members, sizes = self._twins[number], pattern[number]
        return [int(parts[members[sum(sizes[:k])]]) for k in range(len(sizes))]

    def _is_merged(
        self, roots: Roots, r: int, pattern: _Pattern, number: int, a: int, b: int
    ) -> bool:
        """Whether a root of the system with groups a and b merged lies where r is the only one."""
        sizes = pattern[number]
        rest = [k for k in range(len(sizes)) if k not in (a, b)]
        joined = [(sizes[a] + sizes[b], -1), *((sizes[k], k) for k in rest)]
        joined.sort(key=lambda s: -s[0])
        coarse = tuple(
            tuple(s for s, _ in joined) if k == number else pattern[k] for k in range(len(pattern))
        )
        order = [k for _, k in joined]
        place = {**{k: order.index(k) for k in rest}, a: order.index(-1), b: order.index(-1)}
        parts = _labels(self._merged.n, self._twins, pattern)
        coarse_parts = _labels(self._merged.n, self._twins, coarse)
        source = np.empty(roots.low.shape[1], dtype=np.int64)
        source[parts] = coarse_parts
        coarse_heads = self._heads(coarse_parts, coarse, number)
        for k, head in enumerate(self._heads(parts, pattern, number)):
            source[head] = coarse_heads[place[k]]
        candidates = self.roots(coarse, False)
        low, high = candidates.low[:, source], candidates.high[:, source]
        inside = (low >= roots.region_low[r]) & (high <= roots.region_high[r])
        return bool(np.any(np.all(inside, axis=1)))
