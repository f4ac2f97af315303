"""Attractors near pitchforks and Hopf points, held against long integrations by LSODA.

There motion is slow, transients are long and cycles are small: what is at rest and what is a cycle
has to come from the slowest mode, not from a fixed smallness.
"""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy.integrate import odeint

import netplastic as npl
from netplastic.dynamics._attractors_cycles import Cycle
from netplastic.dynamics._attractors_floquet import leading_multiplier
from netplastic.dynamics._attractors_flow import Flow, State
from netplastic.dynamics._attractors_returns import look_at, returns_of
from netplastic.model import equilibrium_weights, spectral_abscissa


def by_lsoda(net: Any, activity: Any, weights: Any, times: Any) -> Any:
    """Activities (k, n) of the full system of the Hebb rule, written out for tanh, at 1e-11."""
    target, source, n = net.wiring.target, net.wiring.source, net.n

    def slope(y: Any, _: float) -> Any:
        rate = np.tanh(y[:n])
        into = np.bincount(target, net.arc_weight * y[n:] * rate[source], minlength=n)
        learned = net.strength * rate[target] * rate[source] - net.decay[target] * y[n:]
        return np.concatenate([(net.bias - y[:n] + into) / net.tau, net.learning_rate * learned])

    start = np.concatenate([activity, weights])
    path = odeint(slope, start, times, rtol=1e-11, atol=1e-11, mxstep=10**7)
    return path[:, :n]


# -- landmarks ------------------------------------------------------------------------------------


def test_the_pair_just_beyond_its_pitchfork_has_two_fixed_points() -> None:
    """It is at -6.5376; at -6.6 the symmetric state grows at 0.006 only.

    By the symmetry that exchanges the nodes each attracts one half: within 4 standard errors.
    """
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-6.6), learning_rate=0.1)
    found = npl.find_attractors(net, trials=40, rng=1)
    assert found.to_frame()["kind"].tolist() == ["fixed point", "fixed point"]
    hits = [a.hits for a in found.attractors]
    assert sum(hits) == 40
    assert abs(hits[0] - 20) <= 4 * math.sqrt(40 * 0.25)


@pytest.mark.parametrize(("rate", "period"), [(0.0267, 26.8675), (0.003, 79.5422)])
def test_four_nodes_turn_in_at_most_eight_ways(rate: float, period: float) -> None:
    """A rotating wave on 3 of the 4 nodes: 4 choices of them and 2 senses of rotation."""
    net = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(-20.0), learning_rate=rate)
    found = npl.find_attractors(net, trials=6, rng=0, budget=None)
    assert found.unsettled == 0
    assert len(found) <= 8
    for cycle in found.attractors:
        assert cycle.kind == "limit cycle"
        assert cycle.period == pytest.approx(period, rel=2e-5)
        assert cycle.amplitude == pytest.approx(found.attractors[0].amplitude, rel=2e-3)
        still = int(np.ptp(cycle.activity, axis=0).argmin())
        others = np.ptp(np.delete(cycle.activity, still, axis=1), axis=0)
        assert np.ptp(others) < 1e-3 * others.max()  # the three are copies in turn


def test_a_weakly_damped_focus_is_a_fixed_point() -> None:
    """Its largest real part is -0.015 with three times as fast a turning."""
    graph = nx.cycle_graph(3, create_using=nx.DiGraph)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0), learning_rate=5.098)
    found = npl.find_attractors(net, trials=6, rng=0, duration=1e5)
    assert found.to_frame()["kind"].tolist() == ["fixed point"]
    assert spectral_abscissa(net, found.attractors[0].activity[0]) == pytest.approx(-0.015, rel=0.1)


def test_a_bursting_cycle_ends_within_its_budget() -> None:
    """It spends most of its period of about 330 next to a saddle, where rounding decides."""
    net = npl.PlasticNetwork(nx.cycle_graph(3), npl.Hebbian(-50.0), learning_rate=0.01)
    found = npl.find_attractors(net, trials=2, rng=0, budget=3.0)
    assert found.statistics["seconds"] < 10.0
    assert all(a.kind == "limit cycle" and 250 < a.period < 450 for a in found.attractors)
    assert found.unsettled + sum(a.hits for a in found.attractors) == 2
    assert found.statistics["time_up"] == (found.unsettled > 0)


# -- next to critical rates ---------------------------------------------------------------------


@pytest.mark.parametrize("off", [-0.04, -0.003, 0.003, 0.04])
@pytest.mark.parametrize("graph", [nx.complete_graph(3), nx.cycle_graph(5)], ids=["K3", "C5"])
def test_both_sides_of_a_hopf_point_agree_with_lsoda(graph: Any, off: float) -> None:
    """From the equilibrium that loses stability: rest on one side, a cycle on the other."""
    net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0))
    equilibria = npl.find_equilibria(net, rng=0)
    rates = npl.critical_learning_rate(net, equilibria)
    usable = np.flatnonzero((rates > 0.0) & np.isfinite(rates))
    row = int(usable[rates[usable].argmax()])
    net = net.replace(learning_rate=float(rates[row] * (1.0 + off)))
    x = equilibria.activity[row]
    start = x + 0.02 * np.cos(np.arange(net.n) + 1.0), equilibrium_weights(net, x)
    found = npl.find_attractors(net, trials=1, initial=start, rng=0, budget=None)
    assert found.unsettled == 0
    (attractor,) = found.attractors
    times = np.concatenate([[0.0], np.linspace(3900.0, 4000.0, 801)])
    late = by_lsoda(net, *start, times)[1:]
    if attractor.kind == "fixed point":
        pace = -spectral_abscissa(net, attractor.activity[0])
        gap = np.abs(late - attractor.activity[0]).max()
        assert gap < max(1e-6, 1.5 * math.exp(-0.9 * pace * 3900.0) * 0.1)
    else:
        swing = 0.5 * np.ptp(late, axis=0).max()
        # In 4,000 units small cycles are still on their way out.
        assert 0.0 < swing <= 1.01 * attractor.amplitude
        assert off < 0.0


# -- parts ----------------------------------------------------------------------------------------


def test_the_return_map_sees_every_passage_once() -> None:
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.01)
    (cycle, *_) = npl.find_attractors(net, trials=2, rng=0).attractors
    flow = Flow(net)
    look = look_at(flow, State(cycle.activity[:1], cycle.weights[None]), 12.0 * cycle.period)
    assert look is not None
    returns = returns_of(flow, look)
    assert returns is not None
    np.testing.assert_allclose(np.diff(returns.times), cycle.period, rtol=1e-6)
    spread = np.ptp(returns.states, axis=0).max()
    assert spread < 1e-4 * returns.swing


def test_the_largest_multiplier_of_a_cycle_that_attracts_is_below_1() -> None:
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.01)
    (first, *_) = npl.find_attractors(net, trials=2, rng=0).attractors
    cycle = Cycle(
        first.period,
        first.activity,
        first.amplitude,
        first.weights,
        int(np.ptp(first.activity, axis=0).argmax()),
    )
    flow = Flow(net)
    multiplier = leading_multiplier(flow, cycle)
    # No weight that the activities do not see decays slower than exp(-rate * decay * period).
    assert math.exp(-0.01 * first.period) * 0.99 < multiplier < 1.0
