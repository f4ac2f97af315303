"""From a network to certified equilibria and counts: components solved once, results combined."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, components
from netplastic.equilibria import Clock, Count, Equilibria, reproducible_order
from netplastic.equilibria.certified.hubs import separators
from netplastic.model import PlasticNetwork, canonical_key

from ._bounds import METHOD, Bounds
from ._component import (
    Component,
    count_component,
    dividing,
    search_component,
    solve_component,
)
from ._system import refusal

__all__ = [
    "LARGEST_LIST",
    "TooManyError",
    "can_certify",
    "can_divide",
    "certified_count",
    "certify_equilibria",
    "count_or_list",
    "different_components",
]

LARGEST_LIST = 100_000
"""Equilibria that a list may have, also in the strong limit."""

_WITHIN_REACH = 256
"""Nodes of a component up to which the whole is searched: one box then takes some 20 ms."""

_PIECES = 64
"""Nodes up to which the pieces are searched into which a larger component falls."""


class TooManyError(ValueError):
    """There are more equilibria than a list may have."""


def can_certify(net: PlasticNetwork) -> bool:
    """Whether a certified list is worth a try: enclosable, and components of moderate size.

    Larger networks may be given to ``method="certified"`` all the same.
    """
    if refusal(net):
        return False
    return net.n <= _WITHIN_REACH or int(np.bincount(_labels(net)[1]).max()) <= _WITHIN_REACH


def can_divide(net: PlasticNetwork) -> bool:
    """Whether a count without a list may say more than the list: there is something to multiply.

    Components do multiply, and what hangs at a few nodes. Components too large for a search must
    be divided by some nodes into pieces of moderate size.
    """
    if refusal(net):
        return False
    components = _components(net)
    for component, _ in components:
        if component.n > _WITHIN_REACH:
            best = separators(component)[:1]
            if not best or best[0][1] > _PIECES:
                return False
    return len(components) > 1 or bool(dividing(components[0][0]))


def certify_equilibria(net: PlasticNetwork, stable_only: bool, clock: Clock) -> Equilibria:
    """List the equilibria of a network with a proof that none is missing.

    At a bifurcation some may be counted, with proof, but lie too near each other for rows of their
    own: the count's reason then says how many.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool
        List only those proved stable at the network's learning rate.
    clock : Clock

    Raises
    ------
    ValueError
        If the equations cannot be enclosed, or, as `TooManyError`, if there are more equilibria
        than can be listed.
    """
    components = [
        solve_component(component, nodes, stable_only, clock)
        for component, nodes in _components(net)
    ]
    return _list_of(net, components, stable_only, clock)


def count_or_list(
    net: PlasticNetwork, stable_only: bool, clock: Clock
) -> tuple[Count, Equilibria | None]:
    """Count the equilibria of a connected network, and list them if the count is not settled.

    None where it is, and where there are more than a list may have.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    ((component, nodes),) = _components(net)
    searched = search_component(component, stable_only, clock)
    if not stable_only:
        count = searched.bounds_of_all().count()
        if count.exact:
            return count, None
    judged = searched.judged(nodes)
    count = judged.bounds(stable_only).count()
    if count.exact or sum(judged.representatives.size) > LARGEST_LIST:
        return count, None
    return count, _list_of(net, [judged], stable_only, clock)


def _list_of(
    net: PlasticNetwork, components: list[Component], stable_only: bool, clock: Clock
) -> Equilibria:
    total = math.prod(sum(p.representatives.size) for p in components)
    if total > LARGEST_LIST:
        raise TooManyError(
            f"the network has at least {total} equilibria, more than the {LARGEST_LIST} that can "
            "be listed; use count_equilibria, or stable_only=True."
        )
    listed = _product([_Listed.of(component) for component in components], net)
    activity, stable = listed.activity, listed.stable
    undecided = ~stable & ~listed.unstable
    count, stable_count = _bounds(components, False).count(), _bounds(components, True).count()
    count = _with_missing(count, len(stable))
    stable_count = _with_missing(stable_count, int(stable.sum()))
    keep = np.flatnonzero(stable | undecided) if stable_only else np.arange(len(stable))
    keep = keep[reproducible_order(activity[keep])]
    return Equilibria(
        net=net,
        activity=activity[keep],
        rates=net.activation.rate(activity[keep]),
        radius=listed.radius[keep],
        stable=stable[keep],
        undecided=undecided[keep],
        minimum=None if listed.minimum is None else listed.minimum[keep],
        count=stable_count if stable_only else count,
        stable_count=stable_count,
        stable_only=stable_only,
        method=METHOD,
        statistics=_statistics(components, clock),
    )


def _with_missing(count: Count, listed: int) -> Count:
    """Say how many equilibria of a settled count have no row.

    Near a bifurcation the signs of one function may prove how many roots lie in a tube, though they
    are nearer each other than any enclosure of one is wide.
    """
    missing = count.lower - listed
    if not count.exact or missing <= 0:
        return count
    reason = f"{missing} of them lie too near each other to be listed apart"
    return replace(count, reason=reason)


