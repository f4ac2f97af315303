"""Counting conditioned on several nodes: against plain searches, an elimination by hand, faults."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti, conditioned, glued, pair_states, plain

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.certified._component import dividing
from netplastic.equilibria.certified._system import refusal
from netplastic.equilibria.certified.hubs import _conditioned, separators
from netplastic.equilibria.certified.hubs._hub import Hubs
from netplastic.equilibria.certified.hubs._pieces import Piece
from netplastic.equilibria.certified.hubs._separators import pieces_without, skeleton


def hubs_in_a_row(hubs, pairs, steps=1):
    """Hubs 0, 1, ... on a path, so many steps apart, each with triangles of its own."""
    graph = nx.Graph()
    graph.add_nodes_from(("hub", h) for h in range(hubs))
    for h in range(hubs - 1):
        between = [("between", h, i) for i in range(steps - 1)]
        nx.add_path(graph, [("hub", h), *between, ("hub", h + 1)])
    for h in range(hubs):
        for i in range(pairs):
            nx.add_cycle(graph, [("hub", h), (h, i, 0), (h, i, 1)])
    return nx.convert_node_labels_to_integers(graph)


def shared_pairs(pairs, every_end=True):
    """Hubs 0 and 1, both joined to both ends of so many edges, or to one end each."""
    graph = nx.Graph()
    graph.add_nodes_from(range(2 + 2 * pairs))
    for i in range(pairs):
        u, v = 2 + 2 * i, 3 + 2 * i
        graph.add_edges_from([(u, v), (0, u), (1, v)])
        if every_end:
            graph.add_edges_from([(0, v), (1, u)])
    return graph


SMALL = {
    "two hubs": (hubs_in_a_row(2, 2), (0, 1)),
    "two hubs, two steps apart": (hubs_in_a_row(2, 1, steps=2), (0, 1)),
    "three hubs": (hubs_in_a_row(3, 2), (0, 1, 2)),
    "shared": (shared_pairs(3), (0, 1)),
    "shared, one end each": (shared_pairs(3, every_end=False), (0, 1)),
    "barbell": (nx.barbell_graph(4, 2), (3, 6)),
}


@pytest.mark.parametrize("stable", [False, True])
@pytest.mark.parametrize("name", SMALL)
def test_several_hubs_agree_with_the_plain_search(name, stable):
    graph, hubs = SMALL[name]
    net = anti(graph, -20.0)
    expected, found = plain(net, stable), conditioned(net, hubs, stable)
    assert expected.exact
    assert found.exact
    assert found.lower == expected.lower


def test_hubs_in_a_row_have_exact_counts_without_a_list():
    """Every triangle has three states, as with one hub: 3^n, of which 2^n stable.

    Two triangles at each of the hubs are checked against the plain search above; with more the
    hubs are the less active, so that their edges matter less.
    """
    for hubs, pairs in ((2, 100), (3, 50)):
        net = anti(hubs_in_a_row(hubs, pairs), -20.0)
        count = npl.count_equilibria(net)
        assert count.status == "certified"
        assert int(count) == 3 ** (hubs * pairs)
        assert int(npl.count_equilibria(net, stable_only=True)) == 2 ** (hubs * pairs)


def test_pairs_at_two_hubs_agree_with_an_elimination_by_hand():
    """Both hubs solve x + |k| V S = 1 with the same S, and the left side rises with x: V0 = V1.

    A pair then sees h^2 = 2 V0^2, and what is left is one equation, whose sign changes are counted
    on a grid for none, one and two asymmetric pairs (see `count_by_hand`).
    """
    number, strength, total = 12, -20.0, 0
    for asymmetric in range(3):
        signs = []
        for x in np.linspace(1e-9, 5.0 / (-strength * number), 40):
            states = pair_states(math.sqrt(2.0) * math.tanh(x), strength)
            assert len(states) == 3
            s = asymmetric * states[1] + (number - asymmetric) * states[0]
            signs.append(np.sign(x - strength * math.tanh(x) * s - 1.0))
        roots = int(np.sum(np.diff(signs) != 0))
        total += math.comb(number, asymmetric) * 2**asymmetric * roots
    assert total == sum(math.comb(number, i) * 2**i for i in range(3))
    net = anti(shared_pairs(number), strength)
    assert dividing(net)[0] == (0, 1)
    assert int(npl.count_equilibria(net)) == 3**number
    assert int(npl.count_equilibria(net, stable_only=True)) == 2**number


def test_unequal_pairs_at_two_hubs():
    """The bias varies too little for a triangle to lose or gain a state."""
    graph = hubs_in_a_row(2, 30)
    bias = np.random.default_rng(0).uniform(0.9, 1.1, len(graph))
    net = anti(graph, -20.0, bias=bias)
    for stable, states in ((False, 3), (True, 2)):
        found = conditioned(net, (0, 1), stable)
        assert found.exact
        assert found.lower == states**60


# -- random networks ------------------------------------------------------------------------------


def compare(seed):
    """Conditioned on two or three random nodes bounds agree with the plain search."""
    net, rng = glued(seed), np.random.default_rng(seed)
    if refusal(net):
        return 0
    settled = 0
    for stable in (False, True):
        size = min(int(rng.integers(2, 4)), net.n - 1)
        hubs = tuple(sorted(rng.choice(net.n, size, replace=False).tolist()))
        expected = plain(net, stable, boxes=20_000)
        found = conditioned(net, hubs, stable, boxes=6000)
        expected.meet(found)  # raises where the two contradict each other
        assert found.exact or found.reason
        settled += found.exact and expected.exact
    return settled


def test_random_nodes_agree_with_the_plain_search():
    assert sum(compare(seed) for seed in range(1000, 1015)) >= 15


@pytest.mark.slow
def test_random_nodes_agree_in_hundreds_of_draws():
    assert sum(compare(seed) for seed in range(2000, 2300)) >= 300


# -- faults ---------------------------------------------------------------------------------------


def test_a_root_on_a_common_face_is_not_counted_twice(monkeypatch):
    """The first cuts go through the hub's activity at an equilibrium, as exactly as floats can."""
    graph, hubs = SMALL["two hubs"]
    net = anti(graph, -20.0)
    truth = plain(net, False).lower
    roots = npl.find_equilibria(net, method="certified").activity[:, list(hubs)]
    halves = _conditioned._Count._halves
    for row in roots[:3]:

        def cut(self, box, row=row):
            s = box.depth
            if s > 1 or not box.low[s] < row[s] < box.high[s]:
                return halves(self, box)
            below, above = box.high.copy(), box.low.copy()
            below[s] = above[s] = row[s]
            return [
                _conditioned.replace(box, low=above, depth=box.depth + 1),
                _conditioned.replace(box, high=below, depth=box.depth + 1),
            ]

        monkeypatch.setattr(_conditioned._Count, "_halves", cut)
        found = conditioned(net, hubs, False, boxes=20_000)
        assert found.lower <= truth <= found.upper


