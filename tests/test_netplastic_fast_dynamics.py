"""Simulation and attractors at learning rate inf, held against large finite rates."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti
from odd_networks import odd_network

import netplastic as npl
from netplastic.model import equilibrium_weights

FAST = math.inf


@pytest.mark.parametrize("method", ["auto", "explicit", "stiff"])
def test_runs_end_in_stable_equilibria(method):
    net = anti(nx.path_graph(4), -20.0, learning_rate=FAST, tau=[0.5, 1.0, 1.5, 2.0])
    stable = npl.find_equilibria(net, stable_only=True).activity
    run = npl.simulate(net, 200.0, trials=6, rng=2, solver=npl.Solver(method=method, settle=1e-7))
    assert set(run.statuses) == {npl.RunStatus.SETTLED}
    gaps = np.abs(run.final_activity[:, None] - stable[None]).max(axis=2)
    assert gaps.min(axis=1).max() < 1e-6
    assert len(set(gaps.argmin(axis=1).tolist())) > 1
    np.testing.assert_array_equal(run.final_weights, equilibrium_weights(net, run.final_activity))


@pytest.mark.parametrize("rule", [npl.Hebbian(-6.0), npl.Oja(2.0), npl.BCM(-4.0)])
@pytest.mark.parametrize("directed", [False, True])
def test_runs_are_the_limit_of_those_at_large_rates(rule, directed):
    net = odd_network(rule, "tanh", directed, learning_rate=FAST)
    x = np.random.default_rng(0).normal(size=net.n)
    fine = {"initial": x, "times": [0.0, 0.5, 1.0, 2.0]}
    fast = npl.simulate(net, 2.0, solver=npl.Solver(rtol=1e-8), **fine)
    explicit = npl.simulate(net, 2.0, solver=npl.Solver(method="explicit", rtol=1e-8), **fine)
    np.testing.assert_allclose(explicit.activity, fast.activity, atol=1e-6)
    gaps = []
    for rate in (1e2, 1e3):
        late = npl.simulate(net.replace(learning_rate=rate), 2.0, **fine)
        gaps.append(np.abs(late.activity - fast.activity).max())
    assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=0.3)  # the difference is of order 1 / rate


def test_a_run_at_a_very_large_rate_is_the_same():
    net = odd_network(npl.Hebbian(-6.0), "tanh", learning_rate=FAST)
    x = np.random.default_rng(0).normal(size=net.n)
    fast, late = (
        npl.simulate(net.replace(learning_rate=rate), 2.0, initial=x) for rate in (FAST, 1e5)
    )
    np.testing.assert_allclose(late.activity, fast.activity, atol=2e-4)
    np.testing.assert_allclose(late.weights, fast.weights, atol=5e-4)


def test_initial_weights_are_forgotten_as_they_are_in_the_limit():
    net = anti(nx.cycle_graph(4), -5.0, learning_rate=FAST)
    x, w = np.array([0.3, 0.1, 0.5, 0.2]), np.full(8, 0.7)
    alone, given = (npl.simulate(net, 2.0, initial=start) for start in (x, (x, w)))
    np.testing.assert_array_equal(alone.activity, given.activity)
    np.testing.assert_array_equal(given.weights[0], equilibrium_weights(net, x))
    late = npl.simulate(net.replace(learning_rate=1e5), 2.0, initial=(x, w))
    np.testing.assert_allclose(late.activity, given.activity, atol=1e-4)
    on = npl.simulate(net, 2.0, initial=late)
    np.testing.assert_array_equal(on.activity[0], late.final_activity)


def test_the_objective_falls_along_runs():
    for strength in (-40.0, 2.0):
        net = anti(nx.petersen_graph(), strength, learning_rate=FAST)
        run = npl.simulate(net, 30.0, trials=4, rng=1, observe=npl.Observe(nodes=[3], energy=True))
        assert run.activity.shape == (4, 201, 1)
        assert np.diff(run.energy, axis=1).max() < 1e-9
        assert np.ptp(run.energy, axis=1).min() > 1.0
        end = npl.energy(net, net.activation.rate(run.final_activity))
        np.testing.assert_allclose(run.energy[:, -1], end)


def test_some_weights_and_nodes_are_reported():
    net = anti(nx.path_graph(3), -5.0, learning_rate=FAST)
    run = npl.simulate(net, 3.0, rng=1, observe=npl.Observe(nodes=[2], weights=[(1, 0)]))
    whole = npl.simulate(net, 3.0, rng=1)
    np.testing.assert_array_equal(run.activity[:, 0], whole.activity[:, 2])
    arc = whole.arcs.index((1, 0))
    np.testing.assert_array_equal(run.weights[:, 0], whole.weights[:, arc])
    v = whole.rates
    np.testing.assert_allclose(run.weights[:, 0], -5.0 * v[:, 0] * v[:, 1])


@pytest.mark.parametrize("method", ["stiff", "explicit"])
def test_a_run_ends_where_weights_cannot_follow(method):
    # pulled up by their input, the rates pass V = 1/2, where the decay 1 - 4 V^2 vanishes
    net = npl.PlasticNetwork(
        nx.DiGraph([(0, 1)]), npl.Oja(-4.0), bias=[0.0, 2.0], learning_rate=FAST
    )
    run = npl.simulate(
        net, 5.0, initial=np.array([[0.0, 0.0], [0.0, 2.0]]), solver=npl.Solver(method=method)
    )
    assert set(run.statuses) == {npl.RunStatus.ASTRAY}
    # x_0 = 0, so nothing reaches node 1: x_1 = 2 (1 - exp(-t)) passes artanh(1/2) at 0.3216
    pole = -math.log(1.0 - math.atanh(0.5) / 2.0)
    assert pole <= run.end_time[0] < 1.5
    assert run.end_time[1] == 0.0
    assert run.times[run.reported[0] - 1] <= pole
    assert run.reported[1] == 0
    assert np.isnan(run.final_weights).all()
    assert "finite learning rate" in run.failures["remedy"][0]


def test_attractors_are_the_stable_equilibria():
    net = anti(nx.complete_graph(4), -200.0, learning_rate=FAST)
    found = npl.find_attractors(net, trials=40, rng=0)
    assert [a.kind for a in found.attractors] == ["fixed point"] * 5
    assert found.learning_rate == FAST
    assert found.unsettled == 0
    for attractor in found.attractors:
        np.testing.assert_allclose(
            attractor.weights, equilibrium_weights(net, attractor.activity[0])
        )


def ring(gain: float) -> npl.PlasticNetwork:
    """Three nodes that inhibit each other in turn (u = -1), b = 0.

    At the origin plasticity adds nothing: -1 + gain u w with w^3 = 1, whose pair -1 + gain / 2
    +- i gain sqrt(3) / 2 crosses at gain 2 with frequency sqrt(3), at every learning rate.
    """
    return npl.PlasticNetwork(
        nx.DiGraph([(0, 1), (1, 2), (2, 0)]),
        npl.Hebbian(-0.5),
        activation=npl.Tanh(gain=gain),
        bias=0.0,
        static_weight=-1.0,
        learning_rate=FAST,
    )


def test_networks_without_an_objective_may_still_oscillate():
    found = npl.find_attractors(ring(3.0), trials=2, rng=0)
    assert [a.kind for a in found.attractors] == ["limit cycle"]
    cycle = found.attractors[0]
    late = ring(3.0).replace(learning_rate=1e3)
    round_trip = npl.simulate(late, cycle.period, initial=cycle.activity[0])
    assert np.abs(round_trip.final_activity - cycle.activity[0]).max() < 0.01 * cycle.amplitude


def test_a_sweep_over_rates_may_end_at_inf():
    net = anti(nx.cycle_graph(5), -20.0)
    table = npl.attractors_by_learning_rate(net, [0.01, 1.0, FAST], trials=3, rng=0)
    kinds = table.groupby("learning_rate")["kind"].unique().map(list).to_dict()
    assert kinds == {0.01: ["limit cycle"], 1.0: ["fixed point"], FAST: ["fixed point"]}
    fixed = table[table["learning_rate"] >= 1.0]
    assert set(fixed["attractor"]) <= {f"E{row}" for row in range(11)}
    with pytest.raises(ValueError, match="above 0; found nan"):
        npl.attractors_by_learning_rate(net, [math.nan])


def test_hopf_points_of_the_reduced_flow():
    found = npl.bifurcation_diagram(ring(1.0), "gain", 1.0, 3.0, search=npl.Search(values=2))
    hopf = found.special_points().query("kind == 'hopf'")
    assert hopf["gain"].tolist() == pytest.approx([2.0], abs=1e-8)
    assert hopf["frequency"].tolist() == pytest.approx([math.sqrt(3.0)], abs=1e-8)
