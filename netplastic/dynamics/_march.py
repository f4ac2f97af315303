"""Adaptive integration of a batch in numpy: one loop, whatever the formula of a step."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray

from ._equations import Equations
from ._task import Outcome, Patience, RunStatus, Solver, Task

__all__ = ["Step", "Stepper", "error_norm", "march"]

_SAFETY, _GROW, _SHRINK = 0.9, 6.0, 0.2
_STIFF_EDGE, _STIFF_STEPS = 3.0, 15
_TINY = 1e-14


class Step(ABC):
    """A step of T trials from states to `activity` (T, n) and `weights` (T, L).

    `error` is the scaled error (T,), acceptable up to 1 (NaN counts as too large); `edge` is
    h |lambda| as seen by the step, or zeros where stability does not limit it.
    """

    activity: FloatArray
    weights: FloatArray
    error: FloatArray
    edge: FloatArray

    @abstractmethod
    def at(self, trial: int, theta: float) -> tuple[FloatArray, FloatArray]:
        """State (n,), (L,) of a trial at a fraction of the step."""


class Stepper(ABC):
    """A formula: `exponent` is 1 / (order of the error estimate + 1)."""

    exponent: float

    @abstractmethod
    def step(self, x: FloatArray, weights: FloatArray, h: FloatArray) -> Step:
        """Try one step of sizes h (T,)."""


def error_norm(
    solver: Solver, error: FloatArray, before: FloatArray, after: FloatArray
) -> FloatArray:
    """Root mean square over the last axis of error / (atol + rtol max(|before|, |after|))."""
    if error.shape[1] == 0:
        return np.zeros(len(error))
    scale = solver.atol + solver.rtol * np.maximum(np.abs(before), np.abs(after))
    norm: FloatArray = np.sqrt(np.mean((error / scale) ** 2, axis=1))
    return norm


def march(task: Task, stepper: Stepper, equations: Equations, patience: Patience) -> Outcome:
    """Integrate every trial of a task.

    Parameters
    ----------
    task : Task
    stepper : Stepper
    equations : Equations
        To tell states at rest, where the task asks to stop there.
    patience : Patience
        When to leave a trial under way (status None).
    """
    run = _March(task, stepper, equations, patience)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        while len(run.under_way):
            run.advance()
    return run.outcome


class _March:
    def __init__(
        self, task: Task, stepper: Stepper, equations: Equations, patience: Patience
    ) -> None:
        self.task, self.stepper, self.equations = task, stepper, equations
        self.patience = patience
        self.outcome = Outcome.of(task)
        trials = len(task.activity)
        self.shrunk = np.zeros(trials, dtype=np.bool_)
        self.stiff_steps = np.zeros(trials, dtype=np.int64)
        self.under_way = np.arange(trials)
        self.mark = np.array(task.start, dtype=np.float64)

    def advance(self) -> None:
        """One step, accepted or not, of every trial under way."""
        task, out, rows = self.task, self.outcome, self.under_way
        left = task.stop - out.time[rows]
        last = 1.01 * out.step[rows] >= left
        h = np.where(last, left, out.step[rows])
        step = self.stepper.step(out.activity[rows], out.weights[rows], h)
        good = step.error <= 1.0
        for row in np.flatnonzero(good):
            self._report(int(row), step, float(h[row]), bool(last[row]))
        taken = rows[good]
        out.activity[taken], out.weights[taken] = step.activity[good], step.weights[good]
        out.time[taken] = np.where(last[good], task.stop, out.time[taken] + h[good])
        out.accepted[taken] += 1
        out.rejected[rows[~good]] += 1
        self._next_steps(step, h, good)
        self._finish(good)

    def _report(self, row: int, step: Step, h: float, last: bool) -> None:
        task, out, trial = self.task, self.outcome, int(self.under_way[row])
        start = out.time[trial]
        end = task.stop if last else start + h
        k = int(out.reported[trial])
        while k < len(task.times) and task.times[k] <= end:
            x, weights = step.at(row, min((task.times[k] - start) / h, 1.0))
            out.reports[trial, k], out.weight_reports[trial, k] = x[task.nodes], weights[task.links]
            k += 1
        out.reported[trial] = k

    def _next_steps(self, step: Step, h: FloatArray, good: BoolArray) -> None:
        out, rows = self.outcome, self.under_way
        error = np.where(np.isfinite(step.error), np.maximum(step.error, 1e-10), 1e10)
        factor = np.clip(_SAFETY * error**-self.stepper.exponent, _SHRINK, _GROW)
        factor = np.where(good & self.shrunk[rows], np.minimum(factor, 1.0), factor)
        out.step[rows] = h * factor
        self.shrunk[rows] = ~good
        at_edge = step.edge > _STIFF_EDGE
        self.stiff_steps[rows] += np.where(good, np.where(at_edge, 1, -1), 0)
        np.maximum(self.stiff_steps, 0, out=self.stiff_steps)

    def _finish(self, good: BoolArray) -> None:
        task, out, rows = self.task, self.outcome, self.under_way
        size = np.abs(out.activity[rows])
        out.node[rows] = size.argmax(axis=1)
        ends: list[tuple[BoolArray, RunStatus]] = [
            (out.time[rows] >= task.stop, RunStatus.FINISHED)
        ]
        if task.solver.settle is not None:
            unrest = self.equations.unrest(out.activity[rows], out.weights[rows])
            ends.append((good & (unrest <= task.solver.settle), RunStatus.SETTLED))
        tiny = out.step[rows] <= _TINY * np.maximum(np.abs(out.time[rows]), 1e-3)
        ends.append((tiny & ~good, RunStatus.STEP_TOO_SMALL))
        steps = out.accepted[rows] + out.rejected[rows]
        ends.append((steps >= task.solver.max_steps, RunStatus.TOO_MANY_STEPS))
        ends.append((size.max(axis=1) > task.limit, RunStatus.RUNAWAY))
        done = np.zeros(len(rows), dtype=np.bool_)
        for which, status in ends:
            for trial in rows[which & ~done]:
                out.status[trial] = status
            done |= which
        self.under_way = rows[~(done | self._impatient(rows, good))]

    def _impatient(self, rows: IntArray, good: BoolArray) -> BoolArray:
        """Trials that the other method should go on with."""
        task, out, patience = self.task, self.outcome, self.patience
        remaining = (task.stop - out.time[rows]) / out.step[rows]
        leave: BoolArray = (
            (self.stiff_steps[rows] >= _STIFF_STEPS)
            & (remaining > patience.steps)
            & (out.accepted[rows] >= patience.hold)
        )
        if patience.least is not None:
            due = good & (out.accepted[rows] % patience.span == 0)
            average = (out.time[rows] - self.mark[rows]) / patience.span
            leave |= due & (average < patience.least[rows])
            self.mark[rows[due]] = out.time[rows[due]]
        return leave
