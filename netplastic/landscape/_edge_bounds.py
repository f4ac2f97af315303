"""A bound of lambda_max(Q(V)) over a box of states that takes one edge at a time.

Q(V) (see `_scaled_hessian`) is a sum over edges e = {i, j} with coupling c,

    Q_e = c [ D_i V_j^2       2 g_i g_j ]
            [ 2 g_i g_j       D_j V_i^2 ],      g = sqrt(D) V.

Share out the unit matrix, 1 = sum of p_ie over the edges at i. Then sum_e Q_e <= lambda I as soon
as Q_e <= lambda diag(p_ie, p_je) for each e: lambda_max(Q(V)) <= max_e lambda_max of Q_e scaled by
1/sqrt(p). With A = D_i V_j^2 / p_ie, B = D_j V_i^2 / p_je, m = (A + B) / 2 and
S = sqrt((A - B)^2 / 4 + 4 A B) that is

    c (m + S)  for c > 0,      |c| (S - m) = 3 |c| A B / (m + S)  for c < 0,

both increasing in A and in B ((A + 7 B)^2 >= 4 S^2). Each depends on two rates only, so its maximum
over the box is a problem in the plane. On regular bipartite graphs with equal shares the bound is
exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, Halt, IntArray
from netplastic.model import PlasticNetwork

__all__ = ["EdgeSet", "edge_bound"]

_ROUNDS = 60
_WORK = 1_000_000  # edges times rounds
_LEVELS = 16
_TOGETHER = 500  # edges
_MOST_BOXES = 200_000


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


def edge_bound(edges: EdgeSet, nodes: int, tolerance: float, halt: Halt) -> float:
    """Upper bound of lambda_max(Q) over the box, rounding included.

    Where it is halted the bound holds all the same, with the shares that it has come to.
    """
    if len(edges.i) == 0:
        return 0.0
    rows = _rows(edges, *_shares(edges, nodes, halt))
    # Edges alike to 12 digits stand for each other; the last factor covers their difference.
    digits, scale = np.frexp(rows)
    alike = np.ldexp(np.round(digits, 12), scale)
    rows = rows[np.unique(alike, axis=0, return_index=True)[1]]
    rows = rows[np.argsort(-_sampled(rows))]
    best = 0.0
    for first in range(0, len(rows), _TOGETHER):
        levels = 1 if halt.now else _LEVELS
        best = max(best, _plane_maximum(rows[first : first + _TOGETHER], tolerance, best, levels))
    return best * (1.0 + 1e-9)


def _shares(edges: EdgeSet, nodes: int, halt: Halt) -> tuple[FloatArray, FloatArray]:
    """Equal shares, improved by moving share to the edges that need it."""
    degree = np.bincount(edges.i, minlength=nodes) + np.bincount(
        edges.j[edges.i != edges.j], minlength=nodes
    )
    share_i, share_j = 1.0 / degree[edges.i], 1.0 / degree[edges.j]
    best, kept = np.inf, (share_i, share_j)
    for number in range(min(_ROUNDS, 1 + _WORK // len(edges.i))):
        values = _sampled(_rows(edges, share_i, share_j))
        if values.max() < best:
            best, kept = float(values.max()), (share_i, share_j)
        if halt.now:
            break
        pull = (np.maximum(values, 1e-9) / values.max()) ** (1.0 / (2.0 + 0.1 * number))
        share_i, share_j = share_i * pull, share_j * pull
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
        best[start : start + 2000] = _at(part.swapaxes(0, 1), vi, vj).max(axis=1)
    return best


def _at(row: FloatArray, vi: FloatArray, vj: FloatArray) -> FloatArray:
    """Value of an edge at rates of its ends; the fields of `row` come first."""
    di, dj = _slope(row[7:10], vi), _slope(row[10:13], vj)
    return _value(row, di * vj**2, dj * vi**2)


def _value(row: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """The larger eigenvalue from D_i V_j^2 and D_j V_i^2: increasing in both."""
    c, a, b = row[0], a / row[1], b / row[2]
    both = 0.5 * (a + b) + np.sqrt(0.25 * (a - b) ** 2 + 4.0 * a * b)
    return np.asarray(np.where(c > 0.0, c * both, -3.0 * c * a * b / np.maximum(both, 1e-300)))


def _slope(slope: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(slope[0] + v * (slope[1] + v * slope[2]), 0.0))


def _plane_maximum(rows: FloatArray, tolerance: float, floor: float, levels: int) -> float:
    """Upper bound of the edges' values over their rectangles, by halving what may exceed the best.

    Stops early once the bound is below `floor`, which other edges have reached already.
    """
    edge, boxes = np.arange(len(rows)), rows[:, 3:7]
    best, dropped = floor, 0.0
    for _ in range(levels):
        of = rows[edge].T
        at_centre = _at(of, boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1))
        best = max(best, float(at_centre.max()))
        upper = _upper(of, boxes)
        keep = upper > best * (1.0 + tolerance)
        if not np.all(keep):
            dropped = max(dropped, float(upper[~keep].max()))
        if not np.any(keep):
            return dropped
        edge, boxes = np.tile(edge[keep], 4), _quartered(boxes[keep])
        if len(boxes) > _MOST_BOXES:
            break
    return max(dropped, float(_upper(rows[edge].T, boxes).max()))


def _quartered(boxes: FloatArray) -> FloatArray:
    mi, mj = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)
    parts = []
    for i_low, i_high in ((boxes[:, 0], mi), (mi, boxes[:, 1])):
        for j_low, j_high in ((boxes[:, 2], mj), (mj, boxes[:, 3])):
            parts.append(np.column_stack([i_low, i_high, j_low, j_high]))
    return np.concatenate(parts)


def _upper(rows: FloatArray, boxes: FloatArray) -> FloatArray:
    """Upper bound of the value on each rectangle; the factor covers about 20 roundings."""
    low_i, high_i, low_j, high_j = boxes.T
    slope_i = _greatest_slope(rows[7:10], low_i, high_i)
    slope_j = _greatest_slope(rows[10:13], low_j, high_j)
    square_i, square_j = np.maximum(low_i**2, high_i**2), np.maximum(low_j**2, high_j**2)
    return _value(rows, slope_i * square_j, slope_j * square_i) * (1.0 + 1e-14)


def _greatest_slope(slope: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """A concave quadratic is greatest at its top, or at the end next to it."""
    top = np.clip(-0.5 * slope[1] / slope[2], low, high)
    return np.asarray(_slope(slope, top) + 1e-15 * np.abs(slope).sum(axis=0))
