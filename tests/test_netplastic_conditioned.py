"""Counting conditioned on one node, against plain searches, an elimination by hand, and faults."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti, conditioned, glued, hub_of_pairs, pair_states, plain

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import Bounds, can_certify, can_divide, system_of
from netplastic.equilibria.certified._component import count_component
from netplastic.equilibria.certified._search import search
from netplastic.equilibria.certified._system import refusal
from netplastic.equilibria.certified.hubs import _pieces as pieces_module
from netplastic.equilibria.certified.hubs import separators
from netplastic.equilibria.certified.hubs._choices import _compositions, _ways
from netplastic.equilibria.certified.hubs._pieces import Piece, parametric


def hubs(net):
    """Cut nodes with the size of the largest piece, best first."""
    return [(one[0], largest) for one, largest in separators(net) if len(one) == 1]


# -- a hub with many independent pairs ------------------------------------------------------------


def count_by_hand(number, strength):
    """Roots of the hub's equation x + |k| V S = 1 for every number of pairs that are not symmetric.

    Both sums of squares vary so little with the hub's rate (which is at most 1 / (200 |k| 0.3))
    that the left side rises with x: one root for each of sum C(n, i) 2^i = 3^n choices, provided
    that every pair has three states at all rates that the hub can take.
    """
    total = 0
    for asymmetric in range(number + 1):
        ways = math.comb(number, asymmetric) * 2**asymmetric
        signs = []
        for x in np.linspace(1e-9, 5.0 / (-strength * number), 40):
            states = pair_states(math.tanh(x), strength)
            assert len(states) == 3
            assert states[1] == pytest.approx(states[2], rel=1e-6)
            s = asymmetric * states[1] + (number - asymmetric) * states[0]
            signs.append(np.sign(x - strength * math.tanh(x) * s - 1.0))
        total += ways * int(np.sum(np.diff(signs) != 0))
        if asymmetric == 2:
            break  # the sums lie between these two kinds: the rest has the same signs
    return total


def test_a_hub_with_two_hundred_pairs_has_an_exact_count_without_a_list():
    net = anti(hub_of_pairs(200), -20.0)
    assert net.n == 401
    count = npl.count_equilibria(net)
    assert count.status == "certified"
    assert int(count) == 3**200
    stable = npl.count_equilibria(net, stable_only=True)
    assert int(stable) == 2**200


def test_the_hub_agrees_with_an_elimination_by_hand():
    """Of 3^20 choices those with no, one and two asymmetric pairs, counted on a grid."""
    first = sum(math.comb(20, i) * 2**i for i in range(3))
    assert count_by_hand(20, -20.0) == first
    assert int(npl.count_equilibria(anti(hub_of_pairs(20), -20.0))) == 3**20


@pytest.mark.parametrize("triangles", [True, False])
@pytest.mark.parametrize("number", [2, 3, 4])
def test_small_hubs_agree_with_the_plain_search(number, triangles):
    net = anti(hub_of_pairs(number, triangles), -20.0)
    for stable in (False, True):
        expected = plain(net, stable)
        assert expected.exact
        assert conditioned(net, 0, stable).lower == expected.lower
        assert conditioned(net, 0, stable).exact


# -- random networks ------------------------------------------------------------------------------


def compare(seed):
    """Conditioned on every cut node, bounds agree with the plain search; how many were exact."""
    net = glued(seed)
    if refusal(net):
        return 0
    settled = 0
    for stable in (False, True):
        expected = plain(net, stable, boxes=20_000)
        for h, _ in hubs(net)[:2]:
            found = conditioned(net, h, stable, boxes=10_000)
            expected.meet(found)  # raises where the two contradict each other
            if found.exact and expected.exact:
                settled += 1
            else:
                assert found.exact or found.reason
    return settled


@pytest.mark.parametrize("seed", range(15))
def test_conditioned_and_plain_counts_agree(seed):
    compare(seed)


def test_most_conditioned_counts_are_settled():
    assert sum(compare(seed) for seed in range(20, 26)) >= 12


@pytest.mark.slow
def test_conditioned_and_plain_counts_agree_in_hundreds_of_draws():
    assert sum(compare(seed) for seed in range(100, 400)) >= 700


def test_stability_depends_on_the_learning_rate_here_too():
    """Two pentagons at one node: the counts by rate are those of the plain search."""
    graph = nx.cycle_graph(5)
    graph.add_edges_from([(0, 5), (5, 6), (6, 7), (7, 8), (8, 0)])
    net = anti(graph, -20.0)
    counts = []
    for rate in (0.01, 0.1, 0.3, 1.0, 10.0):
        expected = plain(net.replace(learning_rate=rate), True)
        found = conditioned(net.replace(learning_rate=rate), 0, True)
        assert found.exact
        assert found.lower == expected.lower
        counts.append(found.lower)
    assert counts == sorted(counts)  # fast learning keeps more of them (docs/theory.md#section-3)
    assert counts[0] < counts[-1]


def test_a_tree_beyond_the_plain_search():
    """docs/theory.md#section-7: maximal independent sets, on a tree with more than can be listed
    fast."""
    graph = nx.balanced_tree(3, 2)
    graph = nx.union(graph, nx.relabel_nodes(graph, {n: ("b", n) for n in graph}))
    graph.add_edge(0, ("b", 0))
    net = anti(graph, -3000.0, learning_rate=1e6)
    sets = sum(1 for _ in nx.find_cliques(nx.complement(graph)))
    for h in hubs(net)[:1]:
        assert conditioned(net, h[0], True).lower == sets
    assert int(npl.count_equilibria(net, stable_only=True)) == sets


# -- structure ------------------------------------------------------------------------------------


def test_hubs_are_the_articulation_points_best_first():
    net = anti(nx.barbell_graph(4, 1), -5.0)
    assert net.nodes[hubs(net)[0][0]] == 4
    assert hubs(net)[0][1] == 4  # the nodes of the largest piece
    cut = set(nx.articulation_points(nx.barbell_graph(4, 1)))
    assert {net.nodes[h] for h, _ in hubs(net)} == cut
    assert hubs(anti(nx.cycle_graph(5), -5.0)) == []


def test_counts_are_tried_where_pieces_are_small():
    assert can_divide(anti(hub_of_pairs(200), -20.0))
    assert can_certify(anti(nx.cycle_graph(64), -20.0))
    assert not can_divide(anti(nx.cycle_graph(400), -20.0))
    assert not can_divide(anti(nx.lollipop_graph(3, 600), -20.0))  # pieces of 150
    both = nx.disjoint_union(hub_of_pairs(40), nx.cycle_graph(400))
    assert not can_divide(anti(both, -20.0))


def test_an_arc_that_carries_nothing_does_not_join_pieces():
    graph = nx.cycle_graph(4)
    nx.set_edge_attributes(graph, dict.fromkeys(graph.edges, -20.0), "k")
    graph.edges[3, 0]["k"] = 0.0
    net = npl.PlasticNetwork(graph, npl.Hebbian("k"))
    assert {h for h, _ in hubs(net)} == {1, 2}


def between(piece, low, high):
    """Sheets of a piece at one hub, with its inputs at both ends of the interval."""
    ends = np.array([[low], [high]])
    return piece.sheets(*ends, ends, 20_000, Clock(npl.Budget()), piece.start())


def test_a_free_node_keeps_its_range_and_its_readers():
    """The path a - p - b with p given: both ends follow it, x + |k| V p^2 = 1."""
    system = parametric(system_of(anti(nx.path_graph(3), -20.0)), [1])
    assert system.row.tolist() == [0, 1, 1, 2]
    piece = Piece(anti(nx.path_graph(2), -20.0), (0.0,), 1, False)
    sheets = between(piece, 0.5, 0.52)
    assert sheets.known.tolist() == [True]
    low_end, high_end = sheets.at.mid[0].reshape(2, -1)[:, 0]
    for end, x in ((low_end, 0.5), (high_end, 0.52)):
        p = math.tanh(x)
        low, high = 0.0, 1.0
        for _ in range(100):
            middle = 0.5 * (low + high)
            value = middle + 20.0 * math.tanh(middle) * p * p - 1.0
            low, high = (middle, high) if value < 0.0 else (low, middle)
        expected = -20.0 * math.tanh(low) ** 2
        assert end == pytest.approx(expected, rel=1e-9)
        assert sheets.over.low[0, 0] <= expected <= sheets.over.high[0, 0]
    width = high_end - low_end
    assert sheets.slope.low[0, 0] * 0.02 <= width <= sheets.slope.high[0, 0] * 0.02


def test_searches_with_a_parameter_find_every_member():
    """At points of the interval the plain search finds as many solutions as there are sheets."""
    net = anti(nx.path_graph(6), -50.0)
    piece = Piece(net, (0.0,), 1, False)
    sheets = between(piece, 0.3, 0.31)
    assert np.all(sheets.known)
    for x in (0.3, 0.304, 0.31):
        held = anti(nx.path_graph(5), -50.0, bias=[1.0] * 5)
        v = math.tanh(x)
        # the last node's equation gains k V v^2: a static self-loop of weight k v^2
        graph = held.graph.copy()
        graph.add_edge(4, 4)
        strength = [0.0 if e == (4, 4) else -50.0 for e in graph.edges]
        static = [-50.0 * v * v if e == (4, 4) else 0.0 for e in graph.edges]
        held = npl.PlasticNetwork(graph, npl.Hebbian(strength), static_weight=static)
        assert len(search(system_of(held), False, Clock(npl.Budget()))) == len(sheets)


def test_compositions_and_ways():
    """C(m + r - 1, r - 1) compositions; their multinomials times sizes add up to (sum sizes)^m."""
    for total, sizes in ((5, [1, 2, 1]), (3, [4]), (4, [2, 2]), (1, [1, 1, 1, 1])):
        rows = _compositions(total, len(sizes))
        assert len(rows) == math.comb(total + len(sizes) - 1, len(sizes) - 1)
        assert len(np.unique(rows, axis=0)) == len(rows)
        assert np.all(rows.sum(axis=1) == total)
        assert sum(_ways(row.tolist(), sizes) for row in rows) == sum(sizes) ** total
    assert len(_compositions(3, 0)) == 0


def test_bounds_combine():
    both = Bounds(2, 3, "a").times(Bounds(5, 5), 2)
    assert (both.lower, both.upper, both.reason) == (50, 75, "a")
    assert Bounds(1, 1).times(Bounds(0, math.inf, "b"), 40).upper == math.inf
    assert Bounds(0, 0).times(Bounds(1, math.inf, "b")).upper == 0
    big = Bounds(1, 1).times(Bounds(3, 3), 5000)
    assert big.lower == big.upper == 3**5000
    with pytest.raises(ArithmeticError, match=r"contradict|one is wrong"):
        Bounds(1, 2).meet(Bounds(3, 4))


# -- honesty --------------------------------------------------------------------------------------


def test_a_small_budget_gives_bounds_and_a_reason():
    found = conditioned(anti(nx.path_graph(12), -50.0), 6, False, boxes=500)
    assert not found.exact
    assert found.lower < 149
    assert math.isinf(found.upper)
    assert "500 boxes" in found.reason


def test_a_bifurcation_gives_bounds_and_a_reason():
    """A star of 4 leaves gains its second stable state in a fold between -50 and -200."""
    graph = nx.star_graph(4)
    low, high = -200.0, -50.0  # strengths with 3 and with 1 equilibria
    for _ in range(60):
        middle = 0.5 * (low + high)
        found = conditioned(anti(graph, middle), 0, False)
        if not found.exact:
            assert "bifurcation" in found.reason
            assert math.isinf(found.upper)
            assert found.lower <= 3
            return
        low, high = (middle, high) if found.lower == 3 else (low, middle)
    pytest.fail("bisection to the fold met no unsettled count")


# -- faults that must show ------------------------------------------------------------------------


def test_a_family_counted_twice_shows(monkeypatch):
    net = anti(nx.barbell_graph(4, 1), -60.0)
    right = plain(net, False)
    assert right.lower == conditioned(net, 4, False).lower == 81
    monkeypatch.setattr(
        pieces_module,
        "_distinct",
        lambda sheets, region: (sheets.known, np.zeros_like(sheets.known)),
    )
    assert conditioned(net, 4, False).lower != 81


def test_a_dropped_family_shows(monkeypatch):
    net = anti(hub_of_pairs(3), -20.0)
    original = Piece.sheets

    def without_one(self, *args):
        sheets = original(self, *args)
        return sheets.rows(np.arange(len(sheets)) != 1)

    monkeypatch.setattr(Piece, "sheets", without_one)
    assert conditioned(net, 0, False).lower < 27


def test_a_miscounted_choice_shows(monkeypatch):
    from netplastic.equilibria.certified.hubs import _choices

    net = anti(hub_of_pairs(3), -20.0)
    monkeypatch.setattr(_choices, "_ways", lambda numbers, sizes: 1)
    assert conditioned(net, 0, False).lower < 27


def test_the_way_taken_does_not_change_the_count():
    """Plain, conditioned on any cut node, or as count_equilibria decides."""
    net = anti(nx.lollipop_graph(4, 4), -40.0)
    counts = [conditioned(net, h, False) for h, _ in hubs(net)]
    counts += [plain(net, False), count_component(net, False, Clock(npl.Budget()))]
    assert all(count.exact for count in counts)
    assert len({count.lower for count in counts}) == 1
