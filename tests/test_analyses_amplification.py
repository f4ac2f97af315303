"""Amplification: planted effects recovered, null effects not found, nothing lost in silence."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import netplastic as npl
from netplastic.analyses._amplification import COLUMNS
from netplastic.analyses._nulls import null_network
from netplastic.analyses._resampling import Resampling, Stratum, against_nulls, between_strata


def counts_of(log2, size=3, degree=2, **columns):
    """A table such as count_neighborhoods gives."""
    number = len(log2)
    table = pd.DataFrame(
        {
            "node": range(number),
            "degree": degree,
            "size": size,
            "radius": 1,
            "scope": "isolated",
            "strength": -20.0,
            "learning_rate": 1.0,
            "log2_stable": np.asarray(log2, dtype=float),
            "status": "certified",
        }
    )
    return table.assign(**columns)


def chokes_of(flags):
    return pd.DataFrame({"node": range(len(flags)), "is_choke": np.asarray(flags, dtype=bool)})


def row(table, comparison):
    return table[table["comparison"] == comparison].iloc[0]


def stacked_nulls(tables):
    return pd.concat([t.assign(null=i) for i, t in enumerate(tables)], ignore_index=True)


def how(resamples=2000, seed=0):
    return Resampling(resamples, 0.95, np.random.default_rng(seed))


# -- the numbers --------------------------------------------------------------------------


def test_by_hand():
    # Means 2 and 1. Of the 10 ways to choose 2 of {2, 2, 1, 1, 1}, one is as far apart.
    table = npl.amplification(counts_of([2, 2, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0]))
    assert tuple(table.columns) == COLUMNS
    for comparison in ("all others", "matched"):
        result = row(table, comparison)
        assert result["effect"] == 1.0
        assert (result["low"], result["high"]) == (1.0, 1.0)
        assert result["p_value"] == pytest.approx(0.1, abs=0.01)
        assert (result["n_choke"], result["n_control"], result["n_unmatched"]) == (2, 3, 0)
        assert (result["status"], result["n_lower_bound"], result["reason"]) == ("certified", 0, "")
    assert len(table) == 2


def test_one_stratum_agrees_with_scipy():
    rng = np.random.default_rng(1)
    choke, control = rng.normal(0.6, 1.0, 12), rng.normal(0.0, 1.0, 30)
    mine = between_strata([Stratum(choke, control)], how(20_000))

    def difference(x, y, axis=-1):
        return np.mean(x, axis=axis) - np.mean(y, axis=axis)

    test = stats.permutation_test(
        (choke, control), difference, n_resamples=20_000, rng=np.random.default_rng(2)
    )
    assert mine.effect == pytest.approx(choke.mean() - control.mean())
    assert mine.p_value == pytest.approx(test.pvalue, abs=0.012)
    # Nearly normal here, with the unbiased variance of a difference of means.
    half = stats.norm.ppf(0.975) * math.hypot(stats.sem(choke), stats.sem(control))
    assert mine.low == pytest.approx(mine.effect - half, abs=0.04)
    assert mine.high == pytest.approx(mine.effect + half, abs=0.04)


def test_against_nulls_by_hand():
    observed = Stratum(np.array([3.0, 5.0]), np.array([1.0]))
    nulls = [Stratum(np.array([1.0, 1.0]), np.array([0.0])) for _ in range(4)]
    plain = against_nulls(observed, nulls, False, how())
    assert plain.effect == 3.0
    # One of the two nodes is drawn: 3 - 1 or 5 - 1.
    assert (plain.low, plain.high) == pytest.approx((2.0, 4.0))
    assert plain.p_value == pytest.approx(1 / 5)  # the graph stands out among the five
    relative = against_nulls(observed, nulls, True, how())
    assert relative.effect == (4 - 1) - (1 - 0)


def test_a_graph_like_its_nulls_does_not_stand_out():
    rng = np.random.default_rng(0)
    values = []
    for _ in range(300):
        graphs = [Stratum(rng.normal(size=3), rng.normal(size=9)) for _ in range(20)]
        values.append(against_nulls(graphs[0], graphs[1:], True, how(1)).p_value)
    # Uniform on 1/20, 2/20, ..., 1.
    observed = np.bincount(np.rint(np.array(values) * 20).astype(int), minlength=21)[1:]
    assert stats.chisquare(observed).pvalue > 0.001


def test_a_planted_effect_is_recovered_by_matching_only():
    # Counts grow with the ball (1.5 per node), and choke points have smaller balls: the excess
    # of 1 at choke points is hidden until nodes are matched.
    rng = np.random.default_rng(0)
    choke = rng.random(400) < 0.2
    degree = np.where(choke, rng.integers(2, 5, 400), rng.integers(2, 8, 400))
    log2 = 1.5 * degree + 1.0 * choke + rng.normal(0.0, 0.3, 400)
    counts = counts_of(log2, degree=degree, size=degree + 1)
    table = npl.amplification(counts, chokes_of(choke), resamples=999)
    assert row(table, "all others")["effect"] < -1.0
    matched = row(table, "matched")
    assert matched["effect"] == pytest.approx(1.0, abs=0.12)
    assert matched["low"] < 1.0 < matched["high"]
    assert matched["high"] - matched["low"] < 0.4
    assert matched["p_value"] == pytest.approx(0.001)
    assert matched["n_unmatched"] == 0


def test_without_an_effect_p_values_are_uniform_and_intervals_cover():
    rng = np.random.default_rng(7)
    values, covered = [], 0
    for _ in range(250):
        degree = rng.integers(2, 5, 60)
        choke = rng.random(60) < 0.4
        counts = counts_of(degree + rng.normal(size=60), degree=degree, size=degree + 1)
        table = npl.amplification(counts, chokes_of(choke), resamples=199, rng=rng)
        matched = row(table, "matched")
        values.append(matched["p_value"])
        covered += matched["low"] <= 0.0 <= matched["high"]
    assert stats.kstest(values, "uniform").pvalue > 0.001
    assert 0.88 < covered / 250 < 0.98


def test_matching_classes():
    degree = np.array([2, 2, 3, 10, 11, 0, 0, 20])
    choke = [1, 0, 1, 1, 0, 1, 0, 1]
    counts = counts_of([4, 3, 9, 6, 4, 1, 1, 9], degree=degree, size=degree + 1)
    exact = row(npl.amplification(counts, chokes_of(choke), coarseness=0), "matched")
    assert (exact["n_choke"], exact["n_control"], exact["n_unmatched"]) == (2, 2, 3)
    assert exact["effect"] == pytest.approx((1 + 0) / 2)
    coarse = row(npl.amplification(counts, chokes_of(choke), coarseness=0.3), "matched")
    # Powers of 1.3: 10 and 11, and 11 and 12, share a class, 2 and 3 do not.
    assert (coarse["n_choke"], coarse["n_control"], coarse["n_unmatched"]) == (3, 3, 2)
    assert coarse["effect"] == pytest.approx((1 + 0 + 2) / 3)


def test_seeds():
    counts, chokes = counts_of(np.arange(9.0)), chokes_of([1, 0, 0] * 3)
    first = npl.amplification(counts, chokes, rng=3)
    pd.testing.assert_frame_equal(first, npl.amplification(counts, chokes, rng=3))
    assert not first.equals(npl.amplification(counts, chokes, rng=4))


# -- what enters, and what is said about it -----------------------------------------------


def test_every_case_has_its_rows():
    tables = [
        counts_of([1, 2, 3], radius=1),
        counts_of([1, 2, 3], radius=2),
        counts_of([1, 2, 3], strength=math.nan),
    ]
    table = npl.amplification(pd.concat(tables), chokes_of([1, 0, 0]))
    assert len(table) == 6
    assert table["radius"].tolist() == [1, 1, 2, 2, 1, 1]
    assert table["strength"].isna().tolist() == [False] * 4 + [True] * 2


def test_the_status_of_the_counts_reaches_the_result():
    status = ["certified", "lower bound", "certified", "certified"]
    counts = counts_of([1, 2, 1, 1], size=[3, 9, 3, 3], status=status)
    table = npl.amplification(counts, chokes_of([1, 0, 0, 0]))
    assert row(table, "all others")["status"] == "lower bound"
    assert row(table, "all others")["n_lower_bound"] == 1
    # The uncertain node is in no choke point's class.
    assert row(table, "matched")["status"] == "certified"


def test_nodes_without_stable_equilibria_are_counted_and_left_out():
    counts = counts_of([1, -math.inf, 1, 3, -math.inf])
    result = row(npl.amplification(counts, chokes_of([0, 0, 1, 1, 1])), "all others")
    assert result["effect"] == 1.0
    assert (result["n_choke"], result["n_control"], result["n_without_stable"]) == (2, 1, 2)


@pytest.mark.parametrize(
    ("log2", "flags", "reason"),
    [
        ([1, 2, 3], [0, 0, 0], "no choke point with a stable equilibrium"),
        ([1, 2, 3], [1, 1, 1], "no other node with a stable equilibrium"),
        ([-math.inf, 2, 3], [1, 0, 0], "no choke point with a stable equilibrium"),
        ([-math.inf] * 3, [1, 0, 0], "no choke point with a stable equilibrium"),
        ([1], [1], "no other node with a stable equilibrium"),
    ],
)
def test_nothing_to_compare(log2, flags, reason):
    table = npl.amplification(counts_of(log2), chokes_of(flags))
    assert table["effect"].isna().all()
    assert table["p_value"].isna().all()
    assert set(table["reason"]) == {reason}


def test_no_match():
    counts = counts_of([1, 2, 3], degree=[2, 8, 8], size=[3, 9, 9])
    table = npl.amplification(counts, chokes_of([1, 0, 0]))
    matched = row(table, "matched")
    assert math.isnan(matched["effect"])
    assert matched["n_unmatched"] == 1
    assert matched["reason"] == "no node matches a choke point in size and degree"
    assert row(table, "all others")["effect"] == -1.5


def test_one_choke_point_has_an_effect_but_no_interval():
    table = npl.amplification(counts_of([5, 1, 2, 3]), chokes_of([1, 0, 0, 0]))
    result = row(table, "all others")
    assert result["effect"] == 3.0
    assert math.isnan(result["low"])
    assert result["reason"] == "one choke point: no interval"
    assert result["p_value"] == pytest.approx(0.25, abs=0.02)
    other = row(npl.amplification(counts_of([5, 1]), chokes_of([1, 0])), "all others")
    assert other["effect"] == 4.0
    two = row(npl.amplification(counts_of([5, 4, 1]), chokes_of([1, 1, 0])), "all others")
    assert two["reason"] == "one node to compare with: no interval"


def test_comparison_with_null_graphs():
    counts, chokes = counts_of([4, 4, 1, 1]), chokes_of([1, 1, 0, 0])
    nulls = stacked_nulls(
        [counts_of([2, 2, 1, 1]), counts_of([3, 3, 2, 2]), counts_of([1, 1, 0, 0])]
    )
    table = npl.amplification(counts, chokes, nulls)
    assert table["comparison"].tolist() == ["all others", "matched", "null graphs", "null contrast"]
    assert row(table, "null graphs")["effect"] == 2.0
    assert row(table, "null contrast")["effect"] == 2.0
    assert row(table, "null contrast")["p_value"] == 0.25  # beyond each of the three nulls
    assert row(table, "null graphs")["n_control"] == 3


def test_nulls_of_which_something_is_missing():
    counts, chokes = counts_of([4, 4, 1, 1]), chokes_of([1, 1, 0, 0])
    one = counts_of([2, -math.inf, 1, 1], status=["lower bound"] + ["certified"] * 3)
    table = npl.amplification(counts, chokes, stacked_nulls([one, one.iloc[:3]]))
    result = row(table, "null graphs")
    assert result["effect"] == 2.0
    assert result["n_choke"] == 1
    assert result["n_without_stable"] == 2
    assert result["status"] == "lower bound"
    assert result["n_lower_bound"] == 2
    assert result["reason"] == "one choke point: no interval"
    single = npl.amplification(counts, chokes, stacked_nulls([counts_of([2, 2, 1, 1])]))
    assert row(single, "null graphs")["reason"] == "one null graph: no interval"
    other = npl.amplification(counts, chokes, stacked_nulls([counts_of([1, 1, 1, 1], radius=9)]))
    assert row(other, "null graphs")["reason"] == "no null graph has counts for this case"
    nobody = npl.amplification(counts, chokes_of([0, 0, 0, 0]), stacked_nulls([counts]))
    assert row(nobody, "null graphs")["reason"].startswith("no choke point")
    everybody = npl.amplification(counts, chokes_of([1, 1, 1, 1]), stacked_nulls([counts, counts]))
    assert row(everybody, "null graphs")["effect"] == 0.0
    assert row(everybody, "null contrast")["reason"].startswith("no other node")


@pytest.mark.parametrize("labels", [["a", "b", "c", "d"], [(0, 0), (0, 1), (1, 0), (1, 1)]])
def test_any_node_labels(labels):
    column = pd.Series(labels, dtype=object)
    counts = counts_of([4, 4, 1, 1]).assign(node=column)
    chokes = chokes_of([1, 1, 0, 0]).assign(node=column)
    nulls = stacked_nulls([counts.assign(log2_stable=1.0), counts.assign(log2_stable=2.0)])
    table = npl.amplification(counts, chokes, nulls)
    assert table["effect"].tolist() == [3.0, 3.0, 2.5, 3.0]


# -- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": counts_of([1, 2]).drop(columns="size")}, "counts lacks the column 'size'"),
        ({"chokes": pd.DataFrame({"node": [0, 1]})}, "chokes lacks the column 'is_choke'"),
        ({"nulls": counts_of([1, 2])}, "nulls lacks the column 'null'"),
        ({"counts": pd.concat([counts_of([1, 2])] * 2)}, "node 0 occurs twice"),
        ({"nulls": stacked_nulls([counts_of([1, 2])] * 2).assign(null=0)}, "occurs twice in null"),
        ({"chokes": chokes_of([1])}, "node 1 of counts is not in chokes"),
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
    ):
        with pytest.raises(TypeError, match=message):
            npl.amplification(counts_of([1, 2]), chokes_of([1, 0]), **change)


# -- counts on null graphs ------------------------------------------------------------------


@pytest.mark.parametrize("directed", [False, True])
def test_a_null_network_keeps_nodes_degrees_and_parameters(directed):
    graph = nx.gnp_random_graph(14, 0.3, seed=1, directed=directed)
    graph = nx.relabel_nodes(graph, {i: f"n{i}" for i in graph})
    graph.add_edge("n0", "n0")
    rng = np.random.default_rng(0)
    for number, edge in enumerate(graph.edges):
        graph.edges[edge].update(weight=1.0 + number, eta=-float(number), u=0.1 * number)
    nx.set_node_attributes(graph, {v: rng.random() for v in graph}, "th")
    net = npl.PlasticNetwork(
        graph,
        npl.BCM("eta", threshold="th"),
        bias=rng.random(14),
        tau=rng.random(14) + 0.5,
        activation=npl.Logistic(gain=rng.random(14) + 0.5),
        static_weight="u",
        learning_rate=0.3,
    )
    null, note = null_network(net, 0)
    assert note == "rewired"
    assert null.nodes == net.nodes
    assert set(null.graph.edges) != set(graph.edges)
    for node in graph:
        assert null.graph.degree(node) == graph.degree(node)
    for name in ("bias", "tau", "decay", "post"):
        np.testing.assert_array_equal(getattr(null, name), getattr(net, name))
    np.testing.assert_array_equal(null.activation.gain, net.activation.gain)
    assert null.learning_rate == 0.3
    triples = [
        sorted(zip(n.arc_weight, n.strength, n.static_weight, strict=True)) for n in (net, null)
    ]
    assert triples[0] == triples[1]  # the three travel together


def test_null_counts():
    net = npl.PlasticNetwork(npl.graphs.caveman(3, 4), npl.Hebbian(-50.0))
    options = {"nulls": 2, "method": "sampled", "budget": npl.Budget(starts=20), "progress": False}
    table = npl.null_counts(net, radius=1, nodes=iter([0, 5]), **options)
    assert table.columns[:3].tolist() == ["null", "null_note", "node"]
    assert table["node"].tolist() == [0, 5, 0, 5]
    assert table["null"].tolist() == [0, 0, 1, 1]
    assert table["module"].tolist() == [0, 1, 0, 1]
    assert table["degree"].tolist() == [net.graph.degree(v) for v in (0, 5, 0, 5)]
    again = npl.null_counts(net, radius=1, nodes=[0, 5], **options)
    pd.testing.assert_frame_equal(table.drop(columns="seconds"), again.drop(columns="seconds"))
    complete = npl.PlasticNetwork(nx.complete_graph(3), npl.Hebbian(-5.0))
    assert (npl.null_counts(complete, **options)["null_note"] != "rewired").all()


def test_a_network_without_arcs_or_graph_has_nulls():
    options = {"nulls": 1, "method": "sampled", "progress": False}
    empty = npl.PlasticNetwork(nx.empty_graph(2), npl.Hebbian(-5.0))
    assert npl.null_counts(empty, **options)["n_stable"].tolist() == [1, 1]
    part = npl.PlasticNetwork(nx.cycle_graph(8), npl.Hebbian(-5.0)).part(range(6))
    assert len(npl.null_counts(part, **options)) == 6


def test_wrong_nulls():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian([-1.0, -2.0, -3.0, -4.0]))
    with pytest.raises(ValueError, match="strength differs between the two directions"):
        npl.null_counts(net, nulls=1)
    with pytest.raises(ValueError, match="nulls must be at least 1; found 0"):
        npl.null_counts(net, nulls=0)


def test_from_graph_to_amplification():
    graph = npl.graphs.ring_of_modules(modules=4, module_size=6, density=0.6, path_length=2, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    options = {"method": "sampled", "budget": npl.Budget(starts=40), "progress": False}
    counts = npl.count_neighborhoods(net, 1, rng=0, **options)
    nulls = npl.null_counts(net, 3, radius=1, **options)
    table = npl.amplification(counts, npl.graphs.choke_points(graph), nulls)
    assert table["effect"].notna().all()
    assert set(table["status"]) == {"lower bound"}
