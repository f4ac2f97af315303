"""The public names: none is lost, and none is hidden by a module of its name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import networkx as nx
import pytest

import netplastic as npl

NAMES = [
    "Activation",
    "ArcStrength",
    "AttractorMismatchError",
    "Attractors",
    "BCM",
    "Background",
    "BifurcationDiagram",
    "Budget",
    "Convexity",
    "Count",
    "CountStatus",
    "Covariance",
    "CriticalRates",
    "Equilibria",
    "Hebbian",
    "Logistic",
    "MultistabilityOnset",
    "Observe",
    "Oja",
    "Onset",
    "PerturbedStart",
    "PlasticNetwork",
    "PostsynapticallyGated",
    "PresynapticallyGated",
    "RandomStart",
    "Rule",
    "RunStatus",
    "RunawayError",
    "Search",
    "Solver",
    "StabilityMap",
    "Steps",
    "Study",
    "Tanh",
    "Trajectory",
    "amplification",
    "analyses",
    "attractors_by_learning_rate",
    "bifurcation_diagram",
    "contraction_bound",
    "convexity",
    "convexity_bounds",
    "convexity_threshold",
    "count_equilibria",
    "count_neighborhoods",
    "count_targeted",
    "critical_learning_rate",
    "critical_learning_rate_bound",
    "critical_learning_rates",
    "definiteness_bound",
    "energy",
    "energy_gradient",
    "energy_hessian",
    "find_attractors",
    "find_equilibria",
    "graphs",
    "landscape_plane",
    "landscape_summary",
    "learning_rate_crossings",
    "multistability_onset",
    "network_layout",
    "null_counts",
    "onset",
    "plot_counts",
    "plot_landscape",
    "plot_matrix",
    "plot_network",
    "reduced",
    "run_study",
    "simulate",
    "stability",
    "stability_map",
]
"""Names of the first layout; what comes later is added, what is here stays."""


def test_every_name_is_there_and_documented() -> None:
    assert set(NAMES) <= set(npl.__all__)
    for name in npl.__all__:
        value = getattr(npl, name)
        assert value.__doc__, name


def test_folders_answer_to_names_of_their_own() -> None:
    modules = {name for name in npl.__all__ if isinstance(getattr(npl, name), ModuleType)}
    assert modules == {
        *("analyses", "continuation", "convexity", "dynamics", "equilibria", "graphs"),
        *("landscape", "model", "reduced", "stability"),
    }
    assert npl.reduced is npl.model
    assert npl.convexity is npl.landscape


def test_using_one_function_hides_no_other() -> None:
    """In a fresh process: a module that is loaded on the way once took the name of `onset`."""
    code = (
        "import networkx as nx, netplastic as npl\n"
        "net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-2.0))\n"
        "npl.landscape_summary(net)\n"
        "print(npl.onset(net).strength)\n"
        "print(all(callable(getattr(npl, n)) for n in npl.__all__ if n.islower() and "
        "type(getattr(npl, n)).__name__ != 'module'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    strength, usable = done.stdout.split()
    assert -6.54 < float(strength) < -6.53
    assert usable == "True"


@pytest.mark.parametrize(
    "function", [npl.find_equilibria, npl.count_equilibria, npl.simulate, npl.find_attractors]
)
def test_whoever_gives_a_graph_for_a_network_is_told(function: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="PlasticNetwork"):
        function(nx.path_graph(2))
