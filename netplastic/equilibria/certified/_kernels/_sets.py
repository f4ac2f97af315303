"""Maximal independent sets of small networks, and the stable state that each is proved to have.

Anti-Hebbian, undirected, tanh (docs/theory.md#section-7): V_i = h_i(S_i), S_i = sum_j c_ij V_j^2,
h_i falling. So the box [l_i, phi(b_i)] on a set, [0, u_j] elsewhere is mapped into itself if
u_j >= h_j(sum of c l^2 over the set) and l_i <= h_i(sum of c u^2 over the rest): there is an
equilibrium in it. In q = V^2 the Hessian of the objective is diag(d) + c, c constant, with

    d = (1 / phi' + s) / (2 q),    s = (b - x) / V,

so that least values of d over the box decide: positive definite with these, there is exactly one
equilibrium in the box, a minimum (docs/theory.md#section-4). With (1 + lag) / (phi' q) in place of
d, lag = learning rate times decay times tau, it is stable at that rate (docs/theory.md#section-3).
On the set that is (1 + lag)^2 / ((1 - 3 lag) phi' q), and no condition from lag = 1/3 on, where
s phi' < lag (docs/theory.md#section-7).
"""

from __future__ import annotations

from math import sqrt, tanh

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, borrowing, outer

from ._interval import TANH, activate, down, up

__all__ = ["SETS_BIAS", "SETS_GAIN", "SETS_LAG", "prove_sets"]

SETS_BIAS, SETS_GAIN, SETS_LAG = range(3)
"""Columns of `node`: |bias|, gain, lag (inf where weights follow at once)."""

ROUNDS = 200
SLACK = 1e-11
"""Relative rounding of sums of up to 10,000 products of one sign, by far."""
MARGIN = 1e-10
"""By how much a root found by Newton's method is moved to either side, to be proved there."""
YIELD = 1e-4
"""By how much a lower end gives way beyond what is asked, so that rounds come to an end."""
SHIFT = 1e-8
"""Taken from a diagonal of ones: above the rounding of an elimination of up to 5,000 rows."""

CANDIDATE, EXCLUDED = 1, 2


@outer
def prove_sets(
    indptr: IntArray,
    source: IntArray,
    coupling: FloatArray,
    node: FloatArray,
    members: IntArray,
    first: IntArray,
    most: int,
    place: IntArray,
    proved: IntArray,
    complete: BoolArray,
) -> None:
    """Count, for each part of a network, the maximal independent sets with a proved stable state.

    Parameters
    ----------
    indptr, source, coupling : the network's arcs; couplings as magnitudes, symmetric
    node : (n, 3)
    members : numbers of the nodes of all parts; those of part p are members[first[p]:first[p + 1]]
    first : (p + 1)
    most : sets of a part to look at
    place : (n) all -1, and left so
    proved, complete : (p) the numbers, and whether all sets were looked at
    """
    for part in range(len(first) - 1):
        n = 0
        size = first[part + 1] - first[part]
        chosen = np.empty(size, dtype=np.int64)
        for k in range(first[part], first[part + 1]):
            if node[members[k], SETS_BIAS] > 0.0:  # others are at rest, and drive nobody
                chosen[n], place[members[k]] = members[k], n
                n += 1
        c, own = np.zeros((n, n)), np.empty((n, 3))
        for i in range(n):
            for column in range(3):
                own[i, column] = node[chosen[i], column]
            for arc in range(indptr[chosen[i]], indptr[chosen[i] + 1]):
                if place[source[arc]] >= 0:
                    c[i, place[source[arc]]] = coupling[arc]
        for i in range(n):
            place[chosen[i]] = -1
        proved[part], complete[part] = _of_part(c, own, most)


@borrowing
def _pivot(c: FloatArray, state: IntArray) -> int:
    """Node that leaves the fewest candidates to branch on; -1 if no node is left."""
    n, best, most = len(c), -1, -1
    for u in range(n):
        if state[u] != 0:
            spared = 0
            for v in range(n):
                if state[v] == CANDIDATE and v != u and c[u, v] == 0.0:
                    spared += 1
            if spared > most:
                best, most = u, spared
    return best


