"""What the dynamics do with links, against a triad in the same process; run by simulation.py."""

from __future__ import annotations

import functools
import itertools
import os
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from _timing import timed
from numba import njit

from netplastic.dynamics._kernels._drift import drift_of_links
from netplastic.dynamics._kernels._lean import lean
from netplastic.dynamics._kernels._links import sums_inside
from netplastic.dynamics._layout import layout_of, places_for


@njit(nogil=True)
def passes(links: Any, rows: Any, weights: Any, sums: Any, team: Any, times: int) -> None:
    for _ in range(times):
        for part in range(team.first, team.last):
            span = (np.uint64(part), team.bounds[part], team.bounds[part + 1])
            sums_inside(lean(links), lean(rows), lean(weights), np.int64(5), 0.01, lean(sums), span)


@njit(nogil=True)
def drifts(
    links: Any, nodes: Any, weights: Any, out: Any, sums: Any, team: Any, times: int
) -> None:
    for _ in range(times):
        for part in range(team.first, team.last):
            row = np.uint64(part if sums.shape[0] > 1 else 0)
            span = (row, team.bounds[part], team.bounds[part + 1])
            drift_of_links(lean(links), lean(nodes), lean(weights), lean(out), lean(sums), span)


@njit(fastmath=True, nogil=True)
def triad(a: Any, b: Any, c: Any) -> None:
    for i in range(a.shape[0]):
        a[i] = b[i] + 3.0 * c[i]


def bandwidth(
    size: str, net: Any, peers: Callable[[], None], whole: Callable[[float], Any]
) -> None:
    """What is done with links against a triad, on one thread and on all; the memory.

    peers : their right-hand side, once
    whole : a run of `simulate` to a time

    Bytes are those that cannot be avoided. The right-hand side reads weight (8) and source (4) of
    every link and writes a derivative (8); of every node it reads what the rule makes of its rate
    (32) and bounds (8), and adds to a sum (16). A pass, of which an explicit step has six in place
    of right-hand sides, writes no derivatives, but of every node reads a row of eight numbers (64).
    The peers' right-hand side (`peers`, on one thread) reads weight and source (8 + 8) of every arc
    and writes a derivative (8); of every node it reads activity, rate twice, bounds, and writes
    rate and derivative (48). A triad reads two numbers and writes one.
    """
    layout = layout_of(net, True)
    weights = np.random.default_rng(0).normal(size=len(layout.arc))
    links, n = len(weights), net.n
    cores = os.cpu_count() or 1
    for threads in dict.fromkeys((1, cores)):
        report_rates(size, net, weights, threads, peers)
    rooms = [room for room, _ in places_for(layout, cores)]
    parts = [part for room in rooms for part in (*room.rows, room.nodes, room.sums)]
    arrays = {id(part): part.nbytes for part in parts}
    kept = 8 * (n + links)
    print(f"explicit step: state {kept / 1e6:.1f} MB, with all stages ", end="")
    print(f"{(kept + sum(arrays.values())) / kept:.2f} times that")
    whole(1.0)
    tracemalloc.start()
    seconds, _ = timed(lambda: whole(1.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"whole call of simulate to t = 1: {seconds:.2f} s, peak {peak / kept:.1f} times that")


def report_rates(
    size: str, net: Any, weights: Any, threads: int, peers: Callable[[], None]
) -> None:
    layout = layout_of(net, True)
    places = places_for(layout, threads)
    # Ones, not zeros: all pages of zeros are one page, which stays in the cache.
    a, b, c = (np.ones(10_000_000) for _ in range(3))
    cuts = np.linspace(0, len(a), threads + 1).astype(int)
    slices = [slice(*ends) for ends in itertools.pairwise(cuts)]
    links = len(weights)
    with ThreadPoolExecutor(threads) as pool:

        def everywhere(function: Any, shares: list[Any]) -> None:
            for done in [pool.submit(function, *share) for share in shares]:
                done.result()

        calls = {}
        for name, form in (("edges", layout), ("arcs", layout_of(net, False))):
            size_of = len(form.arc)
            nodes, w = np.random.default_rng(0).normal(size=(net.n, 4)), np.ones(size_of)
            out = np.empty_like(w)
            shares = [
                (form.links, nodes, w, out, room.sums, team, 20)
                for room, team in places_for(form, threads)
            ]
            moved = size_of * 20 + net.n * 56
            call = functools.partial(everywhere, drifts, shares)
            calls[f"right-hand side, {name}"] = (call, 20, moved)
        links_of = [(layout.links, r.rows, weights, r.sums, team, 20) for r, team in places]
        moved = links * 12 + net.n * 88
        calls["a pass over the edges"] = (lambda: everywhere(passes, links_of), 20, moved)
        if threads == 1:
            moved = net.m * 24 + net.n * 48
            calls["peers' right-hand side"] = (peers, 1, moved)
        numbers_of = [(a[part], b[part], c[part]) for part in slices]
        calls["a triad"] = (lambda: everywhere(triad, numbers_of), 1, 24 * len(a))
        seconds = {}
        for name, (call, times, _) in calls.items():
            call()
            seconds[name] = min(timed(call)[0] for _ in range(15)) / times
    top = 24 * len(a) / seconds["a triad"]
    print(f"\n{size}: {net.n} nodes, {links} edges, on {threads} thread{'s'[: threads > 1]}")
    for name, (_, _, moved) in calls.items():
        rate = moved / seconds[name]
        took = f"{seconds[name] * 1e3:7.3f} ms {rate / 1e9:6.1f} GB/s"
        print(f"{name:26s} {took}, {rate / top:4.0%} of the triad")
