"""PlasticNetwork: what goes in is checked, named and frozen."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

import netplastic as npl

WEIGHTED = nx.Graph()
WEIGHTED.add_edge(0, 1, weight=1.0, syn_count=3)
RULE = npl.Hebbian(-2.0)


def directed_example():
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=2.0, gain=-1.0)
    graph.add_edge("b", "c", weight=0.5, gain=3.0)
    graph.add_edge("c", "c", weight=1.0, gain=0.0)
    nx.set_node_attributes(graph, {"a": 0.1, "b": 0.2, "c": 0.3}, "drive")
    return graph


def test_arcs_follow_the_direction_of_edges():
    net = npl.PlasticNetwork(directed_example(), RULE)
    wiring = net.wiring
    arcs = {
        (net.nodes[s], net.nodes[t]): w
        for s, t, w in zip(wiring.source, wiring.target, wiring.weight, strict=True)
    }
    assert arcs == {("a", "b"): 2.0, ("b", "c"): 0.5, ("c", "c"): 1.0}


def test_an_undirected_edge_is_two_arcs_and_a_loop_one():
    graph = nx.path_graph(3)
    graph.add_edge(1, 1)
    net = npl.PlasticNetwork(graph, RULE)
    assert net.m == 5
    reverse = net.wiring.reverse
    np.testing.assert_array_equal(net.wiring.source[reverse], net.wiring.target)


def test_parameters_by_number_array_and_name():
    graph = directed_example()
    net = npl.PlasticNetwork(graph, npl.Hebbian("gain"), bias="drive", tau=[1.0, 2.0, 3.0])
    assert net.bias.tolist() == [0.1, 0.2, 0.3]
    assert net.tau.tolist() == [1.0, 2.0, 3.0]
    by_arc = dict(
        zip(
            zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True),
            net.strength.tolist(),
            strict=True,
        )
    )
    assert by_arc == {(0, 1): -1.0, (1, 2): 3.0, (2, 2): 0.0}


def test_edge_order_arrays_serve_both_directions():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian([-1.0, -2.0]))
    for strength, s, t in zip(net.strength, net.wiring.source, net.wiring.target, strict=True):
        assert strength == (-1.0 if {s, t} == {0, 1} else -2.0)


def test_nothing_can_be_changed_in_place():
    net = npl.PlasticNetwork(nx.path_graph(3), RULE)
    for array in (net.strength, net.bias, net.tau, net.decay, net.post, net.wiring.weight):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0
    values = np.ones(3)
    other = npl.PlasticNetwork(nx.path_graph(3), RULE, bias=values)
    values[0] = 9.0
    assert other.bias[0] == 1.0


def test_replace_changes_only_what_is_named():
    net = npl.PlasticNetwork(nx.path_graph(3), RULE, bias=[1.0, 2.0, 3.0], activation="logistic")
    new = net.replace(strength=-7.0, gain=2.0, learning_rate=0.5)
    assert new.strength.tolist() == [-7.0] * 4
    assert new.bias.tolist() == [1.0, 2.0, 3.0]
    assert new.learning_rate == 0.5
    assert new.wiring is net.wiring
    assert net.strength.tolist() == [-2.0] * 4
    with pytest.raises(ValueError, match="did you mean 'strength'"):
        net.replace(strenght=1.0)
    with pytest.raises(ValueError, match="no parameter 'threshold'"):
        net.replace(threshold=0.1)


def test_part_keeps_parameters_and_cuts_arcs():
    graph = nx.cycle_graph(5)
    net = npl.PlasticNetwork(graph, npl.BCM(-3.0, threshold=np.arange(5) / 10), bias=np.arange(5.0))
    part = net.part([4, 0, 1])
    assert part.nodes == (0, 1, 4)
    assert part.bias.tolist() == [0.0, 1.0, 4.0]
    assert part.post[:, 1].tolist() == [-0.0, -0.1, -0.4]
    assert part.m == 4
    with pytest.raises(ValueError, match="node 9 is not in the network"):
        net.part([9])


def test_which_case_of_the_theory_it_is():
    graph = nx.path_graph(3)
    assert npl.PlasticNetwork(graph, RULE).has_objective
    assert npl.PlasticNetwork(graph, npl.Hebbian([-1.0, 2.0])).has_objective
    assert not npl.PlasticNetwork(graph, npl.Hebbian([-1.0, 2.0, 1.0, 1.0])).has_objective
    assert not npl.PlasticNetwork(graph, npl.Oja(1.0)).has_objective
    assert not npl.PlasticNetwork(graph, npl.Hebbian(-1.0, decay=[1.0, 2.0, 1.0])).has_objective
    assert not npl.PlasticNetwork(nx.DiGraph([(0, 1)]), RULE).has_objective
    assert npl.PlasticNetwork(nx.DiGraph([(0, 1)]), npl.Hebbian(0.0)).has_objective
    assert npl.PlasticNetwork(graph, npl.Oja(1.0)).decay_is_nodal
    assert not npl.PlasticNetwork(graph, npl.Oja([1.0, 2.0])).decay_is_nodal


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: npl.PlasticNetwork(nx.Graph(), RULE), ValueError, "graph is empty"),
        (lambda: npl.PlasticNetwork(nx.MultiGraph([(0, 1)]), RULE), ValueError, "collapse"),
        (lambda: npl.PlasticNetwork([(0, 1)], RULE), TypeError, "read_network"),
        (lambda: npl.PlasticNetwork(np.triu(np.ones((2, 2))), RULE), ValueError, "directed=True"),
        (lambda: npl.PlasticNetwork(np.ones((2, 3)), RULE), ValueError, "must be square"),
        (
            lambda: npl.PlasticNetwork(WEIGHTED, RULE, weight="syn_cout"),
            ValueError,
            "edges have 'weight', 'syn_count'; did you mean 'syn_count'",
        ),
        (lambda: npl.PlasticNetwork(nx.path_graph(2), -2.0), TypeError, "rule is a float"),
        (lambda: npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(math.nan)), ValueError, "finite"),
        (lambda: npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(math.inf)), ValueError, "finite"),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(1.0, decay=0.0)),
            ValueError,
            "decay is 0.0 at node 0; it must be positive",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(2), RULE, tau=-1.0),
            ValueError,
            "tau is -1.0 at node 0; it must be positive",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(2), RULE, learning_rate=0.0),
            ValueError,
            "learning_rate is 0.0; it must be positive",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(2), RULE, learning_rate=[1.0, 2.0]),
            ValueError,
            "single number",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), RULE, bias=[1.0, 2.0]),
            ValueError,
            "length 3 in node order",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), RULE, bias="drive"),
            ValueError,
            "node 0 lacks it",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), RULE, bias=object()),
            TypeError,
            "give a number",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian([1.0, 2.0, 3.0])),
            ValueError,
            "4 in arc order or 2 in edge order",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), RULE, activation="tahn"),
            ValueError,
            "did you mean 'tanh'",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), RULE, activation=np.tanh),
            TypeError,
            "derived from netplastic.Activation",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(3), RULE, activation=npl.Tanh(gain=-1.0)),
            ValueError,
            "gain is -1.0",
        ),
    ],
)
def test_misuse_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_faulty_weights_are_named():
    graph = nx.path_graph(3)
    graph.edges[0, 1]["weight"] = 2.0
    with pytest.raises(ValueError, match=r"edge \(1, 2\) has no attribute 'weight'"):
        npl.PlasticNetwork(graph, RULE)
    assert npl.PlasticNetwork(graph, RULE, weight=None).arc_weight.tolist() == [1.0] * 4
    for bad, error in ((-1.0, ValueError), (math.nan, ValueError), ("x", TypeError)):
        graph.edges[1, 2]["weight"] = bad
        with pytest.raises(error, match=r"edge \(1, 2\)"):
            npl.PlasticNetwork(graph, RULE)


def test_counts_keep_their_word():
    certified = npl.CountStatus.CERTIFIED
    assert certified.meaning
    assert npl.CountStatus.ESTIMATE.remedy
    with pytest.raises(ValueError, match="lower == upper"):
        npl.Count(1, 2, certified)
    with pytest.raises(ValueError, match="0 <= lower"):
        npl.Count(3, 2, npl.CountStatus.LOWER_BOUND)
    assert str(npl.Count(1, 4, npl.CountStatus.ESTIMATE)) == "between 1 and 4 (estimate)"
    assert npl.Count(2**200, 2**200, certified).log2 == 200.0
    assert npl.Count(0, 0, certified).log2 == -math.inf


@pytest.mark.parametrize("bad", [{"boxes": 0}, {"seconds": -1.0}, {"megabytes": True}])
def test_budgets_are_positive(bad):
    with pytest.raises(ValueError, match="must be"):
        npl.Budget(**bad)


def test_find_equilibria_refuses_nonsense():
    net = npl.PlasticNetwork(nx.path_graph(2), RULE)
    with pytest.raises(ValueError, match="did you mean 'certified'"):
        npl.find_equilibria(net, method="certifed")
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.count_equilibria(nx.path_graph(2))
    with pytest.raises(TypeError, match="give seconds"):
        npl.count_equilibria(net, budget="long")
