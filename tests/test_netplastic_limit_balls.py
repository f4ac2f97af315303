"""Counts of balls in the strong limit: against lists of all maximal independent sets.

The lists come from networkx: the maximal cliques of the complement.
"""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.equilibria.limit import ball_counts

PLENTY = 10**6
MOST = 2**63 - 1


def arrays(graph):
    """Neighbors of the nodes 0, 1, ... of a graph, as rows of a matrix."""
    matrix = nx.to_scipy_sparse_array(graph, nodelist=range(len(graph)), format="csr", dtype=float)
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def count(graph, centers=None, radius=1, embedded=False, work=PLENTY, **options):
    centers = np.arange(len(graph)) if centers is None else np.atleast_1d(centers)
    return ball_counts(*arrays(graph), centers, radius, embedded=embedded, work=work, **options)


def maximal_sets(graph):
    return [frozenset(clique) for clique in nx.find_cliques(nx.complement(graph))]


def balls(graph, radius):
    reach = dict(nx.all_pairs_shortest_path_length(graph, radius))
    return [frozenset(reach[node]) for node in range(len(graph))]


def listed(graph, radius):
    """Isolated and embedded counts of all balls from the lists."""
    sets, around = maximal_sets(graph), balls(graph, radius)
    isolated = [len(maximal_sets(graph.subgraph(ball))) for ball in around]
    embedded = [len({chosen & ball for chosen in sets}) for ball in around]
    return isolated, embedded


def random_graph(seed):
    """Up to 12 nodes, thin to dense; now and then in several components, with isolated nodes."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 13))
    graph = nx.gnp_random_graph(n, rng.uniform(0.05, 0.8), seed=seed)
    if seed % 4 == 0:
        part = nx.gnp_random_graph(int(rng.integers(1, 5)), 0.5, seed=seed + 1)
        graph = nx.disjoint_union(graph.subgraph(range(min(n, 7))), part)
    order = rng.permutation(len(graph)).tolist()
    return nx.relabel_nodes(nx.convert_node_labels_to_integers(graph), dict(enumerate(order)))


def agrees(graph, radius):
    isolated, embedded = listed(graph, radius)
    for expected, scope in ((isolated, False), (embedded, True)):
        found = count(graph, radius=radius, embedded=scope)
        assert found.lower.tolist() == expected, (radius, scope, list(graph.edges))
        assert found.exact.all()


@pytest.mark.parametrize("seed", range(0, 400, 50))
def test_counts_are_those_of_the_lists(seed):
    for one, radius in itertools.product(range(seed, seed + 50), range(3)):
        agrees(random_graph(one), radius)


@pytest.mark.interpreted
def test_counts_are_those_of_the_lists_step_by_step():
    for seed, radius in itertools.product(range(12), range(3)):
        agrees(random_graph(seed), radius)
    assert count(nx.complete_graph(66), 0).lower[0] == 66  # the neighbors take two words


@pytest.mark.parametrize("seed", range(2))
def test_many_nodes_take_several_words(seed):
    """A component of more than 63 nodes; the center has 8 neighbors, or 68."""
    few = nx.gnp_random_graph(80, 0.5, seed=seed)
    few.remove_edges_from([(0, other) for other in range(9, 80)])
    few.add_edges_from((0, other) for other in range(1, 9))
    many = nx.gnp_random_graph(69, 0.5, seed=seed)
    many.add_edges_from((0, other) for other in range(1, 69))
    many.add_edges_from((other, 68 + other) for other in range(1, 5))
    for graph, radius in ((few, 1), (many, 1), (many, 0), (few, 2)):
        isolated, embedded = listed_at(graph, 0, radius)
        assert count(graph, 0, radius).lower[0] == isolated
        assert count(graph, 0, radius, embedded=True).lower[0] == embedded


def listed_at(graph, node, radius):
    ball = frozenset(nx.single_source_shortest_path_length(graph, node, radius))
    traces = {chosen & ball for chosen in maximal_sets(graph)}
    return len(maximal_sets(graph.subgraph(ball))), len(traces)


# -- formulas (docs/theory.md#section-7, part h) ----------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 20, 62])
def test_neighbors_apart_show_every_pattern(d):
    """Each neighbor has a leaf of its own: any of them may be low; all of them: the center."""
    graph = nx.Graph((0, k) for k in range(1, d + 1))
    graph.add_edges_from((k, d + k) for k in range(1, d + 1))
    assert count(graph, 0).lower[0] == 2
    assert count(graph, 0, embedded=True).lower[0] == 2**d


@pytest.mark.parametrize("m", [1, 4, 39])
def test_triangles_around_a_center_are_the_most(m):
    """Moon and Moser: m disjoint triangles have 3^m maximal independent sets."""
    assert count(triangles(m), 0).lower[0] == 3**m + 1
    assert count(triangles(m), 0).exact[0]


def triangles(m):
    graph = nx.disjoint_union_all([nx.Graph([]), *[nx.cycle_graph(3)] * m])
    graph.add_edges_from([(3 * m, k) for k in range(3 * m)])
    return nx.relabel_nodes(graph, {3 * m: 0, 0: 3 * m})


def test_cliques_and_stars_and_single_nodes():
    assert count(nx.complete_graph(9)).lower.tolist() == [9] * 9
    assert count(nx.complete_graph(9), embedded=True).lower.tolist() == [9] * 9
    # A star is low at its leaves or at its center; a leaf's ball is one edge of it.
    assert count(nx.star_graph(70), embedded=True).lower.tolist() == [2] * 71
    assert count(nx.star_graph(70), radius=0, embedded=True).lower.tolist() == [2] * 71
    lonely = nx.empty_graph(3)
    for radius, scope in itertools.product(range(3), (False, True)):
        assert count(lonely, radius=radius, embedded=scope).lower.tolist() == [1, 1, 1]


def test_paths_follow_the_recurrence():
    """Padovan's numbers: a maximal set of a path begins at its first node or its second one."""
    sets = [1, 1, 2]
    while len(sets) < 130:
        sets.append(sets[-2] + sets[-3])
    for radius in (15, 60):  # the longer one within reach because states come again
        found = count(nx.path_graph(141), 70, radius=radius)
        assert found.exact[0]
        assert found.lower[0] == sets[2 * radius + 1]


