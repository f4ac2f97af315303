"""What is wrong, and what is unusual but right, for each kind of parameter."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

import netplastic as npl

PAIR = nx.path_graph(2)
NET = npl.PlasticNetwork(PAIR, npl.Hebbian(-20.0))
STRONG = NET.replace(strength=-math.inf)
TRIANGLE = npl.PlasticNetwork(nx.cycle_graph(3), npl.Hebbian(-20.0))
ABC = nx.relabel_nodes(nx.path_graph(3), dict(enumerate("abc")))
NAN, INF = math.nan, math.inf
ELSE = [NET, PAIR, object(), lambda: None]
"""What stands for nothing else either."""

NO_NUMBER: list[Any] = ["3", True, np.bool_(True), 1j, np.complex128(1), [1.0], {}, pd.NA, *ELSE]
NO_NUMBER += [np.ones(2), np.ones((1, 1)), pd.Series([1.0]), Decimal(3), NAN, np.array(NAN)]
NO_NUMBER += [np.array("3"), np.array(True), pd.NaT]
NO_COUNT = [*NO_NUMBER, None, 1.5, 2.0, np.float64(2), INF, Fraction(3)]

WRONG: dict[str, list[Any]] = {
    "network": [PAIR, np.ones((2, 2)), None, "karate", 5, npl.PlasticNetwork, npl.Hebbian(-1.0)],
    "graph": [NET, None, 5, "karate", nx.Graph, nx.Graph(), nx.MultiGraph([(0, 1), (0, 1)])],
    "number": [*NO_NUMBER, None, INF, -INF, 10**400],
    "number or none": [*NO_NUMBER, INF, 10**400],
    "positive": [*NO_NUMBER, None, 0, -1.0, INF, np.float64(0), np.array(-1), 10**400],
    "positive or none": [*NO_NUMBER, 0, -1.0, INF, 10**400],
    "positive or inf": [*NO_NUMBER, None, 0, -1.0, -INF, 10**400],
    "at least 0": [*NO_NUMBER, None, -1.0, INF, 10**400],
    "at least 0 or none": [*NO_NUMBER, -1.0, INF, 10**400],
    "between 0 and 1": [*NO_NUMBER, None, 0, 1, -0.1, 5, INF],
    "fraction": [*NO_NUMBER, None, -0.1, 1.1, 5, INF],
    "gigabytes": [*NO_NUMBER, None, 0, -1],
    "count": [*NO_COUNT, 0, -1, np.int64(0), np.array(-1)],
    "count or none": [v for v in [*NO_COUNT, 0, -1] if v is not None],
    "from 0": [*NO_COUNT, -1, np.int64(-1)],
    "flag": [1, 0, "yes", None, NAN, [], np.array([True, False]), 1.0, *ELSE],
    "shown": ["yes", 1, 0, NAN, [], 1.0, *ELSE],
    "rng": ["a", -1, 1.5, True, NAN, [1], np.random, np.random.RandomState(0), 1j, *ELSE],
    "seed": ["a", -1, 1.5, True, NAN, [1], 1j, np.random.default_rng(0), *ELSE],
    "budget": ["10", 0, -1, NAN, INF, True, 1j, [5], np.ones(2), npl.Budget, *ELSE],
    "solver": [5, "stiff", True, npl.Solver, npl.Steps(), {}, []],
    "search": [5, "auto", True, npl.Search, npl.Steps(), {}, [1.0]],
    "steps": [5, 0.1, True, npl.Steps, npl.Search(), {}],
    "observe": [5, [0], True, npl.Observe, {}, "energy"],
    "background": [5, 0.2, "none", True, npl.Background, {}],
    "method": ["exact", "Auto", "", 5, None, True, ["auto"], np.array(["auto"])],
    "name": ["no such name", "", 5, None, True, [], {}, NAN, NET],
    "name or none": ["no such name", "", 5, True, [], {}, NAN, NET],
    "text": [5, None, True, ["a"], NAN, b"a", NET],
    "node": ["z", None, 9, -1, 0.5, NAN, [0], {}, np.array([0, 1]), (0, 1)],
    "nodes": [["z"], [9], [-1], 5, "0", [[0]], [0, 0], [None], {0: 1, 9: 2}, np.ones((2, 2)), NET],
    "edges": [[(0, 9)], [(0,)], [0, 1], 5, "01", [(0, 1, 2)], [([0], 1)], [None], None, NET],
    "state": [
        *[None, "ab", 5, [1.0], [1.0, 2.0, 3.0], [[1.0]], np.ones((2, 2, 2)), [NAN, 0.0]],
        *[[INF, 0.0], [1j, 0], ["a", "b"], [True, False], [None, 1.0], np.array(0.5), {}, [[], []]],
        *[pd.Series([0.1, 0.2], index=["x", "y"]), TRIANGLE, PAIR],
    ],
    "levels": [
        *[None, 5, "ab", [], [0.0], [-1.0, 1.0], [NAN], ["1"], [True], [1.0, 1.0], [1j], 0.1],
        *[NET, [[1.0, 2.0]], np.ones((2, 2))],
    ],
    "parameter": [
        *["Strength", "", 5, None, True, "stregth", ["strength"], NET, npl.ArcStrength],
        *[npl.ArcStrength([(0, 9)]), npl.ArcStrength([])],
    ],
    "axes": [5, "ax", True, {}, [], NET],
    "path": [5, None, True, ["a"], NAN, {}, NET],
    "node values": [
        *[
            "no such attribute",
            None,
            NAN,
            INF,
            True,
            1j,
            [1.0],
            [1.0, NAN],
            ["a", "b"],
            {},
            [[1.0]],
        ],
        *[np.ones((2, 2)), [True, False], pd.Series([1.0, 2.0], index=["x", "y"]), Decimal(3), NET],
    ],
    "table": [
        pd.DataFrame({"node": [0]}),
        5,
        None,
        "counts",
        {},
        [],
        np.ones((2, 2)),
        pd.Series([1.0]),
        pd.DataFrame(),
        NET,
    ],
    "equilibria": [5, "all", [], np.zeros((1, 2)), npl.Equilibria, NET],
}
WRONG["nodes"] += [None]
WRONG["nodes or none"] = [value for value in WRONG["nodes"] if value is not None]
WRONG["state or none"] = [value for value in WRONG["state"] if value is not None]
WRONG["table or none"] = [value for value in WRONG["table"] if value is not None]
WRONG["positive values"] = [*WRONG["node values"], 0, -1.0, [1.0, 0.0]]
WRONG["arc values"] = [v for v in WRONG["node values"] if v is not INF]

RIGHT: dict[str, list[Any]] = {
    "number": [np.float32(0.5), np.int64(1), np.array(0.5), Fraction(1, 2), 1],
    "positive": [np.float32(0.5), np.int64(1), np.array(0.5), Fraction(1, 2), 1],
    "between 0 and 1": [np.float32(0.5), np.array(0.5), Fraction(1, 2)],
    "count": [np.int64(2), np.uint8(2), np.array(2)],
    "from 0": [np.int64(1), np.uint8(1), np.array(1), 0],
    "flag": [np.bool_(True), np.bool_(False)],
    "shown": [np.bool_(False), None],
    "rng": [np.int64(3), np.array(3), np.random.default_rng(0), None],
    "budget": [np.float64(5), np.int64(5), np.array(5.0), Fraction(5), None, npl.Budget()],
    "method": [np.str_("auto")],
    "nodes": [[], (1, 0), {0, 1}, np.array([0]), iter([1]), pd.Index([0]), {1: "a"}, range(2)],
    "state": [(0.1, 0.2), [0, 0], np.array([0.1, 0.2], np.float32), pd.Series([0.1, 0.2])],
    "path": [str, Path],
}
