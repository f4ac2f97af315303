"""The one check of graphs that stand for themselves, not for a network's wiring."""

from __future__ import annotations

import networkx as nx

from ._checks import brief
from ._types import Graph

__all__ = ["check_graph"]


def check_graph(
    graph: object, name: str = "graph", *, kinds: str = "a networkx Graph or DiGraph"
) -> Graph:
    """Return `graph` if it is a non-empty networkx Graph or DiGraph without parallel edges.

    Parameters
    ----------
    graph : object
    name : str
        Of the parameter.
    kinds : str
        What may be given.

    Examples
    --------
    >>> check_graph([(0, 1)])
    Traceback (most recent call last):
    TypeError: graph must be a networkx Graph or DiGraph; found [(0, 1)] (list). Make one with \
networkx.Graph(edges), networkx.from_numpy_array(matrix) or read_network(path)
    """
    if not isinstance(graph, nx.Graph):
        raise TypeError(
            f"{name} must be {kinds}; found {brief(graph)}. Make one with networkx.Graph(edges), "
            "networkx.from_numpy_array(matrix) or read_network(path)"
        )
    if graph.is_multigraph():
        plain = "DiGraph" if graph.is_directed() else "Graph"
        raise ValueError(
            f"{name} has parallel edges, found a {type(graph).__name__}. Collapse it first: "
            f"networkx.{plain}(graph) keeps one of each set of parallel edges; to keep their "
            "total, add up their weights into one edge"
        )
    if graph.number_of_nodes() == 0:
        raise ValueError(f"the {name} is empty; it needs at least one node (graph.add_node(...))")
    return graph
