"""The compiled loops of the dynamics: against twins, against the model, at any number of workers.

All of this also runs interpreted, where indices beyond an array are errors.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flint
import networkx as nx
import numba
import numpy as np
import pytest
from compiled_steps import stepped
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_dynamics import TABLEAU, TIMES, drift, step
from odd_networks import odd_network, start_of

import netplastic as npl
from netplastic.dynamics._equations import FullEquations
from netplastic.dynamics._kernels import ERROR, LOGISTIC, PLAN, TANH, find_rates
from netplastic.dynamics._layout import can_compile, is_mirrored, keeps_symmetry, layout_of

pytestmark = pytest.mark.interpreted

RULES: dict[str, Any] = {
    "hebbian": npl.Hebbian(-4.0),
    "oja": npl.Oja(2.0),
    "covariance": npl.Covariance(-3.0, threshold=0.3),
    "bcm": npl.BCM(-3.0, threshold=0.2),
    "presynaptic": npl.PresynapticallyGated(-2.0),
    "postsynaptic": npl.PostsynapticallyGated(-2.0),
}
ACTIVATIONS: dict[str, Any] = {
    "tanh": "tanh",
    "logistic": "logistic",
    "gained": npl.Tanh(gain=np.linspace(0.5, 2.0, 7), threshold=np.linspace(-0.3, 0.3, 7)),
}


def agrees(net: Any, start: Any, mirrored: bool, slope: Any = drift, h: float = 0.05) -> None:
    """Two steps, so that what the first leaves behind takes part."""
    state = np.concatenate(start)
    activity, weights, _, time = stepped(net, start, mirrored, h)
    expected = step(net, step(net, state, h, slope), time - h, slope)
    np.testing.assert_allclose(activity, expected[: net.n], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(weights, expected[net.n :], rtol=1e-11, atol=1e-12)


# -- twins -------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("decay", ["one", "many"])
def test_compiled_step_is_the_naive_one(rule: str, activation: str, decay: str) -> None:
    changes = {"decay": np.linspace(0.5, 2.0, 7)} if decay == "many" else {}
    net = odd_network(RULES[rule], ACTIVATIONS[activation]).replace(**changes)
    assert can_compile(net), "every rule here is within reach of the kernels"
    for mirrored in {False, keeps_symmetry(net)}:
        agrees(net, start_of(net), mirrored)


def staircase(loops: bool) -> nx.Graph:
    """Node k is joined to k nodes before it, for k up to 9, in an order that mixes lengths.

    A path of three nodes is apart.
    """
    graph = nx.Graph()
    graph.add_edges_from((k, j) for k in range(10) for j in range(k))
    graph.add_edges_from([(10, 11), (11, 12)])
    if loops:
        graph.add_edges_from((k, k) for k in (0, 3, 4, 9))
    order = [9, 0, 4, 7, 2, 8, 5, 1, 6, 3, 10, 11, 12]
    mixed = nx.Graph()
    mixed.add_nodes_from(range(13))
    mixed.add_edges_from((order[u], order[v]) for u, v in graph.edges)
    return mixed


@pytest.mark.parametrize("rule", [npl.Hebbian(-4.0), npl.Oja(2.0)])
@pytest.mark.parametrize("loops", [False, True])
@pytest.mark.parametrize("parameters", ["shared", "of links", "decay of nodes"])
def test_rows_of_every_length(rule: Any, loops: bool, parameters: str) -> None:
    """0 to 9 links in a row where there is one per edge, 9 or 10 where there is one per arc."""
    symmetric = not isinstance(rule, npl.Oja)
    rng = np.random.default_rng(5)
    graph = staircase(loops)
    if parameters == "of links":
        for *_, attributes in graph.edges(data=True):
            attributes["weight"] = rng.uniform(0.5, 2.0)
    net = npl.PlasticNetwork(graph, rule, learning_rate=0.7, bias=rng.normal(size=len(graph)))
    of_edge = rng.uniform(0.5, 2.0, size=(2, net.m))[:, net.wiring.edge]
    if parameters == "of links":
        net = net.replace(static_weight=of_edge[0] - 1.0)
        if symmetric:
            net = net.replace(strength=-3.0 * of_edge[1])
    if parameters == "decay of nodes" and symmetric:
        net = net.replace(decay=np.where(np.arange(net.n) < 10, 0.5, 2.0))
    for mirrored in {False, keeps_symmetry(net)}:
        agrees(net, start_of(net, net.n), mirrored)
    assert can_compile(net)
    assert keeps_symmetry(net) == symmetric


@pytest.mark.parametrize("parameters", ["shared", "of links"])
def test_arcs_without_counterpart(parameters: str) -> None:
    """Rows of 0 to 9 arcs, with decays of nodes."""
    rng = np.random.default_rng(6)
    graph = nx.DiGraph(staircase(False).edges)
    if parameters == "of links":
        for *_, attributes in graph.edges(data=True):
            attributes["weight"] = rng.uniform(0.5, 2.0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0), learning_rate=0.7)
    lengths = np.diff(net.wiring.indptr)
    assert len(set(lengths.tolist())) >= 8
    agrees(net, start_of(net, net.n), False)
    decayed = net.replace(decay=rng.uniform(0.5, 2.0, size=net.n))
    agrees(decayed, start_of(net, net.n), False)


@pytest.mark.parametrize("edges", [0, 1, 2, 3])
def test_hardly_any_links(edges: int) -> None:
    graph = nx.path_graph(edges + 1) if edges else nx.empty_graph(3)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0), learning_rate=0.7)
    rng = np.random.default_rng(edges)
    start = rng.normal(size=net.n), rng.normal(size=max(edges, 1))[net.wiring.edge]
    for mirrored in (False, True):
        agrees(net, start, mirrored)


# -- the model -----------------------------------------------------------------------------


@st.composite
def networks(draw: Any) -> Any:
    """Any rule, any activation that the kernels know, directed or not, parameters at random."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    directed = draw(st.booleans())
    n = draw(st.integers(1, 12))
    graph = nx.gnp_random_graph(n, 0.4, seed=int(rng.integers(1000)), directed=directed)
    if draw(st.booleans()):
        graph.add_edge(0, 0)
    kind = draw(st.sampled_from([npl.Tanh, npl.Logistic]))
    rule = draw(st.sampled_from(list(RULES.values())))
    if draw(st.booleans()):
        for *_, attributes in graph.edges(data=True):
            attributes["weight"] = rng.uniform(0.2, 1.5)
    return npl.PlasticNetwork(
        graph,
        rule,
        activation=kind(gain=rng.uniform(0.5, 2.0, n), threshold=rng.normal(size=n)),
        bias=rng.normal(size=n),
        tau=rng.uniform(0.5, 2.0, n),
        static_weight=float(rng.normal()) if draw(st.booleans()) else 0.0,
        learning_rate=draw(st.sampled_from([0.1, 1.0, 5.0])),
    ).replace(decay=rng.uniform(0.5, 2.0, n) if draw(st.booleans()) else 1.3)


