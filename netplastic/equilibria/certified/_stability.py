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
from netplastic.model import PlasticNetwork

from ._forms import State, delayed, hessians, inertia
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
    rate if all strengths are Hebbian (THEORY, section 3), and at this rate if M + gamma eps tau /
    phi' is positive definite as well (see `delayed`).
    """
    k = len(low)
    stable, unstable = np.zeros(k, dtype=bool), np.zeros(k, dtype=bool)
    if k == 0:
        empty = stable if net.has_objective else None
        return Verdict(stable, unstable, empty, empty)
    minimum: BoolArray | None = None
    not_minimum: BoolArray | None = None
    if net.has_objective:
        single = bool((net.decay == net.decay[0]).all())
        delays = single and not (net.strength >= 0.0).all()
        whole, held = _inertias(net, low, high, delays)
        minimum, not_minimum = whole == 0, whole > 0
        if single:
            unstable |= not_minimum
            stable |= minimum & (held == 0) if delays else minimum
    for i in np.flatnonzero(~stable & ~unstable):
        state = State.over(net, low[i : i + 1], high[i : i + 1])
        count = _unstable_directions(net, state[0])
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
    node = np.empty((net.n, 4))
    for column, values in enumerate(
        (activation.parameter("gain"), activation.parameter("threshold"), net.decay, net.tau)
    ):
        node[:, column] = values
    arc = np.column_stack([net.arc_weight, net.strength, net.static_weight])
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
        full, frozen = hessians(net, State.over(net, low[rest], high[rest]))
        whole[rest] = inertia(full)
        if delays:
            held[rest] = inertia(delayed(net, frozen))
    return whole, held


def _unstable_directions(net: PlasticNetwork, state: State) -> int:
    """Number of eigenvalues with positive real part; -1 where it is not proved."""
    rest = 0
    if net.decay_is_nodal:
        matrix, decay = _reduced(net, state)
        others = np.diff(net.wiring.indptr) > 1
        low, high = decay.mid - decay.rad, decay.mid + decay.rad
        if np.any(others & (low <= 0.0) & (high >= 0.0)):
            return -1
        rest = int(np.sum((np.diff(net.wiring.indptr) - 1)[others & (high < 0.0)]))
    elif net.n + net.m <= _FULL_LIMIT:
        matrix = _full(net, state)
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


def _polynomial(coefficients: FloatArray, v: MidRad) -> MidRad:
    value = MidRad.exact(np.broadcast_to(coefficients[:, -1], v.mid.shape))
    for column in range(coefficients.shape[1] - 2, -1, -1):
        value = value * v + MidRad.exact(coefficients[:, column])
    return value


@dataclass(frozen=True, eq=False)
class _ArcTerms:
    """Per arc: weight at equilibrium, decay, and derivatives of dw/dt by V_i and by V_j."""

    weight: MidRad
    decay: MidRad
    by_target: MidRad
    by_source: MidRad


def _arc_terms(net: PlasticNetwork, v: MidRad) -> _ArcTerms:
    target, source = net.wiring.target, net.wiring.source
    slopes_post = net.post[:, 1:] * np.array([1.0, 2.0])
    eta, zeta = MidRad.exact(net.strength), MidRad.exact(net.decay_growth)
    post, pre = _polynomial(net.post, v)[target], _polynomial(net.pre, v)[source]
    post_slope = _polynomial(slopes_post, v)[target]
    pre_slope = MidRad.exact(net.pre[source, 1])
    decay = MidRad.exact(net.decay[target]) + zeta * v[target] * v[target]
    weight = eta * post * pre / decay
    growth = MidRad.exact(np.full(net.m, 2.0)) * zeta * v[target] * weight
    return _ArcTerms(weight, decay, eta * post_slope * pre - growth, eta * post * pre_slope)


def _reduced(net: PlasticNetwork, state: State) -> tuple[MidRad, MidRad]:
    """Enclose the 2n x 2n matrix of `netplastic.model.reduced_matrix`, and the decays."""
    n, m = net.n, net.m
    target, source = net.wiring.target, net.wiring.source
    v, slope = state.rate, state.slope
    terms = _arc_terms(net, v)
    a = MidRad.exact(net.arc_weight)
    into = np.zeros((n, m))
    into[target, np.arange(m)] = 1.0
    gain = a * (MidRad.exact(net.static_weight) + terms.weight) * slope[source]
    onto_y = a * v[source]
    numbers = np.arange(n)
    own = (onto_y * terms.by_target).gather(into) * slope
    drive = (onto_y * terms.by_source * slope[source]).scatter((n, n), target, source)
    drive = drive + own.scatter((n, n), numbers, numbers)
    per_tau = MidRad.exact(np.ones(n)) / MidRad.exact(net.tau)
    epsilon = MidRad.exact(net.learning_rate)
    zeta = np.zeros(n)
    zeta[target] = net.decay_growth
    decay = MidRad.exact(net.decay) + MidRad.exact(zeta) * v * v
    fed = np.diff(net.wiring.indptr) > 0
    corner = gain.scatter((n, n), target, source) - MidRad.exact(np.eye(n))
    corner = MidRad(per_tau.mid[:, None], per_tau.rad[:, None]) * corner
    fall = -(epsilon * decay)
    diagonal = MidRad(
        np.where(fed, fall.mid, -per_tau.mid), np.where(fed, fall.rad, per_tau.rad)
    ).scatter((n, n), numbers, numbers)
    feed = MidRad(per_tau.mid * fed, per_tau.rad * fed).scatter((n, n), numbers, numbers)
    return _blocks(corner, feed, epsilon * drive, diagonal), decay


def _full(net: PlasticNetwork, state: State) -> MidRad:
    """Enclose the Jacobian of all n activities and m weights."""
    n, m = net.n, net.m
    target, source = net.wiring.target, net.wiring.source
    v, slope = state.rate, state.slope
    terms = _arc_terms(net, v)
    a = MidRad.exact(net.arc_weight)
    arcs = np.arange(m)
    gain = a * (MidRad.exact(net.static_weight) + terms.weight) * slope[source]
    per_tau = MidRad.exact(np.ones(n)) / MidRad.exact(net.tau)
    rows = MidRad(per_tau.mid[:, None], per_tau.rad[:, None])
    corner = rows * (gain.scatter((n, n), target, source) - MidRad.exact(np.eye(n)))
    feed = rows * (a * v[source]).scatter((n, m), target, arcs)
    epsilon = MidRad.exact(net.learning_rate)
    by_target = (epsilon * terms.by_target * slope[target]).scatter((m, n), arcs, target)
    by_source = (epsilon * terms.by_source * slope[source]).scatter((m, n), arcs, source)
    fall = (-(epsilon * terms.decay)).scatter((m, m), arcs, arcs)
    return _blocks(corner, feed, by_target + by_source, fall)


def _blocks(a: MidRad, b: MidRad, c: MidRad, d: MidRad) -> MidRad:
    return MidRad(
        np.block([[a.mid, b.mid], [c.mid, d.mid]]), np.block([[a.rad, b.rad], [c.rad, d.rad]])
    )
