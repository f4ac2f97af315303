"""Bounds and births on bipartite networks: two extreme equilibria, at any size."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic._support import Halt
from netplastic.continuation import _bipartite, _scaled, coupled_of
from netplastic.continuation._bipartite import bipartite_birth
from netplastic.continuation._extremes import Box, Extremes
from netplastic.continuation._kernels import sides_of
from netplastic.continuation._local_proof import LocalStatus
from netplastic.landscape import has_one_equilibrium

BOXES = npl.Budget(boxes=50_000)


def random_network(graph, seed, width=0.5):
    """Biases of both signs, weights and gains that differ."""
    rng = np.random.default_rng(seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = rng.uniform(0.5, 2.0)
    n = len(graph)
    bias = rng.uniform(1.0 - width, 1.0 + width, n) * rng.choice([-1.0, 1.0], n)
    return anti(graph, bias=bias, activation=npl.Tanh(rng.uniform(0.5, 2.0, n)))


def at(net, k):
    return net.replace(strength=-k, learning_rate=math.inf)


def extremes_of(net):
    coupled = coupled_of(net)
    coupled = type(coupled)(**(vars(coupled) | {"bias": np.abs(coupled.bias)}))
    matrix = coupled.matrix
    return Extremes(coupled, sides_of(matrix.indptr, matrix.indices) == 0, Halt())


SMALL = {
    "tree": lambda seed: nx.random_labeled_tree(7, seed=seed),
    "grid": lambda seed: nx.convert_node_labels_to_integers(nx.grid_2d_graph(2, 3)),
    "path": lambda seed: nx.path_graph(6),
    "star": lambda seed: nx.star_graph(4),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SMALL)
def test_certified_counts_confirm_both_ends_of_the_bracket(name, seed):
    net = random_network(SMALL[name](seed), seed)
    found = bipartite_birth(coupled_of(net), 1000.0)
    assert found.status is LocalStatus.PROVED
    assert found.lower < found.birth.strength < found.upper < 1.0001 * found.lower
    # A count at a birth is settled by no budget: a little further off.
    below = npl.find_equilibria(at(net, 0.99 * found.lower), "certified", budget=BOXES)
    above = npl.find_equilibria(
        at(net, 1.01 * found.upper), "certified", stable_only=True, budget=BOXES
    )
    assert below.count.exact
    assert len(below) == 1
    assert above.stable_count.lower >= 2


@pytest.mark.parametrize("share", [0.5, 0.99, 0.9999, 1.0001, 1.1, 3.0])
@pytest.mark.parametrize("name", SMALL)
def test_every_equilibrium_lies_within_the_bounds(name, share):
    net = random_network(SMALL[name](3), 3)
    k = share * bipartite_birth(coupled_of(net), 1000.0).birth.strength
    extremes = extremes_of(net)
    box = extremes.box(k)
    assert box.is_settled
    found = npl.find_equilibria(at(net, k), "sampled", rng=0, budget=npl.Budget(starts=200))
    states = np.abs(found.activity)
    assert len(states) > (share > 1.0)
    assert np.all(states >= box.low - 1e-12)
    assert np.all(states <= box.high + 1e-12)
    assert extremes.has_one(k, box) is (share < 1.0)
    if share < 1.0:
        return
    # Both extremes are equilibria, proved alone in boxes of their own that other states avoid.
    for side in (extremes.is_left, ~extremes.is_left):
        extreme = np.where(side, box.low, box.high)
        x, own = extremes.isolated(k, extreme)
        np.testing.assert_allclose(x, extreme, atol=1e-5)
        inside = np.all((states >= own.low - 1e-9) & (states <= own.high + 1e-9), axis=1)
        assert inside.sum() == 1
        assert own.gap < 1e-2


def test_what_is_no_equilibrium_is_not_proved():
    net = anti(nx.path_graph(4))
    extremes = extremes_of(net)
    box = extremes.box(12.0)
    x = np.where(extremes.is_left, box.low, box.high)
    assert extremes.isolated(12.0, x) is not None
    for wrong in (x + 0.3, x * math.nan, np.full(4, 0.5)):
        assert extremes.isolated(12.0, wrong) is None
    own = extremes.isolated(12.0, x)[1]
    assert extremes._maps_into_itself(12.0, own.low, own.high)
    low, high = x - 1e-6, x + 1e-6
    assert not extremes._maps_into_itself(12.0, low + 1e-4, high + 1e-4)
    assert not extremes._maps_into_itself(12.0, low * math.nan, high)
    assert not extremes.has_one(12.0, Box(low=x * math.nan, high=x, is_settled=True))
    # The symmetric state of a pair beyond its pitchfork is an equilibrium, but not stable.
    pair = extremes_of(anti(nx.path_graph(2)))
    assert pair.isolated(8.0, np.full(2, 0.5)) is None


@pytest.mark.parametrize(
    ("graph", "width"),
    [(nx.random_labeled_tree(150, seed=1), 0.2), (nx.grid_2d_graph(9, 10), 0.2)],
)
def test_bounds_by_sweeps_alone_confirm_the_bracket(graph, width):
    rng = np.random.default_rng(0)
    net = anti(graph, bias=rng.uniform(1.0 - width, 1.0 + width, len(graph)))
    found = bipartite_birth(coupled_of(net), 1000.0)
    assert found.status is LocalStatus.PROVED
    assert found.upper < (1.0 + 1e-5) * found.lower
    assert has_one_equilibrium(at(net, 0.9995 * found.lower))
    assert not has_one_equilibrium(at(net, found.upper))


def test_iteration_and_elimination_give_the_same_bounds(monkeypatch):
    net = anti(nx.grid_2d_graph(6, 6))
    born = bipartite_birth(coupled_of(net), 100.0)
    monkeypatch.setattr(_scaled, "_CHEAP", 0.0)
    monkeypatch.setattr(_scaled, "_PER_ARC", 0.0)
    again = bipartite_birth(coupled_of(net), 100.0)
    assert again.birth.strength == pytest.approx(born.birth.strength, rel=1e-7)
    assert again.lower == pytest.approx(born.lower, rel=1e-4)
    assert again.status is LocalStatus.PROVED


def test_walls_that_nothing_holds_widen_the_bracket():
    """On a long uniform path a wall between two patterns moves against less than a rounding."""
    found = bipartite_birth(coupled_of(anti(nx.path_graph(60))), 100.0)
    assert 3.2 < found.lower < 4.0 < found.upper < 4.5
    assert found.lower <= found.birth.strength <= found.upper
    assert not has_one_equilibrium(at(anti(nx.path_graph(60)), found.upper))


def test_a_search_that_is_cut_short_keeps_its_bracket():
    net = anti(nx.grid_2d_graph(9, 9))
    whole = bipartite_birth(coupled_of(net), 100.0)

    class Cut(Halt):
        left = 0

        @property
        def now(self):
            self.left -= 1
            return self.left < 0

    met = []
    for most in (0, 5, 60, 200, 400):
        halt = Cut()
        halt.left = most
        cut = bipartite_birth(coupled_of(net), 100.0, halt)
        assert cut.lower <= whole.birth.strength <= cut.upper
        met.append(cut.upper < math.inf)
    assert met[0] is False
    assert met[-1] is True


def test_the_ball_that_tells_where_to_begin_changes_nothing(monkeypatch):
    net = random_network(nx.random_labeled_tree(900, seed=5), 5, 0.2)
    whole = bipartite_birth(coupled_of(net), 100.0)
    monkeypatch.setattr(_bipartite, "_SAMPLE", 100)
    again = bipartite_birth(coupled_of(net), 100.0)
    assert again.birth.strength == pytest.approx(whole.birth.strength, rel=1e-8)
    assert again.status is LocalStatus.PROVED


@pytest.mark.slow  # a minute
def test_a_tree_of_a_hundred_thousand_nodes():
    graph = nx.random_labeled_tree(100_000, seed=0)
    bias = np.random.default_rng(0).uniform(0.8, 1.2, 100_000)
    found = npl.multistability_onset(anti(graph, bias=bias))
    assert found.status is npl.continuation.MultistabilityStatus.PROVED
    assert abs(found.lower) < abs(found.strength) <= abs(found.upper) < 1.00001 * abs(found.lower)
    # What this package found before: the two ends above are what is proved.
    assert found.strength == pytest.approx(-3.635011276, abs=1e-8)
    assert str(found.status) == "proved"
    assert abs(found.upper) < (1.0 + 1e-6) * abs(found.lower)
