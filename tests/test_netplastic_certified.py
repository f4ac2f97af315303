"""Certified lists: known counts, independent searches, limits, and faults that must show."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from cases import KNOWN
from conftest import RULES, anti

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import _solve as solve_module
from netplastic.equilibria.certified import equal_valued_classes, quotient, system_of
from netplastic.equilibria.certified._quotient import true_twins
from netplastic.equilibria.certified._search import search
from netplastic.equilibria.certified._system import exact_product, refusal, start_box
from netplastic.model import residual

FAST = 1e6  # a learning rate at which stable and minimum agree on the cases below


def certified(net, **options):
    return npl.find_equilibria(net, method="certified", **options)


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_known_counts(case):
    net = anti(case.graph, case.strength, learning_rate=FAST)
    total, minima = case.total, case.minima
    found = certified(net)
    assert int(found.count) == total == len(found)
    assert int(found.stable_count) == minima == int(found.minimum.sum())
    only = certified(net, stable_only=True)
    assert int(only.stable_count) == minima == len(only)
    assert np.abs(residual(net, found.activity)).max() < 1e-9


def test_stability_depends_on_the_learning_rate():
    """docs/theory.md#section-3: the 5-cycle at k = -20 keeps 5 at rate 1 and none at 0.01."""
    net = anti(nx.cycle_graph(5), -20.0)
    assert int(certified(net).stable_count) == 5
    assert int(certified(net.replace(learning_rate=0.01)).stable_count) == 0
    assert int(certified(anti(nx.complete_graph(4), -50.0, learning_rate=10.0)).stable_count) == 5


def test_pitchfork_of_the_pair_is_where_the_count_changes():
    """|k| V^2 (1 - V^2) = 1 and x + |k| V^3 = 1, V = tanh x (docs/theory.md#section-5)."""

    def excess(x):
        v = math.tanh(x)
        return (1.0 - x) / v * (1.0 - v * v) - 1.0  # |k| V^2 = (1 - x) / V

    low, high = 0.1, 0.9
    assert excess(low) > 0.0 > excess(high)
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    exact = (1.0 - low) / math.tanh(low) ** 3
    below, above = 5.0, 20.0
    while above - below > 1e-5:
        middle = 0.5 * (below + above)
        count = npl.count_equilibria(anti(nx.path_graph(2), -middle))
        if count.lower == 1 and count.exact:
            below = middle
        else:
            # very near the pitchfork its three roots cannot be told apart
            assert count.lower == 3 or not count.exact
            above = middle
    assert above == pytest.approx(exact, rel=2e-5)


# -- independent searches ---------------------------------------------------------------------


