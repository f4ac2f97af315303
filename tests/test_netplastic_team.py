"""Several threads, in one trajectory or a batch: the same numbers, and nobody waits in vain."""

from __future__ import annotations

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import networkx as nx
import numpy as np
import pytest
from naive_dynamics import TABLEAU, TIMES
from odd_networks import odd_network, start_of

import netplastic as npl
from netplastic.dynamics import _layout
from netplastic.dynamics._kernels import ERROR, A
from netplastic.dynamics._layout import layout_of, places_for


@pytest.fixture
def many_parts(monkeypatch: Any) -> None:
    """Small networks are divided as large ones are."""
    monkeypatch.setattr(_layout, "_LEAST_LINKS", 2)


def same(one: npl.Trajectory, other: npl.Trajectory) -> None:
    assert one.status == other.status
    for name in ("activity", "final_activity", "final_weights"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.statistics["accepted"] == other.statistics["accepted"]
    assert one.statistics["rejected"] == other.statistics["rejected"]


@pytest.mark.usefixtures("many_parts")
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("rule", [npl.Hebbian(-4.0), npl.Oja(2.0)])
def test_results_do_not_depend_on_the_number_of_threads(rule: Any, directed: bool) -> None:
    """To the last bit: settled early, reported in between, with steps that are rejected."""
    net = odd_network(rule, "tanh", directed)
    start = start_of(net)
    for wish in ({"settle": 1e-5}, {"times": np.linspace(0.0, 30.0, 17), "rtol": 1e-3}):
        runs = [
            npl.simulate(net, 30.0, start, method="explicit", workers=workers, **wish)
            for workers in (1, 2, 3, 4, 9)
        ]
        for other in runs[1:]:
            same(runs[0], other)


@pytest.mark.parametrize("method", ["explicit", "stiff"])
def test_a_batch_is_its_trials_whatever_the_number_of_workers(method: Any) -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    one = npl.simulate(net, 5.0, rng=1, trials=5, workers=1, method=method)
    two = npl.simulate(net, 5.0, rng=1, trials=5, workers=2, method=method)
    np.testing.assert_array_equal(one.activity, two.activity)
    np.testing.assert_array_equal(one.final_weights, two.final_weights)
    for trial in range(5):
        single = npl.simulate(
            net, 5.0, (one.activity[trial, 0], one.weights[trial, 0]), method=method
        )
        np.testing.assert_allclose(single.activity, one.activity[trial], rtol=0, atol=1e-9)


_TWO_CASES = """
import networkx as nx, netplastic as npl
from netplastic.dynamics._kernels import integrate
for graph in (nx.cycle_graph(5), nx.DiGraph(nx.cycle_graph(5).edges)):
    net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0))
    npl.simulate(net, 1.0, rng=0, trials=2)
    npl.simulate(net, 1.0, rng=0, times=[0.5], observe=npl.Observe(nodes=[0], weights=False))
    npl.simulate(net.replace(learning_rate=2), 1, rng=0, settle=1e-3)
print(len(integrate.signatures))
"""


def test_what_is_compiled_beforehand_is_what_is_called() -> None:
    """Else a process would compile the kernel twice for each case (mirrored links, and arcs)."""
    found = subprocess.run(
        [sys.executable, "-c", _TWO_CASES], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "2"


def test_a_large_network_is_shared_by_itself() -> None:
    net = npl.PlasticNetwork(
        nx.random_regular_graph(12, 4000, seed=0), npl.Hebbian(-10.0), learning_rate=0.1
    )
    assert len(places_for(layout_of(net, True), 2)) == 2
    start = start_of(net, 5)
    same(npl.simulate(net, 5.0, start, workers=1), npl.simulate(net, 5.0, start, workers=2))


@pytest.mark.usefixtures("many_parts")
def test_an_end_before_the_end_is_seen_by_all() -> None:
    """Few steps allowed; and a runaway: the limit lies far below the input of one node."""
    net = npl.PlasticNetwork(nx.cycle_graph(12), npl.Hebbian(-5.0))
    runs = [npl.simulate(net, 50.0, rng=0, max_steps=5, workers=w) for w in (1, 4)]
    assert runs[0].status == "too many steps"
    same(*runs)
    runaway = npl.PlasticNetwork(nx.cycle_graph(12), npl.Hebbian(-5.0), tau=[1e-300] + [1.0] * 11)
    for workers in (1, 4):
        ended = npl.simulate(runaway, 50.0, np.full((1, 12), 2.0), workers=workers)
        assert ended.status == "step too small"


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("mirrored", [False, True])
def test_parts_cover_all_nodes_once(threads: int, mirrored: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr(_layout, "_LEAST_LINKS", 10)
    for graph in (nx.path_graph(100), nx.star_graph(60), nx.complete_graph(20)):
        net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0))
        places = places_for(layout_of(net, mirrored), threads)
        bounds = places[0][1].bounds.astype(int)
        assert bounds[0] == 0
        assert bounds[-1] == net.n
        assert np.all(np.diff(bounds) >= 0)
        cuts = [(team.first, team.last) for _, team in places]
        assert cuts[0][0] == 0
        assert cuts[-1][1] == len(bounds) - 1
        assert all(a[1] == b[0] for a, b in itertools.pairwise(cuts))
        assert len(places) == min(threads, len(bounds) - 1)


@pytest.mark.usefixtures("many_parts")
def test_a_thread_that_cannot_be_made_leaves_nobody_waiting(monkeypatch: Any) -> None:
    """The second of three helpers does not come to be."""
    plain, calls = ThreadPoolExecutor.submit, itertools.count(1)

    def submit(self: Any, *args: Any) -> Any:
        if next(calls) == 2:
            raise RuntimeError("can't start new thread")
        return plain(self, *args)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    net = npl.PlasticNetwork(nx.cycle_graph(20), npl.Hebbian(-4.0))
    with pytest.raises(RuntimeError, match="new thread"):
        npl.simulate(net, 5.0, rng=0, workers=4)


def test_the_tableau_fulfils_the_conditions_of_its_order() -> None:
    """Sum over rooted trees: b . c^k = 1/(k+1), b A c = 1/6, b A c^2 = 1/12, b A A c = 1/24, ...

    (Hairer, Norsett & Wanner, table II.2.1: all 17 trees up to order 5), for the
    end of the step to order 5 and for the embedded solution to order 4.
    """
    a, c = np.zeros((7, 7)), np.array(TIMES)
    for row, values in enumerate(TABLEAU):
        a[row, : len(values)] = values
    np.testing.assert_allclose(A[:7, :7], a, rtol=1e-13, atol=1e-14)
    conditions = [
        (1, lambda b: b.sum(), 1.0),
        (2, lambda b: b @ c, 1 / 2),
        (3, lambda b: b @ c**2, 1 / 3),
        (3, lambda b: b @ a @ c, 1 / 6),
        (4, lambda b: b @ c**3, 1 / 4),
        (4, lambda b: (b * c) @ a @ c, 1 / 8),
        (4, lambda b: b @ a @ c**2, 1 / 12),
        (4, lambda b: b @ a @ a @ c, 1 / 24),
        (5, lambda b: b @ c**4, 1 / 5),
        (5, lambda b: (b * c**2) @ a @ c, 1 / 10),
        (5, lambda b: b @ (a @ c) ** 2, 1 / 20),
        (5, lambda b: (b * c) @ a @ c**2, 1 / 15),
        (5, lambda b: (b * c) @ a @ a @ c, 1 / 30),
        (5, lambda b: b @ a @ c**3, 1 / 20),
        (5, lambda b: b @ a @ (c * (a @ c)), 1 / 40),
        (5, lambda b: b @ a @ a @ c**2, 1 / 60),
        (5, lambda b: b @ a @ a @ a @ c, 1 / 120),
    ]
    end, embedded = A[6, :7], A[6, :7] - A[ERROR, :7]
    for order, condition, value in conditions:
        assert condition(end) == pytest.approx(value, abs=1e-13)
        if order <= 4:
            assert condition(embedded) == pytest.approx(value, abs=1e-13)
    assert embedded @ c**4 != pytest.approx(1 / 5, abs=1e-4)
