"""The scopes clamped and targeted, and an example in which all four scopes differ."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.analyses._clamped import clamped_network


def independent_sets(graph):
    """Maximal independent sets, one by one: the cliques of the complement."""
    return [frozenset(clique) for clique in nx.find_cliques(nx.complement(graph))]


def bits(net, scope, node, **options):
    table = npl.count_neighborhoods(net, 1, scope=scope, nodes=[node], **options)
    return float(table["log2_stable"][0])


def test_all_four_scopes_differ_on_a_path():
    """Five nodes in a row, strong: states are the maximal independent sets 024, 03, 13, 14.

    Ball 123 of the middle. Isolated: a path of three has 2 and 13. Embedded: 2, 3, 13 and 1.
    Clamped: held at 0 and 4 only 2 is free; at 0, at 4 and at neither there are two. Targeted: end
    nodes excite the ball with weight 1 and nothing else is plastic; one state is left.
    """
    net = npl.PlasticNetwork(nx.path_graph(5), npl.Hebbian(-50.0))
    assert bits(net, "isolated", 2) == 1.0
    assert bits(net, "embedded", 2) == 2.0
    assert bits(net, "clamped", 2) == (0.0 + 1.0 + 1.0 + 1.0) / 4.0
    assert bits(net, "targeted", 2, background=npl.Background(static_weight=1.0)) == 0.0


@pytest.mark.parametrize("strength", [-3e4, -math.inf])
@pytest.mark.parametrize("seed", range(8))
def test_clamped_counts_are_those_of_the_strong_limit(seed, strength):
    """Held at the state S, the ball B has the maximal independent sets of B without N(S - B)."""
    graph = nx.gnp_random_graph(7, 0.4, seed=seed)
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength))
    table = npl.count_neighborhoods(net, 1, scope="clamped").set_index("node")
    for node in graph:
        ball = {node, *graph[node]}
        part = graph.subgraph(nx.node_connected_component(graph, node))
        numbers = []
        for state in independent_sets(part):
            free = ball - {v for u in state - ball for v in graph[u]}
            numbers.append(len(independent_sets(graph.subgraph(free))) if free else 1)
        row = table.loc[node]
        assert row["status"] == "certified"
        assert (row["n_stable"], row["n_stable_upper"]) == (min(numbers), max(numbers))
        assert row["log2_stable"] == pytest.approx(np.mean(np.log2(numbers)), abs=1e-12)


@pytest.mark.parametrize("directed", [False, True])
def test_a_state_of_the_whole_is_one_between_held_nodes(directed):
    graph = nx.gnp_random_graph(8, 0.4, seed=5, directed=directed)
    for rule in (npl.Hebbian(-8.0), npl.Oja(-0.6), npl.BCM(-3.0)):
        net = npl.PlasticNetwork(graph, rule, bias=np.linspace(0.5, 1.5, 8), learning_rate=0.7)
        for row in npl.find_equilibria(net, "sampled", rng=0).activity[:3]:
            inside = np.array([0, 2, 3])
            part = clamped_network(net, inside, row)
            kept = net.positions(part.nodes)
            residual = npl.model.residual(part, row[kept])
            assert np.abs(residual).max() < 1e-9
            held = ~np.isin(kept, inside)
            assert np.array_equal(part.bias[held], row[kept[held]])


def test_held_nodes_drive_through_plastic_weights():
    """Two nodes, one held at y: x + 8 tanh(x) tanh(y)^2 = 1 has one root; by bisection."""
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-8.0))
    part = clamped_network(net, np.array([0]), np.array([0.0, 0.9]))
    found = npl.find_equilibria(part)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = middle + 8.0 * math.tanh(middle) * math.tanh(0.9) ** 2 > 1.0
        low, high = (low, middle) if above else (middle, high)
    assert str(found.count) == "1 (certified)"
    assert found.activity[0] == pytest.approx([low, 0.9], abs=1e-12)


def test_a_ball_that_is_its_component_is_held_by_nobody():
    net = npl.PlasticNetwork(nx.star_graph(3), npl.Hebbian(-60.0))
    isolated = npl.count_neighborhoods(net, 2, scope="isolated")
    clamped = npl.count_neighborhoods(net, 2, scope="clamped")
    assert clamped["n_stable"].tolist() == isolated["n_stable"].tolist() == [2] * 4
    assert clamped["log2_stable"].tolist() == isolated["log2_stable"].tolist()


def test_many_states_of_the_rest_give_an_estimate(monkeypatch):
    monkeypatch.setattr("netplastic.analyses._clamped._MOST_STATES", 3)
    net = npl.PlasticNetwork(nx.path_graph(6), npl.Hebbian(-200.0))  # 5 stable states
    row = npl.count_neighborhoods(net, 1, scope="clamped", nodes=[2]).iloc[0]
    assert row["status"] == "estimate"
    again = npl.count_neighborhoods(net, 1, scope="clamped", nodes=[2]).iloc[0]
    assert again["log2_stable"] == row["log2_stable"]


def test_a_rest_without_a_stable_state():
    """The 5-cycle at -20 has none at the rate 0.01: docs/theory.md#section-7, 7(c)."""
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.01)
    row = npl.count_neighborhoods(net, 1, scope="clamped", nodes=[0]).iloc[0]
    assert (row["n_stable"], row["n_stable_upper"], row["status"]) == (0, 0.0, "certified")
    assert row["log2_stable"] == -math.inf


