"""Scope "clamped": each ball with everything outside it held at a state of the whole network.

A node that is held keeps its activity and drives the ball through plastic weights, as it would; it
is a node without arcs into it whose input is that activity. So the ball between held nodes is a
network like any other, for every rule and learning rate.

Beyond the onset the state to hold the rest at is not unique. So a ball has a count for each stable
state of its component (of a random choice of them where there are very many): the least and the
greatest are reported, and the mean of their log2. In a symmetric network the state itself is stable
on the ball, so that no count is 0; in others it need not be.

In the strong limit the rest acts through the nodes that it drives alone, and states can be drawn
uniformly from more than could ever be listed.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import reduce

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray
from netplastic.equilibria import Clock, Count, CountStatus, Equilibria
from netplastic.equilibria.limit import limit_states
from netplastic.model import PlasticNetwork

from ._balls import WORTH, Ball, Counted, Settings, Step
from ._embedded import Searches
from ._solved import counts_of

__all__ = ["clamped_counts", "clamped_network"]

_MOST_STATES = 64
"""States of the rest that are tried; of more, so many are chosen at random."""

_MOST_LISTED = 10_000
"""States of a network in the limit that are listed; of more, so many as above are drawn."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Held:
    """What is counted for one ball in one component: a network for each state of the rest."""

    first: int
    size: int
    listed: Equilibria
    seconds: float


