"""Relaxation where f is concave in q: no root is lost, up to V^2 beyond 0.6, unequal weights."""

from __future__ import annotations

import networkx as nx
import numba
import numpy as np
import pytest

import netplastic as npl


def unlike(seed):
    """Networks of 4 to 9 nodes with weights and biases up to 2, so that V^2 reaches 0.93."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(int(rng.integers(4, 10)), float(rng.uniform(0.3, 0.7)), seed=seed)
    nx.set_edge_attributes(graph, {e: rng.uniform(0.3, 2.0) for e in graph.edges}, "weight")
    sign = rng.choice([-1.0, 1.0], len(graph))
    return npl.PlasticNetwork(
        graph,
        npl.Hebbian(-float(10 ** rng.uniform(0.7, 2.5)), decay=float(rng.choice([1.0, 0.7]))),
        weight="weight",
        bias=sign * rng.uniform(0.3, 2.0, len(graph)),
        activation=npl.Tanh(rng.uniform(0.7, 1.5, len(graph))),
        learning_rate=np.inf,
    )


SLOW = pytest.param(range(50, 1050), marks=pytest.mark.slow)


@pytest.mark.parametrize("seeds", [range(50), SLOW])
def test_no_stable_state_is_lost(seeds):
    """The sampled search proves its states by itself, and knows nothing of the relaxation."""
    several = 0
    for seed in seeds:
        net = unlike(seed)
        found = npl.find_equilibria(net, "certified", stable_only=True)
        seen = npl.find_equilibria(net, "sampled", stable_only=True, rng=0)
        assert found.stable_count.exact
        assert seen.stable_count.lower <= found.stable_count.lower
        for x in seen.activity[seen.stable]:
            assert np.abs(found.activity - x).max(axis=1).min() < 1e-6
        several += len(found) > 1
    assert several > len(seeds) / 2


@pytest.mark.interpreted
@pytest.mark.skipif(not numba.config.DISABLE_JIT, reason="compiled kernels call each other only")
def test_strips_and_slopes_hold_what_they_should():
    from netplastic.equilibria.certified import system_of
    from netplastic.equilibria.certified._kernels import XH, XL
    from netplastic.equilibria.certified._kernels import _relaxation as relaxation
    from netplastic.equilibria.certified._kernels._enclose import refresh

    rng = np.random.default_rng(0)
    concave = 0
    for seed in range(30):
        net = unlike(seed)
        table = system_of(net).table
        for i in range(net.n):
            bias, gain = net.bias[i], net.activation.parameter("gain")[i]
            low, high = np.sort(rng.uniform(0.0, 1.0, 2)) ** 2 * bias if bias > 0.0 else (0.0, 0.0)
            if bias < 0.0:
                high, low = np.sort(rng.uniform(0.0, 1.0, 2)) ** 2 * bias
            table[i, XL], table[i, XH] = low, high
            refresh(table, i, False)
            out = np.zeros(6)
            if not relaxation._profile_node(table, i, 0.0, out):
                continue
            concave += relaxation._is_concave(table, i, 0.0)
            x = np.linspace(low, high, 101)
            v = np.tanh(gain * x)
            f = net.decay[i] * (x - bias) / v
            slope = net.decay[i] * (1.0 / (gain * (1.0 - v * v)) + (bias - x) / v) / (2.0 * v * v)
            h = f - out[relaxation.SLOPE] * v * v
            room = 1e-12 * np.abs(f).max()
            assert out[relaxation.H_LOW] - room <= h.min()
            assert h.max() <= out[relaxation.H_HIGH] + room
            assert out[relaxation.E_LOW] * (1.0 - 1e-12) <= slope.min()
            assert slope.max() <= out[relaxation.E_HIGH] * (1.0 + 1e-12)
    assert concave > 60
