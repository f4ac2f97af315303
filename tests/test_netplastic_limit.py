"""The strong limit, strength -inf: maximal independent sets, kernels, self-loops (section 7)."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, anti
from scipy.optimize import brentq, minimize_scalar

import netplastic as npl
from netplastic import model
from netplastic._support import INTERRUPTED, Watch
from netplastic.equilibria import Clock
from netplastic.equilibria.limit import limit_count, strong_from
from netplastic.equilibria.limit._answer import _different
from netplastic.equilibria.limit._clauses import clauses_of
from netplastic.equilibria.limit._components import bits, components_of
from netplastic.equilibria.limit._counter import count_models, installed_counters
from netplastic.equilibria.limit._elimination import Elimination
from netplastic.equilibria.limit._middle import strong_components
from netplastic.equilibria.limit._walk import Walk


def limit(graph, **parameters):
    return anti(graph, -math.inf, **parameters)


def counted(net, **options):
    return npl.count_equilibria(net, stable_only=True, **options)


def looped(graph, nodes):
    graph = graph.copy()
    graph.add_edges_from((node, node) for node in nodes)
    return graph


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


def clock(**limits):
    limits.setdefault("boxes", 10**9)
    return Clock(npl.Budget(**limits))


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


# -- self-loops with unequal weights, decided exactly ---------------------------------------------


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


# -- model counters -------------------------------------------------------------------------------

HARD = nx.gnp_random_graph(200, 0.1, seed=1)
"""Too wide for elimination, with too many states to be listed."""


@pytest.fixture
def no_counter(monkeypatch):
    monkeypatch.setattr("netplastic.equilibria.limit._answer.installed_counters", list)


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """Put a module in the place of Ganak: a counter that does as its text says."""

    def install(what):
        text = (
            "class Counter:\n"
            "    def new_vars(self, number): self.number = number\n"
            "    def add_clauses(self, clauses): self.clauses = clauses\n"
            f"    def count(self):\n        {what}\n"
        )
        (tmp_path / "pyganak.py").write_text(text, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(
            "netplastic.equilibria.limit._answer.installed_counters", lambda: ["pyganak"]
        )

    return install


@pytest.mark.usefixtures("no_counter")
def test_without_a_counter_the_reason_says_how_to_get_one():
    count = counted(limit(HARD), budget=npl.Budget(boxes=3000))
    assert count.lower > 0
    assert count.upper == math.inf
    assert 'pip install "netplastic[exact]"' in count.reason
    assert "200 nodes" in count.reason


def test_a_counter_is_asked_where_all_else_fails(stand_in):
    stand_in("return 10 ** 5000 + len(self.clauses) + self.number")
    clauses = HARD.number_of_edges() + HARD.number_of_nodes()
    assert int(counted(limit(HARD))) == 10**5000 + clauses + 200


@pytest.mark.parametrize(
    ("what", "budget", "reason"),
    [
        ("import time; time.sleep(60)", 3.0, "budget of 3 s used up"),
        ("raise MemoryError('no more')", npl.Budget(boxes=3000), "MemoryError: no more"),
        (
            "import time; held = bytearray(200_000_000); time.sleep(60)",
            npl.Budget(boxes=3000, megabytes=150),
            "the model counter used up 150 MB",
        ),
    ],
)
def test_a_counter_that_comes_to_nothing_leaves_bounds(stand_in, what, budget, reason):
    stand_in(what)
    count = counted(limit(HARD), budget=budget)
    assert count.lower > 0
    assert count.upper == math.inf
    assert reason in count.reason


def test_a_counter_in_vain_leaves_time_to_a_walk(stand_in):
    stand_in("import time; time.sleep(60)")
    count = counted(limit(HARD), budget=6.0)
    assert count.lower > counted(limit(HARD), budget=npl.Budget(boxes=2000)).lower > 0


def test_a_counter_ends_with_the_count(stand_in):
    stand_in("import time; time.sleep(60)")
    (component,) = components_of(limit(HARD))
    watch = Watch()
    watch.stopped = True
    assert count_models(clauses_of(component), Clock(npl.Budget(), watch=watch), "pyganak") == (
        INTERRUPTED
    )


@pytest.mark.parametrize("counter", ["py_d4", "pyganak"])
def test_model_counters_agree_with_elimination(counter):
    pytest.importorskip(counter)
    assert counter in installed_counters()
    for seed in range(3):
        graph = nx.gnp_random_graph(30, 0.12, seed=seed, directed=bool(seed % 2))
        for component in components_of(limit(graph)):
            expected = Elimination(component).count(clock(), 10**6)
            assert count_models(clauses_of(component), clock(), counter) == expected


@pytest.mark.slow
@pytest.mark.parametrize("counter", ["py_d4", "pyganak"])
def test_kernels_of_celegans(counter, monkeypatch):
    """66,635,768 without self-loops: D4 and Ganak, the same number."""
    pytest.importorskip(counter)
    monkeypatch.setattr("netplastic.equilibria.limit._answer.installed_counters", lambda: [counter])
    graph = npl.graphs.celegans(synapses="chemical")
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    assert int(counted(limit(graph))) == 66_635_768


@pytest.mark.slow
@pytest.mark.parametrize("counter", ["py_d4", "pyganak"])
def test_model_counters_agree_on_the_ring_of_modules(counter):
    pytest.importorskip(counter)
    net = limit(
        npl.graphs.ring_of_modules(modules=100, module_size=20, density=0.3, path_length=2, rng=0)
    )
    (component,) = components_of(net)
    assert count_models(clauses_of(component), clock(), counter) == int(counted(net))


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


# -- where the limit begins -----------------------------------------------------------------------


def fold_of_a_star(load, bias=1.0, gain=1.0, leaf_bias=1.0, leaf_gain=1.0, back=1.0):
    """Least |k| at which the hub is high: x + k V load V_l^2 = b, with x_l + k back V_l V^2 = b_l.

    `load` is the number of leaves times the weight of their arcs to the hub. For a hub's x, the k
    that solves its equation with the leaves' rates falling in k is unique; least over x.
    """

    def strength(x):
        v = math.tanh(gain * x)

        def leaf(k):
            def equation(y):
                return y + k * back * math.tanh(leaf_gain * y) * v * v - leaf_bias

            return math.tanh(leaf_gain * brentq(equation, 0.0, leaf_bias, xtol=1e-15))

        def surplus(log_k):
            k = math.exp(log_k)
            return k * v * load * leaf(k) ** 2 - (bias - x)

        peak = minimize_scalar(lambda t: -surplus(t), bounds=(-3.0, 12.0), method="bounded").x
        if surplus(peak) <= 0.0:
            return math.inf
        return math.exp(brentq(surplus, peak, 25.0))

    found = minimize_scalar(strength, bounds=(0.3 * bias, 0.95 * bias), method="bounded")
    return float(found.fun)


@pytest.mark.parametrize(
    ("d", "fold"),
    [(2, 24.0), (3, 39.3), (4, 54.5), (6, 84.8), (8, 115), (12, 175), (20, 296)],
)
def test_where_the_limit_begins_at_a_hub(d, fold):
    """The folds of section 7(f), here again, and (7.5) beside them."""
    assert fold_of_a_star(d) == pytest.approx(fold, rel=5e-3)
    assert strong_from(limit(nx.star_graph(d)))[0] == pytest.approx(fold, rel=0.03)
    assert strong_from(limit(nx.star_graph(d)))[0] == pytest.approx(15.086 * d - 5.6, abs=0.02)


def test_the_law_of_degree_holds_with_weights_biases_and_gains():
    graph = nx.star_graph(12)
    for _, _, data in graph.edges(data=True):
        data["weight"] = 2.5
    others = {"bias": [0.8] + [1.4] * 12, "activation": npl.Tanh(gain=[2.0] + [0.5] * 12)}
    net = anti(graph, -3.0, **others).replace(decay=2.0)
    fold = fold_of_a_star(12 * 1.25, 0.8, 2.0, 1.4, 0.5, back=1.25)
    assert strong_from(net)[0] == pytest.approx(fold, rel=0.03)


def test_nodes_that_are_never_high_have_no_strength_to_begin_at():
    graph = looped(nx.path_graph(4), [0])
    graph.add_node(4)
    begins = strong_from(limit(graph, bias=[1.0, 1.0, 1.0, 0.0, 1.0]))
    assert np.isnan(begins[[0, 3]]).all()
    assert begins[4] == 0.0
    assert (begins[1:3] > 0.0).all()
    one_way = strong_from(limit(nx.DiGraph([(0, 1), (1, 2), (2, 1)])))
    assert one_way[0] == 0.0  # nothing drives it
    assert np.isnan(one_way[1])
    assert one_way[2] == pytest.approx(strong_from(limit(nx.path_graph(2)))[0])
    with pytest.raises(ValueError, match="Oja"):
        strong_from(npl.PlasticNetwork(PATH, npl.Oja(-1.0)))
