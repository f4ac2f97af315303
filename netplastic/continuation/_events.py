"""Special points between two points of a curve: found by counting, located by root finding.

The test function for a zero eigenvalue is the inertia (how many eigenvalues of dF/dx are
negative), never the sign of a determinant, which a double eigenvalue leaves unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.polynomial import polynomial
from scipy import linalg, optimize

from netplastic._support import FloatArray

from ._arclength import Point, make_point, solve_at
from ._problem import Problem

__all__ = ["Event", "hopf_events", "kernel_of", "singular_events", "turning_point"]

_CLUSTER = 1e-5
_NODES = (-0.4, -0.2, 0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.2, 1.4)


@dataclass(frozen=True, eq=False)
class Event:
    """A special point on a curve.

    Attributes
    ----------
    kind : {"fold", "branch point", "hopf"}
    length : float
        Arclength from the point before.
    point : Point
    dimension : int
        Of the kernel of dF/dx; for a Hopf point of the centre subspace.
    frequency : float
        Angular frequency of a Hopf point, in 1/time; else 0.
    """

    kind: Literal["fold", "branch point", "hopf"]
    length: float
    point: Point
    dimension: int
    frequency: float = 0.0


def kernel_of(
    problem: Problem, x: FloatArray, p: float, dimension: int
) -> tuple[FloatArray, FloatArray]:
    """Orthonormal bases (n, d) of the right and left near-null spaces of dF/dx."""
    u, _, vt = linalg.svd(problem.system(x, p)[1])
    return vt[-dimension:].T, u[:, -dimension:]


def turning_point(problem: Problem, here: Point, there: Point) -> Event | None:
    """Where the parameter turns between two points: a fold, or the vertex of a pitchfork.

    At a fold dF/dq is outside the range of dF/dx, at a branch point inside: w . dF/dq = 0 for
    every left null vector w.
    """
    found = _interpolated_turn(problem, here, there)
    if found is None:
        return None
    length, point = found
    p = point.z[-1] * problem.scale
    singular = linalg.svdvals(problem.system(point.x, p)[1])
    dimension = max(1, int(np.count_nonzero(singular < 3e-4 * max(1.0, singular[0]))))
    _, left = kernel_of(problem, point.x, p, dimension)
    slope = problem.derivative(point.x, p)
    inside = float(np.abs(left.T @ slope).max()) <= 1e-4 * max(1e-3, float(np.linalg.norm(slope)))
    if dimension > 1 or inside:
        return Event("branch point", length, point, dimension)
    refined = _refine_fold(problem, point)
    return Event("fold", length, refined or point, 1)


def _interpolated_turn(problem: Problem, here: Point, there: Point) -> tuple[float, Point] | None:
    """Where q turns on the polynomial through points of the curve on either side.

    Not by solving there: at the vertex of a pitchfork two curves meet, and a solver that is asked
    for a point in their midst returns one of either. The curve itself is smooth, so points at some
    distance determine it.
    """
    span = _arc_between(here, there)
    first = span * here.tangent[-1] / (here.tangent[-1] - there.tangent[-1])
    nodes, states = [], []
    for part in _NODES:
        if abs(part * span - first) < 0.12 * span:
            continue
        z = here.z if part == 0.0 else solve_at(problem, here, part * span)
        if z is not None and float(np.linalg.norm(z - here.z)) < 3.0 * span:
            nodes.append(part)
            states.append(z)
    if len(nodes) < 4:
        return None
    # Centred at 1/2 and scaled, the polynomial basis is well conditioned.
    shape = polynomial.polyfit(np.array(nodes) - 0.5, np.array(states), len(nodes) - 1)
    change = polynomial.polyder(shape)
    root = _root_between(lambda t: float(polynomial.polyval(t - 0.5, change[:, -1])), -0.3, 1.3)
    if root is None:
        return None
    z = np.asarray(polynomial.polyval(root - 0.5, shape))
    along = np.asarray(polynomial.polyval(root - 0.5, change))
    return root * span, Point(z, along / np.linalg.norm(along), here.index)


def singular_events(problem: Problem, here: Point, there: Point) -> list[Event]:
    """Branch points between two points between which the parameter does not turn."""
    low, high = sorted((here.index, there.index))
    if low == high:
        return []
    span = _arc_between(here, there)
    roots = [_crossing(problem, here, number, span) for number in range(low, high)]
    settled = sorted(root for root in roots if root is not None)
    events: list[Event] = []
    while settled:
        group = [root for root in settled if root - settled[0] <= _CLUSTER * max(1.0, span)]
        settled = settled[len(group) :]
        event = _branch_point(problem, here, group, span)
        if event is not None:
            events.append(event)
    return events


def hopf_events(problem: Problem, here: Point, there: Point, zeros: list[float]) -> list[Event]:
    """Hopf points between two points; `zeros` are arclengths of zero eigenvalues between them."""
    span = _arc_between(here, there)
    gap = 1e-4 * span
    cuts = [0.0, *[cut for zero in sorted(zeros) for cut in (zero - gap, zero + gap)], span]
    events: list[Event] = []
    for low, high in zip(cuts[::2], cuts[1::2], strict=True):
        if low < high:
            events.extend(_hopf_in(problem, here, max(low, 0.0), min(high, span)))
    return events


def _hopf_in(problem: Problem, here: Point, low: float, high: float) -> list[Event]:
    before, after = (_growth(problem, here, length) for length in (low, high))
    if before is None or after is None:
        return []
    counts = sorted(int(np.count_nonzero(values.real > 0.0)) for values in (before, after))
    events: list[Event] = []
    for number in range(counts[0], counts[1], 2):

        def part(length: float, number: int = number) -> float:
            values = _growth(problem, here, length)
            return np.nan if values is None else float(values[number].real)

        root = _root_between(part, low, high)
        if root is None:
            continue
        values, point = _growth(problem, here, root), _point_at(problem, here, root)
        if values is None or point is None or abs(values[number].imag) < 1e-6:
            continue
        if events and abs(events[-1].length - root) < _CLUSTER:
            continue
        critical = np.abs(values.real) < 1e-6 * max(1.0, float(np.abs(values).max()))
        dimension = max(2, int(np.count_nonzero(critical & (np.abs(values.imag) > 1e-6))))
        events.append(Event("hopf", root, point, dimension, abs(float(values[number].imag))))
    return events


def _growth(
    problem: Problem, here: Point, length: float
) -> np.ndarray[tuple[int], np.dtype[np.complex128]] | None:
    z = here.z if length == 0.0 else solve_at(problem, here, length)
    return None if z is None else problem.growth(z[:-1], z[-1] * problem.scale)


def _crossing(problem: Problem, here: Point, number: int, span: float) -> float | None:
    """Arclength at which eigenvalue `number` (increasing order) is zero."""

    def value(length: float) -> float:
        z = here.z if length == 0.0 else solve_at(problem, here, length)
        if z is None:
            return np.nan
        values = problem.eigenvalues(z[:-1], z[-1] * problem.scale)
        return float(values[number]) if number < len(values) else 1.0

    return _root(value, span)


def _branch_point(problem: Problem, here: Point, group: list[float], span: float) -> Event | None:
    """Sharpen a (multiple) zero: eigenvalues that cross together have a smooth mean."""
    number = len(group)

    def mean(length: float) -> float:
        z = here.z if length == 0.0 else solve_at(problem, here, length)
        if z is None:
            return np.nan
        values = problem.eigenvalues(z[:-1], z[-1] * problem.scale)
        nearest = np.argsort(np.abs(values))[:number]
        return float(values[nearest].mean())

    middle = float(np.mean(group))
    width = max(1e-3 * span, 2.0 * (group[-1] - group[0]))
    root = _root_between(mean, max(0.0, middle - width), min(span, middle + width))
    length = middle if root is None else root
    point = _point_at(problem, here, length)
    if point is None:
        return None
    sizes = problem.sizes(point.x, point.z[-1] * problem.scale)
    if float(sizes[0]) > 1e-5:
        return None  # a pair of complex eigenvalues crossed the imaginary axis: no singularity
    if not problem.gradient:  # such a pair may cross next to a zero eigenvalue
        number = min(number, int(np.count_nonzero(sizes < 1e-3)))
    dimension = max(number, int(np.count_nonzero(sizes < 1e-7)))
    return Event("branch point", length, point, dimension)


def _refine_fold(problem: Problem, point: Point) -> Point | None:
    """Newton's method on F = 0, F_x v = 0, c . v = 1 (Moore & Spence 1980)."""
    n = problem.n
    p = float(point.z[-1] * problem.scale)
    v = kernel_of(problem, point.x, p, 1)[0][:, 0]
    anchor, x, q = v.copy(), point.x.copy(), float(point.z[-1])
    for _ in range(12):
        value, matrix = problem.system(x, q * problem.scale)
        right = np.concatenate([value, matrix @ v, [anchor @ v - 1.0]])
        system = np.zeros((2 * n + 1, 2 * n + 1))
        system[:n, :n], system[:n, -1] = matrix, problem.derivative(x, q * problem.scale)
        system[n : 2 * n, :n] = _second(problem, x, q * problem.scale, v)
        system[n : 2 * n, n : 2 * n] = matrix
        system[n : 2 * n, -1] = _mixed(problem, x, q * problem.scale, v)
        system[-1, n : 2 * n] = anchor
        try:
            change = np.linalg.solve(system, right)
        except np.linalg.LinAlgError:
            return None
        x, v, q = x - change[:n], v - change[n : 2 * n], q - float(change[-1])
        size = float(np.abs(change).max())
        if not size < 1.0:
            return None
        if size < 1e-11:
            break
    else:
        return None
    z = np.append(x, q)
    if float(np.linalg.norm(z - point.z)) > 1e-3:
        return None
    tangent = np.append(v / np.linalg.norm(v), 0.0)
    side = 1.0 if float(tangent @ point.tangent) >= 0.0 else -1.0
    return Point(z, side * tangent, point.index)


