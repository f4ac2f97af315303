"""The quadratic forms that decide about stability, enclosed over small boxes of activities.

In the coordinates D^1/2 dV with D = diag(phi'), H is the Hessian of the reduced objective and M
its part with frozen weights (THEORY, section 3). Inertia: the signs of the pivots of an interval
elimination; where one may vanish, Q^T A Q with Q the computed eigenvectors, which is nearly
diagonal: when all its Gershgorin discs avoid zero, A has as many negative eigenvalues as there are
discs on the negative side (Sylvester).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import KINDS, FloatArray, IntArray
from netplastic.equilibria.certified._kernels import activate_all, inertia_all
from netplastic.model import PlasticNetwork

from ._midrad import MidRad

__all__ = ["State", "delayed", "hessians", "inertia"]


@dataclass(frozen=True, eq=False)
class State:
    """Rates and slopes over the boxes."""

    rate: MidRad
    slope: MidRad

    @staticmethod
    def over(net: PlasticNetwork, low: FloatArray, high: FloatArray) -> State:
        kind = float(KINDS[str(net.activation.kind)])
        gain = net.activation.parameter("gain")
        threshold = net.activation.parameter("threshold")
        enclosures = np.empty((2, *low.shape, 4))
        for end, x in enumerate((low, high)):
            activate_all(kind, gain, threshold, x, enclosures[end])
        rate = MidRad.between(enclosures[0, ..., 0], enclosures[1, ..., 1])
        slope_low = np.minimum(enclosures[0, ..., 2], enclosures[1, ..., 2])
        slope_high = np.maximum(enclosures[0, ..., 3], enclosures[1, ..., 3])
        peak = gain if kind == 0.0 else 0.25 * gain
        slope_high = np.where((low <= threshold) & (threshold <= high), peak, slope_high)
        return State(rate, MidRad.between(slope_low, slope_high))

    def __getitem__(self, index: int) -> State:
        return State(self.rate[index], self.slope[index])


def hessians(net: PlasticNetwork, state: State) -> tuple[MidRad, MidRad]:
    """D^1/2 H D^1/2 and D^1/2 M D^1/2 with D = diag(phi') (THEORY, section 3)."""
    wiring, n = net.wiring, net.n
    target, source = wiring.target, wiring.source
    shape = (*state.rate.mid.shape[:-1], n, n)
    rate, root = state.rate, state.slope.sqrt()
    coupling = _coupling(net)
    static = MidRad.exact(net.arc_weight) * MidRad.exact(net.static_weight)
    plastic = rate[..., target] * coupling * rate[..., source]
    scale = root[..., target] * root[..., source]
    frozen = (-((plastic + static) * scale)).scatter(shape, target, source)
    extra = (-(plastic * scale)).scatter(shape, target, source)
    into = np.zeros((n, net.m))
    into[target, np.arange(net.m)] = 1.0
    inputs = (coupling * rate[..., source] * rate[..., source]).gather(into)
    numbers = np.arange(n)
    diagonal = (-(inputs * state.slope)).scatter(shape, numbers, numbers)
    identity = MidRad.exact(np.broadcast_to(np.eye(n), shape))
    frozen = identity + frozen
    return frozen + extra + diagonal, frozen


def delayed(net: PlasticNetwork, frozen: MidRad) -> MidRad:
    """M + gamma eps diag(tau / phi') in the same coordinates, for one decay gamma of all nodes.

    With G(s) = s tau / phi' + M + (gamma eps / (s + gamma eps)) K, the pencil of `judge`, every
    eigenvalue s other than -gamma eps has a vector z with z* G(s) z = 0, a quadratic equation

        t s^2 + (t gamma eps + m) s + gamma eps (m + k) = 0,    t, m, k = z* (tau / phi', M, K) z.

    H = M + K > 0 makes its last coefficient positive, and this matrix, when it is positive
    definite, the middle one: both roots then lie left of the imaginary axis, so that the
    equilibrium is stable.
    """
    rate = MidRad.exact(net.decay[:1]) * MidRad.exact(net.learning_rate) * MidRad.exact(net.tau)
    numbers = np.arange(net.n)
    diagonal = rate.scatter((net.n, net.n), numbers, numbers)
    return frozen + diagonal


def _coupling(net: PlasticNetwork) -> MidRad:
    """a eta / gamma per arc."""
    product = MidRad.exact(net.arc_weight) * MidRad.exact(net.strength)
    return product / MidRad.exact(net.decay[net.wiring.target])


def inertia(matrix: MidRad) -> IntArray:
    """Number of negative eigenvalues of each symmetric matrix (k, n, n); -1 where not proved."""
    negative = np.full(len(matrix.mid), -1, dtype=np.int64)
    if len(negative) == 0:
        return negative
    inertia_all(np.ascontiguousarray(matrix.mid), np.ascontiguousarray(matrix.rad), negative)
    finite = np.isfinite(matrix.mid).all(axis=(1, 2)) & np.isfinite(matrix.rad).all(axis=(1, 2))
    for r in np.flatnonzero((negative < 0) & finite):
        negative[r] = _inertia_by_rotation(matrix[int(r)])
    return negative


def _inertia_by_rotation(matrix: MidRad) -> int:
    """Inertia from Gershgorin discs after rotation to the computed eigenvectors."""
    n = len(matrix.mid)
    basis = MidRad.exact(np.linalg.eigh(0.5 * (matrix.mid + matrix.mid.T))[1])
    rotated = basis.transposed @ matrix @ basis
    diagonal = np.diagonal(rotated.mid)
    size = np.abs(rotated.mid) + rotated.rad
    np.fill_diagonal(size, np.diagonal(rotated.rad))
    reach = size.sum(axis=1) * (1.0 + (n + 4) * 1e-15)
    return int((diagonal < 0.0).sum()) if np.all(np.abs(diagonal) > reach) else -1
