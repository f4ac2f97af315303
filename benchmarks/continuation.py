"""Bifurcation diagrams side by side with an independent continuation package.

PyCont-Lite (pip install pycont-lite; matrix-free pseudo-arclength continuation with
Newton-Krylov) is given the reduced equations as a plain function, written here anew, without
anything of netplastic. Compared are the locations of special points, the states on the branches it
follows at given strengths, and the time.

    python benchmarks/continuation.py
"""

from __future__ import annotations

import time

import networkx as nx
import numpy as np
import pycont

import netplastic as npl

STOP, CHECK = -12.0, (-4.0, -8.0, -11.0)


def reduced(adjacency, bias):
    """x + |k| V S = b with p = -k, so that the parameter grows."""

    def equations(x, p):
        v = np.tanh(x)
        return x - bias + p * v * (adjacency @ v**2)

    return equations


def peer(graph, bias, state=None):
    """What PyCont-Lite finds, following from strength 0, or from a state at the far end."""
    equations = reduced(nx.to_numpy_array(graph), bias)
    start = time.perf_counter()
    result = pycont.arclengthContinuation(
        equations,
        bias.copy() if state is None else state,
        0.0 if state is None else -STOP,
        ds_min=1e-6,
        ds_max=0.01,
        ds_0=0.005,
        n_steps=6000,
        solver_parameters={
            "tolerance": 1e-11,
            "param_min": 0.0,
            "param_max": -STOP,
            "initial_directions": "increase_p" if state is None else "decrease_p",
            "analyze_stability": False,
            # Next to the unfolded pitchfork its test functions see a branch point that is none.
            "bifurcation_detection": state is None,
        },
        verbosity="off",
    )
    return result, time.perf_counter() - start


def states_of_peer(result, equations, p):
    """States on its branches at a parameter value: interpolated, then polished with plain
    Newton."""
    found = []
    for branch in result.branches:
        path, values = np.asarray(branch.u_path), np.asarray(branch.p_path)
        for i in np.flatnonzero((values[:-1] - p) * (values[1:] - p) <= 0.0):
            gap = values[i + 1] - values[i]
            part = 0.0 if gap == 0.0 else (p - values[i]) / gap
            x = path[i] + part * (path[i + 1] - path[i])
            for _ in range(30):
                columns = [
                    (equations(x + 1e-7 * e, p) - equations(x - 1e-7 * e, p)) / 2e-7
                    for e in np.eye(len(x))
                ]
                x = x - np.linalg.solve(np.array(columns).T, equations(x, p))
            if not any(np.abs(x - y).max() < 1e-6 for y in found):
                found.append(x)
    return np.array(found)


def compare(name, graph, bias, disconnected=False):
    net = npl.PlasticNetwork(graph, npl.Hebbian(-1.0), bias=bias)
    start = time.perf_counter()
    ours = npl.bifurcation_diagram(net, "strength", 0.0, STOP)
    seconds = time.perf_counter() - start
    # It follows what it is given: for a disconnected branch it needs a state on it.
    states = ours.states_at(STOP)
    lowest = states[states[:, 0].argmax()] if disconnected else None
    theirs, peer_seconds = peer(graph, bias, lowest)
    print(f"\n{name}: netplastic {seconds:.2f} s, PyCont-Lite {peer_seconds:.2f} s")
    for point in ours.points:
        if point.kind != "hopf":
            print(f"  netplastic   {point.kind:28s} {point.value:.10f}")
    for event in theirs.events:
        if event.kind in ("BP", "LP"):
            print(f"  PyCont-Lite  {event.kind:28s} {-event.p:.10f}")
    if disconnected:
        turn = min(float(np.min(branch.p_path)) for branch in theirs.branches)
        print(f"  PyCont-Lite  {'least parameter on its path':28s} {-turn:.10f}")
    equations = reduced(nx.to_numpy_array(graph), bias)
    for strength in CHECK:
        states, known = states_of_peer(theirs, equations, -strength), ours.states_at(strength)
        gaps = [float(np.abs(known - x).max(axis=1).min()) for x in states]
        worst = max(gaps, default=float("nan"))
        print(
            f"  strength {strength:6.1f}: {len(known)} states here, {len(states)} there, "
            f"largest difference {worst:.1e}"
        )


if __name__ == "__main__":
    npl.bifurcation_diagram(  # compile before timing
        npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-1.0)), "strength", 0.0, -8.0
    )
    compare("path_graph(2), bias 1", nx.path_graph(2), np.ones(2))
    compare("cycle_graph(6), bias 1", nx.cycle_graph(6), np.ones(6))
    compare("path_graph(2), bias (1, 1.001)", nx.path_graph(2), np.array([1.0, 1.001]), True)
