"""Time the certified search, side by side with the generic interval solver codac.

    python benchmarks/certified.py [--peer PYTHON ...] [--limit 300] [--only TEXT]

The peer runs in a process of its own, on the interpreter PYTHON of an environment that has codac;
without --peer, on this one if it has it. Both lines of codac count as peers, 2.x and 1.x (IBEX):

    python -m venv ibex && ibex/bin/pip install "codac<2"
    python -m venv codac2 && codac2/bin/pip install "codac>=2"
    python benchmarks/certified.py --peer ibex/bin/python --peer codac2/bin/python

Seconds are processor time of one thread, kernels compiled and functions built beforehand: the best
of three, or of as many repetitions as take 0.2 s together, of netplastic and of peers that take
less than a second (each in three processes). A peer is tried with several
combinations of its contractors (_peers.py), and the best of them is shown. "list" is
`find_equilibria(method="certified")`, which does what the peer does (a box around each
equilibrium), and proves stability besides; "count" is `count_equilibria`. The exit status is 1
where a count is wrong.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

import netplastic as npl

PEERS = Path(__file__).with_name("_peers.py")

TOGETHER = 0.2
"""Seconds for which short work is repeated; the same in `_peers.py`."""


@dataclass(frozen=True)
class Case:
    """A network (tanh, bias 1), the number of its equilibria, and where that comes from."""

    name: str
    graph: nx.Graph[Any]
    strength: float
    total: int
    source: str


EARLIER = "an earlier branch and prune, at or above 500 to 1,500 random starts"
HERE = "this search and both peers agree, or those of them that finish"

CASES = [
    Case("pair, k = -20", nx.path_graph(2), -20.0, 3, "beyond its pitchfork at -6.5376"),
    Case("5-cycle, k = -20", nx.cycle_graph(5), -20.0, 11, EARLIER),
    Case("K4, k = -50", nx.complete_graph(4), -50.0, 9, "4 winners, a stalemate, 4 between"),
    Case("3x3 grid, k = -50", nx.grid_2d_graph(3, 3), -50.0, 35, EARLIER),
    Case("12-path, k = -50", nx.path_graph(12), -50.0, 149, EARLIER),
    Case("barbell(4, 2), k = -50", nx.barbell_graph(4, 2), -50.0, 175, EARLIER),
    Case("4x4 grid, k = -50", nx.grid_2d_graph(4, 4), -50.0, 211, HERE),
    Case("20-path, k = -50", nx.path_graph(20), -50.0, 4325, HERE),
    Case("barbell(10, 2), k = -50", nx.barbell_graph(10, 2), -50.0, 3, HERE),
]


@dataclass(frozen=True)
class Peer:
    """An interpreter that has codac."""

    python: str
    version: str
    variants: tuple[str, ...]

    def __str__(self) -> str:
        return f"codac {self.version}"


@dataclass(frozen=True)
class Outcome:
    """What a peer did with a case; fields as `_peers.py` writes them."""

    variant: str
    seconds: float
    setup: float
    finished: bool
    boxes: int
    roots: int
    unsettled: int

    def __str__(self) -> str:
        work = f"{self.boxes:,} boxes; {self.variant}"
        if not self.finished:
            return f"> {self.seconds:.0f} s, {self.roots:,} roots so far; {work}"
        rest = f" and {self.unsettled:,} boxes unsettled" if self.unsettled else ""
        return f"{self.roots:,}{rest} in {self.seconds:.3g} s; {work}"


class PeerError(RuntimeError):
    """A peer's process failed."""


