"""The networks of the study choke-points: families, measured networks, chains and modules."""

from __future__ import annotations

from collections.abc import Iterator

from netplastic._support import Graph
from netplastic.graphs import dumbbell, ring_of_modules

__all__ = ["FAMILIES", "MEASURED", "STRONG_FAMILIES", "chains", "modules_apart"]

FAMILIES = (
    "dumbbell_random",
    "ring_of_modules_sparse",
    "ring_of_modules",
    "ring_of_modules_dense",
    "star_of_modules",
    "hourglass",
    "planted_partition",
    "caveman_rewired",
    "hierarchical_modules",
)
"""Modular and bottleneck families of the catalogue that are drawn at random."""

MEASURED = ("karate", "celegans_gap_loopless", "celegans_gap", "celegans_loopless", "celegans")
"""One network each, with and without the self-loops of C. elegans."""

STRONG_FAMILIES = ("ring_of_modules", "hourglass", "caveman_rewired")
"""Families that are also counted at finite strengths."""

MODULE_SIZE = 40


def chains(draws: int) -> dict[str, Graph]:
    """Two modules joined by a chain of connectors, and modules alone.

    Chains of 0 to 6 connectors between modules of mean degree 24, and of 2 between modules of
    other degrees; a module of each of these alone.
    """
    degrees = (4, 8, 12, 16, 24)
    found: dict[str, Graph] = {}
    for draw in range(draws):
        lengths = {(24, length) for length in range(7)}
        for degree, length in sorted(lengths | {(degree, 2) for degree in degrees}):
            name = f"chain of {length}, degree {degree}, draw {draw}"
            found[name] = _pair(degree, length, draw)
        for degree in degrees:
            found[f"module, degree {degree}, draw {draw}"] = _module(degree, draw)
    return found


def _pair(degree: int, length: int, draw: int) -> Graph:
    density = degree / (MODULE_SIZE - 1)
    graph = dumbbell(MODULE_SIZE, path_length=length, density=density, rng=draw)
    graph.graph.update(what="chain", draw=draw)
    return graph


def _module(degree: int, draw: int) -> Graph:
    """The first module of such a pair."""
    pair = _pair(degree, 2, draw)
    inside = [
        node for node, data in pair.nodes(data=True)
        if data["module"] == 0 and data["role"] != "connector"
    ]  # fmt: skip
    graph: Graph = pair.subgraph(inside).copy()
    graph.graph.update(what="module", path_length=-1)
    return graph


def modules_apart(draws: int) -> dict[str, Graph]:
    """Three modules of ten nodes, every two of them joined by five edges; random or cliques."""
    return dict(_joined(draws))


def _joined(draws: int) -> Iterator[tuple[str, Graph]]:
    for density in (0.4, 0.6, 0.8, 1.0):
        for draw in range(draws):
            graph = ring_of_modules(3, 10, density=density, path_length=0, links=5, rng=draw)
            graph.graph["draw"] = draw
            yield f"three modules of density {density:g}, draw {draw}", graph
