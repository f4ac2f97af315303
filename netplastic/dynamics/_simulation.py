"""`simulate`: the full system of n activities and m weights in time."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike

from netplastic._support import FloatArray, IntArray, Node
from netplastic.model import PlasticNetwork

from ._integrate import integrate
from ._layout import layout_for
from ._observe import Observe, arcs_of, moments_of, nodes_of, wants_weights
from ._start import Initial, initial_states
from ._task import Outcome, RunStatus, SolverOptions, Task, solver_from
from ._trajectory import RunawayError, Trajectory

__all__ = ["simulate"]


def simulate(
    net: PlasticNetwork,
    duration: float = 100.0,
    initial: Initial = None,
    rng: int | np.random.Generator | None = None,
    *,
    times: ArrayLike | None = None,
    observe: Observe | None = None,
    trials: int | None = None,
    **solver: Unpack[SolverOptions],
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
        order, or where a trajectory ended. Rows (T, n), (T, m) make a batch.
    rng : int, numpy.random.Generator or None
        Seed of random starts.
    times : array or None
        When to report, increasing, within [0, duration]; None for 201 equal steps. Nothing
        between is stored.
    observe : Observe or None
        Which nodes and weights to report, and whether the energy.
    trials : int or None
        Number of initial conditions to run as a batch; None for a single trajectory.
    **solver
        method, rtol, atol, settle, max_steps, workers: see `Solver`.

    Returns
    -------
    Trajectory

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
    >>> run = npl.simulate(net, duration=400.0, rng=1, settle=1e-6)
    >>> str(run.status), run.activity.shape, run.final_weights.shape
    ('settled', (201, 5), (10,))
    """
    if not isinstance(net, PlasticNetwork):
        raise TypeError(
            f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork(graph, rule) first."
        )
    if observe is not None and not isinstance(observe, Observe):
        raise TypeError(
            f"observe is a {type(observe).__name__}; give a netplastic.Observe, e.g. "
            "Observe(nodes=[...], weights=False, energy=True)."
        )
    began = clock.perf_counter()
    options = solver_from(solver)
    moments = moments_of(duration, times)
    activity, weights, batch = initial_states(net, initial, trials, rng)
    wish = observe if observe is not None else Observe()
    layout = layout_for(net, weights)
    arcs = arcs_of(net, wish, len(activity) * len(moments))
    recorded, where = np.unique(layout.link[arcs], return_inverse=True)
    task = Task(
        net,
        layout,
        activity,
        weights[:, layout.arc],
        np.zeros(len(activity)),
        float(duration),
        moments,
        nodes_of(net, wish),
        recorded.astype(np.int64),
        options,
        overwrite=True,
    )
    del weights  # per arc, larger than the state
    outcome, energy = _run(task, wish.energy)
    run = _Run(task, outcome, batch, clock.perf_counter() - began)
    kept = outcome.weight_reports[:, :, where] if wants_weights(wish, len(arcs), net) else None
    trajectory = run.trajectory(arcs, kept, energy)
    if not batch and trajectory.status is RunStatus.RUNAWAY:
        node = int(outcome.node[0])
        raise RunawayError(float(outcome.time[0]), net.nodes[node], outcome.activity[0, node])
    return trajectory


def _run(task: Task, energy: bool) -> tuple[Outcome, FloatArray | None]:
    """Integrate, with the energy at the reported times where asked for."""
    if not energy:
        return integrate(task), None
    if not task.net.has_objective:
        raise ValueError(
            "energy=True needs a network with an objective: the Hebb rule (either sign) and the "
            "same strength and static weight in both directions."
        )
    from ._energy import integrate_with_energy

    return integrate_with_energy(task)


def _labels(net: PlasticNetwork, numbers: IntArray) -> tuple[Node, ...]:
    if np.array_equal(numbers, np.arange(net.n)):
        return net.nodes
    nodes = net.nodes
    return tuple(nodes[i] for i in numbers.tolist())


@dataclass(frozen=True, eq=False)
class _Run:
    task: Task
    outcome: Outcome
    batch: bool
    seconds: float

    def trajectory(
        self, arcs: IntArray, weights: FloatArray | None, energy: FloatArray | None
    ) -> Trajectory:
        task, out = self.task, self.outcome
        net, wiring, link = task.net, task.net.wiring, task.layout.link
        statuses = tuple(s for s in out.status if s is not None)
        reported = out.reported.copy()
        for trial, status in enumerate(statuses):
            if status is RunStatus.SETTLED:
                first = int(reported[trial])
                out.reports[trial, first:] = out.activity[trial, task.nodes]
                if weights is not None:
                    weights[trial, first:] = out.weights[trial, link[arcs]]
                if energy is not None and first:
                    energy[trial, first:] = energy[trial, first - 1]
                reported[trial] = len(task.times)
        pick = slice(None) if self.batch else 0
        statistics: dict[str, Any] = {
            "accepted": out.accepted,
            "rejected": out.rejected,
            "stiff": int(out.stiff.sum()),
            "mirrored": task.layout.mirrored,
            "seconds": self.seconds,
        }
        return Trajectory(
            task.times,
            out.reports[pick],
            None if weights is None else weights[pick],
            None if energy is None else energy[pick],
            out.activity[pick],
            out.weights[pick][..., link],
            out.time[pick],
            _labels(net, task.nodes),
            tuple(
                zip(
                    _labels(net, wiring.source[arcs]),
                    _labels(net, wiring.target[arcs]),
                    strict=True,
                )
            ),
            statuses,
            _labels(net, out.node),
            self.batch,
            net.activation.take(task.nodes),
            reported,
            statistics,
        )
