"""Small networks with everything that is legal at once, and an activation of a user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import networkx as nx
import numpy as np

import netplastic as npl


@dataclass(frozen=True)
class Softplus(npl.Activation):
    """A user's own activation, unknown to the kernels and unbounded."""

    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)

    def rate(self, x: Any) -> Any:
        return np.logaddexp(0.0, x)

    def slope(self, x: Any) -> Any:
        return 0.5 * (1.0 + np.tanh(0.5 * x))

    def inverse(self, v: Any) -> Any:
        return v + np.log(-np.expm1(-v))


def odd_graph(directed: bool, seed: int) -> nx.Graph:
    """Seven nodes, random weights, a self-loop and an isolated node."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(6, 0.5, seed=seed, directed=directed)
    graph.add_edge(2, 2)
    graph.add_node("alone")
    for u, v in graph.edges:
        graph.edges[u, v]["weight"] = rng.uniform(0.2, 1.5)
    return graph


def odd_network(rule: Any, activation: Any, directed: bool = False, **more: Any) -> Any:
    return npl.PlasticNetwork(
        odd_graph(directed, 3),
        rule,
        activation=activation,
        tau=np.linspace(0.5, 2.0, 7),
        bias=np.linspace(-1.0, 1.5, 7),
        static_weight=0.1,
        **{"learning_rate": 0.7, **more},
    )


def start_of(net: Any, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    of_edge = rng.normal(size=int(net.wiring.edge.max()) + 1)
    return rng.normal(size=net.n), of_edge[net.wiring.edge]
