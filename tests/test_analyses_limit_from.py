"""Where the strong limit begins, as a column, against certified counts at finite strength."""

from __future__ import annotations

import math
import time

import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, anti

import netplastic as npl
from netplastic.equilibria.limit import strong_from


def column(net, **options):
    return npl.count_neighborhoods(net, 0, budget=npl.Budget(boxes=100), **options).limit_from


def random_network(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 9))
    return anti(nx.gnp_random_graph(n, rng.uniform(0.25, 0.7), seed=seed), -math.inf)


def test_from_there_on_counts_are_those_of_the_limit():
    """At 1.3 times the largest strength of any node, and rate 1: certified counts of 60 graphs.

    55 are those of the limit. The other five are larger: stalemates on triangles and cliques
    (docs/theory.md#section-7, e), which at this rate live on; at rate 0.3 they are gone. At a
    quarter of that strength none is the limit's.
    """
    right, early = 0, 0
    for seed in range(60):
        net = random_network(seed)
        begins = column(net).max()
        expected = int(npl.count_equilibria(net, stable_only=True))
        found = stable(net, 1.3 * begins)
        right += found == expected
        early += stable(net, 0.25 * begins) == expected
        if found != expected:
            assert found > expected
            assert stable(net.replace(learning_rate=0.3), 1.3 * begins) == expected
    assert (right, early) == (55, 0)


def stable(net, strength):
    finite = net.replace(strength=-strength)
    return int(npl.count_equilibria(finite, stable_only=True, method="certified"))


def test_the_column_is_that_of_each_center_at_any_strength():
    graph = npl.graphs.dumbbell()
    net = anti(graph, -20.0, learning_rate=math.inf)
    expected = strong_from(net)
    assert np.allclose(column(net), expected)
    assert np.allclose(column(net, nodes=[5, 3]), expected[[5, 3]])
    assert np.allclose(column(net, scope="isolated"), column(anti(graph, -math.inf)))


@pytest.mark.parametrize(
    "net",
    [
        npl.PlasticNetwork(nx.path_graph(3), npl.Oja(-3.0)),
        anti(nx.path_graph(3), -3.0, static_weight=0.1),
        anti(nx.path_graph(3), -3.0, activation="logistic"),
        anti(nx.DiGraph([(0, 1), (1, 2), (2, 0)]), -3.0),
    ],
)
def test_networks_without_a_strength_to_begin_at(net):
    assert column(net).isna().all()


def test_all_nodes_are_looked_at_together():
    """An optimisation for each node would take minutes on a million of them."""
    n = 30_000
    net = anti(nx.cycle_graph(n), -3.0, bias=np.tile([1.0, 0.7, -1.3], n // 3))
    began = time.process_time()
    begins = strong_from(net)
    assert time.process_time() - began < 4.0  # 0.06 s; 20 s one by one
    assert np.allclose(begins, np.tile(begins[3:6], n // 3))
    small = strong_from(anti(nx.cycle_graph(3), -3.0, bias=[1.0, 0.7, -1.3]))
    assert np.allclose(begins[:3], small)


def test_activations_of_a_users_own():
    """(1 - x) V^3 with V = x / (1 + x) is largest where 4 x = 3 - x - x^2: by hand."""
    net = anti(nx.star_graph(4), -3.0, activation=Softsign())
    x = math.sqrt(7.0) - 2.0  # of x^2 + 4 x - 3 = 0
    rate = x / (1.0 + x)
    assert strong_from(net)[0] == pytest.approx(4.0 / ((1.0 - x) * rate**3) - 2.0 / rate**2)
