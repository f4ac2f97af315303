"""Putting modules and connector nodes together: the workshop behind every builder.

Nodes are integers in the order in which they are added. A connector belongs to the module
whose end of the path it is nearer to (to the earlier end in the middle of an odd path), so that
the modules of a finished graph are a partition into as many parts as it has modules.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np

from netplastic._support import Graph

from ._checks import record_rng

CORE, BOUNDARY, CONNECTOR = "core", "boundary", "connector"


def role_of(graph: Graph, node: Hashable, modules: Mapping[Hashable, Any]) -> str:
    """Role of a node that is no connector: "boundary" where a neighbor is in another module."""
    outside = any(modules[other] != modules[node] for other in nx.all_neighbors(graph, node))
    return BOUNDARY if outside else CORE


class Assembly:
    """A graph that grows module by module and path by path."""

    def __init__(self) -> None:
        self.graph: Graph = nx.Graph()
        self.repairs = 0

    def add_node(self, module: int, role: str) -> int:
        """Add one node and return its label."""
        node = self.graph.number_of_nodes()
        self.graph.add_node(node, module=module, role=role)
        return node

    def add_module(
        self, module: int, size: int, density: float, rng: np.random.Generator
    ) -> list[int]:
        """Add a connected random module and return its nodes.

        Each pair is joined with probability `density`; then, while the module is in pieces, the
        piece of its first node is joined to the next piece by one edge between random nodes.
        """
        nodes = [self.add_node(module, CORE) for _ in range(size)]
        self.join_randomly(nodes, nodes, density, rng)
        self.connect(nodes, rng)
        return nodes

    def join_randomly(
        self,
        left: Sequence[int],
        right: Sequence[int],
        density: float,
        rng: np.random.Generator,
    ) -> None:
        """Join each pair of `left` and `right` (or of `left` alone) with probability `density`."""
        if left is right:
            rows, columns = np.triu_indices(len(left), k=1)
        else:
            rows, columns = (part.ravel() for part in np.indices((len(left), len(right))))
        drawn = rng.random(rows.size) < density
        pairs = zip(rows[drawn].tolist(), columns[drawn].tolist(), strict=True)
        self.graph.add_edges_from((left[i], right[j]) for i, j in pairs)

    def connect(self, nodes: Sequence[int], rng: np.random.Generator) -> None:
        """Join the pieces of the subgraph on `nodes` by single random edges."""
        pieces = sorted(
            (sorted(piece) for piece in nx.connected_components(self.graph.subgraph(nodes))),
            key=lambda piece: piece[0],
        )
        joined = list(pieces[0])
        for piece in pieces[1:]:
            self.graph.add_edge(joined[rng.integers(len(joined))], piece[rng.integers(len(piece))])
            self.repairs += 1
            joined.extend(piece)

    def add_path_nodes(self, modules: tuple[int, int], length: int) -> list[int]:
        """Add `length` connector nodes in a row between two modules."""
        first_half = (length + 1) // 2
        path = [
            self.add_node(modules[0] if i < first_half else modules[1], CONNECTOR)
            for i in range(length)
        ]
        nx.add_path(self.graph, path)
        return path

    def finish(self, name: str, **parameters: Any) -> Graph:
        """Stamp boundary roles and the record of how the graph was made, and return it."""
        graph = self.graph
        roles, modules = dict(graph.nodes(data="role")), dict(graph.nodes(data="module"))
        for node, role in roles.items():
            if role == CORE and any(
                roles[other] == CONNECTOR or modules[other] != modules[node]
                for other in graph[node]
            ):
                graph.nodes[node]["role"] = BOUNDARY
        graph.graph.update(record(name, parameters), repaired_edges=self.repairs)
        return graph


class Ports:
    """The nodes of each module in random order, handed out in turn as ends of connections.

    Successive connections of a module so leave from different nodes as long as there are any.
    """

    def __init__(self, modules: Sequence[Sequence[int]], rng: np.random.Generator) -> None:
        self._order = [rng.permutation(np.asarray(nodes)).tolist() for nodes in modules]
        self._next = [0] * len(modules)

    def take(self, module: int) -> int:
        """Return the next port of a module."""
        order = self._order[module]
        node = int(order[self._next[module] % len(order)])
        self._next[module] += 1
        return node


def record(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the graph attributes that say which builder and parameters made a graph.

    Flat, of numbers and text only, so that GraphML and GML can hold them.
    """
    attributes: dict[str, Any] = {"name": name}
    for key, value in parameters.items():
        if key == "rng":
            attributes[key] = record_rng(value)
        elif isinstance(value, bool | np.bool_):
            attributes[key] = bool(value)
        elif isinstance(value, str | int | float):
            attributes[key] = value
        elif isinstance(value, np.generic):
            attributes[key] = value.item()
        else:
            attributes[key] = ", ".join(str(item) for item in value)
    return attributes
