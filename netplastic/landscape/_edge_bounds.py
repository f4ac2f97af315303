"""A bound of lambda_max(Q(V)) over a box of states that takes one edge at a time.

Q(V) (see `_scaled_hessian`) is a sum over edges e = {i, j} with coupling c,

    Q_e = c [ D_i V_j^2       2 g_i g_j ]
            [ 2 g_i g_j       D_j V_i^2 ],      g = sqrt(D) V.

Share out the unit matrix, 1 = sum of p_ie over the edges at i. Then sum_e Q_e <= lambda I as soon
as Q_e <= lambda diag(p_ie, p_je) for each e: lambda_max(Q(V)) <= max_e lambda_max of Q_e scaled by
1/sqrt(p). Each of these depends on two rates only, so its maximum over the box is a problem in
the plane. On regular bipartite graphs with equal shares the bound is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.model import PlasticNetwork

__all__ = ["EdgeSet", "edge_bound"]

_ROUNDS = 60
_SHARED_EDGES = 300
_LEAST_SHARE = 1e-3
_LEVELS = 16


@dataclass(frozen=True, eq=False, kw_only=True)
class EdgeSet:
    """Edges with what their bound depends on; i <= j are node numbers.

    `slope` (3, n) holds phi' as a quadratic of V; `low` and `high` the box.
    """

    i: IntArray
    j: IntArray
    coupling: FloatArray
    slope: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(
        cls, net: PlasticNetwork, slope: FloatArray, low: FloatArray, high: FloatArray
    ) -> EdgeSet:
        """Every edge once; negative self-loops are left out, which only raises the bound."""
        source, target = net.wiring.source, net.wiring.target
        kept = (source <= target) & (net.coupling != 0.0)
        kept &= (source != target) | (net.coupling > 0.0)
        return cls(
            i=source[kept],
            j=target[kept],
            coupling=net.coupling[kept],
            slope=slope,
            low=low,
            high=high,
        )


def edge_bound(edges: EdgeSet, nodes: int, tolerance: float) -> float:
    """Upper bound of lambda_max(Q) over the box, rounding included."""
    if len(edges.i) == 0:
        return 0.0
    share_i, share_j = _shares(edges, nodes)
    rows = _rows(edges, share_i, share_j)
    # Edges alike to 12 decimals stand for each other; the last factor covers their difference.
    first = np.unique(np.round(rows, 12), axis=0, return_index=True)[1]
    values = _sampled(rows[first])
    best = 0.0
    for number in np.argsort(-values):
        best = max(best, _plane_maximum(rows[first[number]], tolerance, best))
    return best * (1.0 + 1e-9)


def _shares(edges: EdgeSet, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Equal shares; for small graphs improved by moving share to the edges that need it."""
    degree = np.bincount(edges.i, minlength=nodes) + np.bincount(
        edges.j[edges.i != edges.j], minlength=nodes
    )
    share_i, share_j = 1.0 / degree[edges.i], 1.0 / degree[edges.j]
    if len(edges.i) > _SHARED_EDGES:
        return share_i, share_j
    # Far smaller shares help no edge, but the bound of their own needs ever smaller rectangles.
    least_i, least_j = _LEAST_SHARE * share_i, _LEAST_SHARE * share_j
    best, kept = np.inf, (share_i, share_j)
    for number in range(_ROUNDS):
        values = _sampled(_rows(edges, share_i, share_j))
        if values.max() < best:
            best, kept = float(values.max()), (share_i, share_j)
        pull = (np.maximum(values, 1e-9) / values.max()) ** (1.0 / (2.0 + 0.1 * number))
        share_i, share_j = np.maximum(share_i * pull, least_i), np.maximum(share_j * pull, least_j)
        total = np.asarray(
            np.bincount(edges.i, share_i, minlength=nodes)
            + np.bincount(edges.j, np.where(edges.i == edges.j, 0.0, share_j), minlength=nodes),
            dtype=np.float64,
        )
        # A hair below one, so that rounding cannot make the shares add up to more.
        total = total * (1.0 + 1e-14)
        share_i, share_j = share_i / total[edges.i], share_j / total[edges.j]
    return kept


def _rows(edges: EdgeSet, share_i: FloatArray, share_j: FloatArray) -> FloatArray:
    return np.column_stack(
        [
            edges.coupling,
            share_i,
            share_j,
            edges.low[edges.i],
            edges.high[edges.i],
            edges.low[edges.j],
            edges.high[edges.j],
            edges.slope[:, edges.i].T,
            edges.slope[:, edges.j].T,
        ]
    )


