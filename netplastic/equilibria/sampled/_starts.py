"""Where the sampled search starts: boxes, corners, independent sets and mixtures.

Nothing here is a proof: the box holds every equilibrium for the anti-Hebbian rule and where the
rates and the decay are bounded away from trouble; elsewhere it is a sensible range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork

__all__ = [
    "Box",
    "activity_box",
    "is_antihebbian",
    "mixtures",
    "perturbed",
    "random_states",
    "set_starts",
]

_REACH = 10.0
"""Activities within this distance of the bias stand for an unbounded range."""

_PROBES = 33


@dataclass(frozen=True, eq=False)
class Box:
    """Range of activities per node; `rest` is the end at which the rate is nearest zero."""

    low: FloatArray
    high: FloatArray
    rest: FloatArray


def is_antihebbian(net: PlasticNetwork) -> bool:
    """Whether the rule is Hebb's with no positive strength on any arc that counts."""
    return net.is_hebbian and bool(np.all(net.coupling <= 0.0))


def activity_box(net: PlasticNetwork) -> Box:
    """Range in which the search looks for equilibria.

    For the anti-Hebbian rule without static weights x_i = b_i - (something) V_i lies between
    the bias and the point where the rate is zero. Otherwise |x_i - b_i| is at most the sum of
    |weights| times |rates|, with the largest values that these take.
    """
    bias = net.bias
    largest = _largest_rates(net)
    spread = _largest_input(net, largest)
    low, high = bias - spread, bias + spread
    if is_antihebbian(net) and not np.any(net.static_weight * net.arc_weight):
        zero = _zero_of_rate(net)
        low = np.where(
            net.activation.rate(bias) > 0.0, np.maximum(low, np.minimum(zero, bias)), bias
        )
        high = np.where(
            net.activation.rate(bias) < 0.0, np.minimum(high, np.maximum(zero, bias)), bias
        )
    at_low, at_high = np.abs(net.activation.rate(low)), np.abs(net.activation.rate(high))
    return Box(low, high, np.where(at_low <= at_high, low, high))


def _largest_rates(net: PlasticNetwork) -> FloatArray:
    """Largest |V_i|: from the bounds, or from activities near the bias where there are none."""
    bounds = np.abs(np.array(net.activation.bounds))
    if np.all(np.isfinite(bounds)):
        return np.full(net.n, bounds.max())
    ends = [net.activation.rate(net.bias + offset) for offset in (-_REACH, 0.0, _REACH)]
    return np.asarray(np.max(np.abs(ends), axis=0))


def _largest_input(net: PlasticNetwork, largest: FloatArray) -> FloatArray:
    wiring = net.wiring
    target, source = wiring.target, wiring.source
    post, pre = _largest_factors(net, largest)
    decay = net.decay[target] + np.minimum(net.decay_growth, 0.0) * largest[target] ** 2
    decay = np.maximum(decay, 0.1 * net.decay[target])  # Oja's pole: a range, not a bound
    weight = np.abs(net.static_weight) + np.abs(net.strength) * post[target] * pre[source] / decay
    total = net.arc_weight * weight * largest[source]
    return np.asarray(np.bincount(target, total, minlength=net.n), dtype=np.float64)