@outer
def _of_part(c: FloatArray, node: FloatArray, most: int) -> tuple[int, bool]:
    """Proved sets of one network: maximal cliques of the complement, by Bron and Kerbosch."""
    n = len(c)
    state, branch = np.zeros((n + 1, n), dtype=np.int64), np.zeros((n + 1, n), dtype=np.bool_)
    path, high = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.bool_)
    rate, x, top = np.empty(n), np.empty(n), np.empty(n)
    ends, matrix = np.empty((n, 2)), np.empty((n, n))
    for i in range(n):
        state[0, i] = CANDIDATE
        low, most_rate, _, _ = activate(TANH, node[i, SETS_GAIN], 0.0, node[i, SETS_BIAS])
        ends[i, 0], ends[i, 1] = low, most_rate
    proved = seen = level = 0
    new = True
    while level >= 0:
        if new:
            pivot = _pivot(c, state[level])
            if pivot < 0:
                if seen == most:
                    return proved, False
                seen += 1
                if _is_proved(high, c, node, ends, rate, x, top, matrix):
                    proved += 1
            for v in range(n):
                reached = v == pivot or (pivot >= 0 and c[pivot, v] > 0.0)
                branch[level, v] = reached and state[level, v] == CANDIDATE
        v = 0
        while v < n and not branch[level, v]:
            v += 1
        new = v < n
        if not new:
            level -= 1
            if level >= 0:
                high[path[level]] = False
            continue
        branch[level, v] = False
        for w in range(n):
            state[level + 1, w] = 0 if w == v or c[v, w] > 0.0 else state[level, w]
        state[level, v] = EXCLUDED
        path[level], high[v] = v, True
        level += 1
    return proved, True


@borrowing
def _balance(bias: float, gain: float, load: float) -> float:
    """Root of x + load tanh(gain x) = bias, nearly; concave, so that Newton's steps all rise."""
    x = bias / (1.0 + load * gain)
    for _ in range(30):
        v = tanh(gain * x)
        step = (bias - x - load * v) / (1.0 + load * gain * (1.0 - v * v))
        x += step
        if not step > 1e-12 * x:
            break
    return x


@borrowing
def _above(bias: float, gain: float, load: float) -> tuple[float, float]:
    """Upper ends of activity and rate under a load that is at least as large as given."""
    x = _balance(bias, gain, load) * (1.0 + MARGIN)
    low, high, _, _ = activate(TANH, gain, 0.0, x)
    if x < bias and down(x + down(load * low)) >= bias:
        return x, high
    return bias, activate(TANH, gain, 0.0, bias)[1]


@borrowing
def _below(bias: float, gain: float, load: float) -> float:
    """Lower end of the rate under a load that is at most as large as given."""
    x = _balance(bias, gain, load) * (1.0 - MARGIN)
    low, high, _, _ = activate(TANH, gain, 0.0, x)
    return low if up(x + up(load * high)) <= bias else 0.0


@borrowing
def _is_proved(
    high: BoolArray,
    c: FloatArray,
    node: FloatArray,
    ends: FloatArray,
    rate: FloatArray,
    x: FloatArray,
    top: FloatArray,
    matrix: FloatArray,
) -> bool:
    """Whether a set is proved to have exactly one equilibrium, and that one to be stable.

    In it the set's nodes, and no others, have more than half the rate that they have alone: so
    different sets have different states.
    """
    if not _maps_into_itself(high, c, node, ends, rate, x):
        return False
    _lower_tops(high, c, node, ends, rate, x, top)
    return _is_stable(high, c, node, rate, x, top, matrix)


@borrowing
def _maps_into_itself(
    high: BoolArray,
    c: FloatArray,
    node: FloatArray,
    ends: FloatArray,
    rate: FloatArray,
    x: FloatArray,
) -> bool:
    """Find a box: `rate` has lower ends on the set, upper ends elsewhere; `x` the upper ends."""
    n = len(c)
    for i in range(n):
        rate[i], x[i] = ends[i, 0], node[i, SETS_BIAS]
    for _ in range(ROUNDS):
        for j in range(n):
            if not high[j]:
                load = _load(high, c, rate, j, True) * (1.0 - SLACK)
                x[j], rate[j] = _above(node[j, SETS_BIAS], node[j, SETS_GAIN], load)
                if not rate[j] < 0.5 * ends[j, 0]:
                    return False
        settled = True
        for i in range(n):
            if high[i]:
                load = _load(high, c, rate, i, False) * (1.0 + SLACK)
                low = _below(node[i, SETS_BIAS], node[i, SETS_GAIN], load)
                if not low >= rate[i]:
                    settled = False
                    rate[i] = min(rate[i], low * (1.0 - YIELD))
                if not rate[i] > 0.5 * ends[i, 1]:
                    return False
        if settled:
            return True
    return False


