"""What is handed to a method of integration, and what it hands back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, TypedDict

import numpy as np

from netplastic._support import FloatArray, IntArray, Status, unknown_name
from netplastic.model import PlasticNetwork

from ._layout import Layout

__all__ = [
    "Method",
    "Outcome",
    "Patience",
    "RunStatus",
    "Solver",
    "SolverOptions",
    "Task",
    "first_step",
    "solver_from",
]

Method = Literal["auto", "explicit", "stiff"]
_METHODS = ("auto", "explicit", "stiff")


class RunStatus(Status):
    """How a trajectory ended; members compare equal to their text."""

    FINISHED = (
        "finished",
        "The whole duration was integrated.",
        "Nothing is left to do.",
    )
    SETTLED = (
        "settled",
        "The state came to rest before the end; later times hold the state at rest.",
        "Leave out `settle` to integrate on.",
    )
    RUNAWAY = (
        "runaway",
        "The activity grew beyond every bound: positive feedback without saturation.",
        "Use a bounded activation, a weaker strength, or a larger decay.",
    )
    STEP_TOO_SMALL = (
        "step too small",
        "The error could not be kept within the tolerances even by tiny steps.",
        "Loosen rtol or atol (rtol below 1e-12 is out of reach), or use method='stiff'.",
    )
    TOO_MANY_STEPS = (
        "too many steps",
        "The limit on steps was reached before the end.",
        "Raise max_steps, loosen rtol, or use method='stiff'.",
    )

    @property
    def good(self) -> bool:
        """Whether the trajectory went on to its end."""
        return self in (RunStatus.FINISHED, RunStatus.SETTLED)


class SolverOptions(TypedDict, total=False):
    """Keyword arguments of `simulate` that end up in a `Solver`."""

    method: Method
    rtol: float
    atol: float
    settle: float | None
    max_steps: int
    workers: int | None


@dataclass(frozen=True)
class Solver:
    """How to integrate.

    Parameters
    ----------
    method : {"auto", "explicit", "stiff"}, default "auto"
        "explicit" is Tsitouras 5(4); "stiff" a Rosenbrock method of order 4 (RODAS) with
        the weights eliminated; "auto" starts with the first and changes to the second when
        stability, not accuracy, limits the step and many steps are left.
    rtol, atol : float, default 1e-6 and 1e-9
        The error of a step, as a root mean square over the activities and one over the weights
        (the larger counts), is kept below atol + rtol * size.
    settle : float or None
        Stop as soon as every activity and weight is within this distance (relative to 1 + its
        size) of where it would stand still given all others. None: integrate to the end.
        Errors of a step must not look like motion, so rtol and atol become settle / 10 where they
        are larger.
    max_steps : int, default 10_000_000
        Limit on steps, accepted or not, of each trajectory.
    workers : int or None
        Threads for a batch, or for a single trajectory on a large network; None for the number of
        cores. Results do not depend on it.
    """

    method: Method = "auto"
    rtol: float = 1e-6
    atol: float = 1e-9
    settle: float | None = None
    max_steps: int = 10_000_000
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise unknown_name("method", self.method, _METHODS)
        for name in ("rtol", "atol", "settle", "max_steps", "workers"):
            value = getattr(self, name)
            if value is None and name in ("settle", "workers"):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float | np.number):
                raise TypeError(f"{name} is {value!r}; it must be a number.")
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} is {value!r}; it must be finite and positive.")
            if name in ("max_steps", "workers") and value != int(value):
                raise ValueError(f"{name} is {value!r}; give a whole number.")
        if self.rtol >= 1.0:
            raise ValueError(f"rtol is {self.rtol!r}; a relative tolerance is below 1.")
        if self.settle is not None:
            for name in ("rtol", "atol"):
                object.__setattr__(self, name, min(getattr(self, name), self.settle / 10.0))


def solver_from(options: SolverOptions) -> Solver:
    """Make a `Solver` of keyword arguments.

    Raises
    ------
    TypeError
        For an unknown name, with the nearest valid one.
    """
    allowed = list(SolverOptions.__annotations__)
    for name in options:
        if name not in allowed:
            raise TypeError(str(unknown_name("option", name, allowed)))
    return Solver(**options)


@dataclass(frozen=True, eq=False)
class Task:
    """States (T, n) and (T, L) to take from `start` to `stop`, and what to report on the way."""

    net: PlasticNetwork
    layout: Layout
    activity: FloatArray
    weights: FloatArray
    start: FloatArray
    stop: float
    times: FloatArray
    nodes: IntArray
    links: IntArray
    solver: Solver
    step: FloatArray | None = None
    reported: IntArray | None = None
    """How many of the times each trial has reported already, when it continues."""
    overwrite: bool = False
    """Whether the weights of the outcome may take the place of those of the states in memory."""

    def part(self, trials: IntArray) -> Task:
        """The same task for some of the trials."""
        return Task(
            self.net,
            self.layout,
            self.activity[trials],
            self.weights[trials],
            self.start[trials],
            self.stop,
            self.times,
            self.nodes,
            self.links,
            self.solver,
            None if self.step is None else self.step[trials],
            None if self.reported is None else self.reported[trials],
        )

    @property
    def limit(self) -> float:
        """Activity beyond which a trajectory counts as runaway: 1e8 times its natural scale."""
        return 1e8 * (1.0 + float(np.abs(self.activity).max()) + float(np.abs(self.net.bias).max()))


@dataclass(frozen=True, eq=False)
class Patience:
    """When a method leaves a trial to the other one.

    steps : leave once stability limits the steps and more than so many would remain
    hold : but not within the first so many steps
    least : (T,), leave when the average of `span` steps is shorter than this
    """

    steps: float = math.inf
    hold: int = 0
    least: FloatArray | None = None
    span: int = 50


@dataclass(eq=False)
class Outcome:
    """End of each trial, and its reports; row k of a trial is valid for k < reported."""

    activity: FloatArray
    weights: FloatArray
    reports: FloatArray
    weight_reports: FloatArray
    reported: IntArray
    time: FloatArray
    step: FloatArray
    status: list[RunStatus | None] = field(default_factory=list)
    node: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    accepted: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rejected: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    stiff: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @classmethod
    def of(cls, task: Task) -> Outcome:
        """Room for the outcome of a task, at its start. A status of None means under way."""
        trials, times = len(task.activity), len(task.times)
        zeros = (np.zeros(trials, dtype=np.int64) for _ in range(5))
        reported, node, accepted, rejected, stiff = zeros
        if task.reported is not None:
            reported = task.reported.copy()
        step = task.step if task.step is not None else np.full(trials, first_step(task.net))
        copy = None if task.overwrite else True
        return cls(
            np.array(task.activity, dtype=np.float64, order="C"),
            np.array(task.weights, dtype=np.float64, order="C", copy=copy),
            np.full((trials, times, len(task.nodes)), np.nan),
            np.full((trials, times, len(task.links)), np.nan),
            reported,
            task.start.astype(np.float64),
            step.copy(),
            [None] * trials,
            node,
            accepted,
            rejected,
            stiff,
        )


def first_step(net: PlasticNetwork) -> float:
    """A first step well below every time scale that does not depend on the state."""
    fastest = max(1.0 / float(net.tau.min()), net.learning_rate * float(net.decay.max()))
    return 0.01 / fastest
