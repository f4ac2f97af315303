"""Whether a trial comes to rest at an equilibrium: held against its slowest mode.

A state is taken for at rest only where the slowest mode alone decides what follows. With a the
largest real part of the linearisation, the terms left out are of the order of d or d^2 at a
distance d, so d has to be small against |a|: how small a motion is says nothing where a is small
(pitchforks, Hopf points, folds). Where it takes long to come so close, the decay is measured over
several stretches of time and compared with a.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from netplastic._support import FloatArray
from netplastic.equilibria.sampled import newton
from netplastic.model import (
    PlasticNetwork,
    equilibrium_weights,
    flow_matrix,
    reduced_matrix,
    spectral_abscissa,
)

from ._attractors_flow import Flow, State
from ._attractors_returns import Look

__all__ = ["Point", "decays_to", "distance", "is_same", "needed", "point_near"]

_NEAR = 1e-3
_SAME = 1e-6
_LINEAR = 1e-2  # d / |a| below which what the linearisation leaves out is small
_AROUND = 0.05  # distance, relative to 1 + |x|, from which a measured decay counts
_SLOWEST, _FASTEST = 0.5, 3.0  # measured decay in the unit of |a|
_TURNS = 3.0  # oscillations within a stretch


@dataclass(frozen=True, eq=False)
class Point:
    """An equilibrium, and its slowest mode.

    abscissa : largest real part, in 1/time
    frequency : imaginary part of that mode
    """

    activity: FloatArray
    weights: FloatArray
    abscissa: float
    frequency: float


def point_near(
    net: PlasticNetwork, activity: FloatArray, known: Iterable[Point], near: float = _NEAR
) -> Point | None:
    """Equilibrium that Newton's method reaches from an activity without going far.

    The one among those known where it is there: eigenvalues are dear on large networks.
    """
    polished = newton(net, activity[None], 1.0)
    x = polished.states[0]
    if not polished.converged[0] or np.abs(x - activity).max() > near * _size(x):
        return None
    for point in known:
        if _gap(point.activity, x) <= _SAME:
            return point
    return Point(x, equilibrium_weights(net, x), spectral_abscissa(net, x), _frequency(net, x))


def _frequency(net: PlasticNetwork, x: FloatArray) -> float:
    if not net.decay_is_nodal:
        return 0.0
    matrix = flow_matrix(net, x) if net.weights_follow else reduced_matrix(net, x)
    values = linalg.eigvals(matrix)
    return abs(float(values[int(values.real.argmax())].imag))


def is_same(a: Point, b: Point) -> bool:
    """Whether two equilibria are one."""
    return _gap(a.activity, b.activity) <= _SAME


def _gap(a: FloatArray, b: FloatArray) -> float:
    return float(np.abs(a - b).max()) / _size(a)


def _size(x: FloatArray) -> float:
    return 1.0 + float(np.abs(x).max())


def distance(flow: Flow, state: State, point: Point) -> float:
    """Largest distance of a coordinate from the equilibrium, relative to 1 + |x|."""
    here = flow.whole(state.activity[0], state.weights[0])
    there = flow.whole(point.activity, point.weights)
    return float(np.abs(here - there).max()) / _size(point.activity)


def needed(point: Point) -> float:
    """Distance within which the linearisation decides."""
    near = _LINEAR * min(1.0, abs(point.abscissa))
    # Where the slow mode oscillates, terms of second order average out.
    turning = 0.1 * math.sqrt(near) if point.frequency > 10.0 * abs(point.abscissa) else 0.0
    return max(near, turning)


def decays_to(flow: Flow, look: Look, point: Point) -> bool:
    """Whether a window shows the decay to a stable equilibrium that its slowest mode implies."""
    if point.abscissa >= 0.0 or distance(flow, look.end, point) > _AROUND:
        return False
    stretch = look.window / 3.0
    turning = point.frequency * stretch > 2.0 * math.pi * _TURNS
    pace = abs(point.abscissa)
    if pace * stretch < (0.05 if turning else 1.0):
        return False
    apart = np.abs(look.values - point.activity).max(axis=1) / _size(point.activity)
    parts = np.array_split(apart, 3)
    peaks = [float(part.max()) for part in parts]
    if peaks[0] > _AROUND or not min(peaks) > 1e-12:
        return False
    rates = [math.log(a / b) / stretch for a, b in itertools.pairwise(peaks)]
    return all(_SLOWEST * pace <= rate <= _FASTEST * pace for rate in rates)
