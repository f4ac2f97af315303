"""Counts per neighborhood: hand-computed cases, kinds of graphs, types, errors."""

from __future__ import annotations

import inspect
import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses import _solved
from netplastic.analyses._balls import balls_of, skeleton
from netplastic.analyses._embedded import pattern_bounds
from netplastic.analyses._neighborhoods import COLUMNS


def strong(graph, **options):
    return npl.PlasticNetwork(graph, npl.Hebbian(-200.0), **options)


def counted(net, radius=1, scope="isolated", **options):
    options.setdefault("rng", 0)
    options.setdefault("progress", False)
    return npl.count_neighborhoods(net, radius, scope=scope, **options)


def by_node(table, column="n_stable"):
    return dict(zip(table["node"], table[column], strict=True))


# At k = -200 the stable equilibria are the maximal independent sets (docs/theory.md#section-7),
# plus
# "stalemates" on cliques. Paths of 1, 2, ... nodes have 1, 2, 2, 3, 4, 5 such sets.


@pytest.mark.parametrize("method", ["auto", "sampled"])
def test_balls_of_a_path(method):
    net = strong(nx.path_graph(6))
    table = counted(net, 1, method=method)
    assert table["size"].tolist() == [2, 3, 3, 3, 3, 2]
    assert table["n_stable"].tolist() == [2, 2, 2, 2, 2, 2]
    assert counted(net, 2, method=method)["n_stable"].tolist() == [2, 3, 4, 4, 3, 2]
    assert counted(net, 0, method=method)["n_stable"].tolist() == [1] * 6
    wide = counted(net, 99, method=method)
    assert wide["n_stable"].tolist() == [5] * 6
    assert wide["size"].tolist() == [6] * 6
    assert set(wide["status"]) == {"certified" if method == "auto" else "lower bound"}


def test_balls_of_a_cycle_of_a_star_and_of_a_clique():
    assert set(counted(strong(nx.cycle_graph(6)), 2)["n_stable"]) == {4}
    assert set(counted(strong(nx.cycle_graph(6)), 3)["n_stable"]) == {5}
    assert by_node(counted(strong(nx.star_graph(4)))) == {0: 2, 1: 2, 2: 2, 3: 2, 4: 2}
    assert by_node(counted(strong(nx.star_graph(4)), 1))[0] == 2
    clique = strong(nx.complete_graph(4), learning_rate=10.0)
    assert set(counted(clique)["n_stable"]) == {5}  # 4 sets and the stalemate
    # A weak star is monostable: docs/theory.md#section-7, 1 at k = -50.
    weak = npl.PlasticNetwork(nx.star_graph(4), npl.Hebbian(-50.0))
    assert by_node(counted(weak))[0] == 1


def test_slow_learning_leaves_no_stable_equilibrium():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.01)
    table = counted(net, 2)
    assert table["n_stable"].tolist() == [0] * 5
    assert table["log2_stable"].tolist() == [-math.inf] * 5


def test_columns_and_types():
    graph = nx.relabel_nodes(nx.path_graph(3), dict(enumerate("abc")))
    nx.set_node_attributes(graph, {"a": 0, "b": 0, "c": 1}, "module")
    nx.set_node_attributes(graph, {"a": "core", "c": "connector"}, "role")
    table = counted(strong(graph, learning_rate=2.0))
    assert tuple(table.columns) == COLUMNS
    assert table["node"].tolist() == ["a", "b", "c"]
    assert table["module"].tolist() == [0, 0, 1]
    assert table["role"].tolist() == ["core", None, "connector"]
    assert table["degree"].tolist() == [1, 2, 1]
    assert table["radius"].tolist() == [1, 1, 1]
    assert set(table["scope"]) == {"isolated"}
    assert set(table["strength"]) == {-200.0}
    assert set(table["learning_rate"]) == {2.0}
    assert set(table["status"]) == {"certified"}
    assert table["n_stable"].dtype == np.int64
    assert table["n_stable_upper"].dtype == np.float64
    assert table["log2_stable"].tolist() == [1.0, 1.0, 1.0]
    assert (table["seconds"] >= 0.0).all()


