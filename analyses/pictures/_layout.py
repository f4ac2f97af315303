"""Where nodes are drawn: modules as discs, connectors between them; the same place every time."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import networkx as nx
import numpy as np

from netplastic._support import FloatArray, IntArray

Points: TypeAlias = np.ndarray[Any, np.dtype[np.complex128]]  # x + iy: turning is multiplying
LEAST, ROOM, GAP, TURN = 0.8, 0.72, 1.6, 2.399963229728653j  # TURN: the golden angle


class Span(NamedTuple):  # connectors between two discs, and their steps from the first one
    nodes: list[int]
    ends: tuple[int, int]
    steps: FloatArray


def lay_out(edges: IntArray, modules: IntArray) -> tuple[Points, Points, FloatArray]:
    """Places of nodes; centers and radii of discs, those of modules 0, 1, ... first (-1: none)."""
    graph = nx.empty_graph(len(modules))
    graph.add_edges_from(np.unique(np.sort(edges, axis=1), axis=0).tolist())  # in one order
    home, discs, spans = _parts(graph, modules)
    radii = np.array([ROOM * np.sqrt(len(nodes)) + 0.3 for nodes in discs])
    pairs = np.sort(home[np.array(graph.edges, dtype=np.int64).reshape(-1, 2)], axis=1)
    gaps = dict.fromkeys(((a, b) for a, b in pairs.tolist() if 0 <= a < b), GAP)
    for span in spans:
        gaps[span.ends] = max(gaps.get(span.ends, GAP), 1.1 * (span.steps.max() + 1.0))
    for stretch in (1.0, 1.5, 2.5, 5.0):
        centers = _place(radii, {ends: stretch * gap for ends, gap in gaps.items()})
        places, out = centers[home], _outward(graph, home, centers, spans)
        for k, nodes in enumerate(discs):
            places[nodes] += _inside(graph.subgraph(nodes), nodes, radii[k], out[nodes])
        for span in spans:
            _bridge(graph, places, span, centers, radii)
        if _clear(places, np.flatnonzero(home < 0), centers, radii):
            break
    return places, centers, radii


def _parts(graph: nx.Graph[int], modules: IntArray) -> tuple[IntArray, list[list[int]], list[Span]]:
    """Each node's disc (-1 in a span), the discs' nodes, and the spans between two modules."""
    discs = [np.flatnonzero(modules == k).tolist() for k in range(int(modules.max(initial=-1)) + 1)]
    home, spans = modules.copy(), []
    connectors = graph.subgraph(np.flatnonzero(modules < 0).tolist())
    for nodes in sorted(sorted(part) for part in nx.connected_components(connectors)):
        ends = sorted({int(modules[w]) for v in nodes for w in graph[v] if modules[w] >= 0})
        if len(ends) == 2:
            near = {v for v in nodes if any(modules[w] == ends[0] for w in graph[v])}
            steps = nx.multi_source_dijkstra_path_length(connectors, near, weight=None)
            spans.append(Span(nodes, (ends[0], ends[1]), np.array([1.0 + steps[v] for v in nodes])))
        else:  # a hub of several modules, or what hangs on one: a place of its own
            home[nodes] = len(discs)
            discs.append(nodes)
    return home, discs, spans


def _place(radii: FloatArray, gaps: dict[tuple[int, int], float]) -> Points:
    """Centers of the discs: components by stress, turned to landscape, in rows."""
    links = nx.empty_graph(len(radii))
    links.add_weighted_edges_from((a, b, radii[a] + radii[b] + gap) for (a, b), gap in gaps.items())
    width = np.sqrt(2.0 * float(((2.0 * radii + GAP) ** 2).sum()))
    centers, left, top, height = np.zeros(len(radii), dtype=np.complex128), 0.0, 0.0, 0.0
    for part in sorted(map(sorted, nx.connected_components(links)), key=lambda p: (-len(p), p)):
        placed, r = nx.kamada_kawai_layout(links.subgraph(part)), radii[part]
        x, wanted = np.array([complex(*placed[k]) for k in part]), nx.to_numpy_array(links, part)
        if len(part) > 1:  # so large that nine links in ten are long enough
            i, j = np.nonzero(wanted)
            x *= np.quantile(wanted[i, j] / np.maximum(abs(x[i] - x[j]), 1e-9), 0.9)
        need = r[:, None] + r + GAP / 2.0
        x = _apart(x + 1e-6 * _sunflower(len(part)), need)
        x *= max(1.0, (need / abs(x[:, None] - x + 1e9 * np.eye(len(x)))).max())
        x = (x - x.mean()) * np.exp(-0.5j * np.angle(((x - x.mean()) ** 2).sum()))
        x -= complex((x.real - r).min(), (x.imag + r).max())
        size = (x.real + r).max() + GAP
        if left > 0.0 and left + size > width:
            left, top, height = 0.0, top + height, 0.0
        centers[part] = x + complex(left, -top)
        left, height = left + size, max(height, GAP - (x.imag - r).min())
    return centers


def _apart(x: Points, need: FloatArray | float, rounds: int = 300) -> Points:
    """Push points until no two are nearer than `need`."""
    for _ in range(rounds):
        between = x[:, None] - x + 1e9 * np.eye(len(x))
        short = np.maximum(need * (1.0 + 1e-9) - abs(between), 0.0)
        if not short.any():
            break
        x += 0.55 * (short * between / np.maximum(abs(between), 1e-12)).sum(axis=1)
    return x


def _sunflower(n: int) -> Points:
    """Points that fill the unit disc evenly (Vogel 1979)."""
    return np.asarray(np.sqrt((np.arange(n) + 0.5) / n) * np.exp(TURN * np.arange(n)))


def _outward(graph: nx.Graph[int], home: IntArray, centers: Points, spans: list[Span]) -> Points:
    """Mean unit vector from each node's disc to where its links outside lead, else 0."""
    across = {v: sum(span.ends) for span in spans for v in span.nodes}
    found = np.zeros(len(home), dtype=np.complex128)
    for v in np.flatnonzero(home >= 0).tolist():
        ends = [across[w] - home[v] if home[w] < 0 else home[w] for w in graph[v]]
        away = np.array([centers[k] - centers[home[v]] for k in ends if k != home[v]])
        found[v] = (away / abs(away)).mean() if len(away) else 0.0
    return found


