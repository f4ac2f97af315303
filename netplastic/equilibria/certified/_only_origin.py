"""Exact proof that a network without bias has no equilibrium but the origin.

Where the origin is about to lose stability the interval search leaves bounds; in exact arithmetic a
quadratic form decides (docs/theory.md#section-2).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork

__all__ = ["only_origin"]

_MOST = 30
"""Nodes up to which a matrix is eliminated in fractions, which grow; above, its row sums decide."""

_CLEARLY = 1e-9
"""Relative to the diagonal: an eigenvalue as far below zero needs no fractions."""


def only_origin(net: PlasticNetwork) -> bool:
    """Whether x = 0 is proved to be the only equilibrium; False says nothing.

    With rates tanh(g x), no bias, and drives eta V_i V_j on all plastic arcs, multiply the
    equation of node i by V_i and sum: x_i V_i >= (V_i^2 + V_i^4 / 3) / g_i, strictly unless
    V_i = 0, and 2 V_i^2 V_j^2 <= V_i^4 + V_j^4, so that V' M V < 0 at any other equilibrium, with
    M as in `_form`. Where M is positive semidefinite there is none.
    """
    if net.activation.kind != "tanh" or net.bias.any() or not _is_odd(net):
        return False
    if net.activation.parameter("threshold").any():
        return False
    diagonal, coupling = _form(net)
    left = list(diagonal)
    for (i, j), entry in coupling.items():
        left[i] -= entry if i == j else abs(entry)
    if min(left) >= 0:
        return True
    return net.n <= _MOST and _is_semidefinite(diagonal, coupling)


def _is_odd(net: PlasticNetwork) -> bool:
    """Whether every plastic arc has drive eta V_i V_j and a decay that does not fall."""
    idle = (net.arc_weight * net.strength) == 0.0
    post = (net.post == (0.0, 1.0, 0.0)).all(axis=1)[net.wiring.target]
    pre = (net.pre == (0.0, 1.0)).all(axis=1)[net.wiring.source]
    return bool(((post & pre) | idle).all() and (net.decay_growth >= 0.0).all())


def _form(net: PlasticNetwork) -> tuple[list[Fraction], dict[tuple[int, int], Fraction]]:
    """Diagonal of M = diag(1/g - max(0, h - 1/(3 g))) - C, and the symmetric C, both exact.

    C is the symmetric part of the static weights; h_i half the sum of the effective Hebbian
    strengths of the arcs into i and out of i. Anti-Hebbian arcs only help, and are left out; so
    does a decay that grows.
    """
    inverse = [1 / Fraction(gain) for gain in _each(net.activation.parameter("gain"), net.n)]
    coupling: dict[tuple[int, int], Fraction] = {}
    hebbian = [Fraction(0)] * net.n
    arcs = zip(
        net.wiring.target.tolist(),
        net.wiring.source.tolist(),
        _each(net.arc_weight, net.m),
        _each(net.static_weight, net.m),
        _each(net.strength, net.m),
        strict=True,
    )
    decay = _each(net.decay, net.n)
    for i, j, weight, static, strength in arcs:
        half = Fraction(weight) / 2
        if static:
            for key in ((i, j), (j, i)):
                coupling[key] = coupling.get(key, Fraction(0)) + half * Fraction(static)
        if strength > 0.0:
            for node in (i, j):
                hebbian[node] += half * Fraction(strength) / Fraction(decay[i])
    diagonal = [g - max(Fraction(0), h - g / 3) for g, h in zip(inverse, hebbian, strict=True)]
    return diagonal, coupling


def _each(values: FloatArray, size: int) -> list[float]:
    listed: list[float] = np.broadcast_to(values, size).tolist()
    return listed


def _is_semidefinite(diagonal: list[Fraction], coupling: dict[tuple[int, int], Fraction]) -> bool:
    """Whether diag(diagonal) - coupling is positive semidefinite, by elimination in fractions."""
    n = len(diagonal)
    rows = [[-coupling.get((i, j), Fraction(0)) for j in range(n)] for i in range(n)]
    for i, entry in enumerate(diagonal):
        rows[i][i] += entry
    if np.linalg.eigvalsh(np.array(rows, dtype=np.float64))[0] < -_CLEARLY * float(max(diagonal)):
        return False
    for k in range(n):
        pivot = rows[k][k]
        if pivot < 0 or (pivot == 0 and any(rows[k][k + 1 :])):
            return False
        for i in range(k + 1, n):
            if rows[i][k]:
                factor = rows[i][k] / pivot
                for j in range(k + 1, n):
                    rows[i][j] -= factor * rows[k][j]
    return True
