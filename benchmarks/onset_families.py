"""Whether the march of large networks stays on the base branch, on families it was not tuned on.

Every onset is compared with that of a march that bounds the move of every node in every step
(`base_branch`), or, with "dense" as a fourth word, with
pseudo-arclength continuation with dense matrices, which takes minutes a network. A jump to another
branch would show as another onset.

    python benchmarks/onset_families.py [networks per family] [nodes] [first seed] [dense]
"""

from __future__ import annotations

import sys
import time

import networkx as nx
import numpy as np

import netplastic as npl
from netplastic.continuation import base_branch, coupled_of
from netplastic.continuation._march import base_onset
from netplastic.continuation._onset import _dense_onset
from netplastic.model import family_of

LIMIT = 60.0
MISS = 2e-4


def planted(n, seed):
    return npl.graphs.planted_partition(
        n // 20, 20, density_inside=0.4, density_between=0.01, rng=seed
    )


def hierarchical(n, seed):
    return npl.graphs.hierarchical_modules(
        levels=3, branching=2, module_size=n // 8, density=0.3, ratio=0.15, rng=seed
    )


def weighted(n, seed):
    graph = nx.random_regular_graph(4, n, seed=seed)
    draw = np.random.default_rng(seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = draw.lognormal(0.0, 0.5)
    return graph


FAMILIES = {
    "planted": planted,
    "small world": lambda n, seed: nx.connected_watts_strogatz_graph(n, 6, 0.1, seed=seed),
    "geometric": lambda n, seed: nx.random_geometric_graph(n, (2.5 / n) ** 0.5, seed=seed),
    "hierarchical": hierarchical,
    "weighted": weighted,
    "4-regular": lambda n, seed: nx.random_regular_graph(4, n, seed=seed),
    "random": lambda n, seed: nx.gnp_random_graph(n, 6.0 / n, seed=seed),
    "tree": lambda n, seed: nx.random_labeled_tree(n, seed=seed),
    "celegans": lambda n, seed: npl.graphs.celegans("gap", autapses=False),
}
SPREADS = 0.0, 0.5


def bounded(coupled, net):
    """Onset of the march that bounds the move of every node in every step."""
    branch = base_branch(coupled, LIMIT, MISS)
    return branch.end if branch.is_lost else np.inf


def dense_arclength(coupled, net):
    """Onset by the dense arclength continuation of the package."""
    return abs(_dense_onset(family_of(net, "strength"), -1.0, LIMIT).strength)


def compare(name, graph, spread, seed, reference_of, miss=1e-6):
    """One network by the march and by a reference; print a line, return whether they agree."""
    n = graph.number_of_nodes()
    bias = 1.0 + spread * np.random.default_rng(seed).uniform(-1.0, 1.0, n)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-1.0), bias=bias)
    coupled = coupled_of(net)
    began = time.process_time()
    found, followed = base_onset(coupled, LIMIT)
    ours = time.process_time() - began
    ours_at = found.strength if found else (np.inf if followed.reached == LIMIT else np.nan)
    began = time.process_time()
    reference = reference_of(coupled, net)
    theirs = time.process_time() - began
    agree = ours_at == reference or abs(ours_at - reference) <= miss * reference
    print(
        f"{name:13s} spread {spread} seed {seed:3d} n {n:4d}  {ours_at:14.9f} {ours:6.2f} s"
        f"  reference {reference:14.9f} {theirs:7.2f} s  {'' if agree else 'DIFFERENT'}",
        flush=True,
    )
    return agree


def main(networks, n, first, dense):
    said, reference_of = [], dense_arclength if dense else bounded
    for seed in range(first, first + networks):
        for name, make in FAMILIES.items():
            for spread in SPREADS:
                said.append(compare(name, make(n, seed), spread, seed, reference_of))
    print(f"{sum(said)} of {len(said)} agree")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:4]]
    main(*(given + [12, 200, 0][len(given) :]), sys.argv[4:] == ["dense"])