def test_the_whole_graph_is_its_own_trace():
    graph = nx.petersen_graph()
    for scope in (False, True):
        assert count(graph, radius=2, embedded=scope).lower.tolist() == [15] * 10


def modules():
    graph = npl.graphs.ring_of_modules(
        modules=12, module_size=15, density=0.4, path_length=2, rng=1
    )
    return nx.convert_node_labels_to_integers(graph)


def test_ceilings_by_degree_hold():
    graph = modules()
    isolated, embedded = count(graph).lower, count(graph, embedded=True).lower
    for node in graph:
        around = graph.subgraph(graph[node])
        sets = sum(1 for _ in nx.enumerate_all_cliques(nx.complement(around))) + 1
        assert 2 <= isolated[node] <= 3 ** (len(around) / 3) + 1 + 1e-9
        assert isolated[node] <= embedded[node] <= sets


def test_names_of_nodes_do_not_matter():
    graph = modules()
    order = np.random.default_rng(0).permutation(len(graph))
    other = nx.relabel_nodes(graph, dict(enumerate(order.tolist())))
    for radius, scope in itertools.product((1, 2), (False, True)):
        one = count(graph, radius=radius, embedded=scope).lower
        assert np.array_equal(one, count(other, radius=radius, embedded=scope).lower[order])


def test_far_away_does_not_matter():
    """Only the ball and the nodes one step further are read."""
    graph = modules()
    near = graph.subgraph(nx.single_source_shortest_path_length(graph, 5, 3))
    numbers = {node: k for k, node in enumerate(near)}
    cut = nx.relabel_nodes(near, numbers)
    for scope in (False, True):
        whole = count(graph, 5, radius=2, embedded=scope).lower
        assert whole == count(cut, numbers[5], radius=2, embedded=scope).lower


# -- limits of work and of numbers --------------------------------------------------------------


