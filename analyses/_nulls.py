"""Counts on null graphs: the same nodes and parameters, rewired arcs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import (
    FloatArray,
    Graph,
    Node,
    Rng,
    Shown,
    Workers,
    bar,
    check_choice,
    check_count,
    check_progress,
    check_rng,
)
from netplastic.equilibria import Budget
from netplastic.graphs import (
    degree_preserving_null,
    module_preserving_null,
    triangle_preserving_null,
)
from netplastic.model import PlasticNetwork, check_network

from ._balls import Background
from ._neighborhoods import count_neighborhoods

__all__ = ["null_counts", "null_network"]

MODELS: dict[str, Callable[..., Graph]] = {
    "degree_preserving": degree_preserving_null,
    "module_preserving": module_preserving_null,
    "triangle_preserving": triangle_preserving_null,
}
_EDGE = ("weight", "strength", "static_weight")


def null_counts(
    net: PlasticNetwork,
    nulls: int = 99,
    *,
    radius: int = 1,
    scope: str = "isolated",
    nodes: Iterable[Node] | None = None,
    model: str = "degree_preserving",
    method: str = "auto",
    budget: Budget | float | None = None,
    tolerance: float = 0.1,
    background: Background | None = None,
    rng: Rng = 0,
    workers: Workers = 1,
    executor: Executor | Any | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """Count stable equilibria per neighborhood on null graphs: the same degrees, rewired.

    Nodes keep their labels, degrees and parameters; weight, strength and static weight go with the
    rewired edge.

    Parameters
    ----------
    net : PlasticNetwork
    nulls : int, default 99
        Null graphs; `amplification` gives a rank and z from 99 on.
    radius, scope, nodes, method, budget, tolerance, background, workers, executor
        As for `count_neighborhoods`.
    model : {"degree_preserving", "module_preserving", "triangle_preserving"}
        What the null graphs keep besides the degrees: nothing, the links of every node into every
        module (nodes need the attribute `module`), or the number of triangles (see the functions
        of `graphs` that are called so, with "_null" behind).
    rng : int, numpy.random.Generator or None, default 0
        Source of the rewiring and of the samples.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        As of `count_neighborhoods`, and before them the columns `null_model`, `null` (number of
        the graph) and `null_note` ("rewired", or why the null graph equals the original).

    Raises
    ------
    TypeError, ValueError
        If `nulls` is no whole number above 0, the model is unknown, or an edge of an undirected
        network has different parameters in its two directions; and as for `count_neighborhoods`.

    Examples
    --------
    >>> import netplastic as npl
    >>> net = npl.PlasticNetwork(npl.graphs.caveman(3, 4), npl.Hebbian(strength=-50.0))
    >>> table = npl.null_counts(net, nulls=2, radius=1)
    >>> len(table), sorted(set(table["null"]))
    (24, [0, 1])
    """
    check_network(net)
    check_progress(progress)
    nulls = check_count("nulls", nulls)
    check_choice("model", model, tuple(MODELS))
    if nodes is not None:
        nodes = [net.nodes[place] for place in net.positions(nodes, once=True)]
    seeds = check_rng(rng).integers(2**31, size=(nulls, 2)).tolist()
    tables = []
    with bar("null graphs", nulls, progress) as step:
        for number, (wiring_seed, sampling_seed) in enumerate(seeds):
            null, note = null_network(net, wiring_seed, model)
            table = count_neighborhoods(
                null,
                radius,
                scope=scope,
                nodes=nodes,
                method=method,
                budget=budget,
                tolerance=tolerance,
                background=background,
                rng=sampling_seed,
                workers=workers,
                executor=executor,
                progress=False,
            )
            table.insert(0, "null_model", model)
            table.insert(1, "null", number)
            table.insert(2, "null_note", note)
            tables.append(table)
            step(f"null graph {number}")
    return pd.concat(tables, ignore_index=True)


def null_network(
    net: PlasticNetwork, rng: Rng = 0, model: str = "degree_preserving"
) -> tuple[PlasticNetwork, str]:
    """Return the network on a null of its graph, and the note of that null."""
    graph = MODELS[model](_graph_of(net), rng=rng)
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
    attributes: Any = net.node_attributes
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