def _sampled(rows: FloatArray) -> FloatArray:
    """Largest value on a grid of the plane, per edge: a guide, not a bound."""
    t = np.linspace(0.0, 1.0, 17)
    a, b = (grid.ravel() for grid in np.meshgrid(t, t))
    best = np.empty(len(rows))
    for start in range(0, len(rows), 2000):
        part = rows[start : start + 2000, :, None]
        vi = part[:, 3] + a * (part[:, 4] - part[:, 3])
        vj = part[:, 5] + b * (part[:, 6] - part[:, 5])
        best[start : start + 2000] = _value(part, vi, vj).max(axis=1)
    return np.maximum(best, 0.0)


def _value(rows: FloatArray, vi: FloatArray, vj: FloatArray) -> FloatArray:
    c, p, q = rows[:, 0], rows[:, 1], rows[:, 2]
    di = np.maximum(rows[:, 7] + vi * (rows[:, 8] + vi * rows[:, 9]), 0.0)
    dj = np.maximum(rows[:, 10] + vj * (rows[:, 11] + vj * rows[:, 12]), 0.0)
    off = 2.0 * np.abs(c * vi * vj) * np.sqrt(di * dj / (p * q))
    return _largest(c * di * vj**2 / p, c * dj * vi**2 / q, off)


def _largest(a: FloatArray, b: FloatArray, off: FloatArray) -> FloatArray:
    """Larger eigenvalue of [[a, off], [off, b]]: increasing in a, b and |off|."""
    return np.asarray(0.5 * (a + b) + np.sqrt((0.5 * (a - b)) ** 2 + off**2))


def _plane_maximum(row: FloatArray, tolerance: float, floor: float) -> float:
    """Upper bound of one edge's value over its rectangle, by halving what may exceed the best.

    Stops early once the bound is below `floor`, which another edge has reached already.
    """
    boxes = np.array([[row[3], row[4], row[5], row[6]]])
    best = floor
    dropped = 0.0
    for _ in range(_LEVELS):
        vi, vj = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)
        at_centre = _value(row[None, :], vi, vj)
        best = max(best, float(at_centre.max()))
        upper = _upper(row, boxes)
        keep = upper > best * (1.0 + tolerance)
        if not np.all(keep):
            dropped = max(dropped, float(upper[~keep].max()))
        if not np.any(keep):
            return dropped
        boxes = _quartered(boxes[keep])
        if len(boxes) > 200_000:
            break
    return max(dropped, float(_upper(row, boxes).max()))


def _quartered(boxes: FloatArray) -> FloatArray:
    mi, mj = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)
    parts = []
    for i_low, i_high in ((boxes[:, 0], mi), (mi, boxes[:, 1])):
        for j_low, j_high in ((boxes[:, 2], mj), (mj, boxes[:, 3])):
            parts.append(np.column_stack([i_low, i_high, j_low, j_high]))
    return np.concatenate(parts)


def _upper(row: FloatArray, boxes: FloatArray) -> FloatArray:
    """Upper bound of the value on each rectangle; the factor covers about 20 roundings."""
    c, p, q = row[:3]
    low_i, high_i, low_j, high_j = boxes.T
    slope_i = _slope_range(row[7:10], low_i, high_i)
    slope_j = _slope_range(row[10:13], low_j, high_j)
    square_i, square_j = _square_range(low_i, high_i), _square_range(low_j, high_j)
    end = 1 if c > 0.0 else 0
    a = c * slope_i[end] * square_j[end] / p
    b = c * slope_j[end] * square_i[end] / q
    off = 2.0 * abs(c) * np.sqrt(slope_i[1] * slope_j[1] * square_i[1] * square_j[1] / (p * q))
    size = np.abs(a) + np.abs(b) + off
    return np.asarray(_largest(a, b, off) + 1e-14 * size)


def _slope_range(
    slope: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Concave quadratic: least at an end, greatest at an end or at its top."""

    def at(v: FloatArray) -> FloatArray:
        return np.asarray(slope[0] + v * (slope[1] + v * slope[2]))

    top = np.clip(-0.5 * slope[1] / slope[2], low, high)
    margin = 1e-15 * (abs(slope[0]) + abs(slope[1]) + abs(slope[2]))
    return np.maximum(np.minimum(at(low), at(high)) - margin, 0.0), np.maximum(
        at(top), 0.0
    ) + margin


def _square_range(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    ends = np.minimum(low**2, high**2), np.maximum(low**2, high**2)
    return np.where((low <= 0.0) & (high >= 0.0), 0.0, ends[0]), ends[1]
