"""The loop behind the null models: swaps of edge ends on plain lists and a set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netplastic._support import BoolArray, IntArray


@dataclass(frozen=True, kw_only=True)
class EdgeBlocks:
    """Edges of a simple graph without self-loops, sorted into blocks inside which they swap."""

    source: list[int]
    target: list[int]
    data: list[dict[str, Any]]
    start: IntArray  # first edge of each edge's block
    size: IntArray  # edges in each edge's block
    turnable: BoolArray  # may be taken either way round


def swap_edges(
    edges: EdgeBlocks, n: int, directed: bool, tries: int, rng: np.random.Generator
) -> int:
    """Try random swaps inside the blocks, in place, and return how many were done."""
    source, target = edges.source, edges.target
    if not source:
        return 0
    present = {_key(u, v, n, directed) for u, v in zip(source, target, strict=True)}
    done = 0
    batch = 1 << 17  # the random numbers of a batch at a time: fast, and bounded memory
    while tries > 0:
        count = min(batch, tries)
        tries -= count
        first = rng.integers(len(source), size=count)
        second = edges.start[first] + rng.integers(edges.size[first])
        drawn = rng.integers(4, size=count)
        turns = drawn * edges.turnable[first]
        # Where an undirected edge runs one way (from module to module), its attributes stay with
        # the other end in half of the swaps, as they do where edges are turned.
        crossed = (drawn & 1) * (~edges.turnable[first]) * (not directed)
        plan = zip(first.tolist(), second.tolist(), turns.tolist(), crossed.tolist(), strict=True)
        for i, j, turn, cross in plan:
            a, b, c, d = source[i], target[i], source[j], target[j]
            if turn & 1:
                a, b = b, a
            if turn & 2:
                c, d = d, c
            # A shared end would become a self-loop, or be exchanged for itself.
            if a in (c, d) or b in (c, d):
                continue
            new_first, new_second = _key(a, d, n, directed), _key(c, b, n, directed)
            if new_first in present or new_second in present:
                continue
            present.remove(_key(a, b, n, directed))
            present.remove(_key(c, d, n, directed))
            present.add(new_first)
            present.add(new_second)
            source[i], target[i], source[j], target[j] = a, d, c, b
            if cross:
                edges.data[i], edges.data[j] = edges.data[j], edges.data[i]
            done += 1
    return done


def any_swap(edges: EdgeBlocks, n: int, directed: bool, limit: int = 2_000_000) -> bool | None:
    """Tell whether any swap is possible; None when there are more pairs than `limit`."""
    source, target = edges.source, edges.target
    stars = {i for i in set(edges.start.tolist()) if _is_star(edges, i)}
    rows = [i for i, start in enumerate(edges.start.tolist()) if start not in stars]
    if int(edges.size[rows].sum()) > limit:
        return None
    present = {_key(u, v, n, directed) for u, v in zip(source, target, strict=True)}
    for i in rows:
        for j in range(i + 1, int(edges.start[i] + edges.size[i])):
            a, b = source[i], target[i]
            ways = [(source[j], target[j])]
            if edges.turnable[i]:
                ways.append((target[j], source[j]))
            for c, d in ways:
                if len({a, b, c, d}) == 4 and not (
                    _key(a, d, n, directed) in present or _key(c, b, n, directed) in present
                ):
                    return True
    return False


def _is_star(edges: EdgeBlocks, i: int) -> bool:
    """Tell whether all edges of the block that starts at `i` share a node: none can swap."""
    block = slice(i, i + int(edges.size[i]))
    ends = zip(edges.source[block], edges.target[block], strict=True)
    shared = {edges.source[i], edges.target[i]}
    return bool(shared.intersection(*map(set, ends)))


def _key(u: int, v: int, n: int, directed: bool) -> int:
    """One number for each edge: integers hash faster than pairs."""
    return u * n + v if directed or u < v else v * n + u
