"""Balls of radius 1 of a ring of modules: counts, bounds and onsets, this tree against another.

    python benchmarks/balls.py [--old TREE] [--share 0.1] [--modules 20] [--size 50]

TREE is a checkout of another version: every measurement then runs there and here in turns, each in
a process of its own, on the same balls, and ratios are shown. Processor seconds of one thread,
kernels compiled beforehand. "certified" counts stable states at k = -20 with proof, "limit sets"
proves the sets at k = -100, "onsets" finds and proves where a second stable state is born.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

import netplastic as npl

HERE = Path(__file__).resolve().parents[1]
TASKS = ("certified", "limit sets", "onsets")


def chosen(options: argparse.Namespace) -> tuple[nx.Graph[Any], list[int]]:
    """The ring, and centers with different balls."""
    graph = npl.graphs.ring_of_modules(
        modules=options.modules, module_size=options.size, density=0.3, path_length=2, rng=0
    )
    centers = np.random.default_rng(5).permutation(len(graph))
    nodes = list(graph)
    return graph, [nodes[i] for i in centers[: max(1, round(options.share * len(nodes)))]]


def asked(graph: nx.Graph[Any], task: str) -> Callable[[list[int]], Any]:
    """Measure nodes; a table."""
    strength = -100.0 if task == "limit sets" else -20.0
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength))
    if task == "onsets":
        return lambda nodes: npl.onset_neighborhoods(net, nodes=nodes, progress=False)
    return lambda nodes: npl.count_neighborhoods(net, nodes=nodes, method=task, progress=False)


def measured(task: str, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of one task here, and what came out."""
    graph, nodes = chosen(options)
    ask = asked(graph, task)
    ask(nodes[:2])
    began = time.process_time()
    table = ask(nodes)
    seconds = time.process_time() - began
    settled = table["status"].isin(["certified", "proved"]).sum()
    total = table["n_stable"].sum() if "n_stable" in table else table["onset"].sum()
    return {"seconds": seconds, "balls": len(table), "settled": int(settled), "sum": float(total)}


def there(tree: Path, task: str, options: argparse.Namespace) -> dict[str, Any] | None:
    """The same in a process of a tree; None where it cannot do that."""
    words = ["--task", task, "--share", str(options.share)]
    words += ["--modules", str(options.modules), "--size", str(options.size)]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).resolve()), *words],
        env={**os.environ, "PYTHONPATH": str(tree), "NUMBA_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def line(name: str, found: dict[str, Any] | None) -> str:
    if found is None:
        return f"  {name}: not there"
    each = 1e3 * found["seconds"] / found["balls"]
    return (
        f"  {name}: {found['seconds']:.2f} s, {each:.2f} ms a ball, {found['settled']} of "
        f"{found['balls']} settled, sum {found['sum']:.6g}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--old", type=Path, metavar="TREE", help="another checkout")
    parser.add_argument("--share", type=float, default=0.1, help="of the balls")
    parser.add_argument("--modules", type=int, default=20)
    parser.add_argument("--size", type=int, default=50, help="nodes of a module")
    parser.add_argument("--only", choices=TASKS, help="one task")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(measured(options.task, options)))
        return
    for task in [options.only] if options.only else TASKS:
        print(task, flush=True)
        old = there(options.old, task, options) if options.old else None
        new = there(HERE, task, options)
        if options.old:
            print(line("old", old))
        print(line("new", new), flush=True)
        if old and new:
            print(f"  old / new: {old['seconds'] / new['seconds']:.2f}", flush=True)


if __name__ == "__main__":
    main()
