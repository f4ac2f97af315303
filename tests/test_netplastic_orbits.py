"""Automorphisms and orbits: against all permutations, networkx, and Burnside's count."""

from __future__ import annotations

import itertools
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from networkx.algorithms.isomorphism import DiGraphMatcher, GraphMatcher

import netplastic as npl
from netplastic.equilibria import _orbits
from netplastic.equilibria._orbits import orbits_of_rows, with_orbits
from netplastic.model import automorphism_generators, canonical_key

ANTI = npl.Hebbian(-20.0)


def closure(generators, n):
    """All elements of the group, by multiplying until nothing new comes."""
    identity = tuple(range(n))
    group, new = {identity}, [identity]
    while new:
        here = new.pop()
        for g in generators:
            there = tuple(int(g[i]) for i in here)
            if there not in group:
                group.add(there)
                new.append(there)
    return group


def parameters(net):
    """Every parameter as a matrix or a column; the arcs' are NaN where there is no arc."""
    arcs = []
    for values in (net.arc_weight, net.strength, net.static_weight, net.decay_growth):
        matrix = np.full((net.n, net.n), np.nan)
        matrix[net.wiring.target, net.wiring.source] = values
        arcs.append(matrix)
    own = [np.broadcast_to(net.activation.parameter(p), net.n) for p in ("gain", "threshold")]
    nodes = np.stack([net.bias, net.tau, net.decay, *net.post.T, *net.pre.T, *own])
    return arcs, nodes


def all_automorphisms(net):
    """Those of all n! permutations that keep every parameter."""
    arcs, nodes = parameters(net)
    found = set()
    for p in itertools.permutations(range(net.n)):
        moved = np.ix_(p, p)
        if np.array_equal(nodes[:, p], nodes) and all(
            np.array_equal(m[moved], m, equal_nan=True) for m in arcs
        ):
            found.add(p)
    return found


def matched_automorphisms(graph, matcher):
    place = {node: i for i, node in enumerate(graph)}
    return {
        tuple(place[mapping[node]] for node in graph) for mapping in matcher.isomorphisms_iter()
    }


# -- automorphisms ----------------------------------------------------------------------------


def random_network(rng):
    """Few nodes, few different values: many symmetries, twins of both kinds, self-loops."""
    n = int(rng.integers(2, 7))
    directed = bool(rng.random() < 0.4)
    density = float(rng.choice([0.2, 0.5, 0.8, 1.0]))
    graph = nx.gnp_random_graph(n, density, seed=int(rng.integers(10**6)), directed=directed)
    if rng.random() < 0.3:
        graph.add_edge(0, 0)
    for u, v in graph.edges:
        graph[u][v]["weight"] = 1.0 + float(rng.random() < 0.1)
        graph[u][v]["eta"] = -2.0 if rng.random() < 0.9 else 1.0
    bias = np.where(rng.random(n) < 0.15, 0.5, 1.0)
    static = 0.1 if rng.random() < 0.3 else 0.0
    return npl.PlasticNetwork(graph, npl.Hebbian("eta"), bias=bias, static_weight=static)


def test_generators_give_exactly_the_permutations_that_keep_every_parameter():
    rng = np.random.default_rng(0)
    orders = []
    for _ in range(300):
        net = random_network(rng)
        expected = all_automorphisms(net)
        assert closure(automorphism_generators(net), net.n) == expected
        orders.append(len(expected))
    assert len(set(orders)) > 8, "few kinds of groups were drawn"
    assert max(orders) >= 48


@pytest.mark.parametrize("directed", [False, True])
def test_generators_agree_with_networkx_on_coloured_weighted_graphs(directed):
    rng = np.random.default_rng(1)
    matcher = DiGraphMatcher if directed else GraphMatcher
    several = 0
    for _ in range(60):
        density = 0.12 if directed else 0.25
        graph = nx.gnp_random_graph(8, density, seed=int(rng.integers(10**6)), directed=directed)
        for v in graph:
            graph.nodes[v]["b"] = 1.0 + float(rng.random() < 0.2)
        for u, v in graph.edges:
            graph[u][v]["weight"] = 1.0 + float(rng.random() < 0.2)
        expected = matched_automorphisms(
            graph,
            matcher(
                graph,
                graph,
                node_match=lambda a, b: a["b"] == b["b"],
                edge_match=lambda a, b: a["weight"] == b["weight"],
            ),
        )
        net = npl.PlasticNetwork(graph, ANTI, bias="b")
        assert closure(automorphism_generators(net), net.n) == expected
        several += len(expected) > 1
    assert several > 10


