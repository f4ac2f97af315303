"""Amplification: every column by hand, over graphs and inside one."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from amplification_tables import chokes_of, counts_of, row, stacked
from scipy import stats

import netplastic as npl
from netplastic.analyses._amplification import COLUMNS

# -- one network ------------------------------------------------------------------------------


def test_columns_by_hand():
    """Six nodes of degree 2, two of degree 3; choke points 0, 1, 6; node 5 has no stable state."""
    counts = counts_of(
        [3, 1, 1, 2, 3, -math.inf, 9, 1],
        degree=[2] * 6 + [3] * 2,
        edges=[0, 1, 0, 0, 0, 0, 1, 1],
        status=["certified"] * 2 + ["lower bound"] + ["certified"] * 5,
    )
    chokes = chokes_of([1, 1, 0, 0, 0, 0, 1, 0], role=["connector", "core", *["core"] * 6])
    table = npl.amplification(counts, chokes)
    assert tuple(table.columns) == COLUMNS
    found = row(table, "matched")
    # Controls of degree 2: 1, 2, 3 (mean 2); that of degree 3 has one other node only.
    assert found["effect"] == ((3 - 2) + (1 - 2)) / 2
    assert (found["n_choke"], found["n_control"], found["n_unmatched"]) == (2, 3, 1)
    assert (found["n_blocks"], found["n_balls_choke"], found["n_balls_control"]) == (2, 2, 3)
    assert found["n_without_stable"] == 1
    assert found["share_without_choke"] == 0.0
    assert found["share_without_control"] == 1 / 5
    assert (found["n_lower_bound"], found["status"]) == (1, "lower bound")
    assert found["reason"] == "2 choke points: no interval; no p value without graph="
    assert (found["n_graphs"], found["n_nulls"], found["null_model"]) == (1, 0, "")
    for name in ("low", "high", "p_value", "rank", "z", "share_same_sign"):
        assert math.isnan(found[name]), name
    raw = row(table, "all others")
    assert raw["effect"] == pytest.approx((3 + 1 + 9) / 3 - (1 + 2 + 3 + 1) / 4)
    # At equal degree and edges: node 0 has three like it, node 1 (an edge) none.
    mechanism = row(table, "mechanism")
    assert (mechanism["effect"], mechanism["n_choke"], mechanism["n_unmatched"]) == (1.0, 1, 2)
    assert row(table, "matched", "connector")["effect"] == 1.0
    assert row(table, "matched", "bridge end")["effect"] == -1.0
    # Share without a stable state among controls of degree 2: 1 of 4; at choke points none.
    none = row(table, "no stable state")
    assert none["effect"] == 0.0 - 1 / 4
    assert (none["n_choke"], none["n_control"]) == (2, 4)
    assert row(table, "no stable state")["share_without_control"] == 1 / 5


def test_kinds_of_choke_points():
    counts = counts_of([1] * 8, degree=[2, 2, 2, 2, 2, 3, 4, 3])
    roles = ["core"] * 5 + ["boundary", "boundary", "connector"]
    chokes = chokes_of([0] * 5 + [1, 1, 1], role=roles)
    table = npl.amplification(counts, chokes)
    kinds = {"connector": 1, "bridge end": 1, "hub": 1, "all": 3}
    for kind, number in kinds.items():
        assert row(table, "all others", kind)["n_choke"] == number
    # Roles of the counts do where the choke points' table has none.
    plain = npl.amplification(counts.assign(role=roles), chokes.drop(columns="role"))
    assert row(plain, "all others", "connector")["n_choke"] == 1


def test_without_edges_there_is_no_mechanism():
    counts = counts_of([1, 2, 3, 4]).drop(columns=["neighbor_edges", "size"])
    table = npl.amplification(counts, chokes_of([1, 0, 0, 0]))
    assert row(table, "mechanism")["reason"].startswith("counts has no column neighbor_edges")
    assert row(table, "matched")["effect"] == -2.0


def test_interval_of_equal_classes_is_that_of_welch():
    """One class, every choke point its own block: a difference of means, variances not alike."""
    rng = np.random.default_rng(0)
    one, two = rng.normal(1.0, 2.0, 6), rng.normal(0.0, 1.0, 9)
    counts = counts_of([*one, *two])
    found = row(npl.amplification(counts, chokes_of([1] * 6 + [0] * 9)), "matched")
    welch = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    assert found["effect"] == pytest.approx(one.mean() - two.mean())
    assert (found["low"], found["high"]) == pytest.approx((welch.low, welch.high))
    wide = row(npl.amplification(counts, chokes_of([1] * 6 + [0] * 9), confidence=0.99), "matched")
    assert wide["low"] < found["low"]


def test_interval_of_one_choke_point_a_class_is_that_of_students_t():
    """Then differences are independent, and what they are compared with adds nothing."""
    rng = np.random.default_rng(1)
    degree = np.concatenate([np.arange(5), np.repeat(np.arange(5), 4)])
    log2 = rng.normal(size=25) + degree
    found = row(
        npl.amplification(counts_of(log2, degree=degree), chokes_of(np.arange(25) < 5)), "matched"
    )
    apart = log2[:5] - log2[5:].reshape(5, 4).mean(axis=1)
    expected = stats.ttest_1samp(apart, 0.0).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))


def test_blocks_are_the_units_of_the_interval():
    """Four pairs of adjacent choke points with equal counts inside a pair: four observations."""
    graph = nx.Graph([(0, 1), (2, 3), (4, 5), (6, 7)])
    graph.add_nodes_from(range(8, 40))
    bits = np.repeat([3.0, 4.0, 5.0, 7.0], 2)
    counts = counts_of([*bits, *np.full(32, 1.0)], degree=1)
    chokes = chokes_of(np.arange(40) < 8)
    found = row(npl.amplification(counts, chokes, graph=graph), "matched")
    expected = stats.ttest_1samp(bits[::2] - 1.0, 0.0).confidence_interval(0.95)
    assert found["n_blocks"] == 4
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))
    plain = row(npl.amplification(counts, chokes), "matched")
    assert plain["n_blocks"] == 8
    assert plain["high"] - plain["low"] < found["high"] - found["low"]


def test_p_value_by_hand():
    """Four choke points in a row on a path whose nodes are all different: they fit in 26 ways."""
    graph = nx.path_graph(29)
    graph.add_edge(0, 2)
    bits = np.arange(29.0)
    chokes = (np.arange(29) >= 7) & (np.arange(29) < 11)
    bits[chokes] = 100.0
    counts = counts_of(bits, degree=2)
    table = npl.amplification(counts, chokes_of(chokes), graph=graph, resamples=1999)
    # Nowhere else is the difference as large: 1 / 26 of the random places are the nodes themselves.
    assert row(table, "matched")["p_value"] == pytest.approx(1 / 26, abs=0.02)
    assert row(table, "matched")["reason"] == "1 block: no interval"


def test_few_choke_points_have_no_p_value():
    """Random places find more nodes to compare with: means of few scatter more than theirs."""
    graph = nx.gnp_random_graph(40, 0.1, seed=0)
    bits = np.random.default_rng(0).normal(size=40)
    few, enough = (
        row(
            npl.amplification(counts_of(bits), chokes_of(np.arange(40) < n), graph=graph), "matched"
        )
        for n in (3, 4)
    )
    assert math.isnan(few["p_value"])
    assert "no p value: 3 choke points with others to compare with" in few["reason"]
    assert 0.0 < enough["p_value"] <= 1.0


def test_copies_are_one():
    """Seven copies of one ball against three other balls: no p value, no interval."""
    counts = counts_of([5.0] * 7 + [1.0, 2.0, 3.0])
    graph = nx.gnp_random_graph(10, 0.4, seed=1)
    table = npl.amplification(counts, chokes_of([1] * 7 + [0] * 3), graph=graph)
    found = row(table, "matched")
    assert found["effect"] == 3.0
    assert math.isnan(found["p_value"])
    assert math.isnan(found["low"])
    assert "no p value: 1 different ball against 3" in found["reason"]
    four = npl.amplification(counts, chokes_of([1] * 7 + [0] * 3))
    assert "all choke points have the same ball: no interval" in row(four, "matched")["reason"]


def test_symmetric_graphs_have_no_p_value():
    """A ring of equal modules has few places that differ, however many nodes it has."""
    graph = nx.Graph()
    for i in range(6):
        nodes = [(i, j) for j in range(8)]
        graph.add_edges_from(nx.relabel_nodes(nx.path_graph(8), dict(enumerate(nodes))).edges)
        graph.add_edges_from([(nodes[0], nodes[3]), (nodes[0], ((i + 1) % 6, 7))])
    nodes = list(graph)
    rng = np.random.default_rng(0)
    own = dict(enumerate(rng.normal(size=8)))
    counts = counts_of([own[j] for _, j in nodes]).assign(node=pd.Series(nodes, dtype=object))
    chokes = chokes_of([j == 0 for _, j in nodes]).assign(node=pd.Series(nodes, dtype=object))
    found = row(npl.amplification(counts, chokes, graph=graph), "matched")
    assert math.isnan(found["p_value"])
    assert "no p value" in found["reason"]


def test_few_arrangements_and_counts_of_some():
    graph = npl.graphs.dumbbell(6, 2)
    chokes = npl.graphs.choke_points(graph)
    counts = counts_of(np.arange(14.0), degree=3)
    found = row(npl.amplification(counts, chokes, graph=graph), "matched")
    assert "no p value: only " in found["reason"]
    some = row(npl.amplification(counts.iloc[:13], chokes, graph=graph), "matched")
    assert "no p value: 13 of 14 nodes were counted" in some["reason"]


def test_every_case_has_its_rows():
    tables = [
        counts_of([1, 2, 3, 4], radius=1),
        counts_of([1, 2, 3, 4], radius=2),
        counts_of([1, 2, 3, 4], strength=math.nan),
    ]
    table = npl.amplification(pd.concat(tables), chokes_of([1, 0, 0, 0]))
    table = table[table["choke_kind"] == "all"]
    assert table["radius"].tolist() == [1] * 4 + [2] * 4 + [1] * 4
    assert table["strength"].isna().tolist() == [False] * 8 + [True] * 4


@pytest.mark.parametrize(
    ("log2", "flags", "reason"),
    [
        ([1, 2, 3, 4], [0, 0, 0, 0], "no choke point with a stable state"),
        ([1, 2, 3, 4], [1, 1, 1, 1], "no other node with a stable state"),
        ([-math.inf, 2, 3, 4], [1, 0, 0, 0], "no choke point with a stable state"),
        ([1], [1], "no other node with a stable state"),
        (
            [1, 2, 3],
            [1, 0, 0],
            "fewer than three other nodes of equal degree for every choke point",
        ),
    ],
)
def test_nothing_to_compare(log2, flags, reason):
    table = npl.amplification(counts_of(log2), chokes_of(flags))
    assert math.isnan(row(table, "matched")["effect"])
    assert row(table, "matched")["reason"] == reason


def test_seeds():
    graph = nx.gnp_random_graph(40, 0.1, seed=0)
    counts = counts_of(np.random.default_rng(0).normal(size=40))
    chokes = chokes_of(np.arange(40) % 13 == 0)
    first = npl.amplification(counts, chokes, graph=graph, rng=3)
    pd.testing.assert_frame_equal(first, npl.amplification(counts, chokes, graph=graph, rng=3))
    assert not first.equals(npl.amplification(counts, chokes, graph=graph, rng=4))


# -- an ensemble ------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["graph", "seed"])
def test_ensemble_by_hand(unit):
    effects = [1.0, 2.0, 3.0, -1.0, 0.0]
    tables = [counts_of([1.0 + effect, 1.0, 1.0, 1.0]) for effect in effects]
    chokes = stacked([chokes_of([1, 0, 0, 0])] * 5, unit)
    table = npl.amplification(stacked(tables, unit), chokes)
    assert tuple(table.columns) == (unit, *COLUMNS)
    single = table[(table["comparison"] == "matched") & (table["level"] == "graph")]
    single = single[single["choke_kind"] == "all"]
    assert single["effect"].tolist() == effects
    assert single[unit].tolist() == [0, 1, 2, 3, 4]
    assert single["low"].isna().all()
    found = row(table, "matched", level="ensemble")
    assert found["effect"] == 1.0
    assert found["share_same_sign"] == 3 / 5
    # Signs +, +, +, - (0 has none): two-sided, (1 + 4) 2 / 16.
    assert found["p_value"] == pytest.approx(10 / 16)
    interval = stats.ttest_1samp(effects, 0.0).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))
    assert (found["n_graphs"], found["n_choke"], found["n_control"]) == (5, 5, 15)
    assert found["reason"] == ""
    assert found[unit] is None


def test_ensembles_that_say_little():
    def of(effects):
        tables = [counts_of([1.0 + effect, 1.0, 1.0, 1.0]) for effect in effects]
        chokes = stacked([chokes_of([1, 0, 0, 0])] * len(effects), "seed")
        table = npl.amplification(stacked(tables, "seed"), chokes)
        return row(table, "matched", level="ensemble")

    assert of([1.0])["reason"] == "one graph: no interval"
    same = of([1.0] * 7)
    assert same["reason"] == "the same effect in every graph: no interval"
    assert math.isnan(same["low"])
    nothing = of([-math.inf, -math.inf])
    assert nothing["reason"] == "no graph has an effect"
    assert nothing["share_without_choke"] == 1.0
    partly = of([1.0, -math.inf, 3.0])
    assert (partly["n_graphs"], partly["effect"]) == (2, 2.0)
    assert partly["share_without_choke"] == pytest.approx(1 / 3)


def test_graph_and_seed_together():
    tables = [counts_of([2.0 + i, 1, 1, 1], graph="ab"[i // 2], seed=i % 2) for i in range(4)]
    flags = [chokes_of([1, 0, 0, 0], graph="ab"[i // 2], seed=i % 2) for i in range(4)]
    table = npl.amplification(pd.concat(tables), pd.concat(flags))
    assert row(table, "matched", level="ensemble")["n_graphs"] == 4


# -- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [["a", "b", "c", "d", "e"], [(0, i) for i in range(5)]])
def test_any_node_labels(labels):
    column = pd.Series(labels, dtype=object)
    counts = counts_of([4, 4, 1, 1, 1]).assign(node=column)
    chokes = chokes_of([1, 1, 0, 0, 0]).assign(node=column)
    nulls = stacked([counts.assign(log2_stable=1.0), counts.assign(log2_stable=2.0)])
    graph = nx.path_graph(5)
    graph = nx.relabel_nodes(graph, dict(enumerate(labels)))
    table = npl.amplification(counts, chokes, nulls=nulls, graph=graph)
    found = [row(table, name)["effect"] for name in ("all others", "matched", "null graphs")]
    assert found == [3.0, 3.0, 2.5]


FIVE = nx.path_graph(5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": counts_of([1, 2]).drop(columns="degree")}, "counts lacks the column 'degree'"),
        ({"chokes": pd.DataFrame({"node": [0, 1]})}, "chokes lacks the column 'is_choke'"),
        ({"nulls": counts_of([1, 2])}, "nulls lacks the column 'null'"),
        ({"counts": pd.concat([counts_of([1, 2])] * 2)}, "node 0 occurs twice"),
        ({"nulls": stacked([counts_of([1, 2])] * 2).assign(null=0)}, "occurs twice in null"),
        ({"chokes": chokes_of([1])}, "node 1 of counts is not in chokes"),
        ({"graph": nx.path_graph(1)}, "node 1 of counts is not in graph"),
        ({"counts": counts_of([1, 2], seed=0)}, "chokes lacks the column 'seed'"),
        ({"counts": counts_of([1, 2], seed=0), "graph": FIVE}, "graph= is for one network"),
        ({"coarseness": -1.0}, "coarseness must be a finite number of at least 0; found -1.0"),
        ({"coarseness": math.nan}, "coarseness must be a finite number of at least 0; found nan"),
        ({"confidence": 1.0}, "confidence must lie above 0 and below 1; found 1.0"),
        ({"resamples": 0}, "resamples must be at least 1; found 0"),
        ({"rng": -1}, "rng must be a seed of at least 0; found -1"),
    ],
)
def test_wrong_values(change, message):
    arguments = {"counts": counts_of([1, 2]), "chokes": chokes_of([1, 0]), **change}
    with pytest.raises(ValueError, match=message):
        npl.amplification(**arguments)


def test_wrong_types():
    with pytest.raises(TypeError, match="counts is a list"):
        npl.amplification([1], chokes_of([1]))
    for change, message in (
        ({"coarseness": "x"}, "coarseness must be a finite number of at least 0; found 'x'"),
        ({"confidence": "x"}, "confidence must be a number between 0 and 1; found 'x'"),
        ({"resamples": 1.5}, "resamples must be a whole number of at least 1; found 1.5"),
        ({"rng": 1.5}, "rng must be an int"),
        ({"graph": "karate"}, "graph must be a networkx Graph or DiGraph; found 'karate'"),
    ):
        with pytest.raises(TypeError, match=message):
            npl.amplification(counts_of([1, 2]), chokes_of([1, 0]), **change)
