"""What the dynamics do with links, against a triad in the same process; run by simulation.py."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from _timing import timed
from numba import njit

from netplastic.dynamics._kernels._links import inputs_at_end, inputs_inside
from netplastic.dynamics._layout import layout_of, work_for


@njit
def inside(system: Any, work: Any, weights: Any, times: int) -> None:
    for _ in range(times):
        inputs_inside(system, work, weights, np.int64(5), 0.01)


@njit
def at_end(system: Any, work: Any, weights: Any, ends: Any, times: int) -> None:
    for _ in range(times):
        inputs_at_end(system, work, weights, ends, 0.01, (1e-6, 1e-6))


@njit(fastmath=True)
def triad(a: Any, b: Any, c: Any) -> None:
    for i in range(a.shape[0]):
        a[i] = b[i] + 3.0 * c[i]


def bandwidth(
    size: str, net: Any, peers: Callable[[], None], whole: Callable[[float], Any]
) -> None:
    """What is done with links against a triad, and the memory of a call.

    peers : their right-hand side, once
    whole : a run of `simulate` to a time

    Bytes are those that cannot be avoided. A pass reads weight (8) and source (4) of every link;
    of every node it reads a row of eight numbers (64) and bounds (8), and adds to a sum (16). The
    last of the six passes of a step also writes a weight (8). The peers' right-hand side reads
    weight and source (8 + 8) of every arc and writes a derivative (8); of every node it reads
    activity, rate twice, bounds, and writes rate and derivative (48). A triad reads two numbers
    and writes one.
    """
    calls: dict[str, tuple[Callable[[], Any], int, int]] = {}
    for name, mirrored in (("edges", True), ("arcs", False)):
        layout = layout_of(net, mirrored)
        system, work, links = layout.system, work_for(layout), len(layout.arc)
        work.pre_at[:] = work.post_at[:] = 0.5
        weights = np.random.default_rng(0).normal(size=links)
        rest = (system, work, weights)
        calls[f"a pass over the {name}"] = (
            lambda rest=rest: inside(*rest, 20),
            20,
            links * 12 + net.n * 88,
        )
        calls[f"the last pass, {name}"] = (
            lambda rest=rest: at_end(*rest, np.empty_like(rest[2]), 20),
            20,
            links * 20 + net.n * 88,
        )
    calls["peers' right-hand side"] = (peers, 1, net.m * 24 + net.n * 48)
    # Ones, not zeros: all pages of zeros are one page, which stays in the cache.
    a, b, c = (np.ones(10_000_000) for _ in range(3))
    calls["a triad"] = (lambda: triad(a, b, c), 1, 24 * len(a))
    seconds = {}
    for name, (call, times, _) in calls.items():
        call()
        seconds[name] = min(timed(call)[0] for _ in range(15)) / times
    top = 24 * len(a) / seconds["a triad"]
    print(f"\n{size}: {net.n} nodes, {net.m // 2} edges")
    for name, (_, _, moved) in calls.items():
        rate = moved / seconds[name]
        took = f"{seconds[name] * 1e3:7.3f} ms {rate / 1e9:6.1f} GB/s"
        print(f"{name:26s} {took}, {rate / top:4.0%} of the triad")
    report_memory(net, whole)


def report_memory(net: Any, whole: Callable[[float], Any]) -> None:
    kept = 8 * (net.n + net.m)
    whole(1.0)
    tracemalloc.start()
    seconds, _ = timed(lambda: whole(1.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"simulate to t = 1: {seconds:.2f} s, peak {peak / 1e6:.1f} MB, ", end="")
    print(f"{peak / kept:.1f} times activities and weights of all arcs")