def random_network(seed):
    """Small random network: any rule, either activation, mixed strengths, loops, components."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    directed = bool(rng.integers(2))
    graph = nx.gnp_random_graph(n, rng.uniform(0.2, 1.0), seed=int(seed), directed=directed)
    if rng.random() < 0.2:
        graph.add_edge(0, 0)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.choice([1.0, 1.0, 0.5, rng.uniform(0.2, 2.0)]))
    rule = RULES[int(rng.integers(len(RULES)))]
    scale = float(rng.choice([1.0, 4.0, 12.0, 30.0]))
    edges = graph.number_of_edges()
    if rng.random() < 0.6:
        strength = float(rng.normal()) * scale
    else:
        strength = rng.normal(size=edges) * scale
    decay = 1.0 if rng.random() < 0.6 else rng.uniform(0.5, 2.0, n)
    activation = (
        npl.Tanh(gain=float(rng.choice([1.0, 2.5])))
        if rng.random() < 0.6
        else npl.Logistic(gain=float(rng.uniform(1.0, 6.0)), threshold=float(rng.normal() * 0.5))
    )
    static = 0.0 if rng.random() < 0.6 else rng.normal(size=edges)
    bias = 1.0 if rng.random() < 0.4 else rng.normal(size=n)
    return npl.PlasticNetwork(
        graph,
        rule(strength, decay=decay),
        bias=bias,
        activation=activation,
        static_weight=static,
        learning_rate=float(rng.choice([0.1, 1.0, 10.0])),
        tau=1.0 if rng.random() < 0.7 else rng.uniform(0.5, 2.0, n),
    )


def assert_none_missing(net, seed):
    """Every sampled equilibrium lies in the certified list, with the same stability."""
    if refusal(net):
        return 0
    proved = certified(net, budget=npl.Budget(boxes=30_000))
    sampled = npl.find_equilibria(net, method="sampled", rng=seed, budget=npl.Budget(starts=150))
    if not proved.count.exact:
        assert proved.count.reason
        return 0
    assert len(sampled) <= int(proved.count)
    for x, stable, undecided in zip(
        sampled.activity, sampled.stable, sampled.undecided, strict=True
    ):
        distance = np.abs(proved.activity - x).max(axis=1)
        nearest = int(distance.argmin())
        assert distance[nearest] < 1e-6, (seed, x)
        if not undecided and not proved.undecided[nearest]:
            assert stable == proved.stable[nearest], (seed, x)
    return 1


@pytest.mark.parametrize("seed", range(40))
def test_no_sampled_equilibrium_is_missing(seed):
    assert_none_missing(random_network(seed), seed)


@pytest.mark.slow
def test_no_sampled_equilibrium_is_missing_in_thousands_of_draws():
    settled = sum(assert_none_missing(random_network(seed), seed) for seed in range(1000, 3100))
    assert settled >= 2000


def test_refined_grid_of_the_pair_finds_nothing_else():
    """Sign changes of the pair's one-dimensional elimination, counted without intervals.

    For the pair V_2^2 = (b - x_1) / (|k| V_1); the second equation is then a function of x_1
    alone, whose sign changes on a fine grid are the equilibria.
    """
    for strength, bias in ((-20.0, (1.0, 1.0)), (-40.0, (1.0, 1.3)), (-9.0, (1.2, 0.8))):
        x = np.linspace(1e-4, bias[0] - 1e-6, 2_000_001)
        v = np.tanh(x)
        w = np.sqrt((bias[0] - x) / (-strength * v))
        ok = w < 1.0
        second = np.full_like(x, np.nan)
        second[ok] = np.arctanh(w[ok]) - bias[1] - strength * w[ok] * v[ok] ** 2
        sign = np.sign(second)
        changes = int(np.sum((sign[1:] * sign[:-1]) < 0))
        net = anti(nx.path_graph(2), strength, bias=np.array(bias))
        assert int(npl.count_equilibria(net)) == changes


# -- limits -------------------------------------------------------------------------------------


def maximal_independent_sets(graph):
    return sum(1 for _ in nx.find_cliques(nx.complement(graph)))


def random_bipartite(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 10))
    if seed % 2:
        return nx.random_labeled_tree(n, seed=seed)
    left = int(rng.integers(1, n))
    return nx.bipartite.random_graph(left, n - left, 0.5, seed=seed)


@pytest.mark.parametrize("seed", range(12))
def test_bipartite_limit_is_maximal_independent_sets(seed):
    """docs/theory.md#section-7: at k = -3000 stable equilibria of bipartite graphs are these
    sets."""
    graph = random_bipartite(seed)
    net = anti(graph, -3000.0, learning_rate=FAST)
    count = npl.count_equilibria(net, stable_only=True)
    assert count.status == "certified"
    assert int(count) == maximal_independent_sets(graph)


@pytest.mark.slow
def test_bipartite_limit_on_two_hundred_graphs():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 13))
        graph = nx.random_labeled_tree(n, seed=seed)
        if seed % 2:
            left = int(rng.integers(1, n))
            graph = nx.bipartite.random_graph(left, n - left, 0.4, seed=seed)
        net = anti(graph, -3000.0, learning_rate=FAST)
        assert int(npl.count_equilibria(net, stable_only=True)) == maximal_independent_sets(graph)


@pytest.mark.parametrize("tried", [0, 40])
@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_cliques_have_one_stalemate_beside_their_winners(n, tried, monkeypatch):
    """n winners (maximal independent sets) and the uniform state: n + 1
    (docs/theory.md#section-7)."""
    monkeypatch.setattr(solve_module, "_MOST_TRIED", tried)
    net = anti(nx.complete_graph(n), -3000.0, learning_rate=FAST)
    assert int(npl.count_equilibria(net, stable_only=True)) == n + 1


def test_no_plasticity_leaves_one_equilibrium():
    net = anti(nx.petersen_graph(), 0.0, bias=np.linspace(-1, 1, 10))
    found = certified(net)
    assert int(found.count) == 1
    np.testing.assert_allclose(found.activity[0], np.linspace(-1, 1, 10), atol=1e-9)


def test_index_sum_of_the_hebbian_network_is_one():
    """Poincare-Hopf: F points outward on the start box, so signs of det dF/dx add up to 1."""
    net = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(5.0), bias=0.1)
    found = certified(net)
    assert found.count.status == "certified"
    signs = np.sign(np.linalg.det(npl.reduced.jacobian(net, found.activity)))
    assert signs.sum() == 1


