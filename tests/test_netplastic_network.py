"""PlasticNetwork: what goes in is checked, named and frozen."""

from __future__ import annotations

import inspect
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
        (lambda: PATH3.part_at(np.array([3])), ValueError, "index holds 3; node numbers"),
        (lambda: PATH3.part_at(np.array([-1])), ValueError, "index holds -1; node numbers"),
        (lambda: PATH3.part_at("ab"), TypeError, "give an array of node numbers"),
        (lambda: PATH3.part_at([0.5]), TypeError, "give an array of node numbers"),
        (lambda: npl.PlasticNetwork(np.triu(np.ones((2, 2))), RULE), ValueError, "directed=True"),
        (lambda: npl.PlasticNetwork(np.ones((2, 3)), RULE), ValueError, "must be square"),
        (
            lambda: npl.PlasticNetwork(WEIGHTED, RULE, weight="syn_cout"),
            ValueError,
            "edges have 'weight', 'syn_count'; did you mean 'syn_count'",
        ),
        (
            lambda: npl.PlasticNetwork(nx.path_graph(2), -2.0),
            TypeError,
            "rule is -2.0 .float.; give one",
        ),
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
    with pytest.raises((TypeError, ValueError), match="must be"):
        npl.Budget(**bad)


def test_find_equilibria_refuses_nonsense():
    net = npl.PlasticNetwork(nx.path_graph(2), RULE)
    with pytest.raises(ValueError, match="did you mean 'certified'"):
        npl.find_equilibria(net, method="certifed")
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.count_equilibria(nx.path_graph(2))
    with pytest.raises(TypeError, match=r"budget .seconds, a netplastic.Budget"):
        npl.count_equilibria(net, budget="long")


# Counts are numbers where they are settled

SEVEN = npl.Count(7, 7, npl.CountStatus.CERTIFIED, "certified")
BETWEEN = npl.Count(2, 5, npl.CountStatus.LOWER_BOUND, "certified", "boxes ran out")
AT_LEAST = npl.Count(3, math.inf, npl.CountStatus.LOWER_BOUND, "sampled", "400 starts")


def test_a_settled_count_is_its_integer():
    assert SEVEN == 7
    assert SEVEN == 7.0
    assert np.int64(7) == SEVEN
    assert SEVEN != 8
    assert npl.Count(7, 7, npl.CountStatus.LOWER_BOUND) == SEVEN
    assert 6 < SEVEN <= 7 < SEVEN + 1
    assert not SEVEN < 7
    assert not SEVEN > 7
    assert SEVEN >= 7
    assert sum([SEVEN, SEVEN, 1]) == 15
    assert (SEVEN - 1, 1 - SEVEN, 2 * SEVEN, SEVEN / 2, SEVEN // 2, SEVEN % 2) == (
        6,
        -6,
        14,
        3.5,
        3,
        1,
    )
    assert (SEVEN**2, 2**SEVEN, -SEVEN, SEVEN * SEVEN) == (49, 128, -7, 49)
    assert (f"{SEVEN:>4d}", f"{SEVEN:,}", f"{SEVEN}") == ("   7", "7", "7 (certified)")
    assert hash(SEVEN) == hash(7)
    assert {7: "seven"}[SEVEN] == "seven"
    assert [10, 20, 30, 40, 50, 60, 70, 80][SEVEN] == 80
    assert (bool(SEVEN), bool(npl.Count(0, 0, npl.CountStatus.CERTIFIED))) == (True, False)
    assert math.log2(npl.Count(2**70, 2**70, npl.CountStatus.CERTIFIED)) == 70.0
    assert SEVEN != "7"
    assert math.nan != SEVEN
    assert not math.nan > SEVEN
    assert not math.nan < SEVEN
    with pytest.raises(TypeError):
        sorted([SEVEN, "8"])


