"""Searching one equilibrium of every orbit under the network's symmetries, and adding the others.

An automorphism g of the equations carries a root x to the root x[g]. So if p lies in an orbit O of
nodes, every root has an image in which x_p is the largest activity in O: the search may discard
boxes in which another node of O surely exceeds p. The images of what it finds are then all roots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netplastic._support import FloatArray, IntArray, components
from netplastic.equilibria import Clock
from netplastic.equilibria.certified._kernels import COLUMNS, GAMMA

from ._search import Roots, search
from ._system import IntervalSystem

__all__ = ["Symmetry", "search_up_to_symmetry"]

_NODE = slice(GAMMA, COLUMNS)
_MOST_NUMBERS = 4_000_000
_FEW_PAIRS = 1000  # of an image and a root, all of which are compared


class Symmetry:
    """Symmetries of one system, found when they are needed.

    Parameters
    ----------
    system : IntervalSystem
    generators : callable
        Gives permutations of the unknowns, shape (generators, n), or None; those that do not
        carry the system into itself are left out.
    """

    def __init__(self, system: IntervalSystem, generators: Callable[[], IntArray | None]) -> None:
        self._system = system
        self._given = generators
        self._generators: IntArray | None = None

    @property
    def used(self) -> bool:
        """Whether the search was led by a symmetry."""
        return self._generators is not None and len(self._generators) > 0

    def leaders(self) -> IntArray:
        """Per unknown one that is at least as large where roots are looked for; itself: none."""
        n = self._system.n
        own = np.arange(n)
        given = self._given()
        candidates = np.empty((0, n), dtype=np.int64) if given is None else given
        kept = [g for g in candidates if (g != own).any() and is_automorphism(self._system, g)]
        self._generators = np.array(kept, dtype=np.int64).reshape(-1, n)
        if not kept:
            return own
        label = components(n, np.tile(own, len(kept)), self._generators.ravel())[1]
        largest = int(np.argmax(np.bincount(label)))
        members = np.flatnonzero(label == largest)
        own[members] = members[0]
        return own

    def closed(self, roots: Roots) -> Roots | None:
        """Add all images of the roots.

        None where two can neither be told apart nor proved equal, or there are too many to list.
        """
        assert self._generators is not None
        most = _MOST_NUMBERS if roots.done == 1.0 else _MOST_NUMBERS // 10
        known = np.stack([roots.low, roots.high, roots.region_low, roots.region_high])
        start = 0
        while start < known.shape[1]:
            new = known[:, start:]
            start = known.shape[1]
            for generator in self._generators:
                fresh = _unknown(new[:, :, generator], known)
                if fresh is None or fresh[0].size + known[0].size > most:
                    return None
                known = np.concatenate([known, fresh], axis=1)
        return replace(
            roots, low=known[0], high=known[1], region_low=known[2], region_high=known[3]
        )


def is_automorphism(system: IntervalSystem, g: IntArray) -> bool:
    """Whether x[g] is a root for every root x: row i with sources j reads like g[i] with g[j]."""
    if not np.array_equal(system.table[g][:, _NODE], system.table[:, _NODE]):
        return False
    rows = system.rows
    for i, row in enumerate(rows):
        if sorted((int(g[j]), arc) for j, arc in row) != rows[g[i]]:
            return False
    return True


def _unknown(images: FloatArray, known: FloatArray) -> FloatArray | None:
    """Those of the images (4, k, n) that are not among the known roots; None if that is not clear.

    Both hold low, high, region_low, region_high. An image is a known root if its enclosure lies
    in the region where that is the only one, and another if the enclosures have no point in
    common. The images are different roots, as they are images of different ones.
    """
    row, candidate = _near(images, known)
    low, high = images[0, row], images[1, row]
    other = known[:, candidate]
    same = ((low >= other[2]) & (high <= other[3])).all(axis=1)
    apart = ((low > other[1]) | (high < other[0])).any(axis=1)
    new = np.ones(images.shape[1], dtype=bool)
    new[row[same]] = False
    if (new[row] & ~apart).any():
        return None
    return images[:, new]


def _near(images: FloatArray, known: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs (image, known root) that are not surely apart: their projections are near."""
    k, number = images.shape[1], known.shape[1]
    if k * number <= _FEW_PAIRS:
        return np.repeat(np.arange(k), number), np.tile(np.arange(number), k)
    weight: FloatArray = np.random.default_rng(0).uniform(0.5, 1.5, size=images.shape[2:])
    shadow = 0.5 * (known[0] + known[1]) @ weight
    order = np.argsort(shadow)
    target = 0.5 * (images[0] + images[1]) @ weight
    low, high = np.minimum(known[0], known[2]), np.maximum(known[1], known[3])
    width = float((high - low).max(initial=0.0) + (images[1] - images[0]).max(initial=0.0))
    reach: FloatArray = 1e-12 * (1.0 + np.abs(target))
    reach += width * float(weight.sum()) * (1.0 + 1e-9)
    first = np.searchsorted(shadow[order], target - reach, side="left")
    number = np.searchsorted(shadow[order], target + reach, side="right") - first
    row = np.repeat(np.arange(len(target)), number)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    return row, order[first[row] + offset]


def search_up_to_symmetry(
    system: IntervalSystem, minima: bool, clock: Clock, symmetry: Symmetry
) -> Roots:
    """Do what `search` does, faster where the system has symmetries.

    They are asked for only when the search turns out not to be short. Near bifurcations, where
    there is more than a list of roots, the search is done once more without them.
    """
    roots = search(system, minima, clock, symmetry.leaders)
    if not symmetry.used:
        return roots
    if roots.done < 1.0:  # what is unknown makes up for roots that were not told apart
        whole = symmetry.closed(replace(roots, more_low=0))
        return replace(roots, more_low=0) if whole is None else whole
    whole = symmetry.closed(roots) if roots.complete else None
    return search(system, minima, clock) if whole is None else whole
