"""The right-hand side of the full equations, dx/dt and dw/dt, link by link.

The explicit method does not need it (see `dynamics_tableau`); the stiff one does.
"""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray

from ._jit import inner, small, whole
from ._lean import lean
from ._links import FOUR, Links, Place, clear_sums, ends_of_row
from ._nodes import BIAS, GAIN, TAU, THRESHOLD, Network, rule_of
from ._parameters import given, own, shared, value_of
from ._quads import Quad, add_to, entries, keep, numbers, pairs, quad, total, up_to
from ._rate import rates
from ._team import Span

__all__ = ["drift", "drift_of_links"]


@small
def _drift(
    links: Links,
    nodes: FloatArray,
    weights: FloatArray,
    out: FloatArray,
    sums: FloatArray,
    place: Place,
    target: tuple[float, float, float],
) -> Quad:
    row, p, count = place
    rate, push, fade = target
    j = numbers(links.source, p, count)
    v, pre = pairs(nodes, j)
    weight = entries(weights, p, count)
    gain = own(links.scale, p, count) * up_to(value_of(links.static, p, count) + weight, count)
    if given(links.mirrored):
        add_to(sums, row, j, gain * rate)
    keep(out, p, count, own(links.drive, p, count) * (push * pre) - fade * weight)
    return gain * v


@inner
def drift_of_links(
    links: Links,
    nodes: FloatArray,
    weights: FloatArray,
    out: FloatArray,
    sums: FloatArray,
    span: Span,
) -> None:
    """dw/dt into `out`, and the input of nodes into the sums.

    nodes : (n, 4), V, pre(V), epsilon post(V), epsilon times the decay of weights
    """
    row, first, end = span
    clear_sums(sums, np.uint64(0) if given(links.mirrored) else first, end, row)
    for i in range(first, end):
        start, whole, stop = ends_of_row(links, i)
        rate, gained = shared(links.scale) * nodes[i, 0], quad(0.0)
        target = (rate, shared(links.drive) * nodes[i, 2], nodes[i, 3])
        for p in range(start, whole, FOUR):
            gained += _drift(links, nodes, weights, out, sums, (row, p, FOUR), target)
        if whole < stop:
            rest = (row, whole, stop - whole)
            gained += _drift(links, nodes, weights, out, sums, rest, target)
        sums[row, i] += shared(links.scale) * total(gained)


@inner
def _fill(network: Network, eps: float, x: FloatArray, v: FloatArray, nodes: FloatArray) -> None:
    cells, n = network.cells, np.uint64(x.shape[0])
    rates(network.kind, cells[GAIN], cells[THRESHOLD], x, v, np.uint64(0), n)
    for i in range(n):
        post, pre, decay = rule_of(cells, i, v[i])
        nodes[i, 0], nodes[i, 1] = v[i], pre
        nodes[i, 2], nodes[i, 3] = eps * post, eps * decay


@whole
def drift(
    network: Network,
    eps: float,
    room: tuple[FloatArray, FloatArray],
    states: tuple[FloatArray, FloatArray],
    out: tuple[FloatArray, FloatArray],
) -> None:
    """dx/dt (T, n) and dw/dt (T, L) at states, x and weights; eps is the learning rate.

    room : (n, 4) for what nodes bring to their links, and (1, n) for sums
    """
    network, states, out = lean(network), lean(states), lean(out)
    nodes, sums = lean(room)
    zero = np.uint64(0)
    for trial in range(states[0].shape[0]):
        x, weights = states[0][trial], states[1][trial]
        _fill(network, eps, x, sums[0], nodes)
        n = np.uint64(x.shape[0])
        drift_of_links(network.links, nodes, weights, out[1][trial], sums, (zero, zero, n))
        for i in range(n):
            halt = network.cells[BIAS, i] + sums[0, i]
            out[0][trial, i] = (halt - x[i]) / network.cells[TAU, i]
