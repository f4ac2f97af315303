"""Stability of many equilibria at the learning rate, by the cheapest test that settles it.

With symmetric couplings and one decay gamma the 2n eigenvalues of docs/theory.md#section-3, are
those of

    Q(lambda) = lambda^2 T + lambda (M + eps gamma T) + eps gamma H,    T = diag(tau / phi'),

all symmetric, T positive definite. So (a) if H has a negative eigenvalue, Q goes from indefinite at
0 to positive definite at infinity, and an eigenvalue is positive at every learning rate; (b) if
H and M + eps gamma T are positive definite, v* Q v = 0 is a quadratic with positive coefficients
for every v, and all real parts are negative. For k > 0, M - H is positive semidefinite, so (b)
needs H alone; so does learning rate inf, where n eigenvalues are left, those of -T^-1 H, whatever
the decays. Only what is left, and networks without this structure, needs eigenvalues of a matrix
that is not symmetric.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import ArpackError, eigs, splu

from netplastic._support import BoolArray, FloatArray
from netplastic.model import (
    PlasticNetwork,
    equilibrium_weights,
    full_jacobian,
    sparse_jacobian,
    spectral_abscissa,
)

__all__ = ["MARGIN", "judge"]

MARGIN = 1e-9
"""Eigenvalues within this distance of zero, times the size of the matrix, leave it undecided."""

_DENSE = 64
_DENSE_ABSCISSA = 400
_TOLERANCES = (1e-3, 1e-8)
"""Relative accuracies of the iterative solver: the second where the first leaves the sign open."""


def judge(
    net: PlasticNetwork, activity: FloatArray, late: Callable[[], bool] = lambda: False
) -> tuple[BoolArray, BoolArray, BoolArray | None]:
    """Tell stable equilibria from unstable ones.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (k, n)
        Equilibria.
    late : callable
        Once it says so, what is left stays undecided: eigenvalues of large networks take long.

    Returns
    -------
    stable : bool array of shape (k,)
        All eigenvalues have negative real parts at the network's learning rate.
    undecided : bool array of shape (k,)
        An eigenvalue that decides lies within 1e-9 (times the norm of its matrix) of the
        imaginary axis; on networks for which the matrix is too large for dense algebra, within
        1e-7 times its modulus, or the iterative solver did not converge. `stable` is then False.
    minimum : bool array of shape (k,) or None
        Strict minimum of the reduced objective; None where the network has none. A marginal one
        counts as no minimum.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from netplastic.equilibria.sampled import judge
    >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    >>> found = npl.find_equilibria(net, method="sampled", rng=0)
    >>> for rate in (1.0, 0.01):
    ...     stable, undecided, minimum = judge(net.replace(learning_rate=rate), found.activity)
    ...     print(int(stable.sum()), int(undecided.sum()), int(minimum.sum()))
    5 0 5
    0 0 5
    """
    states = np.atleast_2d(np.asarray(activity, dtype=np.float64))
    signs = np.array([(0, 0) if late() else _judge(net, x) for x in states], dtype=np.int64)
    signs = signs.reshape(-1, 2)
    minimum = signs[:, 1] > 0 if net.has_objective else None
    return signs[:, 0] > 0, signs[:, 0] == 0, minimum


def _judge(net: PlasticNetwork, x: FloatArray) -> tuple[int, int]:
    """Return (stability, minimum): 1 yes, -1 no, 0 too near the border to tell."""
    if not net.has_objective:
        return _by_eigenvalues(net, x), 0
    hessian, damping = _symmetric_pair(net, x)
    curvature = definite(hessian)
    if not net.only_minima_stable:
        return _by_eigenvalues(net, x), curvature
    if curvature <= 0 or net.weights_follow:
        return curvature, curvature
    if np.all(net.coupling >= 0.0) or definite(damping) > 0:
        return 1, curvature
    return _by_eigenvalues(net, x), curvature


def _symmetric_pair(
    net: PlasticNetwork, x: FloatArray
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """H and M + eps gamma T, both multiplied by D^1/2 from either side."""
    wiring, n = net.wiring, net.n
    state = net.equations.at(net.activation.rate(x))
    own, *arcs = state.forms(np.sqrt(net.activation.slope(x)))
    whole, frozen = (
        sparse.csr_array((values, wiring.source, wiring.indptr), shape=(n, n)) for values in arcs
    )
    hessian = whole + sparse.diags_array(own)
    damping = frozen + sparse.diags_array(1.0 + net.learning_rate * net.decay * net.tau)
    symmetric = [sparse.csr_array(0.5 * (matrix + matrix.T)) for matrix in (hessian, damping)]
    return symmetric[0], symmetric[1]


def definite(matrix: sparse.csr_array) -> int:
    """Return 1 if a symmetric matrix is positive definite, -1 if it has a negative eigenvalue.

    0 if its least eigenvalue is within `MARGIN` (times the norm) of zero. Small matrices by their
    eigenvalues, large ones by the signs of the pivots of a symmetric factorisation (Sylvester).
    """
    scale = MARGIN * max(1.0, float(abs(matrix).sum(axis=1).max()))
    if matrix.shape[0] <= _DENSE:
        least = float(np.linalg.eigvalsh(matrix.toarray())[0])
        return int(np.sign(least)) if abs(least) > scale else 0
    identity = sparse.eye_array(matrix.shape[0])
    if _positive_pivots(sparse.csc_array(matrix - scale * identity)):
        return 1
    return 0 if _positive_pivots(sparse.csc_array(matrix + scale * identity)) else -1


def _positive_pivots(matrix: sparse.csc_array) -> bool:
    """Whether elimination without row exchanges (stable if definite) meets only pivots > 0."""
    try:
        factors = splu(
            matrix,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:  # a pivot is exactly zero
        return False
    unpivoted = np.array_equal(factors.perm_r, factors.perm_c)
    return bool(unpivoted and np.all(factors.U.diagonal() > 0.0))


def _by_eigenvalues(net: PlasticNetwork, x: FloatArray) -> int:
    size = net.n if net.weights_follow else min(2 * net.n, net.n + net.m)
    if size <= _DENSE_ABSCISSA:
        matrix_size = 1.0 + float(np.max(np.abs(equilibrium_weights(net, x)), initial=0.0))
        abscissa = spectral_abscissa(net, x)
        return -int(np.sign(abscissa)) if abs(abscissa) > MARGIN * matrix_size else 0
    if net.weights_follow and not _all_decay(net, x):
        return -1
    matrix = _smallest_jacobian(net, x)
    start = np.cos(np.arange(matrix.shape[0]) + 1.0)  # fixed, so that results are reproducible
    for tolerance in _TOLERANCES:
        try:
            found = eigs(matrix, k=2, which="LR", v0=start, ncv=60, tol=tolerance, maxiter=300)
        except ArpackError:  # no convergence
            return 0
        rightmost = complex(found[0][np.argmax(found[0].real)])
        if abs(rightmost.real) > 10.0 * tolerance * abs(rightmost):
            return -int(np.sign(rightmost.real))
    return 0


def _all_decay(net: PlasticNetwork, x: FloatArray) -> bool:
    decay = net.equations.at(net.activation.rate(x)).decay
    return bool(np.all(decay[net.equations.row] > 0.0))


def _smallest_jacobian(net: PlasticNetwork, x: FloatArray) -> sparse.csr_array:
    """Full Jacobian or, where the decay is nodal, its 2n form in the coordinates (dx, B dw).

    At learning rate inf the n x n matrix of the equations that are left.

    With blocks dx' = A dx + B dw and dw' = C dx - diag(decay of the target) dw, y = B dw obeys
    y' = B C dx - diag(decay) y: the eigenvalues left out are minus decays, negative unless the
    decay of a node is (Oja beyond its pole), which then is an eigenvalue here too.
    """
    if net.weights_follow:
        return sparse.csr_array(-sparse.diags_array(1.0 / net.tau) @ sparse_jacobian(net, x))
    full, n = full_jacobian(net, x), net.n
    if not net.decay_is_nodal:
        return full
    into, out = full[:n, n:], full[n:, :n]
    decay = np.ones(n)
    decay[net.wiring.target] = -full.diagonal()[n:]
    blocks = [
        [full[:n, :n], sparse.eye_array(n)],
        [into @ out, -sparse.diags_array(decay)],
    ]
    return sparse.csr_array(sparse.block_array(blocks))
