"""Short runs of the full system, as the search for attractors needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import FloatArray, Halt, IntArray
from netplastic.model import PlasticNetwork

from ._integrate import integrate
from ._solver import RunStatus, Solver
from ._task import Task, Trials

__all__ = ["Flow", "State", "is_over"]


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
    """The dynamics of one network.

    Attributes
    ----------
    slow : float
        Sum of the times on which activity and weights move by themselves.
    coarse, fine : Solver
        For long runs, which end where they come to rest, and for decisions. With looser steps than
        the fine ones the method itself would damp or feed an oscillation by 1e-4 a period.
    """

    def __init__(
        self, net: PlasticNetwork, halt: Halt | None = None, workers: int | None = None
    ) -> None:
        self.net, self.halt = net, Halt() if halt is None else halt
        self.workers = workers
        self.slow = float(net.tau.max()) + 1.0 / (net.learning_rate * float(net.decay.min()))
        self.coarse = Solver(rtol=1e-8, atol=1e-10, settle=1e-7, workers=workers)
        self.fine = Solver(rtol=1e-10, atol=1e-12, workers=workers)
        # A weight counts by the input that it lets through.
        self._reach = np.abs(net.arc_weight) * np.ones(net.m)

    def run(
        self,
        state: State,
        duration: float,
        times: FloatArray | None = None,
        *,
        solver: Solver | None = None,
        weights: bool = False,
        most_steps: int | None = None,
    ) -> Trials:
        """Integrate from time 0; activities, and weights if asked for, are reported at the times.

        By the fine solver unless another is given.
        """
        chosen = self.fine if solver is None else solver
        if most_steps is not None:
            chosen = replace(chosen, max_steps=most_steps)
        task = Task(
            net=self.net,
            solver=chosen,
            stop=duration,
            times=np.empty(0) if times is None else times,
            nodes=np.arange(self.net.n),
            arcs=np.arange(self.net.m if weights else 0),
            halt=self.halt,
        )
        trials = Trials.of(task, state.activity.copy(), state.weights.copy())
        integrate(task, trials)
        return trials

    def whole(self, activity: FloatArray, weights: FloatArray) -> FloatArray:
        """Coordinates in which distances are measured (..., n + m), in the unit of activity.

        At learning rate inf weights are no coordinates.
        """
        if self.net.weights_follow:
            return activity
        return np.concatenate([activity, weights * self._reach], axis=-1)

    def parted(self, whole: FloatArray) -> State:
        """Activities and weights of coordinates (T, n + m); weights where they follow are zero."""
        n = self.net.n
        if self.net.weights_follow:
            return State(whole, np.zeros((len(whole), self.net.m)))
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.where(self._reach > 0.0, whole[:, n:] / self._reach, 0.0)
        return State(whole[:, :n], weights)


def is_over(trials: Trials) -> bool:
    """Whether a run of one trial went on to its end."""
    return trials.status[0] is RunStatus.FINISHED
