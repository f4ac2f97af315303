"""The planted partition: dense inside, sparse between, no connector nodes."""

from __future__ import annotations

from collections.abc import Sequence

from netplastic._support import (
    MEMORY_LIMIT,
    Graph,
    Rng,
    check_count,
    check_flag,
    check_fraction,
    check_rng,
)

from ._assembly import CORE, Assembly
from ._checks import check_room, check_sizes


def planted_partition(
    modules: int = 4,
    module_size: int | Sequence[int] = 12,
    *,
    density_inside: float = 0.5,
    density_between: float = 0.03,
    connected: bool = True,
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Modules whose nodes are joined at random, more densely inside than between.

    Parameters
    ----------
    modules : int
        Number of modules, at least 1.
    module_size : int or sequence of int
        Nodes of each module, at least 1.
    density_inside, density_between : float
        Probability of each edge inside a module and between two modules.
    connected : bool
        Join the pieces of each module that was drawn in pieces by single random edges (their
        number is the graph attribute `repaired_edges`). False leaves the draw as it is: the
        planted partition of Condon and Karp [1]_. Modules are never joined to each other by
        force: with a `density_between` near 0 the graph may have several components.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ... module by module, with `module` and `role` ("core", or "boundary" with a
        neighbor in another module).

    Raises
    ------
    TypeError, ValueError
        No modules, a size below 1, a density outside [0, 1].

    References
    ----------
    .. [1] Condon, A., Karp, R. M. (2001). Algorithms for graph partitioning on the planted
       partition model. Random Structures & Algorithms 18, 116-140.

    Examples
    --------
    >>> graph = planted_partition(modules=3, module_size=4, density_inside=1, density_between=0)
    >>> graph.number_of_edges(), {role for _, role in graph.nodes(data="role")}
    (18, {'core'})
    """
    modules = check_count("modules", modules, 1)
    sizes = check_sizes("module_size", module_size, modules, least=1, memory_limit=memory_limit)
    inside = check_fraction("density_inside", density_inside)
    between = check_fraction("density_between", density_between)
    connected = check_flag("connected", connected)
    largest = sorted(sizes)[-2:]
    check_room(
        sizes,
        inside,
        memory_limit,
        between=float(largest[0]) * largest[-1] if modules > 1 else 0.0,
        density_between=between,
    )
    generator = check_rng(rng)
    build = Assembly()
    members: list[list[int]] = []
    for module, size in enumerate(sizes):
        if connected:
            members.append(build.add_module(module, size, inside, generator))
        else:
            nodes = [build.add_node(module, CORE) for _ in range(size)]
            build.join_randomly(nodes, nodes, inside, generator)
            members.append(nodes)
    for first in range(modules):
        for second in range(first + 1, modules):
            build.join_randomly(members[first], members[second], between, generator)
    return build.finish(
        "planted_partition",
        modules=modules,
        module_size=module_size,
        density_inside=inside,
        density_between=between,
        connected=connected,
        rng=rng,
    )