def test_an_unsettled_count_says_what_its_bounds_decide():
    assert BETWEEN != 6
    assert BETWEEN != 1
    assert (BETWEEN > 1, BETWEEN >= 2, BETWEEN < 6, BETWEEN <= 5) == (True,) * 4
    assert (BETWEEN < 2, BETWEEN <= 1, BETWEEN > 5, BETWEEN >= 6) == (False,) * 4
    assert SEVEN > BETWEEN
    assert AT_LEAST > 2
    assert AT_LEAST != 0
    assert bool(AT_LEAST)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: BETWEEN == 2,
        lambda: BETWEEN != 5,
        lambda: BETWEEN < 5,
        lambda: BETWEEN > 2,
        lambda: BETWEEN <= 4,
        lambda: BETWEEN >= 3,
        lambda: npl.Count(2, 5, npl.CountStatus.LOWER_BOUND) == BETWEEN,
        lambda: AT_LEAST < 100,
        lambda: SEVEN < AT_LEAST,
        lambda: sum([SEVEN, BETWEEN]),
        lambda: BETWEEN + 1,
        lambda: 2 * BETWEEN,
        lambda: f"{BETWEEN:d}",
        lambda: int(AT_LEAST),
        lambda: float(BETWEEN),
        lambda: bool(npl.Count(0, 3, npl.CountStatus.LOWER_BOUND)),
        lambda: npl.Count(2, 5, npl.CountStatus.ESTIMATE) < 100,
    ],
)
def test_what_bounds_do_not_decide_raises_with_them(ask):
    with pytest.raises(ValueError, match=r"not settled \((between|at least) \d"):
        ask()


# Options are said by name


def public():
    doors = [npl, npl.graphs, npl.analyses, npl.analyses.pictures]
    for door in doors:
        for name in door.__all__:
            thing = getattr(door, name)
            if inspect.isfunction(thing):
                yield name, thing
            elif inspect.isclass(thing):
                yield from (
                    (f"{name}.{method}", one)
                    for method, one in vars(thing).items()
                    if inspect.isfunction(one) and not method.startswith("_")
                )


def test_whatever_has_a_default_is_a_keyword_behind_two_arguments():
    for name, function in public():
        parameters = list(inspect.signature(function).parameters.values())
        placed = [
            one
            for one in parameters
            if one.name != "self" and one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]
        for place, one in enumerate(placed):
            assert place < 2 or one.default is inspect.Parameter.empty, (name, one.name)
            assert "bool" not in str(one.annotation), (name, one.name)


PATH3 = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-20.0))


@pytest.mark.parametrize(
    "call",
    [
        lambda: npl.count_equilibria(PATH3, 30.0),
        lambda: npl.count_equilibria(PATH3, stable_only=30.0),
        lambda: npl.find_equilibria(PATH3, stable_only=1),
        lambda: npl.count_equilibria(PATH3, progress="yes"),
        lambda: npl.bifurcation_diagram(PATH3, "strength", 0.0, -1.0, hopf=1),
        lambda: npl.Observe(energy=1),
        lambda: npl.Budget(30.0),
        lambda: npl.graphs.celegans(muscles=1),
        lambda: npl.graphs.planted_partition(connected=0),
        lambda: npl.graphs.read_network(np.eye(2), directed=1),
    ],
)
def test_a_number_is_never_taken_for_true(call):
    with pytest.raises(TypeError, match=r"True or False|positional"):
        call()


@pytest.mark.parametrize("parameter", ["strength", "static_weight"])
def test_values_per_edge_are_in_the_order_of_the_edges(parameter):
    """Directed, with edges listed in another order than that of arcs (by target, then source)."""
    graph = nx.DiGraph([("c", "b"), ("a", "c"), ("a", "b"), ("b", "a")])
    values = [-1.0, -2.0, -3.0, -4.0]
    named = dict(zip(graph.edges, values, strict=True))
    nx.set_edge_attributes(graph, named, "eta")
    nets = []
    for value in (values, np.array(values), "eta"):
        rule = npl.Hebbian(value if parameter == "strength" else -2.0)
        more = {"static_weight": value} if parameter == "static_weight" else {}
        nets.append(npl.PlasticNetwork(graph, rule, **more))
    for net in nets:
        wiring = net.wiring
        found = {
            (net.nodes[s], net.nodes[t]): float(v)
            for s, t, v in zip(wiring.source, wiring.target, getattr(net, parameter), strict=True)
        }
        assert found == named
        same = net.replace(**{parameter: getattr(net, parameter)}, tau=2.0)
        assert np.array_equal(getattr(same, parameter), getattr(net, parameter))
        assert np.array_equal(getattr(net.replace(tau=2.0), parameter), getattr(net, parameter))
