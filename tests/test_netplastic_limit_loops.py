"""Self-loops with unequal weights in the strong limit, decided exactly (section 7)."""

from __future__ import annotations

import math

import networkx as nx
import pytest
from conftest import anti
from limit_networks import clock, counted, limit, looped

import netplastic as npl
from netplastic.equilibria.limit._components import components_of
from netplastic.equilibria.limit._middle import strong_components
from netplastic.equilibria.limit._walk import Walk


def pair_with_loops(a, b, c, **parameters):
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 0, a), (0, 1, b), (1, 1, c)])
    return limit(graph, **parameters)


@pytest.mark.parametrize(
    ("weights", "number"),
    [
        ((1.0, 1.0, 1.0), 1),
        ((4.0, 2.0, 1.0), 1),  # determinant 0
        ((4.0, math.nextafter(2.0, 3.0), 1.0), 0),
        ((4.0, math.nextafter(2.0, 1.0), 1.0), 1),
        ((0.1, 0.1, 0.1), 1),
        ((1.0, 2.0, 1.0), 0),
    ],
)
def test_semidefiniteness_is_decided_to_the_last_bit(weights, number):
    assert int(counted(pair_with_loops(*weights))) == number


def test_weak_paths_of_looped_nodes_are_stable():
    """Equal weights: determinant -1, no state. Weak edges: positive definite."""
    graph = looped(nx.path_graph(3), range(3))
    assert int(counted(limit(graph))) == 0
    for u, v, data in graph.edges(data=True):
        data["weight"] = 1.0 if u == v else 0.5
    assert int(counted(limit(graph))) == 1
    net = anti(graph, -3e5)
    assert int(npl.count_equilibria(net, method="certified", stable_only=True)) == 1


def test_what_is_not_settled_gives_bounds():
    unequal = counted(pair_with_loops(1.0, 0.5, 1.0, bias=1.0).replace(decay=[1.0, 2.0]))
    graph = looped(nx.DiGraph([(0, 1), (1, 2), (2, 0)]), [0])
    for count in (unequal, counted(limit(graph))):
        assert (count.lower, count.upper) == (0, math.inf)
        assert "not settled" in count.reason
    found = npl.find_equilibria(limit(graph), stable_only=True)
    assert len(found) == 0
    assert found.orbit is None


def test_haste_misses_no_state_whose_middle_nodes_stand_alone():
    """And lists no other; it cannot say more than that there may be others."""
    missed = 0
    for seed in range(80):
        graph = nx.gnp_random_graph(8, 0.25, seed=seed, directed=True)
        for component in components_of(limit(looped(graph, range(seed % 3, 8, 3)))):
            everything, hasty = Walk(component, clock()), Walk(component, clock(), hasty=True)
            states, quick = set(everything.states()), set(hasty.states())
            assert quick <= states
            assert quick == states or hasty.opened
            assert hasty.opened or not everything.opened
            missed += everything.opened > 0
            for high in states - quick:
                driven = (i for i in range(component.n) if component.sources[i] & high)
                low = sum(1 << i for i in driven)
                middle = component.everything & ~high & ~low
                assert any(p & (p - 1) for p in strong_components(component, middle))
    assert missed > 5


@pytest.mark.slow
def test_celegans_with_its_self_loops_has_stable_states():
    """Section 7(d): no kernel, but 26,880 states whose middle nodes stand alone."""
    count = counted(limit(npl.graphs.celegans(synapses="chemical")))
    assert 0 < count.lower <= 26_880
    assert count.upper == math.inf