def test_without_the_edge_between_hubs_the_equations_change(monkeypatch):
    """A fault: leaving out the arcs between hubs moves the count away from the plain search."""
    graph = nx.Graph([(0, 1), (0, 2), (1, 3)])
    net = anti(graph, -20.0)
    expected = plain(net, False)
    assert conditioned(net, (0, 1), False).lower == expected.lower
    init = Hubs.__init__

    def faulty(self, *args):
        init(self, *args)
        self.plastic = self.plastic - self.plastic

    monkeypatch.setattr(Hubs, "__init__", faulty)
    assert conditioned(net, (0, 1), False).lower != expected.lower


# -- pieces with several hubs ---------------------------------------------------------------------


def test_slopes_by_two_hubs_enclose_difference_quotients():
    graph = nx.Graph([(0, 1), (0, 2), (1, 3), (0, 3)])  # a pair between the hubs 2 and 3
    net = anti(graph, -3.0)
    piece = Piece(net.part_at(np.arange(4)), (0.0,), 2, False)
    low, high = np.array([0.3, 0.2]), np.array([0.302, 0.202])
    points = np.array([[low[0], low[1]], [high[0], low[1]], [low[0], high[1]]])
    sheets = piece.sheets(low, high, points, 500, Clock(npl.Budget()), piece.start())
    assert sheets.known.tolist() == [True]
    at = sheets.at.mid.reshape(3, 4)
    slope = sheets.slope[0].reshape(4, 2)
    for j in range(2):
        quotient = (at[j + 1] - at[0]) / (high[j] - low[j])
        assert np.all(slope.low[:, j] - 1e-9 <= quotient)
        assert np.all(quotient <= slope.high[:, j] + 1e-9)
        assert np.ptp(quotient) > 1e-3  # the derivative is not nothing
        assert np.max(slope.rad[:, j]) < 0.1
    over = sheets.over[0]
    assert np.all((over.low <= at) & (at <= over.high))


# -- which nodes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_sizes_of_the_largest_pieces(seed):
    """Against components counted anew; every cut node is there."""
    graph = nx.gnm_random_graph(34, 38, seed=seed)
    graph = graph.subgraph(max(nx.connected_components(graph), key=len))
    net = anti(nx.convert_node_labels_to_integers(graph), -5.0)
    found = dict(separators(net))
    bare = skeleton(net)
    for hubs, largest in found.items():
        pieces = pieces_without(bare, hubs)
        assert largest == max(len(piece) for piece in pieces)
        assert len(pieces) > 1
    singles = {hubs[0] for hubs in found if len(hubs) == 1}
    assert singles == set(nx.articulation_points(bare))


def test_a_ring_is_cut_at_opposite_nodes():
    hubs, largest = separators(anti(nx.cycle_graph(24), -5.0))[0]
    assert len(hubs) == 2
    assert largest <= 13
    assert dividing(anti(nx.complete_graph(20), -5.0)) == []
