"""The linear systems of the stiff method, with every weight eliminated.

A weight acts on itself only through its own decay, so its block of the Jacobian is diagonal:
(1/(h g) - J) u = r in n + L unknowns reduces exactly to n unknowns (Schur complement), of which
each link adds four entries.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import gmres

from netplastic._support import FloatArray

from ._equations import Equations, Partial

__all__ = ["DENSE_LIMIT", "Eliminated", "Pattern"]

_INVERSE_LIMIT = 64
DENSE_LIMIT = 600


class Pattern:
    """Where the entries of the n x n matrices lie; made once per network."""

    def __init__(self, equations: Equations) -> None:
        n = equations.net.n
        i, j = equations.target, equations.source
        diagonal = np.arange(n)
        rows = [diagonal, i, i] + ([j, j] if equations.mirrored else [])
        columns = [diagonal, i, j] + ([j, i] if equations.mirrored else [])
        places = np.concatenate(rows) * n + np.concatenate(columns)
        unique, where = np.unique(places, return_inverse=True)
        self.rows, self.columns = unique // n, (unique % n).astype(np.int32)
        self.indptr = np.searchsorted(self.rows, np.arange(n + 1)).astype(np.int32)
        self.diagonal = where[:n]
        entries = np.arange(len(places))
        self._add = sparse.csr_array(
            (np.ones(len(places)), (where, entries)), shape=(len(unique), len(places))
        )

    def add(self, parts: list[FloatArray]) -> FloatArray:
        """Sum entries that fall on one place: (T, nnz) from parts in the order of the pattern."""
        return np.asarray((self._add @ np.concatenate(parts, axis=1).T).T)


class Eliminated:
    """Solver of (shift - J) u = r for a batch of states, shift (T, 1) being 1 / (h g).

    Large systems are solved by iteration, to residuals of `allowed` (T,), in the Euclidean norm.
    """

    def __init__(
        self,
        equations: Equations,
        pattern: Pattern,
        partial: Partial,
        shift: FloatArray,
        allowed: FloatArray,
    ) -> None:
        self._eq, self._partial, self._allowed = equations, partial, allowed
        self._weight_pivot = shift + partial.decay
        tau = equations.net.tau
        own, other = partial.own / self._weight_pivot, partial.other / self._weight_pivot
        i, j = equations.target, equations.source
        parts = [
            np.broadcast_to(shift + 1.0 / tau, (len(shift), equations.net.n)),
            -(partial.rate_source * own) / tau[i],
            -(partial.input_source + partial.rate_source * other) / tau[i],
        ]
        if equations.mirrored:
            parts.append(-(partial.rate_target * other) / tau[j])
            parts.append(-(partial.input_target + partial.rate_target * own) / tau[j])
        self._pattern = pattern
        self._data = pattern.add(parts)
        n = equations.net.n
        if n <= DENSE_LIMIT:
            dense = np.zeros((len(shift), n, n))
            dense[:, pattern.rows, pattern.columns] = self._data
            # Small: one batched inverse serves all stages. Larger: factors, trial by trial.
            self._inverse = _inverses(dense) if n <= _INVERSE_LIMIT else None
            self._factors = (
                None
                if n <= _INVERSE_LIMIT
                else [linalg.lu_factor(a, check_finite=False) for a in dense]
            )
        else:
            self._inverse = self._factors = None

    def solve(self, r_x: FloatArray, r_w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Solve for u (T, n) and (T, L); NaN for a trial whose iteration does not converge."""
        eq, partial = self._eq, self._partial
        scaled = r_w / self._weight_pivot
        back = partial.rate_target * scaled if eq.mirrored else None
        right = r_x + eq.collect(partial.rate_source * scaled, back) / eq.net.tau
        u_x = self._solve_nodes(right)
        u_w = (
            scaled
            + (partial.own * u_x[:, eq.target] + partial.other * u_x[:, eq.source])
            / self._weight_pivot
        )
        return u_x, u_w

    def _solve_nodes(self, right: FloatArray) -> FloatArray:
        if self._inverse is not None:
            return np.asarray((self._inverse @ right[:, :, None])[:, :, 0])
        if self._factors is not None:
            rows = [
                linalg.lu_solve(f, r, check_finite=False)
                for f, r in zip(self._factors, right, strict=True)
            ]
            return np.array(rows).reshape(right.shape)
        return np.array([self._iterate(t, right[t]) for t in range(len(right))])

    def _iterate(self, trial: int, right: FloatArray) -> FloatArray:
        n, pattern = self._eq.net.n, self._pattern
        matrix = sparse.csr_array(
            (self._data[trial], pattern.columns, pattern.indptr), shape=(n, n)
        )
        jacobi = sparse.diags_array(1.0 / self._data[trial, pattern.diagonal])
        solution, failed = gmres(
            matrix,
            right,
            rtol=1e-13,
            atol=float(self._allowed[trial]),
            restart=40,
            maxiter=5,
            M=jacobi,
        )
        return np.full(n, np.nan) if failed else np.asarray(solution)


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
                result[row] = np.nan
    return result
