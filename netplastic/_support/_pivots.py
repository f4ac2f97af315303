"""Sparse symmetric matrices in factors, with the signs of their eigenvalues."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU, spilu, splu

from ._types import IntArray

__all__ = ["little_fill", "symmetric_factors"]


def symmetric_factors(
    matrix: sparse.csc_array, ordered: bool = False
) -> tuple[SuperLU, int] | None:
    """Factorise a symmetric matrix with pivots on its diagonal.

    Parameters
    ----------
    matrix : sparse array of shape (n, n)
    ordered : bool
        Whether its rows already come in an order with little fill (`little_fill`).

    Returns
    -------
    tuple or None
        The factors, and how many eigenvalues are negative: by Sylvester's law of inertia as many
        as pivots. None where a pivot is zero.
    """
    try:
        factors = splu(
            matrix,
            permc_spec="NATURAL" if ordered else "MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:  # exactly singular
        return None
    if not np.array_equal(factors.perm_r, factors.perm_c):
        return None
    return factors, int(np.count_nonzero(factors.U.diagonal() < 0.0))


def little_fill(matrix: sparse.csr_array) -> IntArray:
    """Order of the rows of a symmetric pattern in which its factors fill in little."""
    n = matrix.shape[0]
    pattern = sparse.csc_array(matrix, copy=True)
    pattern.data[:] = 1.0 / (n + 1.0)
    # An incomplete factorisation that drops everything: its order is that of the complete one.
    found = spilu(
        sparse.csc_array(pattern + 2.0 * sparse.eye_array(n)),
        drop_tol=1.0,
        fill_factor=1.0,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return np.argsort(found.perm_c)
