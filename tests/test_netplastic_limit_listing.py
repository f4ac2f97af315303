"""Digraphs with self-loops in the strong limit, state by state by a satisfiability solver.

Held against the walk through all sets, which `test_netplastic_limit.py` holds against enumeration.
"""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic._support import INTERRUPTED, Watch
from netplastic.equilibria import Clock
from netplastic.equilibria.limit import _lister as lister
from netplastic.equilibria.limit import limit_states
from netplastic.equilibria.limit._components import bits, components_of
from netplastic.equilibria.limit._lister import can_list, list_states
from netplastic.equilibria.limit._models import models
from netplastic.equilibria.limit._walk import Walk

MANY = 10**6


def clock(**limits):
    return Clock(npl.Budget(**limits))


def digraph(seed, n=8, density=0.25):
    graph = nx.gnp_random_graph(n, density, seed=seed, directed=True)
    graph.add_edges_from((node, node) for node in range(seed % 3, n, 3))
    return anti(graph, -math.inf)


def kinds(seeds, **options):
    return [
        component
        for seed in seeds
        for component in components_of(digraph(seed, **options))
        if can_list(component)
    ]


@pytest.fixture
def solver():
    return pytest.importorskip("pysat")


@pytest.fixture
def no_solver(monkeypatch):
    monkeypatch.setattr("netplastic.equilibria.limit._answer.can_list", lambda component: False)


@pytest.mark.usefixtures("solver")
def test_states_are_those_of_the_walk():
    """All without circles; each in the walk's list; and a circle left out is said to be so."""
    left_out = whole = 0
    for component in kinds(range(120)):
        walk = Walk(component, clock())
        every = set(walk.states())
        found = list(models(component))
        states = [state for state in found if state is not None]
        assert len(set(states)) == len(states)
        assert set(states) <= every
        if None not in found:
            assert set(states) == every
            assert not walk.opened
            whole += 1
        else:
            left_out += 1
    assert left_out > 10
    assert whole > 30


@pytest.mark.usefixtures("solver")
def test_circles_that_no_loop_is_on_are_no_loss():
    """0 <-> 1 drives 2 and cannot be in the middle; 2 has a loop: {0} or {1}, 2 low or high not."""
    graph = nx.DiGraph([(0, 1), (1, 0), (0, 2), (2, 2)])
    (component,) = components_of(anti(graph, -math.inf))
    assert can_list(component)
    assert sorted(models(component)) == [0b001, 0b010]


@pytest.mark.usefixtures("solver")
def test_circles_with_equal_weights_are_settled():
    """Two looped nodes that drive each other, and a node that both drive: A on R is of rank 1."""
    graph = nx.DiGraph([(0, 0), (1, 1), (0, 1), (1, 0), (0, 2), (1, 2)])
    (component,) = components_of(anti(graph, -math.inf))
    assert list(models(component)) == list(Walk(component, clock()).states()) == [0]


@pytest.mark.usefixtures("solver")
def test_a_process_lists_the_same():
    for component in kinds(range(3), n=16, density=0.15):
        found = list_states(component, clock(), MANY)
        states = list(models(component))
        assert found.why == ""
        assert set(found.states) == {state for state in states if state is not None}
        assert found.opened == (None in states)


@pytest.mark.usefixtures("solver")
def test_what_ends_it_early_is_said():
    graph = nx.path_graph(12).to_directed()
    graph.add_edges_from([(0, 12), (12, 12)])  # low, or in the middle by its loop
    (component,) = components_of(anti(graph, -math.inf))
    every = list_states(component, clock(), MANY)
    assert (len(every.states), every.opened, every.why) == (28, False, "")  # of the path
    assert "more than 2 states" in list_states(component, clock(), 2).why
    assert len(list_states(component, clock(), 2).states) == 3
    stopped = clock()
    stopped.watch = Watch()
    stopped.watch.stopped = True
    assert list_states(component, stopped, MANY).why == INTERRUPTED
    assert list_states(component, clock(seconds=1e-3), MANY).why == "budget of 0.001 s used up"
    assert "used up 1 MB" in list_states(component, clock(megabytes=1), MANY).why


def test_a_solver_that_fails_is_said(monkeypatch):
    monkeypatch.setattr(lister, "_WORK", "raise MemoryError('no more')")
    (component,) = components_of(digraph(1))[:1]
    found = list_states(component, clock(), MANY)
    assert found.states == []
    assert found.why == "python-sat failed (MemoryError: no more)"


def test_undirected_components_are_no_matter_of_it():
    graph = nx.path_graph(4)
    graph.add_edge(0, 0)
    (component,) = components_of(anti(graph, -math.inf))
    assert not can_list(component)


def wide(seed=0):
    """60 nodes, 10 looped: too many boxes for a walk on trial."""
    graph = nx.gnp_random_graph(60, 0.06, seed=seed, directed=True)
    graph.add_edges_from((node, node) for node in range(0, 60, 6))
    return anti(graph, -math.inf)


@pytest.mark.usefixtures("solver")
def test_counts_and_lists_take_it_where_a_walk_on_trial_is_too_short(monkeypatch):
    monkeypatch.setattr("netplastic.equilibria.limit._answer._TRIAL", 1)
    net = wide()
    count = npl.count_equilibria(net, stable_only=True)
    found = npl.find_equilibria(net, stable_only=True)
    assert len(found) == count.lower == len(set(map(bytes, found.rates)))
    for row in found.rates != 0.0:
        assert is_stable(net, row)
    if count.exact:
        assert limit_states(net, clock()).total == int(count)


def is_stable(net, high):
    """Section 7(d), for middle nodes that stand alone, written again."""
    weight = np.zeros((net.n, net.n), dtype=bool)
    weight[net.wiring.target, net.wiring.source] = True
    driven = weight[:, high].any(axis=1)
    middle = ~high & ~driven
    own = nx.from_numpy_array(weight[np.ix_(middle, middle)].T, create_using=nx.DiGraph)
    alone = all(len(part) == 1 for part in nx.strongly_connected_components(own))
    fed = weight[np.ix_(middle, middle)].any(axis=1).all()
    free = not weight[np.ix_(high, high | middle)].any()
    return alone and fed and free


@pytest.mark.usefixtures("no_solver")
def test_without_it_the_reason_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("netplastic.equilibria.limit._answer._TRIAL", 1)
    net = npl.PlasticNetwork(npl.graphs.celegans(), npl.Hebbian(-math.inf))
    count = npl.count_equilibria(net, stable_only=True, budget=npl.Budget(boxes=50))
    assert "python-sat lists some of them: pip install" in count.reason


@pytest.mark.slow
@pytest.mark.usefixtures("solver")
def test_celegans_with_its_self_loops():
    """Section 7(d): 26,880 stable states whose middle nodes stand alone, in a minute."""
    net = npl.PlasticNetwork(npl.graphs.celegans(), npl.Hebbian(-math.inf))
    count = npl.count_equilibria(net, stable_only=True, budget=120.0)
    assert (count.lower, count.upper) == (26_880, math.inf)
    assert "not settled" in count.reason
    component = max(components_of(net), key=lambda one: one.n)
    assert len(list(bits(component.looped))) == 38
