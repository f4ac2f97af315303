"""Compiled states of the strong limit: numbers under patterns, uniform samples.

The lists come from networkx: maximal independent sets are the maximal cliques of the complement.
"""

from __future__ import annotations

import math
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from conftest import anti
from scipy.stats import chisquare

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.limit import TooLargeError, limit_states
from netplastic.equilibria.limit._circuit import ALWAYS, NEVER, Builder, random_below
from netplastic.equilibria.limit._clauses import clauses_of
from netplastic.equilibria.limit._compiled import _listed
from netplastic.equilibria.limit._components import components_of
from netplastic.equilibria.limit._counter import compile_models, count_models
from netplastic.equilibria.limit._elimination import Elimination
from netplastic.equilibria.limit._nnf import circuit_of
from netplastic.equilibria.limit._walk import Walk

PLENTY = 10**6


def limit(graph, **parameters):
    return anti(graph, -math.inf, **parameters)


def clock(**limits):
    return Clock(npl.Budget(**limits))


def maximal_sets(graph):
    return [frozenset(clique) for clique in nx.find_cliques(nx.complement(graph))]


def random_graph(seed, least=2, most=12):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(least, most))
    return nx.gnp_random_graph(n, rng.uniform(0.1, 0.7), seed=seed)


def by_elimination(component):
    return Elimination(component).compiled(clock(), PLENTY, PLENTY)


def by_list(component):
    return _listed(component, clock(), PLENTY)[0]


def by_compiler(component):
    pytest.importorskip("py_d4")
    text, why = compile_models(clauses_of(component), clock())
    assert not why
    return circuit_of(text, component, PLENTY)


FORMS = [by_elimination, by_list, by_compiler]


def connected(seed, directed=False, least=2, most=12):
    """First component of more than one node of a random graph."""
    graph = random_graph(seed, least, most)
    if directed:
        graph = nx.gnp_random_graph(len(graph), 0.3, seed=seed, directed=True)
    return max(components_of(limit(graph)), key=lambda one: one.n)


@pytest.mark.parametrize("form", FORMS)
def test_tallies_are_those_of_the_list(form):
    """Of patterns on random nodes, and of unions of random marks, some nodes held."""
    for seed in range(12 if form is by_compiler else 60):
        component = connected(seed, directed=seed % 3 == 0)
        if component.n == 1:
            continue
        states, rng = list(Walk(component, clock()).states()), np.random.default_rng(seed)
        compiled = form(component)
        assert compiled.total == len(states)
        nodes = rng.choice(component.n, int(rng.integers(1, component.n + 1)), replace=False)
        own = {node: 1 << place for place, node in enumerate(nodes.tolist())}
        shared = {node: int(rng.integers(8)) for node in nodes.tolist()}
        held = {int(nodes[0]): int(rng.integers(2))}
        for marks, only in ((own, None), (shared, None), (shared, held)):
            expected = Counter(
                union_of(marks, state)
                for state in states
                if only is None or all(state >> v & 1 == high for v, high in only.items())
            )
            found = {key: ways for key, ways in compiled.tally(marks, PLENTY, only).items() if ways}
            assert found == expected


def union_of(marks, state):
    union = 0
    for node, bits in marks.items():
        union |= bits if state >> node & 1 else 0
    return union


def test_components_multiply_and_nodes_without_bias_are_low():
    graph = nx.disjoint_union(nx.path_graph(3), nx.path_graph(2))
    net = limit(graph, bias=[1.0, 1.0, 1.0, 1.0, 1.0])
    states = limit_states(net, clock())
    assert states.total == 4
    assert states.tally({0: 1, 3: 2}, PLENTY) == {0: 1, 1: 1, 2: 1, 3: 1}
    held = limit_states(net.replace(bias=[1.0, 1.0, 1.0, 1.0, 0.0]), clock())
    assert held.total == 2  # node 3, alone now, is high
    assert held.tally({3: 1, 4: 2}, PLENTY) == {1: 2}
    assert not held.sample(50, np.random.default_rng(0))[:, 4].any()


def test_no_state_at_all():
    net = limit(nx.cycle_graph(5, create_using=nx.DiGraph))
    states = limit_states(net, clock())
    assert (states.total, states.tally({0: 1}, PLENTY)) == (0, {})
    component = components_of(net)[0]
    assert by_elimination(component).tally({0: 1}, PLENTY) == {}
    with pytest.raises(ValueError, match="no stable state"):
        npl.sample_stable_states(net, 3)


def test_states_with_self_loops_are_compiled_from_lists():
    graph = nx.path_graph(4)
    graph.add_edges_from([(0, 0), (1, 1)])
    states = limit_states(limit(graph), clock())  # {2} with 0 in the middle, {3} with 0 and 1
    assert states.tally({2: 1, 3: 2}, PLENTY) == {1: 1, 2: 1}


def test_parts_that_say_nothing():
    builder = Builder(10)
    leaf = builder.leaf(0, True)
    assert builder.both(leaf, ALWAYS) == builder.either(leaf, NEVER) == leaf
    assert builder.both(leaf, NEVER) == builder.either() == NEVER
    assert builder.both() == ALWAYS
    assert builder.circuit(NEVER, 1).total == 0
    assert builder.circuit(ALWAYS, 0).total == 1
    with pytest.raises(ArithmeticError, match="same nodes"):
        builder.either(leaf, ALWAYS)


