"""Taking a task to its end: choice of the method, and the change between methods."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ._types import IntArray
from .simulation_explicit import integrate_explicit
from .simulation_task import Outcome, Task

__all__ = ["copy_rows", "integrate"]

_PATIENCE = 5000.0
_STIFF_ROOM = 20_000_000
_PARTS = (
    "activity",
    "weights",
    "reports",
    "weight_reports",
    "reported",
    "time",
    "step",
    "node",
    "accepted",
    "rejected",
    "stiff",
)


def integrate(task: Task) -> Outcome:
    """Take a task to its end by the method it asks for; "auto" chooses for each trial."""
    method = task.solver.method
    if method == "stiff":
        return _stiff(task)
    outcome = integrate_explicit(task, _PATIENCE if method == "auto" else math.inf)
    rest = np.array([k for k, s in enumerate(outcome.status) if s is None], dtype=np.int64)
    if len(rest):
        again = replace(
            task.part(rest),
            activity=outcome.activity[rest],
            weights=outcome.weights[rest],
            start=outcome.time[rest],
            step=outcome.step[rest],
            reported=outcome.reported[rest],
        )
        _continue(outcome, rest, again)
    return outcome


def _continue(outcome: Outcome, rest: IntArray, again: Task) -> None:
    """Continue trials by the stiff method; reports already made are kept."""
    part = _stiff(again)
    for row, trial in enumerate(rest):
        done = outcome.reported[trial]
        part.reports[row, :done] = outcome.reports[trial, :done]
        part.weight_reports[row, :done] = outcome.weight_reports[trial, :done]
    part.accepted += outcome.accepted[rest]
    part.rejected += outcome.rejected[rest]
    copy_rows(outcome, rest, part)


def _stiff(task: Task) -> Outcome:
    """Integrate by the Rosenbrock method, in shares that bound the memory."""
    from .simulation_equations import Equations
    from .simulation_march import march
    from .simulation_rosenbrock import Rosenbrock

    equations = Equations(task.net, task.layout)
    stepper = Rosenbrock(equations, task.solver)
    n, size = task.net.n, task.weights.shape[1]
    room = 14 * (n + size) + (n * n if n <= 600 else 5 * size)
    share = max(1, _STIFF_ROOM // room)
    trials = np.arange(len(task.activity))
    outcome = Outcome.of(task)
    for first in range(0, len(trials), share):
        rows = trials[first : first + share]
        copy_rows(outcome, rows, march(task.part(rows), stepper, equations, math.inf))
    outcome.stiff[:] = 1
    return outcome


def copy_rows(outcome: Outcome, rows: IntArray, part: Outcome) -> None:
    """Put the outcome of some trials where it belongs."""
    for name in _PARTS:
        getattr(outcome, name)[rows] = getattr(part, name)
    for row, status in zip(rows, part.status, strict=True):
        outcome.status[row] = status
