"""Two modules and the bridge between them."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from netplastic._support import (
    MEMORY_LIMIT,
    Graph,
    Rng,
    check_count,
    check_fraction,
    check_rng,
)

from ._assembly import CORE, Assembly, Ports
from ._checks import check_room, check_sizes


def dumbbell(
    module_size: int | Sequence[int] = 6,
    path_length: int = 2,
    *,
    links: int = 1,
    density: float = 1.0,
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Two cliques, or two random modules, joined by paths of connector nodes.

    Parameters
    ----------
    module_size : int or pair of int
        Nodes of each module, at least 2.
    path_length : int
        Connector nodes on the path; 0 makes a bare bridge from module to module.
    links : int
        Number of such paths side by side, between different pairs of module nodes.
    density : float
        Probability of each edge inside a module. 1 makes cliques.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph. Unused when `density` is 1.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ...: first module, connectors, second module (for cliques the numbering of
        `networkx.barbell_graph`, which it equals for ``links=1``). Node attributes: `module` (0
        or 1; a connector belongs to the nearer module, the middle one of an odd path to the
        first) and `role` ("core", "boundary": module node with a neighbor outside its module, or
        "connector"). Random modules are connected, and paths leave them from nodes chosen at
        random (see `ring_of_modules`).

    Raises
    ------
    TypeError, ValueError
        A size below 2, a negative length, no links or more links than module nodes, a density
        outside [0, 1].

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
            f"links must be at most the size of the smaller module, "
            f"{min(left_size, right_size)}; found {links}"
        )
    density = check_fraction("density", density)
    generator = check_rng(rng)
    check_room([left_size, right_size], density, memory_limit, nodes=float(path_length) * links)
    build = Assembly()
    cliques = density == 1.0
    left = _module(build, 0, left_size, density, generator)
    paths = [build.add_path_nodes((0, 1), path_length) for _ in range(links)]
    right = _module(build, 1, right_size, density, generator)
    ports = None if cliques else Ports([left, right], generator)
    for i, path in enumerate(paths):
        # In a clique all nodes are alike: the ends are those of networkx.barbell_graph.
        ends = (ports.take(0), ports.take(1)) if ports else (left[-1 - i], right[i])
        nx.add_path(build.graph, [ends[0], *path, ends[1]])
    chance = {} if cliques else {"density": density, "rng": rng}
    return build.finish(
        "dumbbell", module_size=module_size, path_length=path_length, links=links, **chance
    )


def _module(
    build: Assembly, module: int, size: int, density: float, generator: np.random.Generator
) -> list[int]:
    """Add a clique, edge by edge in the order of networkx, or a random module."""
    if density < 1.0:
        return build.add_module(module, size, density, generator)
    nodes = [build.add_node(module, CORE) for _ in range(size)]
    build.graph.add_edges_from((u, v) for u in nodes for v in nodes if u < v)
    return nodes
