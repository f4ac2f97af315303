"""Searching up to symmetry finds what the search without it finds."""

from __future__ import annotations

from functools import partial

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import _search, _symmetry, system_of
from netplastic.equilibria.certified._search import search
from netplastic.equilibria.certified._symmetry import (
    Symmetry,
    is_automorphism,
    search_up_to_symmetry,
)
from netplastic.model import automorphism_generators


@pytest.fixture(autouse=True)
def _symmetries_from_the_first_box_on(monkeypatch):
    monkeypatch.setattr(_search, "_SHORT", 1)


def both(net, minima=False, boxes=100_000):
    system = system_of(net)
    symmetry = Symmetry(system, partial(automorphism_generators, net))
    clocks = [Clock(npl.Budget(boxes=boxes)) for _ in range(2)]
    led = search_up_to_symmetry(system, minima, clocks[0], symmetry)
    plain = search(system, minima, clocks[1])
    return led, plain, clocks, symmetry


def same_roots(a, b):
    """Every enclosure of either list meets exactly one of the other."""
    meets = np.all((a.low[:, None] <= b.high[None]) & (b.low[None] <= a.high[:, None]), axis=2)
    return bool(np.all(meets.sum(axis=0) == 1) and np.all(meets.sum(axis=1) == 1))


def two_way_ring(n):
    graph = nx.DiGraph()
    graph.add_edges_from((i, (i + 1) % n) for i in range(n))
    graph.add_edges_from((i, (i + 2) % n) for i in range(n))
    return graph


NETWORKS = {
    "path": lambda: anti(nx.path_graph(9), -50.0),
    "ring": lambda: anti(nx.cycle_graph(7), -40.0),
    "grid": lambda: anti(nx.grid_2d_graph(3, 3), -50.0),
    "cube": lambda: anti(nx.hypercube_graph(3), -30.0),
    "petersen": lambda: anti(nx.petersen_graph(), -20.0),
    "clique": lambda: anti(nx.complete_graph(4), -50.0),
    "hebbian": lambda: anti(nx.cycle_graph(6), 2.0, bias=0.1),
    "directed": lambda: anti(two_way_ring(6), -20.0),
    "logistic": lambda: anti(nx.cycle_graph(6), -60.0, activation=npl.Logistic(gain=4.0)),
    "Oja": lambda: npl.PlasticNetwork(nx.cycle_graph(6), npl.Oja(-20.0)),
    "static": lambda: anti(nx.cycle_graph(6), -20.0, static_weight=-0.5),
    "loops": lambda: anti(nx.Graph([*nx.cycle_graph(6).edges, *((i, i) for i in range(6))]), -20.0),
    "unequal": lambda: anti(nx.path_graph(6), -50.0, bias=[1.0, 0.8, 1.1, 1.1, 0.8, 1.0]),
    "no symmetry": lambda: anti(nx.path_graph(6), -50.0, bias=np.linspace(0.9, 1.1, 6)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_roots_are_found(name):
    led, plain, clocks, symmetry = both(NETWORKS[name]())
    assert led.complete
    assert plain.complete
    assert same_roots(led, plain)
    assert symmetry.used == (name != "no symmetry")
    if symmetry.used and len(plain) > 3:
        assert clocks[0].boxes < clocks[1].boxes


def test_images_keep_their_regions():
    """Each region holds its own enclosure and no other."""
    led, _, _, _ = both(anti(nx.cycle_graph(8), -40.0))
    inside = np.all(
        (led.low[:, None] >= led.region_low[None]) & (led.high[:, None] <= led.region_high[None]),
        axis=2,
    )
    assert np.array_equal(inside, np.eye(len(led), dtype=bool))


def test_stable_ones_are_found_too():
    """The count of the 5-cycle at k = -20: 11 equilibria, 5 stable; of the 12-path: 149 and 28."""
    for graph, strength, every, stable in (
        (nx.cycle_graph(5), -20.0, 11, 5),
        (nx.path_graph(12), -50.0, 149, 28),
    ):
        net = anti(graph, strength, learning_rate=1e6)
        assert npl.find_equilibria(net, method="certified").count.lower == every
        only = npl.find_equilibria(net, method="certified", stable_only=True)
        assert len(only) == only.count.lower == only.count.upper == stable


def test_leaders_are_the_largest_orbit():
    system = system_of(anti(nx.lollipop_graph(4, 2), -20.0))
    symmetry = Symmetry(
        system, partial(automorphism_generators, anti(nx.lollipop_graph(4, 2), -20.0))
    )
    assert symmetry.leaders().tolist() == [0, 0, 0, 3, 4, 5]


def test_what_is_no_symmetry_of_the_system_is_left_out():
    net = anti(nx.path_graph(4), -20.0, bias=[1.0, 1.0, 1.0, 0.5])
    system = system_of(net)
    mirror = np.array([[3, 2, 1, 0]])
    assert not is_automorphism(system, mirror[0])
    assert is_automorphism(system_of(anti(nx.path_graph(4), -20.0)), mirror[0])
    assert not is_automorphism(system_of(anti(nx.path_graph(4), -20.0)), np.array([1, 0, 2, 3]))
    symmetry = Symmetry(system, lambda: mirror)
    assert symmetry.leaders().tolist() == [0, 1, 2, 3]
    assert not symmetry.used


def test_the_direction_of_a_generator_does_not_matter():
    """x[g] of a root x is a root: row i reads sources j as row g[i] reads g[j]."""
    graph = two_way_ring(5)
    nx.set_edge_attributes(graph, {(u, v): 1.0 + ((v - u) % 5) for u, v in graph.edges}, "weight")
    net = anti(graph, -20.0)
    for g in automorphism_generators(net):
        for turned in (g, np.argsort(g)):
            assert is_automorphism(system_of(net), turned)
    led, plain, _, symmetry = both(net)
    assert symmetry.used
    assert same_roots(led, plain)


def test_a_budget_gives_lower_bounds():
    net = anti(nx.path_graph(14), -50.0)
    whole = both(net)[1]
    for boxes in (50, 150, 400):
        led, _, clocks, _ = both(net, boxes=boxes)
        assert clocks[0].boxes <= boxes
        assert not led.complete
        assert 0 < len(led) < len(whole)
        assert "budget" in led.reason


def test_near_a_bifurcation_the_search_is_done_without():
    """The pair's pitchfork at -6.537594568 (cosh identities in docs/theory.md#section-7)."""
    net = anti(nx.path_graph(2), -6.5375945681)
    led, plain, _, symmetry = both(net)
    assert symmetry.used
    assert (len(led), led.more_low, led.more_high) == (
        len(plain),
        plain.more_low,
        plain.more_high,
    )


def test_missing_images_show(monkeypatch):
    monkeypatch.setattr(Symmetry, "closed", lambda self, roots: roots)
    with pytest.raises(ArithmeticError, match="no image of equilibrium"):
        npl.find_equilibria(anti(nx.path_graph(9), -50.0), method="certified")


def test_images_counted_twice_show(monkeypatch):
    monkeypatch.setattr(
        _symmetry,
        "_unknown",
        lambda images, known: images[:, :0] if known.shape[1] > 30 else images,
    )
    net = anti(nx.path_graph(6), -50.0)
    led, plain, _, _ = both(net)
    assert len(led) != len(plain)


def test_roots_that_cannot_be_told_apart_are_searched_for_again(monkeypatch):
    monkeypatch.setattr(_symmetry, "_unknown", lambda images, known: None)
    led, plain, clocks, _ = both(anti(nx.path_graph(6), -50.0))
    assert same_roots(led, plain)
    assert clocks[0].boxes > clocks[1].boxes
