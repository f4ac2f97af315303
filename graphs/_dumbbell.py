"""Two cliques and the bridge between them."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from netplastic._support import MEMORY_LIMIT, Graph, check_count

from ._assembly import CORE, Assembly
from ._checks import check_room, check_sizes


def dumbbell(
    module_size: int | Sequence[int] = 6,
    path_length: int = 2,
    *,
    links: int = 1,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Two cliques joined by a path of connector nodes.

    Parameters
    ----------
    module_size : int or pair of int
        Nodes of each clique, at least 2.
    path_length : int
        Connector nodes on the path; 0 makes a bare bridge from clique to clique.
    links : int
        Number of such paths side by side, between different pairs of clique nodes.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ...: first clique, connectors, second clique (the numbering of
        `networkx.barbell_graph`, which it equals for ``links=1``). Node attributes: `module` (0
        or 1; a connector belongs to the nearer clique, the middle one of an odd path to the
        first) and `role` ("core", "boundary": clique node with a neighbor outside its clique, or
        "connector").

    Raises
    ------
    TypeError, ValueError
        A size below 2, a negative length, no links or more links than clique nodes.

    Examples
    --------
    >>> graph = dumbbell(module_size=4, path_length=3)
    >>> [role for _, role in graph.nodes(data="role")].count("connector")
    3
    >>> sorted(graph.neighbors(4)), graph.nodes[3]["role"], graph.nodes[6]["module"]
    ([3, 5], 'boundary', 1)
    """
    left_size, right_size = check_sizes(
        "module_size", module_size, modules=2, memory_limit=memory_limit
    )
    path_length = check_count("path_length", path_length, 0)
    links = check_count("links", links, 1)
    if links > min(left_size, right_size):
        raise ValueError(
            f"links must be at most the size of the smaller clique, "
            f"{min(left_size, right_size)}; found {links}"
        )
    check_room([left_size, right_size], 1.0, memory_limit, nodes=float(path_length) * links)
    build = Assembly()
    left = [build.add_node(0, CORE) for _ in range(left_size)]
    paths = [build.add_path_nodes((0, 1), path_length) for _ in range(links)]
    right = [build.add_node(1, CORE) for _ in range(right_size)]
    for clique in (left, right):
        build.graph.add_edges_from((u, v) for u in clique for v in clique if u < v)
    for i, path in enumerate(paths):
        nx.add_path(build.graph, [left[-1 - i], *path, right[i]])
    return build.finish("dumbbell", module_size=module_size, path_length=path_length, links=links)