GROUPS = [
    # orders of well-known groups
    ("5-cycle", nx.cycle_graph(5), 10),
    ("directed 7-cycle", nx.cycle_graph(7, create_using=nx.DiGraph), 7),
    ("K4", nx.complete_graph(4), 24),
    ("Petersen", nx.petersen_graph(), 120),
    ("cube", nx.hypercube_graph(3), 48),
    ("tesseract", nx.hypercube_graph(4), 384),
    ("path", nx.path_graph(9), 2),
    ("star", nx.star_graph(6), 720),
    ("K33", nx.complete_bipartite_graph(3, 3), 72),
    ("Heawood", nx.heawood_graph(), 336),
    ("Frucht", nx.frucht_graph(), 1),
    ("2 triangles", nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(3)), 72),
    ("binary tree", nx.balanced_tree(2, 2), 8),
    ("barbell", nx.barbell_graph(4, 1), 72),  # 3! on either side, and the exchange
    ("empty", nx.empty_graph(5), 120),
]


@pytest.mark.parametrize(("graph", "order"), [g[1:] for g in GROUPS], ids=[g[0] for g in GROUPS])
def test_orders_of_known_groups(graph, order):
    net = npl.PlasticNetwork(graph, ANTI)
    assert len(closure(automorphism_generators(net), net.n)) == order


@pytest.mark.parametrize(
    "changes",
    [
        {"bias": [1.0, 1.0, 1.0 + 2**-52]},
        {"tau": [1.0, 1.0, 2.0]},
        {"strength": [-2.0, -2.5]},
        {"decay": [1.0, 1.0, 1.5]},
        {"static_weight": [0.0, 0.1]},
        {"activation": npl.Tanh(gain=[1.0, 1.0, 1.1])},
        {"activation": npl.Tanh(threshold=[0.0, 0.0, 0.1])},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_parameter_can_break_a_symmetry(changes):
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-2.0))
    assert automorphism_generators(net).tolist() == [[2, 1, 0]]
    assert automorphism_generators(net.replace(**changes)).shape == (0, 3)


def test_the_search_for_automorphisms_gives_up():
    net = npl.PlasticNetwork(nx.petersen_graph(), ANTI)
    assert automorphism_generators(net, steps=3) is None
    assert automorphism_generators(npl.PlasticNetwork(nx.empty_graph(301), ANTI)) is None
    assert len(automorphism_generators(npl.PlasticNetwork(nx.empty_graph(300), ANTI))) == 299


# -- orbits of equilibria -----------------------------------------------------------------------


def naive_orbits(activity, group):
    """Sets of rows that some element of the group carries into each other, to 1e-8."""
    images = activity[:, np.array(sorted(group))]  # (k, elements, n)
    sets = set()
    for row in images:
        gaps = np.abs(row[:, None, :] - activity[None, :, :]).max(axis=2)
        assert np.all((gaps < 1e-8).sum(axis=1) == 1)
        sets.add(frozenset(int(s) for s in np.flatnonzero((gaps < 1e-8).any(axis=0))))
    return sets


def burnside(activity, group):
    """Number of orbits: how many rows an element keeps, on average (Cauchy-Frobenius)."""
    fixed = [int((np.abs(activity[:, g] - activity).max(axis=1) < 1e-8).sum()) for g in group]
    assert sum(fixed) % len(group) == 0
    return sum(fixed) // len(group)


def as_sets(orbit):
    return {frozenset(np.flatnonzero(orbit == o).tolist()) for o in set(orbit.tolist())}


NETWORKS = {
    "5-cycle": (nx.cycle_graph(5), {}),
    "6-cycle": (nx.cycle_graph(6), {"strength": -50.0}),
    "K4": (nx.complete_graph(4), {"strength": -50.0}),
    "K5 (true twins)": (nx.complete_graph(5), {"strength": -50.0}),
    "Petersen": (nx.petersen_graph(), {"strength": -50.0}),
    "cube": (nx.hypercube_graph(3), {"strength": -50.0}),
    "path": (nx.path_graph(8), {"strength": -50.0}),
    "star (false twins)": (nx.star_graph(5), {"strength": -200.0}),
    "K33": (nx.complete_bipartite_graph(3, 3), {"strength": -50.0}),
    "barbell": (nx.barbell_graph(4, 1), {"strength": -50.0}),
    "directed cycle": (nx.cycle_graph(6, create_using=nx.DiGraph), {"strength": -50.0}),
    "two pairs": (nx.disjoint_union(nx.path_graph(2), nx.path_graph(2)), {}),
    "no symmetry": (nx.cycle_graph(5), {"bias": [1.0, 1.01, 1.02, 1.03, 1.04]}),
    "one reflection": (nx.cycle_graph(5), {"bias": [0.9, 1.0, 1.0, 1.0, 1.0]}),
    "Hebbian": (nx.path_graph(3), {"strength": 8.0, "bias": 0.1}),
    "logistic": (nx.cycle_graph(5), {"activation": npl.Logistic(), "strength": -300.0}),
}


