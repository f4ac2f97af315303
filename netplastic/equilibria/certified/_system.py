"""From a network to the tables of the interval kernels, and a box that holds all equilibria."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from netplastic._support import KINDS, BoolArray, FloatArray, IntArray
from netplastic.equilibria.certified._kernels import (
    ARC_COLUMNS,
    BIAS,
    C_HIGH,
    C_LOW,
    COLUMNS,
    GAIN,
    GAMMA,
    KIND,
    POST0,
    POST2,
    PRE0,
    PRE1,
    S_HIGH,
    S_LOW,
    THRESHOLD,
    ZETA,
    System,
)
from netplastic.model import PlasticNetwork

__all__ = ["IntervalSystem", "refusal", "start_box", "system_of"]

_POLE_MARGIN = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class IntervalSystem:
    """Equations in the form that the kernels read, with a box that holds all their roots.

    Attributes
    ----------
    table : float array of shape (n, COLUMNS)
        Parameters of the nodes (the box columns are work space).
    arcs, source, group, row : arrays
        Arcs and their groups (see `_kernels._table`).
    low, high : float arrays of shape (n,)
        Activities between which every root lies.
    linear : bool
        One group of arcs into each node and no static weights: the relaxation applies.
    symmetry : float array of shape (n,) or None
        Factors that make diag(f') - c symmetric with the inertia of H on the states that the
        system describes; None without an objective.
    leader : int array of shape (n,) or None
        Per unknown one that is at least as large at the roots that are looked for (itself: none
        is); None where all roots are.
    """

    table: FloatArray
    arcs: FloatArray
    source: IntArray
    group: IntArray
    row: IntArray
    low: FloatArray
    high: FloatArray
    linear: bool
    symmetry: FloatArray | None
    leader: IntArray | None = None

    @property
    def n(self) -> int:
        """Number of unknowns."""
        return len(self.table)

    @cached_property
    def kernel(self) -> System:
        """What the kernels read beside the table."""
        symmetry = np.ones(self.n) if self.symmetry is None else self.symmetry
        return System(self.arcs, self.source, self.group, self.row, symmetry, self.linear)

    @cached_property
    def rows(self) -> list[list[tuple[int, tuple[float, ...]]]]:
        """Per row the arcs into it: (source, coefficients), sorted."""
        arcs = list(zip(self.source.tolist(), map(tuple, self.arcs.tolist()), strict=True))
        first = self.group[self.row].tolist()
        return [sorted(arcs[a:b]) for a, b in itertools.pairwise(first)]


def refusal(net: PlasticNetwork) -> str:
    """Say why the equations cannot be enclosed; empty when they can."""
    if net.activation.kind not in KINDS:
        return (
            f"activation {type(net.activation).__name__} has no interval enclosure (only tanh and "
            "the logistic function have); use method='sampled'."
        )
    if not net.is_polynomial:
        return (
            f"rule {type(net.rule).__name__} is no polynomial in the rates, so it has no interval "
            "enclosure (only rules derived from netplastic.Rule have); use method='sampled'."
        )
    target = net.wiring.target
    zeta, gamma = net.decay_growth, net.decay[target]
    if not (zeta < 0.0).any():
        return ""
    with np.errstate(divide="ignore", invalid="ignore"):
        pole = np.where(zeta < 0.0, np.sqrt(gamma / -zeta), np.inf)
    near = np.flatnonzero(np.abs(pole - 1.0) < _POLE_MARGIN)
    if len(near):
        arc = int(near[0])
        u, v = net.nodes[net.wiring.source[arc]], net.nodes[target[arc]]
        return (
            f"on arc {u!r} -> {v!r} the decay of the weight vanishes as the rate saturates, so the "
            "equilibria have no bound; change its strength or decay slightly."
        )
    return ""


def exact_product(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lower and upper bounds of a * b, equal where the float product is exact.

    Veltkamp-Dekker splitting gives the rounding error of a product exactly, barring overflow and
    underflow; where it is not zero, or the product is extreme, one unit is added on either side.
    """
    product = a * b
    if (a == 1.0).all() or (b == 0.0).all():
        return product, product
    splitter = 134217729.0  # 2**27 + 1
    with np.errstate(over="ignore", invalid="ignore"):
        ta, tb = splitter * a, splitter * b
        ah, bh = ta - (ta - a), tb - (tb - b)
        al, bl = a - ah, b - bh
        error = ((ah * bh - product) + ah * bl + al * bh) + al * bl
    safe = (np.abs(product) > 1e-200) & (np.abs(product) < 1e200)
    exact = (a == 0.0) | (b == 0.0) | (a == 1.0) | (b == 1.0) | (safe & (error == 0.0))
    low = np.where(exact, product, np.nextafter(product, -np.inf))
    high = np.where(exact, product, np.nextafter(product, np.inf))
    return low, high


def system_of(net: PlasticNetwork) -> IntervalSystem:
    """Tables of a network whose equations can be enclosed (`refusal` is empty)."""
    wiring, n = net.wiring, net.n
    table = np.zeros((n, COLUMNS))
    activation = net.activation
    table[:, GAMMA] = net.decay
    table[:, BIAS] = net.bias
    table[:, GAIN] = activation.parameter("gain")
    table[:, THRESHOLD] = activation.parameter("threshold")
    table[:, KIND] = KINDS[str(activation.kind)]
    table[:, POST0 : POST2 + 1] = net.post
    table[:, PRE0 : PRE1 + 1] = net.pre
    growth, static = net.decay_growth, (net.static_weight * net.arc_weight).any()
    # the wiring's arcs are in order already, unless their decays differ in growth
    order: Any = slice(None)
    if growth.any():
        order = np.lexsort((wiring.source, growth, wiring.target))
    arcs = np.zeros((net.m, ARC_COLUMNS))
    low, high = exact_product(net.arc_weight, net.strength)
    arcs[:, C_LOW], arcs[:, C_HIGH] = low[order], high[order]
    if static:
        low, high = exact_product(net.arc_weight, net.static_weight)
        arcs[:, S_LOW], arcs[:, S_HIGH] = low[order], high[order]
    arcs[:, ZETA] = growth[order]
    group, row = _groups(wiring.target[order], arcs[:, ZETA], wiring.indptr)
    low, high = start_box(net)
    linear = bool((row[1:] - row[:-1] <= 1).all()) and not static
    return IntervalSystem(
        table=table,
        arcs=arcs,
        source=wiring.source[order].astype(np.int64),
        group=group,
        row=row,
        low=low,
        high=high,
        linear=linear,
        symmetry=1.0 / net.decay if net.has_objective else None,
    )


def _groups(target: IntArray, zeta: FloatArray, indptr: IntArray) -> tuple[IntArray, IntArray]:
    """First arc of every group of equal target and growth, and first group of every row."""
    n, m = len(indptr) - 1, len(target)
    if (indptr[1:] > indptr[:-1]).all() and not zeta.any():
        return indptr.copy(), np.arange(n + 1)
    starts = np.flatnonzero((target[1:] != target[:-1]) | (zeta[1:] != zeta[:-1])) + 1
    group = np.array([0, *starts.tolist(), m] if m else [0], dtype=np.int64)
    return group, np.searchsorted(target[group[:-1]], np.arange(n + 1)).astype(np.int64)


def start_box(net: PlasticNetwork) -> tuple[FloatArray, FloatArray]:
    """Activities between which every equilibrium lies.

    |V| <= 1 for tanh and the logistic function, so in

        x_i = b_i + sum_j a_ij u_ij V_j + sum_j a_ij eta_ij post_i(V_i) q_j(V_j) / decay_ij(V_i)

    |post| <= sum of its |coefficients|, |q| likewise, and decay >= gamma + min(zeta, 0). Where that
    is not positive the decay vanishes at some rate P < 1. Then either |V_i| lies at least half-way
    from P to 1, or at most P / 2, where the decay is bounded away from zero and the right-hand
    side thus bounded; or |V_i| lies between these two, and x_i between their inverses.

    The bounds are floats with a slack that exceeds the rounding of these few sums by far. The
    contraction in the kernels sharpens them: with anti-Hebbian strengths to the box of
    docs/theory.md#section-2, by the bounds iterated through h.
    """
    anti, least, most = _monotone_rows(net)
    if anti.all():
        return least, most
    wiring, n = net.wiring, net.n
    target, source = wiring.target, wiring.source
    post = np.abs(net.post).sum(axis=1)[target]
    pre = np.abs(net.pre).sum(axis=1)[source]
    push = net.arc_weight * np.abs(net.strength) * post * pre
    static = net.arc_weight * np.abs(net.static_weight)
    if not (net.decay_growth < 0.0).any():
        push = push / net.decay[target] + static
        reach: FloatArray = np.abs(net.bias) + np.bincount(target, push, minlength=n)
    else:
        reach = _reach_past_poles(net, push, static)
    reach = reach * (1.0 + 1e-9) + 1e-6
    low = np.where(anti, np.maximum(-reach, least), -reach)
    return low, np.where(anti, np.minimum(reach, most), reach)


def _reach_past_poles(net: PlasticNetwork, push: FloatArray, static: FloatArray) -> FloatArray:
    """Largest |x_i| where some decay falls with the rate (see `start_box`)."""
    target, n = net.wiring.target, net.n
    gamma, zeta = net.decay[target], net.decay_growth
    with np.errstate(divide="ignore", invalid="ignore"):
        pole = np.where(zeta < 0.0, np.sqrt(gamma / -zeta), np.inf)
    inside = pole < 1.0
    outer = np.where(inside, 0.5 * (pole + 1.0), 1.0)
    inner = np.where(inside, 0.5 * pole, 1.0)
    least = np.where(
        inside,
        np.minimum(np.abs(gamma + zeta * outer**2), np.abs(gamma + zeta * inner**2)),
        gamma + np.minimum(zeta, 0.0),
    )
    reach: FloatArray = np.abs(net.bias) + np.bincount(target, push / least + static, minlength=n)
    if np.any(inside):
        _, top = net.activation.bounds
        for rate in (outer, inner):
            largest = np.zeros(n)
            np.maximum.at(largest, target, np.where(inside, rate, 0.0))
            smallest = np.full(n, 0.5)
            np.minimum.at(smallest, target, np.where(inside, rate, 0.5))
            for bound in (largest, smallest):
                safe = np.clip(bound, 1e-12, top - 1e-12)
                reach = np.maximum(reach, np.abs(net.activation.inverse(safe)))
                if net.activation.bounds[0] < 0.0:
                    reach = np.maximum(reach, np.abs(net.activation.inverse(-safe)))
    return reach


def _monotone_rows(net: PlasticNetwork) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Nodes whose arcs are all anti-Hebbian (Hebb rule, eta <= 0) and rate tanh, and their bounds.

    With T_i = sum_j a_ij eta_ij V_j^2 <= 0, F_i = x - b - A - V(x) T / gamma rises with x. At the
    threshold, where V = 0, F_i = threshold - b - A; at x = b + A it is -V T / gamma, of the sign of
    V there or zero. So x_i lies between threshold_i and b_i + A_i (without static weights between
    0 and b_i: docs/theory.md#section-2).
    """
    target, threshold = net.wiring.target, net.activation.parameter("threshold")
    if net.activation.kind != "tanh":
        return np.zeros(net.n, dtype=bool), net.bias, net.bias
    anti = np.ones(net.n, dtype=bool)
    other = net.strength > 0.0
    if not net.is_hebbian:
        anti = (net.post == (0.0, 1.0, 0.0)).all(axis=1)
        plain = (net.pre == (0.0, 1.0)).all(axis=1)
        other = other | (net.decay_growth != 0.0) | ~plain[net.wiring.source]
    anti[target[other]] = False
    if not net.static_weight.any():
        return anti, np.minimum(threshold, net.bias), np.maximum(threshold, net.bias)
    static = np.bincount(target, net.arc_weight * np.abs(net.static_weight), minlength=net.n)
    slack = np.where(static > 0.0, 1e-9 * (static + np.abs(net.bias)), 0.0)
    least = np.minimum(threshold, net.bias - static - slack)
    return anti, least, np.maximum(threshold, net.bias + static + slack)
