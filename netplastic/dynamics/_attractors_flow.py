"""Short runs of the full system, as the search for attractors needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.model import PlasticNetwork

from ._integrate import integrate
from ._solver import Solver
from ._task import Task, Trials

__all__ = ["Flow", "State"]


@dataclass(frozen=True, eq=False)
class State:
    """Activities (T, n) and weights (T, m)."""

    activity: FloatArray
    weights: FloatArray

    def __getitem__(self, rows: IntArray | slice) -> State:
        return State(self.activity[rows], self.weights[rows])

    def __len__(self) -> int:
        return len(self.activity)


class Flow:
    """The dynamics of one network."""

    def __init__(self, net: PlasticNetwork, solver: Solver) -> None:
        self.net, self.solver = net, solver
        # Times on which activity and weights move by themselves.
        self.slow = float(net.tau.max()) + 1.0 / (net.learning_rate * float(net.decay.min()))

    def run(self, state: State, duration: float, times: FloatArray, solver: Solver) -> Trials:
        """Integrate from time 0; all activities are reported at the times."""
        task = Task(
            net=self.net,
            solver=solver,
            stop=duration,
            times=times,
            nodes=np.arange(self.net.n),
            arcs=np.empty(0, dtype=np.int64),
        )
        trials = Trials.of(task, state.activity.copy(), state.weights.copy())
        integrate(task, trials)
        return trials
