"""Sparse symmetric matrices in factors, with the signs of their eigenvalues."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

__all__ = ["symmetric_factors"]


def symmetric_factors(matrix: sparse.csc_array) -> tuple[SuperLU, int] | None:
    """Factorise a symmetric matrix with pivots on its diagonal.

    Returns
    -------
    tuple or None
        The factors, and how many eigenvalues are negative: by Sylvester's law of inertia as many
        as pivots. None where a pivot is zero.
    """
    try:
        factors = splu(
            matrix,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:  # exactly singular
        return None
    if not np.array_equal(factors.perm_r, factors.perm_c):
        return None
    return factors, int(np.count_nonzero(factors.U.diagonal() < 0.0))
