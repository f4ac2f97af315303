"""Critical learning rates by another way than the library's: a pencil of bialternate products.

The matrix M of the linearised network is affine in the learning rate. Its bialternate product with
the identity has the sums of two eigenvalues of M as eigenvalues, so that it is singular where two
of them are +-i omega: all such rates are eigenvalues of one pencil, of size (2n)(2n - 1) / 2
(Guckenheimer, Myers & Sturmfels 1997).
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from netplastic.model import reduced_matrix


def matrix_at(net, x, rate):
    return reduced_matrix(net.replace(learning_rate=rate), x)


def growing(net, x, rate):
    return int(np.count_nonzero(linalg.eigvals(matrix_at(net, x, rate)).real > 0.0))


def bialternate(matrix):
    """2 M (.) I, entry by entry of its definition, for pairs p > q and r > s."""
    size = len(matrix)
    p, q = np.tril_indices(size, -1)
    eye = np.eye(size)
    return (
        matrix[np.ix_(p, p)] * eye[np.ix_(q, q)]
        - matrix[np.ix_(p, q)] * eye[np.ix_(q, p)]
        + matrix[np.ix_(q, q)] * eye[np.ix_(p, p)]
        - matrix[np.ix_(q, p)] * eye[np.ix_(p, q)]
    )


def pencil_rates(net, x):
    """All rates at which the number of growing modes changes, increasing."""
    one, two = (matrix_at(net, x, rate) for rate in (1.0, 2.0))
    at_zero, slope = bialternate(2.0 * one - two), bialternate(two - one)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = linalg.eigvals(at_zero, -slope)
    real = rates[np.isfinite(rates) & (np.abs(rates.imag) <= 1e-5 * np.abs(rates))].real
    found = []
    # Eigenvalues +-a, both real, add up to zero too, and rounding leaves rates near 0 and infinity.
    for rate in np.sort(real[(real > 1e-8) & (real < 1e8)]):
        crossing = bisected(net, x, rate)
        if crossing is not None and not any(abs(crossing / r - 1.0) < 1e-7 for r in found):
            found.append(crossing)
    return found


def bisected(net, x, rate):
    """Rate near this one at which the number of growing modes changes, or None."""
    for width in (1e-9, 1e-7, 1e-5, 1e-3):
        low, high = rate * (1.0 - width), rate * (1.0 + width)
        below = growing(net, x, low)
        if below == growing(net, x, high):
            continue
        while high - low > 1e-12 * rate:
            middle = 0.5 * (low + high)
            if growing(net, x, middle) == below:
                low = middle
            else:
                high = middle
        return low
    return None
