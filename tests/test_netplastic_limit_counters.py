"""Model counters: asked where all else fails, ended in time, agreeing with elimination."""

from __future__ import annotations

import math

import networkx as nx
import pytest
from limit_networks import clock, counted, limit

import netplastic as npl
from netplastic._support import INTERRUPTED, Watch
from netplastic.equilibria import Clock
from netplastic.equilibria.limit._clauses import clauses_of
from netplastic.equilibria.limit._components import components_of
from netplastic.equilibria.limit._counter import count_models, installed_counters
from netplastic.equilibria.limit._elimination import Elimination

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
