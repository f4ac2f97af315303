"""The base branch of an anti-Hebbian network of any size, as a curve along the strength.

With k = |strength|, V = phi(x), D = phi' and S_i = sum_j c_ij V_j^2, the Jacobian J of

    F_i(x) = x_i - b_i + k V_i S_i

is similar to a symmetric matrix with unit diagonal (docs/theory.md#section-4),

    K = I + 2 k diag(g) c diag(g),   g = V sqrt(D / d),   d = 1 + k S D,

and J dx = f is K y = sqrt(D / d) f with dx = y / sqrt(D d). K has as many negative eigenvalues as
the Hessian.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray, Halt, IntArray
from netplastic.model import PlasticNetwork, anti_hebbian_unit

from ._scaled import Scaled, Solver, solver_of

__all__ = ["Coupled", "FollowedBranch", "base_branch", "coupled_of"]

MISS = 2e-4
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
    load : float array of shape (n,), or 0.0
        What nodes that are held add to the sums S.
    """

    matrix: sparse.csr_array
    bias: FloatArray
    gain: FloatArray
    unit: float
    parameter: str
    load: FloatArray | float = 0.0

    def part_at(self, index: IntArray) -> Coupled:
        """The network of some nodes, in the order given, in the units of the whole, no load."""
        return replace(
            self,
            matrix=self.matrix[index][:, index],
            bias=self.bias[index],
            gain=self.gain[index],
            load=0.0,
        )

    @cached_property
    def bonds(self) -> IntArray:
        """Joined pairs of nodes (b, 2)."""
        upper = sparse.coo_array(sparse.triu(self.matrix, k=1))
        return np.stack(upper.coords, axis=1).astype(np.int64)

    def softness(self, k: float, x: FloatArray) -> FloatArray:
        """Entry of K of each bond (b,): at 1 its two nodes alone would lose stability."""
        v = np.tanh(self.gain * x)
        slope = self.gain * (1.0 - v**2)
        g = v * np.sqrt(slope / (1.0 + k * (self.matrix @ v**2) * slope))
        a, b = self.bonds.T
        return np.asarray(np.abs(2.0 * k * self.matrix[a, b] * g[a] * g[b]))

    @cached_property
    def solver(self) -> Solver:
        """How the equations are solved."""
        return solver_of(self.matrix)

    def equations(self, k: float, x: FloatArray, pinned: int | None = None) -> Equations:
        """Equations at a state, and K there; without the node that is pinned."""
        v = np.tanh(self.gain * x)
        slope = np.maximum(self.gain * (1.0 - v**2), 1e-300)
        power = self.matrix @ v**2 + self.load
        damped = 1.0 + k * power * slope
        g = v * np.sqrt(slope / damped)
        kept = g
        if pinned is not None:
            kept = g.copy()
            kept[pinned] = 0.0
        return Equations(
            force=x - self.bias + k * v * power,
            tug=v * power,
            into=np.sqrt(slope / damped),
            out=1.0 / np.sqrt(slope * damped),
            g=g,
            scaled=self.solver.at(kept, 2.0 * k),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Equations:
    """F, dF/dk, the scales of K, g, and K to solve with."""

    force: FloatArray
    tug: FloatArray
    into: FloatArray
    out: FloatArray
    g: FloatArray
    scaled: Scaled

    def solve(self, right: FloatArray, tolerance: float = 1e-11) -> FloatArray | None:
        """J^-1 times a vector; None where a direction of negative curvature was met."""
        found = self.scaled.inverse(self.into * right, tolerance)
        return None if found is None else self.out * found

    @property
    def pace(self) -> FloatArray:
        """dx/dk along the branch; NaN where it cannot be said."""
        found = self.solve(self.tug)
        return np.full_like(self.tug, math.nan) if found is None else -found


@dataclass(frozen=True, eq=False, kw_only=True)
class FollowedBranch:
    """A branch of stable states; the base branch starts at the bias at strength 0.

    Attributes
    ----------
    strength : float array of shape (G,)
        Magnitudes in the order in which it was followed; the base branch increases from 0.
    activity, pace : float arrays of shape (G, n)
        States, and their derivative along the strength.
    is_lost : bool
        Whether it ends (a fold or a branch point) before the target, at strength[-1] to 1e-8.
    """

    strength: FloatArray
    activity: FloatArray
    pace: FloatArray
    is_lost: bool

    @property
    def end(self) -> float:
        """Magnitude that was reached."""
        return float(self.strength[-1])

    def at(self, k: float) -> FloatArray:
        """State of the base branch at a magnitude up to the end, by Hermite's cubic."""
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
    """Couplings of a network, or None if it is not of the form of `anti_hebbian_unit`."""
    unit = anti_hebbian_unit(net)
    if unit is None:
        return None
    arcs = (-net.coupling / unit.size, (net.wiring.target, net.wiring.source))
    matrix = sparse.csr_array(arcs, shape=(net.n, net.n))
    matrix.eliminate_zeros()
    return Coupled(
        matrix=matrix,
        bias=np.array(net.bias),
        gain=np.array(np.broadcast_to(net.activation.parameter("gain"), net.n)),
        unit=unit.size,
        parameter=unit.parameter,
    )


def base_branch(
    coupled: Coupled, far: float, miss: float = MISS, halt: Halt | None = None
) -> FollowedBranch:
    """Follow the base branch up to a magnitude, or to where it loses stability.

    Parameters
    ----------
    coupled : Coupled
    far : float
    miss : float, default 2e-4
        See `branch_from`.
    halt : Halt or None
        Ends it where it is, which counts as not lost.
    """
    return branch_from(coupled, 0.0, np.array(coupled.bias), far, miss, halt)


def branch_from(
    coupled: Coupled,
    k: float,
    x: FloatArray,
    target: float,
    miss: float = MISS,
    halt: Halt | None = None,
) -> FollowedBranch:
    """Follow a stable state from k to another magnitude, or to where it ends.

    A step is taken back where Newton's method meets a negative pivot, or where any node ends more
    than `miss` from where a quadratic predicted it: so the branch cannot pass to another state that
    differs by more than that.
    """
    sign = 1.0 if target > k else -1.0
    pace, bend = sign * coupled.equations(k, x).pace, np.zeros_like(x)
    grid, states, paces = [k], [x], [sign * pace]
    far = max(k, target)
    h = min(0.01 / max(float(np.abs(pace).max(initial=0.0)), 0.01 / far), 0.1 * far)
    halt, cut = halt or Halt(), False
    while k != target and not (cut := halt.now):
        h = min(h, abs(target - k))
        there = target if h >= abs(target - k) else k + sign * h
        guess = x + h * pace + h * h * bend
        step = corrected(coupled, there, guess)
        off = math.inf if step is None else float(np.abs(step[0] - guess).max(initial=0.0))
        if step is None or off > miss:
            h *= 0.5 if step is None else max(0.3, 0.8 * (miss / off) ** (1 / 3))
            if h < _LEAST * max(k, 1e-3 * far):
                break
            continue
        new, at_new = step
        after = sign * at_new.pace
        bend = (x - new + h * after) / h**2
        x, k, pace = new, there, after
        grid.append(k)
        states.append(x)
        paces.append(sign * pace)
        h *= min(2.0, 0.8 * (miss / max(off, 1e-12)) ** (1 / 3))
    return FollowedBranch(
        strength=np.array(grid),
        activity=np.array(states),
        pace=np.array(paces),
        is_lost=k != target and not cut,
    )


def corrected(coupled: Coupled, k: float, x: FloatArray) -> tuple[FloatArray, Equations] | None:
    """Newton's method; None where it does not settle or meets a negative eigenvalue."""
    last = math.inf
    for _ in range(8):
        here = coupled.equations(k, x)
        change = here.solve(here.force)
        size = math.nan if change is None else float(np.abs(change).max(initial=0.0))
        if change is None or not size < 0.5 * last + 1e-11 or here.scaled.negative:
            return None
        x = x - change
        if size < 1e-8:  # quadratic: the next one is below rounding
            return x, here
        last = size
    return None
