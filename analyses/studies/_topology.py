"""Sweeps over topology: chain length, parallel links, size and density of modules."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd

from netplastic._support import Graph
from netplastic.analyses import Study
from netplastic.continuation import MultistabilityOnset, multistability_onset, onset
from netplastic.equilibria import Budget, count_equilibria
from netplastic.landscape import convexity_threshold
from netplastic.model import Hebbian, PlasticNetwork

from ._joined import CONNECTOR, described, joined_modules
from ._soft_modes import soft_modes

__all__ = ["TOPOLOGY", "TOPOLOGY_FULL", "topology"]


def topology(
    graph: Graph, rng: int = 0, *, limit: float = 60.0, boxes: int = 5_000
) -> pd.DataFrame:
    """One row for a graph: what it is made of, where its landscape changes, how many states it has.

    Parameters
    ----------
    graph : networkx.Graph
    rng : int, default 0
        Not used: nothing here is random.
    limit : float, default 60.0
        Largest |strength| that is looked at.
    boxes : int, default 5000
        Budget of each search.

    Returns
    -------
    pandas.DataFrame
        The columns of `described`; convexity (|strength| up to which the objective is proved
        convex); base (|strength| at which the base state loses stability; inf: not up to `limit`)
        and base_kind; second (|strength| at which a second stable state is born; inf: none found),
        second_lower and second_upper (one stable state at the lower, two at the upper),
        second_kind; on_connectors (share of the mode's mass there); limit_states and log2_limit
        (stable states in the strong limit, at least); status (of `second`), limit_status.

    Examples
    --------
    >>> row = topology(joined_modules(4, 1.0, 2)).iloc[0]
    >>> float(round(row["second"], 3)), row["base_kind"], row["limit_states"]
    (7.416, 'pitchfork (supercritical)', 25)
    """
    net = PlasticNetwork(graph, Hebbian(-1.0))
    second = multistability_onset(net, limit=limit, budget=Budget(boxes=boxes))
    base = onset(net, limit)
    states = count_equilibria(net.replace(strength=-math.inf), stable_only=True)
    return described(graph).assign(
        convexity=convexity_threshold(net),
        base=abs(base.strength),
        base_kind=base.kind,
        second=abs(second.strength),
        second_lower=abs(second.lower),
        second_upper=abs(second.upper),
        second_kind=second.kind,
        on_connectors=_on_connectors(net, graph, second),
        limit_states=pd.Series([states.lower], dtype=object),
        log2_limit=math.log2(states.lower) if states.lower else -math.inf,
        status=str(second.status),
        limit_status=str(states.status),
    )


def _on_connectors(net: PlasticNetwork, graph: Graph, second: MultistabilityOnset) -> float:
    """Share of the critical modes' mass on connectors, over the whole kernel."""
    modes = soft_modes(net, second)
    if not modes.size:
        return math.nan
    mass = (modes**2).mean(axis=1)
    chosen = [graph.nodes[node].get("role") == CONNECTOR for node in net.nodes]
    return float(mass[chosen].sum())


def _sweep(sizes: tuple[int, ...], thinned: int, seeds: int) -> dict[str, Graph]:
    """Graphs in which one thing at a time is varied."""
    found = {
        f"chain of {length}, cliques of {size}": joined_modules(size, 1.0, length)
        for size in sizes
        for length in range(7)
    }
    found |= {
        f"{links} chains of {length}, cliques of {sizes[0]}": joined_modules(
            sizes[0], 1.0, length, links
        )
        for length in (0, 2)
        for links in (2, 3)
    }
    found |= {
        f"modules of {thinned} at density {density:g}, seed {seed}": joined_modules(
            thinned, density, 2, rng=seed
        )
        for density in (0.4, 0.6, 0.8)
        for seed in range(seeds)
    }
    return found


TOPOLOGY = Study(
    name="topology",
    question="How do the length of chains, their number and the modules move the onset?",
    graphs=_sweep((4, 6), 8, 3),
    grid={"limit": (60.0,)},
    common={"boxes": 1_000},
    measure=topology,
    fixed=True,
)
TOPOLOGY_FULL = dataclasses.replace(
    TOPOLOGY, graphs=_sweep((4, 6, 8, 12), 12, 20), common={"boxes": 20_000}
)