@settings(max_examples=60, deadline=None)
@given(net=networks(), seed=st.integers(0, 1000))
def test_steps_are_those_of_the_full_equations(net: Any, seed: int) -> None:
    """On random networks, rules and activations, in every layout that a network allows."""
    equations = FullEquations(net)

    def slope(_: Any, state: Any) -> Any:
        dx, dw = equations.drift(state[None, : net.n], state[None, net.n :])
        return np.concatenate([dx[0], dw[0]])

    rng = np.random.default_rng(seed)
    of_edge = rng.normal(size=int(net.wiring.edge.max(initial=0)) + 1)
    start = rng.normal(size=net.n), of_edge[net.wiring.edge]
    # Arcs in both directions of a directed graph start with weights of their own.
    for mirrored in {False, is_mirrored(net, start[1][None])}:
        agrees(net, start, mirrored, slope, 0.01)


@settings(max_examples=40, deadline=None)
@given(net=networks(), seed=st.integers(0, 1000))
def test_at_learned_weights_activity_follows_the_reduced_equations(net: Any, seed: int) -> None:
    """tau dx/dt = -F(x) and dw/dt = 0 there, by a tiny step."""
    x, h = np.random.default_rng(seed).normal(size=net.n), 1e-9
    weights = npl.reduced.equilibrium_weights(net, x)
    after, learned, *_ = stepped(net, (x, weights), False, h, 1)
    expected = -npl.reduced.residual(net, x) / net.tau
    scale = 1.0 + np.abs(expected).max()
    np.testing.assert_allclose((after - x) / h, expected, rtol=0, atol=1e-5 * scale)
    np.testing.assert_allclose((learned - weights) / h, 0.0, rtol=0, atol=1e-4 * scale)


# -- steps and rest -------------------------------------------------------------------------------


def test_steps_are_as_short_as_weights_need() -> None:
    """Activities hardly move, weights fall from 100 like exp(-t)."""
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-1.0), tau=1e6, bias=0.0)
    solver = npl.Solver(method="explicit", rtol=1e-8)
    start = np.zeros(2), np.array([100.0, 100.0])
    run = npl.simulate(net, 5.0, initial=start, solver=solver)
    np.testing.assert_allclose(run.final_weights, 100.0 * np.exp(-5.0), rtol=1e-6)


