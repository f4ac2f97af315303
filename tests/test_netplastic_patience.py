"""What can last longer than two seconds: it shows progress, has a budget, and hears Ctrl-C.

Every public function is judged here: it is in `PATIENCE`, or among those that are `QUICK` at any
size that fits into memory. Instances of the table last minutes; Ctrl-C has to end them within two
seconds (of processor time: the machine may be busy), with what is there or with KeyboardInterrupt.

    python tests/test_netplastic_patience.py NAME

runs one, presses Ctrl-C after some seconds, and prints what happened.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic import graphs

KEEPS, RAISES = "keeps what it has", "raises KeyboardInterrupt"
WARM, HEARD, LOST = 4.0, 2.0, 100.0
LATEST = 30.0  # seconds after which it is pressed where other processes do the work


@dataclass(frozen=True)
class Long:
    """A call that lasts, how Ctrl-C ends it, and the keyword that limits it, if any."""

    call: Callable[[], Any]
    ends: str
    budget: str | None = "budget"


def gnp(n: int, degree: float) -> nx.Graph:
    return nx.fast_gnp_random_graph(n, degree / n, seed=1)


def net(graph: nx.Graph, strength: float = -20.0, **settings: Any) -> npl.PlasticNetwork:
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), **settings)


def turning() -> npl.PlasticNetwork:
    return net(nx.complete_graph(4), learning_rate=0.003)


def many_places() -> npl.PlasticNetwork:
    """Too small for sparse steps, and slow to follow: no objective, biases all different."""
    graph = nx.gnp_random_graph(118, 0.2, seed=1, directed=True)
    return net(graph, bias=np.linspace(0.5, 2.0, 118))


PATIENCE: dict[str, Long] = {
    "count_equilibria": Long(lambda: npl.count_equilibria(net(gnp(60, 4)), budget=300.0), KEEPS),
    "find_equilibria": Long(lambda: npl.find_equilibria(net(gnp(60, 4)), budget=300.0), KEEPS),
    "find_attractors": Long(lambda: npl.find_attractors(turning(), budget=None), KEEPS),
    "attractors_by_learning_rate": Long(
        lambda: npl.attractors_by_learning_rate(turning(), [1.0, 0.003, 0.004], budget=None), KEEPS
    ),
    "simulate": Long(lambda: npl.simulate(net(gnp(3000, 6)), 1e6), KEEPS, "solver"),
    "bifurcation_diagram": Long(
        lambda: npl.bifurcation_diagram(net(graphs.karate_club()), "strength", 0.0, -50.0),
        KEEPS,
        "search",
    ),
    "multistability_onset": Long(
        lambda: npl.multistability_onset(net(gnp(60, 5)), budget=600.0), KEEPS
    ),
    "convexity_bounds": Long(lambda: npl.convexity_bounds(net(gnp(20_000, 5)), budget=None), KEEPS),
    "convexity_threshold": Long(
        lambda: npl.convexity_threshold(net(gnp(20_000, 5)), budget=None), KEEPS
    ),
    "landscape_summary": Long(lambda: npl.landscape_summary(net(gnp(100, 5))), KEEPS),
    "uniqueness_threshold": Long(
        lambda: npl.uniqueness_threshold(net(nx.grid_graph([200, 200])), 1e-9, budget=None), KEEPS
    ),
    "count_neighborhoods": Long(lambda: npl.count_neighborhoods(net(gnp(300, 24))), KEEPS),
    "count_neighborhoods, workers": Long(
        lambda: npl.count_neighborhoods(net(gnp(300, 24)), workers=2), KEEPS
    ),
    "count_neighborhoods, embedded": Long(
        lambda: npl.count_neighborhoods(net(gnp(600, 6)), scope="embedded"), RAISES
    ),
    "count_targeted": Long(
        lambda: npl.count_targeted(
            net(gnp(60, 4)), list(gnp(60, 4).edges)[:90], npl.Background(static_weight=0.1)
        ),
        KEEPS,
    ),
    "null_counts": Long(lambda: npl.null_counts(net(gnp(200, 6))), RAISES),
    "stability_map": Long(
        lambda: npl.stability_map(
            net(nx.cycle_graph(20)),
            ("strength", np.linspace(-5, -20, 50)),
            ("gain", np.linspace(0.5, 1, 50)),
        ),
        RAISES,
    ),
    "onset_neighborhoods": Long(lambda: npl.onset_neighborhoods(net(gnp(2000, 12))), RAISES),
    "onset": Long(lambda: npl.onset(net(gnp(1000, 5)), certify=True), KEEPS),
    "onset, dense": Long(lambda: npl.onset(many_places(), 1e6), KEEPS),
    "onsets": Long(lambda: npl.onsets(net(gnp(2000, 8))), KEEPS),
    "onsets, bipartite": Long(lambda: npl.onsets(net(nx.grid_graph([150, 150]))), KEEPS),
    "critical_learning_rate": Long(
        lambda: npl.critical_learning_rate(net(gnp(2000, 5)), at_rest(net(gnp(2000, 5)))), RAISES
    ),
    "critical_learning_rates": Long(
        lambda: npl.critical_learning_rates(net(gnp(600, 5)), at_rest(net(gnp(600, 5)))), KEEPS
    ),
    "learning_rate_crossings": Long(
        lambda: npl.learning_rate_crossings(net(gnp(600, 5)), at_rest(net(gnp(600, 5)))), RAISES
    ),
    "choke_points": Long(
        lambda: graphs.choke_points(gnp(30_000, 6)),
        RAISES,
        budget=None,  # samples take over on large graphs
    ),
}

WITHOUT = {
    "amplification": "seconds at most; resamples= is its limit",
    "ball_patterns": "all three; what cannot be compiled is an error that says why",
    "definiteness_bound": "one eigenvalue, sparse above 800 nodes",
    "lesion_effects": "all three; steps are counts in the limit",
    "pattern_counts": "all three; steps are counts in the limit",
    "report": "budget= of counts; what is counted by Ctrl-C is no page",
    "run_study": "resumes; time_limit= of a task",
    "sample_stable_states": "all three; what cannot be compiled is an error that says why",
}
"""What may last, and has not all three: why, and what it has."""

# fmt: off
QUICK = {
    "catalogue", "caveman", "celegans", "contraction_bound", "critical_learning_rate_bound",
    "degree_preserving_null", "dumbbell", "energy", "energy_gradient", "energy_hessian",
    "hierarchical_modules", "hourglass", "karate_club", "landscape_plane", "load",
    "module_preserving_null", "network_layout", "planted_partition", "plot_counts",
    "plot_landscape", "plot_matrix", "plot_network", "read_network", "ring_of_modules",
    "star_of_modules", "triangle_preserving_null",
}
# fmt: on


def at_rest(network: npl.PlasticNetwork) -> Any:
    """One stable state."""
    one = npl.Budget(starts=1)
    found = npl.find_equilibria(network, "sampled", stable_only=True, budget=one, rng=0)
    return found.activity[0]


def public() -> dict[str, Callable[..., Any]]:
    """All functions of the package's door and of that to graphs, by name."""
    found = {(door, name): getattr(door, name) for door in (npl, graphs) for name in door.__all__}
    return {name: thing for (_, name), thing in found.items() if inspect.isfunction(thing)}


