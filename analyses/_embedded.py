"""Scope "embedded": the patterns that the whole network's stable equilibria show on a ball.

Two patterns differ if at some node of the ball their rates differ by more than a share
(`tolerance`) of the node's range of rates: without a tolerance nearly all patterns would differ,
because everything far away shines through a little. The count is the largest number of patterns
that differ pairwise. It grows with the list of equilibria, so that an incomplete list gives a
lower bound, and it is bracketed: patterns chosen one by one so that they differ pairwise are a
lower bound; patterns gathered into groups within which none differ an upper one. The two agree
where patterns fall into well separated groups.

What an incomplete list is worth is judged for each ball. Random starts hit states in proportion to
their basins; a ball of few patterns may have been shown all of them many times by starts that never
met the same state twice. The status is "estimate" where the starts to come would show a pattern not
seen yet with a chance of less than 5 %, by a one-sided interval of 95 % (`coverage_of`).
"""

from __future__ import annotations

import math
import time
from functools import reduce
from typing import Any

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria import (
    ENOUGH,
    Count,
    CountStatus,
    Coverage,
    Equilibria,
    coverage_of,
    find_equilibria,
)
from netplastic.equilibria.sampled import activity_box, components_of
from netplastic.model import PlasticNetwork, canonical_labelling

from ._balls import WORTH, Ball, Counted, Settings, Step

__all__ = ["Searches", "embedded_counts", "groups_of", "pattern_bounds"]


