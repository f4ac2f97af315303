"""The quadratic forms that decide about stability, enclosed over small boxes of activities.

In the coordinates D^1/2 dV with D = diag(phi'), H is the Hessian of the reduced objective and M
its part with frozen weights (docs/theory.md#section-3). Inertia: the signs of the pivots of an
interval elimination; where one may vanish, Q^T A Q with Q the computed eigenvectors, which is
nearly diagonal: when all its Gershgorin discs avoid zero, A has as many negative eigenvalues as
there are discs on the negative side (Sylvester).
"""

from __future__ import annotations

import numpy as np

from netplastic._support import IntArray
from netplastic.equilibria.certified._kernels import inertia_all
from netplastic.model import PlasticNetwork

from ._enclosed import Rates, state_over
from ._midrad import MidRad

__all__ = ["delayed", "hessians", "inertia"]


def hessians(net: PlasticNetwork, rates: Rates) -> tuple[MidRad, MidRad]:
    """D^1/2 H D^1/2 and D^1/2 M D^1/2 with D = diag(phi') (docs/theory.md#section-3)."""
    wiring, n = net.wiring, net.n
    shape = (*rates.rate.mid.shape[:-1], n, n)
    diagonal, *arcs = state_over(net, rates).forms(rates.slope.sqrt())
    numbers = np.arange(n)
    whole, frozen = (
        MidRad.of(values).scatter(shape, wiring.target, wiring.source) for values in arcs
    )
    return whole + diagonal.scatter(shape, numbers, numbers), frozen + np.eye(n)


def delayed(net: PlasticNetwork, frozen: MidRad) -> MidRad:
    """M + gamma eps diag(tau / phi') in the same coordinates, for one decay gamma of all nodes.

    With G(s) = s tau / phi' + M + (gamma eps / (s + gamma eps)) K, the pencil of `judge`, every
    eigenvalue s other than -gamma eps has a vector z with z* G(s) z = 0, a quadratic equation

        t s^2 + (t gamma eps + m) s + gamma eps (m + k) = 0,    t, m, k = z* (tau / phi', M, K) z.

    H = M + K > 0 makes its last coefficient positive, and this matrix, when it is positive
    definite, the middle one: both roots then lie left of the imaginary axis, so that the
    equilibrium is stable.
    """
    rate = MidRad.exact(net.tau) * float(net.decay[0]) * net.learning_rate
    numbers = np.arange(net.n)
    diagonal = rate.scatter((net.n, net.n), numbers, numbers)
    return frozen + diagonal


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
