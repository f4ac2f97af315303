"""Limit cycles: telling them by their return map, measuring them, and telling them apart.

A trial is on a cycle of p passages where returns that lie p apart close in on each other fast
enough: from the room that they take in the first half of a window, D1, and in the second, D2, the
way that is left is D2 q / (1 - q) with q = D2 / D1 (the sum of a geometric series), and it has to
be a small part of the cycle. Transients however slow fail that: their q is near 1, or what is left
is all of the swing. A slow approach is shortened by extrapolation: the state is put where the
series end, and has to return there like any other. p is the least number that works.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar

from netplastic._support import FloatArray

from ._attractors_flow import Flow, State, is_over
from ._attractors_returns import Look, Returns, look_at, returns_of

__all__ = ["Cycle", "Sight", "find_cycle", "same_cycle"]

_LOOP = 256
_LIKE = 0.02  # returns that are so alike, in the unit of the swing, may be one period apart
_CLOSE = 1e-4  # what may be left of the way, in the same unit
_NOISE = 1e-7
_JUMPS = 6
_JUMP = 0.1  # longest way, in the same unit, that extrapolation may skip
_SERIES = 6  # geometric series that an approach may be the sum of
_RANK = 1e-5
_JITTER = 5e-4  # in the unit of the swing
_TO_AND_FRO = 3.0


@dataclass(frozen=True, eq=False)
class Cycle:
    """A limit cycle.

    period : in the unit of tau
    loop : (256, n), activity over one period at equal steps
    amplitude : half the peak-to-peak range of the activity that swings most
    weights : (m,), at the start of the loop
    node : whose activity swings most; the loop starts where it rises through its middle
    """

    period: float
    loop: FloatArray
    amplitude: float
    weights: FloatArray
    node: int = 0


@dataclass(frozen=True, eq=False)
class _Verdict:
    """Passages a period where the trial is on a cycle, else 0; and where the approach ends."""

    passages: int
    ahead: FloatArray | None = None
    left: float = math.inf


@dataclass(frozen=True, eq=False)
class Sight:
    """What a look at a trial has shown.

    cycle : the cycle that it is on; None if it is not (yet) on one
    onward : State, where the trial goes on
    interval : between passages; NaN where there are none
    """

    cycle: Cycle | None
    onward: State
    interval: float = math.nan


def find_cycle(flow: Flow, look: Look) -> Sight:
    """Cycle that a trial is on.

    Parameters
    ----------
    flow : Flow
    look : Look
        A window of the trial.
    """
    onward, interval, before = look.end, math.nan, math.inf
    for _ in range(_JUMPS):
        returns = returns_of(flow, look, _is_worth)
        if returns is None:
            return Sight(None, onward, interval)
        interval = float(np.median(np.diff(returns.times)))
        verdict = _verdict(returns)
        if returns.states.shape[1] != len(flow.whole(look.end.activity, look.end.weights)[0]):
            return Sight(None, onward, interval)  # activities alone: not worth more
        if verdict.passages:
            return Sight(_measured(flow, returns, verdict.passages), onward, interval)
        if verdict.ahead is None or verdict.left > 0.5 * before:
            return Sight(None, onward, interval)
        before = verdict.left
        ahead = flow.parted(verdict.ahead[None])
        after = look_at(flow, ahead, look.window)
        if after is None:
            return Sight(None, onward, interval)
        look, onward = after, after.end
    return Sight(None, onward, interval)


def _is_worth(rough: Returns) -> bool:
    """Whether returns known roughly may come from a cycle, or from an approach to one."""
    verdict = _verdict(rough, close=30.0 * _CLOSE, noise=1e-4)
    return verdict.passages > 0 or verdict.ahead is not None


def _verdict(returns: Returns, close: float = _CLOSE, noise: float = _NOISE) -> _Verdict:
    states = returns.states / returns.swing
    last = len(states) - 1
    alike = {p: _like(states, p) for p in range(1, last // 2 + 1)}
    for p in range(1, last // 4 + 1):
        apart, like = states[last % p :: p], alike[p]
        # Not a period where multiples of it agree far better: a cycle of several alike passages.
        if like > _LIKE or any(alike[q] <= 0.05 * like for q in range(2 * p, last // 2 + 1, p)):
            continue
        if _way_left(apart, noise) <= close or _jitters(apart):
            return _Verdict(p)
        end = _end_of(apart)
        skipped = float(np.abs(end - states[last]).max())
        if noise < skipped <= _JUMP:
            return _Verdict(0, end * returns.swing, skipped)
        return _Verdict(0)
    return _Verdict(0)


def _like(states: FloatArray, p: int) -> float:
    """How far states that lie p apart differ, lately."""
    steps = np.abs(states[p:] - states[:-p]).max(axis=1)
    return float(steps[-max(1, len(steps) // 3) :].max())


def _jitters(states: FloatArray) -> bool:
    """Whether states stay together and go to and fro, by rounding that the cycle amplifies.

    Bursting cycles do: next to a saddle they forget all but the last digits. A drift, however
    slow, is no longer than the room that it takes.
    """
    room = float(np.ptp(states, axis=0).max())
    path = float(np.abs(np.diff(states, axis=0)).max(axis=1).sum())
    return room <= _JITTER and path >= _TO_AND_FRO * room


def _way_left(states: FloatArray, noise: float) -> float:
    """What is left of the way of states that close in, from the room they take, early and late."""
    half = len(states) // 2
    late = float(np.ptp(states[-half - 1 :], axis=0).max())
    early = float(np.ptp(states[: half + 1], axis=0).max())
    if late <= noise:
        return late
    return late * late / (early - late) if late < early else math.inf


def _end_of(states: FloatArray) -> FloatArray:
    """Limit of a sequence whose differences are sums of a few geometric series.

    Reduced rank extrapolation (Sidi 2017, Vector Extrapolation Methods): the mean of the states,
    with weights that add up to 1, whose differences cancel best.
    """
    stride = max(1, (len(states) - 1) // (_SERIES + 1))
    taken = states[(len(states) - 1) % stride :: stride][-(_SERIES + 2) :]
    steps = np.diff(taken, axis=0)
    turns = np.diff(steps, axis=0)
    mix, *_ = np.linalg.lstsq(turns.T, -steps[0], rcond=_RANK)
    end: FloatArray = taken[0] + mix @ steps[:-1]
    return end


def _measured(flow: Flow, returns: Returns, passages: int) -> Cycle | None:
    period = float(returns.times[-1] - returns.times[-1 - passages])
    state = flow.parted(returns.states[-1:])
    run = flow.run(state, period, period * np.arange(_LOOP) / _LOOP, weights=True)
    if not is_over(run):
        return None
    loop = run.reports[0]
    return Cycle(period, loop, 0.5 * returns.swing, run.weight_reports[0, 0], returns.node)


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
