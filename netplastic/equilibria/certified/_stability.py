"""Proved stability of equilibria that are known up to a small box.

Where there is an objective, the inertia of quadratic forms decides (see `_forms`). Any other matrix
A: a symmetric X with A^T X + X A negative definite has as many negative
eigenvalues as A has eigenvalues with positive real part, and A none on the imaginary axis
(Ostrowski & Schneider 1962, doi:10.1016/0022-247X(62)90030-6). X is computed in floating point;
what is proved are the two inertias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from netplastic._support import KINDS, BoolArray, FloatArray, IntArray
from netplastic.equilibria.certified._kernels import inertias
from netplastic.model import PlasticNetwork, flow_entries, full_entries, reduced_entries

from ._enclosed import Rates, placed, state_over
from ._forms import delayed, hessians, inertia
from ._midrad import MidRad

__all__ = ["Verdict", "judge"]

_FULL_LIMIT = 400


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is proved about the stability of k equilibria.

    Attributes
    ----------
    stable, unstable : bool arrays of shape (k,)
        Proved; where both are False the question is undecided.
    minimum : bool array of shape (k,) or None
        H proved positive definite; None without an objective.
    not_minimum : bool array of shape (k,) or None
        H proved to have a negative eigenvalue.
    """

    stable: BoolArray
    unstable: BoolArray
    minimum: BoolArray | None
    not_minimum: BoolArray | None


def judge(net: PlasticNetwork, low: FloatArray, high: FloatArray) -> Verdict:
    """Prove stability, at the network's learning rate, of equilibria in boxes of activities.

    Parameters
    ----------
    net : PlasticNetwork
        With tanh or logistic activation.
    low, high : float arrays of shape (k, n)
        Box around each equilibrium.

    Notes
    -----
    For an objective and one decay for all nodes, an eigenvalue pencil gives shortcuts: with
    G(s) = s tau / phi' + M + (gamma eps / (s + gamma eps)) K symmetric, H = G(0) = M + K, and G
    positive definite for large s, a negative eigenvalue of H makes G(s) singular at some s > 0: a
    real positive eigenvalue, hence unstable at every learning rate. H > 0 makes it stable at every
    rate if all strengths are Hebbian (docs/theory.md#section-3), and at this rate if M + gamma eps
    tau / phi' is positive definite as well (see `delayed`). At learning rate inf the matrix that
    decides is -T^-1 H diag(phi'), similar to a symmetric one of the inertia of -H, whatever the
    decays: H alone settles it.
    """
    k = len(low)
    stable, unstable = np.zeros(k, dtype=bool), np.zeros(k, dtype=bool)
    if k == 0:
        empty = stable if net.has_objective else None
        return Verdict(stable, unstable, empty, empty)
    minimum: BoolArray | None = None
    not_minimum: BoolArray | None = None
    if net.has_objective:
        single = net.only_minima_stable
        delays = single and not (net.weights_follow or (net.strength >= 0.0).all())
        whole, held = _inertias(net, low, high, delays)
        minimum, not_minimum = whole == 0, whole > 0
        if single:
            unstable |= not_minimum
            stable |= minimum & (held == 0) if delays else minimum
    for i in np.flatnonzero(~stable & ~unstable):
        count = _unstable_directions(net, Rates.of(net, low[i], high[i]))
        stable[i], unstable[i] = count == 0, count > 0
    return Verdict(stable, unstable, minimum, not_minimum)


def _inertias(
    net: PlasticNetwork, low: FloatArray, high: FloatArray, delays: bool
) -> tuple[IntArray, IntArray]:
    """Numbers of negative eigenvalues of H and, if `delays`, of the delayed form; -1: not proved.

    The second is looked for only where the first is zero. Elimination settles most; the forms of
    the others are built once more, for `inertia` to rotate them.
    """
    activation, wiring = net.activation, net.wiring
    # in the order of the columns that the kernel names
    node, arc = np.empty((net.n, 4)), np.empty((net.m, 3))
    node[:, 0], node[:, 1] = activation.parameter("gain"), activation.parameter("threshold")
    node[:, 2], node[:, 3] = net.decay, net.tau
    arc[:, 0], arc[:, 1], arc[:, 2] = net.arc_weight, net.strength, net.static_weight
    negative = np.empty((len(low), 2), dtype=np.int64)
    inertias(
        float(KINDS[str(activation.kind)]),
        node,
        wiring.indptr,
        wiring.source,
        arc,
        net.learning_rate if delays else 0.0,
        np.ascontiguousarray(low),
        np.ascontiguousarray(high),
        negative,
    )
    whole, held = negative[:, 0], negative[:, 1]
    rest = (whole < 0) | (whole == 0) & (held < 0) if delays else whole < 0
    if rest.any():
        full, frozen = hessians(net, Rates.of(net, low[rest], high[rest]))
        whole[rest] = inertia(full)
        if delays:
            held[rest] = inertia(delayed(net, frozen))
    return whole, held


def _unstable_directions(net: PlasticNetwork, rates: Rates) -> int:
    """Number of eigenvalues with positive real part; -1 where it is not proved."""
    state, rest = state_over(net, rates), 0
    if net.weights_follow:
        decay = MidRad.of(state.decay)[net.equations.row]
        if np.any(decay.low <= 0.0):  # a weight that does not decay cannot follow
            gone = int((decay.high < 0.0).sum())
            return gone if gone else -1
        matrix = placed(flow_entries(net, state, rates.slope), net.n)
    elif net.decay_is_nodal:
        matrix = placed(reduced_entries(net, state, rates.slope), 2 * net.n)
        more = np.diff(net.wiring.indptr) - 1  # eigenvalues -epsilon decay of each node
        decay = MidRad.of(state.decay)
        low, high = decay.mid - decay.rad, decay.mid + decay.rad
        if np.any((more > 0) & (low <= 0.0) & (high >= 0.0)):
            return -1
        rest = int(more[(more > 0) & (high < 0.0)].sum())
    elif net.n + net.m <= _FULL_LIMIT:
        matrix = placed(full_entries(net, state, rates.slope), net.n + net.m)
    else:
        return -1
    found = _right_half_plane(matrix)
    return found + rest if found >= 0 else -1


def _right_half_plane(matrix: MidRad) -> int:
    """Number of eigenvalues with positive real part, by the inertia theorem; -1: unproved."""
    if not (np.all(np.isfinite(matrix.mid)) and np.all(np.isfinite(matrix.rad))):
        return -1
    # balancing is a similarity by powers of two: exact, and it tames fast and slow learning
    mid, (scale, _) = linalg.matrix_balance(matrix.mid, permute=False, separate=True)
    ratio = np.asarray(scale[None, :] / scale[:, None], dtype=np.float64)
    balanced = MidRad(np.asarray(mid, dtype=np.float64), matrix.rad * ratio)
    values = linalg.eigvals(mid).real
    if values.max() > 0.0 and np.min(np.abs(np.add.outer(values, values))) < 1e-9:
        return -1
    try:
        solution = linalg.solve_continuous_lyapunov(mid.T, -np.eye(len(mid)))
    except linalg.LinAlgError:
        return -1
    if not np.all(np.isfinite(solution)):
        return -1
    x = MidRad.exact(0.5 * (solution + solution.T))
    product = balanced.transposed @ x
    form = -(product + product.transposed)
    if inertia(MidRad(form.mid[None], form.rad[None]))[0] != 0:
        return -1
    return int(inertia(MidRad(x.mid[None], x.rad[None]))[0])
