"""One connected component: its equilibria with their stability, or only their number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from netplastic._support import IntArray
from netplastic.equilibria import Clock
from netplastic.equilibria.certified.hubs import count_at, separators
from netplastic.model import PlasticNetwork, automorphism_generators

from ._bounds import Bounds
from ._only_origin import only_origin
from ._search import box_cost
from ._solve import Representatives, origin_alone, solve
from ._stability import Verdict, judge
from ._system import system_of

__all__ = [
    "Component",
    "Searched",
    "count_component",
    "dividing",
    "search_component",
    "solve_component",
]

_TRIALS = (0.02, 0.2)
"""Shares of the budget for plain searches on trial; the second only if it promises an end."""

_LEAST = 2000
"""Boxes that a trial may examine at least."""

_CONDITIONED = 0.7
"""Share of what is left then that goes to counting conditioned on a node."""

_SMALL_PIECES = 0.75
"""Conditioning is tried where the largest piece has at most this share of the nodes."""

_LEAST_NODES = 8
"""Below, to condition on a node costs more than all that it can save."""


@dataclass(frozen=True, eq=False)
class Component:
    """One component's equilibria and what is proved of them.

    Attributes
    ----------
    net : PlasticNetwork
    nodes : int array
        Numbers of its nodes in the whole network.
    representatives : Representatives
    verdict : Verdict
        One row per orbit.
    searched_minima : bool
        Only minima of the objective were looked for.
    """

    net: PlasticNetwork
    nodes: IntArray
    representatives: Representatives
    verdict: Verdict
    searched_minima: bool

    def bounds(self, stable: bool) -> Bounds:
        """Bounds on the number of all equilibria, or of the stable ones."""
        representatives, verdict = self.representatives, self.verdict
        reason = "" if representatives.complete else representatives.reason
        if stable:
            proved = sum(
                s for s, ok in zip(representatives.size, verdict.stable, strict=True) if ok
            )
            rest = zip(representatives.size, verdict.stable | verdict.unstable, strict=True)
            undecided = sum(s for s, ok in rest if not ok)
            if not reason and undecided:
                reason = f"stability of {undecided} undecided"
            if not reason and representatives.more_high:
                more = representatives.more_high
                reason = f"stability of {more} undecided, too near each other to be listed apart"
            return Bounds(proved, proved + undecided + representatives.more_high, reason)
        return _bounds_of_all(self.net, representatives, self.searched_minima)


@dataclass(frozen=True, eq=False)
class Searched:
    """A connected component's equilibria, before anybody asks which are stable."""

    net: PlasticNetwork
    representatives: Representatives
    searched_minima: bool

    def bounds_of_all(self) -> Bounds:
        """Bounds on the number of all equilibria, stable or not."""
        return _bounds_of_all(self.net, self.representatives, self.searched_minima)

    def judged(self, nodes: IntArray) -> Component:
        """With their stability; `nodes` are the component's in the whole network."""
        representatives, label = self.representatives, self.representatives.label
        verdict = judge(self.net, representatives.low[:, label], representatives.high[:, label])
        return Component(self.net, nodes, representatives, verdict, self.searched_minima)


def _bounds_of_all(net: PlasticNetwork, representatives: Representatives, minima: bool) -> Bounds:
    """Bounds on the number of all equilibria, stable or not."""
    total = sum(representatives.size)
    upper = math.inf if minima else total + representatives.more_high
    # Brouwer: x -> b + A + sum R T maps a ball into itself where no decay can vanish
    exists = bool(np.all(net.decay_growth >= 0.0)) and not minima
    reason = "" if representatives.complete else representatives.reason
    return Bounds(max(total + representatives.more_low, int(exists)), upper, reason)


def solve_component(
    net: PlasticNetwork, nodes: IntArray, stable_only: bool, clock: Clock
) -> Component:
    """Find the equilibria of a connected component, or those that may be stable."""
    return search_component(net, stable_only, clock).judged(nodes)


def search_component(net: PlasticNetwork, stable_only: bool, clock: Clock) -> Searched:
    """Find them without a look at stability."""
    # an equilibrium where H has a negative eigenvalue may be skipped only where it is known to be
    # unstable (see `judge`)
    if only_origin(net):
        return Searched(net, origin_alone(net.n), False)
    minima = stable_only and net.only_minima_stable
    found = solve(system_of(net), minima, clock, partial(automorphism_generators, net))
    return Searched(net, found, minima)


def count_component(net: PlasticNetwork, stable: bool, clock: Clock) -> Bounds:
    """Count the equilibria of a connected component, or the stable ones, without a list.

    A plain search comes first, on trial. If it promises no end within the budget and few nodes
    divide the component well, counting is conditioned on these; whatever is left goes to the plain
    search.
    """
    cuts = dividing(net)
    if not cuts or only_origin(net):
        return _plain(net, stable, clock)[0]
    found, likely = Bounds(0, math.inf), 0.0
    for share in _TRIALS:
        trial = clock.share(share, _LEAST)
        if not 20.0 * box_cost(net.n) <= trial.left or likely > trial.left:
            break
        bounds, likely = _plain(net, stable, trial, on_trial=True)
        found = found.meet(bounds)
        clock.add(trial)
        if found.exact or clock.spent():
            return found
    for hubs in cuts:
        conditioned = clock.share(_CONDITIONED, _LEAST)
        found = found.meet(count_at(net, hubs, stable, conditioned))
        clock.add(conditioned)
        if found.exact or clock.spent():
            break
    if not found.exact and not clock.spent():
        found = found.meet(_plain(net, stable, clock)[0])
    return found


def dividing(net: PlasticNetwork) -> list[tuple[int, ...]]:
    """Sets of nodes to condition on, in this order: the best, and the best of another size."""
    if net.n < _LEAST_NODES:
        return []
    good = [hubs for hubs, largest in separators(net) if largest <= _SMALL_PIECES * net.n]
    return good[:1] + [hubs for hubs in good if len(hubs) != len(good[0])][:1]


def _plain(
    net: PlasticNetwork, stable: bool, clock: Clock, on_trial: bool = False
) -> tuple[Bounds, float]:
    """Bounds by the plain search, and how many boxes it seems to need.

    A trial that does not come to an end leaves stability alone: its proofs may take longer than
    the search.
    """
    before = clock.boxes
    searched = search_component(net, stable, clock)
    representatives = searched.representatives
    likely = (
        (clock.boxes - before) / representatives.done if representatives.done > 0.0 else math.inf
    )
    if not stable:
        return searched.bounds_of_all(), likely
    if on_trial and representatives.done < 1.0:
        return Bounds(0, math.inf, representatives.reason), likely
    return searched.judged(np.arange(net.n)).bounds(True), likely