def _inside(graph: nx.Graph[int], nodes: list[int], radius: float, out: Points) -> Points:
    """Places in a disc: by springs, spread evenly, turned towards the links, their ends outside."""
    n, rim, free = len(nodes), abs(out) > 0.3, _sunflower(len(nodes))
    start = {v: (z.real, z.imag) for v, z in zip(nodes, free, strict=True)}
    placed = nx.spring_layout(graph, pos=start, iterations=2 + int(min(60, 2e6 / n**2)), seed=0)
    x = np.array([complex(*placed[v]) for v in nodes])
    x = (x - x.mean()) / max(abs(x - x.mean()).max(), 1e-9)
    x = x * np.exp(1j * np.angle((x.conj() * out).sum()))
    x[rim] = 0.25 * x[rim] + 0.75 * out[rim] / abs(out[rim])
    for i in np.lexsort((-abs(x), ~rim)):  # each to the nearest place that is left
        j = np.argmin(abs(free - x[i]))
        x[i], free[j] = free[j], np.inf
    return np.asarray(x * (radius - LEAST / 2.0) * min(n - 1, 1))


def _bridge(
    graph: nx.Graph[int], places: Points, span: Span, centers: Points, radii: FloatArray
) -> None:
    """Place connectors by their steps along the way, a little to the side where their ends are."""
    (a, b), outside = span.ends, [w for v in span.nodes for w in graph[v] if w not in span.nodes]
    way = centers[b] - centers[a]
    tilt = ((places[outside] - centers[a]) / way).imag.mean() + np.array(span.nodes) / len(places)
    along = (abs(way) - radii[a] - radii[b]) * span.steps / (span.steps.max() + 1.0)
    places[span.nodes] = centers[a] + way * ((radii[a] + along) / abs(way) + 0.02j * tilt)


def _clear(places: Points, movable: IntArray, centers: Points, radii: FloatArray) -> bool:
    """Push connectors out of discs and apart from each other; say whether that came to an end."""
    places[movable] += 1e-6 * _sunflower(len(movable))
    for _ in range(300):
        x = places[movable]
        away = x[:, None] - centers
        short = np.maximum(radii + LEAST / 2.0 - abs(away), 0.0)
        pushed = x + 1.01 * (short * away / np.maximum(abs(away), 1e-9)).sum(axis=1)
        places[movable] = _apart(pushed, LEAST, rounds=1)
        if np.array_equal(places[movable], x):
            return True
    return False