def test_a_start_at_rest_says_nothing_of_the_size_of_steps() -> None:
    """The origin of a network without input: no two stages differ, from the first step on."""
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-4.0), bias=0.0)
    run = npl.simulate(net, 50.0, initial=np.zeros(3), solver=npl.Solver(method="explicit"))
    assert run.status == "finished"
    assert run.statistics["accepted"][0] < 100
    np.testing.assert_array_equal(run.final_activity, 0.0)


@pytest.mark.parametrize("method", ["explicit", "stiff"])
def test_rest_is_rest_of_all(method: Any) -> None:
    """Of activities while weights move, and of weights while activities move, on arcs and edges."""
    solver = npl.Solver(method=method, settle=1e-3)
    for graph in (nx.path_graph(2), nx.DiGraph([(0, 1)])):
        still = npl.PlasticNetwork(graph, npl.Hebbian(-1.0), bias=0.0)
        start = np.zeros(2), np.ones(still.m)
        run = npl.simulate(still, 100.0, initial=start, solver=solver)
        assert run.status == "settled"
        assert np.abs(run.final_weights).max() <= 1.1e-3
        unlearned = npl.PlasticNetwork(graph, npl.Hebbian(0.0), bias=2.0)
        start = np.zeros(2), np.zeros(still.m)
        run = npl.simulate(unlearned, 100.0, initial=start, solver=solver)
        assert run.status == "settled"
        np.testing.assert_allclose(run.final_activity, 2.0, rtol=0, atol=3.3e-3)


# -- the tableau ------------------------------------------------------------------------------


def test_the_tableau_fulfils_the_conditions_of_its_order() -> None:
    """Sum over rooted trees: b . c^k = 1/(k+1), b A c = 1/6, b A c^2 = 1/12, b A A c = 1/24, ...

    (Hairer, Norsett & Wanner, table II.2.1: all 17 trees up to order 5), for the
    end of the step to order 5 and for the embedded solution to order 4.
    """
    a, c = np.zeros((7, 7)), np.array(TIMES)
    for row, values in enumerate(TABLEAU):
        a[row, : len(values)] = values
    np.testing.assert_allclose(PLAN[:7], a, rtol=1e-13, atol=1e-14)
    conditions = [
        (1, lambda b: b.sum(), 1.0),
        (2, lambda b: b @ c, 1 / 2),
        (3, lambda b: b @ c**2, 1 / 3),
        (3, lambda b: b @ a @ c, 1 / 6),
        (4, lambda b: b @ c**3, 1 / 4),
        (4, lambda b: (b * c) @ a @ c, 1 / 8),
        (4, lambda b: b @ a @ c**2, 1 / 12),
        (4, lambda b: b @ a @ a @ c, 1 / 24),
        (5, lambda b: b @ c**4, 1 / 5),
        (5, lambda b: (b * c**2) @ a @ c, 1 / 10),
        (5, lambda b: b @ (a @ c) ** 2, 1 / 20),
        (5, lambda b: (b * c) @ a @ c**2, 1 / 15),
        (5, lambda b: (b * c) @ a @ a @ c, 1 / 30),
        (5, lambda b: b @ a @ c**3, 1 / 20),
        (5, lambda b: b @ a @ (c * (a @ c)), 1 / 40),
        (5, lambda b: b @ a @ a @ c**2, 1 / 60),
        (5, lambda b: b @ a @ a @ a @ c, 1 / 120),
    ]
    end, embedded = PLAN[6], PLAN[6] - PLAN[ERROR]
    for order, condition, value in conditions:
        assert condition(end) == pytest.approx(value, abs=1e-13)
        if order <= 4:
            assert condition(embedded) == pytest.approx(value, abs=1e-13)
    assert embedded @ c**4 != pytest.approx(1 / 5, abs=1e-4)


# -- activations ------------------------------------------------------------------------------


@numba.njit(error_model="numpy")
def _rates(system: Any, x: Any, v: Any) -> None:
    find_rates(system, x, v)


def rates_of(kind: int, x: Any) -> Any:
    name = {TANH: "tanh", LOGISTIC: "logistic"}[kind]
    net = npl.PlasticNetwork(nx.empty_graph(len(x)), npl.Hebbian(-1.0), activation=name)
    v = np.empty_like(x)
    with np.errstate(all="ignore"):
        _rates(layout_of(net, True).system, x, v)
    return v


