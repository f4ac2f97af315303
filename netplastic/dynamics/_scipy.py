"""What the kernels do not know, by scipy's explicit method.

Activations and rules of one's own, and the equations at learning rate inf.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from scipy.integrate import DOP853

from netplastic._support import FloatArray

from ._equations import FullEquations
from ._following import FollowingEquations, equations_of
from ._solver import RunStatus
from ._task import Task, Trials

__all__ = ["integrate_by_scipy"]

_Equations: TypeAlias = FullEquations | FollowingEquations

_LEAST_HOLD = 200
_FINEST = 1e-13  # a relative tolerance that scipy can keep


def integrate_by_scipy(
    task: Task, trials: Trials, patience: float = math.inf, hold: int = 0
) -> None:
    """Move trials on with DOP853, the method of `scipy.integrate.solve_ivp`, step by step.

    As `integrate_explicit`, but a trial is left under way whenever more than `patience` steps
    would remain: whether stability limits them, scipy does not tell.
    """
    equations = equations_of(task.net)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for trial in trials.under_way():
            _integrate(task, trials, int(trial), equations, patience, max(hold, _LEAST_HOLD))


def _integrate(
    task: Task, trials: Trials, trial: int, equations: _Equations, patience: float, hold: int
) -> None:
    net, solver = task.net, task.solver
    sizes = [net.n, trials.weights.shape[1]]

    def drift(_: float, state: FloatArray) -> FloatArray:
        dx, dw = equations.drift(state[None, : net.n], state[None, net.n :])
        return np.concatenate([dx[0], dw[0]])

    # scipy takes one root mean square over all; with these weights it is sqrt(e_x^2 + e_w^2).
    share = np.sqrt(np.repeat(sizes, sizes) / sum(sizes))
    method = DOP853(
        drift,
        float(trials.time[trial]),
        np.concatenate([trials.activity[trial], trials.weights[trial]]),
        task.stop,
        rtol=np.maximum(solver.rtol * share, _FINEST),
        atol=solver.atol * share,
        first_step=min(float(trials.step[trial]), task.stop - float(trials.time[trial])),
    )
    steps, status = 0, None
    while status is None:
        if task.halt.now:
            status = RunStatus.INTERRUPTED
            break
        calls = method.nfev
        method.step()
        tries = (method.nfev - calls) // method.n_stages
        if method.status == "failed":
            trials.rejected[trial] += tries
            status = trials.lost(trial)
            break
        steps += 1
        trials.accepted[trial] += 1
        trials.rejected[trial] += tries - 1
        trials.time[trial], trials.step[trial] = method.t, method.h_abs
        trials.activity[trial], trials.weights[trial] = np.split(method.y, [net.n])
        _report(task, trials, trial, method)
        status = _status(task, trials, trial, equations, method)
        left = (task.stop - method.t) / method.h_abs
        if steps >= hold and left > patience:
            break
    trials.status[trial] = status


def _report(task: Task, trials: Trials, trial: int, method: DOP853) -> None:
    """Interpolate to what is due within the last step."""
    first = int(trials.reported[trial])
    end = int(np.searchsorted(task.times, method.t, side="right"))
    if end > first:
        between = method.dense_output()(task.times[first:end])
        trials.reports[trial, first:end] = between[task.nodes].T
        trials.weight_reports[trial, first:end] = between[task.net.n + task.arcs].T
        trials.reported[trial] = end


def _status(
    task: Task, trials: Trials, trial: int, equations: _Equations, method: DOP853
) -> RunStatus | None:
    if equations.astray(trials.activity[trial : trial + 1])[0]:
        return RunStatus.ASTRAY
    if method.status == "finished":
        return RunStatus.FINISHED
    x, weights = trials.activity[trial : trial + 1], trials.weights[trial : trial + 1]
    settle = task.solver.settle
    if settle is not None and equations.unrest(x, weights)[0] <= settle:
        return RunStatus.SETTLED
    if not np.abs(x).max() <= trials.limit:
        return RunStatus.RUNAWAY
    if trials.accepted[trial] + trials.rejected[trial] >= task.solver.max_steps:
        return RunStatus.TOO_MANY_STEPS
    return None