def test_sampled_counts_have_no_upper_end():
    table = counted(strong(nx.path_graph(3)), method="sampled")
    assert set(table["n_stable_upper"]) == {math.inf}
    assert set(table["method"]) == {"sampled"}
    assert set(table["status"]) == {"lower bound"}


def test_counts_beyond_64_bits_stay_exact():
    # A hub without plasticity joins 70 pairs to one ball: 2^70 equilibria.
    graph = nx.Graph()
    for pair in range(70):
        graph.add_edge(("x", pair), ("y", pair), eta=-20.0)
        graph.add_edge("hub", ("x", pair), eta=0.0)
        graph.add_edge("hub", ("y", pair), eta=0.0)
    net = npl.PlasticNetwork(graph, npl.Hebbian("eta"))
    table = counted(net, nodes=["hub", ("x", 3)], method="sampled")
    assert table["n_stable"].dtype == object
    assert table.loc[0, "n_stable"] == 2**70
    assert table.loc[1, "n_stable"] == 2
    assert table["log2_stable"].tolist() == [70.0, 1.0]
    assert np.isnan(table["strength"]).all()
    proved = counted(net, nodes=["hub"])
    assert proved.loc[0, "n_stable_upper"] == 2**70
    embedded = counted(net, 1, "embedded", nodes=["hub"], method="sampled")
    assert embedded.loc[0, "n_stable"] == 2**70


@pytest.mark.parametrize("scope", ["isolated", "embedded"])
def test_any_kind_of_graph(scope):
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3), (5, 5), (6, 7), (7, 6)])
    graph.add_node("alone")
    net = npl.PlasticNetwork(graph, npl.Hebbian(-30.0))
    table = counted(net, 1, scope)
    assert table["node"].tolist() == [0, 1, 2, 3, 5, 6, 7, "alone"]
    assert by_node(table, "degree") == {0: 2, 1: 2, 2: 3, 3: 1, 5: 0, 6: 1, 7: 1, "alone": 0}
    assert by_node(table, "size") == {0: 3, 1: 3, 2: 4, 3: 2, 5: 1, 6: 2, 7: 2, "alone": 1}
    counts = by_node(table)
    assert counts["alone"] == counts[5] == 1
    assert counts[6] == counts[7] == 2  # a pair of opposite arcs is the undirected pair


def test_the_ball_of_a_directed_graph_ignores_directions():
    net = npl.PlasticNetwork(nx.path_graph(4, create_using=nx.DiGraph), npl.Hebbian(-2.0))
    balls = balls_of(skeleton(net), np.arange(4), 1)
    assert [ball.members.tolist() for ball in balls] == [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]


def test_balls_agree_with_networkx():
    graph = nx.gnp_random_graph(40, 0.06, seed=1)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-2.0))
    for radius in (0, 1, 2, 5):
        for ball in balls_of(skeleton(net), np.arange(40), radius):
            reached = nx.single_source_shortest_path_length(graph, ball.center, radius)
            assert ball.members.tolist() == sorted(reached)


def test_chosen_nodes_come_in_the_order_asked_for():
    table = counted(strong(nx.path_graph(6)), 2, nodes=[3, 0])
    assert table["node"].tolist() == [3, 0]
    assert table["n_stable"].tolist() == [4, 2]
    assert counted(strong(nx.path_graph(6)), nodes=[]).empty


def test_parts_and_tuple_labels():
    net = npl.PlasticNetwork(nx.grid_2d_graph(3, 3), npl.Hebbian(-200.0)).part(
        [(0, 0), (0, 1), (0, 2)]
    )
    table = counted(net)
    assert table["node"].tolist() == [(0, 0), (0, 1), (0, 2)]
    assert table["module"].tolist() == [None] * 3


def test_equal_balls_are_solved_once(monkeypatch):
    solved = []
    solve = _solved._solve
    monkeypatch.setattr(_solved, "_solve", lambda task: solved.append(task[1]) or solve(task))
    net = strong(nx.cycle_graph(12))
    table = counted(net, method="sampled")
    assert len(solved) == 1
    assert (table["seconds"] > 0).tolist() == [True] + [False] * 11
    solved.clear()
    bias = np.ones(12)
    bias[4] = 1.5
    counted(net.replace(bias=bias), method="sampled")
    assert len(solved) == 3  # without the other node, with it at the end, in the middle


