"""What the searches return in the limit: which way of counting is taken, and its results."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from netplastic._support import BoolArray
from netplastic.equilibria import Clock, Count, Equilibria, reproducible_order
from netplastic.equilibria.certified import LARGEST_LIST, Bounds
from netplastic.model import PlasticNetwork, canonical_key

from ._clauses import clauses_of
from ._components import LimitComponent, components_of
from ._counter import INSTALL, count_models, installed_counters
from ._elimination import Elimination
from ._lister import Listing, can_list, list_states
from ._walk import Walk

__all__ = ["limit_count", "limit_equilibria"]

METHOD = "limit"

_NARROW = 12
"""Width up to which elimination is tried before all else."""

_TRIAL, _TRIAL_TIME = 2000, 0.1
"""Boxes, and share of the time, of a walk on trial."""

_COUNTER_TIME = 0.75
"""Share of the time for a model counter: it leaves nothing where it fails, a walk does."""

_ROWS_A_MEGABYTE = 2000
_FEW_ROWS = 100_000
"""Rows of a table up to which elimination is tried before a model counter."""

_ALIKE = 20
"""Nodes from which on components are told to be equal up to labels: small ones are counted."""

_OPEN = (
    "states whose middle nodes have a strongly connected component of several nodes, with loops "
    "and unequal weights or decays, are not settled"
)


def limit_count(net: PlasticNetwork, clock: Clock) -> Count:
    """Count the stable states in the limit: an exact integer, or bounds and why.

    Components multiply, equal ones are counted once.
    """
    total = Bounds(1, 1)
    for component, copies in _different(net):
        total = total.times(_count(component, clock), copies)
    return _as_count(net, total)


def limit_equilibria(net: PlasticNetwork, clock: Clock) -> Equilibria:
    """List the stable states in the limit: rates phi(b) on high nodes, 0 elsewhere.

    Raises
    ------
    ValueError
        If there are more than can be listed.
    """
    components = components_of(net)
    listed, total = [], Bounds(1, 1)
    for component in components:
        states, bounds = _states(component, clock)
        listed.append(states)
        total = total.times(bounds)
        found = math.prod(map(len, listed))
        if found > LARGEST_LIST:
            raise ValueError(
                f"the network has at least {found} stable equilibria, more than the {LARGEST_LIST} "
                "that can be listed; use count_equilibria."
            )
    activity = np.where(_product(net.n, components, listed), net.bias, 0.0)
    activity = activity[reproducible_order(activity)]
    count, number = _as_count(net, total), len(activity)
    return Equilibria(
        net=net,
        activity=activity,
        rates=net.activation.rate(activity),
        radius=np.zeros(number),
        stable=np.ones(number, dtype=bool),
        undecided=np.zeros(number, dtype=bool),
        minimum=None,
        count=count,
        stable_count=count,
        stable_only=True,
        method=METHOD,
        statistics={
            "boxes": clock.boxes,
            "seconds": clock.seconds,
            "components": len(components),
        },
    )


def _as_count(net: PlasticNetwork, bounds: Bounds) -> Count:
    count = bounds.count()
    still = int((net.bias == 0.0).sum())
    if not still:
        return replace(count, method=METHOD)
    left_out = f"{still} of {net.n} nodes have bias 0 and are left out: low in every state"
    reason = f"{count.reason}; {left_out}" if count.reason else left_out
    return replace(count, method=METHOD, reason=reason)


def _different(net: PlasticNetwork) -> list[tuple[LimitComponent, int]]:
    """Components no two of which are equal, each with how often it is there."""
    equal = _tallied((one.as_labelled, one, 1) for one in components_of(net))
    if len(equal) == 1:
        return equal
    return _tallied(
        (_name(net, one) if one.n >= _ALIKE else one.as_labelled, one, copies)
        for one, copies in equal
    )


def _tallied(
    keyed: Iterable[tuple[object, LimitComponent, int]],
) -> list[tuple[LimitComponent, int]]:
    """First component with each key, and the copies of all that have it."""
    first: dict[object, LimitComponent] = {}
    number: Counter[object] = Counter()
    for key, component, copies in keyed:
        first.setdefault(key, component)
        number[key] += copies
    return [(component, number[key]) for key, component in first.items()]


def _name(net: PlasticNetwork, component: LimitComponent) -> str:
    """Key that is the same for components that are equal up to their labels."""
    part = net.part_at(np.array(component.nodes))
    return canonical_key(part.replace(bias=1.0, tau=1.0, activation="tanh"))


def _count(component: LimitComponent, clock: Clock) -> Bounds:
    """Count the states of one component, by what is likely to be quickest, then by the rest."""
    if component.n == 1:  # high, or in the middle by its own loop
        return Bounds(1, 1)
    plan = None if component.looped else Elimination(component)
    counters = installed_counters()
    most_rows = max(1, int(clock.budget.megabytes * _ROWS_A_MEGABYTE))
    number = plan.count(clock, most_rows) if plan and plan.width <= _NARROW else None
    if number is not None:
        return Bounds(number, number)
    bounds, settled = _tried(component, clock)
    if settled:
        return bounds
    if plan and plan.width > _NARROW:
        number = plan.count(clock, min(most_rows, _FEW_ROWS) if counters else most_rows)
        if number is not None:
            return Bounds(number, number)
    return bounds.meet(_by_counter(component, clock, counters))


def _tried(component: LimitComponent, clock: Clock) -> tuple[Bounds, bool]:
    """Walk on trial: what that says, and whether it came to its end."""
    part = clock.share_of_time(_TRIAL_TIME)
    boxes = min(clock.budget.boxes, clock.boxes + _TRIAL)
    walk = Walk(component, replace(part, budget=replace(part.budget, boxes=boxes)))
    number = sum(1 for _ in walk.states())
    clock.add(walk.clock)
    return (Bounds(number, math.inf), False) if walk.why else (_bounds(walk, number), True)


def _by_counter(component: LimitComponent, clock: Clock, counters: list[str]) -> Bounds:
    """Ask a solver or a counter; where there is none, or in vain, walk as the budget goes."""
    if can_list(component):
        listing = list_states(component, clock, LARGEST_LIST)
        return _of_listing(listing, component)
    clauses = clauses_of(component)
    why = f"no model counter is installed: {INSTALL}"
    if clauses is None:
        why = f"no clauses say which states with these self-loops are stable{_hint(component)}"
    elif counters:
        answer = count_models(clauses, clock.share_of_time(_COUNTER_TIME), counters[0])
        if isinstance(answer, int):
            return Bounds(answer, answer)
        why = answer
    walk = Walk(component, clock, hasty=bool(component.looped) and not component.symmetric)
    number = sum(1 for _ in walk.states())
    if not walk.why:
        return _bounds(walk, number)
    reasons = "; ".join(dict.fromkeys((walk.why, why)))
    text = f"a component of {component.n} nodes was not counted to its end ({reasons})"
    return Bounds(number, math.inf, text)


def _hint(component: LimitComponent) -> str:
    """What would help: only a digraph can be listed by python-sat."""
    return "" if component.symmetric else f"; python-sat lists some of them: {INSTALL}"


def _of_listing(listing: Listing, component: LimitComponent) -> Bounds:
    number = len(listing.states)
    if listing.why:
        text = f"a component of {component.n} nodes was not listed to its end ({listing.why})"
        return Bounds(number, math.inf, text)
    return Bounds(number, math.inf, _OPEN) if listing.opened else Bounds(number, number)


def _bounds(walk: Walk, number: int) -> Bounds:
    """What a walk that came to its end says."""
    return Bounds(number, math.inf, _OPEN) if walk.opened else Bounds(number, number)


def _states(component: LimitComponent, clock: Clock) -> tuple[list[int], Bounds]:
    """List sets of high nodes, up to one more than can be listed, with bounds of their number."""
    if can_list(component) and not _tried(component, clock)[1]:
        listing = list_states(component, clock, LARGEST_LIST)
        return listing.states, _of_listing(listing, component)
    walk, found = Walk(component, clock), []
    for high in walk.states():
        found.append(high)
        if len(found) > LARGEST_LIST:
            return found, Bounds(len(found), math.inf, "more than can be listed")
    if walk.why:
        return found, Bounds(len(found), math.inf, walk.why)
    return found, _bounds(walk, len(found))


def _product(n: int, components: list[LimitComponent], listed: list[list[int]]) -> BoolArray:
    """Every combination of the components' states: which nodes are high, one row per state."""
    total = stride = math.prod(map(len, listed))
    high = np.zeros((total, n), dtype=bool)
    for component, states in zip(components, listed, strict=True) if total else ():
        stride //= len(states)
        chosen = np.arange(total) // stride % len(states)
        own = np.array([[state >> i & 1 for i in range(component.n)] for state in states], bool)
        high[:, np.array(component.nodes)] = own[chosen]
    return high
