"""The explicit method: compiled where the kernels know the network, in numpy elsewhere."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import numpy as np

from netplastic._support import FloatArray, IntArray, available_cores
from netplastic.dynamics._kernels import (
    ERROR,
    FINISHED,
    GAP,
    PLAN,
    POINT,
    ROWS,
    RUNAWAY,
    SETTLED,
    STEPS,
    STIFF,
    TINY,
    A,
    Control,
    Ended,
    Network,
    Record,
    Room,
    Team,
    dense_weights,
    integrate,
)

from ._equations import Equations
from ._layout import can_compile, clear_room, places_for
from ._march import Step, Stepper, error_norm, march
from ._task import Outcome, Patience, RunStatus, Solver, Task

__all__ = ["Tsitouras", "integrate_explicit"]

# The plain Python function: the compiled one serves other kernels only.
_dense_weights = getattr(dense_weights, "py_func", dense_weights)

_STATUS: dict[int, RunStatus | None] = {
    FINISHED: RunStatus.FINISHED,
    SETTLED: RunStatus.SETTLED,
    STIFF: None,
    RUNAWAY: RunStatus.RUNAWAY,
    TINY: RunStatus.STEP_TOO_SMALL,
    STEPS: RunStatus.TOO_MANY_STEPS,
}


def integrate_explicit(task: Task, patience: float, hold: int = 0) -> Outcome:
    """Integrate with Tsitouras 5(4).

    Parameters
    ----------
    task : Task
    patience : float
        A trial that stability limits, with more than so many steps to go, is left under way
        (status None) for the stiff method; infinite for never.
    hold : int, default 0
        But not within the first so many steps.
    """
    if not can_compile(task.net):
        equations = Equations(task.net, task.layout)
        stepper = Tsitouras(equations, task.solver)
        return march(task, stepper, equations, Patience(patience, hold))
    outcome = Outcome.of(task)
    trials = np.arange(len(outcome.time))
    threads = int(task.solver.workers or available_cores())
    workers = min(threads, len(trials))
    limits = Patience(patience, hold)
    _compile(task, outcome, limits)
    with ThreadPoolExecutor(threads) as pool:
        if len(trials) <= 1:
            _run(task, outcome, trials, limits, pool, threads)
            return outcome
        shares = [trials[first::workers] for first in range(workers)]
        for done in [pool.submit(_run, task, outcome, share, limits) for share in shares]:
            done.result()
    return outcome


_met: set[tuple[type, ...]] = set()


def _compile(task: Task, out: Outcome, patience: Patience) -> None:
    """Compile the kernel for the case at hand, unless that is done.

    In this thread, since others get their memory more slowly (it takes a quarter longer there),
    and without garbage collection, which takes a sixth.
    """
    links = task.layout.links
    case = tuple(type(part) for part in (links.mirrored, links.uniform, links.scale))
    if case in _met or not len(out.time):
        return
    ((room, team),) = places_for(task.layout, 1)
    control, record = _control(task, out, 0, patience), _record(_wanted(task), out, 0)
    arguments = (task.layout.network, room, team, control, record, _state(out, 0))
    kernel_itself: Any = integrate
    collects = gc.isenabled()
    gc.disable()
    try:
        kernel_itself.compile(tuple(kernel_itself.typeof_pyval(part) for part in arguments))
    finally:
        if collects:
            gc.enable()
    _met.add(case)


def _control(task: Task, out: Outcome, trial: int, patience: Patience) -> Control:
    solver = task.solver
    return Control(
        task.net.learning_rate,
        float(out.time[trial]),
        float(task.stop),
        float(out.step[trial]),
        float(solver.rtol),
        float(solver.atol),
        float(solver.settle or 0.0),
        task.limit,
        int(solver.max_steps),
        float(patience.steps),
        int(patience.hold),
    )


def _wanted(task: Task) -> Record:
    """What is to be reported of each trial, without room for it."""
    links = np.stack([task.links, task.layout.target[task.links]]).astype(np.uint32)
    times = np.ascontiguousarray(task.times, dtype=np.float64)
    return Record(times, task.nodes.astype(np.uint32), links, np.empty((0, 0)), np.empty((0, 0)))


def _record(wanted: Record, out: Outcome, trial: int) -> Record:
    """What is still to be reported of a trial."""
    first = int(out.reported[trial])
    return wanted._replace(
        times=wanted.times[first:],
        activity=out.reports[trial, first:],
        weights=out.weight_reports[trial, first:],
    )


def _state(out: Outcome, trial: int) -> tuple[FloatArray, FloatArray]:
    return out.activity[trial], out.weights[trial]


def _run(
    task: Task,
    out: Outcome,
    trials: IntArray,
    patience: Patience,
    pool: Executor | None = None,
    threads: int = 1,
) -> None:
    """Integrate some trials in this thread, with the help of others; the kernel holds no lock."""
    layout, wanted = task.layout, _wanted(task)
    places = places_for(layout, threads)
    for trial in trials:
        first = int(out.reported[trial])
        control, record = _control(task, out, trial, patience), _record(wanted, out, trial)
        clear_room(layout, places[0][0])
        code, time, step, accepted, rejected, reported, node = _together(
            pool, places, control, record, _state(out, trial), layout.network
        )
        status = _STATUS[code]
        if (
            status is RunStatus.STEP_TOO_SMALL
            and abs(out.activity[trial, node]) > 1e-4 * task.limit
        ):
            status = RunStatus.RUNAWAY  # a state that blows up in finite time stops the steps
        out.status[trial], out.time[trial], out.step[trial] = status, time, step
        out.accepted[trial], out.rejected[trial] = accepted, rejected
        out.reported[trial], out.node[trial] = first + reported, node


def _together(
    pool: Executor | None,
    places: list[tuple[Room, Team]],
    control: Control,
    record: Record,
    state: tuple[FloatArray, FloatArray],
    network: Network,
) -> Ended:
    """Call the kernel from as many threads as there are places; all come to the same result."""
    mine, *others = places

    def take(place: tuple[Room, Team]) -> Ended:
        everybody.wait()
        result: Ended
        result = integrate(network, *place, control, record, state)
        return result

    # Nobody may wait in the kernel for a thread that never came to be.
    everybody = threading.Barrier(len(places))
    if pool is None or not others:
        return take(mine)
    try:
        rest = [pool.submit(take, place) for place in others]
        result = take(mine)
    except BaseException:  # the system gives no more threads, or Ctrl-C before the start
        everybody.abort()
        raise
    for done in rest:
        done.result()
    return result


class _ExplicitStep(Step):
    def __init__(
        self,
        before: tuple[FloatArray, FloatArray],
        slopes: tuple[FloatArray, FloatArray],
        after: tuple[FloatArray, FloatArray],
        h: FloatArray,
        solver: Solver,
    ) -> None:
        self._before, self._slopes, self._h = before, slopes, h
        self.activity, self.weights = after
        norms = [
            error_norm(solver, h[:, None] * np.tensordot(A[ERROR, :7], k, axes=1), start, end)
            for k, start, end in zip(slopes, before, after, strict=True)
        ]
        self.error = np.maximum(*norms)
        gap = [np.tensordot(A[GAP, :6], k[:6], axes=1) * h[:, None] for k in slopes]
        change = [k[6] - k[5] for k in slopes]
        top = sum((c**2).sum(axis=1) for c in change)
        bottom = sum((g**2).sum(axis=1) for g in gap)
        ratio = h * np.sqrt(top / np.maximum(bottom, 1e-300))
        self.edge = np.where(bottom > 0.0, ratio, 0.0)

    def at(self, trial: int, theta: float) -> tuple[FloatArray, FloatArray]:
        algebra = np.zeros((ROWS, 8))
        _dense_weights(theta, algebra)
        h = self._h[trial]
        x, weights = (
            start[trial] + h * (algebra[PLAN + POINT, :7] @ k[:, trial])
            for start, k in zip(self._before, self._slopes, strict=True)
        )
        return x, weights


class Tsitouras(Stepper):
    """The same formula as the kernel's, for what the kernel does not know."""

    exponent = 0.2

    def __init__(self, equations: Equations, solver: Solver) -> None:
        self._equations, self._solver = equations, solver

    def step(self, x: FloatArray, weights: FloatArray, h: FloatArray) -> Step:
        """Try one step of sizes h (T,)."""
        k_x, k_w = np.zeros((7, *x.shape)), np.zeros((7, *weights.shape))
        end = (x, weights)
        for s in range(7):
            end = (
                x + h[:, None] * np.tensordot(A[s, :7], k_x, axes=1),
                weights + h[:, None] * np.tensordot(A[s, :7], k_w, axes=1),
            )
            k_x[s], k_w[s] = self._equations.drift(*end)
        return _ExplicitStep((x, weights), (k_x, k_w), end, h, self._solver)
