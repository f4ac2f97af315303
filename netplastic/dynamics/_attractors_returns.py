"""The return map: states at which a trajectory comes through a section.

The section is where the activity that swings most rises through the middle of its range. Its
passages are found in the samples of a window, then ever closer by running the window again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from netplastic._support import FloatArray, IntArray

from ._attractors_flow import Flow, State, is_over

__all__ = ["Look", "Returns", "look_at", "returns_of"]

_SAMPLES = 2000
_MOST_SAMPLES = 32_000
_GAPS = 12.0  # samples that a passage to the next takes at least
_MOST = 64  # passages that are looked at
_FEWEST = 5
_CLOSER = 9  # samples between the two that a passage lies between
_LEAST_SWING = 1e-4
_SHORTER = 4.0
_ROOM = 2_000_000  # numbers in memory


@dataclass(frozen=True, eq=False)
class Look:
    """A window of a trajectory at equal steps.

    Attributes
    ----------
    state : State
        Where it starts; one row.
    times, values : float arrays of shape (k,) and (k, n)
    end : State
    steps : int
    """

    state: State
    times: FloatArray
    values: FloatArray
    end: State
    steps: int

    @property
    def window(self) -> float:
        """Its length."""
        return float(self.times[-1])


@dataclass(frozen=True, eq=False)
class Returns:
    """Passages through the section.

    Attributes
    ----------
    times : float array of shape (k,)
    states : float array of shape (k, n + m)
        In the coordinates of `Flow.whole`.
    node : int
        The activity that swings most.
    swing : float
        From its least to its largest value.
    """

    times: FloatArray
    states: FloatArray
    node: int
    swing: float


def look_at(flow: Flow, state: State, window: float, samples: int = _SAMPLES) -> Look | None:
    """Run one trial through a window; None where it does not come to its end."""
    times = np.linspace(0.0, window, samples)
    run = flow.run(state, window, times)
    if not is_over(run):
        return None
    steps = int(run.accepted[0] + run.rejected[0])
    return Look(state, times, run.reports[0], State(run.activity, run.weights), steps)


def returns_of(
    flow: Flow, look: Look, worth: Callable[[Returns], bool] = lambda _: True
) -> Returns | None:
    """Passages within a window, or within its beginning where they are too close to be told.

    None where nothing swings, or there are fewer than five. Activities alone, interpolated between
    samples, where these are not `worth` a closer look.
    """
    for _ in range(8):
        x = look.values[len(look.values) // 2 :]
        node = int(np.ptp(x, axis=0).argmax())
        swing = float(np.ptp(x[:, node]))
        if swing < _LEAST_SWING * (1.0 + np.abs(x[:, node]).max()):
            return None
        level = 0.5 * float(x[:, node].max() + x[:, node].min())
        rising = _rising(look.values[:, node] - level)
        if len(rising) < _FEWEST:
            return None
        closest = int(np.diff(rising).min())
        if closest >= _GAPS and len(rising) <= _MOST:
            rough = _roughly(look, rising, node, level, swing)
            return _passages(flow, look, rising, node, level, swing) if worth(rough) else rough
        shorter = _finer(flow, look, len(rising))
        if shorter is None:
            return None
        look = shorter
    return None


def _finer(flow: Flow, look: Look, passages: int) -> Look | None:
    """More samples where passages are few, else a shorter window."""
    samples = 4 * len(look.times)
    if passages <= _MOST // 2 and samples <= _MOST_SAMPLES:
        return look_at(flow, look.state, look.window, samples)
    return look_at(flow, look.state, look.window / _SHORTER)


def _rising(above: FloatArray) -> IntArray:
    """Samples after which a value rises through zero."""
    return np.flatnonzero((above[:-1] < 0.0) & (above[1:] >= 0.0))


def _roughly(look: Look, rising: IntArray, node: int, level: float, swing: float) -> Returns:
    """Passages from the samples alone, activities only."""
    path = CubicSpline(look.times, look.values)
    x = look.values[:, node] - level
    gap = look.times[1]
    guess = look.times[rising] - gap * x[rising] / (x[rising + 1] - x[rising])
    for _ in range(2):
        slope = path(guess, 1)[:, node]
        step = (path(guess)[:, node] - level) / np.where(slope > 0.0, slope, np.inf)
        guess = guess - np.clip(step, -gap, gap)
    return Returns(guess, path(guess), node, swing)


def _passages(
    flow: Flow, look: Look, rising: IntArray, node: int, level: float, swing: float
) -> Returns | None:
    start, gap = look.times[rising], look.times[1]
    share = np.arange(_CLOSER) / _CLOSER  # the end of one bracket may be the start of the next
    close = (start[:, None] + gap * share).ravel()
    size = flow.net.n if flow.net.weights_follow else flow.net.n + flow.net.m
    at_once = len(close) * size <= _ROOM
    run = flow.run(look.state, look.window, close, weights=at_once and size > flow.net.n)
    if not is_over(run):
        return None
    values = run.reports[0, :, node].reshape(len(rising), _CLOSER) - level
    times = np.array(
        [_root(moments, v) for moments, v in zip(close.reshape(values.shape), values, strict=True)]
    )
    if at_once:
        states = flow.whole(run.reports[0], run.weight_reports[0])
        shape = (len(rising), _CLOSER, states.shape[1])
        parts = zip(close.reshape(values.shape), states.reshape(shape), times, strict=True)
        return Returns(times, np.array([CubicSpline(t, u)(at) for t, u, at in parts]), node, swing)
    run = flow.run(look.state, look.window, times, weights=size > flow.net.n)
    if not is_over(run):
        return None
    return Returns(times, flow.whole(run.reports[0], run.weight_reports[0]), node, swing)


def _root(times: FloatArray, values: FloatArray) -> float:
    """Where values between a negative and a positive end rise through zero."""
    end = times[-1] + (times[1] - times[0])  # of the bracket
    roots = CubicSpline(times, values).roots(extrapolate=True)
    inside = roots[(roots >= times[0]) & (roots <= end)]
    return float(inside[0]) if len(inside) else float(end)
