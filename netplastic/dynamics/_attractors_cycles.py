"""Limit cycles: telling them, measuring them, and telling them apart up to phase.

A state is on a cycle of period P if the whole state, activities and weights, returns after P and
the amplitude does not drift over further periods. P is the time between passages of the activity
that swings most through the middle of its range, for the least number of passages after which
all activities return.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar

from netplastic._support import FloatArray

from ._attractors_flow import Flow, State
from ._solver import Solver

__all__ = ["Cycle", "find_cycle", "same_cycle"]

_SAMPLES = 2000
_LOOP = 256
_LEAST_SWING = 1e-4
_RETURN = 1e-4
_DRIFT = 1e-3
_CHECK_PERIODS = 10


@dataclass(frozen=True, eq=False)
class Cycle:
    """A limit cycle.

    period : in the unit of tau
    loop : (256, n), activity over one period at equal steps
    amplitude : half the peak-to-peak range of the activity that swings most
    weights : (m,), at the start of the loop
    """

    period: float
    loop: FloatArray
    amplitude: float
    weights: FloatArray


def find_cycle(flow: Flow, state: State, window: float) -> Cycle | None:
    """Cycle that a single state is on; None if it is not (yet) on one.

    Parameters
    ----------
    flow : Flow
    state : State
        One row.
    window : float
        Longest stretch of time to look at; shorter ones are tried for faster oscillations.
    """
    for _ in range(6):
        guess = _rough_period(flow, state, window)
        if guess is None:
            return None
        if guess > 0.0:
            return _measured(flow, state, guess)
        window /= 6.0
    return None


def _rough_period(flow: Flow, state: State, window: float) -> float | None:
    """Time between passages; 0.0 if the samples are too coarse, None if there is none."""
    times = np.linspace(0.0, window, _SAMPLES)
    values = flow.run(state, window, times, _patient(flow)).reports[0]
    if not np.all(np.isfinite(values)):
        return None
    wide = int(np.ptp(values, axis=0).argmax())
    x = values[:, wide]
    if np.ptp(x) < _LEAST_SWING * (1.0 + np.abs(x).max()):
        return None
    passages = _passages(times, x)
    if len(passages) < 3:
        return None
    gap = window / _SAMPLES
    interval = float(np.median(np.diff(passages)))
    return interval if interval > 12.0 * gap else 0.0


def _passages(times: FloatArray, x: FloatArray) -> FloatArray:
    """Times at which x rises through the middle of its range."""
    middle = 0.5 * (x.max() + x.min())
    roots = CubicSpline(times, x - middle).roots(extrapolate=False)
    rising: FloatArray = roots[CubicSpline(times, x)(roots, 1) > 0.0]
    return rising


def _measured(flow: Flow, state: State, interval: float) -> Cycle | None:
    """Period and shape from a fine look at a few intervals, if the state returns."""
    for intervals in (3, 12):
        stretch = (intervals + 0.5) * interval
        times = np.linspace(0.0, stretch, 400 * intervals + 200)
        values = flow.run(state, stretch, times, _patient(flow)).reports[0]
        if not np.all(np.isfinite(values)):
            return None
        path = CubicSpline(times, values)
        swing = np.ptp(values, axis=0)
        passages = _passages(times, values[:, int(swing.argmax())])
        for later in passages[1:]:
            miss = np.abs(path(later) - path(passages[0])).max()
            if miss <= 10.0 * _RETURN * swing.max():
                period = float(later - passages[0])
                if _returns(flow, state, period, float(swing.max())):
                    loop = path(period * np.arange(_LOOP) / _LOOP)
                    return Cycle(period, loop, 0.5 * float(swing.max()), state.weights[0])
    return None


def _returns(flow: Flow, state: State, period: float, swing: float) -> bool:
    """Whether activities and weights come back after a period, and stay as wide later on."""
    nothing = np.empty(0)
    once = flow.run(state, period, nothing, _patient(flow))
    of_x = np.abs(once.activity - state.activity).max()
    scale = max(float(np.abs(state.weights).max(initial=0.0)), swing)
    of_w = np.abs(once.weights - state.weights).max(initial=0.0)
    if of_x > 10.0 * _RETURN * swing or of_w > _RETURN * scale:
        return False
    total = (_CHECK_PERIODS + 1.0) * period
    times = np.linspace(_CHECK_PERIODS * period, total, 400)
    later = flow.run(state, total, times, _patient(flow)).reports[0]
    return bool(abs(np.ptp(later, axis=0).max() - swing) <= _DRIFT * swing)


def _patient(flow: Flow) -> Solver:
    return replace(flow.solver, settle=None)


def same_cycle(a: Cycle, b: Cycle) -> bool:
    """Whether two cycles are one, whatever their phases."""
    if abs(a.period - b.period) > 2e-3 * a.period:
        return False
    if abs(a.amplitude - b.amplitude) > 5e-3 * a.amplitude:
        return False
    phase = np.arange(_LOOP + 1) / _LOOP
    path = CubicSpline(phase, np.vstack([b.loop, b.loop[:1]]), bc_type="periodic")

    def distance(shift: float) -> float:
        return float(np.sqrt(np.mean((path((phase[:-1] + shift) % 1.0) - a.loop) ** 2)))

    coarse = min((distance(s), s) for s in phase[:-1:2])[1]
    best = minimize_scalar(
        distance, bounds=(coarse - 2.0 / _LOOP, coarse + 2.0 / _LOOP), method="bounded"
    )
    return bool(min(best.fun, distance(coarse)) <= 2e-2 * a.amplitude)
