"""How seconds and memory grow with the network, operation by operation.

Every run has a process of its own, so that its peak memory is that of one operation with its
network. Seconds are processor seconds of the operation alone, with everything compiled. The
exponent is that of the seconds over the arcs, from the first size to the last.

    python benchmarks/scale.py [largest number of nodes] [operation ...]
"""

from __future__ import annotations

import math
import multiprocessing
import resource
import sys
import time

import networkx as nx
import numpy as np

import netplastic as npl

SIZES = 1_000, 10_000, 100_000, 1_000_000


def ring(n):
    return npl.graphs.ring_of_modules(
        max(3, round(n / 52)), 50, density=0.3, path_length=2, rng=0, memory_limit=64.0
    )


def tree(n):
    return nx.random_labeled_tree(n, seed=0)


def grid(n):
    return nx.grid_2d_graph(round(n**0.5), round(n**0.5))


def network(graph):
    bias = np.random.default_rng(0).uniform(0.8, 1.2, len(graph))
    return npl.PlasticNetwork(graph, npl.Hebbian(-1.0), bias=bias)


OPERATIONS = {
    "onset, ring of modules": (
        lambda n: npl.PlasticNetwork(ring(n), npl.Hebbian(-1.0)),
        npl.onset,
    ),
    "second state, tree": (lambda n: network(tree(n)), npl.multistability_onset),
    "second state, grid": (lambda n: network(grid(n)), npl.multistability_onset),
}
"""How its network is made, and the operation; what they return is printed."""


def run(name, n, queue):
    make, operation = OPERATIONS[name]
    operation(make(200))  # compile
    net = make(n)
    began = time.process_time()
    found = operation(net)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    queue.put((net.n, net.m, seconds, peak, repr(found)))


def main(most, names):
    print(
        "| operation | nodes | arcs | seconds | peak MiB | exponent | found |\n" + "|---" * 7 + "|"
    )
    spawn = multiprocessing.get_context("spawn")
    for name in names or OPERATIONS:
        first = None
        for n in (size for size in SIZES if size <= most):
            queue = spawn.Queue()
            process = spawn.Process(target=run, args=(name, n, queue))
            process.start()
            nodes, arcs, seconds, peak, found = queue.get()
            process.join()
            first = first or (arcs, seconds)
            exponent = ""
            if arcs > first[0]:
                exponent = f"{math.log(seconds / first[1]) / math.log(arcs / first[0]):.2f}"
            row = (name, nodes, arcs, f"{seconds:.2f}", f"{peak:.0f}", exponent, found)
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else SIZES[-1], sys.argv[2:])