def clamped_counts(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Count the stable equilibria of each ball between held nodes, for each state of the rest."""
    if net.in_limit:
        _check_loop_free(net)
        every = limit_states(net, Clock(settings.budget))
        if every.total > _MOST_LISTED:
            high = every.sample(_MOST_STATES, np.random.default_rng([settings.seed, 0]))
            return _between_samples(net, balls, high, settings, step)
    searches = Searches(net, settings)
    nets: list[PlasticNetwork] = []
    owner: list[int] = []
    held: list[list[_Held]] = []
    for number, ball in enumerate(balls):
        held.append([])
        for component in np.unique(searches.component_of[ball.members]).tolist():
            began = time.perf_counter()
            listed, inside, _ = searches.on(component, ball)
            part = net.part_at(searches.components[component])
            states = _some(listed.activity, [settings.seed, component])
            first = len(nets)
            nets += [clamped_network(part, inside, state) for state in states]
            owner += [number] * len(states)
            seconds = time.perf_counter() - began
            held[-1].append(_Held(first=first, size=len(states), listed=listed, seconds=seconds))
    left = np.bincount(owner, minlength=len(balls))
    for number in np.flatnonzero(left == 0).tolist():
        step(str(net.nodes[balls[number].center]))

    def done(which: int) -> None:
        left[owner[which]] -= 1
        if left[owner[which]] == 0:
            step(str(net.nodes[balls[owner[which]].center]))

    counts = counts_of(nets, settings, done)
    return [
        reduce(_product, [_over_states(counts, part) for part in components]) for components in held
    ]


def _between_samples(
    net: PlasticNetwork, balls: list[Ball], high: BoolArray, settings: Settings, step: Step
) -> list[Counted]:
    """Counts between states of the rest in the limit, drawn uniformly, which nodes are high."""
    nets: list[PlasticNetwork] = []
    copies: list[IntArray] = []
    for ball in balls:
        held = high.copy()
        held[:, ball.members] = False
        driven = np.array([_driven(net, row)[ball.members] for row in held])
        different, number = np.unique(driven, axis=0, return_counts=True)
        nets += [_without(net, ball.members, row) for row in different]
        copies.append(number)
    counts = counts_of(nets, settings, lambda _: None)
    result, first = [], 0
    for ball, number in zip(balls, copies, strict=True):
        own = counts[first : first + len(number)]
        first += len(number)
        sure = all(counted.status is CountStatus.CERTIFIED for counted in own)
        result.append(
            Counted(
                lower=min(counted.lower for counted in own),
                upper=max(counted.upper for counted in own),
                log2=float(np.average([counted.log2 for counted in own], weights=number)),
                status=CountStatus.ESTIMATE if sure else CountStatus.LOWER_BOUND,
                method=f"limit, {len(high)} samples",
                seconds=sum(counted.seconds for counted in own),
            )
        )
        step(str(net.nodes[ball.center]))
    return result


def clamped_network(net: PlasticNetwork, inside: IntArray, activity: FloatArray) -> PlasticNetwork:
    """Network of the nodes `inside` and of those that drive them, which are held.

    Parameters
    ----------
    net : PlasticNetwork
    inside : int array
        Numbers of the nodes that are free.
    activity : float array of shape (n,)
        Activity at which all others are held.

    Returns
    -------
    PlasticNetwork
        Free nodes and their sources, in the order of `net`. A held node's input is its activity,
        and nothing reaches it. Its equilibria, and their stability, are those of the free nodes.
    """
    free = np.zeros(net.n, dtype=np.bool_)
    free[inside] = True
    if net.in_limit:
        _check_loop_free(net)
        return _without(net, inside, _driven(net, ~free & (activity != 0.0))[inside])
    kept = free.copy()
    kept[net.wiring.source[free[net.wiring.target]]] = True
    nodes = np.flatnonzero(kept)
    part = net.part_at(nodes)
    reached = free[nodes][part.wiring.target]
    return part.replace(
        strength=np.where(reached, part.strength, 0.0),
        static_weight=np.where(reached, part.static_weight, 0.0),
        bias=np.where(free[nodes], part.bias, activity[nodes]),
    )


def _check_loop_free(net: PlasticNetwork) -> None:
    if np.any(net.wiring.source == net.wiring.target):
        raise ValueError(
            'scope "clamped" in the strong limit needs a network without self-loops; remove '
            "them or use a finite strength."
        )


def _driven(net: PlasticNetwork, high: BoolArray) -> BoolArray:
    """Nodes that a high one drives."""
    driven = np.zeros(net.n, dtype=np.bool_)
    driven[net.wiring.target[high[net.wiring.source] & (net.wiring.weight > 0.0)]] = True
    return driven


def _without(net: PlasticNetwork, inside: IntArray, driven: BoolArray) -> PlasticNetwork:
    """The free nodes in the limit: one driven from outside is low, and out of the matter."""
    part = net.part_at(inside)
    return part.replace(bias=np.where(driven, 0.0, part.bias))


def _some(states: FloatArray, seed: list[int]) -> FloatArray:
    if len(states) <= _MOST_STATES:
        return states
    chosen = np.random.default_rng(seed).choice(len(states), _MOST_STATES, replace=False)
    return states[np.sort(chosen)]


def _over_states(counts: list[Counted], held: _Held) -> Counted:
    """The counts of a ball in one component, one for each state of the rest, as one."""
    whole, own = held.listed.stable_count, counts[held.first : held.first + held.size]
    all_states = whole.status is CountStatus.CERTIFIED and len(held.listed) == whole.lower
    seconds = held.seconds + sum(counted.seconds for counted in own)
    if not own:  # no stable state that the rest could be held at
        status = CountStatus.CERTIFIED if all_states else CountStatus.LOWER_BOUND
        count = Count(0, 0 if all_states else math.inf, status, held.listed.method)
        return Counted.of(count, seconds)
    if any(counted.status is not CountStatus.CERTIFIED for counted in own):
        status = CountStatus.LOWER_BOUND
    elif all_states and held.size == len(held.listed):
        status = CountStatus.CERTIFIED
    else:
        status = CountStatus.ESTIMATE
    return Counted(
        lower=min(counted.lower for counted in own),
        upper=max(counted.upper for counted in own),
        log2=float(np.mean([counted.log2 for counted in own])),
        status=status,
        method=" and ".join(sorted({counted.method for counted in own})),
        seconds=seconds,
    )


def _product(first: Counted, second: Counted) -> Counted:
    """Counts of two components together: they multiply, for every pair of states of the rest."""
    worst = max(first.status, second.status, key=WORTH.index)
    upper = first.upper * second.upper
    methods = dict.fromkeys((first.method, second.method))
    return Counted(
        lower=first.lower * second.lower,
        upper=0 if math.isnan(upper) else upper,  # inf * 0
        log2=first.log2 + second.log2,
        status=worst,
        method=", ".join(methods),
        seconds=first.seconds + second.seconds,
    )
