"""Counts on null graphs: the same nodes and parameters, rewired arcs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import FloatArray, Graph, Node, bar
from netplastic.equilibria import Budget
from netplastic.graphs import degree_preserving_null
from netplastic.model import PlasticNetwork

from ._neighborhoods import count_neighborhoods

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["CountingOptions", "null_counts", "null_network"]

_EDGE = ("weight", "strength", "static_weight")


class CountingOptions(TypedDict, total=False):
    """Keywords of `count_neighborhoods` that `null_counts` passes on."""

    radius: int
    scope: str
    nodes: Iterable[Node] | None
    method: str
    budget: Budget | float | None
    workers: int
    tolerance: float


def null_counts(
    net: PlasticNetwork,
    nulls: int = 20,
    rng: int | Generator | None = 0,
    progress: bool = True,
    **counting: Unpack[CountingOptions],
) -> pd.DataFrame:
    """Count stable equilibria per neighborhood on degree-preserving null graphs.

    Each null graph is `graphs.degree_preserving_null` of the network's graph: nodes keep their
    labels, degrees and parameters; weight, strength and static weight go with the rewired edge.

    Parameters
    ----------
    net : PlasticNetwork
    nulls : int, default 20
        Null graphs.
    rng : int, numpy.random.Generator or None, default 0
        Source of the rewiring and of the samples.
    progress : bool, default True
        Show a bar where the output is a terminal.
    **counting
        radius, scope, nodes, method, budget, workers and tolerance of `count_neighborhoods`.

    Returns
    -------
    pandas.DataFrame
        As of `count_neighborhoods`, and before them the columns `null` (number of the graph) and
        `null_note` ("rewired", or why the null graph equals the original).

    Raises
    ------
    ValueError
        If `nulls` is no whole number above 0, or an edge of an undirected network has different
        parameters in its two directions; and as for `count_neighborhoods`.

    Examples
    --------
    >>> import netplastic as npl
    >>> net = npl.PlasticNetwork(npl.graphs.caveman(3, 4), npl.Hebbian(strength=-50.0))
    >>> table = npl.null_counts(net, nulls=2, radius=1)
    >>> len(table), sorted(set(table["null"]))
    (24, [0, 1])
    """
    if isinstance(nulls, bool) or not isinstance(nulls, int | np.integer) or nulls < 1:
        raise ValueError(f"nulls is {nulls!r}; it must be a whole number, at least 1.")
    if "nodes" in counting and counting["nodes"] is not None:
        counting["nodes"] = list(counting["nodes"])
    seeds = np.random.default_rng(rng).integers(2**31, size=(int(nulls), 2)).tolist()
    tables = []
    with bar("null graphs", int(nulls), progress) as step:
        for number, (wiring_seed, sampling_seed) in enumerate(seeds):
            null, note = null_network(net, wiring_seed)
            table = count_neighborhoods(null, rng=sampling_seed, progress=False, **counting)
            table.insert(0, "null", number)
            table.insert(1, "null_note", note)
            tables.append(table)
            step(f"null graph {number}")
    return pd.concat(tables, ignore_index=True)


def null_network(
    net: PlasticNetwork, rng: int | Generator | None = 0
) -> tuple[PlasticNetwork, str]:
    """Return the network on a degree-preserving null of its graph, and the note of that null."""
    graph = degree_preserving_null(_graph_of(net), rng=rng)
    rule = dataclasses.replace(net.rule, strength="strength", decay=net.decay)
    null = PlasticNetwork(
        graph,
        rule,
        bias=net.bias,
        activation=net.activation,
        tau=net.tau,
        learning_rate=net.learning_rate,
        static_weight="static_weight",
    )
    return null, str(graph.graph["null_note"])


def _graph_of(net: PlasticNetwork) -> Graph:
    """Graph whose edges carry the network's weights, strengths and static weights."""
    wiring = net.wiring
    graph: Graph = nx.DiGraph() if net.directed else nx.Graph()
    attributes: Any = net.graph.nodes if net.graph is not None else {}
    graph.add_nodes_from((node, dict(attributes.get(node, {}))) for node in net.nodes)
    columns = dict(zip(_EDGE, (net.arc_weight, net.strength, net.static_weight), strict=True))
    if not net.directed:
        for name, values in columns.items():
            _check_symmetric(net, name, values)
    for arc in range(net.m):
        source, target = int(wiring.source[arc]), int(wiring.target[arc])
        if net.directed or source <= target:
            carried = {name: float(column[arc]) for name, column in columns.items()}
            graph.add_edge(net.nodes[source], net.nodes[target], **carried)
    return graph


def _check_symmetric(net: PlasticNetwork, name: str, values: FloatArray) -> None:
    uneven = np.flatnonzero(values != values[net.wiring.reverse])
    if len(uneven):
        arc = int(uneven[0])
        u, v = net.nodes[net.wiring.source[arc]], net.nodes[net.wiring.target[arc]]
        raise ValueError(
            f"{name} differs between the two directions of edge ({u!r}, {v!r}); an undirected "
            "null graph cannot carry that, make the graph directed."
        )