def embedded_counts(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Count the patterns on each ball; each connected component of the network is searched once."""
    searches = Searches(net, settings)
    counts = []
    for ball in balls:
        began = time.perf_counter()
        # Arcs without plasticity and weight join a ball but not its dynamics: several components.
        numbers = np.unique(searches.component_of[ball.members]).tolist()
        found = [_count(*searches.on(number, ball), settings.tolerance) for number in numbers]
        count, coverage = reduce(_product, found)
        counts.append(Counted.of(count, time.perf_counter() - began, coverage))
        step(str(net.nodes[ball.center]))
    return counts


class Searches:
    """Stable equilibria of each connected component, equal ones searched once, when asked for."""

    def __init__(self, net: PlasticNetwork, settings: Settings) -> None:
        self.net, self.settings = net, settings
        self.components = components_of(net)
        self.component_of = np.empty(net.n, dtype=np.int64)
        for number, component in enumerate(self.components):
            self.component_of[component] = number
        self.forms: dict[int, str] = {}
        self.found: dict[str, tuple[Equilibria, FloatArray]] = {}

    def on(self, number: int, ball: Ball) -> tuple[Equilibria, IntArray, FloatArray]:
        """Equilibria of a component, positions in it of the ball's nodes, their spans of rates."""
        if number not in self.forms:
            form, order = canonical_labelling(self.net.part_at(self.components[number]))
            self.forms[number], self.components[number] = form, self.components[number][order]
        form = self.forms[number]
        if form not in self.found:
            component = self.net.part_at(self.components[number])
            method: Any = self.settings.method
            rng = np.random.default_rng([self.settings.seed, int(form[-16:], 16)])
            listed = find_equilibria(
                component, method, stable_only=True, budget=self.settings.budget, rng=rng
            )
            self.found[form] = (listed, _spans(component))
        listed, spans = self.found[form]
        inside = np.flatnonzero(np.isin(self.components[number], ball.members))
        return listed, inside, spans[inside]


def _count(
    found: Equilibria, inside: IntArray, span: FloatArray, tolerance: float
) -> tuple[Count, Coverage]:
    """Count of the patterns, and how well they are covered where the list is not complete."""
    patterns, widths = found.rates[:, inside], tolerance * span
    lower, upper = pattern_bounds(patterns, widths)
    whole = found.stable_count
    complete = whole.exact and len(found) == whole.lower
    if complete and whole.status is CountStatus.CERTIFIED:
        if lower == upper:
            return Count(lower, upper, CountStatus.CERTIFIED, found.method), Coverage()
        reason = "patterns do not fall into groups apart by the tolerance"
        return Count(lower, upper, CountStatus.LOWER_BOUND, found.method, reason), Coverage()
    most = max(lower, upper if complete else whole.upper)
    reason = whole.reason or "the whole network's list is not certified complete"
    coverage = Coverage()
    if found.hits is not None:
        coverage = coverage_of(np.bincount(groups_of(patterns, widths), found.hits).astype(int))
    status = CountStatus.ESTIMATE if coverage.low >= ENOUGH else CountStatus.LOWER_BOUND
    return Count(lower, most, status, found.method, reason), coverage


def _product(
    first: tuple[Count, Coverage], second: tuple[Count, Coverage]
) -> tuple[Count, Coverage]:
    """Of two components: what is certified of one is covered in full."""
    (one, its), (two, others) = first, second
    status = max(one.status, two.status, key=WORTH.index)
    lower, upper = one.lower * two.lower, one.upper * two.upper
    if math.isnan(upper):  # inf * 0: one component has no stable equilibrium at all
        upper = 0
    method = one.method if one.method == two.method else f"{one.method}, {two.method}"
    if one.status is CountStatus.CERTIFIED:
        coverage = others
    elif two.status is CountStatus.CERTIFIED:
        coverage = its
    else:
        coverage = its.times(others)
    return Count(lower, upper, status, method, one.reason or two.reason), coverage


def _spans(net: PlasticNetwork) -> FloatArray:
    """Range of rates of each node between the ends of the box that holds its activity.

    In the strong limit a rate is phi(bias) or 0.
    """
    if net.in_limit:
        return np.abs(net.activation.rate(net.bias))
    box = activity_box(net)
    return np.abs(net.activation.rate(box.high) - net.activation.rate(box.low))


def pattern_bounds(patterns: FloatArray, tolerance: FloatArray) -> tuple[int, int]:
    """Bounds of the largest number of patterns that differ pairwise.

    Parameters
    ----------
    patterns : float array of shape (k, s)
    tolerance : float array of shape (s,)
        Patterns differ if some coordinate differs by more than this.

    Returns
    -------
    tuple of int
        Size of a set of patterns that differ pairwise, and number of groups of patterns of
        which no two in a group differ.

    Examples
    --------
    >>> import numpy as np
    >>> pattern_bounds(np.array([[0.0, 0.7], [0.01, 0.7], [0.7, 0.0]]), np.array([0.1, 0.1]))
    (2, 2)
    >>> pattern_bounds(np.array([[0.0], [0.08], [0.16], [0.24]]), np.array([0.1]))
    (2, 2)
    """
    if not len(patterns):
        return 0, 0
    groups = int(groups_of(patterns, tolerance).max()) + 1
    rest = patterns[np.lexsort(patterns.T[::-1])]
    chosen = 0
    # A pattern and all that do not differ from it: at most one member of a group can be chosen.
    while len(rest):
        chosen += 1
        rest = rest[np.any(np.abs(rest - rest[0]) > tolerance, axis=1)]
    return chosen, groups


def groups_of(patterns: FloatArray, tolerance: FloatArray) -> IntArray:
    """Number of a group for each pattern; within a group no two differ (see `pattern_bounds`).

    Examples
    --------
    >>> import numpy as np
    >>> groups_of(np.array([[0.7], [0.0], [0.69]]), np.array([0.1]))
    array([1, 0, 1])
    """
    label = np.zeros(len(patterns), dtype=np.int64)
    rest, group = np.lexsort(patterns.T[::-1]), 0
    while len(rest):
        low, high = patterns[rest[0]].copy(), patterns[rest[0]].copy()
        out = np.zeros(len(rest), dtype=bool)
        for place, row in enumerate(rest):
            new_low, new_high = np.minimum(low, patterns[row]), np.maximum(high, patterns[row])
            if np.all(new_high - new_low <= tolerance):
                low, high = new_low, new_high
                label[row] = group
            else:
                out[place] = True
        rest, group = rest[out], group + 1
    return label