def press_ctrl_c(name: str) -> dict[str, Any]:
    """Run a call, press Ctrl-C once it has had its seconds, and say what happened."""
    pressed: list[float] = []
    began, started = time.process_time(), time.monotonic()

    def press() -> None:
        while time.process_time() - began < WARM and time.monotonic() - started < LATEST:
            time.sleep(0.02)
        pressed.extend([time.process_time(), time.monotonic()])
        os.kill(os.getpid(), signal.SIGINT)  # as a terminal does, to the main thread

    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=press, daemon=True).start()
    try:
        PATIENCE[name].call()
        ends = KEEPS
    except KeyboardInterrupt:
        ends = RAISES
    if not pressed:
        return {"ends": "before"}
    used, wall = time.process_time() - pressed[0], time.monotonic() - pressed[1]
    return {"ends": ends, "used": used, "wall": wall}


def named(name: str) -> str:
    return name.partition(",")[0]


def test_every_public_function_is_judged() -> None:
    judged = {named(name) for name in PATIENCE} | set(WITHOUT) | QUICK
    assert set(public()) <= judged, "say whether it may last longer than two seconds"


@pytest.mark.parametrize("name", PATIENCE)
def test_what_may_last_takes_a_budget_and_shows_progress(name: str) -> None:
    parameters = inspect.signature(public()[named(name)]).parameters
    kinds = {parameters[word].kind for word in ("progress", PATIENCE[name].budget) if word}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.slow
@pytest.mark.parametrize("name", PATIENCE)
def test_ctrl_c_is_heard_within_two_seconds(name: str) -> None:
    command = [sys.executable, __file__, name]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=root)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ends"] == PATIENCE[name].ends, told
    assert min(told["used"], told["wall"]) <= HEARD, told
    assert told["wall"] <= LOST, told


if __name__ == "__main__":
    print(json.dumps(press_ctrl_c(sys.argv[1])))
    sys.stdout.flush()
    os._exit(0)