def test_tables_do_not_depend_on_workers_or_on_which_nodes_are_asked_for():
    graph = npl.graphs.dumbbell(module_size=5, path_length=2)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-30.0))
    budget = npl.Budget(starts=30)
    alone = counted(net, 2, method="sampled", budget=budget).drop(columns="seconds")
    both = counted(net, 2, method="sampled", budget=budget, workers=2).drop(columns="seconds")
    pd.testing.assert_frame_equal(alone, both)
    some = counted(net, 2, method="sampled", budget=budget, nodes=[4, 7]).drop(columns="seconds")
    pd.testing.assert_frame_equal(some, alone.loc[[4, 7]].reset_index(drop=True))


def test_a_users_activation_is_sampled():
    from test_netplastic_sampled import Softsign

    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-50.0), activation=Softsign())
    table = counted(net)
    assert set(table["method"]) == {"sampled"}
    assert (table["n_stable"] >= 1).all()
    assert set(counted(net, 1, "embedded")["method"]) == {"sampled"}
    with pytest.raises(ValueError, match="activation"):
        counted(net, method="certified")


def test_a_budget_that_runs_out_gives_a_lower_bound_with_samples():
    net = npl.PlasticNetwork(nx.gnp_random_graph(12, 0.5, seed=1), npl.Hebbian(-100.0))
    table = counted(net, 2, budget=npl.Budget(boxes=3, starts=100), nodes=[0])
    row = table.iloc[0]
    assert row["status"] == "lower bound"
    assert row["method"] == "certified + sampled"
    assert 2 <= row["n_stable"] <= row["n_stable_upper"]


# -- embedded ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["auto", "sampled"])
def test_embedded_patterns_of_a_cycle(method):
    # Maximal independent sets of the 6-cycle: {0,3} {1,4} {2,5} {0,2,4} {1,3,5}. On the ball
    # (5, 0, 1): 010, 001, 100, 010 and 101, of which four differ.
    table = counted(strong(nx.cycle_graph(6)), 1, "embedded", method=method)
    assert table["n_stable"].tolist() == [4] * 6
    assert set(table["status"]) == {"certified" if method == "auto" else "estimate"}
    # The center alone is high or low; the ball of radius 3 shows all five.
    assert set(counted(strong(nx.cycle_graph(6)), 0, "embedded", method=method)["n_stable"]) == {2}
    assert set(counted(strong(nx.cycle_graph(6)), 3, "embedded", method=method)["n_stable"]) == {5}


def test_a_small_tolerance_tells_more_patterns_apart():
    # On the node 1 of {0,3} and {0,2,4} one or two neighbors are high: rates of about
    # 1 / (200 * 0.58) = 0.0086 and half of that, a range of rates of 0.76.
    net = strong(nx.cycle_graph(6))
    fine = counted(net, 1, "embedded", method="sampled", tolerance=0.002)
    assert fine["n_stable"].tolist() == [5] * 6


def test_embedded_counts_speak_of_the_own_part_only():
    graph = nx.disjoint_union(nx.cycle_graph(6), nx.path_graph(2))
    table = counted(strong(graph), 1, "embedded", method="sampled")
    assert table["n_stable"].tolist() == [4] * 6 + [2] * 2


def test_embedded_counts_without_any_stable_equilibrium():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.01)
    table = counted(net, 1, "embedded")
    assert table["n_stable"].tolist() == [0] * 5
    graph = nx.disjoint_union(nx.cycle_graph(5), nx.path_graph(2))
    graph.add_edge(0, 5, eta=0.0)
    nx.set_edge_attributes(graph, {e: -20.0 for e in graph.edges if e != (0, 5)}, "eta")
    slow = npl.PlasticNetwork(graph, npl.Hebbian("eta"), learning_rate=0.01)
    assert counted(slow, 1, "embedded", method="sampled", nodes=[0])["n_stable"].tolist() == [0]


