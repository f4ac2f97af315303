"""Taking a task to its end: choice of the method, and the change between methods."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from netplastic._support import FloatArray, IntArray

from ._explicit import integrate_explicit
from ._linear import DENSE_LIMIT
from ._task import Outcome, Patience, RunStatus, Task

__all__ = ["copy_rows", "integrate"]

_PATIENCE = 5000.0  # explicit steps that must be left for the stiff method to be tried
_PATIENCE_LARGE = 1000.0  # the same where it solves by iteration, a step for 25 explicit ones
_HOLD = 2000  # explicit steps before the stiff method is tried once more
_WORTH = 30.0  # a stiff step costs that many explicit ones
_SPAN, _SPAN_LARGE = 50, 20  # stiff steps over which their length is judged
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
    """Take a task to its end by the method it asks for.

    "auto" starts with the explicit method. Where stability limits its steps and thousands are
    left (one thousand on large networks, where arithmetic outweighs overhead), the stiff method
    takes over; where that one does not make up for its dearer steps by longer ones (fast
    oscillations), the explicit one takes over again, for ever longer spans.
    """
    method = task.solver.method
    if method == "stiff":
        return _stiff(task, np.zeros(len(task.activity)))
    if method == "explicit":
        return integrate_explicit(task, math.inf)
    patience = _PATIENCE_LARGE if task.net.n > DENSE_LIMIT else _PATIENCE
    outcome, hold = integrate_explicit(task, patience), _HOLD
    rest = _under_way(outcome, task.solver.max_steps)
    while len(rest):
        least = _WORTH * outcome.step[rest]
        _continue(outcome, rest, _stiff(_onward(task, outcome, rest), least))
        rest = _under_way(outcome, task.solver.max_steps)
        if len(rest):
            part = integrate_explicit(_onward(task, outcome, rest), patience, hold)
            _continue(outcome, rest, part)
            rest = _under_way(outcome, task.solver.max_steps)
        hold *= 4
    return outcome


def _onward(task: Task, outcome: Outcome, rest: IntArray) -> Task:
    """What is left to do of some trials."""
    return replace(
        task.part(rest),
        activity=outcome.activity[rest],
        weights=outcome.weights[rest],
        start=outcome.time[rest],
        step=outcome.step[rest],
        reported=outcome.reported[rest],
    )


def _under_way(outcome: Outcome, max_steps: int) -> IntArray:
    steps = outcome.accepted + outcome.rejected
    rest = [k for k, status in enumerate(outcome.status) if status is None]
    for k in rest:
        if steps[k] >= max_steps:
            outcome.status[k] = RunStatus.TOO_MANY_STEPS
    return np.array([k for k in rest if outcome.status[k] is None], dtype=np.int64)


def _continue(outcome: Outcome, rest: IntArray, part: Outcome) -> None:
    """Add what was done of some trials; reports already made are kept."""
    for row, trial in enumerate(rest):
        done = outcome.reported[trial]
        part.reports[row, :done] = outcome.reports[trial, :done]
        part.weight_reports[row, :done] = outcome.weight_reports[trial, :done]
    part.accepted += outcome.accepted[rest]
    part.rejected += outcome.rejected[rest]
    part.stiff = np.maximum(part.stiff, outcome.stiff[rest])
    copy_rows(outcome, rest, part)


def _stiff(task: Task, least: FloatArray) -> Outcome:
    """Integrate by the Rosenbrock method, in shares that bound the memory.

    Trials whose steps stay below `least` on average are left under way.
    """
    from ._equations import Equations
    from ._march import march
    from ._rosenbrock import Rosenbrock

    equations = Equations(task.net, task.layout)
    stepper = Rosenbrock(equations, task.solver)
    n, size = task.net.n, task.weights.shape[1]
    room = 14 * (n + size) + (n * n if n <= DENSE_LIMIT else 5 * size)
    share = max(1, _STIFF_ROOM // room)
    trials = np.arange(len(task.activity))
    outcome = Outcome.of(task)
    span = _SPAN_LARGE if n > DENSE_LIMIT else _SPAN
    for first in range(0, len(trials), share):
        rows = trials[first : first + share]
        patience = Patience(least=least[rows], span=span)
        part = march(task.part(rows), stepper, equations, patience)
        copy_rows(outcome, rows, part)
    outcome.stiff[:] = 1
    return outcome


def copy_rows(outcome: Outcome, rows: IntArray, part: Outcome) -> None:
    """Put the outcome of some trials where it belongs."""
    for name in _PARTS:
        getattr(outcome, name)[rows] = getattr(part, name)
    for row, status in zip(rows, part.status, strict=True):
        outcome.status[row] = status
