"""Scope "embedded": the patterns that the whole network's stable equilibria show on a ball.

Two patterns differ if at some node of the ball their rates differ by more than a share
(`tolerance`) of the node's range of rates: without a tolerance nearly all patterns would differ,
because everything far away shines through a little. The count is the largest number of patterns
that differ pairwise. It grows with the list of equilibria, so that an incomplete list gives a
lower bound, and it is bracketed: patterns chosen one by one so that they differ pairwise are a
lower bound; patterns gathered into groups within which none differ an upper one. The two agree
where patterns fall into well separated groups.
"""

from __future__ import annotations

import math
import time
from functools import reduce
from typing import Any

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria import Count, CountStatus, Equilibria, find_equilibria
from netplastic.equilibria.sampled import activity_box, components_of
from netplastic.model import PlasticNetwork, canonical_labelling

from ._balls import Ball, Counted, Settings, Step

__all__ = ["Searches", "embedded_counts", "pattern_bounds"]


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
        counts.append(Counted.of(reduce(_product, found), time.perf_counter() - began))
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


def _count(found: Equilibria, inside: IntArray, span: FloatArray, tolerance: float) -> Count:
    lower, upper = pattern_bounds(found.rates[:, inside], tolerance * span)
    whole = found.stable_count
    complete = whole.exact and len(found) == whole.lower
    if complete and whole.status is CountStatus.CERTIFIED:
        if lower == upper:
            return Count(lower, upper, CountStatus.CERTIFIED, found.method)
        reason = "patterns do not fall into groups apart by the tolerance"
        return Count(lower, upper, CountStatus.LOWER_BOUND, found.method, reason)
    most = upper if complete else whole.upper
    reason = whole.reason or "the whole network's list is not certified complete"
    return Count(lower, max(most, lower), CountStatus.LOWER_BOUND, found.method, reason)


def _product(first: Count, second: Count) -> Count:
    certified = first.status is second.status is CountStatus.CERTIFIED
    lower, upper = first.lower * second.lower, first.upper * second.upper
    if math.isnan(upper):  # inf * 0: one component has no stable equilibrium at all
        upper = 0
    status = CountStatus.CERTIFIED if certified else CountStatus.LOWER_BOUND
    method = first.method if first.method == second.method else f"{first.method}, {second.method}"
    return Count(lower, upper, status, method, first.reason or second.reason)


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
    patterns = patterns[np.lexsort(patterns.T[::-1])]
    chosen = 0
    rest = patterns
    groups = 0
    # A pattern and all that do not differ from it: at most one member of a group can be chosen.
    while len(rest):
        chosen += 1
        rest = rest[np.any(np.abs(rest - rest[0]) > tolerance, axis=1)]
    rest = patterns
    while len(rest):
        groups += 1
        low, high = rest[0].copy(), rest[0].copy()
        out = np.zeros(len(rest), dtype=bool)
        for row in range(1, len(rest)):
            new_low, new_high = np.minimum(low, rest[row]), np.maximum(high, rest[row])
            if np.all(new_high - new_low <= tolerance):
                low, high = new_low, new_high
            else:
                out[row] = True
        rest = rest[out]
    return chosen, groups
