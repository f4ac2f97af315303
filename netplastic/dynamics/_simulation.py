"""`simulate`: the full system of n activities and m weights in time.

At learning rate inf the n activities alone, with the weights that they entail.
"""

from __future__ import annotations

import time as clock
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from netplastic._support import (
    FloatArray,
    IntArray,
    Node,
    Rng,
    Shown,
    check_instance,
    check_positive,
    check_progress,
    halting,
)
from netplastic.model import PlasticNetwork, check_network

from ._integrate import integrate
from ._layout import can_compile, is_mirrored
from ._observe import Observe, arcs_of, moments_of, nodes_of
from ._solver import RunStatus, Solver
from ._start import Initial, initial_states
from ._task import Task, Trials
from ._trajectory import RunawayError, Trajectory

__all__ = ["simulate"]


def simulate(
    net: PlasticNetwork,
    duration: float = 100.0,
    *,
    initial: Initial = None,
    rng: Rng = None,
    times: ArrayLike | None = None,
    observe: Observe | None = None,
    trials: int | None = None,
    solver: Solver | None = None,
    progress: Shown = None,
) -> Trajectory:
    """Integrate activities and weights of a network from time 0.

    Parameters
    ----------
    net : PlasticNetwork
    duration : float, default 100.0
        In the unit of tau.
    initial : None, RandomStart, PerturbedStart, array, (array, array) or Trajectory
        Where to start: at random (None: ``RandomStart()``), near an equilibrium, at a given
        activity (n,) with the weights learned there, at a given activity and weights (m,) in arc
        order, or where a trajectory ended. Rows (T, n), (T, m) make a batch. At learning rate inf
        the activity alone counts: weights leave any other value at once, so those given are
        forgotten.
    rng : int, numpy.random.Generator or None
        Seed of random starts.
    times : array or None
        When to report, increasing, within [0, duration]; None for 201 equal steps. Nothing
        between is stored.
    observe : Observe or None
        Which nodes and weights to report, and whether the energy.
    trials : int or None
        Number of initial conditions to run as a batch; None for a single trajectory.
    solver : Solver or None
        Method, tolerances, when to stop early, limits on steps and time, and threads; None for
        ``Solver()``.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    Trajectory

    Notes
    -----
    At learning rate inf the n equations tau_i dx_i/dt = -F_i(x) are integrated
    (docs/theory.md#section-3), and the weights reported are those that drive and decay balance at.
    Ctrl-C ends the run and not the program: trials under way get the status "interrupted" and keep
    what they have reported (later times are NaN); so does the limit `Solver.seconds`.
    A state at which some weight does not decay (Oja's rule with negative strength, at large rates)
    ends a trial with the status "astray".

    Raises
    ------
    RunawayError
        If a single trajectory grows beyond every bound; names time and node. In a batch such a
        trial gets the status "runaway" and the others are kept.
    TypeError, ValueError
        For wrong input.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(strength=-20.0), learning_rate=0.3)
    >>> run = npl.simulate(net, duration=400.0, rng=1, solver=npl.Solver(settle=1e-6))
    >>> str(run.status), run.activity.shape, run.final_weights.shape
    ('settled', (201, 5), (10,))
    """
    began = clock.perf_counter()
    wish = Observe() if observe is None else observe
    options = Solver() if solver is None else solver
    check_network(net)
    check_progress(progress)
    check_instance("observe", wish, Observe, "Observe(nodes=[...], energy=True)")
    check_instance("solver", options, Solver, "Solver(method='stiff', rtol=1e-8)")
    stop = check_positive("duration", duration)
    moments = moments_of(stop, times)
    if wish.energy and not net.has_objective:
        raise ValueError(
            "energy=True needs a network with an objective: the Hebb rule (either sign) and the "
            "same strength and static weight in both directions."
        )
    activity, weights, batch = initial_states(net, initial, trials, rng)
    arcs = arcs_of(net, wish, len(activity) * len(moments))
    task = Task(
        net=net,
        solver=options,
        stop=stop,
        times=moments,
        nodes=nodes_of(net, wish),
        arcs=np.arange(0) if arcs is None else arcs,
    )
    mirrored = not net.weights_follow and can_compile(net) and is_mirrored(net, weights)
    state = Trials.of(task, activity, weights)
    del activity, weights  # they belong to the trials now
    with halting("simulation", options.seconds, progress) as halt:
        task = replace(task, halt=halt)
        energy = _run(task, state, wish.energy)
    _hold_settled(task, state, energy)
    trajectory = _trajectory(task, state, batch, arcs is not None, energy)
    trajectory.statistics.update(mirrored=mirrored, seconds=clock.perf_counter() - began)
    if not batch and trajectory.status is RunStatus.RUNAWAY:
        number = int(np.abs(state.activity[0]).argmax())
        raise RunawayError(float(state.time[0]), net.nodes[number], state.activity[0, number])
    return trajectory


def _run(task: Task, trials: Trials, energy: bool) -> FloatArray | None:
    """Integrate, with the energy at the reported times where asked for."""
    if not energy:
        integrate(task, trials)
        return None
    from ._energy import integrate_with_energy

    return integrate_with_energy(task, trials)


def _hold_settled(task: Task, trials: Trials, energy: FloatArray | None) -> None:
    """Report the state at rest at all times after a trial settled."""
    for trial, status in enumerate(trials.status):
        if status is RunStatus.SETTLED:
            first = int(trials.reported[trial])
            trials.reports[trial, first:] = trials.activity[trial, task.nodes]
            trials.weight_reports[trial, first:] = trials.weights[trial, task.arcs]
            if energy is not None and first:
                energy[trial, first:] = energy[trial, first - 1]
            trials.reported[trial] = len(task.times)


def _trajectory(
    task: Task, trials: Trials, batch: bool, weights: bool, energy: FloatArray | None
) -> Trajectory:
    net, pick = task.net, slice(None) if batch else 0
    wiring = net.wiring
    ends = _labels(net, wiring.source[task.arcs]), _labels(net, wiring.target[task.arcs])
    return Trajectory(
        times=task.times,
        activity=trials.reports[pick],
        weights=trials.weight_reports[pick] if weights else None,
        energy=None if energy is None else energy[pick],
        final_activity=trials.activity[pick],
        final_weights=trials.weights[pick],
        end_time=trials.time[pick],
        nodes=_labels(net, task.nodes),
        arcs=tuple(zip(*ends, strict=True)),
        statuses=tuple(status for status in trials.status if status is not None),
        failed_nodes=_labels(net, np.abs(trials.activity).argmax(axis=1)),
        batch=batch,
        activation=net.activation.take(task.nodes),
        reported=trials.reported,
        statistics={
            "accepted": trials.accepted,
            "rejected": trials.rejected,
            "stiff": int(trials.stiff.sum()),
        },
    )


def _labels(net: PlasticNetwork, numbers: IntArray) -> tuple[Node, ...]:
    if np.array_equal(numbers, np.arange(net.n)):
        return net.nodes
    nodes = net.nodes
    return tuple(nodes[i] for i in numbers.tolist())