@pytest.mark.parametrize(("graph", "changes"), NETWORKS.values(), ids=NETWORKS.keys())
@pytest.mark.parametrize("stable_only", [False, True])
def test_orbits_are_those_under_all_automorphisms(graph, changes, stable_only):
    net = npl.PlasticNetwork(graph, ANTI).replace(**changes)
    found = npl.find_equilibria(net, "certified", stable_only=stable_only)
    assert found.count.exact
    if net.n <= 6:
        group = all_automorphisms(net)
    else:
        matcher = GraphMatcher(graph, graph)  # these have uniform parameters
        group = matched_automorphisms(graph, matcher)
    sets = as_sets(found.orbit)
    assert sets == naive_orbits(found.activity, group)
    assert len(sets) == burnside(found.activity, group)
    for members in sets:
        assert {int(found.orbit_size[row]) for row in members} == {len(members)}
        assert len({bool(found.stable[row]) for row in members}) == 1
        assert len(group) % len(members) == 0, "orbit and stabiliser"
    # numbered in order of first appearance
    first = [int(np.flatnonzero(found.orbit == o)[0]) for o in range(len(sets))]
    assert first == sorted(first)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        # docs/theory.md#section-7: high on a maximal independent set (2 nodes, stable), on one node
        # with the opposite pair in between, or on none.
        ("5-cycle", [1, 5, 5]),
        # One winner (stable), the stalemate of all (stable), and a saddle between the stalemate
        # and each winner.
        ("K4", [1, 4, 4]),
        ("no symmetry", [1] * 11),
    ],
)
def test_sizes_of_orbits(name, sizes):
    graph, changes = NETWORKS[name]
    found = npl.find_equilibria(npl.PlasticNetwork(graph, ANTI).replace(**changes))
    one_of_each = np.unique(found.orbit, return_index=True)[1]
    assert sorted(found.orbit_size[one_of_each].tolist()) == sizes


def test_orbits_of_relabelled_networks_correspond():
    graph = nx.petersen_graph()
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    order = np.random.default_rng(2).permutation(10).tolist()
    other = npl.PlasticNetwork(nx.relabel_nodes(graph, dict(enumerate(order))), net.rule)
    assert canonical_key(net) == canonical_key(other)
    sizes = [np.sort(npl.find_equilibria(one).orbit_size).tolist() for one in (net, other)]
    assert sizes[0] == sizes[1]


def test_orbits_in_the_table():
    net = npl.PlasticNetwork(nx.cycle_graph(5), ANTI)
    found = npl.find_equilibria(net)
    table = found.to_frame()
    assert table["orbit"].tolist() == np.repeat(found.orbit, 5).tolist()
    assert table["orbit_size"].tolist() == np.repeat(found.orbit_size, 5).tolist()
    sampled = npl.find_equilibria(net, "sampled", rng=0).to_frame()
    assert str(sampled["orbit"].dtype) == str(table["orbit"].dtype) == "Int64"
    assert sampled["orbit"].isna().all()
    assert sampled["orbit_size"].isna().all()


# -- where there are none -------------------------------------------------------------------------


def test_only_complete_lists_have_orbits():
    net = npl.PlasticNetwork(nx.path_graph(12), npl.Hebbian(-50.0))
    few = npl.Budget(boxes=100, starts=20)
    for method in ("certified", "auto"):
        found = npl.find_equilibria(net, method, budget=few, rng=0)
        assert not found.count.exact
        assert found.orbit is None
        assert found.orbit_size is None
    assert npl.find_equilibria(net, "sampled", budget=few, rng=0).orbit is None