def most_different(patterns, tolerance):
    """Largest set of patterns that differ pairwise, by trying all."""
    apart = np.any(np.abs(patterns[:, None] - patterns[None]) > tolerance, axis=2)
    for size in range(len(patterns), 0, -1):
        for chosen in itertools.combinations(range(len(patterns)), size):
            if all(apart[i, j] for i, j in itertools.combinations(chosen, 2)):
                return size
    return 0


def test_pattern_bounds_hold_the_largest_set():
    rng = np.random.default_rng(0)
    exact = 0
    for trial in range(60):
        patterns = rng.random((rng.integers(1, 9), rng.integers(1, 4)))
        tolerance = np.full(patterns.shape[1], 0.05 + 0.4 * (trial % 7) / 6)
        lower, upper = pattern_bounds(patterns, tolerance)
        truth = most_different(patterns, tolerance)
        assert lower <= truth <= upper
        exact += lower == upper
    assert exact > 30
    assert pattern_bounds(np.empty((0, 2)), np.array([0.1, 0.1])) == (0, 0)


# -- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scope": "isolate"}, "did you mean 'isolated'"),
        ({"scope": "targeted"}, "needs background="),
        ({"radius": -1}, "radius must be at least 0; found -1"),
        ({"method": "sample"}, "did you mean 'sampled'"),
        ({"nodes": [77]}, "node 77 is not in the network"),
        ({"workers": 0}, "workers must be at least 1; found 0"),
        ({"tolerance": 0.0}, "tolerance must lie above 0 and below 1; found 0.0"),
        ({"rng": -1}, "rng must be a seed of at least 0; found -1"),
        ({"budget": -1.0}, "budget"),
    ],
)
def test_wrong_values(options, message):
    with pytest.raises(ValueError, match=message):
        npl.count_neighborhoods(strong(nx.path_graph(3)), **options)


def test_wrong_types():
    with pytest.raises(TypeError, match="give a netplastic"):
        npl.count_neighborhoods(nx.path_graph(3))
    with pytest.raises(TypeError, match="worker"):
        npl.count_neighborhoods(strong(nx.path_graph(3)), worker=2)
    for options, message in (
        ({"radius": 1.5}, "radius must be a whole number of at least 0; found 1.5"),
        ({"radius": True}, "radius must be a whole number of at least 0; found True"),
        ({"workers": 1.5}, "workers must be a whole number"),
        ({"tolerance": "x"}, "tolerance must be a number between 0 and 1; found 'x'"),
        ({"rng": "x"}, "rng must be an int"),
        ({"progress": "yes"}, "progress must be True or False"),
    ):
        with pytest.raises(TypeError, match=message):
            npl.count_neighborhoods(strong(nx.path_graph(3)), **options)


def test_help_shows_every_keyword():
    own = inspect.signature(npl.count_neighborhoods).parameters
    of_nulls = inspect.signature(npl.null_counts).parameters
    assert set(of_nulls) - set(own) == {"nulls", "model"}
    for name, parameter in own.items():
        assert parameter.kind is not inspect.Parameter.VAR_KEYWORD
        assert of_nulls[name].default == parameter.default
    for function in (npl.count_neighborhoods, npl.null_counts, npl.run_study, npl.stability_map):
        assert inspect.signature(function).parameters["progress"].default is None


def test_ctrl_c_keeps_isolated_balls_that_are_counted(monkeypatch):
    real, done = _solved.count_equilibria, []

    def interrupted(net, **settings):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(net)
        return real(net, **settings)

    monkeypatch.setattr(_solved, "count_equilibria", interrupted)
    net = npl.PlasticNetwork(nx.lollipop_graph(4, 9), npl.Hebbian(-20.0))
    table = npl.count_neighborhoods(net)
    kept = table["method"] != "interrupted"
    assert 2 <= kept.sum() < len(table)
    assert (table.loc[kept, "status"] == "certified").all()
    assert (table.loc[~kept, ["n_stable", "n_stable_upper"]] == [0, np.inf]).all(axis=None)
    assert table["excess"].isna().all()
    with pytest.raises(KeyboardInterrupt):  # where nothing is there, or is no row by itself
        npl.count_neighborhoods(net, nodes=[0])
