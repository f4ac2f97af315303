"""From a network to certified equilibria and counts: parts solved once, results combined."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .._types import BoolArray, FloatArray, IntArray
from ..budget import Budget
from ..canonical import canonical_form
from ..counts import Count
from ..equilibria import Equilibria, reproducible_order
from ..network import PlasticNetwork
from ._bounds import METHOD, Bounds
from ._conditioned import hubs
from ._part import Part, count_part, solve_part
from ._search import Clock
from ._system import refusal

__all__ = [
    "can_certify",
    "can_count",
    "certified_count",
    "certify_equilibria",
    "count_within",
    "different_parts",
]

LARGEST_LIST = 100_000
_WITHIN_REACH = 64


def can_certify(net: PlasticNetwork) -> bool:
    """Whether the certified search is worth a try: enclosable, and parts of moderate size.

    Larger networks may be given to ``method="certified"`` all the same.
    """
    if refusal(net):
        return False
    _, label = _components(net)
    return int(np.bincount(label).max()) <= _WITHIN_REACH


def can_count(net: PlasticNetwork) -> bool:
    """Whether a certified count is worth a try: more often than a list.

    A part may be large if some node divides it into pieces of moderate size.
    """
    if refusal(net):
        return False
    cut = (hubs(part)[:1] for part, _ in _parts(net) if part.n > _WITHIN_REACH)
    return all(best and best[0][1] <= _WITHIN_REACH for best in cut)


def certify_equilibria(net: PlasticNetwork, stable_only: bool, budget: Budget) -> Equilibria:
    """List the equilibria of a network with a proof that none is missing.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool
        List only those proved stable at the network's learning rate.
    budget : Budget

    Raises
    ------
    ValueError
        If the equations cannot be enclosed, or there are more equilibria than can be listed.
    """
    clock = Clock(budget)
    parts = [solve_part(part, nodes, stable_only, clock) for part, nodes in _parts(net)]
    total = math.prod(sum(p.orbits.size) for p in parts)
    if total > LARGEST_LIST:
        raise ValueError(
            f"the network has at least {total} equilibria, more than the {LARGEST_LIST} that can "
            "be listed; use count_equilibria, or stable_only=True."
        )
    listed = [_Listed.of(part) for part in parts]
    activity = np.empty((0, net.n))
    stable = undecided = np.zeros(0, dtype=bool)
    minimum: BoolArray | None = None
    radius = np.zeros(0)
    rows = list(itertools.product(*(range(len(p.activity)) for p in listed)))
    index = np.array(rows, dtype=np.int64).reshape(len(rows), len(listed))
    activity = np.empty((len(rows), net.n))
    stable, unstable = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    radius = np.zeros(len(rows))
    minimum = np.ones(len(rows), dtype=bool) if net.has_objective else None
    for column, part in enumerate(listed):
        chosen = index[:, column]
        activity[:, part.nodes] = part.activity[chosen]
        stable &= part.stable[chosen]
        unstable |= part.unstable[chosen]
        radius = np.maximum(radius, part.radius[chosen])
        if minimum is not None and part.minimum is not None:
            minimum &= part.minimum[chosen]
    undecided = ~stable & ~unstable
    count, stable_count = _bounds(parts, False).count(), _bounds(parts, True).count()
    keep = np.flatnonzero(stable | undecided) if stable_only else np.arange(len(rows))
    keep = keep[reproducible_order(activity[keep])]
    return Equilibria(
        net.nodes,
        activity[keep],
        net.activation.rate(activity[keep]),
        radius[keep],
        stable[keep],
        undecided[keep],
        None if minimum is None else minimum[keep],
        stable_count if stable_only else count,
        stable_count,
        stable_only,
        METHOD,
        _statistics(parts, clock),
    )


def certified_count(net: PlasticNetwork, stable_only: bool, budget: Budget) -> Count:
    """Count equilibria with proof, without listing them.

    Components are counted separately, equal ones once; twins are not exchanged one by one; parts
    that hang at one node are combined without a list (see `count_part`).

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    return count_within(net, stable_only, Clock(budget))


def count_within(net: PlasticNetwork, stable_only: bool, clock: Clock) -> Count:
    """Count as `certified_count` does, on a clock that the caller can read."""
    total = Bounds(1, 1)
    for part, copies in different_parts(net):
        total = total.times(count_part(part, stable_only, clock), copies)
    return total.count()


def different_parts(net: PlasticNetwork) -> list[tuple[PlasticNetwork, int]]:
    """Connected parts no two of which are equal, each with how often it is there.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    parts = [part for part, _ in _parts(net)]
    forms = [canonical_form(part) if len(parts) > 1 else "" for part in parts]
    first = dict(zip(reversed(forms), reversed(parts), strict=True))
    return [(first[form], forms.count(form)) for form in dict.fromkeys(forms)]


def _components(net: PlasticNetwork) -> tuple[int, IntArray]:
    wiring = net.wiring
    # An arc without plasticity and static weight carries nothing, so it does not connect.
    live = net.arc_weight * (np.abs(net.strength) + np.abs(net.static_weight)) != 0.0
    arcs = (wiring.target[live], wiring.source[live])
    matrix = sparse.csr_array((np.ones(int(live.sum())), arcs), shape=(net.n, net.n))
    number, label = connected_components(matrix, directed=False)
    return int(number), label.astype(np.int64)


def _parts(net: PlasticNetwork) -> list[tuple[PlasticNetwork, IntArray]]:
    """Connected parts with the numbers of their nodes.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    why_not = refusal(net)
    if why_not:
        raise ValueError(why_not)
    number, label = _components(net)
    order = np.argsort(label, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(label))[:-1])
    return [(net.part_at(nodes) if number > 1 else net, nodes) for nodes in members]


def _bounds(parts: list[Part], stable: bool) -> Bounds:
    total = Bounds(1, 1)
    for part in parts:
        total = total.times(part.bounds(stable))
    return total


@dataclass(frozen=True, eq=False)
class _Listed:
    """A component's equilibria one by one."""

    nodes: IntArray
    activity: FloatArray
    radius: FloatArray
    stable: BoolArray
    unstable: BoolArray
    minimum: BoolArray | None

    @staticmethod
    def of(part: Part) -> _Listed:
        orbits, verdict = part.orbits, part.verdict
        mid = 0.5 * (orbits.low + orbits.high)
        reach = np.maximum(orbits.high - mid, mid - orbits.low)
        radius = reach.max(axis=1, initial=0.0) * (1.0 + 1e-15)
        rows = [(r, source) for r in range(len(orbits)) for source in orbits.expand(r)]
        of = np.array([r for r, _ in rows], dtype=np.int64)
        activity = np.array([mid[r][source] for r, source in rows]).reshape(-1, part.net.n)
        minimum = None if verdict.minimum is None else verdict.minimum[of]
        return _Listed(
            part.nodes, activity, radius[of], verdict.stable[of], verdict.unstable[of], minimum
        )


def _statistics(parts: list[Part], clock: Clock) -> dict[str, Any]:
    done = float(np.mean([part.orbits.done for part in parts]))
    return {
        "boxes": clock.boxes,
        "newton_steps": clock.newtons,
        "seconds": clock.seconds,
        "components": len(parts),
        "share_searched": done,
        "estimated_boxes": round(clock.boxes / done) if done > 0.0 else math.inf,
    }