def _second(problem: Problem, x: FloatArray, p: float, v: FloatArray) -> FloatArray:
    """Matrix of d(F_x v)/dx by central differences."""
    h, n = 1e-6, problem.n
    matrix = np.empty((n, n))
    for i in range(n):
        shift = np.zeros(n)
        shift[i] = h
        above, below = problem.system(x + shift, p)[1], problem.system(x - shift, p)[1]
        matrix[:, i] = (above - below) @ v / (2.0 * h)
    return matrix


def _mixed(problem: Problem, x: FloatArray, p: float, v: FloatArray) -> FloatArray:
    h = 1e-5 * max(1.0, abs(p))
    if problem.family.positive:
        h = min(h, 0.01 * p)
    above, below = problem.system(x, p + h)[1], problem.system(x, p - h)[1]
    return np.asarray(problem.scale * (above - below) @ v / (2.0 * h))


def _arc_between(here: Point, there: Point) -> float:
    """Arclength coordinate, along the tangent of `here`, at which `there` was found."""
    return float((there.z - here.z) @ here.tangent)


def _point_at(problem: Problem, here: Point, length: float) -> Point | None:
    z = here.z if length == 0.0 else solve_at(problem, here, length)
    return None if z is None else make_point(problem, z, here.tangent, careful=True)


def _root(function: Callable[[float], float], span: float) -> float | None:
    return _root_between(function, 0.0, span)


def _root_between(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Zero of a function that changes sign, or None; NaN (no solution there) gives None."""
    at_low, at_high = function(low), function(high)
    if not (np.isfinite(at_low) and np.isfinite(at_high)) or at_low * at_high > 0.0:
        return None
    try:
        root = optimize.brentq(function, low, high, xtol=1e-13, rtol=1e-13, maxiter=80)
    except (RuntimeError, ValueError):
        return _bisect(function, low, high, at_low)
    return float(root) if np.isfinite(root) else _bisect(function, low, high, at_low)


def _bisect(
    function: Callable[[float], float], low: float, high: float, at_low: float
) -> float | None:
    """Bisection that steps around points where the function has no value."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        value = function(middle)
        if not np.isfinite(value):
            middle = low + 0.382 * (high - low)
            value = function(middle)
        if not np.isfinite(value):
            break
        if value * at_low > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
