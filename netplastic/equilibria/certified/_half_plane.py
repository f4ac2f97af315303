"""On which side of the imaginary axis the eigenvalues of an interval matrix lie.

A symmetric X with A^T X + X A negative definite has as many negative eigenvalues as A has
eigenvalues with positive real part, and A none on the imaginary axis (Ostrowski & Schneider 1962,
doi:10.1016/0022-247X(62)90030-6). X solves Lyapunov's equation in floating point; what is proved
are the two inertias. Two refinements:

A saddle, whose eigenvalues may add up to zero, so that the equation has no solution: A - s I with
s > 0 has one with positive real part only if A has.

Slow learning: weights move at a rate e far below that of activity, and the numbers of X span a
range of 1 / e. With A = [[A11, A12], [e B21, e B22]] the columns of [[I, S], [0, I]] part fast
from slow directions if S is about -A11^-1 A12: what is left of A12 is R = A11 S + A12 - e S M with
M = B21 S + B22, tiny. For X = diag(X1, q / e X2) the form -(A^T X + X A) has the blocks

    -(A11'^T X1 + X1 A11'),   -(X1 R + q B21^T X2),   -q (M^T X2 + X2 M),   A11' = A11 - e S B21,

in which no 1 / e is left.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy import linalg

from netplastic._support import FloatArray

from ._forms import inertia
from ._midrad import MidRad

__all__ = ["right_half_plane", "slow_and_fast"]

_SHIFTS = (0.5, 0.35, 0.7, 0.15, 0.85)  # of saddles, as shares of the largest real part
_ROOM = 1e-12  # least sum of two eigenvalues, of the matrix, for which the equation is solved
_WEIGHTS = tuple(2.0**-j for j in range(0, 25, 4))
_STEPS = 20


def right_half_plane(matrix: MidRad) -> int:
    """0: every eigenvalue has a negative real part; above: one has a positive one; -1: unproved."""
    if not _is_finite(matrix):
        return -1
    # balancing is a similarity by powers of two: exact, and it tames fast and slow learning
    mid, (scale, _) = linalg.matrix_balance(matrix.mid, permute=False, separate=True)
    with np.errstate(all="ignore"):
        ratio = np.asarray(scale[None, :] / scale[:, None], dtype=np.float64)
        balanced = MidRad(np.asarray(mid, dtype=np.float64), matrix.rad * ratio)
    if not _is_finite(balanced):
        return -1
    shift, x = _weights(balanced.mid)
    if x is None:
        return -1
    weight = MidRad.exact(x)
    shifted = balanced - MidRad.exact(shift * np.eye(len(x)))
    product = shifted.transposed @ weight
    return _number(product + product.transposed, [weight], shift)


def slow_and_fast(matrix: MidRad, fast: int, rate: float) -> int:
    """The same for a matrix whose rows from number `fast` on are about `rate` times others."""
    if not _is_finite(matrix):
        return -1
    power = int(np.round(np.log2(rate)))
    e = 2.0**power
    upper, lower = matrix[:fast], matrix[fast:]
    scaled = MidRad(np.ldexp(lower.mid, -power), np.ldexp(lower.rad, -power))
    if not _is_finite(scaled):
        return -1
    a11, a12, b21, b22 = upper[:, :fast], upper[:, fast:], scaled[:, :fast], scaled[:, fast:]
    s = _slow_directions(a11.mid, a12.mid, b21.mid, b22.mid, e)
    if s is None:
        return -1
    slope = MidRad.exact(s)
    m = b21 @ slope + b22
    quick = a11 - slope @ b21 * e
    rest = a11 @ slope + a12 - slope @ m * e
    # a saddle of the fast part is one of the plain kind; of the slow part it is shifted by e times
    shift, slow_weight = _weights(m.mid)
    off, fast_weight = _weights(quick.mid)
    if slow_weight is None or fast_weight is None or off:
        return -1
    m = m - MidRad.exact(shift * np.eye(len(m.mid)))
    quick = quick - MidRad.exact(e * shift * np.eye(fast))
    x1, x2 = MidRad.exact(fast_weight), MidRad.exact(slow_weight)
    own, other = quick.transposed @ x1, m.transposed @ x2
    across, back = x1 @ rest, b21.transposed @ x2
    for q in _WEIGHTS:
        side = across + back * q
        corner = (other + other.transposed) * q
        form = (own + own.transposed).joined(side, axis=1)
        form = form.joined(side.transposed.joined(corner, axis=1))
        found = _number(form, [x1, x2], shift)
        if found >= 0:
            return found
    return -1


def _weights(mid: FloatArray) -> tuple[float, FloatArray | None]:
    """A shift, 0 unless an eigenvalue is positive, and a solution of the equation with it."""
    values = linalg.eigvals(mid)
    size, top = float(np.abs(mid).sum(axis=1).max(initial=0.0)), float(values.real.max())
    shifts = [share * top for share in _SHIFTS] if top > 0.0 else [0.0]
    sums = np.add.outer(values, values)
    room, shift = max((float(np.abs(sums - 2.0 * shift).min()), shift) for shift in shifts)
    if not room > _ROOM * size:
        return shift, None
    unit = np.eye(len(mid))
    try:
        solution = linalg.solve_continuous_lyapunov((mid - shift * unit).T, -unit)
    except np.linalg.LinAlgError:
        return shift, None
    symmetric = np.asarray(0.5 * (solution + solution.T), dtype=np.float64)
    return shift, symmetric if np.all(np.isfinite(symmetric)) else None


def _number(form: MidRad, weights: list[MidRad], shift: float) -> int:
    """Negative eigenvalues of X where A^T X + X A is proved negative definite; else -1.

    With a shift only that there are some says anything.
    """
    negated = -form
    if inertia(MidRad(negated.mid[None], negated.rad[None]))[0] != 0:
        return -1
    found = [int(inertia(MidRad(x.mid[None], x.rad[None]))[0]) for x in weights]
    if min(found) < 0 or (shift and not sum(found)):
        return -1
    return sum(found)


def _slow_directions(
    a11: FloatArray, a12: FloatArray, b21: FloatArray, b22: FloatArray, e: float
) -> FloatArray | None:
    """S with A11 S + A12 = e S (B21 S + B22), by chord iterations; None where they fail."""
    try:
        inverse = np.linalg.inv(a11)
    except np.linalg.LinAlgError:
        return None
    s = -inverse @ a12
    for _ in itertools.repeat(None, _STEPS):
        new = inverse @ (e * s @ (b21 @ s + b22) - a12)
        if not np.all(np.isfinite(new)):
            return None
        step, s = float(np.abs(new - s).max(initial=0.0)), new
        if step <= 1e-15 * float(np.abs(s).max(initial=1.0)):
            break
    return np.asarray(s, dtype=np.float64)


def _is_finite(matrix: MidRad) -> bool:
    return bool(np.isfinite(matrix.mid).all() and np.isfinite(matrix.rad).all())
