"""Convexity of the reduced objective: on large networks, within a budget, at Ctrl-C."""

from __future__ import annotations

import math
import signal
import threading
import time

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.landscape._scaled_hessian import ScaledHessian


def network(graph: nx.Graph, strength: float = -20.0, **settings: object) -> npl.PlasticNetwork:
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), **settings)


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
@pytest.mark.parametrize("strength", [-3.0, 3.0])
def test_the_curvature_is_that_of_the_hessian_and_has_the_gradient_it_says(
    strength: float, activation: str
) -> None:
    graph = nx.gnp_random_graph(7, 0.5, seed=2)
    graph.add_edge(0, 0)
    net = network(graph, strength, activation=activation)
    form = ScaledHessian.of(net)
    rng = np.random.default_rng(0)
    v, z = rng.uniform(0.1, 0.9, 7), rng.normal(size=7)
    value, gradient = form.curvature(v, z)
    slope = net.activation.slope(net.activation.inverse(v))
    scaled = npl.energy_hessian(net, v) * np.sqrt(np.outer(slope, slope))
    assert value == pytest.approx(z @ (np.eye(7) - scaled) @ z / (z @ z))
    at = np.concatenate([v, z])
    for k, step in enumerate(1e-6 * np.eye(14)):
        ends = [form.curvature((at + s)[:7], (at + s)[7:])[0] for s in (step, -step)]
        assert gradient[k] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    ("graph", "degree"), [(nx.cycle_graph(500), 2), (nx.hypercube_graph(9), 9)]
)
def test_large_regular_bipartite_graphs_are_tight(graph: nx.Graph, degree: int) -> None:
    """4 / d as on small ones: V^2 = 1/2 everywhere, with the alternating direction."""
    bounds = npl.convexity_bounds(network(graph))
    assert bounds.status == "tight"
    assert bounds.lower <= 4.0 / degree <= bounds.upper
    assert bounds.upper / bounds.lower < 1.001


def test_the_upper_end_of_a_large_network_with_static_weights_is_no_minimum() -> None:
    net = network(nx.gnp_random_graph(450, 0.01, seed=0), static_weight=0.02)
    bounds = npl.convexity_bounds(net)
    assert 0.0 < bounds.lower < bounds.upper < math.inf
    assert bounds.state is not None
    at = net.replace(strength=-bounds.upper * (1.0 + 1e-6))
    assert np.linalg.eigvalsh(npl.energy_hessian(at, np.clip(bounds.state, -0.999, 0.999)))[0] < 0.0


def test_a_thousand_nodes() -> None:
    """About 4 s on one core."""
    net = network(nx.random_regular_graph(4, 1000, seed=1))
    bounds = npl.convexity_bounds(net, budget=None)
    assert bounds.lower >= 0.999  # equal shares give 4 / d
    assert bounds.upper < 1.3


def test_bounds_hold_where_the_budget_is_used_up() -> None:
    net = network(nx.gnp_random_graph(3000, 0.002, seed=1))
    began = time.monotonic()
    cut = npl.convexity_bounds(net, budget=0.3)
    assert time.monotonic() - began < 10.0
    assert cut.reason == "budget of 0.3 s used up"
    assert cut.status == "bracket"
    assert 0.0 < cut.lower < cut.upper < math.inf
    small = network(nx.gnp_random_graph(40, 0.1, seed=1))
    whole, hurried = npl.convexity_bounds(small), npl.convexity_bounds(small, budget=1e-9)
    assert whole.reason == ""
    assert hurried.lower <= whole.lower
    assert whole.upper <= hurried.upper


def test_ctrl_c_keeps_the_bounds() -> None:
    net = network(nx.gnp_random_graph(3000, 0.002, seed=1))
    threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
    bounds = npl.convexity_bounds(net, budget=None)
    assert bounds.reason == "interrupted"
    assert 0.0 < bounds.lower < bounds.upper < math.inf


def test_uniqueness_returns_what_is_proved_in_its_time() -> None:
    net = network(nx.gnp_random_graph(400, 0.01, seed=1))
    whole = npl.uniqueness_threshold(net, budget=None)
    cut = npl.uniqueness_threshold(net, budget=1e-9)
    assert cut == 0.0 < whole
