"""Choke points among null graphs, and the counts on these."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from amplification_tables import chokes_of, counts_of, row, stacked
from scipy import stats

import netplastic as npl
from netplastic.analyses._null_ranks import _placed
from netplastic.analyses._nulls import null_network

# -- null graphs --------------------------------------------------------------------------------

COMPARISONS = {
    *("all others", "matched", "mechanism", "no stable state"),
    *("null graphs", "null contrast"),
}


def nulls_with(means, **columns):
    return stacked([counts_of([m, m, 1, 1, 1], **columns) for m in means])


def test_rank_and_z_by_hand():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    means = np.concatenate([np.linspace(0.0, 3.0, 97), [4.0, 5.0]])
    table = npl.amplification(counts, chokes, nulls=nulls_with(means).assign(null_model="any"))
    for name, shift in (("null graphs", 0.0), ("null contrast", -1.0)):
        found = row(table, name)
        values = means + shift
        assert found["null_model"] == "any"
        assert found["effect"] == pytest.approx(4 + shift - values.mean())
        assert found["z"] == pytest.approx(found["effect"] / values.std(ddof=1))
        # 97 are lower, one is equal, one higher: rank 98.5 of 100; 2 (101 - 98.5) / 100.
        assert found["rank"] == 98.5
        assert found["p_value"] == pytest.approx(2 * (101 - 98.5) / 100)
        assert (found["n_nulls"], found["n_not_rewired"], found["n_choke"]) == (99, 0, 2)
        assert math.isnan(found["low"])
        assert found["reason"] == ""


def test_a_graph_like_its_nulls_has_a_uniform_rank():
    rng = np.random.default_rng(0)
    p_values = []
    for values in rng.normal(size=(500, 100)):
        found = _placed(values[0], values[1:], None, "", True)
        p_values.append(found["p_value"])
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_few_nulls_give_no_rank():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    found = row(npl.amplification(counts, chokes, nulls=nulls_with([2, 3, 1])), "null contrast")
    assert found["effect"] == 2.0
    assert math.isnan(found["rank"])
    assert found["reason"] == "3 null graphs: rank and z need 99"
    alike = row(npl.amplification(counts, chokes, nulls=nulls_with([2.0] * 99)), "null graphs")
    assert (alike["rank"], alike["reason"]) == (100.0, "all null graphs are alike: no z")


def test_nulls_that_could_not_be_rewired_are_said_to_be_so():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    note = "equal to the original: no swap is possible"
    nulls = nulls_with([4, 4, 2]).assign(null_note=[note] * 10 + ["rewired"] * 5)
    found = row(npl.amplification(counts, chokes, nulls=nulls), "null graphs")
    assert (found["n_nulls"], found["n_not_rewired"], found["effect"]) == (1, 2, 2.0)
    assert found["reason"].startswith(f"2 null graphs are left out, {note}")
    none = row(npl.amplification(counts, chokes, nulls=nulls.assign(null_note=note)), "null graphs")
    assert math.isnan(none["effect"])
    assert none["reason"] == f"3 null graphs are left out, {note}"


def test_nulls_of_which_something_is_missing():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    one = counts_of([2, -math.inf, 1, 1, 1], status=["lower bound"] + ["certified"] * 4)
    found = row(
        npl.amplification(counts, chokes, nulls=stacked([one, one.iloc[:4]])), "null graphs"
    )
    assert found["effect"] == 2.0
    assert (found["status"], found["n_lower_bound"]) == ("lower bound", 2)
    other = npl.amplification(counts, chokes, nulls=stacked([counts_of([1] * 5, radius=9)]))
    assert row(other, "null graphs")["reason"] == "no null graph has counts for this case"
    nobody = npl.amplification(counts, chokes_of([0] * 5), nulls=stacked([counts]))
    assert row(nobody, "null graphs")["reason"].startswith("no choke point")
    everybody = npl.amplification(counts, chokes_of([1] * 5), nulls=stacked([counts, counts]))
    assert row(everybody, "null graphs")["effect"] == 0.0
    assert row(everybody, "null contrast")["reason"].startswith("no other node")
    empty = stacked([counts_of([-math.inf] * 5)])
    assert (
        "nothing to compare"
        in row(npl.amplification(counts, chokes, nulls=empty), "null graphs")["reason"]
    )


def test_ensembles_have_nulls():
    counts = stacked([counts_of([2.0 + s, 1, 1, 1]) for s in range(3)], "seed")
    chokes = stacked([chokes_of([1, 0, 0, 0])] * 3, "seed")
    nulls = stacked([stacked([counts_of([1.0, 1, 1, 1])] * 2)] * 3, "seed")
    table = npl.amplification(counts, chokes, nulls=nulls)
    found = row(table, "null graphs", level="ensemble")
    assert (found["effect"], found["n_graphs"], found["n_nulls"]) == (2.0, 3, 6)
    assert math.isnan(found["rank"])


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
    assert table.columns[:4].tolist() == ["null_model", "null", "null_note", "node"]
    assert set(table["null_model"]) == {"degree_preserving"}
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
    with pytest.raises(ValueError, match="did you mean 'module_preserving'"):
        npl.null_counts(net, nulls=1, model="modul_preserving")


@pytest.mark.parametrize("model", ["module_preserving", "triangle_preserving"])
def test_other_null_models(model):
    graph = npl.graphs.ring_of_modules(3, 6, density=0.6, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    null, note = null_network(net, 0, model)
    assert note == "rewired"
    assert dict(null.graph.degree()) == dict(graph.degree())
    before, after = (sum(nx.triangles(g).values()) for g in (graph, null.graph))
    assert (before == after) or model == "module_preserving"
    options = {"method": "sampled", "budget": npl.Budget(starts=5), "progress": False}
    table = npl.null_counts(net, 1, radius=0, model=model, **options)
    assert set(table["null_model"]) == {model}


def test_from_graph_to_amplification():
    graph = npl.graphs.ring_of_modules(modules=4, module_size=6, density=0.6, path_length=2, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    options = {"method": "sampled", "budget": npl.Budget(starts=40), "progress": False}
    counts = npl.count_neighborhoods(net, 1, rng=0, **options)
    chokes = npl.graphs.choke_points(graph)
    nulls = npl.null_counts(net, 3, radius=1, **options)
    table = npl.amplification(counts, chokes, nulls=nulls, graph=graph)
    assert set(table["comparison"]) == COMPARISONS
    assert {"all", "connector"} <= set(table["choke_kind"])
    raw = row(table, "all others")
    bits = counts["log2_stable"].groupby(chokes["is_choke"]).mean()
    assert raw["effect"] == pytest.approx(bits[True] - bits[False])
    # All connectors have the same ball, a path of three: one observation.
    assert "no p value: 1 different ball against 15" in raw["reason"]
    assert set(table[table["n_lower_bound"] > 0]["status"]) == {"lower bound"}
    # The column of the counts is the one that the effect is the mean of.
    own = counts["excess"][chokes["is_choke"]]
    matched = row(table, "matched")
    assert matched["n_choke"] == own.notna().sum() > 0
    assert matched["effect"] == pytest.approx(own.mean())
