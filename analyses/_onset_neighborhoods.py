"""Where the neighborhood of a node turns multistable: one row per node."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import (
    Node,
    Shown,
    Workers,
    bar,
    check_choice,
    check_count,
    check_flag,
    check_positive,
    check_progress,
    crew_of,
)
from netplastic.equilibria import Budget, as_budget
from netplastic.model import PlasticNetwork, check_network, family_of

from ._ball_columns import ball_columns, objects
from ._ball_onsets import BallOnset, onsets_of
from ._balls import Ball, balls_of, skeleton

__all__ = ["ONSET_COLUMNS", "onset_neighborhoods"]

_LIMIT = 1000.0

# fmt: off
ONSET_COLUMNS = (
    "node", "module", "role", "degree", "neighbor_edges", "size", "radius", "scope", "parameter",
    "onset", "lower", "upper", "kind", "kernel_dimension", "mass_center", "mode_node", "status",
    "seconds",
)
# fmt: on


def onset_neighborhoods(
    net: PlasticNetwork,
    radius: int = 1,
    *,
    scope: str = "isolated",
    nodes: Iterable[Node] | None = None,
    modes: bool = False,
    limit: float | None = None,
    budget: Budget | float | None = None,
    workers: Workers = 1,
    executor: Executor | Any | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """Find the least ``|strength|`` at which the neighborhood of each node has two stable states.

    The neighborhood is the ball of all nodes within `radius` steps, as in `count_neighborhoods`.
    Stable means stable for fast learning: a strict minimum of the reduced objective, where there is
    one. The network's strengths give the direction.

    Parameters
    ----------
    net : PlasticNetwork
    radius : int, default 1
        Steps from the center, at least 0.
    scope : {"isolated", "clamped"}, default "isolated"
        "isolated": the ball as a network of its own, arcs to the outside cut.
        "clamped": the ball with everything outside it held at the network's base state at the same
        strength: the state that is the bias at strength 0, followed as the strength grows. So what
        is held changes along the strength. Where the base state loses stability there is none to
        hold the rest at: no clamped ball is looked at beyond. A ball that nothing outside reaches
        is isolated.
    nodes : iterable of nodes or None
        Centers, in the order of the rows. None: all nodes in the network's order.
    modes : bool, default False
        Return the modes instead: one row for each ball and each of its nodes, see below.
    limit : float or None
        Largest magnitude to look at; None: 1000, or the network's own strength if that is more (for
        a factor: 1000).
    budget : Budget, float or None
        Of each certified count; None: 20,000 boxes, and where these settle none 200,000 a
        hundredth below the birth.
    workers : int or None, default 1
        Processes, None for one on each core; the table does not depend on it (but for `seconds`).
    executor : concurrent.futures.Executor, optional
        Does that instead of processes of this machine, as for `count_neighborhoods`.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        One row per center:

        ================ =====================================================================
        node             label
        module, role     node attributes of the graph; None where it has none
        degree           number of other nodes joined to it in either direction
        neighbor_edges   number of joined pairs among these
        size             number of nodes of the ball
        radius, scope    as given
        parameter        "strength", or "factor" where the network's strengths differ
        onset            float64: ``|strength|`` (or factor) at which a second stable state of the
                         ball is born, to about 1e-6 of it; inf where none was found
        lower, upper     float64: one stable state is proved at `lower` (0 where nothing is), two at
                         `upper` (the onset itself where that failed; inf where there is none)
        kind             "fold" (beside the state there was), "pitchfork" (out of it), "branch
                         point" (out of it, along several modes at once); "" where none
        kernel_dimension int64: number of modes
        mass_center      float64: share of the center in the mode's squared change of rates (of
                         modes that symmetries carry into each other: the one that lies most on the
                         center); NaN where there is none
        mode_node        node with the largest share, the first of equal ones; None where none
        status           "proved": the bracket is; "upper end proved"; "found by search": in
                         floating point, a proof failed; "search only": no proof was tried, for
                         above 2,000 different balls a random 200 of them are proved (`attrs`
                         says how many of these hold); "none up to limit": up to `lower`
                         that is proved
        seconds          wall-clock time; equal isolated balls are solved once, and all but the
                         first are given 0
        ================ =====================================================================

        `attrs` of the table: "balls different" (isolated balls that are equal count once), "balls
        tried" (of how many a proof was tried) and "balls proved" (how many of these hold).

        With ``modes=True``: node (the center), member, mass (its share; they sum to 1 for each
        center; several modes: their mean), onset, scope, radius, parameter. Balls without an onset
        have no rows.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, a number is none, or the executor none.
    ValueError
        For an unknown scope or node, a radius, limit or number of workers that is too small, a
        network whose strengths are all zero or infinite; for "clamped" on a network that is not
        anti-Hebbian with tanh.
    RuntimeError
        If a part of the work is lost twice with the process or worker that did it.

    Notes
    -----
    Anti-Hebbian balls with tanh (an objective, no static weights, no self-loops): stable states are
    found by descents from all maximal independent sets (docs/theory.md#section-7) and followed down
    to where they are born, again and again just below the least birth until descents find one
    state. At `upper` both states pass an interval test. At `lower` the bounds of section 2
    (b) contract to a box with one equilibrium, which settles bipartite balls of any size
    (docs/theory.md#section-2, (e)), or the certified search counts. That no second state comes
    and goes between 0 and `lower` is not proved. Other balls: `multistability_onset`.

    Examples
    --------
    The ends of a path see a pair, whose uniform state splits at 6.54; the others a star of two
    leaves, whose center can be high from 24.03 on:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(strength=-10.0))
    >>> table = npl.onset_neighborhoods(net)
    >>> table[["node", "onset", "kind", "status"]].round(3)
       node   onset       kind  status
    0     0   6.538  pitchfork  proved
    1     1  24.027       fold  proved
    2     2  24.027       fold  proved
    3     3   6.538  pitchfork  proved
    >>> npl.onset_neighborhoods(net, nodes=[0], modes=True)[["node", "member", "mass"]].round(3)
       node  member  mass
    0     0       0   0.5
    1     0       1   0.5
    """
    check_network(net)
    check_progress(progress)
    check_choice("scope", scope, ("isolated", "clamped"))
    radius = check_count("radius", radius, least=0)
    modes = check_flag("modes", modes)
    crew = crew_of(workers, executor)
    family = family_of(net, "strength")
    if not np.any(net.strength) and net.m:
        raise ValueError("all strengths are zero, which gives no direction; give a strength.")
    own = abs(family.own) if family.meaning == "common value" else 0.0
    far = max(_LIMIT, own) if limit is None else check_positive("limit", limit)
    allowed = None if budget is None else as_budget(budget)
    centers = np.arange(net.n) if nodes is None else net.positions(nodes, once=True)
    graph = skeleton(net)
    balls = balls_of(graph, centers, radius)
    with bar(f"{scope} onsets", len(balls), progress) as step:
        found, tally = onsets_of(net, balls, scope, far, allowed, crew, step)
    parameter = "strength" if family.meaning == "common value" else "factor"
    facts = {"radius": radius, "scope": scope, "parameter": parameter}
    if modes:
        return _modes(net, balls, found, facts)
    columns = {**ball_columns(net, balls, graph), **facts, **_onset_columns(net, balls, found)}
    table = pd.DataFrame(columns, index=range(len(balls)))[list(ONSET_COLUMNS)]
    table.attrs.update({f"balls {name}": number for name, number in tally._asdict().items()})
    return table


def _onset_columns(
    net: PlasticNetwork, balls: list[Ball], found: list[BallOnset]
) -> dict[str, Any]:
    at_center, largest = [], []
    for ball, one in zip(balls, found, strict=True):
        has_mode = one.dimension > 0
        mass = one.mass_around(_center(ball))
        at_center.append(float(mass[_center(ball)]))
        # The first of equal shares: rounding must not decide between symmetric nodes.
        top = np.flatnonzero(mass >= mass.max() * (1.0 - 1e-5))[0] if has_mode else 0
        largest.append(net.nodes[ball.members[top]] if has_mode else None)
    return {
        "onset": np.array([one.onset for one in found], dtype=np.float64),
        "lower": np.array([one.lower for one in found], dtype=np.float64),
        "upper": np.array([one.upper for one in found], dtype=np.float64),
        "kind": [one.kind for one in found],
        "kernel_dimension": np.array([one.dimension for one in found], dtype=np.int64),
        "mass_center": np.array(at_center, dtype=np.float64),
        "mode_node": objects(largest),
        "status": [one.status for one in found],
        "seconds": np.array([one.seconds for one in found], dtype=np.float64),
    }


def _modes(
    net: PlasticNetwork, balls: list[Ball], found: list[BallOnset], facts: dict[str, Any]
) -> pd.DataFrame:
    kept = [(ball, one) for ball, one in zip(balls, found, strict=True) if one.dimension]
    centers = [net.nodes[ball.center] for ball, _ in kept for _ in ball.members]
    members = [net.nodes[place] for ball, _ in kept for place in ball.members]
    columns = {
        "node": objects(centers).infer_objects(),
        "member": objects(members).infer_objects(),
        "mass": np.concatenate(
            [np.zeros(0), *(one.mass_around(_center(ball)) for ball, one in kept)]
        ),
        "onset": np.array([one.onset for ball, one in kept for _ in ball.members], dtype=float),
        **facts,
    }
    return pd.DataFrame(columns, index=range(len(centers)))


def _center(ball: Ball) -> int:
    """Place of the center among the members, which are in increasing order."""
    return int(np.searchsorted(ball.members, ball.center))
