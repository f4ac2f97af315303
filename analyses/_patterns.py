"""How the stable states of a network in the strong limit spread over the patterns of each ball."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from netplastic._support import (
    BoolArray,
    IntArray,
    Node,
    Rng,
    Shown,
    bar,
    check_count,
    check_progress,
    check_rng,
)
from netplastic.equilibria import Budget, Clock, CountStatus, as_budget
from netplastic.equilibria.limit import LimitStates, TooLargeError, ball_counts, limit_states
from netplastic.model import PlasticNetwork, check_network, needs_strong_limit

from ._ball_columns import objects
from ._balls import balls_of, skeleton
from ._columns import integers
from ._limit import is_of_sets

__all__ = ["ball_patterns", "pattern_counts"]

_MOST = 100_000
"""Patterns of a ball that are told apart one by one."""

_DRAWN = 400
"""States drawn for the entropy of a ball that has more."""

_WHAT = "how many stable states show a pattern"


@dataclass(frozen=True)
class _Spread:
    number: int
    entropy: float
    error: float
    status: CountStatus


def pattern_counts(
    net: PlasticNetwork,
    radius: int = 1,
    *,
    nodes: Iterable[Node] | None = None,
    budget: Budget | float | None = None,
    rng: Rng = 0,
    progress: Shown = None,
) -> pd.DataFrame:
    """Count, for each ball, how evenly a network's stable states are spread over its patterns.

    In the strong limit, with all N stable states at equal weight: a pattern of the ball (which of
    its nodes are high) that N_p of them show has the share p = N_p / N, and the entropy of the ball
    is ``-sum p log2 p``. Two to that power is the effective number of patterns: as many equally
    frequent ones would have the same entropy. N and N_p are exact integers: all states are
    compiled once into a form that counts them (docs/theory.md#section-7, part h), by eliminating
    nodes, by listing, or by the model counter D4 (``pip install "netplastic[exact]"``).

    Parameters
    ----------
    net : PlasticNetwork
        With strength -inf; directed, or with self-loops, too.
    radius : int, default 1
        Steps from the center, at least 0.
    nodes : iterable of nodes or None
        Centers, in the order of the rows. None: all.
    budget : Budget, float or None
        Of compiling; a number means seconds.
    rng : int, numpy.random.Generator or None, default 0
        For balls with more than 100,000 patterns only, see `status`.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        One row per center:

        ============= ========================================================================
        node          label
        degree        number of other nodes joined to it in either direction
        size          number of nodes of the ball
        radius        as given
        n_patterns    patterns that some stable state shows: the count of scope "embedded"
        entropy       bits; NaN where there is no stable state
        entropy_error standard error of it: 0 where it is exact, see `status`
        effective     ``2 ** entropy``
        n_states      N, stable states of the network: exact Python integers
        status        "certified": counted pattern by pattern; "estimate": more than 100,000
                      patterns, the entropy is the mean of ``-log2 p`` over 400 uniform samples
                      of stable states, p the exact share of each one's pattern: without bias;
                      "lower bound": as before, and `n_patterns` is what was met, in networks
                      with arcs in one direction or self-loops
        method        "limit"
        ============= ========================================================================

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork or `radius` no whole number.
    ValueError
        If the strength is finite, a node is unknown, or the states could not be compiled: the
        message says why.

    Examples
    --------
    The path of 4 has 3 stable states; one end is high in two of them, and so is the other:

    >>> import math, networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(strength=-math.inf))
    >>> table = npl.pattern_counts(net, radius=0, nodes=[0])
    >>> columns = ["n_patterns", "entropy", "effective", "n_states"]
    >>> table.loc[0, columns].map(float).round(3).tolist()
    [2.0, 0.918, 1.89, 3.0]
    """
    check_network(net)
    check_progress(progress)
    radius = check_count("radius", radius, least=0)
    clock = Clock(as_budget(budget))
    generator = check_rng(rng)
    needs_strong_limit(net, _WHAT)
    centers = np.arange(net.n) if nodes is None else net.positions(nodes, once=True)
    graph = skeleton(net)
    balls = balls_of(graph, centers, radius)
    states = limit_states(net, clock, progress)
    drawn = states.sample(_DRAWN, generator) if states.total else np.zeros((0, net.n), np.bool_)
    rows = []
    with bar("patterns", len(balls), progress) as step:
        for ball in balls:
            rows.append(_spread(net, states, ball.center, ball.members, radius, drawn))
            step(str(net.nodes[ball.center]))
    degree = np.diff(graph.indptr)
    entropy = np.array([row.entropy for row in rows], dtype=np.float64)
    return pd.DataFrame(
        {
            "node": objects([net.nodes[ball.center] for ball in balls]).infer_objects(),
            "degree": np.array([degree[ball.center] for ball in balls], dtype=np.int64),
            "size": np.array([len(ball.members) for ball in balls], dtype=np.int64),
            "radius": radius,
            "n_patterns": integers([row.number for row in rows]),
            "entropy": entropy,
            "entropy_error": np.array([row.error for row in rows], dtype=np.float64),
            "effective": np.exp2(entropy),
            "n_states": objects([states.total] * len(rows)),
            "status": [str(row.status) for row in rows],
            "method": "limit",
        },
        index=range(len(rows)),
    )


def ball_patterns(
    net: PlasticNetwork,
    node: Node,
    *,
    radius: int = 1,
    budget: Budget | float | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """List the patterns of one ball with the number of stable states that show each.

    In the strong limit, see `pattern_counts`.

    Parameters
    ----------
    net : PlasticNetwork
        With strength -inf.
    node : node
        Center of the ball.
    radius : int, default 1
    budget : Budget, float or None
        Of compiling; a number means seconds.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        One row per pattern, the most frequent first (ties by the pattern, in node order):
        `pattern` (tuple of the labels of the ball's high nodes), `count` (exact Python integer:
        stable states of the network that show it), `share` (of all stable states).

    Raises
    ------
    TypeError, ValueError
        As `pattern_counts`; ValueError also if there are more than 100,000 patterns.

    Examples
    --------
    >>> import math, networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(strength=-math.inf))
    >>> npl.ball_patterns(net, 0)[["pattern", "count"]].values.tolist()
    [[(0,), 2], [(1,), 1]]
    """
    check_network(net)
    check_progress(progress)
    radius = check_count("radius", radius, least=0)
    clock = Clock(as_budget(budget))
    needs_strong_limit(net, _WHAT)
    (ball,) = balls_of(skeleton(net), net.positions([node], name="node"), radius)
    states = limit_states(net, clock, progress)
    members = ball.members.tolist()
    try:
        table = states.tally(_bits(ball.members), _MOST)
    except TooLargeError as error:
        raise ValueError(
            f"the ball of {len(members)} nodes cannot be listed: {error}; take a smaller radius, "
            "or pattern_counts, which estimates the entropy of such balls."
        ) from error
    labels = [net.nodes[member] for member in members]
    rows = sorted(
        (-ways, [k for k in range(len(members)) if shown >> k & 1]) for shown, ways in table.items()
    )
    return pd.DataFrame(
        {
            "pattern": objects([tuple(labels[k] for k in high) for _, high in rows]),
            "count": objects([-ways for ways, _ in rows]),
            "share": np.array([-ways / states.total for ways, _ in rows], dtype=np.float64),
        },
        index=range(len(rows)),
    )


def _bits(members: IntArray) -> dict[int, int]:
    return {node: 1 << place for place, node in enumerate(members.tolist())}


def _spread(
    net: PlasticNetwork,
    states: LimitStates,
    center: int,
    members: IntArray,
    radius: int,
    drawn: BoolArray,
) -> _Spread:
    try:
        table = states.tally(_bits(members), _MOST)
    except TooLargeError:
        return _estimated(net, states, center, members, radius, drawn)
    if not table:
        return _Spread(0, math.nan, 0.0, CountStatus.CERTIFIED)
    shares = [ways / states.total for ways in table.values()]
    entropy = math.fsum(-share * math.log2(share) for share in shares if share)
    return _Spread(len(table), abs(entropy), 0.0, CountStatus.CERTIFIED)


def _estimated(
    net: PlasticNetwork,
    states: LimitStates,
    center: int,
    members: IntArray,
    radius: int,
    drawn: BoolArray,
) -> _Spread:
    """Entropy as the mean of -log2 of the exact share of the patterns of states at random."""
    plain = dict.fromkeys(members.tolist(), 0)
    shown, copies = np.unique(drawn[:, members], axis=0, return_counts=True)
    bits = []
    for pattern in shown:
        only = dict(zip(members.tolist(), pattern.astype(int).tolist(), strict=True))
        bits.append(-math.log2(states.tally(plain, _MOST, only)[0] / states.total))
    every = np.repeat(np.array(bits), copies)
    error = float(every.std(ddof=1) / math.sqrt(len(every)))
    number, status = _number(net, center, radius), CountStatus.ESTIMATE
    if number is None:
        number, status = max(len(shown), _MOST), CountStatus.LOWER_BOUND
    return _Spread(number, float(every.mean()), error, status)


def _number(net: PlasticNetwork, center: int, radius: int) -> int | None:
    """Number of patterns without listing them; None where that is not known."""
    if not is_of_sets(net):
        return None
    graph = skeleton(net)
    graph.sort_indices()
    found = ball_counts(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int64),
        np.array([center]),
        radius,
        embedded=True,
        work=10**8,
    )
    return int(found.lower[0]) if found.exact[0] else None
