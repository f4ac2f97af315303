"""How seconds and memory grow with the network, operation by operation.

    python benchmarks/scale.py [--most 1000000] [--least 1000] [--row 300] [--all 840]
                               [--only TEXT] [--out scale.csv] [--load]

Every row has a process of its own, so that its peak memory is that of one operation with its
network (made of a sparse matrix, unless the operation needs a graph), Python and compiled code
(about 250 MiB) included. Seconds are processor seconds of the operation alone, all threads
together, with everything compiled. A row that takes longer than --row seconds of wall-clock time is
ended and says so; after --all seconds none begins. Each row is added to --out as soon as it is
there, in place of an older one; --load marks rows that were measured beside other work.

    python benchmarks/scale.py --page docs/scaling.md --out scale.csv

puts the table, with exponents, between the marks in the page.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from _large import grid, ring, tree

import netplastic as npl

SIZES = 1_000, 10_000, 100_000, 1_000_000
KEY = ["operation", "size"]
BEGIN, END = "<!-- table of benchmarks/scale.py -->", "<!-- end of the table -->"
SOME = 1_000
"""Neighborhoods that are looked at, spread over the network."""


def made(matrix: Any, strength: float, **more: Any) -> npl.PlasticNetwork:
    return npl.PlasticNetwork(matrix, npl.Hebbian(strength), weight=None, **more)


def spread(matrix: Any, strength: float) -> npl.PlasticNetwork:
    """With biases that differ, so that nothing is symmetric."""
    bias = np.random.default_rng(0).uniform(0.8, 1.2, matrix.shape[0])
    return made(matrix, strength, bias=bias)


def some(net: npl.PlasticNetwork, number: int = SOME) -> list[Any]:
    return [net.nodes[i] for i in np.linspace(0, net.n - 1, min(number, net.n)).astype(int)]


def proved(net: npl.PlasticNetwork) -> npl.Equilibria:
    budget = npl.Budget(starts=8, megabytes=2048)
    return npl.find_equilibria(net, "sampled", stable_only=True, budget=budget, rng=0)


def second(net: npl.PlasticNetwork) -> npl.MultistabilityOnset:
    return npl.multistability_onset(net, budget=npl.Budget(seconds=600.0))


OPERATIONS: dict[str, tuple[Any, Any]] = {
    # how what it is given is made, and the operation; what it returns is printed
    "network from a sparse matrix, ring": (ring, lambda a: made(a, -1.0)),
    "strong limit: exact count, tree": (
        lambda n: made(tree(n), -math.inf),
        lambda net: npl.count_equilibria(net, stable_only=True),
    ),
    "strong limit: 1,000 balls, ring": (
        lambda n: made(ring(n), -math.inf),
        lambda net: npl.count_neighborhoods(net, nodes=some(net), progress=False),
    ),
    "limit sets at -100: 1,000 balls, ring": (
        lambda n: made(ring(n), -100.0),
        lambda net: npl.count_neighborhoods(
            net, nodes=some(net), method="limit sets", progress=False
        ),
    ),
    "onset of 50 balls, ring": (
        lambda n: made(ring(n), -20.0),
        lambda net: npl.onset_neighborhoods(net, nodes=some(net, 50), progress=False),
    ),
    "8 starts to proved minima at -20, ring": (
        lambda n: made(ring(n), -20.0, learning_rate=100.0),
        proved,
    ),
    "8 starts to proved minima at -50, ring": (
        lambda n: made(ring(n), -50.0, learning_rate=100.0),
        proved,
    ),
    "simulation for 10 time units at -20, ring": (
        lambda n: made(ring(n), -20.0),
        lambda net: npl.simulate(net, 10.0, rng=0, progress=False),
    ),
    "choke points, ring (from a graph)": (
        lambda n: _with_modules(made(ring(n), -1.0).graph),
        lambda graph: npl.graphs.choke_points(graph, progress=False),
    ),
    "second state, tree": (lambda n: spread(tree(n), -1.0), second),
    "second state, grid": (lambda n: spread(grid(n), -1.0), second),
    "onset of the base branch, ring": (lambda n: made(ring(n), -1.0), npl.onset),
}


def _with_modules(graph: nx.Graph) -> nx.Graph:
    nx.set_node_attributes(graph, {node: node // 52 for node in graph}, "module")
    return graph


def measured(name: str, n: int) -> dict[str, Any]:
    """One row, in this process."""
    make, operation = OPERATIONS[name]
    operation(make(200))  # compile
    given = make(n)
    nodes = given.shape[0] if hasattr(given, "shape") else len(getattr(given, "nodes", ()))
    began, clock = time.process_time(), time.perf_counter()
    found = operation(given)
    seconds, wall = time.process_time() - began, time.perf_counter() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    arcs = given.nnz if hasattr(given, "nnz") else getattr(given, "m", 0)
    arcs = arcs or 2 * given.number_of_edges()
    told = f"{len(found)} rows" if isinstance(found, pd.DataFrame) else repr(found)
    return {
        **dict(zip(KEY, (name, n), strict=True)),
        "nodes": nodes,
        "arcs": arcs,
        "seconds": round(seconds, 3),
        "wall": round(wall, 3),
        "peak_mib": round(peak),
        "found": " ".join(told.split())[:160],
    }


def asked(name: str, n: int, limit: float) -> dict[str, Any]:
    """The same in a process of its own, ended after so many seconds."""
    here = {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parent)])
    }
    command = [sys.executable, __file__, "--case", name, str(n)]
    row: dict[str, Any] = dict(zip(KEY, (name, n), strict=True))
    try:
        done = subprocess.run(
            command, env=os.environ | here, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return row | {"found": f"ended after {limit:.0f} s"}
    if done.returncode:
        last = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        return row | {"found": last[:160]}
    return row | json.loads(done.stdout.splitlines()[-1])


def kept(out: Path, row: dict[str, Any]) -> None:
    """Add a row to the file, in place of an older one of the same operation and size."""
    table = pd.DataFrame([row])
    if out.exists():
        old = pd.read_csv(out)
        again = (old["operation"] == row["operation"]) & (old["size"] == row["size"])
        table = pd.concat([old[~again], table], ignore_index=True)
    table.to_csv(out, index=False)


def page_table(table: pd.DataFrame) -> str:
    """The rows as Markdown; the exponent is that of seconds over arcs, since the first size."""
    lines = [
        "| operation | nodes | arcs | seconds | peak MiB | exponent | measured | found |",
        "|" + "---|" * 8,
    ]
    order = {name: place for place, name in enumerate(OPERATIONS)}
    table = table[table["operation"].isin(order)]
    for name, rows in sorted(table.groupby("operation"), key=lambda pair: order[pair[0]]):
        rows = rows.sort_values("size")
        first = rows[rows["seconds"] >= 0.02].head(1)
        for row in rows.to_dict("records"):
            if not row["seconds"] >= 0.0:
                lines.append(
                    f"| {name} | {row['size']:,} | | | | | {row['when']} | {row['found']} |"
                )
                continue
            exponent = ""
            if len(first) and row["arcs"] > first["arcs"].iloc[0]:
                grown = math.log(row["seconds"] / first["seconds"].iloc[0])
                exponent = f"{grown / math.log(row['arcs'] / first['arcs'].iloc[0]):.2f}"
            lines.append(
                f"| {name} | {row['nodes']:,.0f} | {row['arcs']:,.0f} | {row['seconds']:.3g} | "
                f"{row['peak_mib']:,.0f} | {exponent} | {row['when']} | {row['found']} |"
            )
        missing = sorted(set(SIZES) - set(rows["size"]))
        lines += [f"| {name} | {size:,} | | | | | | not run |" for size in missing]
    return "\n".join(lines)


def machine() -> str:
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (
        f"{os.cpu_count()} cores of {platform.machine()}, {pages / 2**30:.0f} GiB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, numpy {np.__version__}"
    )


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=float, default=SIZES[-1])
    parser.add_argument("--least", type=float, default=SIZES[0])
    parser.add_argument("--row", type=float, default=300.0)
    parser.add_argument("--all", type=float, default=840.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, default=Path("scale.csv"))
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measured(options.case[0], int(options.case[1]))))
        return
    if options.page:
        text = options.page.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        table = page_table(pd.read_csv(options.out))
        page = f"{before}{BEGIN}\n\n{table}\n\nMachine: {machine()}.\n\n{END}{after}"
        options.page.write_text(page, encoding="utf-8")
        return
    began = time.monotonic()
    for n in (size for size in SIZES if options.least <= size <= options.most):
        for name in (name for name in OPERATIONS if options.only in name):
            left = options.all - (time.monotonic() - began)
            if left < 5.0:
                print(f"not begun: {name}, {n}", flush=True)
                continue
            row = asked(name, n, min(options.row, left))
            row["when"] = "beside other work" if options.load else "idle"
            kept(options.out, row)
            print(row, flush=True)


if __name__ == "__main__":
    main()
