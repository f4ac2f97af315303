"""Exact counts of all balls of a large network in the strong limit.

A ring of modules of 20 nodes (density 0.3) with paths of two nodes between them: maximal
independent sets of every ball, and their traces on it. Processor time, one thread.

    python benchmarks/limit.py [--modules 4545] [--radius 1] [--share 1.0] [--table]
"""

from __future__ import annotations

import argparse
import math
import resource
import time

import networkx as nx
import numpy as np

import netplastic as npl
from netplastic.equilibria.limit import ball_counts


def measured(call):
    began = time.process_time()
    value = call()
    return time.process_time() - began, value


def ring(modules):
    return npl.graphs.ring_of_modules(
        modules=modules, module_size=20, density=0.3, path_length=2, rng=0
    )


def arrays(graph):
    matrix = nx.to_scipy_sparse_array(graph, format="csr", dtype=float)
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def kernels(graph, radius, share):
    indptr, indices = arrays(graph)
    centers = np.arange(round(share * len(graph)))
    for embedded in (False, True):
        options = {"embedded": embedded, "work": 100_000}
        ball_counts(indptr, indices, centers[:1], radius, **options)  # compiled beforehand
        before = megabytes()
        seconds, found = measured(
            lambda options=options: ball_counts(indptr, indices, centers, radius, **options)
        )
        print(
            f"{'embedded' if embedded else 'isolated'}: {len(centers)} balls in {seconds:.2f} s, "
            f"{np.mean(found.exact):.2%} exact, mean {found.lower.mean():.3f}, largest "
            f"{found.lower.max()}, {megabytes() - before:.0f} MiB more",
            flush=True,
        )


def tables(graph, radius):
    net = npl.PlasticNetwork(graph, npl.Hebbian(-math.inf))
    for scope in ("isolated", "embedded"):
        seconds, table = measured(
            lambda scope=scope: npl.count_neighborhoods(net, radius, scope=scope)
        )
        print(f"table, {scope}: {len(table)} rows in {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--modules", type=int, default=4545)
    parser.add_argument("--radius", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the nodes that are centers")
    parser.add_argument("--table", action="store_true", help="count_neighborhoods as well")
    given = parser.parse_args()
    network = ring(given.modules)
    print(f"{len(network)} nodes, {network.number_of_edges()} edges, radius {given.radius}")
    kernels(network, given.radius, given.share)
    if given.table:
        tables(network, given.radius)
