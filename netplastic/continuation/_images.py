"""Symmetries of a network: permutations of nodes that keep every arc and every parameter.

If x is an equilibrium, so is every permuted x. The continuation follows one member of such an
orbit and gets the others by permuting. Nodes that may be swapped pairwise (twins: same
parameters, same arcs to all others) form classes whose full symmetric groups are never listed;
the remaining symmetries, of the graph of classes, are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from math import factorial, prod

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.model import Family, automorphism_generators, twin_classes

__all__ = ["Symmetry", "symmetry_of"]

_MOST_ELEMENTS = 20_000
_ODD = 1.2345678901


@dataclass(frozen=True, eq=False)
class Symmetry:
    """The group: all permutations within `classes`, times the listed `elements`.

    Attributes
    ----------
    classes : tuple of int arrays
        Twin classes that cover all nodes.
    elements : int array of shape (g, n)
        Permutations y = x[element]; the identity first.
    complete : bool
        False where there were too many symmetries to list: orbits are then split, never merged.
    """

    classes: tuple[IntArray, ...]
    elements: IntArray
    complete: bool

    @property
    def order(self) -> int:
        """Number of symmetries."""
        return len(self.elements) * prod(factorial(len(members)) for members in self.classes)

    def sorted_images(self, x: FloatArray) -> FloatArray:
        """Images (g, n) of a state, falling within every class."""
        images = x[self.elements]
        for members in self.classes:
            if len(members) > 1:
                images[:, members] = -np.sort(-images[:, members], axis=1)
        return images

    def canonical(self, x: FloatArray) -> FloatArray:
        """Return the member of the orbit that comes first in a fixed order."""
        images = self.sorted_images(x)
        order = np.lexsort(-np.round(images, 7).T[::-1])
        return np.asarray(images[order[0]])

    def distance(self, x: FloatArray, others: FloatArray) -> FloatArray:
        """Largest coordinate difference from x to the nearest member of the orbits of `others` (k,
        n)."""
        if len(others) == 0:
            return np.zeros(0)
        images = self.sorted_images(x)
        targets = others.copy()
        for members in self.classes:
            if len(members) > 1:
                targets[:, members] = -np.sort(-targets[:, members], axis=1)
        gaps = np.abs(images[None, :, :] - targets[:, None, :]).max(axis=2)
        return np.asarray(gaps.min(axis=1))

    def fixed_basis(self, x: FloatArray, tolerance: float = 1e-6) -> FloatArray:
        """Orthonormal basis (n, r) of the states that have every symmetry of the state x.

        One column for each set of nodes that the symmetries fixing x carry into each other.
        """
        n = len(x)
        leader = np.arange(n)

        def join(a: int, b: int) -> None:
            low, high = sorted((int(leader[a]), int(leader[b])))
            leader[leader == high] = low

        for element in self.elements:
            image = x[element]
            pairs = []
            for members in self.classes:
                here = members[np.argsort(-x[members], kind="stable")]
                there = members[np.argsort(-image[members], kind="stable")]
                pairs.append((here, element[there]))
            if all(np.abs(x[a] - x[b]).max() <= tolerance for a, b in pairs):
                for a, b in pairs:
                    for i, j in zip(a, b, strict=True):
                        join(int(i), int(j))
        for members in self.classes:
            order = members[np.argsort(-x[members], kind="stable")]
            for i, j in pairwise(order):
                if abs(x[i] - x[j]) <= tolerance:
                    join(int(i), int(j))
        columns = (leader[:, None] == np.unique(leader)[None, :]).astype(np.float64)
        return np.asarray(columns / np.linalg.norm(columns, axis=0))

    def aligned(self, x: FloatArray, like: FloatArray) -> FloatArray:
        """Return the member of the orbit of x that is nearest to the state `like`."""
        images = self.sorted_images(x)
        for members in self.classes:
            if len(members) > 1:
                rank = members[np.argsort(-like[members], kind="stable")]
                images[:, rank] = images[:, members]
        return np.asarray(images[int(np.abs(images - like).max(axis=1).argmin())])

    def copies(self, states: FloatArray, tolerance: float = 1e-7) -> IntArray:
        """Permutations (c, n) that give every distinct image of a curve, once each.

        Parameters
        ----------
        states : float array of shape (k, n)
            Points of one curve (one row: a single state).
        tolerance : float
            Coordinates closer than this along the whole curve count as equal.
        """
        found: list[IntArray] = []
        seen: set[bytes] = set()
        labels = _column_labels(states, tolerance)
        for element in self.elements:
            for arrangement in self._arrangements(labels[element]):
                permutation = element[arrangement]
                key = labels[permutation].tobytes()
                if key not in seen:
                    seen.add(key)
                    found.append(permutation)
        return np.array(found)

    def count(self, x: FloatArray, tolerance: float = 1e-7) -> int:
        """Size of the orbit of a state."""
        labels = _column_labels(x[None, :], tolerance)
        within = 1
        for members in self.classes:
            sizes = np.unique(labels[members], return_counts=True)[1]
            within *= factorial(len(members)) // prod(factorial(int(s)) for s in sizes)
        images = labels[self.elements]
        for members in self.classes:
            if len(members) > 1:
                images[:, members] = np.sort(images[:, members], axis=1)
        return within * len(np.unique(images, axis=0))

    def _arrangements(self, labels: IntArray) -> list[IntArray]:
        """Permutations within the classes that give distinct label sequences."""
        options = [_multiset_orders(labels[members], members) for members in self.classes]
        result = []
        for choice in product(*options):
            permutation = np.arange(len(labels))
            for members, chosen in zip(self.classes, choice, strict=True):
                permutation[members] = chosen
            result.append(permutation)
        return result


def _column_labels(states: FloatArray, tolerance: float) -> IntArray:
    """Equal labels for coordinates that are equal along all rows."""
    n = states.shape[1]
    labels = np.full(n, -1, dtype=np.int64)
    for i in range(n):
        for j in range(i):
            if np.abs(states[:, i] - states[:, j]).max() <= tolerance:
                labels[i] = labels[j]
                break
        else:
            labels[i] = i
    return labels


def _multiset_orders(labels: IntArray, members: IntArray) -> list[IntArray]:
    """Return every distinct way to lay the labels out over the members, as source nodes."""
    pools = {int(v): [int(m) for m in members[labels == v]] for v in np.unique(labels)}
    orders: list[IntArray] = []

    def extend(prefix: list[int], used: dict[int, int]) -> None:
        if len(prefix) == len(members):
            orders.append(np.array(prefix, dtype=np.int64))
            return
        for value, pool in pools.items():
            if used[value] < len(pool):
                extend([*prefix, pool[used[value]]], {**used, value: used[value] + 1})

    extend([], dict.fromkeys(pools, 0))
    return orders


def symmetry_of(family: Family) -> Symmetry:
    """Symmetries that hold at every value of the family's parameter."""
    # Those at a value that nothing else in the network has: the arcs that vary then stand out.
    net = family.at(_ODD * family.own + _ODD)
    classes = twin_classes(net)
    of = np.empty(net.n, dtype=np.int64)
    for number, members in enumerate(classes):
        of[members] = number
    first = np.array([members[0] for members in classes])
    generators = automorphism_generators(net)
    steps = set() if generators is None else {tuple(of[g[first]].tolist()) for g in generators}
    maps, complete = _generated(len(classes), sorted(steps))
    elements = np.empty((len(maps), net.n), dtype=np.int64)
    for row, image in zip(elements, maps, strict=True):
        for members, target in zip(classes, image, strict=True):
            row[members] = classes[target]
    return Symmetry(tuple(classes), elements, complete and generators is not None)


def _generated(n: int, generators: list[tuple[int, ...]]) -> tuple[list[tuple[int, ...]], bool]:
    """All products of permutations of n things, the identity first; only that if too many."""
    identity = tuple(range(n))
    known, new = {identity: None}, [identity]
    while new:
        fresh = []
        for element in new:
            for generator in generators:
                image = tuple(generator[k] for k in element)
                if image not in known:
                    known[image] = None
                    fresh.append(image)
        if len(known) > _MOST_ELEMENTS:
            return [identity], False
        new = fresh
    return list(known), True