def certified_count(net: PlasticNetwork, stable_only: bool, clock: Clock) -> Count:
    """Count equilibria with proof, without listing them.

    Components are counted separately, equal ones once; twins are not exchanged one by one; what
    hangs at one node is combined without a list (see `count_component`).

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    total = Bounds(1, 1)
    for component, copies in different_components(net):
        total = total.times(count_component(component, stable_only, clock), copies)
    return total.count()


def different_components(net: PlasticNetwork) -> list[tuple[PlasticNetwork, int]]:
    """Connected components no two of which are equal, each with how often it is there.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    components = [component for component, _ in _components(net)]
    if len(components) == 1:
        return [(components[0], 1)]
    forms = [canonical_key(component) for component in components]
    first = dict(zip(reversed(forms), reversed(components), strict=True))
    return [(first[form], forms.count(form)) for form in dict.fromkeys(forms)]


def _labels(net: PlasticNetwork) -> tuple[int, IntArray]:
    # An arc without plasticity and static weight carries nothing, so it does not connect.
    # Through one of weight 0 nothing flows either, but its plastic weight may run away by itself.
    live = net.arc_weight * (np.abs(net.strength) + np.abs(net.static_weight)) != 0.0
    live |= net.decay_growth < 0.0
    return components(net.n, net.wiring.target[live], net.wiring.source[live])


def _components(net: PlasticNetwork) -> list[tuple[PlasticNetwork, IntArray]]:
    """Connected components with the numbers of their nodes.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    why_not = refusal(net)
    if why_not:
        raise ValueError(why_not)
    number, label = _labels(net)
    if number == 1:
        return [(net, np.arange(net.n))]
    order = np.argsort(label, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(label))[:-1])
    return [(net.part_at(nodes), nodes) for nodes in members]


def _bounds(components: list[Component], stable: bool) -> Bounds:
    total = Bounds(1, 1)
    for component in components:
        total = total.times(component.bounds(stable))
    return total


@dataclass(frozen=True, eq=False, kw_only=True)
class _Listed:
    """Equilibria of a component, or of all, one by one."""

    nodes: IntArray
    activity: FloatArray
    radius: FloatArray
    stable: BoolArray
    unstable: BoolArray
    minimum: BoolArray | None

    @staticmethod
    def of(component: Component) -> _Listed:
        representatives, verdict = component.representatives, component.verdict
        mid = 0.5 * (representatives.low + representatives.high)
        reach = np.maximum(representatives.high - mid, mid - representatives.low)
        radius = reach.max(axis=1, initial=0.0) * (1.0 + 1e-15)
        if representatives.twins:
            rows = [
                (r, source)
                for r in range(len(representatives))
                for source in representatives.expand(r)
            ]
            of = np.array([r for r, _ in rows], dtype=np.int64)
            activity = np.array([mid[r][source] for r, source in rows]).reshape(-1, component.net.n)
        else:
            of, activity = np.arange(len(representatives)), mid[:, representatives.label]
        minimum = None if verdict.minimum is None else verdict.minimum[of]
        return _Listed(
            nodes=component.nodes,
            activity=activity,
            radius=radius[of],
            stable=verdict.stable[of],
            unstable=verdict.unstable[of],
            minimum=minimum,
        )


def _product(listed: list[_Listed], net: PlasticNetwork) -> _Listed:
    """Every combination of the components' equilibria, the last component's varying fastest."""
    if len(listed) == 1:
        return listed[0]
    total = stride = math.prod(len(component.activity) for component in listed)
    activity, radius = np.empty((total, net.n)), np.zeros(total)
    stable, unstable = np.ones(total, dtype=bool), np.zeros(total, dtype=bool)
    minimum = np.ones(total, dtype=bool) if net.has_objective else None
    for component in listed if total else []:
        stride //= len(component.activity)
        chosen = np.arange(total) // stride % len(component.activity)
        activity[:, component.nodes] = component.activity[chosen]
        stable &= component.stable[chosen]
        unstable |= component.unstable[chosen]
        radius = np.maximum(radius, component.radius[chosen])
        if minimum is not None and component.minimum is not None:
            minimum &= component.minimum[chosen]
    return _Listed(
        nodes=np.arange(net.n),
        activity=activity,
        radius=radius,
        stable=stable,
        unstable=unstable,
        minimum=minimum,
    )


def _statistics(components: list[Component], clock: Clock) -> dict[str, Any]:
    done = math.fsum(component.representatives.done for component in components) / len(components)
    return {
        "boxes": clock.boxes,
        "newton_steps": clock.newtons,
        "seconds": clock.seconds,
        "components": len(components),
        "share_searched": done,
        "estimated_boxes": round(clock.boxes / done) if done > 0.0 else math.inf,
    }