def test_no_orbits_where_the_automorphisms_are_not_known(monkeypatch):
    net = npl.PlasticNetwork(nx.disjoint_union(nx.path_graph(2), nx.empty_graph(299)), ANTI)
    found = npl.find_equilibria(net, "certified")
    assert int(found.count) == 3
    assert found.orbit is None
    pair = npl.PlasticNetwork(nx.path_graph(2), ANTI)
    monkeypatch.setattr(_orbits, "automorphism_generators", lambda net: None)
    assert npl.find_equilibria(pair).orbit is None


def test_lists_of_one_and_of_none():
    single = npl.find_equilibria(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0)))
    assert (single.orbit.tolist(), single.orbit_size.tolist()) == ([0], [1])
    # The 5-cycle oscillates at slow learning (docs/theory.md#section-3): no stable equilibrium.
    slow = npl.PlasticNetwork(nx.cycle_graph(5), ANTI, learning_rate=0.01)
    none = npl.find_equilibria(slow, stable_only=True)
    assert int(none.stable_count) == 0
    assert none.orbit.shape == none.orbit_size.shape == (0,)
    assert none.to_frame()["orbit"].tolist() == []


# -- lists that are wrong -------------------------------------------------------------------------


def shortened(found, rows):
    """A list that still claims to be complete."""
    count = npl.Count(len(rows), len(rows), npl.CountStatus.CERTIFIED, "certified")
    return replace(
        found,
        activity=found.activity[rows],
        rates=found.rates[rows],
        radius=found.radius[rows],
        stable=found.stable[rows],
        undecided=found.undecided[rows],
        count=count,
    )


def test_a_missing_image_surfaces():
    net = npl.PlasticNetwork(nx.cycle_graph(5), ANTI)
    found = npl.find_equilibria(net)
    for lost in np.flatnonzero(found.orbit_size > 1):
        with pytest.raises(ArithmeticError, match="has no image"):
            with_orbits(net, shortened(found, np.delete(np.arange(11), lost)))
    with pytest.raises(ArithmeticError, match="11 are proved"):
        with_orbits(net, replace(shortened(found, np.arange(10)), count=found.count))


def test_an_image_within_the_wrong_distance_surfaces():
    net = npl.PlasticNetwork(nx.cycle_graph(5), ANTI)
    found = npl.find_equilibria(net)
    moved = found.activity.copy()
    moved[3, 2] += 1e-9
    with pytest.raises(ArithmeticError, match="has no image"):
        orbits_of_rows(moved, found.radius, automorphism_generators(net))
    wide = np.full(11, 6e-10)
    orbit = orbits_of_rows(moved, wide, automorphism_generators(net))
    assert orbit.tolist() == found.orbit.tolist()


def test_two_rows_with_the_same_image_surface():
    # Turned by one place, rows 0, 1 and 2 all come to lie near row 3.
    activity = np.array(
        [[0.0, 1.0, 5.0], [0.0, 1.04, 5.0], [0.0, 1.02, 5.0], [1.02, 5.0, 0.0], [5.0, 0.0, 1.02]]
    )
    radius = np.array([0.005, 0.005, 0.001, 0.02, 0.001])
    with pytest.raises(ArithmeticError, match="same image"):
        orbits_of_rows(activity, radius, np.array([[1, 2, 0]]))


def test_rows_too_near_to_tell_apart_have_no_orbits():
    activity = np.array([[0.0, 1.0], [1.0, 0.0], [1.001, 0.0], [0.0, 1.001]])
    assert orbits_of_rows(activity, np.full(4, 0.01), np.array([[1, 0]])) is None
    orbit = orbits_of_rows(activity, np.full(4, 1e-6), np.array([[1, 0]]))
    assert orbit.tolist() == [0, 0, 1, 1]


def test_long_lists_by_the_definition():
    """Rows of a few values, closed under the dihedral group: many agree in most coordinates."""
    rng = np.random.default_rng(3)
    net = npl.PlasticNetwork(nx.cycle_graph(8), ANTI)
    generators = automorphism_generators(net)
    group = np.array(sorted(closure(generators, 8)))
    assert len(group) == 16
    seeds = rng.integers(0, 3, size=(150, 8))
    exact = np.unique(seeds[:, group].reshape(-1, 8), axis=0)
    rows = exact[rng.permutation(len(exact))].astype(np.float64)
    noisy = rows + rng.uniform(-1e-13, 1e-13, rows.shape)
    orbit = orbits_of_rows(noisy, np.full(len(rows), 1e-13), generators)
    least = [min(map(tuple, row[group].tolist())) for row in rows]
    names = {name: number for number, name in enumerate(dict.fromkeys(least))}
    assert orbit.tolist() == [names[name] for name in least]
    assert len(names) > 100
