"""Inputs that are unusual and right: numpy's numbers, tables by label, any list of nodes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from wrong_values import ABC, NET, PAIR, STRONG

import netplastic as npl
from netplastic import graphs

BIASED = npl.PlasticNetwork(ABC, npl.Hebbian(-2.0), bias=[1.0, 2.0, 3.0])
SAME: dict[str, tuple[Callable[..., Any], Any, list[Any]]] = {
    "budget": (
        lambda budget: int(npl.count_equilibria(NET, budget=budget)),
        None,
        [np.float64(9), np.int64(9), np.array(9.0), Fraction(9), npl.Budget(boxes=1e5)],
    ),
    "stable_only": (lambda f: int(npl.count_equilibria(NET, stable_only=f)), True, [np.True_]),
    "progress": (lambda p: int(npl.count_equilibria(NET, progress=p)), None, [np.False_, False]),
    "method": (lambda m: int(npl.count_equilibria(NET, method=m)), "auto", [np.str_("auto")]),
    "rng": (
        lambda rng: npl.simulate(NET, 1.0, rng=rng).final_activity.tolist(),
        3,
        [np.int64(3), np.uint8(3), np.array(3), np.random.default_rng(3)],
    ),
    "duration": (
        lambda time: npl.simulate(NET, time, rng=0).end_time.tolist(),
        2.0,
        [2, np.int64(2), np.float32(2), np.array(2.0), Fraction(2)],
    ),
    "radius": (
        lambda radius: npl.count_neighborhoods(NET, radius)["n_stable"].tolist(),
        1,
        [np.int64(1), np.uint8(1), np.array(1)],
    ),
    "nodes": (
        lambda nodes: npl.count_neighborhoods(NET, nodes=nodes)["node"].tolist(),
        [1, 0],
        [(1, 0), np.array([1, 0]), iter([1, 0]), pd.Index([1, 0]), {1: "a", 0: "b"}],
    ),
    "no nodes": (lambda nodes: len(npl.count_neighborhoods(NET, nodes=nodes)), [], [(), set()]),
    "edges": (
        lambda edges: int(npl.count_targeted(NET, edges, npl.Background(static_weight=0.1))),
        [(0, 1)],
        [[[1, 0]], ((0, 1),), {(0, 1)}, PAIR.edges],
    ),
    "bias": (
        lambda bias: npl.PlasticNetwork(ABC, npl.Hebbian(-2.0), bias=bias).bias.tolist(),
        [1.0, 2.0, 3.0],
        [
            *[(1, 2, 3), np.array([1, 2, 3], np.int8), range(1, 4), pd.Series([1.0, 2.0, 3.0])],
            pd.Series([3.0, 1.0, 2.0], index=["c", "a", "b"]),
        ],
    ),
    "learning_rate": (
        lambda rate: NET.replace(learning_rate=rate).learning_rate,
        2.0,
        [2, np.float32(2), np.array(2)],
    ),
    "rates": (
        lambda rates: npl.energy(BIASED, rates),
        [0.1, 0.2, 0.3],
        [
            *[(0.1, 0.2, 0.3), pd.Series([0.1, 0.2, 0.3])],
            pd.Series([0.3, 0.2, 0.1], index=["c", "b", "a"]),
        ],
    ),
    "rows of rates": (
        lambda rates: npl.energy(BIASED, rates).tolist(),
        [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]],
        [
            pd.DataFrame([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]),
            pd.DataFrame({"b": [0.2, 0.2], "a": [0.1, 0.3], "c": [0.3, 0.1]}),
        ],
    ),
    "size": (
        lambda size: npl.sample_stable_states(STRONG, size).tolist(),
        3,
        [np.int64(3), np.array(3)],
    ),
    "graph": (
        lambda graph: npl.PlasticNetwork(graph, npl.Hebbian(-2.0)).m,
        PAIR,
        [
            *[
                nx.to_numpy_array(PAIR),
                nx.to_scipy_sparse_array(PAIR),
                nx.to_pandas_adjacency(PAIR),
            ],
            nx.to_numpy_array(PAIR, dtype=bool),
        ],
    ),
    "density": (
        lambda density: graphs.dumbbell(4, density=density).size(),
        1.0,
        [1, np.float32(1), np.array(1.0), Fraction(1)],
    ),
    "module_size": (
        lambda size: len(graphs.dumbbell(size)),
        [4, 4],
        [4, (4, 4), np.array([4, 4]), np.int64(4)],
    ),
    "values": (
        lambda values: npl.Search(values=values).values,
        (-5.0, -6.0),
        [[-5, -6], np.array([-5.0, -6.0]), pd.Series([-5.0, -6.0])],
    ),
    "trial": (lambda trial: len(npl.simulate(NET, 1.0, rng=0).plot(trial=trial).lines), 0, [-1]),
}


@pytest.mark.parametrize(
    ("function", "plain", "unusual"),
    [
        pytest.param(function, plain, value, id=f"{name}-{number}")
        for name, (function, plain, values) in SAME.items()
        for number, value in enumerate(values)
    ],
)
def test_what_is_unusual_and_right_gives_the_same(function, plain, unusual):
    assert function(unusual) == function(plain)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_text_or_a_path(kind, tmp_path):
    study = npl.Study("pairs", "Why?", {"pair": PAIR}, {"strength": (-5.0,)})
    assert len(npl.run_study(study, kind(tmp_path / "out"))) == 2
    nx.write_gml(PAIR, tmp_path / "pair.gml")
    assert graphs.read_network(kind(tmp_path / "pair.gml")).size() == 1


def test_states_may_come_from_any_of_our_results():
    found = npl.find_equilibria(NET)
    listed = npl.critical_learning_rate(NET, found)
    assert np.array_equal(npl.critical_learning_rate(NET, found.activity), listed)
    assert npl.critical_learning_rate(NET, pd.Series(found.activity[0], NET.nodes)) == listed[0]
    assert npl.critical_learning_rate(NET, found.activity[0].tolist()) == listed[0]
