"""The adaptive stiff integration of a batch, in numpy."""

from __future__ import annotations

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray

from ._following import equations_of
from ._linear import DENSE_LIMIT
from ._rosenbrock import Rosenbrock, Step
from ._solver import RunStatus
from ._task import Task, Trials

__all__ = ["integrate_stiff"]

_SAFETY, _GROW, _SHRINK = 0.9, 6.0, 0.2
_TINY = 1e-14
_SPAN, _SPAN_LARGE = 50, 20  # steps over which their length is judged
_ROOM = 20_000_000  # numbers in memory


def integrate_stiff(task: Task, trials: Trials, least: FloatArray | None = None) -> None:
    """Move trials on with the Rosenbrock method, in shares that bound the memory.

    Parameters
    ----------
    task : Task
    trials : Trials
    least : float array of shape (T,), optional
        Trials whose steps stay below this on average are left under way.
    """
    net, rows = task.net, trials.under_way()
    least = np.zeros(len(trials.step)) if least is None else least
    room = 14 * (net.n + net.m) + (net.n**2 if net.n <= DENSE_LIMIT else 5 * net.m)
    share = max(1, _ROOM // room)
    trials.stiff[rows] = True
    for first in range(0, len(rows), share):
        march = _March(task, trials, rows[first : first + share], least)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while len(march.rows):
                if task.halt.now:
                    march.interrupt()
                    break
                march.advance()
                task.halt.tell(float(trials.time.mean()) / task.stop)


class _March:
    def __init__(self, task: Task, trials: Trials, rows: IntArray, least: FloatArray) -> None:
        self.task, self.trials, self.rows, self.least = task, trials, rows, least
        self.equations = equations_of(task.net)
        self.method = Rosenbrock(self.equations, task.solver)
        self.span = _SPAN_LARGE if task.net.n > DENSE_LIMIT else _SPAN
        self.shrunk = np.zeros(len(trials.time), dtype=np.bool_)
        self.steps = np.zeros(len(trials.time), dtype=np.int64)
        self.mark = trials.time.copy()

    def advance(self) -> None:
        """One step, accepted or not, of every trial."""
        trials, rows, stop = self.trials, self.rows, self.task.stop
        left = stop - trials.time[rows]
        last = 1.01 * trials.step[rows] >= left
        h = np.where(last, left, trials.step[rows])
        step = self.method.step(trials.activity[rows], trials.weights[rows], h)
        good = step.error <= 1.0
        ends = np.where(last, stop, trials.time[rows] + h)
        for row in np.flatnonzero(good):
            self._report(int(row), step, float(h[row]), float(ends[row]))
        taken = rows[good]
        trials.activity[taken], trials.weights[taken] = step.activity[good], step.weights[good]
        trials.time[taken] = ends[good]
        trials.accepted[taken] += 1
        trials.rejected[rows[~good]] += 1
        self.steps[taken] += 1
        self._next_steps(step, h, good)
        self._finish(good)

    def interrupt(self) -> None:
        """End the trials that are left where they are."""
        for trial in self.rows.tolist():
            self.trials.status[trial] = RunStatus.INTERRUPTED

    def _report(self, row: int, step: Step, h: float, end: float) -> None:
        task, trials, trial = self.task, self.trials, int(self.rows[row])
        start, k = trials.time[trial], int(trials.reported[trial])
        while k < len(task.times) and task.times[k] <= end:
            x, weights = step.at(row, min((task.times[k] - start) / h, 1.0))
            trials.reports[trial, k] = x[task.nodes]
            trials.weight_reports[trial, k] = weights[task.arcs]
            k += 1
        trials.reported[trial] = k

    def _next_steps(self, step: Step, h: FloatArray, good: BoolArray) -> None:
        rows = self.rows
        error = np.where(np.isfinite(step.error), np.maximum(step.error, 1e-10), 1e10)
        factor = np.clip(_SAFETY * error**-0.25, _SHRINK, _GROW)
        factor = np.where(good & self.shrunk[rows], np.minimum(factor, 1.0), factor)
        self.trials.step[rows] = h * factor
        self.shrunk[rows] = ~good

    def _finish(self, good: BoolArray) -> None:
        trials, rows, solver = self.trials, self.rows, self.task.solver
        ended = trials.time[rows] >= self.task.stop
        settled = np.zeros(len(rows), dtype=np.bool_)
        if solver.settle is not None:
            unrest = self.equations.unrest(trials.activity[rows], trials.weights[rows])
            settled = good & (unrest <= solver.settle)
        tiny = ~good & (trials.step[rows] <= _TINY * np.maximum(trials.time[rows], 1e-3))
        spent = trials.accepted[rows] + trials.rejected[rows] >= solver.max_steps
        beyond = np.abs(trials.activity[rows]).max(axis=1) > trials.limit
        astray = self.equations.astray(trials.activity[rows])
        for row, trial in enumerate(rows):
            if astray[row]:
                trials.status[trial] = RunStatus.ASTRAY
            elif ended[row]:
                trials.status[trial] = RunStatus.FINISHED
            elif settled[row]:
                trials.status[trial] = RunStatus.SETTLED
            elif tiny[row]:
                trials.status[trial] = trials.lost(int(trial))
            elif beyond[row]:
                trials.status[trial] = RunStatus.RUNAWAY
            elif spent[row]:
                trials.status[trial] = RunStatus.TOO_MANY_STEPS
        going = ~(astray | ended | settled | tiny | spent | beyond)
        self.rows = rows[going & ~self._idle(good)]

    def _idle(self, good: BoolArray) -> BoolArray:
        """Trials whose steps do not get long enough."""
        trials, rows = self.trials, self.rows
        due = good & (self.steps[rows] % self.span == 0)
        average = (trials.time[rows] - self.mark[rows]) / self.span
        idle: BoolArray = due & (average < self.least[rows])
        self.mark[rows[due]] = trials.time[rows[due]]
        return idle
