"""Two broad layers that meet in a narrow waist."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from netplastic._support import MEMORY_LIMIT, Graph, Rng, check_count, check_fraction, check_rng

from ._assembly import CONNECTOR, Assembly, Ports
from ._checks import check_room, check_sizes


def hourglass(
    layer_size: int | Sequence[int] = 20,
    waist: int = 3,
    *,
    density: float = 0.3,
    links: int = 3,
    waist_length: int = 1,
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Two broad layers joined through a narrow waist.

    Parameters
    ----------
    layer_size : int or pair of int
        Nodes of the upper and of the lower layer, at least 2.
    waist : int
        Width of the waist, at least 1.
    density : float
        Probability of each edge inside a layer.
    links : int
        Edges from each node at an end of the waist into the layer there.
    waist_length : int
        Length of the waist: each of its `waist` strands is a path of so many connector nodes.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ...: upper layer, waist, lower layer. Node attributes `module` (0, 1, 2 in
        that order: the waist is a module of its own) and `role` (waist nodes are connectors).
        Both layers are connected (see `ring_of_modules`).

    Raises
    ------
    TypeError, ValueError
        A layer below 2 nodes, no waist, a density outside [0, 1], more links than layer nodes.

    Examples
    --------
    >>> graph = hourglass(layer_size=10, waist=2, links=4)
    >>> [graph.degree(node) for node, role in graph.nodes(data="role") if role == "connector"]
    [8, 8]
    """
    upper_size, lower_size = check_sizes(
        "layer_size", layer_size, modules=2, memory_limit=memory_limit
    )
    waist = check_count("waist", waist, 1)
    density = check_fraction("density", density)
    links = check_count("links", links, 1)
    waist_length = check_count("waist_length", waist_length, 1)
    if links > min(upper_size, lower_size):
        raise ValueError(
            f"links must be at most the size of the smaller layer, "
            f"{min(upper_size, lower_size)}; found {links}"
        )
    check_room(
        [upper_size, lower_size],
        density,
        memory_limit,
        nodes=float(waist) * waist_length,
    )
    generator = check_rng(rng)
    build = Assembly()
    upper = build.add_module(0, upper_size, density, generator)
    strands = [[build.add_node(1, CONNECTOR) for _ in range(waist_length)] for _ in range(waist)]
    lower = build.add_module(2, lower_size, density, generator)
    ports = Ports([upper, lower], generator)
    for strand in strands:
        nx.add_path(build.graph, strand)
        build.graph.add_edges_from((strand[0], ports.take(0)) for _ in range(links))
        build.graph.add_edges_from((strand[-1], ports.take(1)) for _ in range(links))
    return build.finish(
        "hourglass",
        layer_size=layer_size,
        waist=waist,
        density=density,
        links=links,
        waist_length=waist_length,
        rng=rng,
    )