def test_parts_of_unlike_nodes_are_found_out():
    builder = Builder(10)
    one, two = builder.leaf(0, True), builder.leaf(1, True)
    with pytest.raises(ArithmeticError, match="same nodes"):
        builder.either(builder.both(one, two), builder.leaf(0, False))
    wrong = builder.both(builder.either(one, two), builder.leaf(2, True))
    with pytest.raises(ArithmeticError, match="same nodes"):
        builder.circuit(wrong, 3).tally({0: 1, 2: 2}, PLENTY)


def test_what_gets_too_large_is_refused():
    component = components_of(limit(nx.cycle_graph(12)))[0]
    with pytest.raises(TooLargeError, match="more than 20 parts"):
        Elimination(component).compiled(clock(), PLENTY, 20)
    marks = {node: 1 << node for node in range(12)}
    for form in (by_elimination, by_list):
        with pytest.raises(TooLargeError, match="more than 5 different patterns"):
            form(component).tally(marks, 5)


# -- samples --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_samples_are_uniform(form):
    """Chi-square against equal numbers of each state; at a level that no seed here comes near."""
    for seed in range(4):
        component = connected(seed, least=6)
        states = list(Walk(component, clock()).states())
        high = form(component).sample(100 * len(states), np.random.default_rng(seed))
        drawn = Counter(sum(1 << i for i in np.flatnonzero(row).tolist()) for row in high)
        assert set(drawn) == set(states)
        assert chisquare([drawn[state] for state in states]).pvalue > 1e-3


def test_large_samples_have_the_exact_shares():
    """A ring of 20 modules: the share of states in which each node is high, within 5 sigma."""
    net = limit(npl.graphs.ring_of_modules(20, 12, density=0.3, rng=0))
    states = limit_states(net, clock())
    share = np.array([states.tally({v: 1}, 2).get(1, 0) / states.total for v in range(net.n)])
    size = 2000
    drawn = npl.sample_stable_states(net, size)
    error = np.sqrt(share * (1.0 - share) / size)
    assert np.all(np.abs(drawn.mean(axis=0) - share) <= 5.0 * error)
    for row in drawn[:50]:
        high = set(np.flatnonzero(row).tolist())
        assert nx.is_dominating_set(net.graph, high)
        assert not net.graph.subgraph(high).number_of_edges()


def test_samples_follow_the_seed_and_nothing_else():
    net = limit(nx.cycle_graph(30))
    assert np.array_equal(
        npl.sample_stable_states(net, 9, rng=1), npl.sample_stable_states(net, 9, rng=1)
    )
    one, two = npl.sample_stable_states(net, 9, rng=1), npl.sample_stable_states(net, 9, rng=2)
    assert not np.array_equal(one, two)


def test_large_random_integers_are_uniform():
    rng = np.random.default_rng(0)
    limit_of = 3 * 2**80
    drawn = [random_below(limit_of, rng) for _ in range(6000)]
    assert min(drawn) >= 0
    assert max(drawn) < limit_of
    thirds = Counter(number >> 80 for number in drawn)
    assert chisquare([thirds[k] for k in range(3)]).pvalue > 1e-3
    assert Counter(random_below(3, rng) for _ in range(50)).keys() == {0, 1, 2}


@pytest.mark.parametrize(
    ("net", "error", "message"),
    [
        (nx.path_graph(3), TypeError, "net is a Graph"),
        (anti(nx.path_graph(3), -5.0), ValueError, "the strength is finite"),
    ],
)
def test_samples_need_the_limit(net, error, message):
    with pytest.raises(error, match=message):
        npl.sample_stable_states(net, 3)


# -- the compiler ---------------------------------------------------------------------------------

HARD = nx.gnp_random_graph(200, 0.1, seed=1)
"""Too wide for elimination, with too many states to be listed."""


def test_without_a_compiler_the_reason_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr("netplastic.equilibria.limit._compiled.installed_counters", list)
    with pytest.raises(ValueError, match=r"200 nodes .* D4, is not installed: pip install"):
        npl.sample_stable_states(limit(HARD), 3, budget=npl.Budget(boxes=3000))


def test_clauses_reach_a_process_that_is_slow_to_start(monkeypatch, tmp_path):
    """Of more text than a pipe holds, which was cut where the process did not read at once."""
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(0.4)", encoding="utf-8")
    (tmp_path / "pyganak.py").write_text(
        "class Counter:\n"
        "    def new_vars(self, number): pass\n"
        "    def add_clauses(self, clauses): self.clauses = clauses\n"
        "    def count(self): return len(self.clauses)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    clauses = [[number, -number - 1] for number in range(1, 20_001)]
    assert count_models(clauses, clock(seconds=30.0), "pyganak") == 20_000


def test_wide_components_are_compiled_by_the_counter(monkeypatch):
    """Module of 26 nodes with too wide tables: marginals against the list."""
    pytest.importorskip("py_d4")
    graph = nx.gnp_random_graph(26, 0.3, seed=3)
    monkeypatch.setattr("netplastic.equilibria.limit._compiled._NARROW", 0)
    monkeypatch.setattr("netplastic.equilibria.limit._compiled._TRIAL_STATES", 0)
    states, sets = limit_states(limit(graph), clock()), maximal_sets(graph)
    assert type(states.states[0]).__name__ == "Circuit"
    assert states.total == len(sets)
    for v in graph:
        assert states.tally({v: 1}, 2).get(1, 0) == sum(v in one for one in sets)