def test_tables_do_not_depend_on_workers():
    net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(-50.0))
    one, two = (
        npl.count_neighborhoods(net, 1, scope="clamped", workers=workers).drop(columns="seconds")
        for workers in (1, 2)
    )
    assert one.equals(two)


# -- targeted ----------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [-2.0, -10.0])
def test_plastic_edges_between_modules_set_them_free(strength):
    """Triangles whose nodes excite each other (u lambda_1 = 1.2 > 1, bias 0) move as one.

    A static edge between them holds them together: both up or both down. With anti-Hebbian
    plasticity on it (w V_j = k V_i V_j^2 has the sign of -V_i, whatever the neighbor does) each
    goes its own way: 2^2. With an edge inside a triangle plastic instead there are 2.
    """
    net = npl.PlasticNetwork(nx.barbell_graph(3, 0), npl.Hebbian(strength), bias=0.0)
    background = npl.Background(static_weight=0.6)
    counts = [
        str(npl.count_targeted(net, edges, background))
        for edges in ([], [(2, 3)], [(0, 1)], [(0, 2)])
    ]
    assert counts == [f"{number} (certified)" for number in (2, 4, 2, 2)]


def test_targets_are_arcs_of_the_rule_and_all_others_the_background():
    graph = nx.path_graph(4, create_using=nx.DiGraph)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-40.0), static_weight=0.25)
    static = net.replace(strength=[0.0, -40.0, 0.0], static_weight=[-1.0, 0.25, -1.0])
    plastic = net.replace(strength=[2.0, -40.0, 2.0])
    for background, same in (
        (npl.Background(static_weight=-1.0), static),
        (npl.Background(strength=2.0), plastic),
    ):
        table = npl.count_neighborhoods(net, 1, scope="targeted", nodes=[1], background=background)
        whole = npl.count_neighborhoods(net, 3, scope="targeted", nodes=[1], background=background)
        assert len(table) == len(whole) == 1
        one = npl.count_targeted(net, [(1, 2)], background)
        assert int(one) == int(npl.count_equilibria(same, stable_only=True))


def test_wrong_wishes_are_named():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0))
    with pytest.raises(ValueError, match="needs background="):
        npl.count_neighborhoods(net, scope="targeted")
    with pytest.raises(ValueError, match="belongs to scope"):
        npl.count_neighborhoods(net, background=npl.Background(strength=1.0))
    with pytest.raises(ValueError, match=r"one of static_weight= and strength=.*found 0"):
        npl.Background()
    with pytest.raises(ValueError, match="found 2"):
        npl.Background(static_weight=1.0, strength=1.0)
    with pytest.raises(ValueError, match="finite"):
        npl.Background(strength=math.nan)
    with pytest.raises(ValueError, match=r"\(0, 2\) \(tuple\), which is no arc"):
        npl.count_targeted(net, [(0, 2)], npl.Background(strength=1.0))
    limit = net.replace(strength=-math.inf)
    with pytest.raises(ValueError, match="needs a finite strength"):
        npl.count_targeted(limit, [(0, 1)], npl.Background(strength=1.0))
    looped = npl.PlasticNetwork(nx.Graph([(0, 0), (0, 1), (1, 2)]), npl.Hebbian(-math.inf))
    with pytest.raises(ValueError, match="without self-loops"):
        npl.count_neighborhoods(looped, scope="clamped")
    with pytest.raises(TypeError, match="background is a float"):
        npl.count_targeted(net, [(0, 1)], 1.0)
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.count_targeted(nx.path_graph(3), [(0, 1)], npl.Background(strength=1.0))
    with pytest.raises(TypeError, match="background"):
        npl.count_neighborhoods(net, scope="targeted", background=1.0)