@pytest.mark.parametrize("kind", [TANH, LOGISTIC])
def test_activations_are_accurate(kind: int) -> None:
    """Against arithmetic of 100 bits: tanh to 3e-16, the logistic function to 2 units (4.5e-16)."""
    rng = np.random.default_rng(kind)
    x = np.concatenate(
        [
            rng.uniform(-3.0, 3.0, 4000),
            rng.choice([-1.0, 1.0], 4000) * np.exp(rng.uniform(-40.0, 6.5, 4000)),
            [0.0, -0.0, 1e-300, -1e-300, 30.0, -30.0, 699.0, -699.0, 1e300, -1e300],
        ]
    )
    v = rates_of(kind, x)
    flint.ctx.prec = 100
    worst = 0.0
    for z, found in zip(x.tolist(), v.tolist(), strict=True):
        if kind == TANH:
            worst = max(worst, abs(float(flint.arb(z).tanh() - flint.arb(found))))
        else:
            # exp(z) / (1 + exp(z)), no smaller than at z = -700, below which no input is told apart
            e = flint.arb(-max(z, -700.0)).exp()
            worst = max(worst, abs(float(flint.arb(found) * (1 + e) - 1)))
    assert worst < (3e-16 if kind == TANH else 4.5e-16)


def test_activations_of_the_infinite_and_of_nan() -> None:
    x = np.array([np.inf, -np.inf, np.nan])
    for kind, ends in ((TANH, (1.0, -1.0)), (LOGISTIC, (1.0, 0.0))):
        v = rates_of(kind, x)
        np.testing.assert_allclose(v[:2], ends, atol=1e-300)
        assert np.isnan(v[2])


# -- batches on several threads ------------------------------------------------------------------


def same(one: npl.Trajectory, other: npl.Trajectory) -> None:
    assert one.statuses == other.statuses
    for name in ("activity", "final_activity", "final_weights"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("accepted", "rejected"):
        np.testing.assert_array_equal(one.statistics[name], other.statistics[name])


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("rule", [npl.Hebbian(-4.0), npl.Oja(2.0)])
def test_results_do_not_depend_on_the_number_of_workers(rule: Any, directed: bool) -> None:
    """To the last bit: settled early, reported in between, with steps that are rejected."""
    net = odd_network(rule, "tanh", directed)
    for times, wish in (
        (None, {"settle": 1e-4}),
        (np.linspace(0.0, 10.0, 7), {"rtol": 1e-3}),
    ):
        runs = [
            npl.simulate(
                net,
                10.0,
                rng=3,
                trials=3,
                times=times,
                solver=npl.Solver(method="explicit", workers=workers, **wish),  # type: ignore[arg-type]
            )
            for workers in (1, 2, 9)
        ]
        for other in runs[1:]:
            same(runs[0], other)


@pytest.mark.parametrize("method", ["explicit", "stiff"])
def test_a_batch_is_its_trials_whatever_the_number_of_workers(method: Any) -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    one, two = (
        npl.simulate(net, 5.0, rng=1, trials=5, solver=npl.Solver(workers=k, method=method))
        for k in (1, 2)
    )
    same(one, two)
    assert one.weights is not None
    for trial in range(5):
        single = npl.simulate(
            net,
            5.0,
            initial=(one.activity[trial, 0], one.weights[trial, 0]),
            solver=npl.Solver(method=method),
        )
        np.testing.assert_allclose(single.activity, one.activity[trial], rtol=0, atol=1e-9)


def test_an_end_before_the_end_is_seen_by_every_worker() -> None:
    """Few steps allowed; and a runaway: the limit lies far below the input of one node."""
    net = npl.PlasticNetwork(nx.cycle_graph(12), npl.Hebbian(-5.0))
    runs = [
        npl.simulate(net, 50.0, rng=0, trials=4, solver=npl.Solver(max_steps=5, workers=w))
        for w in (1, 4)
    ]
    assert set(runs[0].statuses) == {"too many steps"}
    same(*runs)
    runaway = npl.PlasticNetwork(nx.cycle_graph(12), npl.Hebbian(-5.0), tau=[1e-300] + [1.0] * 11)
    for workers in (1, 4):
        ended = npl.simulate(
            runaway, 50.0, initial=np.full((4, 12), 2.0), solver=npl.Solver(workers=workers)
        )
        assert set(ended.statuses) == {"step too small"}


def test_a_thread_that_cannot_be_made_leaves_nobody_waiting(monkeypatch: Any) -> None:
    """The second of four helpers does not come to be."""
    plain, calls = ThreadPoolExecutor.submit, itertools.count(1)

    def submit(self: Any, *args: Any) -> Any:
        if next(calls) == 2:
            raise RuntimeError("can't start new thread")
        return plain(self, *args)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    net = npl.PlasticNetwork(nx.cycle_graph(20), npl.Hebbian(-4.0))
    with pytest.raises(RuntimeError, match="new thread"):
        npl.simulate(net, 5.0, rng=0, trials=4, solver=npl.Solver(workers=4))
