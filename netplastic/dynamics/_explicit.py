"""The explicit method, by compiled loops: one thread a trajectory, several for a batch."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from netplastic._support import FloatArray, IntArray, available_cores
from netplastic.dynamics._kernels import (
    FINISHED,
    RUNAWAY,
    SETTLED,
    STEPS,
    STIFF,
    TINY,
    Control,
    Record,
    Work,
    integrate,
)

from ._layout import Layout, layout_for, work_for
from ._solver import RunStatus
from ._task import Task, Trials

__all__ = ["integrate_explicit"]

_SLICE = 4e5  # steps times coordinates within a compiled loop, which hears no Ctrl-C: about 0.3 s
_LEAST_SLICE = 20
_BLIND = 20_000

_STATUS: dict[int, RunStatus | None] = {
    FINISHED: RunStatus.FINISHED,
    SETTLED: RunStatus.SETTLED,
    STIFF: None,
    RUNAWAY: RunStatus.RUNAWAY,
    TINY: RunStatus.STEP_TOO_SMALL,
    STEPS: RunStatus.TOO_MANY_STEPS,
}


def integrate_explicit(
    task: Task, trials: Trials, patience: float = math.inf, hold: int = 0
) -> None:
    """Move trials on with Tsitouras 5(4).

    Parameters
    ----------
    task : Task
    trials : Trials
    patience : float
        A trial that stability limits, with more than so many steps to go, is left under way
        for the stiff method; infinite for never.
    hold : int, default 0
        But not within the first so many steps.

    Notes
    -----
    Whether stability limits the steps is told from the last two stages, which see the real
    eigenvalue of largest modulus, but not complex ones, nor weights that turn states of their own
    (Oja's rule). So a trial that has taken 20,000 steps (`hold` where that is more) and has more
    than `patience` to go is left under way too: the stiff method finds out, for the price of 50 of
    its steps.
    """
    rows = trials.under_way()
    layout = layout_for(task.net, trials.weights, rows)
    workers = min(task.solver.workers or available_cores(), len(rows))
    if workers <= 1:
        _run(task, trials, rows, layout, patience, hold)
        return
    with ThreadPoolExecutor(workers) as pool:
        shares = [rows[first::workers] for first in range(workers)]
        under_way = [
            pool.submit(_run, task, trials, share, layout, patience, hold) for share in shares
        ]
        try:
            for done in under_way:
                done.result()
        except BaseException:
            task.halt.ended = True  # else leaving the pool waits for threads that go on
            raise


def _run(
    task: Task, trials: Trials, rows: IntArray, layout: Layout, patience: float, hold: int
) -> None:
    """Integrate some trials in this thread, slice by slice; the kernel holds no lock."""
    work, spare = work_for(layout), np.empty(len(layout.arc))
    for trial in rows.tolist():
        before, code = int(trials.accepted[trial]), STEPS
        while code == STEPS:
            if task.halt.now:
                trials.status[trial] = RunStatus.INTERRUPTED
                break
            left = hold - int(trials.accepted[trial]) + before
            code = _slice(task, trials, trial, layout, (work, spare), (patience, max(left, 0)))
            if code == STEPS and trials.steps(trial) < task.solver.max_steps:
                trials.status[trial] = None  # only the slice has come to its end
            elif code == STEPS:
                break
            if code == STEPS and _is_long(
                task, trials, trial, patience, before + max(hold, _BLIND)
            ):
                break
            task.halt.tell(float(trials.time.mean()) / task.stop)


def _is_long(task: Task, trials: Trials, trial: int, patience: float, hold: int) -> bool:
    """Whether a trial has taken many steps and has many to go."""
    left = (task.stop - float(trials.time[trial])) / float(trials.step[trial])
    return left > patience and int(trials.accepted[trial]) >= hold


def _slice(
    task: Task,
    trials: Trials,
    trial: int,
    layout: Layout,
    room: tuple[Work, FloatArray],
    stiffness: tuple[float, int],
) -> int:
    """Integrate one trial for as many steps as take a fraction of a second."""
    solver, (work, spare), (patience, hold) = task.solver, room, stiffness
    size = task.net.n + len(layout.arc)
    left = solver.max_steps - trials.steps(trial)
    control = Control(
        start=float(trials.time[trial]),
        stop=float(task.stop),
        step=float(trials.step[trial]),
        relative=float(solver.rtol),
        absolute=float(solver.atol),
        settle=float(solver.settle or 0.0),
        limit=trials.limit,
        max_steps=max(0, min(left, max(_LEAST_SLICE, int(_SLICE / size)))),
        fastest=task.net.learning_rate * float(task.net.decay.max()),
        patience=patience,
        hold=hold,
        pace=float(trials.pace[trial]),
    )
    record = _record(task, trials, trial, layout)
    weights = trials.weights[trial, layout.arc]
    state = (trials.activity[trial], weights)
    with np.errstate(all="ignore"):  # warnings come where loops run interpreted
        code, time, step, accepted, rejected, reported, pace = integrate(
            layout.system, work, control, record, state, spare
        )
    trials.weights[trial] = weights[layout.link]
    trials.status[trial] = trials.lost(trial) if code == TINY else _STATUS[code]
    trials.time[trial], trials.step[trial], trials.pace[trial] = time, step, pace
    trials.accepted[trial] += accepted
    trials.rejected[trial] += rejected
    trials.reported[trial] += reported
    return code


def _record(task: Task, trials: Trials, trial: int, layout: Layout) -> Record:
    """What is still to be reported of a trial."""
    first, links = int(trials.reported[trial]), layout.link[task.arcs]
    targets = task.net.wiring.target[layout.arc[links]]
    return Record(
        times=np.array(task.times[first:]),
        nodes=task.nodes.astype(np.uint32),
        links=np.stack([links, targets]).astype(np.uint32),
        activity=trials.reports[trial, first:],
        weights=trials.weight_reports[trial, first:],
    )