def _largest_factors(net: PlasticNetwork, largest: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Largest |post| and |pre| per node for rates up to `largest` in size.

    A bound for polynomials; for other rules the largest of a few values.
    """
    if net.is_polynomial:
        powers = np.stack([np.ones(net.n), largest, largest**2], axis=1)
        post = np.sum(np.abs(net.post) * powers, axis=1)
        return post, np.asarray(np.sum(np.abs(net.pre) * powers[:, :2], axis=1))
    low, high = (np.maximum(np.minimum(end, largest), -largest) for end in net.activation.bounds)
    states = [
        net.equations.at(low + share * (high - low)) for share in np.linspace(0.0, 1.0, _PROBES)
    ]
    post = np.zeros((_PROBES, net.n))
    post[:, net.equations.node] = np.abs([state.post for state in states])
    return post.max(axis=0), np.max(np.abs([state.pre for state in states]), axis=0)


def _zero_of_rate(net: PlasticNetwork) -> FloatArray:
    """Activity at which the rate is zero; -inf where it never is."""
    lowest, highest = net.activation.bounds
    if not lowest < 0.0 < highest:
        return np.full(net.n, -np.inf if lowest >= 0.0 else np.inf)
    return np.broadcast_to(net.activation.inverse(np.zeros(net.n)), net.n)


def random_states(
    net: PlasticNetwork, box: Box, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw starts: a quarter each uniform in rates and in activities, corners, independent sets.

    Corners put each node at one end of the box with a probability drawn per start. Independent
    sets (only where some strength is negative, else corners again) put a random maximal
    independent set of the plastic arcs at the bias and the rest where the rate is nearest zero:
    the stable equilibria of strong anti-Hebbian plasticity look like that
    (docs/theory.md#section-7).
    """
    mix = rng.random((count, net.n))
    kind = np.arange(count) % 4
    states = box.low + (box.high - box.low) * mix
    by_rate = kind == 1
    states[by_rate] = _uniform_rates(net, box, mix[by_rate])
    odds = rng.random((count, 1))
    corners = np.where(mix < odds, box.high, box.low)
    states[kind == 2] = corners[kind == 2]
    sets = np.flatnonzero(kind == 3)
    if len(sets):
        states[sets] = _set_states(net, box, np.ones(len(sets)), rng)
    return np.asarray(states)


def _uniform_rates(net: PlasticNetwork, box: Box, mix: FloatArray) -> FloatArray:
    """Activities whose rates are spread evenly between those of the box's ends."""
    first, last = net.activation.rate(box.low), net.activation.rate(box.high)
    with np.errstate(all="ignore"):
        states = net.activation.inverse(first + (last - first) * mix)
    return np.where(np.isfinite(states), np.clip(states, box.low, box.high), box.low)


def _set_states(
    net: PlasticNetwork, box: Box, odds: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """One start for each of the odds: an independent set, maximal where they are 1."""
    from netplastic.equilibria.sampled._kernels import partial_sets

    wiring, count = net.wiring, len(odds)
    live = (net.coupling < 0.0) & (wiring.source != wiring.target)
    strength = np.bincount(wiring.target[live], -net.coupling[live], minlength=net.n)
    if not np.any(live):
        return np.where(rng.random((count, net.n)) < 0.5, net.bias, box.rest)
    ones = np.ones(int(live.sum()))
    arcs = (wiring.target[live], wiring.source[live])
    directed = sparse.csr_array((ones, arcs), shape=(net.n, net.n))
    graph = sparse.csr_array(directed + directed.T)
    orders = rng.permuted(np.tile(np.arange(net.n), (count, 1)), axis=1)
    luck, spread = rng.random((2, count, net.n))
    state = partial_sets(
        graph.indptr.astype(np.int64), graph.indices.astype(np.int64), orders, luck, odds
    )
    size = np.abs(net.bias - box.rest)
    middle = np.minimum(1.0, np.cbrt(size / np.maximum(strength, 1e-12)) / np.maximum(size, 1e-12))
    share = np.where(state == 1, 1.0, np.where(state == 2, middle * (0.5 + spread), 0.0))
    return np.asarray(box.rest + (net.bias - box.rest) * share)


def set_starts(net: PlasticNetwork, box: Box, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw starts near minima of anti-Hebbian networks: half from maximal, half from partial sets.

    A partial set is independent, and each free node enters with a probability drawn per start. A
    node that is neither in it nor beside it starts in the middle, on the scale of
    docs/theory.md#section-7: (bias / sum of c)^(1/3), times a random factor in [0.5, 1.5]. Uniform
    starts miss a seventh of the stable states of small graphs that these find.
    """
    odds = rng.random(count)
    odds[::2] = 1.0
    return _set_states(net, box, odds, rng)


def perturbed(
    net: PlasticNetwork, box: Box, found: FloatArray, count: int, rng: np.random.Generator
) -> FloatArray:
    """Found states with a few nodes thrown to an end of the box, half of them with neighbours.

    The number of flipped nodes is 1, 2, 4, ... up to a quarter of the network, at random.
    """
    n = net.n
    states = found[rng.integers(len(found), size=count)].copy()
    most = max(1, int(np.log2(max(n // 4, 1))) + 1)
    for row in range(count):
        flips = rng.choice(n, size=min(n, 2 ** int(rng.integers(most))), replace=False)
        here = states[row, flips]
        far = np.where(
            np.abs(here - box.low[flips]) > np.abs(here - box.high[flips]),
            box.low[flips],
            box.high[flips],
        )
        if row % 2:
            into = np.concatenate(
                [net.wiring.source[net.wiring.indptr[i] : net.wiring.indptr[i + 1]] for i in flips]
            )
            states[row, into] = np.where(rng.random(len(into)) < 0.5, box.low[into], box.high[into])
        states[row, flips] = far
    return states


def mixtures(found: FloatArray, box: Box, count: int, rng: np.random.Generator) -> FloatArray:
    """Points between found states, where saddles lie.

    A third on straight lines between two found states, a third node by node from one or the
    other, a third found states with a few nodes anywhere in the box.
    """
    n = found.shape[1]
    first = found[rng.integers(len(found), size=count)]
    second = found[rng.integers(len(found), size=count)]
    kind = np.arange(count) % 3
    lines = first + rng.random((count, 1)) * (second - first)
    crossed = np.where(rng.random((count, n)) < 0.5, first, second)
    anywhere = box.low + (box.high - box.low) * rng.random((count, n))
    moved = np.where(rng.random((count, n)) < rng.random((count, 1)), anywhere, first)
    return np.asarray(np.choose(kind[:, None], [lines, crossed, moved]))