def ask(python: str, *options: str, task: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run `_peers.py` on an interpreter, and read its answer."""
    done = subprocess.run(
        [python, str(PEERS), *options],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise PeerError(f"{python} ended with status {done.returncode}: {last}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def peer(python: str) -> Peer:
    """Ask an interpreter for its codac."""
    about = ask(python, "--variants")
    return Peer(python, about["version"], tuple(about["variants"]))


def rival(case: Case, by: Peer, limit: float) -> Outcome:
    """Run a peer in all its variants, each no longer than the best before it took, or a second.

    Where one runs into the limit, the later ones, which seldom do better, get a fifth of it.
    """
    graph = nx.convert_node_labels_to_integers(case.graph)
    best: Outcome | None = None
    allowed = limit
    for variant in by.variants:
        task = {
            "size": len(graph),
            "links": list(graph.edges),
            "strength": case.strength,
            "variant": variant,
            "limit": allowed,
        }
        one = Outcome(variant, **ask(by.python, task=task))
        again = 2 if one.finished and one.seconds < 1.0 else 0
        for _ in range(again):
            one = min(one, Outcome(variant, **ask(by.python, task=task)), key=_rank)
        best = one if best is None else min(best, one, key=_rank)
        allowed = max(best.seconds, 1.0) if best.finished else limit / 5
    assert best is not None  # there is a variant
    return best


def _rank(one: Outcome) -> tuple[bool, float, int]:
    """Sort finished before unfinished; those by their time, these by how long they tried."""
    return not one.finished, one.seconds if one.finished else -one.seconds, -one.roots


def timed(work: Callable[[], npl.Count]) -> tuple[npl.Count, float]:
    """Count, and take the processor time: the best of three or more, of one if it takes seconds."""
    best, spent, runs = np.inf, 0.0, 0
    while runs < 3 or spent < TOGETHER:
        started = time.process_time()
        count = work()
        seconds = time.process_time() - started
        best, spent, runs = min(best, seconds), spent + seconds, runs + 1
        if best > 5.0:
            break
    return count, best


class Table:
    """The lines to print, and whether a count among them was wrong."""

    def __init__(self, peers: list[Peer], limit: float, only: str) -> None:
        self.peers, self.limit = peers, limit
        self.cases = [case for case in CASES if only in case.name]
        self.balls = only in "radius-1 balls"
        self.wrong = 0

    def lines(self) -> Iterator[str]:
        """Yield the table, line by line."""
        warm = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0))
        npl.find_equilibria(warm, method="certified", stable_only=True)
        timed(lambda: npl.count_equilibria(warm))
        for case in self.cases:
            yield from self._case(case)
        if self.balls:
            yield balls()
        yield f"netplastic took {mebibytes():.0f} MiB at most, Python and compiler included"

    def _case(self, case: Case) -> Iterator[str]:
        net = npl.PlasticNetwork(case.graph, npl.Hebbian(case.strength))
        listed, list_seconds = timed(lambda: npl.find_equilibria(net, method="certified").count)
        count, seconds = timed(lambda: npl.count_equilibria(net))
        stable, stable_seconds = timed(lambda: npl.count_equilibria(net, stable_only=True))
        for one in (listed, count):
            self.wrong += not (one.exact and int(one) == case.total)
        yield f"{case.name}: {case.total:,} equilibria ({case.source})"
        yield (
            f"  {'netplastic':12s} list {listed} in {list_seconds:.3g} s; "
            f"count {count} in {seconds:.3g} s; stable {stable} in {stable_seconds:.3g} s"
        )
        for by in self.peers:
            try:
                outcome = rival(case, by, self.limit)
            except PeerError as error:
                yield f"  {by!s:12s} {error}"
                continue
            finished = outcome.finished and not outcome.unsettled
            self.wrong += finished and outcome.roots != case.total
            yield f"  {by!s:12s} {outcome}"
            least = "" if outcome.finished else "at least "
            yield (
                f"  {'':12s} {least}{outcome.seconds / list_seconds:.3g} times the list, "
                f"{outcome.seconds / seconds:.3g} times the count"
            )


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
        ball = net.part([nodes[i], *graph[nodes[i]]])
        started = time.process_time()
        settled += npl.count_equilibria(ball, stable_only=True).exact
        times.append(time.process_time() - started)
    median, high = np.quantile(times, [0.5, 0.95])
    return f"radius-1 balls: {settled} of 100 certified, median {median:.3f} s, 95 % {high:.2f} s"


def mebibytes() -> float:
    """Return the most memory that this process has had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, else KiB
    return most / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", action="append", metavar="PYTHON", help="may be repeated")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of a peer on a case")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name has this")
    options = parser.parse_args()
    pythons = options.peer
    if pythons is None:
        pythons = [sys.executable] if importlib.util.find_spec("codac") else []
    if not pythons:
        print('no peer: pip install "codac<2" (or codac) in a second environment and name its')
        print("interpreter with --peer; netplastic alone:")
    table = Table([peer(python) for python in pythons], options.limit, options.only)
    for text in table.lines():
        print(text, flush=True)
    if table.wrong:
        print(f"{table.wrong} counts are wrong or not settled")
    return 1 if table.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
