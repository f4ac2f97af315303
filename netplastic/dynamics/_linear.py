"""The linear systems of the stiff method: n unknowns, with every weight eliminated.

A weight acts on itself only through its own decay, so its block of the Jacobian is diagonal:
(1/(h g) - J) u = r in n + m unknowns reduces exactly to n unknowns (Schur complement), with an
entry for each arc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import gmres

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork

if TYPE_CHECKING:
    from ._equations import FullEquations, Partial

__all__ = ["DENSE_LIMIT", "Eliminated", "NodeSystems"]

_INVERSE_LIMIT = 64
DENSE_LIMIT = 600


class NodeSystems:
    """Solver of linear systems in the n nodes, one for each of T states.

    A matrix has one number for each arc (T, m) besides its diagonal (T, n), to which self-loops
    add. Large systems are solved by iteration, to residuals of `allowed` (T,), in the Euclidean
    norm.
    """

    def __init__(
        self, net: PlasticNetwork, diagonal: FloatArray, through: FloatArray, allowed: FloatArray
    ) -> None:
        self._wiring, self._diagonal, self._through = net.wiring, diagonal, through
        self._allowed = allowed
        # Small: one batched inverse serves all stages. Larger: factors, trial by trial.
        if net.n <= _INVERSE_LIMIT:
            self._inverse = _inverses(self._dense())
        elif net.n <= DENSE_LIMIT:
            self._factors = [linalg.lu_factor(a, check_finite=False) for a in self._dense()]
        else:
            self._matrices = [self._sparse(trial) for trial in range(len(diagonal))]

    def _dense(self) -> FloatArray:
        trials, n = self._diagonal.shape
        dense, nodes = np.zeros((trials, n, n)), np.arange(n)
        dense[:, self._wiring.target, self._wiring.source] = self._through
        dense[:, nodes, nodes] += self._diagonal
        return dense

    def _sparse(self, trial: int) -> sparse.csr_array:
        wiring = self._wiring
        through = (self._through[trial], wiring.source, wiring.indptr)
        diagonal = sparse.diags_array(self._diagonal[trial], format="csr")
        return sparse.csr_array(through, shape=diagonal.shape) + diagonal

    def solve(self, right: FloatArray) -> FloatArray:
        """Solve for (T, n); NaN for a trial whose iteration does not converge."""
        n = self._diagonal.shape[1]
        if n <= _INVERSE_LIMIT:
            return np.asarray((self._inverse @ right[:, :, None])[:, :, 0])
        if n <= DENSE_LIMIT:
            rows = zip(self._factors, right, strict=True)
            return np.stack([linalg.lu_solve(f, r, check_finite=False) for f, r in rows])
        return np.stack([self._iterate(t, right[t]) for t in range(len(right))])

    def _iterate(self, trial: int, right: FloatArray) -> FloatArray:
        solution, failed = gmres(
            self._matrices[trial],
            right,
            rtol=1e-13,
            atol=float(self._allowed[trial]),
            restart=40,
            maxiter=5,
            M=sparse.diags_array(1.0 / self._diagonal[trial]),
        )
        return np.full_like(right, np.nan) if failed else np.asarray(solution)


class Eliminated:
    """Solver of (shift - J) u = r for a batch of states, shift (T, 1) being 1 / (h g)."""

    def __init__(
        self, equations: FullEquations, partial: Partial, shift: FloatArray, allowed: FloatArray
    ) -> None:
        self._eq, self._partial = equations, partial
        self._pivot = shift + partial.decay
        net, i = equations.net, equations.target
        own, other = partial.own / self._pivot, partial.other / self._pivot
        diagonal = shift + (1.0 - equations.collect(partial.by_weight * own)) / net.tau
        through = -(partial.by_activity + partial.by_weight * other) / net.tau[i]
        self._nodes = NodeSystems(net, diagonal, through, allowed)

    def solve(self, r_x: FloatArray, r_w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Solve for u (T, n) and (T, m); NaN for a trial whose iteration does not converge."""
        eq, partial = self._eq, self._partial
        alone = r_w / self._pivot
        u_x = self._nodes.solve(r_x + eq.collect(partial.by_weight * alone) / eq.net.tau)
        driven = partial.own * u_x[:, eq.target] + partial.other * u_x[:, eq.source]
        return u_x, alone + driven / self._pivot


def _inverses(matrices: FloatArray) -> FloatArray:
    """Inverses of (T, n, n); NaN where one is singular or not finite."""
    good = np.isfinite(matrices).all(axis=(1, 2))
    result = np.full_like(matrices, np.nan)
    try:
        result[good] = np.linalg.inv(matrices[good])
    except np.linalg.LinAlgError:  # one singular matrix spoils the batch: one by one
        for row in np.flatnonzero(good):
            try:
                result[row] = np.linalg.inv(matrices[row])
            except np.linalg.LinAlgError:
                continue
    return result
