"""Caves: cliques in a ring, each holding on to the next by one redirected edge."""

from __future__ import annotations

from netplastic._support import (
    MEMORY_LIMIT,
    Graph,
    Rng,
    check_count,
    check_fraction,
    check_memory,
    check_rng,
)

from ._assembly import CORE, Assembly


def caveman(
    modules: int = 6,
    module_size: int = 6,
    *,
    rewiring: float = 0.0,
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Connected caveman graph of Watts [1]_: equal cliques closed to a ring by redirected edges.

    Parameters
    ----------
    modules : int
        Number of cliques (caves), at least 2.
    module_size : int
        Nodes of each clique, at least 3.
    rewiring : float
        Probability with which each edge moves one end to a random node of the whole graph
        (a move onto an edge that is there already, or onto the node itself, is left out). 0 is
        the connected caveman graph, `networkx.connected_caveman_graph`; with a larger one the
        graph may come into several components.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph. Unused when `rewiring` is 0.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ... clique by clique, with `module` and `role` ("core", or "boundary" with a
        neighbor in another clique).

    Raises
    ------
    TypeError, ValueError
        Fewer than 2 modules, a size below 3, a rewiring outside [0, 1].

    References
    ----------
    .. [1] Watts, D. J. (1999). Networks, dynamics, and the small-world phenomenon. American
       Journal of Sociology 105, 493-527.

    Examples
    --------
    >>> graph = caveman(modules=3, module_size=4)
    >>> [node for node, role in graph.nodes(data="role") if role == "boundary"]
    [0, 3, 4, 7, 8, 11]
    """
    modules = check_count("modules", modules, 2)
    module_size = check_count("module_size", module_size, 3)
    rewiring = check_fraction("rewiring", rewiring)
    size = float(module_size)
    check_memory(modules * size, modules * size * (size - 1) / 2, memory_limit)
    generator = check_rng(rng)
    build = Assembly()
    graph = build.graph
    for module in range(modules):
        cave = [build.add_node(module, CORE) for _ in range(module_size)]
        graph.add_edges_from((u, v) for u in cave for v in cave if u < v)
    total = modules * module_size
    for start in range(0, total, module_size):
        # The first node lets go of the second and takes the last node of the cave before.
        graph.remove_edge(start, start + 1)
        graph.add_edge(start, (start - 1) % total)
    if rewiring > 0.0:
        for u, v in sorted(tuple(sorted(edge)) for edge in graph.edges):
            if generator.random() < rewiring:
                target = int(generator.integers(total))
                if target != u and not graph.has_edge(u, target):
                    graph.remove_edge(u, v)
                    graph.add_edge(u, target)
    return build.finish(
        "caveman", modules=modules, module_size=module_size, rewiring=rewiring, rng=rng
    )
