"""Stability: the shortcuts against all n + m eigenvalues."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, anti, pitchfork, sampled
from scipy import sparse
from scipy.optimize import brentq
from test_netplastic_sampled import RULES

import netplastic as npl
from netplastic.equilibria.sampled import _stability as module
from netplastic.equilibria.sampled import judge
from netplastic.model import full_jacobian, hessian, spectral_abscissa


def all_eigenvalues(net, x):
    return np.linalg.eigvals(full_jacobian(net, x).toarray())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("activation", ["tanh", npl.Logistic(gain=3.0, threshold=0.4), Softsign()])
@pytest.mark.parametrize("directed", [False, True])
def test_agrees_with_the_full_jacobian(rule, activation, directed):
    rng = np.random.default_rng(3)
    graph = nx.gnp_random_graph(6, 0.5, seed=7, directed=directed)
    net = npl.PlasticNetwork(
        graph,
        rule,
        activation=activation,
        bias=rng.uniform(0.2, 1.2, 6),
        tau=rng.uniform(0.5, 2, 6),
    )
    states = sampled(net, budget=npl.Budget(starts=50)).activity
    for rate in (0.02, 0.5, 20.0):
        paced = net.replace(learning_rate=rate)
        stable, undecided, minimum = judge(paced, states)
        largest = np.array([all_eigenvalues(paced, x).real.max() for x in states])
        assert not undecided[np.abs(largest) > 1e-6].any()
        np.testing.assert_array_equal(stable[~undecided], largest[~undecided] < 0)
        if net.has_objective:
            definite = np.linalg.eigvalsh(hessian(paced, states))[:, 0] > 0
            np.testing.assert_array_equal(minimum, definite)
        else:
            assert minimum is None


def test_strong_networks_have_every_verdict():
    verdicts = set()
    for seed in range(6):
        net = npl.PlasticNetwork(nx.gnp_random_graph(8, 0.4, seed=seed), npl.Hebbian(-30.0))
        states = sampled(net, budget=npl.Budget(starts=120)).activity
        for rate in (0.01, 0.1, 1.0):
            paced = net.replace(learning_rate=rate)
            stable, undecided, minimum = judge(paced, states)
            largest = np.array([all_eigenvalues(paced, x).real.max() for x in states])
            np.testing.assert_array_equal(stable, largest < 0)
            assert not undecided.any()
            verdicts |= set(zip(stable.tolist(), minimum.tolist(), strict=True))
    # Stable minima, minima lost to slow learning, and saddles; never a stable saddle.
    assert verdicts == {(True, True), (False, True), (False, False)}


def test_mixed_strengths_and_uneven_decay():
    graph = nx.gnp_random_graph(8, 0.4, seed=2)
    rng = np.random.default_rng(0)
    strength = rng.normal(scale=10.0, size=graph.number_of_edges())
    mixed = npl.PlasticNetwork(graph, npl.Hebbian(strength))
    uneven = npl.PlasticNetwork(graph, npl.Hebbian(-10.0, decay=rng.uniform(0.5, 2.0, 8)))
    assert mixed.has_objective
    assert not uneven.has_objective
    for net in (mixed, uneven):
        states = sampled(net, budget=npl.Budget(starts=80)).activity
        for rate in (0.05, 2.0):
            paced = net.replace(learning_rate=rate)
            largest = np.array([all_eigenvalues(paced, x).real.max() for x in states])
            np.testing.assert_array_equal(judge(paced, states)[0], largest < 0)


def test_uneven_decay_with_an_objective_takes_the_eigenvalues():
    # eta_i = c gamma_i makes the couplings symmetric although the decays differ.
    graph = nx.cycle_graph(5)
    decay = np.array([0.5, 1.0, 1.5, 2.0, 1.0])
    base = npl.PlasticNetwork(graph, npl.Hebbian(-20.0))
    strength = -20.0 * decay[base.wiring.target]  # per arc
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength, decay=decay))
    assert net.has_objective
    states = sampled(net).activity
    for rate in (0.01, 1.0):
        paced = net.replace(learning_rate=rate)
        largest = np.array([all_eigenvalues(paced, x).real.max() for x in states])
        np.testing.assert_array_equal(judge(paced, states)[0], largest < 0)


def test_a_singular_equilibrium_is_undecided():
    net, root = pitchfork()
    stable, undecided, minimum = judge(net, root)
    assert (stable[0], undecided[0], minimum[0]) == (False, True, False)


def test_a_hopf_point_is_undecided():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    x = sampled(net, stable_only=True).activity[:1]

    def abscissa(log_rate):
        return spectral_abscissa(net.replace(learning_rate=10.0**log_rate), x[0])

    critical = 10.0 ** brentq(abscissa, -2.0, 0.0, xtol=1e-14)
    verdicts = [
        [bool(part[0]) for part in judge(net.replace(learning_rate=critical * factor), x)]
        for factor in (0.999, 1.0, 1.001)
    ]
    assert verdicts == [[False, False, True], [False, True, True], [True, False, True]]


def test_no_states():
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-2.0))
    stable, undecided, minimum = judge(net, np.empty((0, 2)))
    assert len(stable) == len(undecided) == len(minimum) == 0


def test_saturated_rates():
    # At x = 400 the slope of tanh underflows to 0: nothing may divide by it.
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(400.0))
    found = sampled(net, budget=npl.Budget(starts=40))
    far = found.activity.min(axis=1) > 300
    assert far.any()
    assert found.stable[far].all()
    assert npl.stability.is_minimum(net, found.activity[far]).all()
    assert found.minimum[far].all()


@pytest.mark.parametrize("shift", [-0.5, -1e-12, 1e-12, 0.5])
def test_pivots_and_eigenvalues_agree(monkeypatch, shift):
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(40, 40)) * (rng.random((40, 40)) < 0.1)
    dense = dense + dense.T
    dense += np.eye(40) * (shift - np.linalg.eigvalsh(dense)[0])
    matrix = sparse.csr_array(dense)
    verdict = module.definite(matrix)
    assert verdict == (0 if abs(shift) < 1e-9 else np.sign(shift))
    monkeypatch.setattr(module, "_DENSE", 0)
    assert module.definite(matrix) == verdict


def test_a_zero_pivot_is_no_positive_one(monkeypatch):
    monkeypatch.setattr(module, "_DENSE", 0)
    assert module.definite(sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))) == -1


@pytest.mark.parametrize("rule", [npl.Hebbian(-20.0), npl.Covariance(-3.0), npl.BCM(4.0)])
@pytest.mark.parametrize("directed", [False, True])
def test_iterative_eigenvalues_agree_with_dense_ones(monkeypatch, rule, directed):
    graph = nx.gnp_random_graph(40, 0.1, seed=1, directed=directed)
    net = npl.PlasticNetwork(graph, rule)
    states = sampled(net, budget=npl.Budget(starts=12)).activity
    for rate in (0.02, 1.0):
        paced = net.replace(learning_rate=rate)
        dense = [module._by_eigenvalues(paced, x) for x in states]
        with monkeypatch.context() as patch:
            patch.setattr(module, "_DENSE_ABSCISSA", 0)
            iterative = [module._by_eigenvalues(paced, x) for x in states]
        assert dense == iterative
        assert 0 not in dense


def test_no_convergence_is_undecided(monkeypatch):
    def fails(*_, **__):
        raise module.ArpackError(-1)

    net = npl.PlasticNetwork(nx.gnp_random_graph(40, 0.1, seed=1), npl.Covariance(-3.0))
    monkeypatch.setattr(module, "_DENSE_ABSCISSA", 0)
    monkeypatch.setattr(module, "eigs", fails)
    stable, undecided, minimum = judge(net, np.zeros((1, 40)))
    assert (stable[0], undecided[0], minimum) == (False, True, None)


@pytest.mark.parametrize("rule", [npl.Covariance(-2.0), npl.Oja(1.5), npl.BCM(2.0), npl.Oja(-2.0)])
def test_the_small_form_has_the_eigenvalues_of_the_full_one(rule):
    rng = np.random.default_rng(0)
    graph = nx.gnp_random_graph(8, 0.4, seed=2, directed=True)
    net = npl.PlasticNetwork(graph, rule, tau=rng.uniform(0.5, 1.5, 8), learning_rate=0.3)
    x = rng.normal(size=8)
    decay = net.decay[net.wiring.target] + net.decay_growth * np.tanh(x[net.wiring.target]) ** 2
    small = np.linalg.eigvals(module._smallest_jacobian(net, x).toarray())
    full = all_eigenvalues(net, x)
    for value in full:
        by_decay = np.abs(-0.3 * decay - value).min() < 1e-7
        assert by_decay or np.abs(small - value).min() < 1e-7
    assert np.sign(small.real.max()) == np.sign(full.real.max())


@pytest.mark.parametrize("method", ["certified", "sampled"])
@pytest.mark.parametrize("still", [(0, 1), (1, 2), None])
def test_a_weight_that_runs_away_on_an_arc_of_weight_0_is_unstable(method, still):
    """Oja's rule with negative strength: the weight's own decay is gamma + eta V_i^2 < 0.

    Nothing flows through the arc, so the nodes at its ends are parts of their own; their weights
    are variables of the full system all the same.
    """
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, 1.0, "weight")
    if still is not None:
        graph.edges[still]["weight"] = 0.0
    net = npl.PlasticNetwork(graph, npl.Oja(-1.5), bias=1.5)
    found = npl.find_equilibria(net, method, rng=0)
    growing = [all_eigenvalues(net, x).real.max() > 0.0 for x in found.activity]
    assert not found.undecided.any()
    assert found.stable.tolist() == [not grows for grows in growing]
    assert found.stable_count.lower == (1 if still is None else 0)


def test_branches_without_a_search_for_hopf_points_are_no_less_unstable():
    net = anti(nx.path_graph(2))
    known, plain = (
        npl.bifurcation_diagram(net, "strength", 0.0, -10.0, hopf=hopf) for hopf in (True, False)
    )
    for one, two in zip(known.branches, plain.branches, strict=True):
        assert one.stable.tolist() == two.stable.tolist()
    assert not plain.branches[0].stable.all()
