"""Scope "clamped" in the strong limit on networks with more states than can be listed."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic.analyses import _clamped


def clamped(net, **options):
    return npl.count_neighborhoods(net, 1, scope="clamped", **options)


def test_samples_agree_with_the_mean_over_all_states(monkeypatch):
    """At 2,000 samples within 5 standard errors; the range is that of all states."""
    graph = npl.graphs.ring_of_modules(3, 7, density=0.4, rng=1)
    net = anti(graph, -math.inf)
    monkeypatch.setattr(_clamped, "_MOST_STATES", 10**6)
    exact = clamped(net)
    assert set(exact.status) == {"certified"}
    monkeypatch.setattr(_clamped, "_MOST_STATES", 2000)
    monkeypatch.setattr(_clamped, "_MOST_LISTED", 1)
    drawn = clamped(net)
    assert set(drawn.status) == {"estimate"}
    assert set(drawn.method) == {"limit, 2000 samples"}
    spread = np.log2(exact.n_stable_upper) - np.log2(exact.n_stable)
    off = np.abs(drawn.log2_stable - exact.log2_stable)
    assert np.all(off <= 5.0 * spread / 2.0 / math.sqrt(2000) + 1e-12)
    assert drawn.n_stable.tolist() == exact.n_stable.tolist()
    assert drawn.n_stable_upper.tolist() == exact.n_stable_upper.tolist()


def test_a_ball_of_a_long_ring():
    """The ends of the ball (a, v, b) are each driven from outside or not.

    Then the states left are those of a path of 3 (2), of 2 (2), or v alone (1).
    """
    table = clamped(anti(nx.cycle_graph(300), -math.inf), nodes=[0, 5])
    assert table.n_stable.tolist() == [1, 1]
    assert table.n_stable_upper.tolist() == [2.0, 2.0]
    assert table.log2_stable.between(0.3, 0.9).all()
    again = clamped(anti(nx.cycle_graph(300), -math.inf), nodes=[5])
    assert again.log2_stable[0] == table.log2_stable[1]


def test_arcs_without_weight_drive_nothing():
    """Node 2 is outside the ball of node 0, and high in each state; node 1 stays free."""
    graph = nx.Graph([(0, 1, {"weight": 1.0}), (1, 2, {"weight": 0.0})])
    net = anti(graph, -math.inf)
    assert clamped(net, nodes=[0]).n_stable.tolist() == [2]


def test_what_cannot_be_compiled_says_why(monkeypatch):
    monkeypatch.setattr("netplastic.equilibria.limit._compiled.installed_counters", list)
    net = anti(nx.gnp_random_graph(200, 0.1, seed=1), -math.inf)
    with pytest.raises(ValueError, match="could not be compiled"):
        clamped(net, nodes=[0], budget=npl.Budget(boxes=3000))
