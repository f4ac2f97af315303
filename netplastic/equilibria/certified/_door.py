"""From a network to certified equilibria and counts: parts solved once, results combined."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, components
from netplastic.equilibria import Clock, Count, Equilibria, reproducible_order
from netplastic.equilibria.certified.hubs import separators
from netplastic.model import PlasticNetwork, canonical_form

from ._bounds import METHOD, Bounds
from ._part import Part, count_part, solve_part
from ._system import refusal

__all__ = [
    "can_certify",
    "can_count",
    "certified_count",
    "certify_equilibria",
    "different_parts",
]

LARGEST_LIST = 100_000
_WITHIN_REACH = 64
_WITHIN_PATIENCE = 256


def can_certify(net: PlasticNetwork, patient: bool = False) -> bool:
    """Whether the certified search is worth a try: enclosable, and parts of moderate size.

    Larger networks may be given to ``method="certified"`` all the same; `patient` is whoever
    sets a budget of their own.
    """
    if refusal(net):
        return False
    _, label = _components(net)
    return int(np.bincount(label).max()) <= (_WITHIN_PATIENCE if patient else _WITHIN_REACH)


def can_count(net: PlasticNetwork, patient: bool = False) -> bool:
    """Whether a certified count is worth a try: more often than a list.

    A part may be large if some nodes divide it into pieces of moderate size.
    """
    if refusal(net):
        return False
    if can_certify(net, patient):
        return True
    cut = (separators(part)[:1] for part, _ in _parts(net) if part.n > _WITHIN_REACH)
    return all(best and best[0][1] <= _WITHIN_REACH for best in cut)


def certify_equilibria(net: PlasticNetwork, stable_only: bool, clock: Clock) -> Equilibria:
    """List the equilibria of a network with a proof that none is missing.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool
        List only those proved stable at the network's learning rate.
    clock : Clock

    Raises
    ------
    ValueError
        If the equations cannot be enclosed, or there are more equilibria than can be listed.
    """
    parts = [solve_part(part, nodes, stable_only, clock) for part, nodes in _parts(net)]
    total = math.prod(sum(p.orbits.size) for p in parts)
    if total > LARGEST_LIST:
        raise ValueError(
            f"the network has at least {total} equilibria, more than the {LARGEST_LIST} that can "
            "be listed; use count_equilibria, or stable_only=True."
        )
    listed = _product([_Listed.of(part) for part in parts], net)
    activity, stable = listed.activity, listed.stable
    undecided = ~stable & ~listed.unstable
    count, stable_count = _bounds(parts, False).count(), _bounds(parts, True).count()
    keep = np.flatnonzero(stable | undecided) if stable_only else np.arange(len(stable))
    keep = keep[reproducible_order(activity[keep])]
    return Equilibria(
        net.nodes,
        activity[keep],
        net.activation.rate(activity[keep]),
        listed.radius[keep],
        stable[keep],
        undecided[keep],
        None if listed.minimum is None else listed.minimum[keep],
        stable_count if stable_only else count,
        stable_count,
        stable_only,
        METHOD,
        _statistics(parts, clock),
    )


def certified_count(net: PlasticNetwork, stable_only: bool, clock: Clock) -> Count:
    """Count equilibria with proof, without listing them.

    Components are counted separately, equal ones once; twins are not exchanged one by one; parts
    that hang at one node are combined without a list (see `count_part`).

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
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
    if len(parts) == 1:
        return [(parts[0], 1)]
    forms = [canonical_form(part) for part in parts]
    first = dict(zip(reversed(forms), reversed(parts), strict=True))
    return [(first[form], forms.count(form)) for form in dict.fromkeys(forms)]


def _components(net: PlasticNetwork) -> tuple[int, IntArray]:
    # An arc without plasticity and static weight carries nothing, so it does not connect.
    live = net.arc_weight * (np.abs(net.strength) + np.abs(net.static_weight)) != 0.0
    return components(net.n, net.wiring.target[live], net.wiring.source[live])


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
    if number == 1:
        return [(net, np.arange(net.n))]
    order = np.argsort(label, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(label))[:-1])
    return [(net.part_at(nodes), nodes) for nodes in members]


def _bounds(parts: list[Part], stable: bool) -> Bounds:
    total = Bounds(1, 1)
    for part in parts:
        total = total.times(part.bounds(stable))
    return total


@dataclass(frozen=True, eq=False)
class _Listed:
    """Equilibria of a component, or of all, one by one."""

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
        if orbits.twins:
            rows = [(r, source) for r in range(len(orbits)) for source in orbits.expand(r)]
            of = np.array([r for r, _ in rows], dtype=np.int64)
            activity = np.array([mid[r][source] for r, source in rows]).reshape(-1, part.net.n)
        else:
            of, activity = np.arange(len(orbits)), mid[:, orbits.label]
        minimum = None if verdict.minimum is None else verdict.minimum[of]
        return _Listed(
            part.nodes, activity, radius[of], verdict.stable[of], verdict.unstable[of], minimum
        )


def _product(listed: list[_Listed], net: PlasticNetwork) -> _Listed:
    """Every combination of the components' equilibria, the last component's varying fastest."""
    if len(listed) == 1:
        return listed[0]
    total = stride = math.prod(len(part.activity) for part in listed)
    activity, radius = np.empty((total, net.n)), np.zeros(total)
    stable, unstable = np.ones(total, dtype=bool), np.zeros(total, dtype=bool)
    minimum = np.ones(total, dtype=bool) if net.has_objective else None
    for part in listed if total else []:
        stride //= len(part.activity)
        chosen = np.arange(total) // stride % len(part.activity)
        activity[:, part.nodes] = part.activity[chosen]
        stable &= part.stable[chosen]
        unstable |= part.unstable[chosen]
        radius = np.maximum(radius, part.radius[chosen])
        if minimum is not None and part.minimum is not None:
            minimum &= part.minimum[chosen]
    return _Listed(np.arange(net.n), activity, radius, stable, unstable, minimum)


def _statistics(parts: list[Part], clock: Clock) -> dict[str, Any]:
    done = math.fsum(part.orbits.done for part in parts) / len(parts)
    return {
        "boxes": clock.boxes,
        "newton_steps": clock.newtons,
        "seconds": clock.seconds,
        "components": len(parts),
        "share_searched": done,
        "estimated_boxes": round(clock.boxes / done) if done > 0.0 else math.inf,
    }
