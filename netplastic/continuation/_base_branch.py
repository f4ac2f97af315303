"""The base branch of an anti-Hebbian network of any size, as a curve along the strength.

With k = |strength|, V = phi(x), D = phi' and S_i = sum_j c_ij V_j^2, the Jacobian J of

    F_i(x) = x_i - b_i + k V_i S_i

is similar to a symmetric matrix with unit diagonal (docs/theory.md#section-4),

    K = I + 2 k diag(g) c diag(g),   g = V sqrt(D / d),   d = 1 + k S D,

and J dx = f is K y = sqrt(D / d) f with dx = y / sqrt(D d). K has as many negative eigenvalues as
the Hessian, counted by the signs of its pivots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU

from netplastic._support import FloatArray, IntArray, symmetric_factors
from netplastic.model import PlasticNetwork, family_of

__all__ = ["BaseBranch", "Coupled", "base_branch", "coupled_of"]

_MISS = 2e-4
"""Most that any node's activity may differ from the prediction of a step."""

_LEAST = 1e-8
"""Step, relative to the strength, at which the branch counts as ended."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Coupled:
    """An anti-Hebbian network with tanh as couplings at strength 1.

    Attributes
    ----------
    matrix : sparse array of shape (n, n)
        Symmetric, not negative, without diagonal.
    bias, gain : float arrays of shape (n,)
    unit : float
        Magnitude of the network's own strength: |strength|, or 1 where strengths differ.
    parameter : str
        "strength", or "factor" where strengths differ.
    """

    matrix: sparse.csr_array
    bias: FloatArray
    gain: FloatArray
    unit: float
    parameter: str

    def part_at(self, index: IntArray) -> Coupled:
        """The network of some nodes, in the order given, in the units of the whole."""
        return replace(
            self,
            matrix=self.matrix[index][:, index],
            bias=self.bias[index],
            gain=self.gain[index],
        )

    def factorised(self, k: float, x: FloatArray) -> Factors | None:
        """Equations at a state, with K in factors; None where K has no such factors."""
        v = np.tanh(self.gain * x)
        slope = np.maximum(self.gain * (1.0 - v**2), 1e-300)
        power = self.matrix @ v**2
        damped = 1.0 + k * power * slope
        g = v * np.sqrt(slope / damped)
        scaled = sparse.diags_array(g) @ self.matrix @ sparse.diags_array(2.0 * k * g)
        columns = sparse.csc_array(scaled + sparse.eye_array(len(x)))
        found = symmetric_factors(columns)
        if found is None:
            return None
        return Factors(
            force=x - self.bias + k * v * power,
            tug=v * power,
            into=np.sqrt(slope / damped),
            out=1.0 / np.sqrt(slope * damped),
            factors=found[0],
            negative=found[1],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Factors:
    """F, dF/dk, the scales of K, K in factors, and how many of its eigenvalues are negative."""

    force: FloatArray
    tug: FloatArray
    into: FloatArray
    out: FloatArray
    factors: SuperLU
    negative: int

    def solve(self, right: FloatArray) -> FloatArray:
        """J^-1 times a vector."""
        return np.asarray(self.out * self.factors.solve(self.into * right))


@dataclass(frozen=True, eq=False, kw_only=True)
class BaseBranch:
    """The branch of stable states that starts at the bias at strength 0.

    Attributes
    ----------
    strength : float array of shape (G,)
        Magnitudes, increasing from 0.
    activity, pace : float arrays of shape (G, n)
        States, and their derivative along the strength.
    is_lost : bool
        Whether it ends (a fold or a branch point) before the limit, at strength[-1] to 1e-7.
    """

    strength: FloatArray
    activity: FloatArray
    pace: FloatArray
    is_lost: bool

    @property
    def end(self) -> float:
        """Largest magnitude that was reached."""
        return float(self.strength[-1])

    def at(self, k: float) -> FloatArray:
        """State at a magnitude up to the end, by Hermite's cubic."""
        right = int(np.clip(np.searchsorted(self.strength, k), 1, len(self.strength) - 1))
        h = self.strength[right] - self.strength[right - 1]
        t = (k - self.strength[right - 1]) / h
        a, b = self.activity[right - 1], self.activity[right]
        da, db = h * self.pace[right - 1], h * self.pace[right]
        bent = t * (3.0 * (b - a) - 2.0 * da - db) + t * t * (2.0 * (a - b) + da + db)
        return np.asarray(a + t * (da + bent))

    def around(self, coupled: Coupled, inside: IntArray) -> tuple[FloatArray, ...]:
        """Grid (G,), and the load (G, n) of all other nodes on those inside, and its derivative."""
        outside = np.ones(len(coupled.bias), dtype=np.bool_)
        outside[inside] = False
        arcs = coupled.matrix[inside][:, outside]
        x, gain = self.activity[:, outside], coupled.gain[outside]
        v = np.tanh(gain * x)
        change = 2.0 * v * gain * (1.0 - v**2) * self.pace[:, outside]
        load, slope = ((arcs @ part.T).T for part in (v**2, change))
        return self.strength, np.ascontiguousarray(load), np.ascontiguousarray(slope)


