"""The objective along simulated trajectories: it falls, and its gradient is the right-hand side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_networks import odd_graph, odd_network, start_of

import netplastic as npl
from netplastic.dynamics._equations import FullEquations


def naive_energy(net: Any, x: Any, w: Any) -> float:
    """docs/theory.md#section-4, arc by arc; int_0^V artanh = V x - log cosh x at V = tanh x."""
    v = np.tanh(x)
    log_cosh = np.logaddexp(x, -x) - np.log(2.0)
    total = float(np.sum(v * x - log_cosh - net.bias * v))
    for arc in range(net.m):
        i, j, a = net.wiring.target[arc], net.wiring.source[arc], net.arc_weight[arc]
        total -= 0.5 * a * (net.static_weight[arc] + w[arc]) * v[i] * v[j]
        total += 0.25 * a * w[arc] ** 2 * net.decay[i] / net.strength[arc]
    return total


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    strength=st.floats(0.1, 5.0),
    rate=st.sampled_from([0.01, 0.3, 1.0, 20.0]),
)
def test_energy_falls_along_hebbian_trajectories(seed: int, strength: float, rate: float) -> None:
    net = npl.PlasticNetwork(
        odd_graph(False, seed), npl.Hebbian(strength), static_weight=0.2, learning_rate=rate
    )
    run = npl.simulate(
        net,
        20.0,
        rng=seed,
        observe=npl.Observe(energy=True),
        solver=npl.Solver(rtol=1e-8, atol=1e-10),
    )
    assert run.energy is not None
    assert run.weights is not None
    own = [naive_energy(net, x, w) for x, w in zip(run.activity, run.weights, strict=True)]
    np.testing.assert_allclose(run.energy, own, rtol=1e-8, atol=1e-8)
    room = 1e-6 * (1.0 + np.abs(run.energy).max())
    assert np.all(np.diff(run.energy) <= room)
    assert run.energy[-1] < run.energy[0]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), strength=st.sampled_from([-6.0, -1.0, 2.0]))
def test_gradient_of_the_energy_is_the_right_hand_side(seed: int, strength: float) -> None:
    """tau dx/dt = -dE/dV and a dw_e/dt = -rate eta dE/dw_e, by central differences."""
    net = npl.PlasticNetwork(
        odd_graph(False, seed), npl.Hebbian(strength, decay=1.3), learning_rate=0.7, tau=2.0
    )
    x, w = start_of(net, seed)
    x = np.clip(x, -1.5, 1.5)
    dx, dw = FullEquations(net).drift(x[None], w[None])
    v, h = np.tanh(x), 1e-5

    def slope(change_x: Any, change_w: Any) -> float:
        up = npl.energy(net, v + change_x, weights=w + change_w)
        down = npl.energy(net, v - change_x, weights=w - change_w)
        return float((up - down) / (2.0 * h))

    for i in range(net.n):
        by_rate = slope(h * np.eye(net.n)[i], 0.0)
        assert abs(net.tau[i] * dx[0, i] + by_rate) < 1e-5
    for arc in range(net.m):
        edge = (net.wiring.edge == net.wiring.edge[arc]).astype(float)
        loop = net.wiring.source[arc] == net.wiring.target[arc]
        by_weight = slope(0.0, h * edge) * (2.0 if loop else 1.0)  # a self-loop is half an edge
        expected = -net.learning_rate * strength * by_weight
        assert abs(net.arc_weight[arc] * dw[0, arc] - expected) < 1e-5


def test_energy_is_refused_where_there_is_none() -> None:
    with pytest.raises(ValueError, match="objective"):
        npl.simulate(
            odd_network(npl.BCM(-2.0), "tanh"), 1.0, rng=0, observe=npl.Observe(energy=True)
        )


def test_energy_in_pieces_is_the_energy_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from netplastic.dynamics import _energy as simulation_energy

    net = odd_network(npl.Hebbian(2.0), "tanh")
    wish = npl.Observe(energy=True)
    once = npl.simulate(
        net, 5.0, rng=0, trials=2, observe=wish, solver=npl.Solver(rtol=1e-9, atol=1e-11)
    )
    monkeypatch.setattr(simulation_energy, "_ROOM", 1000)
    pieces = npl.simulate(
        net, 5.0, rng=0, trials=2, observe=wish, solver=npl.Solver(rtol=1e-9, atol=1e-11)
    )
    assert once.energy is not None
    assert pieces.energy is not None
    np.testing.assert_allclose(pieces.energy, once.energy, rtol=0, atol=1e-7)
    np.testing.assert_allclose(pieces.activity, once.activity, rtol=0, atol=1e-7)