@borrowing
def _load(high: BoolArray, c: FloatArray, rate: FloatArray, i: int, of_set: bool) -> float:
    """What the set, or the rest, adds to S_i."""
    total = 0.0
    for j in range(len(c)):
        if high[j] == of_set:
            total += c[i, j] * rate[j] * rate[j]
    return total


@borrowing
def _lower_tops(
    high: BoolArray,
    c: FloatArray,
    node: FloatArray,
    ends: FloatArray,
    rate: FloatArray,
    x: FloatArray,
    top: FloatArray,
) -> None:
    """Upper ends of all rates in the part of the box where its equilibria can lie."""
    n = len(c)
    for j in range(n):
        if not high[j]:
            load = 0.0
            for i in range(n):
                most = ends[i, 1] if high[i] else rate[i]
                load += c[j, i] * most * most
            top[j] = _below(node[j, SETS_BIAS], node[j, SETS_GAIN], load * (1.0 + SLACK))
    for i in range(n):
        if high[i]:
            load = _load(high, c, top, i, False) * (1.0 - SLACK)
            x[i], top[i] = _above(node[i, SETS_BIAS], node[i, SETS_GAIN], load)
    for j in range(n):
        if not high[j]:
            top[j] = rate[j]


@borrowing
def _is_stable(
    high: BoolArray,
    c: FloatArray,
    node: FloatArray,
    rate: FloatArray,
    x: FloatArray,
    top: FloatArray,
    matrix: FloatArray,
) -> bool:
    """Whether both forms are positive definite over the box, by their least diagonals.

    1 / (phi' q) is least where q (1 - q) is largest, s / q at the upper end. On the set the second
    form may have more (see above).
    """
    n = len(c)
    for form in range(2):
        if form == 1 and n > 0 and node[0, SETS_LAG] == np.inf:
            break
        for i in range(n):
            low = rate[i] if high[i] else 0.0
            q, least = top[i] * top[i], low * low
            product = max(q * (1.0 - q + 1e-13), least * (1.0 - least + 1e-13))
            inverse = 1.0 / (node[i, SETS_GAIN] * (0.25 if least <= 0.5 <= q else product))
            s = max(0.0, node[i, SETS_BIAS] * (1.0 - 1e-15) - x[i]) / top[i]
            lag = node[i, SETS_LAG]
            d = 0.5 * (inverse + s / q) if form == 0 else (1.0 + lag) * inverse
            if form == 1 and high[i]:
                load = _load(high, c, rate, i, False) * (1.0 + SLACK)
                if load * node[i, SETS_GAIN] * (1.0 - least) < lag:
                    d *= (1.0 + lag) / max(1.0 - 3.0 * lag, 1e-3)
            if not 0.0 < d < np.inf:
                return False
            matrix[i, i] = sqrt(d * (1.0 - 1e-12))
        if not _is_definite(c, matrix):
            return False
    return True


@borrowing
def _is_definite(c: FloatArray, matrix: FloatArray) -> bool:
    """Whether diag(d) + c is positive definite; sqrt(d) stands on the diagonal of `matrix`.

    Elimination of I + d^-1/2 c d^-1/2 - SHIFT. Where that succeeds, no entry exceeds 1 and rounding
    changes the matrix by less than SHIFT (Rump 2006).
    """
    n = len(c)
    for i in range(n):
        for j in range(i):
            matrix[i, j] = c[i, j] / (matrix[i, i] * matrix[j, j])
    for i in range(n):
        matrix[i, i] = 1.0 - SHIFT
    for k in range(n):
        if not matrix[k, k] > 0.0:
            return False
        for i in range(k + 1, n):
            if matrix[i, k] != 0.0:
                factor = matrix[i, k] / matrix[k, k]
                for j in range(k + 1, i + 1):
                    matrix[i, j] -= factor * matrix[j, k]
    return True
