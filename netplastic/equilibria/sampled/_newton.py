"""Newton's method on the reduced equations for batches of states, dense or sparse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from netplastic._support import BoolArray, FloatArray
from netplastic.model import PlasticNetwork, jacobian, residual, sparse_jacobian

__all__ = ["DENSE_LIMIT", "Polished", "factorised", "newton", "pseudo_time"]

DENSE_LIMIT = 80
"""Largest number of nodes for which batches of dense Jacobians are solved.

Linear algebra libraries share larger matrices among threads, which costs more than it gives.
"""

_BATCH_ENTRIES = 4_000_000
_STEPS = 60
_SPARSE_STEPS = 30


@dataclass(frozen=True, eq=False)
class Polished:
    """States after Newton's method, and which of them converged."""

    states: FloatArray
    converged: BoolArray


def newton(net: PlasticNetwork, starts: FloatArray, longest: float) -> Polished:
    """Newton's method from every start.

    Parameters
    ----------
    net : PlasticNetwork
    starts : float array of shape (B, n)
    longest : float
        Steps are shortened to this length (largest coordinate).

    Returns
    -------
    Polished
        Converged: the last step fell below 1e-9 (1 + |x|), largest coordinates, so that the
        next would be lost in rounding.
    """
    small = net.n <= DENSE_LIMIT
    solve = _solve_dense if small else _solve_sparse
    states = np.array(starts, dtype=np.float64)
    converged = np.zeros(len(states), dtype=bool)
    active = np.arange(len(states))
    for _ in range(_STEPS if small else _SPARSE_STEPS):
        if not len(active):
            break
        here = states[active]
        with np.errstate(all="ignore"):
            step = solve(net, here, np.inf)
            size = np.max(np.abs(step), axis=1)
            here = here - step * np.minimum(1.0, longest / np.maximum(size, 1e-300))[:, None]
        sound = np.isfinite(size) & np.all(np.isfinite(here), axis=1)
        states[active[sound]] = here[sound]
        done = sound & (size <= 1e-9 * (1.0 + np.max(np.abs(here), axis=1)))
        converged[active[done]] = True
        active = active[sound & ~done]
    return Polished(states, converged)


def pseudo_time(net: PlasticNetwork, starts: FloatArray, longest: float) -> FloatArray:
    """Follow dx/dt = -F(x) towards rest by implicit Euler steps that lengthen as F falls.

    (I / dt + J) step = F, dt multiplied by |F| before / |F| after, kept within [1/2, 4]:
    pseudo-transient continuation (Kelley & Keyes 1998, doi:10.1137/S0036142996304796). Small
    steps at first keep to the flow, whose rest points are stable ones; the last are Newton's.
    """
    states = np.array(starts, dtype=np.float64)
    pace = np.full(len(states), 0.2)
    with np.errstate(all="ignore"):
        before = np.max(np.abs(residual(net, states)), axis=1)
        active = np.arange(len(states))
        for _ in range(_STEPS):
            if not len(active):
                break
            step = _solve_dense(net, states[active], pace[active])
            size = np.max(np.abs(step), axis=1)
            step *= np.minimum(1.0, longest / np.maximum(size, 1e-300))[:, None]
            new = states[active] - step
            after = np.max(np.abs(residual(net, new)), axis=1)
            sound = np.isfinite(after) & np.isfinite(size)
            moved = active[sound]
            states[moved] = new[sound]
            ratio = before[moved] / np.maximum(after[sound], 1e-300)
            pace[moved] *= np.clip(ratio, 0.5, 4.0)
            before[moved] = after[sound]
            active = moved[after[sound] > 1e-9]
    return states


def _solve_dense(net: PlasticNetwork, x: FloatArray, pace: FloatArray | float) -> FloatArray:
    """(I / pace + J)^-1 F per state; NaN where the matrix is singular."""
    n = net.n
    step = np.empty_like(x)
    batch = max(1, _BATCH_ENTRIES // n**2)
    shift = np.broadcast_to(1.0 / np.asarray(pace, dtype=np.float64), len(x))
    for first in range(0, len(x), batch):
        part = slice(first, first + batch)
        matrix = jacobian(net, x[part])
        matrix[:, np.arange(n), np.arange(n)] += shift[part, None]
        step[part] = solve_batch(matrix, residual(net, x[part]))
    return step


def solve_batch(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve (B, n, n) systems; rows of NaN where one is singular or not finite."""
    solution = np.full_like(right, np.nan)
    good = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(right).all(axis=1)
    try:
        solution[good] = np.linalg.solve(matrix[good], right[good][..., None])[..., 0]
    except np.linalg.LinAlgError:  # one exactly singular matrix spoils the batch: one by one
        for row in np.flatnonzero(good):
            try:
                solution[row] = np.linalg.solve(matrix[row], right[row])
            except np.linalg.LinAlgError:
                solution[row] = np.nan
    return solution


def _solve_sparse(net: PlasticNetwork, x: FloatArray, pace: FloatArray | float) -> FloatArray:
    step = np.full_like(x, np.nan)
    values = residual(net, x)
    for row in range(len(x)):
        if np.all(np.isfinite(values[row])):
            factors = factorised(net, sparse_jacobian(net, x[row]))
            step[row] = np.nan if factors is None else factors.solve(values[row])
    return step


def factorised(net: PlasticNetwork, matrix: sparse.csr_array) -> SuperLU | None:
    """Sparse LU of a matrix with the network's pattern; None if it is singular or not finite."""
    if not np.all(np.isfinite(matrix.data)):
        return None
    columns = sparse.csc_array(matrix)
    try:
        if net.directed:
            return splu(columns)
        # A symmetric pattern: ordering by A + A^T and pivots near the diagonal fill in far less.
        options = {"SymmetricMode": True}
        return splu(columns, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options=options)
    except RuntimeError:  # exactly singular
        return None
