"""Modules around a hub: one node, or a module of its own."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from netplastic._support import (
    MEMORY_LIMIT,
    Graph,
    Rng,
    check_choice,
    check_count,
    check_fraction,
    check_rng,
)

from ._assembly import CONNECTOR, Assembly, Ports
from ._checks import check_room, check_sizes


def star_of_modules(
    modules: int = 5,
    module_size: int | Sequence[int] = 12,
    *,
    density: float = 0.4,
    path_length: int = 1,
    links: int = 1,
    hub: str = "node",
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Random modules joined through one hub, directly or by paths of connector nodes.

    Parameters
    ----------
    modules : int
        Number of modules around the hub, at least 2.
    module_size : int or sequence of int
        Nodes of each module, at least 2.
    density : float
        Probability of each edge inside a module. 1 makes equal cliques.
    path_length : int
        Connector nodes between a module and the hub; 0 joins the modules to the hub itself.
    links : int
        Number of paths between each module and the hub.
    hub : {"node", "module"}
        "node": the hub is one connector node. "module": it is one more random module, as large
        as the largest of the others, and the modules hang on it through the connectors.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ... module by module, each followed by its connectors, the hub last. Node
        attributes `module` (the hub has the number `modules`; the connectors of a path to a hub
        node belong to the module, those to a hub module to the nearer end) and `role`. Every
        module is connected (see `ring_of_modules`).

    Raises
    ------
    TypeError, ValueError
        Fewer than 2 modules, a size below 2, a density outside [0, 1], a negative length, more
        links than the nodes of the smallest module, an unknown hub.

    Examples
    --------
    >>> graph = star_of_modules(modules=3, module_size=4, density=1.0, path_length=0)
    >>> graph.degree(12), graph.nodes[12]
    (3, {'module': 3, 'role': 'connector'})
    """
    modules = check_count("modules", modules, 2)
    sizes = check_sizes("module_size", module_size, modules, memory_limit=memory_limit)
    density = check_fraction("density", density)
    path_length = check_count("path_length", path_length, 0)
    links = check_count("links", links, 1)
    if links > min(sizes):
        raise ValueError(
            f"links must be at most the size of the smallest module, {min(sizes)}; found {links}"
        )
    hub = check_choice("hub", hub, ("node", "module"))
    check_room(sizes, density, memory_limit, nodes=float(modules) * links * path_length)
    generator = check_rng(rng)
    build = Assembly()
    members: list[list[int]] = []
    paths: list[list[list[int]]] = []
    for module, size in enumerate(sizes):
        members.append(build.add_module(module, size, density, generator))
        ends = (module, modules if hub == "module" else module)
        paths.append([build.add_path_nodes(ends, path_length) for _ in range(links)])
    if hub == "module":
        members.append(build.add_module(modules, max(sizes), density, generator))
    else:
        members.append([build.add_node(modules, CONNECTOR)])
    ports = Ports(members, generator)
    for module, side_by_side in enumerate(paths):
        for path in side_by_side:
            nx.add_path(build.graph, [ports.take(module), *path, ports.take(modules)])
    return build.finish(
        "star_of_modules",
        modules=modules,
        module_size=module_size,
        density=density,
        path_length=path_length,
        links=links,
        hub=hub,
        rng=rng,
    )
