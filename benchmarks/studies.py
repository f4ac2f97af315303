"""Many short tasks, and few on a large graph: what a study costs beside a bare pool of processes.

python benchmarks/studies.py [--tasks 5000] [--milliseconds 5] [--workers 2] [--spin]
                             [--nodes 100000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
from _timing import timed

import netplastic as npl


def wait(seconds: float, spin: bool) -> None:
    until = time.perf_counter() + seconds
    if not spin:
        time.sleep(seconds)
    while time.perf_counter() < until:
        pass


def short(graph: Any, rng: int, *, number: int, seconds: float, spin: bool) -> pd.DataFrame:
    wait(seconds, spin)
    return pd.DataFrame({"node": list(graph), "value": float(rng + number), "status": "certified"})


def sized(graph: Any, rng: int, *, number: int) -> pd.DataFrame:
    return pd.DataFrame({"edges": [graph.size() + number]})


def bare(number: int, seconds: float, spin: bool) -> pd.DataFrame:
    return short(nx.path_graph(4), 0, number=number, seconds=seconds, spin=spin)


def sized_alone(graph: Any, number: int) -> pd.DataFrame:
    return sized(graph, 0, number=number)


def many_short(tasks: int, seconds: float, workers: int, spin: bool, out: Path) -> None:
    study = npl.Study(
        "short", "?", {"path": nx.path_graph(4)}, {"number": range(tasks)},
        {"seconds": seconds, "spin": spin}, measure=short,
    )  # fmt: skip

    def pool() -> int:
        with ProcessPoolExecutor(workers) as executor:
            arguments = (range(tasks), [seconds] * tasks, [spin] * tasks)
            return sum(map(len, executor.map(bare, *arguments)))

    def run() -> int:
        return len(npl.run_study(study, out / "short", workers=workers, progress=False))

    alone, rows = timed(pool)
    whole, found = timed(run)
    again, kept = timed(run)
    assert rows == found == kept == 4 * tasks
    print(f"{tasks} tasks of {1000 * seconds:g} ms on {workers} processes:")
    print(f"  bare pool {alone:.1f} s, study {whole:.1f} s (ratio {whole / alone:.2f}), ", end="")
    print(f"resumed {again:.1f} s")


def large_graph(nodes: int, workers: int, out: Path) -> None:
    graph = nx.fast_gnp_random_graph(nodes, 6 / nodes, seed=0)
    study = npl.Study("large", "?", {"large": graph}, {"number": range(20)}, measure=sized)

    def pool() -> int:
        with ProcessPoolExecutor(workers) as executor:
            return sum(map(len, executor.map(sized_alone, [graph] * 20, range(20))))

    prepared, _ = timed(study.tasks)
    alone, _ = timed(pool)
    whole, _ = timed(lambda: npl.run_study(study, out / "large", workers=workers, progress=False))
    print(f"20 tasks on {nodes:,} nodes and {graph.size():,} edges, {workers} processes:")
    print(f"  bare pool {alone:.1f} s, study {whole:.1f} s, {prepared:.1f} s of it digests")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--milliseconds", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--spin", action="store_true", help="compute instead of sleeping")
    parser.add_argument("--nodes", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many_short(
            chosen.tasks, chosen.milliseconds / 1000, chosen.workers, chosen.spin, Path(folder)
        )
        large_graph(chosen.nodes, chosen.workers, Path(folder))
