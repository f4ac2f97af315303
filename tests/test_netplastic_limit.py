"""The strong limit, strength -inf: maximal independent sets, kernels, self-loops (section 7)."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, anti
from limit_networks import clock, counted, limit, looped

import netplastic as npl
from netplastic import model
from netplastic._support import INTERRUPTED, Watch
from netplastic.equilibria import Clock
from netplastic.equilibria.limit import limit_count
from netplastic.equilibria.limit._answer import _different
from netplastic.equilibria.limit._clauses import clauses_of
from netplastic.equilibria.limit._components import bits, components_of
from netplastic.equilibria.limit._elimination import Elimination
from netplastic.equilibria.limit._walk import Walk

# -- against plain enumeration ------------------------------------------------------------------


def settled_middle(weight, middle):
    """Whether a set of middle nodes is stable; None where section 7(d) does not say."""
    below = weight[np.ix_(middle, middle)]
    if np.any(~(below > 0.0).any(axis=1)):
        return False
    graph = nx.from_numpy_array(below.T, create_using=nx.DiGraph)
    verdict = True
    for part in nx.strongly_connected_components(graph):
        part = sorted(part)
        own = below[np.ix_(part, part)]
        if len(part) == 1:
            continue
        if not own.diagonal().any():
            return False
        if not np.array_equal(own, own.T):
            verdict = None
        elif np.linalg.eigvalsh(own)[0] < -1e-9:
            return False
    return verdict


def naive(net):
    """Sets of high nodes by trying all; how many more are not settled."""
    weight = np.zeros((net.n, net.n))
    weight[net.wiring.target, net.wiring.source] = net.arc_weight
    moves = np.flatnonzero(net.bias)
    weight = weight[np.ix_(moves, moves)]
    loop_free = np.flatnonzero(weight.diagonal() == 0.0)
    found, opened = set(), 0
    for size in range(len(loop_free) + 1):
        for high in map(list, itertools.combinations(loop_free.tolist(), size)):
            driven = weight[:, high].any(axis=1)
            middle = [i for i in range(len(moves)) if i not in high and not driven[i]]
            if weight[np.ix_(high, [*high, *middle])].any():
                continue
            verdict = settled_middle(weight, middle) if middle else True
            opened += verdict is None
            if verdict:
                found.add(frozenset(moves[high].tolist()))
    return found, opened


def random_network(seed, largest=9):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, largest + 1))
    directed = bool(rng.random() < 0.4)
    density = float(rng.uniform(0.1, 0.7))
    graph = nx.gnp_random_graph(n, density, seed=int(rng.integers(10**6)), directed=directed)
    if rng.random() < 0.5:
        graph = looped(graph, np.flatnonzero(rng.random(n) < rng.uniform(0.1, 0.8)).tolist())
    choices = [[1.0], [0.25, 1.0, 2.0], [0.0, 1.0]][int(rng.integers(3))]
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.choice(choices))
    bias = rng.choice([1.0, 1.0, -0.5, 2.0, 0.0], n) if rng.random() < 0.4 else 1.0
    return limit(graph, bias=bias)


def high_sets(found):
    return {frozenset(np.flatnonzero(row).tolist()) for row in found.rates}


@pytest.mark.parametrize("block", range(10))
def test_lists_and_counts_equal_plain_enumeration(block):
    for seed in range(50 * block, 50 * block + 50):
        net = random_network(seed)
        states, opened = naive(net)
        count, found = counted(net), npl.find_equilibria(net, stable_only=True)
        assert len(found) == len(states), seed
        assert high_sets(found) == states, seed
        assert count.lower == found.count.lower == len(states), seed
        assert count.upper == found.count.upper == (math.inf if opened else len(states)), seed
        assert count.method == found.method == "limit"


def test_the_random_networks_are_of_all_kinds():
    nets = [random_network(seed) for seed in range(500)]
    loops = [bool(np.any(net.wiring.source == net.wiring.target)) for net in nets]
    assert {(net.directed, loop) for net, loop in zip(nets, loops, strict=True)} == set(
        itertools.product([False, True], repeat=2)
    )
    assert sum(naive(net)[1] > 0 for net in nets) > 10
    assert any(not net.bias.all() for net in nets)


@pytest.mark.parametrize("directed", [False, True])
def test_elimination_walk_and_clauses_agree_on_larger_components(directed):
    for seed in range(6):
        graph = nx.gnp_random_graph(22, 0.13, seed=seed, directed=directed)
        for component in components_of(limit(graph)):
            by_walk = list(Walk(component, clock()).states())
            assert len(set(by_walk)) == len(by_walk)
            assert Elimination(component).count(clock(), 10**6) == len(by_walk)
            assert {high for high in by_walk if satisfies(component, high)} == set(by_walk)


def satisfies(component, high):
    """Whether the clauses hold for a set of high nodes; variables are loop-free nodes in order."""
    variables = list(bits(component.everything & ~component.looped))
    true = {number for number, node in enumerate(variables, 1) if high >> node & 1}
    return all(
        any((abs(literal) in true) == (literal > 0) for literal in clause)
        for clause in clauses_of(component)
    )


def test_clauses_say_which_looped_states_are_stable():
    """Equal weights, undirected: as many assignments satisfy the clauses as there are states."""
    tried = 0
    for seed in range(60):
        graph = nx.gnp_random_graph(7, 0.35, seed=seed)
        for component in components_of(limit(looped(graph, range(seed % 4, 7, 2)))):
            clauses = clauses_of(component)
            assert clauses is not None
            sets = range(1 << component.n)
            models = [h for h in sets if not h & component.looped and satisfies(component, h)]
            assert set(models) == set(Walk(component, clock()).states())
            tried += bool(component.looped)
    assert tried > 40


# -- against the certified search ---------------------------------------------------------------


def looped_and_biased(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    graph = nx.gnp_random_graph(n, 0.6, seed=seed, directed=bool(rng.random() < 0.4))
    if rng.random() < 0.4:
        graph = looped(graph, np.flatnonzero(rng.random(n) < 0.4).tolist())
    return graph, rng.uniform(0.6, 1.5, n)


def agree_with_the_certified_search(seeds):
    """At rate 100 a stalemate is unstable only beyond |k|^(1/3) of some hundreds (7(e))."""
    tried = 0
    for seed in seeds:
        graph, bias = looped_and_biased(seed)
        expected = counted(limit(graph, bias=bias))
        if not expected.exact:
            continue
        rate, k = [(0.1, -3e5), (1.0, -3e5), (100.0, -1e9)][seed % 3]
        net = anti(graph, k, bias=bias, learning_rate=rate)
        found = npl.count_equilibria(net, method="certified", stable_only=True)
        assert found.lower <= expected.lower <= found.upper, seed
        tried += found.exact
    return tried


def test_counts_equal_those_of_the_certified_search_at_large_strength():
    assert agree_with_the_certified_search(range(33)) >= 25


@pytest.mark.slow
def test_many_counts_equal_those_of_the_certified_search_at_large_strength():
    assert agree_with_the_certified_search(range(100, 330)) >= 180


# -- known numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "number"),
    [
        (nx.cycle_graph(6), 5),
        (nx.cycle_graph(7), 7),
        (nx.star_graph(4), 2),
        (nx.path_graph(12), 28),
        (nx.grid_2d_graph(3, 3), 10),
        (nx.hypercube_graph(3), 6),
        (nx.petersen_graph(), 15),
        (nx.complete_bipartite_graph(2, 3), 2),
        (looped(nx.empty_graph(1), [0]), 1),
        (looped(nx.path_graph(3), [0, 2]), 1),
        (looped(nx.path_graph(4), [0, 1]), 2),
        (nx.empty_graph(3), 1),
        (nx.cycle_graph(3, create_using=nx.DiGraph), 0),
        (nx.cycle_graph(4, create_using=nx.DiGraph), 2),
    ],
)
def test_known_counts(graph, number):
    """Section 7(c), (d); an odd directed cycle has no kernel, an even one has two."""
    assert int(counted(limit(graph))) == number


def padovan(n):
    """MIS of a path: the last node is in, or the last but one: m(n) = m(n - 2) + m(n - 3)."""
    numbers = [1, 1, 2]
    while len(numbers) <= n:
        numbers.append(numbers[-2] + numbers[-3])
    return numbers[n]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 10, 50, 10_000])
def test_paths_have_padovan_numbers(n):
    assert int(counted(limit(nx.path_graph(n)))) == padovan(n)


def test_cycles_have_perrin_numbers():
    perrin = [3, 0, 2]
    for n in range(3, 30):
        perrin.append(perrin[-2] + perrin[-3])
        assert int(counted(limit(nx.cycle_graph(n)))) == perrin[n]


@pytest.mark.parametrize("m", [1, 2, 5, 40])
def test_complete_bipartite_graphs_have_two(m):
    assert int(counted(limit(nx.complete_bipartite_graph(m, m)))) == 2


def test_equal_components_multiply():
    triangles = nx.disjoint_union_all([nx.cycle_graph(3)] * 50 + [nx.path_graph(2)] * 7)
    assert int(counted(limit(triangles))) == 3**50 * 2**7


def test_components_equal_up_to_labels_are_counted_once():
    graph = nx.random_regular_graph(3, 24, seed=1)
    names = np.random.default_rng(0).permutation(24).tolist()
    other = nx.relabel_nodes(graph, dict(enumerate(names)))
    both = nx.disjoint_union(graph, other)
    bias = np.random.default_rng(1).uniform(0.5, 2.0, 48)
    ((_, copies),) = _different(limit(both, bias=bias))
    assert copies == 2
    assert int(counted(limit(both))) == int(counted(limit(graph))) ** 2


def test_a_ring_of_a_hundred_modules_has_a_number_of_217_digits():
    """The same to the last digit by D4 and by Ganak; here its first 30 and its remainder."""
    graph = npl.graphs.ring_of_modules(
        modules=100, module_size=20, density=0.3, path_length=2, rng=0
    )
    number = int(counted(limit(graph)))
    assert graph.number_of_nodes() == 2200
    assert str(number).startswith("533480112065482276115159004698")
    assert len(str(number)) == 217


def test_labels_do_not_matter():
    rng = np.random.default_rng(5)
    for seed in range(20):
        graph = looped(nx.gnp_random_graph(12, 0.3, seed=seed), [0, 1, 2])
        names = dict(zip(graph, rng.permutation(12).tolist(), strict=True))
        other = nx.relabel_nodes(graph, names)
        one, two = (npl.find_equilibria(limit(g), stable_only=True) for g in (graph, other))
        states = {frozenset(names[i] for i in high) for high in high_sets(one)}
        assert states == {frozenset(two.nodes[i] for i in high) for high in high_sets(two)}


# -- lists ----------------------------------------------------------------------------------------


def test_what_a_state_looks_like():
    """Path 0-1-2-3, loops at 0 and 1; node 4 without bias; gains differ: phi(b) on high nodes."""
    graph = looped(nx.path_graph(5), [0, 1])
    bias = np.array([1.0, 1.0, -0.5, 2.0, 0.0])
    gain = np.array([1.0, 1.0, 3.0, 0.5, 1.0])
    net = limit(graph, bias=bias, activation=npl.Tanh(gain=gain))
    found = npl.find_equilibria(net, stable_only=True)
    assert [sorted(high) for high in sorted(map(sorted, high_sets(found)))] == [[2], [3]]
    for activity, rates in zip(found.activity, found.rates, strict=True):
        high = rates != 0.0
        assert np.array_equal(activity, np.where(high, bias, 0.0))
        assert np.allclose(rates[high], np.tanh(gain * bias)[high], rtol=1e-15)
    assert not found.radius.any()
    assert found.stable.all()
    assert not found.undecided.any()
    assert found.minimum is None
    assert found.method == "limit"
    assert found.stable_only
    assert found.count.status == "certified"
    assert found.count.reason == "1 of 5 nodes have bias 0 and are left out: low in every state"
    assert npl.count_equilibria(net, stable_only=True).reason == found.count.reason
    assert len(found.to_frame()) == 10


def test_symmetries_are_told():
    found = npl.find_equilibria(limit(nx.cycle_graph(6)), stable_only=True)
    assert sorted(set(zip(found.orbit.tolist(), found.orbit_size.tolist(), strict=True))) == [
        (0, 2),
        (1, 3),
    ]


def test_the_limit_of_the_states_at_large_strength():
    graph = nx.petersen_graph()
    states = npl.find_equilibria(limit(graph), stable_only=True)
    near = npl.find_equilibria(anti(graph, -1e5), stable_only=True)
    assert len(near) == len(states) == 15
    for rates in near.rates:
        assert np.isclose(np.abs(states.rates - rates).max(axis=1), 0.0, atol=1e-3).sum() == 1


def test_more_than_can_be_listed_is_an_error():
    net = limit(nx.disjoint_union_all([nx.path_graph(2)] * 17))
    assert int(counted(net)) == 2**17
    with pytest.raises(ValueError, match="more than the 100000 that can be listed"):
        npl.find_equilibria(net, stable_only=True)


def test_a_list_that_the_budget_cuts_short_says_so():
    net = limit(nx.cycle_graph(40))
    found = npl.find_equilibria(net, stable_only=True, budget=npl.Budget(boxes=1))
    assert 0 < len(found) < int(counted(net))
    assert (found.count.lower, found.count.upper) == (len(found), math.inf)
    assert "budget of 1 boxes used up" in found.count.reason


def test_an_interrupted_count_is_a_bound():
    net = limit(nx.cycle_graph(40))
    watch = Watch()
    watch.stopped = True
    count = limit_count(net, Clock(npl.Budget(), watch=watch))
    assert count.lower < int(counted(net))
    assert count.upper == math.inf
    assert INTERRUPTED in count.reason


# -- which networks are in the limit --------------------------------------------------------------

PATH = nx.path_graph(3)


def test_networks_in_the_limit():
    net = limit(PATH)
    assert net.in_limit
    assert net.part([0]).in_limit
    assert net.part([0, 1]).in_limit
    assert not net.replace(strength=-3.0).in_limit
    assert net.replace(strength=-3.0).replace(strength=-math.inf).in_limit
    assert np.all(net.strength == -math.inf)
    assert not anti(PATH).in_limit
    graph = nx.path_graph(2)
    graph[0][1]["eta"] = -math.inf
    assert npl.PlasticNetwork(graph, npl.Hebbian("eta")).in_limit
    assert int(counted(limit(PATH, activation=npl.Tanh(gain=[1.0, 2.0, 3.0])))) == 2
    assert int(counted(limit(PATH, activation=Softsign()))) == 2


@pytest.mark.parametrize(
    ("rule", "parameters", "found"),
    [
        (npl.Oja(-math.inf), {}, "the rule Oja"),
        (npl.BCM(-math.inf), {}, "the rule BCM"),
        (npl.Covariance(-math.inf), {}, "the rule Covariance"),
        (npl.Hebbian(math.inf), {}, "strength is inf"),
        (npl.Hebbian(math.nan), {}, "strength is nan"),
        (npl.Hebbian([-math.inf, -2.0]), {}, "-inf on 2 arcs and -2 on another"),
        (npl.Hebbian(-math.inf), {"static_weight": 0.5}, "static weight of 0.5"),
        (npl.Hebbian(-math.inf), {"activation": "logistic"}, "rate at activity 0 is 0.5"),
        (npl.Hebbian(-math.inf), {"activation": npl.Tanh(threshold=0.5)}, "shifted by 0.5"),
        (npl.Hebbian(-math.inf), {"bias": -math.inf}, "bias is -inf"),
        (npl.Hebbian(-math.inf), {"learning_rate": math.inf}, "the two limits do not commute"),
        (npl.Hebbian(-2.0, decay=math.inf), {}, "decay is inf"),
        (npl.Hebbian(-2.0), {"static_weight": -math.inf}, "static_weight is -inf"),
    ],
)
def test_what_the_limit_does_not_hold_for_is_refused(rule, parameters, found):
    with pytest.raises(ValueError, match=found) as told:
        npl.PlasticNetwork(PATH, rule, **parameters)
    assert str(told.value).count("\n") == 0


def test_only_stable_states_are_known_in_the_limit():
    net = limit(PATH)
    for ask in (npl.find_equilibria, npl.count_equilibria):
        with pytest.raises(ValueError, match="stable_only=True"):
            ask(net)
        for method in ("sampled", "certified"):
            with pytest.raises(ValueError, match='method="auto"'):
                ask(net, method=method, stable_only=True)


STATE = np.full(3, 0.5)
NEEDS_FINITE = {
    "simulate": lambda net: npl.simulate(net, 5.0),
    "find_attractors": lambda net: npl.find_attractors(net, trials=2, rng=0),
    "attractors_by_learning_rate": lambda net: npl.attractors_by_learning_rate(net, [1.0]),
    "bifurcation_diagram": lambda net: npl.bifurcation_diagram(net, "bias", 0.5, 1.0),
    "bifurcation_diagram in strength": lambda net: npl.bifurcation_diagram(
        net, "strength", -9.0, -1.0
    ),
    "onset": npl.onset,
    "onsets": npl.onsets,
    "onset_neighborhoods": npl.onset_neighborhoods,
    "uniqueness_threshold": npl.uniqueness_threshold,
    "count_targeted": lambda net: npl.count_targeted(net, [], npl.Background(strength=1.0)),
    "multistability_onset": npl.multistability_onset,
    "convexity_bounds": npl.convexity_bounds,
    "convexity_threshold": npl.convexity_threshold,
    "contraction_bound": npl.contraction_bound,
    "definiteness_bound": npl.definiteness_bound,
    "energy": lambda net: npl.energy(net, STATE),
    "energy_gradient": lambda net: npl.energy_gradient(net, STATE),
    "energy_hessian": lambda net: npl.energy_hessian(net, STATE),
    "stability_map": lambda net: npl.stability_map(
        net, ("learning_rate", [1.0, 2.0]), ("bias", [0.5, 1.0])
    ),
    "critical_learning_rate": lambda net: npl.critical_learning_rate(net, STATE),
    "critical_learning_rates": lambda net: npl.critical_learning_rates(
        net, npl.find_equilibria(net, stable_only=True)
    ),
    "critical_learning_rate_bound": lambda net: npl.critical_learning_rate_bound(net, STATE),
    "learning_rate_crossings": lambda net: npl.learning_rate_crossings(net, STATE),
    "landscape_summary": npl.landscape_summary,
    "landscape_plane": lambda net: npl.landscape_plane(net, np.stack([STATE, -STATE])),
    "plot_landscape": lambda net: npl.plot_landscape(net, np.stack([STATE, -STATE])),
    "residual": lambda net: model.residual(net, STATE),
    "jacobian": lambda net: model.jacobian(net, STATE),
    "equilibrium_weights": lambda net: model.equilibrium_weights(net, STATE),
    "hessian": lambda net: model.hessian(net, STATE),
    "is_minimum": lambda net: model.is_minimum(net, STATE),
    "full_jacobian": lambda net: model.full_jacobian(net, STATE),
    "reduced_matrix": lambda net: model.reduced_matrix(net, STATE),
    "spectral_abscissa": lambda net: model.spectral_abscissa(net, STATE),
    "equations": lambda net: net.equations,
    "coupling": lambda net: net.coupling,
    "has_objective": lambda net: net.has_objective,
}


@pytest.mark.parametrize("name", NEEDS_FINITE)
def test_what_needs_a_finite_strength_says_so(name):
    with pytest.raises(ValueError, match=r"^strength is -inf .* needs a finite strength"):
        NEEDS_FINITE[name](limit(PATH))


def test_all_public_functions_of_a_network_were_asked():
    """Whatever takes a network is in the list above or answers in the limit."""
    answers = {"count_equilibria", "find_equilibria", "count_neighborhoods", "null_counts"}
    answers |= {"ball_patterns", "lesion_effects", "pattern_counts", "sample_stable_states"}
    takes = {
        name
        for name in npl.__all__
        if callable(getattr(npl, name))
        and not isinstance(getattr(npl, name), type)
        and "net" in getattr(npl, name).__code__.co_varnames[:1]
    }
    assert takes - answers <= set(NEEDS_FINITE)
    assert takes >= answers