# -- structure ------------------------------------------------------------------------------------


def test_components_multiply():
    pair = nx.path_graph(2)
    net = anti(nx.disjoint_union_all([pair] * 40), -20.0)
    assert int(npl.count_equilibria(net)) == 3**40
    assert int(npl.count_equilibria(net, stable_only=True)) == 2**40


def test_false_twins_are_one_unknown():
    system = system_of(anti(nx.star_graph(6), -50.0))
    label = equal_valued_classes(system)
    assert label.tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert quotient(system, label).n == 2


def test_hebbian_false_twins_are_not_merged():
    """With positive strength a leaf's equation has several solutions: twins may differ."""
    system = system_of(anti(nx.star_graph(3), 5.0))
    assert len(set(equal_valued_classes(system))) == 4


def test_twins_and_plain_search_agree(monkeypatch):
    graphs = [
        (nx.complete_graph(5), -400.0),
        (nx.barbell_graph(4, 1), -60.0),
        (nx.lollipop_graph(4, 2), -80.0),
        (nx.complete_graph(4), 4.0),
        (nx.complete_multipartite_graph(2, 2, 2), -300.0),
    ]
    for graph, strength in graphs:
        net = anti(graph, strength, learning_rate=FAST)
        system = system_of(net)
        assert true_twins(quotient(system, equal_valued_classes(system)))
        with monkeypatch.context() as patch:
            patch.setattr(solve_module, "_MOST_TRIED", 0)
            short = certified(net)
            counts = [npl.count_equilibria(net, stable_only=stable) for stable in (False, True)]
        with monkeypatch.context() as patch:
            patch.setattr(solve_module, "true_twins", lambda system: [])
            plain = certified(net)
        assert [int(c) for c in counts] == [int(plain.count), int(plain.stable_count)]
        assert len(short) == len(plain) == int(plain.count)
        np.testing.assert_allclose(short.activity, plain.activity, atol=1e-7)
        np.testing.assert_array_equal(short.stable, plain.stable)


def test_twins_are_grouped_where_a_trial_without_comes_to_no_end(monkeypatch):
    net = anti(nx.complete_graph(7), -400.0, learning_rate=FAST)
    tried = certified(net)
    clock = Clock(npl.Budget())
    monkeypatch.setattr(solve_module, "_BOXES_A_SYSTEM", 0.1)
    orbits = solve_module.solve(system_of(net), False, clock)
    assert max(orbits.size) > 1  # groups of twins were exchanged
    assert orbits.complete
    assert sum(orbits.size) == int(tried.count) == len(tried)
    short = certified(net)
    np.testing.assert_allclose(short.activity, tried.activity, atol=1e-7)
    np.testing.assert_array_equal(short.stable, tried.stable)


def test_a_trial_takes_only_a_share_of_the_budget():
    """What it used is not used twice."""
    net = anti(nx.complete_graph(7), -400.0)
    clock = Clock(npl.Budget(boxes=60))
    orbits = solve_module.solve(system_of(net), False, clock)
    assert clock.boxes == 60
    assert not orbits.complete
    assert "budget of 60 boxes" in orbits.reason


def test_start_box_holds_what_sampling_finds():
    for seed in range(30):
        net = random_network(seed)
        if refusal(net):
            continue
        low, high = start_box(net)
        found = npl.find_equilibria(net, method="sampled", rng=seed, budget=npl.Budget(starts=30))
        assert np.all(found.activity >= low)
        assert np.all(found.activity <= high)


def test_exact_product_is_exact_or_encloses():
    from fractions import Fraction

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=300), rng.normal(size=300)
    a[::3], b[::3] = np.round(a[::3] * 8) / 8, np.round(b[::3] * 8) / 8
    low, high = exact_product(a, b)
    for i in range(300):
        product = Fraction(float(a[i])) * Fraction(float(b[i]))
        assert Fraction(float(low[i])) <= product <= Fraction(float(high[i]))
        if product == Fraction(float(a[i] * b[i])):
            assert low[i] == high[i]


