"""Time the certified search on the cases that it is held to.

    python benchmarks/certified.py

One line a case: what was counted, the count, seconds by the clock (kernels compiled beforehand).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import networkx as nx
import numpy as np

import netplastic as npl

CASES = [
    ("5-cycle, k = -20", nx.cycle_graph(5), -20.0),
    ("K4, k = -50", nx.complete_graph(4), -50.0),
    ("3x3 grid, k = -50", nx.grid_2d_graph(3, 3), -50.0),
    ("12-path, k = -50", nx.path_graph(12), -50.0),
    ("barbell(4, 2), k = -50", nx.barbell_graph(4, 2), -50.0),
    ("4x4 grid, k = -50", nx.grid_2d_graph(4, 4), -50.0),
    ("20-path, k = -50", nx.path_graph(20), -50.0),
    ("barbell(10, 2), k = -50", nx.barbell_graph(10, 2), -50.0),
]


def timed(net: npl.PlasticNetwork, stable_only: bool) -> tuple[npl.Count, float]:
    """Count, and take the time."""
    started = time.perf_counter()
    count = npl.count_equilibria(net, stable_only)
    return count, time.perf_counter() - started


def lines() -> Iterator[str]:
    """Yield the table, line by line."""
    timed(npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0)), False)
    for name, graph, strength in CASES:
        net = npl.PlasticNetwork(graph, npl.Hebbian(strength))
        for stable in (False, True):
            count, seconds = timed(net, stable)
            yield f"{name:26s} {'stable' if stable else 'all':7s} {count!s:18s} {seconds:8.4f} s"
    yield balls()


def balls() -> str:
    """Time stable counts of radius-1 balls of a ring of 20 modules of 50 nodes."""
    graph = npl.graphs.ring_of_modules(
        modules=20, module_size=50, density=0.3, path_length=2, rng=0
    )
    net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0))
    nodes = list(graph)
    chosen = np.random.default_rng(0).choice(len(nodes), 100, replace=False)
    times, settled = [], 0
    for i in chosen:
        count, seconds = timed(net.part([nodes[i], *graph[nodes[i]]]), True)
        settled += count.exact
        times.append(seconds)
    median, high = np.quantile(times, [0.5, 0.95])
    return f"radius-1 balls: {settled} of 100 certified, median {median:.3f} s, 95 % {high:.2f} s"


if __name__ == "__main__":
    for text in lines():
        print(text, flush=True)
