"""Every public callable: right arguments, and of what kind each of its parameters is."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
from trying import Call, Late
from wrong_values import ABC, INF, NAN, NET, PAIR, STRONG

import netplastic as npl
from netplastic import graphs

mpl.use("Agg")


@functools.cache
def diagram() -> npl.BifurcationDiagram:
    quick = npl.Search(values=0)
    return npl.bifurcation_diagram(NET, "strength", -5.0, -7.0, search=quick, hopf=False)


@functools.cache
def found() -> npl.Equilibria:
    return npl.find_equilibria(NET)


@functools.cache
def run() -> npl.Trajectory:
    return npl.simulate(NET, 1.0, rng=0)


@functools.cache
def attractors() -> npl.Attractors:
    return npl.find_attractors(NET, trials=2, rng=0)


@functools.cache
def maps() -> npl.StabilityMap:
    return npl.stability_map(NET, ("strength", [-5.0]), ("bias", [1.0]))


@functools.cache
def rates() -> npl.CriticalRates:
    return npl.learning_rate_crossings(NET, found().activity[0])


@functools.cache
def counts() -> pd.DataFrame:
    return npl.count_neighborhoods(NET)


@functools.cache
def chokes() -> pd.DataFrame:
    return graphs.choke_points(PAIR)


STUDY = npl.Study("pairs", "Why?", {"pair": PAIR}, {"strength": (-5.0,)})
EMPTY = Path(tempfile.gettempdir()) / "netplastic-wrong-inputs"
BUILT = {"rng": "rng", "memory_limit": "gigabytes"}
BALLS = {"net": "network", "radius": "from 0", "nodes": "nodes or none"}
COUNTED = {"budget": "budget", "rng": "rng", "progress": "shown"}
AXIS = [
    *["strength", ("strength",), ("no such", [1.0]), ("strength", []), ("strength", 5), None, 5],
    *[("strength", ["a"]), ("strength", [float("nan")]), ("strength", [True]), NET, ("bias", "12")],
    *[("learning_rate", [0.0]), ("gain", [-1.0]), (5, [1.0]), ("strength", [1j]), ("decay", [0])],
]
INITIAL = [
    *[5, "random", [1.0], [float("nan"), 0.0], (1, 2, 3), ([0.0, 0.0], [1.0]), npl.RandomStart],
    *[np.ones((2, 2, 2)), [1j, 0], True, NET, ["a", "b"], ([0.0, 0.0], [float("inf"), 0.0])],
    *[[True, False], pd.Series([1.0, 2.0], index=["x", "y"]), {}, np.ones((2, 2, 2))],
]


def network(**changes: Any) -> npl.PlasticNetwork:
    """A network of three nodes, with parameters of its rule and activation among its own."""
    rule = {k: changes.pop(k) for k in ("strength", "decay", "threshold") if k in changes}
    kind = changes.pop("kind", npl.Hebbian)
    return npl.PlasticNetwork(ABC, kind(**{"strength": -2.0, **rule}), **changes)


def of_rule(kind: type[npl.PairwiseRule]) -> Call:
    """A rule is checked where it meets a graph."""
    kinds = {"strength": "arc values", "decay": "positive values"}
    if kind not in (npl.Hebbian, npl.Oja):
        kinds["threshold"] = "node values"
    return Call(functools.partial(network, kind=kind), kinds)


def of_activation(kind: type[npl.Activation]) -> Call:
    def made(**values: Any) -> npl.PlasticNetwork:
        return network(activation=kind(**values))

    return Call(made, {"gain": "positive values", "threshold": "node values"})


CALLS: dict[str, Call] = {
    # -- networks
    "PlasticNetwork": Call(
        npl.PlasticNetwork,
        {
            "graph": [
                *[None, 5, "karate", nx.Graph(), nx.MultiGraph([(0, 1)]), nx.Graph, NET, []],
                *[np.ones(3), np.ones((2, 3)), np.array([[0, 1], [2, 0]]), np.full((2, 2), 1j)],
                *[np.array([[0, np.nan], [np.nan, 0]]), np.zeros((0, 0)), np.array([["a"]])],
                *[
                    pd.DataFrame([[0, 1], [1, 0]], index=["a", "b"]),
                    pd.DataFrame(),
                    np.ones((1,) * 3),
                ],
            ],
            "rule": [None, "Hebbian", 5, npl.Hebbian, npl.Tanh(), NET],
            "bias": "node values",
            "activation": ["tahn", "", 5, None, True, npl.Tanh, npl.Hebbian(1.0), ["tanh"], {}],
            "tau": "positive values",
            "learning_rate": "positive or inf",
            "static_weight": "arc values",
            "weight": ["no such", 5, True, [], 1.5, NET],
            "directed": [5, "yes", True, [], 0.0, NET],
        },
        {"graph": ABC, "rule": npl.Hebbian(-2.0)},
        called={"graph": "graph|matrix|array|entries|table"},
    ),
    "PlasticNetwork.part": Call(
        npl.PlasticNetwork.part,
        {"nodes": [*[[], [[0]], ["z"], 5, "0", None, [None]]]},
        of=lambda: NET,
    ),
    "PlasticNetwork.part_at": Call(
        npl.PlasticNetwork.part_at,
        {"index": [[], [5], [-1], 0, [0.5], "0", None, [True, False], ["a"], [[0]]]},
        of=lambda: NET,
    ),
    "PlasticNetwork.positions": Call(
        npl.PlasticNetwork.positions,
        {"nodes": [[[0]], ["z"], 5, "0", None, [None]], "name": None, "once": None},
        of=lambda: NET,
    ),
    **{
        f"PlasticNetwork.replace({name})": Call(
            npl.PlasticNetwork.replace, {name: kind}, of=network
        )
        for name, kind in {
            "strength": "arc values",
            "decay": "positive values",
            "bias": "node values",
            "tau": "positive values",
            "gain": "positive values",
            "static_weight": "arc values",
            "learning_rate": "positive or inf",
            "rule": [None, 5, "Hebbian", npl.Hebbian],
            "activation": ["tahn", 5, None, npl.Tanh],
        }.items()
    },
    **{
        name: of_rule(getattr(npl, name))
        for name in (
            *("BCM", "Covariance", "Hebbian", "Oja", "PostsynapticallyGated"),
            "PresynapticallyGated",
        )
    },
    "Tanh": of_activation(npl.Tanh),
    "Logistic": of_activation(npl.Logistic),
    "ArcStrength": Call(
        npl.ArcStrength, {"arcs": [5, None, "01", [0, 1], [(0,)], [(0, 1, 2)], [None], NET]}
    ),
    "ArcStrength.mask": Call(
        npl.ArcStrength.mask, {"net": "network"}, of=lambda: npl.ArcStrength([(0, 1)])
    ),
    # -- equilibria
    "Budget": Call(
        npl.Budget,
        {
            "boxes": ["3", True, 1.5, NAN, INF, None, 0, -1, 1j, [1]],
            "seconds": "positive or none",
            "megabytes": ["3", True, NAN, None, 0, -1, 1j, [1.0]],
            "starts": ["3", True, 1.5, NAN, INF, None, 0, -1, 1j, [1]],
        },
    ),
    "load": Call(npl.load, {"path": "path", "memory_limit": "gigabytes"}, {"path": "no such file"}),
    "Equilibria.plot": Call(npl.Equilibria.plot, {"ax": "axes"}, of=found),
    "Attractors.plot": Call(npl.Attractors.plot, {"ax": "axes"}, of=attractors),
    "Onset.plot": Call(npl.Onset.plot, {"ax": "axes"}, of=lambda: npl.onset(NET)),
    "MultistabilityOnset.plot": Call(
        npl.MultistabilityOnset.plot, {"ax": "axes"}, of=lambda: npl.multistability_onset(NET)
    ),
    "Equilibrium.plot": Call(
        npl.Equilibrium.plot, {"ax": "axes"}, of=lambda: npl.find_equilibria(NET)[0]
    ),
    "find_equilibria": Call(
        npl.find_equilibria,
        {
            "net": "network",
            "method": "method",
            "stable_only": "flag",
            **COUNTED,
            "executor": [5, "dask", True, [], NET],
        },
        {"net": NET},
    ),
    "count_equilibria": Call(
        npl.count_equilibria,
        {
            "net": "network",
            "method": "method",
            "stable_only": "flag",
            **COUNTED,
            "executor": [5, "dask", True, [], NET],
        },
        {"net": NET},
    ),
    "sample_stable_states": Call(
        npl.sample_stable_states,
        {
            "net": ["karate", PAIR, None, NET],
            "size": "count",
            "budget": "budget",
            "rng": "rng",
            "progress": "shown",
        },
        {"net": STRONG, "size": 2},
    ),
    # -- landscape
    "contraction_bound": Call(npl.contraction_bound, {"net": "network"}),
    "definiteness_bound": Call(npl.definiteness_bound, {"net": "network"}),
    "convexity_bounds": Call(
        npl.convexity_bounds,
        {
            "net": "network",
            "tolerance": "positive",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET},
    ),
    "convexity_threshold": Call(
        npl.convexity_threshold,
        {"net": "network", "budget": "positive or none", "progress": "shown"},
        {"net": NET},
    ),
    "uniqueness_threshold": Call(
        npl.uniqueness_threshold,
        {
            "net": "network",
            "gap": "between 0 and 1",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET},
    ),
    **{
        name: Call(
            getattr(npl, name),
            {
                "net": "network",
                "rates": "state",
                "weights": [
                    5,
                    [1.0],
                    [np.nan, 0.0],
                    "ab",
                    [1.0, 2.0],
                    [1j, 1j],
                    np.ones((2, 2, 2)),
                    {},
                ],
            },
            {"net": NET, "rates": np.array([0.1, 0.2])},
        )
        for name in ("energy", "energy_gradient", "energy_hessian")
    },
    # -- stability
    "critical_learning_rate": Call(
        npl.critical_learning_rate,
        {
            "net": "network",
            "equilibrium": "state",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET, "equilibrium": Late(found)},
    ),
    "critical_learning_rates": Call(
        npl.critical_learning_rates,
        {
            "net": "network",
            "equilibria": "state",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET, "equilibria": Late(found)},
    ),
    "critical_learning_rate_bound": Call(
        npl.critical_learning_rate_bound,
        {"net": "network", "activity": "state"},
        {"net": NET, "activity": Late(lambda: found().activity[0])},
    ),
    "learning_rate_crossings": Call(
        npl.learning_rate_crossings,
        {
            "net": "network",
            "activity": "state",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET, "activity": Late(lambda: found().activity[0])},
    ),
    "CriticalRates.stable_at": Call(
        npl.CriticalRates.stable_at, {"rate": "positive or inf"}, of=rates
    ),
    # -- dynamics
    "Observe": Call(
        lambda **wish: npl.simulate(NET, 1.0, observe=npl.Observe(**wish)),
        {
            "nodes": "nodes or none",
            "weights": [5, "all", [(0, 9)], [0], [(0, 1, 2)], None, 1.5, [([0], 1)]],
            "energy": "flag",
        },
    ),
    "Solver": Call(
        npl.Solver,
        {
            "method": ["Auto", "rk4", 5, None, True, ["auto"]],
            "rtol": "between 0 and 1",
            "atol": "positive",
            "settle": "positive or none",
            "max_steps": "count",
            "seconds": "positive or none",
            "workers": "count or none",
        },
    ),
    "RandomStart": Call(
        npl.RandomStart,
        {
            "distribution": "name",
            "scale": "at least 0 or none",
            "center": "number",
            "weights": "name",
            "weight_scale": "at least 0",
        },
    ),
    "PerturbedStart": Call(
        lambda activity, **sizes: npl.simulate(
            NET, 1.0, initial=npl.PerturbedStart(activity, **sizes)
        ),
        {"activity": "state", "size": "at least 0", "weight_size": "at least 0"},
        {"activity": [0.1, 0.2]},
    ),
    "simulate": Call(
        npl.simulate,
        {
            "net": "network",
            "duration": "positive",
            "initial": INITIAL,
            "rng": "rng",
            "times": [
                5e9,
                [],
                [2.0, 1.0],
                ["a"],
                [np.nan],
                [-1.0],
                "ab",
                [[0.0, 1.0]],
                [1j],
                [True],
                {},
            ],
            "observe": "observe",
            "trials": "count or none",
            "solver": "solver",
            "progress": "shown",
        },
        {"net": NET, "duration": 1.0},
    ),
    "find_attractors": Call(
        npl.find_attractors,
        {
            "net": "network",
            "trials": "count",
            "rng": "rng",
            "initial": INITIAL,
            "duration": "positive or none",
            "equilibria": "equilibria",
            "workers": "count or none",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET, "trials": 2},
    ),
    "attractors_by_learning_rate": Call(
        npl.attractors_by_learning_rate,
        {
            "net": "network",
            "rates": "levels",
            "trials": "count",
            "rng": "rng",
            "initial": INITIAL,
            "duration": "positive or none",
            "equilibria": "equilibria",
            "workers": "count or none",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET, "rates": [1.0], "trials": 2},
    ),
    "Trajectory.plot": Call(
        npl.Trajectory.plot, {"ax": "axes", "trial": [5, -2, "0", None, 0.5, True]}, of=run
    ),
}
