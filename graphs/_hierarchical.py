"""Modules within modules."""

from __future__ import annotations

import math

from netplastic._support import (
    MEMORY_LIMIT,
    Graph,
    Rng,
    check_count,
    check_fraction,
    check_memory,
    check_rng,
)

from ._assembly import Assembly
from ._checks import PAIR


def hierarchical_modules(
    levels: int = 2,
    branching: int = 3,
    *,
    module_size: int = 8,
    density: float = 0.7,
    ratio: float = 0.08,
    rng: Rng = 0,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Nested random modules, joined more sparsely at every level.

    Two nodes are joined with probability ``density * ratio**level``, where level 0 is the same
    module, 1 the same group of `branching` modules, 2 the same group of such groups, ...

    Parameters
    ----------
    levels : int
        Levels of groups above the modules, at least 1; there are ``branching**levels`` modules.
    branching : int
        Members of each group, at least 2.
    module_size : int
        Nodes of each module, at least 2.
    density : float
        Probability of each edge inside a module.
    ratio : float
        Factor of the edge probability from one level to the next.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    memory_limit : float, default 8.0
        Gigabytes that the graph may take, by an estimate made before it is built.

    Returns
    -------
    networkx.Graph
        Nodes 0, 1, ... module by module, with `module` (of the lowest level), `supermodule` (the
        group of the highest level) and `role`. Modules and groups of every level are connected:
        pieces are joined by single random edges (graph attribute `repaired_edges`).

    Raises
    ------
    TypeError, ValueError
        No levels, branching or size below 2, a density or ratio outside [0, 1].

    Examples
    --------
    >>> graph = hierarchical_modules(levels=2, branching=2, module_size=5)
    >>> len(set(dict(graph.nodes(data="module")).values())), graph.nodes[19]["supermodule"]
    (4, 1)
    """
    levels = check_count("levels", levels, 1)
    branching = check_count("branching", branching, 2)
    module_size = check_count("module_size", module_size, 2)
    density = check_fraction("density", density)
    ratio = check_fraction("ratio", ratio)
    _check_room(levels, branching, module_size, density, ratio, memory_limit)
    generator = check_rng(rng)
    build = Assembly()
    groups = [
        build.add_module(module, module_size, density, generator)
        for module in range(branching**levels)
    ]
    for level in range(1, levels + 1):
        merged: list[list[int]] = []
        for start in range(0, len(groups), branching):
            members = groups[start : start + branching]
            for i, left in enumerate(members):
                for right in members[i + 1 :]:
                    build.join_randomly(left, right, density * ratio**level, generator)
            nodes = [node for group in members for node in group]
            build.connect(nodes, generator)
            merged.append(nodes)
        if len(merged) == 1:
            for i, group in enumerate(groups):
                for node in group:
                    build.graph.nodes[node]["supermodule"] = i
        groups = merged
    return build.finish(
        "hierarchical_modules",
        levels=levels,
        branching=branching,
        module_size=module_size,
        density=density,
        ratio=ratio,
        rng=rng,
    )


def _check_room(
    levels: int,
    branching: int,
    module_size: int,
    density: float,
    ratio: float,
    memory_limit: float,
) -> None:
    """Refuse what would not fit into memory: groups of the highest level are drawn at once."""
    try:
        modules = float(branching) ** levels
        half = modules / branching * module_size
        pairs = modules * module_size * (module_size - 1) / 2
        edges = density * pairs
        for level in range(1, levels + 1):
            below = float(branching) ** (level - 1) * module_size
            joined = float(branching) ** (levels - level) * branching * (branching - 1) / 2
            edges += density * ratio**level * joined * below * below
        drawn = PAIR * max(half**2, float(module_size) ** 2 / 2)
        check_memory(modules * module_size, edges, memory_limit, bytes_=drawn)
    except OverflowError:
        check_memory(math.inf, 0, memory_limit)
