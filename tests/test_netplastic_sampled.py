"""The sampled search: known equilibria, verification, merging, parts, budgets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, pitchfork, sampled
from scipy.optimize import brentq

import netplastic as npl
from netplastic.equilibria import CountStatus
from netplastic.equilibria.sampled import _krawczyk, _newton, activity_box, components_of
from netplastic.equilibria.sampled._component import distinct
from netplastic.equilibria.sampled._descent import descend, system_of
from netplastic.equilibria.sampled._kernels import descend_rows, partial_sets
from netplastic.equilibria.sampled._krawczyk import box_radius, proved_radius, seems_unique
from netplastic.equilibria.sampled._starts import mixtures, perturbed, random_states
from netplastic.model import jacobian, residual

RULES = {
    "hebb": npl.Hebbian(-8.0),
    "hebb positive": npl.Hebbian(3.0),
    "covariance": npl.Covariance(-4.0, threshold=0.3),
    "oja": npl.Oja(2.0),
    "bcm": npl.BCM(3.0, threshold=0.4),
    "pre": npl.PresynapticallyGated(-3.0),
    "post": npl.PostsynapticallyGated(-3.0),
}


def global_state():
    return np.random.get_state()[1].tobytes()  # noqa: NPY002  # to see that nobody touches it


@pytest.mark.parametrize(
    ("graph", "strength", "rate", "all_of_them", "stable"),
    [
        (nx.path_graph(2), -20.0, 1.0, 3, 2),
        (nx.path_graph(2), -5.0, 1.0, 1, 1),
        (nx.cycle_graph(5), -20.0, 1.0, 11, 5),
        (nx.cycle_graph(5), -20.0, 0.01, 11, 0),
        (nx.complete_graph(4), -50.0, 10.0, 9, 5),
    ],
)
def test_known_networks(graph, strength, rate, all_of_them, stable):
    # Counts of docs/theory.md#section-3 and #section-7, and of the issue that asked for this.
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength), learning_rate=rate)
    found = sampled(net)
    assert (found.count.lower, found.stable_count.lower) == (all_of_them, stable)
    assert len(found) == all_of_them
    assert int(found.stable.sum()) == stable
    only = sampled(net, stable_only=True)
    assert len(only) == only.count.lower == only.stable_count.lower == stable
    assert only.stable.all()


@pytest.mark.parametrize(
    "graph",
    [
        nx.cycle_graph(6),
        nx.cycle_graph(7),
        nx.grid_2d_graph(3, 3),
        nx.hypercube_graph(3),
        nx.petersen_graph(),
        nx.complete_bipartite_graph(2, 3),
    ],
)
def test_strong_limit_is_maximal_independent_sets(graph):
    # docs/theory.md#section-7. Independent sets of a graph are cliques of its complement.
    sets = {frozenset(s) for s in nx.find_cliques(nx.complement(graph))}
    found = sampled(npl.PlasticNetwork(graph, npl.Hebbian(-200.0)), stable_only=True)
    high = {
        frozenset(node for node, rate in zip(found.nodes, row, strict=True) if rate > 0.5)
        for row in found.rates
    }
    assert high == sets
    assert len(found) == len(sets)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("activation", ["tanh", npl.Logistic(gain=3.0, threshold=0.4), Softsign()])
@pytest.mark.parametrize("directed", [False, True])
def test_every_rule_and_activation(rule, activation, directed):
    graph = nx.gnp_random_graph(7, 0.4, seed=3, directed=directed)
    rng = np.random.default_rng(1)
    net = npl.PlasticNetwork(
        graph, rule, activation=activation, bias=rng.uniform(-1, 1, 7), static_weight=0.2
    )
    found = sampled(net, budget=npl.Budget(starts=60))
    assert len(found) >= 1
    scale = 1.0 + np.abs(found.activity).max(axis=1, keepdims=True)
    assert np.all(np.abs(residual(net, found.activity)) < 1e-9 * scale)
    if isinstance(activation, Softsign):  # tested in floating point only
        assert np.isnan(found.radius).all()
    else:
        assert np.all(found.radius <= box_radius(found.activity) / 8.0)
    gaps = np.max(np.abs(found.activity[:, None] - found.activity[None]), axis=2)
    assert np.all(gaps[np.triu_indices(len(found), 1)] > 0.25 * box_radius(found.activity).min())
    np.testing.assert_allclose(found.rates, net.activation.rate(found.activity))


def test_the_same_seed_gives_the_same_list():
    net = npl.PlasticNetwork(nx.path_graph(9), npl.Hebbian(-50.0))
    state = global_state()
    first, second = sampled(net, rng=5), sampled(net, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(first.activity, second.activity)
    assert global_state() == state


def test_the_estimate_of_norms_draws_no_global_random_numbers():
    net = npl.PlasticNetwork(nx.cycle_graph(_newton.DENSE_LIMIT + 1), npl.Hebbian(-2.0))
    state = global_state()
    assert len(sampled(net, budget=npl.Budget(starts=4))) == 1
    assert global_state() == state


# -- verification and merging -----------------------------------------------------------


def test_a_singular_root_does_not_pass():
    net, root = pitchfork()
    assert np.abs(residual(net, root)).max() < 1e-14
    assert np.isnan(proved_radius(net, root)[0])
    assert not seems_unique(net, root)[0]
    found = sampled(net)
    assert len(found) == 0
    assert found.statistics["rejected"] + found.statistics["not_converged"] > 0


def test_only_points_near_a_root_pass():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-20.0))
    root = sampled(net).activity
    for passes in (lambda x: seems_unique(net, x), lambda x: np.isfinite(proved_radius(net, x))):
        assert passes(root).all()
        assert not passes(root + 1e-8).any()
        assert not passes(np.full((1, 3), np.nan)).any()


def test_dense_and_sparse_verification_agree(monkeypatch):
    net = npl.PlasticNetwork(nx.gnp_random_graph(30, 0.15, seed=2), npl.Hebbian(-20.0))
    root = sampled(net, budget=npl.Budget(starts=40)).activity
    near = np.concatenate([root, root + 1e-6])
    dense = seems_unique(net, near)
    monkeypatch.setattr(_krawczyk, "DENSE_LIMIT", 0)
    np.testing.assert_array_equal(seems_unique(net, near), dense)
    assert dense.sum() == len(root) > 2


def test_singular_jacobian_is_rejected_by_the_sparse_test(monkeypatch):
    net, root = pitchfork()
    monkeypatch.setattr(_krawczyk, "DENSE_LIMIT", 0)
    assert not seems_unique(net, root)[0]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("activation", ["tanh", npl.Logistic(gain=2.0, threshold=0.1)])
@pytest.mark.parametrize("radius", [1e-3, 0.2])
def test_bound_on_the_change_of_the_jacobian(rule, activation, radius):
    graph = nx.gnp_random_graph(6, 0.5, seed=4, directed=True)
    graph.add_edge(0, 0)
    net = npl.PlasticNetwork(graph, rule, activation=activation, static_weight=-0.4)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 6))
    bound = _krawczyk._jacobian_change(net, x, np.full((5, 1), radius))
    largest = np.zeros_like(bound)
    for _ in range(200):
        corner = rng.choice([-1.0, 1.0, 0.3, -0.8], size=x.shape) * radius
        change = np.abs(jacobian(net, x + corner) - jacobian(net, x)).sum(axis=2)
        largest = np.maximum(largest, change)
    assert np.all(largest <= bound * (1 + 1e-9) + 1e-12)
    if radius == 1e-3 and isinstance(rule, npl.Hebbian):
        assert np.all(bound <= 20 * largest + 1e-9)  # and it is not idle


def test_distinct_keeps_the_first_of_each_group():
    rows = np.array([[1.0, 2.0], [0.0, 0.0], [1.0 + 3e-9, 2.0], [1.0, 2.0 + 2e-8]])
    assert distinct(rows)[0].tolist() == [0, 1, 3]  # half the radius: 1e-8 (largest activity 2)
    assert distinct(rows, 1e-6)[1].tolist() == [0, 1, 0, 0]
    assert distinct(np.empty((0, 3)))[0].tolist() == []


def test_distinct_tells_permuted_rows_apart():
    rows = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.3, 0.1]])
    assert len(distinct(np.concatenate([rows, rows]))[0]) == 3


def test_newton_leaves_singular_and_infinite_states():
    net, _ = pitchfork()
    away = np.array([[np.nan, 0.0], [0.1, 0.2]])
    polished = _newton.newton(net, away, 1.0)
    assert polished.converged.tolist()[0] is False
    matrices = np.array([np.eye(2), np.zeros((2, 2))])
    solved = _newton.solve_batch(matrices, np.ones((2, 2)))
    np.testing.assert_array_equal(solved[0], [1.0, 1.0])
    assert np.isnan(solved[1]).all()


# -- relaxation and starts ---------------------------------------------------------------


def reduced_energy(net, x):
    """E_red of docs/theory.md#section-4, for tanh and static weight 0; G(V) = V x + log(1 - V^2) /
    2."""
    v = np.tanh(x)
    own = v * x + 0.5 * np.log1p(-v * v) - net.bias * v
    pairs = sum(
        c * v[i] ** 2 * v[j] ** 2
        for c, i, j in zip(net.coupling, net.wiring.target, net.wiring.source, strict=True)
    )
    return own.sum() - 0.25 * pairs  # arcs count each edge twice


def test_coordinate_descent_descends_and_matches_a_naive_sweep():
    net = npl.PlasticNetwork(nx.gnp_random_graph(8, 0.4, seed=1), npl.Hebbian(-15.0))
    x = np.random.default_rng(0).uniform(-1, 2, (1, 8))
    naive = x[0].copy()
    for _ in range(400):
        for i in range(8):
            total = sum(
                -net.coupling[a] * np.tanh(naive[net.wiring.source[a]]) ** 2
                for a in range(net.wiring.indptr[i], net.wiring.indptr[i + 1])
            )
            naive[i] = brentq(lambda z, s=total: z + s * np.tanh(z) - 1.0, -50, 50, xtol=1e-14)
    system = system_of(net)
    for _ in range(4):
        before = reduced_energy(net, x[0])
        assert descend_rows(x, system, 1e-12, 1).tolist() == [1]
        assert reduced_energy(net, x[0]) <= before + 1e-12
    assert descend_rows(x, system, 1e-12, 2000)[0] < 2000
    np.testing.assert_allclose(x[0], naive, atol=1e-9)


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_relaxed_states_solve_the_equations_with_self_loops_and_static_weights(activation):
    graph = nx.cycle_graph(6)
    graph.add_edge(2, 2)
    static = {edge: {"u": 0.0 if edge[0] == edge[1] else 0.3} for edge in graph.edges}
    nx.set_edge_attributes(graph, static)
    net = npl.PlasticNetwork(
        graph, npl.Hebbian(-2.0), static_weight="u", activation=activation, bias=0.7
    )
    box = activity_box(net)
    states = descend(net, box, random_states(net, box, 20, np.random.default_rng(0)))
    assert np.abs(residual(net, states)).max() < 1e-8


def test_explicit_flow_finds_what_the_implicit_one_finds(monkeypatch):
    net = npl.PlasticNetwork(nx.gnp_random_graph(12, 0.3, seed=5), npl.Hebbian(2.0))
    box = activity_box(net)
    starts = random_states(net, box, 12, np.random.default_rng(0))
    implicit = descend(net, box, starts)
    monkeypatch.setattr("netplastic.equilibria.sampled._descent.DENSE_LIMIT", 0)
    explicit = descend(net, box, starts)
    assert np.abs(residual(net, implicit)).max() < 1e-6
    assert np.abs(residual(net, explicit)).max() < 1e-5


def test_independent_sets_are_independent_and_maximal_where_all_may_enter():
    graph = nx.gnp_random_graph(25, 0.2, seed=8)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-1.0))
    rng = np.random.default_rng(0)
    orders = np.array([rng.permutation(25) for _ in range(30)])
    odds = np.where(np.arange(30) % 2, 0.3, 1.0)
    luck = rng.random((30, 25))
    state = partial_sets(net.wiring.indptr, net.wiring.source, orders, luck, odds)
    for row, maximal in zip(state, odds == 1.0, strict=True):
        chosen = set(np.flatnonzero(row == 1))
        assert not any(u in chosen and v in chosen for u, v in graph.edges)
        beside = {v for v in graph if v not in chosen and chosen & set(graph[v])}
        assert set(np.flatnonzero(row == 0)) == beside
        assert maximal <= (not np.any(row == 2))
    assert np.any(state[1::2] == 2)
    assert len(np.unique(state, axis=0)) > 10


@pytest.mark.parametrize("bias", [1.0, -1.0, 0.0])
def test_the_box_of_the_antihebbian_rule_holds_the_equilibria(bias):
    net = npl.PlasticNetwork(nx.path_graph(6), npl.Hebbian(-30.0), bias=bias)
    box = activity_box(net)
    found = sampled(net).activity
    assert np.all((box.low <= found) & (found <= box.high))
    assert np.all(box.rest == 0.0)
    np.testing.assert_array_equal(np.where(bias >= 0, box.high, box.low), bias)


def test_starts_stay_in_the_box_and_unbounded_rates_have_one():
    @dataclass(frozen=True)
    class Cubic(npl.Activation):
        def rate(self, x):
            return x + x**3

        def slope(self, x):
            return 1.0 + 3.0 * x * x

        def inverse(self, v):
            roots = [brentq(lambda x, w=w: x + x**3 - w, -1e3, 1e3) for w in np.ravel(v)]
            return np.reshape(roots, np.shape(v))

    net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(-2.0), activation=Cubic(), bias=0.5)
    box = activity_box(net)
    assert np.isfinite(box.low).all()
    rng = np.random.default_rng(0)
    starts = random_states(net, box, 40, rng)
    for batch in (starts, perturbed(net, box, starts[:3], 10, rng)):
        assert np.all((box.low <= batch) & (batch <= box.high))
    assert mixtures(starts, box, 7, rng).shape == (7, 4)
    assert len(sampled(net, budget=npl.Budget(starts=40))) >= 1


# -- parts, budgets, statistics -----------------------------------------------------------


def test_separate_parts_multiply():
    graph = nx.disjoint_union_all([nx.path_graph(2), nx.cycle_graph(5), nx.empty_graph(2)])
    found = sampled(npl.PlasticNetwork(graph, npl.Hebbian(-20.0)))
    assert found.count.lower == len(found) == 33
    assert found.stable_count.lower == int(found.stable.sum()) == 10
    assert found.statistics["parts"] == 4
    assert found.statistics["different_components"] == 3
    np.testing.assert_allclose(found.activity[:, 7:], 1.0)
    assert (
        np.abs(residual(npl.PlasticNetwork(graph, npl.Hebbian(-20.0)), found.activity)).max() < 1e-9
    )


def test_more_combinations_than_rows():
    pairs = nx.disjoint_union_all([nx.path_graph(2)] * 40)
    net = npl.PlasticNetwork(pairs, npl.Hebbian(-20.0))
    found = sampled(net)
    assert found.count.lower == 3**40
    assert found.stable_count.lower == 2**40
    assert found.count.upper == math.inf
    assert not found.statistics["listed_all"]
    assert 0 < len(found) <= 10_000
    assert len(distinct(found.activity)[0]) == len(found)
    assert f"{len(found)} of the equilibria are listed" in found.count.reason
    assert len(sampled(net, budget=npl.Budget(megabytes=0.1))) == int(0.1e6 / (32 * 80))


def test_arcs_that_carry_nothing_do_not_join():
    graph = nx.path_graph(4)
    net = npl.PlasticNetwork(graph, npl.Hebbian(np.array([-20.0, 0.0, -20.0])))
    assert [part.tolist() for part in components_of(net)] == [[0, 1], [2, 3]]
    assert sampled(net).count.lower == 9
    joined = net.replace(static_weight=0.1)
    assert len(components_of(joined)) == 1


def test_one_node_and_a_self_loop():
    lonely = sampled(npl.PlasticNetwork(nx.empty_graph(1), npl.Hebbian(-3.0), bias=0.4))
    np.testing.assert_allclose(lonely.activity, [[0.4]])
    assert lonely.stable.all()
    loop = nx.Graph([("a", "a")])
    net = npl.PlasticNetwork(loop, npl.Hebbian(-3.0))
    found = sampled(net)
    root = brentq(lambda x: x - 1 + 3 * math.tanh(x) ** 3, 0, 1, xtol=1e-15)
    np.testing.assert_allclose(found.activity, [[root]], atol=1e-12)


def test_no_time_left_still_does_the_first_round():
    net = npl.PlasticNetwork(nx.path_graph(8), npl.Hebbian(-50.0))
    found = sampled(net, budget=npl.Budget(seconds=1e-9))
    assert 0 < found.statistics["starts"] < 400
    assert len(found) >= 1


@pytest.mark.parametrize("starts", [1, 2, 3, 7])
def test_few_starts(starts):
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-20.0))
    found = sampled(net, budget=npl.Budget(starts=starts))
    assert found.statistics["starts"] == starts + 2 * starts // 3  # the second go to Newton at once
    assert found.count.status is CountStatus.LOWER_BOUND
    assert found.count.reason == f"{starts} starts"


def test_a_network_too_large_for_dense_algebra():
    graph = npl.graphs.ring_of_modules(modules=10, module_size=18, path_length=2, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0))
    assert net.n > _newton.DENSE_LIMIT
    found = sampled(net, stable_only=True, budget=npl.Budget(starts=12))
    assert len(found) > 5
    assert np.abs(residual(net, found.activity)).max() < 1e-9
    assert npl.stability.is_minimum(net, found.activity).all()
    mixed = sampled(net, budget=npl.Budget(starts=16))
    assert mixed.statistics["starts"] == 16 + 2


@pytest.mark.slow
def test_thousands_of_nodes():
    graph = npl.graphs.ring_of_modules(modules=150, module_size=18, path_length=2, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0))
    found = sampled(net, stable_only=True, budget=npl.Budget(starts=10))
    assert len(found) == 10
    assert np.abs(residual(net, found.activity)).max() < 1e-9
