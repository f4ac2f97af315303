"""Orbits of equilibria: which rows of a complete list the network's symmetries carry to which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, components
from netplastic.model import PlasticNetwork, automorphism_generators

from ._list import Equilibria

__all__ = ["orbits_of_rows", "with_orbits"]

_EPSILON = 2.0**-52
_FEW = 16  # rows up to which all pairs are compared


def with_orbits(net: PlasticNetwork, found: Equilibria) -> Equilibria:
    """Add the orbits under the network's automorphisms to a list that is proved complete.

    Automorphisms carry equilibria to equilibria, and stable ones to stable ones; so a complete
    list of either is a union of whole orbits. Other lists, those that lack rows for equilibria too
    near each other to be told apart, and those of networks whose automorphisms the search gave up
    on, are returned as they are.

    Raises
    ------
    ArithmeticError
        If the list lacks the image of one of its rows: it is not what it says.
    """
    if not found.count.exact or found.method not in ("certified", "limit"):
        return found
    if found.count.reason:  # some have no rows of their own: see `certify_equilibria`
        return found
    if len(found) != found.count.lower:
        raise ArithmeticError(
            f"{len(found)} equilibria are listed where exactly {found.count.lower} are proved; "
            "please report this network."
        )
    if len(found) < 2:
        alone = np.zeros(len(found), dtype=np.int64)
        return replace(found, orbit=alone, orbit_size=alone + 1)
    generators = automorphism_generators(net)
    if generators is None:
        return found
    orbit = orbits_of_rows(found.activity, found.radius, generators)
    if orbit is None:
        return found
    return replace(found, orbit=orbit, orbit_size=np.bincount(orbit)[orbit])


def orbits_of_rows(
    activity: FloatArray, radius: FloatArray, generators: IntArray
) -> IntArray | None:
    """Number of each row's orbit, counted in order of first appearance.

    Parameters
    ----------
    activity : float array of shape (k, n)
        A complete list of equilibria x.
    radius : float array of shape (k,)
        Each row lies within this distance of its equilibrium, in every coordinate.
    generators : int array of shape (generators, n)
        Permutations g such that x[g] is an equilibrium for every equilibrium x.

    Returns
    -------
    int array of shape (k,) or None
        None where two rows lie so near each other that either might be the image of a third.

    Raises
    ------
    ArithmeticError
        If a row's image lies near no row, or two rows' images near the same one.
    """
    k = len(activity)
    end = [np.arange(k)]
    matcher = _Matcher(activity, radius)
    for generator in generators:
        partner = matcher.partners(generator)
        if partner is None:
            return None
        end.append(partner)
    return components(k, np.tile(np.arange(k), len(end)), np.concatenate(end))[1]


class _Matcher:
    """Rows sorted by one projection, so that only rows near an image are compared with it."""

    def __init__(self, activity: FloatArray, radius: FloatArray) -> None:
        k, n = activity.shape
        self._activity, self._radius = activity, radius
        # Roundings of the projections: a generous multiple of n units of their largest term.
        largest = float(np.abs(activity).max(initial=0.0))
        self._rounding = 4.0 * _EPSILON * largest
        self._pairs: tuple[IntArray, IntArray] | None = None
        if k <= _FEW:
            self._pairs = np.repeat(np.arange(k), k), np.tile(np.arange(k), k)
            return
        # Any fixed weights will do; random ones let hardly any two rows coincide.
        self._weight: FloatArray = np.random.default_rng(0).uniform(
            0.5, 1.5, size=activity.shape[1:]
        )
        shadow: FloatArray = np.asarray(activity @ self._weight, dtype=np.float64)
        self._order = np.argsort(shadow)
        self._sorted = shadow[self._order]
        reach: FloatArray = radius + radius.max(initial=0.0)
        reach += (n + 1) * self._rounding
        self._reach = reach * float(self._weight.sum())

    def partners(self, generator: IntArray) -> IntArray | None:
        """Row whose equilibrium is the image of each row's.

        The exact image lies within radius[r] of activity[r][generator] and within radius[s] of
        its row s. So s is among the rows within the sum of the two; where that is only one, it is
        the one, because the list is complete.
        """
        k = len(self._activity)
        row, candidate = self._pairs or self._within_reach(generator)
        near = self._near(row, candidate, generator)
        row, candidate = row[near], candidate[near]
        found = np.bincount(row, minlength=k)
        if (found == 0).any():
            raise ArithmeticError(
                f"the list has no image of equilibrium {int(np.argmin(found))} under a symmetry of "
                "the network, though it is said to be complete; please report this network."
            )
        if (found > 1).any():
            return None
        if (np.bincount(candidate) > 1).any():
            raise ArithmeticError(
                "two equilibria of the list have the same image under a symmetry of the network; "
                "please report this network."
            )
        return candidate

    def _within_reach(self, generator: IntArray) -> tuple[IntArray, IntArray]:
        """Pairs (row, candidate) whose projections are near, sorted by row."""
        weight = np.empty_like(self._weight)
        weight[generator] = self._weight
        shadow = self._activity @ weight
        low = np.searchsorted(self._sorted, shadow - self._reach, side="left")
        high = np.searchsorted(self._sorted, shadow + self._reach, side="right")
        number = high - low
        row = np.repeat(np.arange(len(shadow)), number)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
        return row, self._order[low[row] + offset]

    def _near(self, row: IntArray, candidate: IntArray, generator: IntArray) -> BoolArray:
        images = self._activity[:, generator]
        gap = np.abs(images[row] - self._activity[candidate])
        limit = self._radius[row] + self._radius[candidate] + self._rounding
        near: BoolArray = gap.max(axis=1, initial=0.0) <= limit
        return near