@pytest.mark.parametrize("embedded", [False, True])
def test_few_steps_give_true_lower_bounds(embedded):
    graph = nx.gnp_random_graph(40, 0.25, seed=2)
    true = count(graph, radius=1, embedded=embedded)
    assert true.exact.all()
    settled = []
    for work in (1, 2, 3, 5, 10, 30, 100, 300):
        found = count(graph, radius=1, embedded=embedded, work=work)
        assert (found.lower >= 1).all()
        assert (found.lower <= true.lower).all()
        assert (found.lower == true.lower)[found.exact].all()
        assert {found.reason(k) for k in np.flatnonzero(~found.exact)} <= {"search steps used up"}
        settled.append(int(found.exact.sum()))
    assert settled == sorted(settled)
    assert settled[0] == 0 < settled[-1]


@pytest.mark.parametrize("seed", range(0, 90, 30))
def test_few_steps_never_claim_too_much(seed):
    for one, work in itertools.product(range(seed, seed + 30), (1, 2, 4, 8)):
        graph = random_graph(one)
        for radius in range(3):
            for scope, true in enumerate(listed(graph, radius)):
                found = count(graph, radius=radius, embedded=bool(scope), work=work)
                assert (found.lower <= true).all()
                assert (found.lower == true)[found.exact].all()


def test_steps_for_all_together():
    graph = modules()
    found = count(graph, embedded=True, total=500)
    true = count(graph, embedded=True)
    assert found.exact[0]
    assert not found.exact[-1]
    assert found.reason(0) == ""
    assert (found.lower <= true.lower).all()


def test_counts_beyond_63_bits_are_lower_bounds():
    graph = nx.Graph((0, k) for k in range(1, 71))
    graph.add_edges_from((k, 70 + k) for k in range(1, 71))
    for found in (count(graph, 0, embedded=True), count(triangles(40), 0)):
        assert found.lower[0] == MOST
        assert not found.exact[0]
        assert found.reason(0) == "more than 63 bits hold"


def test_components_that_are_too_large_are_not_searched():
    wheel = nx.wheel_graph(4_100)
    found = count(wheel, [0, 1])
    assert found.lower.tolist() == [2, 3]  # 1, and its neighbors 0, 2 and the last: 0, 1, {2, last}
    assert found.exact.tolist() == [False, True]
    assert "more nodes" in found.reason(0)


def test_it_is_told_how_far_the_count_is():
    done = []
    graph = modules()
    count(graph, embedded=True, step=done.append)
    assert sum(done) == len(graph)


def test_an_interruption_passes_through():
    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count(modules(), step=stop)


# -- wrong input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indptr", "indices", "centers", "message"),
    [
        ([0, 1, 2], [1, 0], [2], "centers are numbers of nodes, 0 to 1"),
        ([0, 1, 2], [1, 0], [-1], "centers are numbers of nodes"),
        ([0, 1, 3], [1, 0], [0], "indptr must rise"),
        ([0, 1, 2], [1, 5], [0], "indices are numbers of nodes"),
        ([0, 2, 3], [0, 1, 0], [0], "node 0 has a self-loop"),
        ([0, 2, 3, 4], [2, 1, 0, 0], [0], "must be increasing"),
        ([0, 1, 1], [1], [0], "not symmetric"),
    ],
)
def test_what_is_no_graph_is_refused(indptr, indices, centers, message):
    given = (np.array(values) for values in (indptr, indices, centers))
    with pytest.raises(ValueError, match=message):
        ball_counts(*given, 1, embedded=False, work=10)


def test_limits_are_whole_positive_numbers():
    graph = nx.path_graph(2)
    with pytest.raises(TypeError, match="work"):
        count(graph, work=1.5)
    with pytest.raises(ValueError, match="work"):
        count(graph, work=0)
    with pytest.raises(ValueError, match="radius"):
        count(graph, radius=-1)
    with pytest.raises(ValueError, match="total"):
        count(graph, total=0)


def test_no_centers_no_counts():
    assert count(nx.path_graph(2), []).lower.tolist() == []
