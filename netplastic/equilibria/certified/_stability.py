"""Proved stability of equilibria that are known up to a small box.

Where there is an objective, the inertia of quadratic forms decides (see `_forms`), elsewhere that
of a solution of Lyapunov's equation (see `_half_plane`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import KINDS, BoolArray, FloatArray, IntArray
from netplastic.equilibria.certified._kernels import inertias
from netplastic.model import PlasticNetwork, flow_entries, full_entries, reduced_entries

from ._enclosed import Rates, placed, state_over
from ._forms import delayed, hessians, inertia
from ._half_plane import right_half_plane, slow_and_fast
from ._midrad import MidRad

__all__ = ["Verdict", "judge"]

_FULL_LIMIT = 400
_SLOW = 0.1  # learning rate below which weights and activity are taken apart


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
        with np.errstate(all="ignore"):  # what is not finite proves nothing
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
    """0: no eigenvalue with real part >= 0; above: one with a positive one; -1: neither proved."""
    state, rest = state_over(net, rates), 0
    if net.weights_follow:
        decay = MidRad.of(state.decay)[net.equations.row]
        if np.any(decay.low <= 0.0):  # a weight that does not decay cannot follow
            gone = int((decay.high < 0.0).sum())
            return gone if gone else -1
        return right_half_plane(placed(flow_entries(net, state, rates.slope), net.n))
    if net.decay_is_nodal:
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
    found = right_half_plane(matrix)
    if found < 0 and net.learning_rate < _SLOW:
        found = slow_and_fast(matrix, net.n, net.learning_rate)
    return found + rest if found >= 0 else -1
