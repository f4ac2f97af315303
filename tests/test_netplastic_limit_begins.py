"""Where the strong limit begins: the law of degree against folds (section 7, part f)."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti
from limit_networks import limit, looped
from scipy.optimize import brentq, minimize_scalar

import netplastic as npl
from netplastic.equilibria.limit import strong_from


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
        strong_from(npl.PlasticNetwork(nx.path_graph(3), npl.Oja(-1.0)))