def coupled_of(net: PlasticNetwork) -> Coupled | None:
    """Couplings of a network, or None if it is not of this form.

    The form: Hebb's rule with no positive strength, the same both ways (an objective), tanh with
    threshold 0, no static weights and no self-loops.
    """
    wiring = net.wiring
    loops = wiring.source == wiring.target
    static = net.arc_weight * net.static_weight
    if not net.has_objective or net.activation.kind != "tanh" or np.any(net.coupling > 0.0):
        return None
    if np.any(static) or np.any(net.coupling[loops]):
        return None
    if np.any(net.activation.parameter("threshold")):
        return None
    family = family_of(net, "strength")
    common = family.meaning == "common value" and family.own != 0.0
    unit = abs(family.own) if common else 1.0
    arcs = (-net.coupling / unit, (wiring.target, wiring.source))
    matrix = sparse.csr_array(arcs, shape=(net.n, net.n))
    matrix.eliminate_zeros()
    return Coupled(
        matrix=matrix,
        bias=np.array(net.bias),
        gain=np.array(np.broadcast_to(net.activation.parameter("gain"), net.n)),
        unit=unit,
        parameter="strength" if common else "factor",
    )


def base_branch(coupled: Coupled, far: float) -> BaseBranch:
    """Follow the base branch up to a magnitude, or to where it loses stability.

    A step is taken back where Newton's method meets a negative pivot, or where any node ends more
    than 2e-4 from where a quadratic predicted it: so the branch cannot pass to another state that
    differs by more than that.
    """
    x, k = np.array(coupled.bias), 0.0
    here = coupled.factorised(0.0, x)
    assert here is not None  # the identity
    pace, bend = -here.solve(here.tug), np.zeros_like(x)
    grid, states, paces = [0.0], [x], [pace]
    h = 0.01 / max(float(np.abs(pace).max(initial=0.0)), 0.01 / far)
    while k < far:
        h = min(h, far - k)
        there = k + h
        guess = x + h * pace + h * h * bend
        step = corrected(coupled, there, guess)
        miss = math.inf if step is None else float(np.abs(step[0] - guess).max())
        if step is None or miss > _MISS:
            h *= 0.5 if step is None else max(0.3, 0.8 * (_MISS / miss) ** (1 / 3))
            if h < _LEAST * max(k, 1e-3 * far):
                break
            continue
        new, at_new = step
        after = -at_new.solve(at_new.tug)
        bend = (x - new + h * after) / h**2
        x, k, pace = new, there, after
        grid.append(k)
        states.append(x)
        paces.append(pace)
        h *= min(2.0, 0.8 * (_MISS / max(miss, 1e-12)) ** (1 / 3))
    return BaseBranch(
        strength=np.array(grid),
        activity=np.array(states),
        pace=np.array(paces),
        is_lost=k < far,
    )


def corrected(coupled: Coupled, k: float, x: FloatArray) -> tuple[FloatArray, Factors] | None:
    """Newton's method; None where it does not settle or meets a negative pivot."""
    last = math.inf
    for _ in range(8):
        here = coupled.factorised(k, x)
        if here is None or here.negative:
            return None
        change = here.solve(here.force)
        size = float(np.abs(change).max(initial=0.0))
        if not size < 0.5 * last + 1e-11:
            return None
        x = x - change
        if size < 1e-8:  # quadratic: the next one is below rounding
            return x, here
        last = size
    return None
