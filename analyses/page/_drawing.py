"""Where shapes stand: a network as `plot_network` lays it out, and dots of counts over degree."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import Graph
from netplastic.analyses.pictures import category_colours, layout_and_discs, spread

from ._nodes import Case
from ._text import count_words, is_missing, plain
from ._view import Dots, Drawing, Forest

__all__ = ["dots_of", "drawing_of", "forest_of"]

_UNIT, _RADIUS, _MARGIN = 20.0, 6.7, 14.0
_ARROWS, _NAMED, _LABEL, _LETTER = 60, 40, 24, 7.0


def drawing_of(graph: Graph, chokes: pd.DataFrame | None) -> Drawing:
    """Lay out a graph; its communities are those of its choke points, so that none is sought twice.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    chokes : pandas.DataFrame or None
        Of `graphs.choke_points`.
    """
    given = any("module" in data for _, data in graph.nodes(data=True))
    modules = None
    if not given and chokes is not None:
        modules = dict(zip(chokes["node"], chokes["module"], strict=True))
    places, discs = layout_and_discs(graph, modules=modules)
    places, discs, width, height = _framed(places, discs)
    at = dict(zip(places["node"], zip(places["x"], places["y"], strict=True), strict=True))
    flags: dict[Any, Any] = {}
    if chokes is not None:
        flags = dict(zip(chokes["node"], chokes["is_choke"], strict=True))
    apart = [(at[a], at[b]) for a, b in graph.edges() if a != b]
    pointed = graph.is_directed() and len(graph) < _ARROWS
    named = len(graph) <= _NAMED
    return Drawing(
        width=width,
        height=height,
        discs=[
            (_r(x), _r(y), _r(radius), plain(name))
            for x, y, radius, name in discs.itertuples(index=False, name=None)
        ],
        edges="".join(f"M{_p(a)}L{_p(b)}" for a, b in apart),
        arrows=[_head(a, b) for a, b in apart] if pointed else [],
        loops=[(at[a][0], _r(at[a][1] - 8.0), 6.0) for a, b in graph.edges() if a == b],
        nodes=[(*at[node], bool(flags.get(node, False))) for node in graph],
        radius=_RADIUS,
        labels=_labels(at, sorted(graph, key=lambda v: not flags.get(v, False)), (width, height))
        if named
        else [],
    )


def _framed(
    places: pd.DataFrame, discs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, float, float]:
    """Positions in a frame that begins at 0, 0, y downwards."""
    rims = pd.concat(
        [places.assign(radius=0.4)[["x", "y", "radius"]], discs[["x", "y", "radius"]]]
    ).astype(np.float64)
    left, top = (rims["x"] - rims["radius"]).min(), (rims["y"] + rims["radius"]).max()
    right, bottom = (rims["x"] + rims["radius"]).max(), (rims["y"] - rims["radius"]).min()

    def moved(table: pd.DataFrame) -> pd.DataFrame:
        x = _UNIT * (table["x"] - left) + _MARGIN
        y = _UNIT * (top - table["y"]) + _MARGIN
        return table.assign(x=x.round(1), y=y.round(1))

    sizes = (_UNIT * (right - left) + 2 * _MARGIN, _UNIT * (top - bottom) + 2 * _MARGIN)
    return (
        moved(places),
        moved(discs).assign(radius=_UNIT * discs["radius"]),
        *(math.ceil(size) for size in sizes),
    )


def _r(value: float) -> float:
    return round(float(value), 1)


def _p(point: tuple[float, float]) -> str:
    return f"{point[0]:g} {point[1]:g}"


def _head(a: tuple[float, float], b: tuple[float, float]) -> str:
    """A triangle that points at b, outside its circle."""
    way = complex(*b) - complex(*a)
    unit = way / max(abs(way), 1e-9)
    tip = complex(*b) - unit * (_RADIUS + 1.5)
    corners = [tip, tip - unit * (7.0 + 2.8j), tip - unit * (7.0 - 2.8j)]
    return "M" + "L".join(f"{z.real:.1f} {z.imag:.1f}" for z in corners) + "Z"


def _labels(
    at: dict[Any, tuple[float, float]], order: list[Any], frame: tuple[float, float]
) -> list[tuple[float, float, str]]:
    """Names beside their nodes where they lie on nothing; the others are left to the hover."""
    taken = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in at.values()]
    placed = []
    for node in order:
        (x, y), name = at[node], _short(node)
        wide = _LETTER * len(name)
        beside = ((x + 10.0, y + 4.0), (x - 10.0 - wide, y + 4.0))
        middle = x - wide / 2.0
        for left, base in (*beside, (middle, y - 10.0), (middle, y + 18.0)):
            box = (left, base - 9.0, left + wide, base + 2.0)
            inside = left >= 0.0 and box[1] >= 0.0 and box[2] <= frame[0] and box[3] <= frame[1]
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                placed.append((_r(left), _r(base), name))
                break
    return placed


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two boxes (left, top, right, bottom) meet."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _short(node: Any) -> str:
    text = plain(node)
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


_WIDTH, _HEIGHT = 520.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 10.0, 10.0, 40.0


def dots_of(case: Case, degree: list[int], roles: list[Any], names: list[str]) -> Dots | None:
    """One dot a node: bits over degree, coloured by role; None where nothing can be shown."""
    rows = case.counts.iloc[: len(names)]
    bits = rows["log2_stable"].to_numpy(dtype=np.float64)
    numbers, statuses = list(rows["n_stable"]), list(rows["status"])
    there = np.isfinite(bits)
    if not there.any():
        return None
    xs = np.array(degree, dtype=np.float64)
    xs = xs + spread(xs)
    low, high = xs[there].min() - 0.4, xs[there].max() + 0.4
    x_ticks = _ticks(max(low, 0.0), high, least=1.0)
    y_ticks = _ticks(0.0, max(bits[there].max(), 1.0), least=0.1)
    bottom, top = min(0.0, bits[there].min()), max(bits[there].max() * 1.04, 1.0)

    def across(x: float) -> float:
        return _r(_LEFT + (x - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT))

    def up(y: float) -> float:
        return _r(_HEIGHT - _BOTTOM - (y - bottom) / (top - bottom) * (_HEIGHT - _TOP - _BOTTOM))

    kinds = ["" if is_missing(role) else plain(role) for role in roles]
    colours = category_colours(kinds)
    dots = []
    often = Counter(kinds)  # the rarest last, above the others
    for i in sorted(np.flatnonzero(there).tolist(), key=lambda i: -often[kinds[i]]):
        sure = str(statuses[i]) == "certified"
        said = f"{names[i]}\ndegree {degree[i]}\n{count_words(numbers[i], statuses[i])}"
        dots.append((across(xs[i]), up(bits[i]), colours[kinds[i]], sure, said, i))
    return Dots(
        title=case.label,
        width=_WIDTH,
        height=_HEIGHT,
        dots=dots,
        x_ticks=[(across(x), f"{x:g}") for x in x_ticks],
        y_ticks=[(up(y), f"{y:g}") for y in y_ticks],
        names=[(kind or "no role", colour) for kind, colour in colours.items()],
        left_out=int((~there).sum()),
    )


def _ticks(low: float, high: float, *, least: float) -> list[float]:
    """At most eight round numbers between two ends."""
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span))
    step = next(s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if span / (s * power) <= 8) * power
    step = max(step, least)
    return [round(k * step, 6) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def forest_of(effects: pd.DataFrame) -> Forest | None:
    """Effects at equal degree, by `amplification`; None where there are none."""
    found = effects[(effects["comparison"] == "matched") & effects["effect"].notna()]
    if not len(found):
        return None
    middle = found["effect"].to_numpy(dtype=np.float64)
    lows, highs = (found[name].fillna(found["effect"]).to_numpy(float) for name in ("low", "high"))
    low, high = min(lows.min(), 0.0) - 0.05, max(highs.max(), 0.0) + 0.05
    left, width = 150.0, 460.0

    def across(x: float) -> float:
        return _r(left + (x - low) / (high - low) * (width - left - 12.0))

    names = [f"{s}, {k}" for s, k in zip(found["scope"], found["choke_kind"], strict=True)]
    rows = [
        (24.0 + 24.0 * k, plain(name), across(x), across(a), across(b), status == "certified")
        for k, (name, x, a, b, status) in enumerate(
            zip(names, middle, lows, highs, found["status"], strict=True)
        )
    ]
    ticks = [(across(x), f"{x:g}") for x in _ticks(low, high, least=0.05)]
    height = 24.0 * len(rows) + 48.0
    return Forest(width=width, height=height, zero=across(0.0), rows=rows, ticks=ticks)
