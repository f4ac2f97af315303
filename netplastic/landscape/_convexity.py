"""Up to which strength the reduced objective is convex on the whole box of possible rates.

With strengths multiplied by s, the Hessian scaled by D^1/2 (D = diag(phi')) is I - U - s Q, where

    Q_ij = 2 c_ij g_i g_j (i != j),   Q_ii = D_i sum_j c_ij V_j^2 + 2 c_ii g_i^2,
    g_i = sqrt(D_i) V_i,

with c the coupling a eta / gamma (symmetric), and U_ij = a_ij u_ij sqrt(D_i D_j). At one state V it
is positive definite exactly for s < 1 / lambda_max(Q) (u = 0), so the threshold is

    s_c = 1 / max over the box of lambda_max(Q(V)).

From below that maximum is enclosed by values at points that a local search finds, from above by a
bound that goes edge by edge (`_edge_bounds`; exact on regular bipartite graphs), and,
where that is not tight and the network is small, by a branch and bound over boxes of V, on each of
which lambda_max of an interval matrix is at most lambda_max(centre) + lambda_max(radius) (Rohn
1992).
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from netplastic._support import FloatArray, Status
from netplastic.model import Family, PlasticNetwork, family_of

from ._contraction import definiteness_bound
from ._edge_bounds import EdgeSet, edge_bound
from ._rate_box import prior_box

__all__ = ["Convexity", "ConvexityStatus", "convexity_bounds", "convexity_threshold", "prior_box"]

_BOXES = 1000
_TOLERANCE = 1e-3
_SMALL = 400
_FEW = 8


class ConvexityStatus(Status):
    """How far the enclosure of the threshold got."""

    TIGHT = (
        "tight",
        "Both bounds agree to the tolerance.",
        "Nothing is left to do.",
    )
    BUDGET = (
        "budget",
        "The limit on boxes was reached; the true threshold lies between the bounds.",
        "Raise boxes; the gap closes slowly beyond about ten nodes.",
    )
    UNBOUNDED = (
        "unbounded",
        "The objective is convex at every strength of this sign.",
        "Nothing is left to do.",
    )


@dataclass(frozen=True)
class Convexity:
    """Bounds of the convexity threshold.

    Attributes
    ----------
    lower : float
        Magnitude of the strength (factor, for mixed strengths) up to which the objective is convex
        on the whole box: proved.
    upper : float
        Magnitude at which a state in the box with a singular Hessian was found.
    state : float array of shape (n,) or None
        Rates of that state.
    sign : float
        Sign of the strengths meant; strength = sign * lower.
    parameter : str
        "strength", or "factor" where the network's strengths differ.
    status : ConvexityStatus
    boxes : int
        Boxes examined.
    """

    lower: float
    upper: float
    state: FloatArray | None
    sign: float
    parameter: str
    status: ConvexityStatus
    boxes: int

    def to_frame(self) -> pd.DataFrame:
        """One row: lower, upper (as signed strengths), parameter, status, boxes."""
        return pd.DataFrame(
            {
                "lower": [self.sign * self.lower],
                "upper": [self.sign * self.upper],
                "parameter": [self.parameter],
                "status": [str(self.status)],
                "boxes": [self.boxes],
            }
        )


def convexity_threshold(net: PlasticNetwork) -> float:
    """Magnitude of the strength up to which the reduced objective is convex: a proved lower bound.

    Below it the network has exactly one equilibrium.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective (Hebb rule, undirected). Strengths of its own sign are meant; where they
        differ from edge to edge the result is a factor on them.

    Returns
    -------
    float
        `convexity_bounds(net).lower`; inf where it is convex at every strength.

    Raises
    ------
    ValueError
        For a network without an objective, or an activation without known bounds of its slope.

    Examples
    --------
    For the pair convexity is lost at strength 4, before the pitchfork at 6.54:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> 3.99 < npl.convexity_threshold(net) <= 4.0
    True
    """
    return convexity_bounds(net).lower


def convexity_bounds(
    net: PlasticNetwork, boxes: int = _BOXES, tolerance: float = _TOLERANCE
) -> Convexity:
    """Lower (proved) and upper bound of the convexity threshold.

    Parameters
    ----------
    net : PlasticNetwork
    boxes : int
        Limit of the branch and bound.
    tolerance : float
        Relative gap at which to stop.

    Returns
    -------
    Convexity

    Raises
    ------
    ValueError
        As for `convexity_threshold`.

    Notes
    -----
    The box is the one known before any search (THEORY, section 2): V_i between 0 and phi(b_i) for
    nodes with only anti-Hebbian arcs and no static weights, else the whole range of the activation.
    Rounding is covered by relative margins of 1e-12 times the matrix size, far above the backward
    error of the symmetric eigenvalue solver (about n times 1e-16); the entries are sums of products
    of positive numbers. For dense matrices the eigenvalues come from LAPACK; beyond 400 nodes row
    sums bound them.

    With static weights the enclosure is s >= (1 - max lambda_max(U)) / max lambda_max(Q), proved
    but not tight.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> bounds = npl.convexity_bounds(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0)))
    >>> bounds.status == "tight", bounds.lower <= bounds.upper
    (True, True)
    """
    form = _Form.of(net)
    static = _static_part(form)
    low, high = prior_box(net)
    state, best = _best_state(form, low, high)
    bound, used = edge_bound(EdgeSet.of(net, form.slope, low, high), net.n, 0.1 * tolerance), 0
    settled = bound <= max(best, 0.0) * (1.0 + tolerance)
    if not settled and net.n <= _FEW:
        tighter, used, settled = _enclose(form, low, high, best, boxes, tolerance)
        bound = min(bound, tighter)
    lower = math.inf if bound <= 0.0 else _shave(max(0.0, 1.0 - static) / bound)
    definite = definiteness_bound(net) / form.unit * (1.0 - 1e-9)
    lower = max(lower, definite) if not math.isnan(definite) else lower
    upper, singular = _first_singular(form, state, low, high)
    if static > 0.0:
        settled = upper - lower <= tolerance * upper
    status = ConvexityStatus.TIGHT if settled else ConvexityStatus.BUDGET
    if math.isinf(lower):
        status, singular = ConvexityStatus.UNBOUNDED, None
    return Convexity(
        form.unit * lower,
        form.unit * max(upper, lower),
        singular,
        form.sign,
        form.parameter,
        status,
        used,
    )


@dataclass(frozen=True, eq=False)
class _Form:
    """Q(V) as arrays: symmetric coupling, and the slope phi' as a quadratic of V."""

    coupling: FloatArray
    static: FloatArray
    slope: FloatArray
    unit: float
    sign: float
    parameter: str

    @classmethod
    def of(cls, net: PlasticNetwork) -> _Form:
        if not net.has_objective:
            raise ValueError(
                "convexity needs an objective: the Hebb rule (either sign) with the same strength "
                "and static weight in both directions of every edge."
            )
        kind = net.activation.kind
        if kind is None:
            raise ValueError(
                f"activation {type(net.activation).__name__} has no bounds of its slope that could "
                "prove convexity; use tanh or logistic."
            )
        gain = net.activation.parameter("gain")
        # phi' = s0 + s1 V + s2 V^2: gain (1 - V^2) for tanh, gain V (1 - V) for logistic.
        shape = (1.0, 0.0, -1.0) if kind == "tanh" else (0.0, 1.0, -1.0)
        coupling, static = np.zeros((net.n, net.n)), np.zeros((net.n, net.n))
        coupling[net.wiring.target, net.wiring.source] = net.coupling
        static[net.wiring.target, net.wiring.source] = net.arc_weight * net.static_weight
        family: Family = family_of(net, "strength")
        own = family.own
        common = family.meaning == "common value" and own != 0.0
        unit = abs(own) if common else 1.0
        sign = math.copysign(1.0, own) if common else 1.0
        parameter = "strength" if common else "factor"
        return cls(coupling, static, np.outer(shape, gain), unit, sign, parameter)

    def matrix(self, v: FloatArray) -> FloatArray:
        """Q at one state."""
        slope = self.slope[0] + v * (self.slope[1] + v * self.slope[2])
        g = np.sqrt(np.maximum(slope, 0.0)) * v
        q = 2.0 * self.coupling * np.outer(g, g)
        q[np.diag_indices_from(q)] += slope * (self.coupling @ v**2)
        return q

    def largest(self, v: FloatArray) -> float:
        """lambda_max(Q(V))."""
        n = len(v)
        return float(linalg.eigvalsh(self.matrix(v), subset_by_index=[n - 1, n - 1])[0])

    def bound(self, low: FloatArray, high: FloatArray) -> float:
        """Upper bound of lambda_max(Q) over a box."""
        slope_low, slope_high = self._slopes(low, high)
        g_low, g_high = _g_range(low, high, slope_low, slope_high)
        pairs = _products(g_low, g_high)
        squares_low = np.where((low <= 0.0) & (high >= 0.0), 0.0, np.minimum(low**2, high**2))
        squares_high = np.maximum(low**2, high**2)
        positive, negative = np.maximum(self.coupling, 0.0), np.minimum(self.coupling, 0.0)
        upper = 2.0 * (positive * pairs[1] + negative * pairs[0])
        lower = 2.0 * (positive * pairs[0] + negative * pairs[1])
        input_high = positive @ squares_high + negative @ squares_low
        own = np.where(input_high > 0.0, slope_high * input_high, slope_low * input_high)
        diagonal = np.diag_indices_from(upper)
        # Only the upper end of the diagonal matters for the largest eigenvalue.
        top = upper[diagonal] + own
        centre, radius = 0.5 * (upper + lower), 0.5 * (upper - lower)
        centre[diagonal], radius[diagonal] = top, 0.0
        return min(
            _lambda_max(centre) + _lambda_max(radius), self._edgewise(slope_high, squares_high, own)
        )

    def _edgewise(self, slope: FloatArray, squares: FloatArray, own: FloatArray) -> float:
        """max_i D_i sum_j |c_ij| V_j^2 for couplings all of one negative sign.

        Every edge contributes c [[b^2, 2ab], [2ab, a^2]]-like terms, whose smallest eigenvalue is
        -|c| in the coordinates that make it [[1, 2], [2, 1]].
        """
        if np.any(self.coupling > 0.0) or np.any(np.diag(self.coupling) != 0.0):
            return math.inf
        row = slope * (-self.coupling @ squares)
        return float(row.max()) * (1.0 + 1e-12)

    def _slopes(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Range of the concave quadratic phi'(V): least at an end, greatest at an end or the
        top."""
        top = -0.5 * self.slope[1] / self.slope[2]

        def at(v: FloatArray) -> FloatArray:
            return np.asarray(self.slope[0] + v * (self.slope[1] + v * self.slope[2]))

        least = np.maximum(np.minimum(at(low), at(high)) - 1e-15, 0.0)
        greatest = np.maximum(at(np.clip(top, low, high)), 0.0) * (1.0 + 1e-15)
        return least, greatest


def _g_range(
    low: FloatArray, high: FloatArray, slope_low: FloatArray, slope_high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    ends = [np.sqrt(s) * v for s in (slope_low, slope_high) for v in (low, high)]
    return np.minimum.reduce(ends), np.maximum.reduce(ends)


def _products(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    ends = [np.outer(a, b) for a in (low, high) for b in (low, high)]
    return np.minimum.reduce(ends), np.maximum.reduce(ends)


def _lambda_max(matrix: FloatArray) -> float:
    """Upper bound of the largest eigenvalue of a symmetric matrix, rounding included."""
    n = len(matrix)
    rows = np.abs(matrix).sum(axis=1) - np.abs(np.diag(matrix)) + np.diag(matrix)
    if n > _SMALL:
        return float(rows.max()) * (1.0 + 1e-12)
    value = float(linalg.eigvalsh(matrix, subset_by_index=[n - 1, n - 1])[0])
    return min(value + 1e-12 * n * float(np.abs(matrix).max()), float(rows.max()) * (1.0 + 1e-12))


def _static_part(form: _Form) -> float:
    """Upper bound of lambda_max(U): slopes at their greatest, signs ignored."""
    if not np.any(form.static):
        return 0.0
    top = np.sqrt(form.slope[0] - 0.25 * form.slope[1] ** 2 / form.slope[2])
    return _lambda_max(np.abs(form.static) * np.outer(top, top))


def _best_state(form: _Form, low: FloatArray, high: FloatArray) -> tuple[FloatArray, float]:
    """State in the box with the largest lambda_max(Q) that local searches find."""
    n = len(low)
    rng = np.random.default_rng(0)
    starts = [low + t * (high - low) for t in (0.5, 0.75, 0.95)]
    starts += list(rng.uniform(low, high, size=(12, n)))
    inside = list(zip(low, high, strict=True))
    best, value = starts[0], -math.inf
    for start in starts:
        found, negated, _ = optimize.fmin_l_bfgs_b(
            lambda v: _negated(form, v), start, bounds=inside
        )
        if -float(negated) > value:
            best, value = np.clip(found, low, high), -float(negated)
    return best, form.largest(best)


def _negated(form: _Form, v: FloatArray) -> tuple[float, FloatArray]:
    """Return -lambda_max(Q(V)) and its gradient u' dQ/dV u (Hellmann-Feynman)."""
    values, vectors = linalg.eigh(form.matrix(v))
    u = vectors[:, -1]
    slope = form.slope[0] + v * (form.slope[1] + v * form.slope[2])
    change = form.slope[1] + 2.0 * v * form.slope[2]
    root = np.sqrt(np.maximum(slope, 1e-300))
    g_change = root + 0.5 * v * change / root
    gradient = 4.0 * u * g_change * (form.coupling @ (root * v * u))
    gradient += u**2 * change * (form.coupling @ v**2)
    gradient += 2.0 * v * (form.coupling.T @ (u**2 * slope))
    return -float(values[-1]), -gradient


def _enclose(
    form: _Form, low: FloatArray, high: FloatArray, best: float, boxes: int, tolerance: float
) -> tuple[float, int, bool]:
    """Upper bound of the maximum over the box, boxes used, and whether it is tight."""
    heap = [(-form.bound(low, high), 0, low, high)]
    used, serial = 1, 0
    while heap:
        top = -heap[0][0]
        if top <= max(best, 0.0) * (1.0 + tolerance) or used >= boxes:
            return top, used, top <= max(best, 0.0) * (1.0 + tolerance)
        _, _, low, high = heapq.heappop(heap)
        wide = int(np.argmax(high - low))
        middle = low[wide] + 0.5 * (high[wide] - low[wide])
        for side in (0, 1):
            new_low, new_high = low.copy(), high.copy()
            (new_high if side == 0 else new_low)[wide] = middle
            best = max(best, form.largest(0.5 * (new_low + new_high)))
            serial += 1
            heapq.heappush(
                heap, (-min(top, form.bound(new_low, new_high)), serial, new_low, new_high)
            )
            used += 1
    return 0.0, used, True


def _first_singular(
    form: _Form, state: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[float, FloatArray | None]:
    """Smallest factor at which the state's Hessian I - U - s Q is singular."""
    del low, high
    slope = np.maximum(form.slope[0] + state * (form.slope[1] + state * form.slope[2]), 0.0)
    base = np.eye(len(state)) - form.static * np.sqrt(np.outer(slope, slope))
    if float(linalg.eigvalsh(base)[0]) <= 0.0:
        return 0.0, state
    largest = float(linalg.eigh(form.matrix(state), base, eigvals_only=True)[-1])
    return (math.inf, None) if largest <= 0.0 else (1.0 / largest * (1.0 + 1e-12), state)


def _shave(value: float) -> float:
    return value * (1.0 - 1e-12)