# -- honesty -------------------------------------------------------------------------------------


def test_a_bifurcation_gives_bounds_and_a_reason():
    """The pair at its pitchfork, |k| = 6.5375945680763..: three roots within 1e-4 of each other."""
    net = anti(nx.path_graph(2), -6.537594568076)
    count = npl.count_equilibria(net, budget=npl.Budget(boxes=50_000))
    assert (count.lower, count.upper) == (1, 3)  # by Brouwer, and as a pitchfork has at most three
    assert count.status == "lower bound"
    assert "bifurcation" in count.reason
    with pytest.raises(ValueError, match="not settled"):
        int(count)


def test_a_small_budget_gives_a_lower_bound():
    net = anti(nx.path_graph(12), -50.0)
    count = npl.count_equilibria(net, method="certified", budget=npl.Budget(boxes=100))
    assert count.status == "lower bound"
    assert count.lower < 149
    assert math.isinf(count.upper)
    assert "100 boxes" in count.reason
    found = certified(net, budget=npl.Budget(boxes=100))
    assert len(found) == count.lower
    assert 0.0 < found.statistics["share_searched"] < 1.0
    slow = npl.count_equilibria(net, method="certified", budget=npl.Budget(seconds=1e-9))
    assert "s used up" in slow.reason


def test_what_a_proof_leaves_open_samples_fill():
    """One policy: the lower end is the larger of both, and the reason tells what was left open."""
    net = anti(nx.path_graph(12), -50.0)
    proved = npl.count_equilibria(net, method="certified", budget=npl.Budget(boxes=100))
    joined = npl.count_equilibria(net, budget=npl.Budget(boxes=100), rng=0)
    assert proved.lower < joined.lower <= 149
    assert joined.status == "lower bound"
    assert "100 boxes" in joined.reason
    sampled = npl.count_equilibria(net, method="sampled", rng=0)
    assert sampled.method == "sampled"
    assert sampled.lower <= 149
    found = npl.find_equilibria(net, budget=npl.Budget(boxes=100), rng=0)
    assert joined.lower <= found.count.lower <= 149


def test_what_cannot_be_enclosed_is_refused():
    class Cubic(npl.Activation):
        bounds = (-math.inf, math.inf)

        def rate(self, x):
            return x**3

        def slope(self, x):
            return 3 * x**2

        def inverse(self, v):
            return np.cbrt(v)

    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-1.0), activation=Cubic())
    with pytest.raises(ValueError, match="no interval enclosure"):
        npl.count_equilibria(net, method="certified")
    pole = npl.PlasticNetwork(nx.path_graph(2), npl.Oja(-1.0))
    with pytest.raises(ValueError, match="decay of the weight vanishes"):
        npl.count_equilibria(pole, method="certified")


def test_too_many_to_list():
    net = anti(nx.disjoint_union_all([nx.path_graph(2)] * 20), -20.0)
    with pytest.raises(ValueError, match="use count_equilibria"):
        certified(net)


def test_enclosures_are_disjoint_and_hold_their_roots():
    net = anti(nx.grid_2d_graph(3, 3), -50.0)
    roots = search(system_of(net), False, Clock(npl.Budget()))
    assert roots.complete
    assert len(roots) == 35  # docs/theory.md#section-6
    for a, b in itertools.combinations(range(len(roots)), 2):
        assert np.any(roots.low[a] > roots.high[b]) or np.any(roots.low[b] > roots.high[a])
    assert np.all(roots.high - roots.low < 1e-8)


# -- faults that must show ------------------------------------------------------------------------


def test_a_dropped_box_shows(monkeypatch):
    """Searching only a part of the start box loses roots: counts are not right by accident."""
    net = anti(nx.cycle_graph(5), -20.0)
    system = system_of(net)
    whole = len(search(system, False, Clock(npl.Budget())))
    middle = 0.5 * (system.low[0] + system.high[0])
    system.low[0] = middle
    assert len(search(system, False, Clock(npl.Budget()))) < whole == 11


def test_a_miscounted_twin_class_shows(monkeypatch):
    net = anti(nx.complete_graph(5), -400.0)
    monkeypatch.setattr(solve_module, "_MOST_TRIED", 0)
    right = int(npl.count_equilibria(net))
    monkeypatch.setattr(solve_module, "_ways", lambda sizes: 1)
    assert int(npl.count_equilibria(net)) != right
