"""What is to be integrated, and where its trials are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from netplastic._support import BoolArray, FloatArray, Halt, IntArray
from netplastic.model import PlasticNetwork

from ._solver import RunStatus, Solver

__all__ = ["Task", "Trials"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """Integrate to a time, and report nodes and arcs at times on the way."""

    net: PlasticNetwork
    solver: Solver
    stop: float
    times: FloatArray
    nodes: IntArray
    arcs: IntArray
    halt: Halt = field(default_factory=Halt)


@dataclass(eq=False, kw_only=True)
class Trials:
    """Where each of T trials is, and what it has reported; methods move them on in place.

    Attributes
    ----------
    activity, weights : float arrays of shape (T, n) and (T, m)
    time, step : float arrays of shape (T,)
        Time reached, and the size of the next step.
    pace : float array of shape (T,)
        |lambda| as the explicit method has seen it; infinite at first.
    status : list of RunStatus or None
        None: under way.
    accepted, rejected : int arrays of shape (T,)
        Steps so far.
    stiff : bool array of shape (T,)
        Whether the stiff method was used.
    reports, weight_reports : float arrays of shape (T, K, nodes) and (T, K, arcs)
        Row k of a trial is valid for k < reported.
    reported : int array of shape (T,)
    limit : float
        Activity beyond which a trajectory counts as runaway: 1e8 times its natural scale.
    """

    activity: FloatArray
    weights: FloatArray
    time: FloatArray
    step: FloatArray
    pace: FloatArray
    status: list[RunStatus | None]
    accepted: IntArray
    rejected: IntArray
    stiff: BoolArray
    reports: FloatArray
    weight_reports: FloatArray
    reported: IntArray
    limit: float

    @classmethod
    def of(cls, task: Task, activity: FloatArray, weights: FloatArray) -> Trials:
        """Trials at time 0, in states that now belong to them."""
        net, count = task.net, len(activity)
        accepted, rejected, reported = np.zeros((3, count), dtype=np.int64)
        # A first step well below every time scale that does not depend on the state.
        fastest = 1.0 / float(net.tau.min())
        if not net.weights_follow:
            fastest = max(fastest, net.learning_rate * float(net.decay.max()))
        return cls(
            activity=np.ascontiguousarray(activity),
            weights=np.ascontiguousarray(weights),
            time=np.zeros(count),
            step=np.full(count, 0.01 / fastest),
            pace=np.full(count, np.inf),
            status=[None] * count,
            accepted=accepted,
            rejected=rejected,
            stiff=np.zeros(count, dtype=np.bool_),
            reports=np.full((count, len(task.times), len(task.nodes)), np.nan),
            weight_reports=np.full((count, len(task.times), len(task.arcs)), np.nan),
            reported=reported,
            limit=1e8 * (1.0 + float(np.abs(activity).max()) + float(np.abs(net.bias).max())),
        )

    def under_way(self) -> IntArray:
        """Trials that have not come to an end."""
        return np.array([k for k, s in enumerate(self.status) if s is None], dtype=np.int64)

    def steps(self, trial: int) -> int:
        """Steps of a trial so far, accepted or not."""
        return int(self.accepted[trial] + self.rejected[trial])

    def lost(self, trial: int) -> RunStatus:
        """Why steps had to become tiny: a state that blows up in finite time stops them too."""
        size = float(np.abs(self.activity[trial]).max())
        return RunStatus.STEP_TOO_SMALL if size <= 1e-4 * self.limit else RunStatus.RUNAWAY
