"""Modules in a ring, neighbors joined by paths of connector nodes."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from netplastic._support import MEMORY_LIMIT, Graph, Rng, check_count, check_fraction, check_rng

from ._assembly import Assembly, Ports
from ._checks import check_room, check_sizes


def ring_of_modules(
    modules: int = 8,
    module_size: int | Sequence[int] = 20,
    *,
    density: float = 0.3,
    path_length: int = 2,
    links: int = 1,
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Random modules in a ring, each joined to the next by paths of connector nodes.

    Parameters
    ----------
    modules : int
        Number of modules, at least 3.
    module_size : int or sequence of int
        Nodes of each module, at least 2 (connectors come on top).
    density : float
        Probability of each edge inside a module. 1 makes equal cliques.
    path_length : int
        Connector nodes on each path; 0 joins modules by bare bridges.
    links : int
        Number of paths between neighboring modules.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ... module by module, each followed by its connectors to the next. Node
        attributes `module` (a connector belongs to the nearer end of its path, in the middle to
        the earlier one) and `role` ("core", "boundary", "connector"). Every module is connected:
        the pieces of one that was drawn in pieces are joined by single random edges, whose
        number is the graph attribute `repaired_edges`. Paths leave a module from different
        nodes, chosen at random, as long as there are any.

    Raises
    ------
    TypeError, ValueError
        Fewer than 3 modules, a size below 2, a density outside [0, 1], a negative length, more
        links than the nodes of the smallest module.

    Examples
    --------
    >>> graph = ring_of_modules(modules=4, module_size=5, density=1.0, path_length=1)
    >>> roles = [role for _, role in graph.nodes(data="role")]
    >>> roles.count("connector"), roles.count("boundary"), graph.number_of_nodes()
    (4, 8, 24)
    """
    modules = check_count("modules", modules, 3, "two modules are a dumbbell(...)")
    sizes = check_sizes("module_size", module_size, modules, memory_limit=memory_limit)
    density = check_fraction("density", density)
    path_length = check_count("path_length", path_length, 0)
    links = check_count("links", links, 1)
    if links > min(sizes):
        raise ValueError(
            f"links must be at most the size of the smallest module, {min(sizes)}; found {links}"
        )
    check_room(sizes, density, memory_limit, nodes=float(modules) * links * path_length)
    generator = check_rng(rng)
    build = Assembly()
    members: list[list[int]] = []
    paths: list[list[list[int]]] = []
    for module, size in enumerate(sizes):
        members.append(build.add_module(module, size, density, generator))
        ends = (module, (module + 1) % modules)
        paths.append([build.add_path_nodes(ends, path_length) for _ in range(links)])
    ports = Ports(members, generator)
    for module, side_by_side in enumerate(paths):
        for path in side_by_side:
            ends = (ports.take(module), ports.take((module + 1) % modules))
            nx.add_path(build.graph, [ends[0], *path, ends[1]])
    return build.finish(
        "ring_of_modules",
        modules=modules,
        module_size=module_size,
        density=density,
        path_length=path_length,
        links=links,
        rng=rng,
    )
