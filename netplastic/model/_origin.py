"""What a network is made of: a graph, or arrays without one."""

from __future__ import annotations

from typing import Any

import numpy as np

from netplastic._support import (
    Auto,
    Edges,
    FloatArray,
    Graph,
    Parameter,
    WeightName,
    check_flag,
    edges_of,
    find_ends,
    is_matrix,
)

from ._wiring import OF_ARRAYS, Origin, Wiring, bad_weight, name_among, sorted_wiring, wiring_of

__all__ = ["origin_of"]


def origin_of(
    source: Graph | Any, directed: bool | None, weight: WeightName, *by_edge: Parameter
) -> tuple[Wiring, Origin]:
    """Wiring of what a user gives, and the graph if it is one; `by_edge` has values for edges."""
    if is_matrix(source):
        _check_no_order(source, *by_edge)
        return _of_arrays(source, directed, weight), OF_ARRAYS
    wiring = wiring_of(source, weight)
    _check_direction(directed, wiring.directed)
    return wiring, source


def _lists_edges(source: Any) -> bool:
    """Whether it is a table with one edge a row."""
    return find_ends([str(name) for name in getattr(source, "columns", ())]) is not None


def _of_arrays(source: Any, directed: bool | None, weight: WeightName) -> Wiring:
    """Turn an adjacency matrix or a table of edges into a `Wiring`, without a graph.

    Raises
    ------
    TypeError, ValueError
        As for a graph, and for what is no matrix and no table of edges.
    """
    column = "weight" if isinstance(weight, Auto) or weight is None else weight
    edges = edges_of(source, directed, column)
    there = [] if edges.weight is None or not len(edges.tail) else [column]
    if there and not _lists_edges(source):
        there = ["weight"]
    name = name_among(there, len(edges.tail), weight)
    values = np.ones(len(edges.tail)) if name is None or edges.weight is None else edges.weight
    _check_weights(edges, values, name)
    return sorted_wiring(edges.nodes, edges.directed, edges.tail, edges.head, values, name or "")


def _check_weights(edges: Edges, values: FloatArray, name: str | None) -> None:
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
    if bad.size:
        u, v = edges.nodes[edges.tail[bad[0]]], edges.nodes[edges.head[bad[0]]]
        raise bad_weight(u, v, name, float(values[bad[0]]))


def _check_direction(asked: bool | None, directed: bool) -> None:
    """Refuse `directed` where a graph says the opposite."""
    if asked is not None and check_flag("directed", asked) != directed:
        raise ValueError(
            f"directed is {asked} but the graph is {'a DiGraph' if directed else 'undirected'}; a "
            "graph says it itself: leave directed out, or convert the graph."
        )


def _check_no_order(source: Any, *values: Parameter) -> None:
    """Refuse arrays of values per edge beside a table of edges, whose rows are no order of arcs."""
    given = any(not isinstance(value, str) and np.ndim(value) for value in values)
    if given and _lists_edges(source):
        raise ValueError(
            "values per edge (strength, static_weight) cannot be matched to the rows of a table "
            "of edges; make the network with a number and give them to net.replace in the order "
            "of net.wiring, or read the table with netplastic.graphs.read_network and name its "
            "columns."
        )
