"""Scope "targeted": plasticity on the ball's arcs only, against a background that is named."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netplastic._support import BoolArray, Node, Rng, Shown, check_instance
from netplastic.equilibria import Budget, Count, Method, count_equilibria
from netplastic.model import PlasticNetwork, check_arcs, check_network, needs_finite_strength

from ._balls import Background, Ball, Counted, Settings, Step
from ._solved import counts_of

__all__ = ["count_targeted", "targeted_counts"]


def targeted_counts(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Count the stable equilibria of the whole network, plastic on each ball's arcs only."""
    background = settings.background
    if background is None:
        raise ValueError(
            'scope "targeted" needs background=: netplastic.Background(static_weight=...) or '
            "netplastic.Background(strength=...), what the arcs outside a ball do."
        )

    def done(number: int) -> None:
        step(str(net.nodes[balls[number].center]))

    nets = (_targeted(net, _within(net, ball), background) for ball in balls)
    return counts_of(nets, settings, done)


def count_targeted(
    net: PlasticNetwork,
    edges: Iterable[tuple[Node, Node]],
    background: Background,
    *,
    method: Method = "auto",
    budget: Budget | float | None = None,
    rng: Rng = 0,
    progress: Shown = None,
) -> Count:
    """Count the stable equilibria of a network that is plastic on some of its edges only.

    Parameters
    ----------
    net : PlasticNetwork
    edges : iterable of (u, v)
        Those that keep the network's rule and static weights, such as all that join modules; of
        an undirected network both arcs of each.
    background : Background
        What the others do.
    method, budget, rng, progress
        As for `count_equilibria`.

    Returns
    -------
    Count
        Of the whole network, at its learning rate.

    Raises
    ------
    TypeError
        If `background` is none.
    ValueError
        For an edge that the network does not have.

    Examples
    --------
    Two triangles, each of which can be up or down, that a static edge holds together; with
    anti-Hebbian plasticity on that edge each goes its own way:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.barbell_graph(3, 0), npl.Hebbian(-10.0), bias=0.0)
    >>> background = npl.Background(static_weight=0.6)
    >>> [str(npl.count_targeted(net, edges, background)) for edges in ([], [(2, 3)])]
    ['2 (certified)', '4 (certified)']
    """
    check_network(net)
    check_instance("background", background, Background, "Background(static_weight=0.2)")
    target = _targeted(net, _of(net, edges), background)
    return count_equilibria(
        target, stable_only=True, method=method, budget=budget, rng=rng, progress=progress
    )


def _targeted(net: PlasticNetwork, plastic: BoolArray, background: Background) -> PlasticNetwork:
    needs_finite_strength(net, "plasticity on some arcs only")
    if background.strength is not None:
        return net.replace(strength=np.where(plastic, net.strength, background.strength))
    fixed = float(background.static_weight or 0.0)
    return net.replace(
        strength=np.where(plastic, net.strength, 0.0),
        static_weight=np.where(plastic, net.static_weight, fixed),
    )


def _within(net: PlasticNetwork, ball: Ball) -> BoolArray:
    """Which arcs have both ends in a ball."""
    inside = np.zeros(net.n, dtype=np.bool_)
    inside[ball.members] = True
    within: BoolArray = inside[net.wiring.source] & inside[net.wiring.target]
    return within


def _of(net: PlasticNetwork, edges: Iterable[tuple[Node, Node]]) -> BoolArray:
    """Which arcs belong to some edges."""
    arcs = check_arcs(net, "edges", edges)
    chosen = np.zeros(net.m, dtype=np.bool_)
    chosen[arcs] = True
    if not net.directed:
        chosen[net.wiring.reverse[arcs]] = True
    return chosen
