"""Two modules joined by chains of connectors, dense or thinned: what topology is varied on."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import Graph, Rng, check_fraction, check_rng
from netplastic.graphs import dumbbell

__all__ = ["described", "joined_modules"]

TRIES = 1_000
CONNECTOR = "connector"


def joined_modules(
    module_size: int = 6, density: float = 1.0, path_length: int = 2, links: int = 1, rng: Rng = 0
) -> Graph:
    """Two modules joined by chains of connectors: a dumbbell whose cliques may be thinned.

    Parameters
    ----------
    module_size, path_length, links : int
        As for `netplastic.graphs.dumbbell`.
    density : float, default 1.0
        Probability with which each edge inside a module is kept, on condition that the graph
        stays connected.
    rng : int, numpy.random.Generator or None, default 0

    Returns
    -------
    networkx.Graph
        With the attributes of a dumbbell.

    Raises
    ------
    TypeError, ValueError
        As for a dumbbell; for a density so low that no connected graph is found.

    Examples
    --------
    >>> joined_modules(4, 1.0, 2).size(), joined_modules(4, 0.7, 2).size()
    (15, 10)
    """
    whole = dumbbell(module_size, path_length, links=links)
    check_fraction("density", density)
    random = check_rng(rng)
    role, module = whole.nodes(data="role"), whole.nodes(data="module")
    inside = [
        (u, v)
        for u, v in whole.edges
        if CONNECTOR not in (role[u], role[v]) and module[u] == module[v]
    ]
    for _ in range(TRIES):
        graph = whole.copy()
        graph.remove_edges_from(
            [edge for edge, drawn in zip(inside, random.random(len(inside)), strict=True)
             if drawn >= density]
        )  # fmt: skip
        if nx.is_connected(graph):
            return graph
    raise ValueError(
        f"no connected graph in {TRIES} tries at density {density:g}; use a larger density."
    )


def described(graph: Graph) -> pd.DataFrame:
    """One row that says what a graph is made of, read off its attributes `role` and `module`.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph

    Returns
    -------
    pandas.DataFrame
        Columns nodes, edges, mean_degree, modules, module_size (mean number of nodes that are no
        connectors), density (mean share of joined pairs inside modules), links (chains or bare
        edges that leave a module, mean), path_length (connectors per chain; 0 without
        connectors). NaN where the graph does not name its modules.

    Examples
    --------
    >>> described(joined_modules(4, 1.0, 3, links=2)).iloc[0, 3:].to_dict()
    {'modules': 2.0, 'module_size': 4.0, 'density': 1.0, 'links': 2.0, 'path_length': 3.0}
    """
    n = graph.number_of_nodes()
    row = {"nodes": n, "edges": graph.size(), "mean_degree": 2 * graph.size() / n}
    names = ["modules", "module_size", "density", "links", "path_length"]
    return pd.DataFrame([row | dict(zip(names, _modular(graph), strict=True))])


def _modular(graph: Graph) -> tuple[float, float, float, float, float]:
    role, module = dict(graph.nodes(data="role")), dict(graph.nodes(data="module"))
    members: dict[object, list[object]] = {}
    for node, name in module.items():
        if name is not None and role[node] != CONNECTOR:
            members.setdefault(name, []).append(node)
    if not members:
        nothing = float("nan")
        return nothing, nothing, nothing, nothing, nothing
    inside = [graph.subgraph(nodes) for nodes in members.values()]
    sizes = np.array([len(part) for part in inside], dtype=float)
    density = float(np.mean([nx.density(part) for part in inside]))
    home = {node: name for name, nodes in members.items() for node in nodes}
    leaving = sum(home.get(u) != home.get(v) for u, v in graph.edges if u in home or v in home)
    # A chain of connectors has two edges that leave a module; a bare edge between modules is one.
    bare = sum(u in home and v in home and home[u] != home[v] for u, v in graph.edges)
    chains = bare + (leaving - bare) / 2
    connectors = sum(1 for node in graph if role[node] == CONNECTOR)
    links = 2 * chains / len(members)
    return len(members), float(sizes.mean()), density, links, connectors / chains if chains else 0.0
