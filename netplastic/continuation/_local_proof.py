"""Where a second stable state of a small network is born: what is proved of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from netplastic._support import FloatArray, Graph, Halt, Status
from netplastic.equilibria import Budget, Clock, Equilibria, find_equilibria
from netplastic.equilibria.sampled import Verifier
from netplastic.landscape import has_one_equilibrium
from netplastic.model import Hebbian, PlasticNetwork, Tanh

from ._local import Birth, LocalNetwork

__all__ = ["LocalOnset", "LocalStatus", "local_onset", "proved_stable"]

_ABOVE = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 3e-2, 0.1)
_BELOW = (1e-4, 1e-2, 5e-2)
_ROUNDS = 5
BOXES = 20_000
"""Of each certified count, where no budget is given: near a birth no budget settles it."""

_LAST, _LAST_MARGIN = 200_000, 1e-2
"""Boxes of one more count, and how far below a birth, where those settle none."""


class LocalStatus(Status):
    """What is proved of an onset; members carry a sentence and a remedy."""

    PROVED = (
        "proved",
        "One stable state is proved at `lower`, two are at `upper`.",
        "Nothing is left to do.",
    )
    UPPER = (
        "upper end proved",
        "Two stable states are proved at `upper`; no count below was settled.",
        "Give a larger budget.",
    )
    FOUND = (
        "found by search",
        "A second stable state was found in floating point; a proof of it failed.",
        "Look at it with bifurcation_diagram.",
    )
    SEARCHED = (
        "search only",
        "A second stable state was found in floating point; no proof was tried.",
        "Ask for fewer nodes.",
    )
    NONE = (
        "none up to limit",
        "No second stable state was found up to the limit; up to `lower` that is proved.",
        "Raise limit.",
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class LocalOnset:
    """A birth with its bracket, as magnitudes of the strength; `birth.strength` may be inf."""

    birth: Birth
    lower: float
    upper: float
    status: LocalStatus


def local_onset(
    local: LocalNetwork,
    budget: Budget | None = None,
    *,
    prove: bool = True,
    halt: Halt | None = None,
) -> LocalOnset:
    """Find the least magnitude with two stable states, and prove what can be proved of it.

    A certified count below that finds two states gives them back to the search. Without `prove` it
    is the search alone. `halt` ends it, with what is proved by then.
    """
    halt = halt or Halt()
    usual = Budget(boxes=BOXES) if budget is None else budget
    last = Budget(boxes=_LAST) if budget is None else None
    birth = local.second_birth()
    if not prove:
        status = LocalStatus.NONE if math.isinf(birth.strength) else LocalStatus.SEARCHED
        return LocalOnset(birth=birth, lower=0.0, upper=birth.strength, status=status)
    lower = 0.0
    for _ in range(_ROUNDS):
        lower, states = _settled_below(local, birth.strength, usual, last, halt)
        if states is None:
            break
        birth = local.births_at(lower, states)
        lower = 0.0
    if math.isinf(birth.strength):
        return LocalOnset(birth=birth, lower=lower, upper=math.inf, status=LocalStatus.NONE)
    upper = _proved_above(local, birth.strength)
    if math.isinf(upper):
        status, upper = LocalStatus.FOUND, birth.strength
    else:
        status = LocalStatus.PROVED if lower > 0.0 else LocalStatus.UPPER
    return LocalOnset(birth=birth, lower=lower, upper=upper, status=status)


def _settled_below(
    local: LocalNetwork, birth: float, usual: Budget, last: Budget | None, halt: Halt
) -> tuple[float, FloatArray | None]:
    """Strength as near as possible below a birth, or the limit, at which a count is settled.

    Returns
    -------
    tuple
        The strength (0 if none was settled), and the states there if there are several.
    """
    margins = (0.0, *_BELOW) if math.isinf(birth) else _BELOW
    tries = [(margin, usual) for margin in margins]
    for margin, budget in tries if last is None else [*tries, (_LAST_MARGIN, last)]:
        k = min(birth, local.far) * (1.0 - margin)
        if halt.now:
            break
        net = network_at(local, k)
        if has_one_equilibrium(net):
            return k, None
        found = _counted(net, budget if halt.left is None else replace(budget, seconds=halt.left))
        if found.stable_count.lower >= 2:
            return k, found.activity[found.stable][:, : local.n]
        if found.stable_count.exact:
            return k, None
    return 0.0, None


def _counted(net: PlasticNetwork, budget: Budget) -> Equilibria:
    return find_equilibria(net, "certified", stable_only=True, budget=budget, rng=0)


def _proved_above(local: LocalNetwork, birth: float) -> float:
    """Strength as near as possible above a birth at which two stable states are proved."""
    for margin in _ABOVE:
        k = birth * (1.0 + margin)
        states = local.pair_at(k) if k <= local.far * (1.0 + 1e-9) else np.zeros((0, local.n))
        if len(states) < 2:
            continue
        net = network_at(local, k)
        whole = np.ones((len(states), net.n))
        whole[:, : local.n] = states
        if proved_stable(net, whole) >= 2:
            return k
    return math.inf


def proved_stable(net: PlasticNetwork, states: FloatArray) -> int:
    """How many of some different states (m, n) are proved to be equilibria, and stable."""
    if not len(states):
        return 0
    verifier = Verifier(net, Clock(Budget()))
    certain = verifier.judged(verifier.verify(states))[3]
    return int(certain.sum())


def network_at(local: LocalNetwork, k: float) -> PlasticNetwork:
    """The local network at a magnitude of the strength, weights following at once.

    All that is held outside is one node more, the last: nothing reaches it, its activity is 1.
    """
    small, n = local.small, local.n
    load = local.load_at(k)
    graph: Graph = nx.Graph() if local.is_alone else nx.DiGraph()
    graph.add_nodes_from(range(n))
    rows, columns = np.nonzero(small.coupling)
    graph.add_weighted_edges_from(
        zip(columns.tolist(), rows.tolist(), small.coupling[rows, columns].tolist(), strict=True)
    )
    bias, gain = small.bias, small.gain
    if not local.is_alone:
        graph.add_weighted_edges_from(
            (n, i, float(load[i] / math.tanh(1.0) ** 2)) for i in range(n) if load[i] > 0.0
        )
        graph.add_node(n)
        bias, gain = np.append(bias, 1.0), np.append(gain, 1.0)
    return PlasticNetwork(
        graph, Hebbian(-k), bias=bias, activation=Tanh(gain), learning_rate=math.inf
    )
