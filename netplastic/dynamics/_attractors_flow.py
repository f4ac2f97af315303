"""Short runs of the full system, as the search for attractors needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.model import PlasticNetwork

from ._integrate import integrate
from ._layout import layout_for
from ._task import Outcome, Solver, Task

__all__ = ["Flow", "State"]


@dataclass(frozen=True, eq=False)
class State:
    """Activities (T, n) and weights (T, L), in the layout of a flow."""

    activity: FloatArray
    weights: FloatArray

    def __getitem__(self, rows: IntArray | slice) -> State:
        return State(self.activity[rows], self.weights[rows])

    def __len__(self) -> int:
        return len(self.activity)


class Flow:
    """The dynamics of one network from states of its own layout."""

    def __init__(self, net: PlasticNetwork, weights: FloatArray, solver: Solver) -> None:
        self.net, self.solver = net, solver
        self.layout = layout_for(net, weights)
        # Times on which activity and weights move by themselves.
        self.slow = float(net.tau.max()) + 1.0 / (net.learning_rate * float(net.decay.min()))

    def state(self, activity: FloatArray, weights: FloatArray) -> State:
        """State from weights in arc order (T, m)."""
        return State(activity, weights[:, self.layout.arc])

    def arc_weights(self, weights: FloatArray) -> FloatArray:
        """Weights in arc order."""
        return weights[..., self.layout.link]

    def run(self, state: State, duration: float, times: FloatArray, solver: Solver) -> Outcome:
        """Integrate from time 0; all activities are reported at the times."""
        task = Task(
            self.net,
            self.layout,
            state.activity,
            state.weights,
            np.zeros(len(state)),
            duration,
            times,
            np.arange(self.net.n),
            np.empty(0, dtype=np.int64),
            solver,
        )
        return integrate(task)
