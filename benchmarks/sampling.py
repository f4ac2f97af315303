"""Proved stable states a second: this search, the one of another checkout, and ODE solvers.

    python benchmarks/sampling.py [--before FOLDER] [--rounds 3] [--only TEXT] [--scale 1]

Each case is a process of its own, and the searches take turns: FOLDER is a checkout of an earlier
version, which is asked by the same public call. Printed is processor time of all threads per
distinct state, setup and starts included and compiling not. The ODE solvers (scipy's RK45 and RK23,
whichever is faster) follow the flow of the reduced equations, n of them, from the starts of the new
search until every |F| is below 1e-5; what they find is not proved. (LSODA, whose Jacobian is dense,
takes more than five seconds a start on 1,040 nodes.)
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.integrate import solve_ivp

import netplastic as npl

CASES = {
    # name: strength, bias, starts here, starts before, starts of the ODE solvers
    "ring of 20 modules, k = -20": (-20.0, "1", 400, 60, 12),
    "ring of 20 modules, k = -50": (-50.0, "1", 400, 60, 12),
    "ring of 20 modules, k = -20, random biases": (-20.0, "random", 400, 60, 12),
    "ring of 200 modules, k = -20": (-20.0, "1", 60, 6, 2),
    "ring of 200 modules, k = -50": (-50.0, "1", 60, 6, 2),
    "planted partition, k = -50": (-50.0, "1", 120, 20, 6),
}


def network(name: str) -> npl.PlasticNetwork:
    """1,040 and 10,400 nodes of mean degree 14; 1,000 nodes of mean degree 20."""
    strength, bias = CASES[name][:2]
    if name.startswith("ring"):
        modules = int(name.split()[2])
        graph: Any = npl.graphs.ring_of_modules(
            modules=modules, module_size=50, density=0.3, path_length=2, rng=0
        )
    else:
        graph = nx.planted_partition_graph(20, 50, 15 / 49, 5 / 950, seed=0)
    n = graph.number_of_nodes()
    biases = np.random.default_rng(7).uniform(0.5, 1.5, n) if bias == "random" else 1.0
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), bias=biases, learning_rate=100.0)


def sampled(name: str, starts: int, seed: int) -> dict[str, float]:
    """Processor time of one call, and how many distinct states it proved."""
    net = network(name)
    npl.find_equilibria(net, "sampled", stable_only=True, budget=npl.Budget(starts=2), rng=9)
    net = network(name)
    began = time.process_time()
    found = npl.find_equilibria(
        net, "sampled", stable_only=True, budget=npl.Budget(starts=starts), rng=seed
    )
    seconds = time.process_time() - began
    return {
        "seconds": seconds,
        "proved": int(np.isfinite(found.radius).sum()),
        "listed": len(found),
    }


def integrated(name: str, starts: int, seed: int) -> dict[str, float]:
    """The same for the better one of two ODE solvers."""
    from netplastic.equilibria.sampled import activity_box
    from netplastic.equilibria.sampled._starts import set_starts

    net = network(name)
    wiring = net.wiring
    arcs = sparse.csr_array((-net.coupling, wiring.source, wiring.indptr), shape=(net.n, net.n))

    def flow(_: float, x: np.ndarray) -> np.ndarray:
        rate = np.tanh(x)
        return net.bias - x - rate * (arcs @ (rate * rate))

    def rest(t: float, x: np.ndarray) -> float:
        return float(np.abs(flow(t, x)).max() - 1e-5)

    rest.terminal = True  # type: ignore[attr-defined]  # how scipy wants to be told
    states = set_starts(net, activity_box(net), starts, np.random.default_rng(seed))
    best: dict[str, float] = {}
    for method in ("RK45", "RK23"):
        began = time.process_time()
        ends = [
            solve_ivp(flow, (0.0, 1e3), x, method, events=rest, rtol=1e-6, atol=1e-8)
            for x in states
        ]
        seconds = time.process_time() - began
        found = len(np.unique(np.round([end.y[:, -1] for end in ends], 3), axis=0))
        if not best or seconds / found < best["seconds"] / best["listed"]:
            best = {"seconds": seconds, "proved": 0, "listed": found}
    return best


def asked(folder: Path, kind: str, name: str, starts: int, seed: int) -> dict[str, float]:
    """Run one case with the package of a folder, in a process of its own."""
    one = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)}
    command = [sys.executable, __file__, "--case", kind, name, str(starts), str(seed)]
    done = subprocess.run(command, env=os.environ | one, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def row(name: str, before: Path | None, rounds: int, scale: float) -> str:
    """One line of the table: sums over rounds in turns."""
    here = Path(__file__).parents[1]
    ways = {"new": (here, "sampled", 2), "ODE": (here, "integrated", 4)}
    if before is not None:
        ways["before"] = (before, "sampled", 3)
    total = {way: np.zeros(3) for way in ways}
    for seed in range(rounds):
        for way, (folder, kind, place) in ways.items():
            starts = max(1, int(CASES[name][place] * scale))
            got = asked(folder, kind, name, starts, seed)
            total[way] += [got["seconds"], got["proved"], got["listed"]]
    seconds, proved, listed = total["new"]
    each = seconds / proved
    cells = [name, f"{1e3 * each:.2f}", f"{1.0 / each:.0f}", f"{listed - proved:.0f}"]
    for way in ("before", "ODE"):
        if way not in total:
            cells += ["", ""]
            continue
        other, number = total[way][0], total[way][1 if way == "before" else 2]
        cells += [f"{1e3 * other / number:.1f}", f"{other / number / each:.0f}"]
    return " | ".join(["", *cells, ""]).strip()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--case", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        kind, name, starts, seed = options.case
        call = sampled if kind == "sampled" else integrated
        print(json.dumps(call(name, int(starts), int(seed))))
        return
    print("| network | ms a state | a second | candidates | before, ms | ratio | ODE, ms | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name in CASES:
        if options.only in name:
            print(row(name, options.before, options.rounds, options.scale), flush=True)


if __name__ == "__main__":
    main()
