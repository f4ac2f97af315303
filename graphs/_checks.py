"""Checks shared by the graphs layer: what was found, what is allowed, how to mend it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from netplastic._support import MEMORY_LIMIT, Graph, Rng, brief, check_count, check_memory

MOST_TRIES = 10_000

PAIR = 40.0
"""Bytes for each pair of nodes while edges are drawn: two indices, a random number and a mark."""


def check_sizes(
    name: str,
    value: object,
    modules: int,
    least: int = 2,
    memory_limit: float = MEMORY_LIMIT,
) -> list[int]:
    """Return one size for each module from one number or a sequence of them."""
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes):
        if len(value) != modules:
            raise ValueError(
                f"{name} holds {len(value)} sizes for {modules} modules; "
                f"give one number for all modules or a sequence of {modules}"
            )
        return [check_count(f"{name}[{i}]", size, least) for i, size in enumerate(value)]
    size = check_count(name, value, least)
    check_memory(float(modules) * size, 0, memory_limit)  # before a list as long as that
    return [size] * modules


def check_room(
    sizes: Sequence[int],
    density: float,
    memory_limit: float,
    *,
    nodes: float = 0,
    between: float = 0,
    density_between: float = 0.0,
) -> None:
    """Refuse modules that would not fit into memory, before any of them is built.

    Parameters
    ----------
    sizes : sequence of int
        Nodes of each module.
    density, density_between : float
        Probability of each edge inside a module, and of those between.
    memory_limit : float
        Gigabytes.
    nodes : float
        Further nodes, each with an edge or two.
    between : float
        Pairs of nodes of different modules that are drawn at once.
    """
    pairs = [size * (size - 1) / 2 for size in sizes]
    most = max([*pairs, between], default=0.0)
    total = sum(sizes)
    rest = max(total * (total - 1) / 2 - sum(pairs), 0.0) if density_between else 0.0
    check_memory(
        total + nodes,
        density * sum(pairs) + 2.0 * nodes + density_between * rest,
        memory_limit,
        bytes_=PAIR * most,
    )


def check_tries(tries_per_edge: object) -> int:
    """Return a number of swaps tried per edge that ends within a life and mixes as well as more."""
    tries = check_count("tries_per_edge", tries_per_edge)
    if tries > MOST_TRIES:
        raise ValueError(
            f"tries_per_edge must be at most {MOST_TRIES}, which mixes as well as more; found "
            f"{brief(tries)}"
        )
    return tries


def record_rng(rng: Rng) -> int | str:
    """Say in a form that every graph file can hold which `rng` made a graph."""
    if rng is None:
        return "fresh entropy"
    if isinstance(rng, np.random.Generator):
        return "a numpy Generator"
    return int(rng)


def edge_values(graph: Graph, name: str = "weight") -> Iterator[tuple[Any, Any, Any]]:
    """Yield each edge with one of its attributes, None where it lacks it."""
    for u, v, data in graph.edges(data=True):
        yield u, v, data.get(name)


def check_weights(graph: Graph) -> None:
    """Check that every `weight` is a finite number, and that all edges or none have one."""
    lacking: tuple[Any, Any] | None = None
    having: tuple[Any, Any] | None = None
    for u, v, weight in edge_values(graph):
        if weight is None:
            lacking = lacking or (u, v)
            continue
        having = having or (u, v)
        if isinstance(weight, bool) or not isinstance(weight, numbers.Real):
            raise TypeError(
                f"the weight of edge ({u!r}, {v!r}) must be a finite number; found {weight!r} "
                f"({type(weight).__name__}). Convert it with float(...)"
            )
        if not math.isfinite(float(weight)):
            raise ValueError(
                f"the weight of edge ({u!r}, {v!r}) must be a finite number; found {weight}. "
                "Give it a number or remove the edge"
            )
    if lacking and having:
        raise ValueError(
            f"edge {lacking!r} has no weight but edge {having!r} has one; "
            "give every edge a weight, or none"
        )


def check_modules(graph: Graph) -> bool:
    """Tell whether all nodes carry `module`; raise if only some do, or if NaN stands for one."""
    for node, module in graph.nodes(data="module"):
        if module is not None and _is_missing(module):
            raise ValueError(
                f"node {node!r} has the module {module}, which is none; give every node a module "
                "(a number or text), or none"
            )
    lacking = [node for node, module in graph.nodes(data="module") if module is None]
    if not lacking:
        return True
    if len(lacking) == graph.number_of_nodes():
        return False
    raise ValueError(
        f"node {lacking[0]!r} has no attribute 'module' but others have one ({len(lacking)} of "
        f"{graph.number_of_nodes()} nodes lack it); give every node a module, or none"
    )


def _is_missing(value: object) -> bool:
    """Whether a value says that there is none: NaN, and pandas' NA and NaT."""
    if isinstance(value, numbers.Real):
        return math.isnan(float(value))
    return type(value).__name__ in ("NAType", "NaTType")
