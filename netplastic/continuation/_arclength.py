"""Pseudo-arclength continuation: follow a curve F(x, q) = 0 through folds.

A step predicts along the unit tangent t and corrects in the hyperplane across it (Keller 1977):

    F(x, q) = 0,    t . ((x, q) - predicted) = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import FloatArray, Halt, Status, check_count, check_positive

from ._problem import Problem

__all__ = [
    "Curve",
    "End",
    "Point",
    "Steps",
    "correct",
    "make_point",
    "solve_at",
    "tangent_at",
    "trace",
]


class End(Status):
    """Why a curve ends where it does; members carry a sentence and a remedy."""

    RANGE = (
        "end of range",
        "The parameter reached an end of the range.",
        "Nothing is left to do.",
    )
    JUNCTION = (
        "branch point",
        "The curve starts or ends in a branch point.",
        "Nothing is left to do.",
    )
    CLOSED = (
        "closed",
        "The curve closed upon itself.",
        "Nothing is left to do.",
    )
    POINTS = (
        "too many points",
        "The limit on the number of points was reached.",
        "Raise Steps(points=...), or take longer steps with Steps(largest=...).",
    )
    STEP = (
        "step too small",
        "Newton's method failed even at the smallest step.",
        "Lower Steps(smallest=...), or look for a pole or a degenerate point near the state named.",
    )
    HALTED = (
        "out of time",
        "The budget or Ctrl-C ended the search on this curve.",
        "Raise Search(seconds=...), or shorten the range.",
    )
    DIVERGED = (
        "diverged",
        "The state ran away to infinity.",
        "Shorten the range: an equilibrium escapes there (a pole of the rule).",
    )

    @property
    def complete(self) -> bool:
        """Whether nothing of the curve inside the range is missing."""
        return self in (End.RANGE, End.JUNCTION, End.CLOSED)


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Step control of a continuation, in the scaled coordinates (x, parameter / scale).

    Parameters
    ----------
    largest, smallest, first : float
        Limits and first value of the arclength of a step.
    points : int
        Most points on one curve.
    angle : float
        Most that the tangent may turn in a step, in radians.
    bound : float
        Activity beyond which a curve counts as diverged.

    Examples
    --------
    >>> Steps(largest=0.05).points
    4000
    """

    largest: float = 0.1
    smallest: float = 1e-7
    first: float = 0.01
    points: int = 4000
    angle: float = 0.3
    bound: float = 1e6

    def __post_init__(self) -> None:
        for name in ("largest", "smallest", "first", "bound", "angle"):
            check_positive(name, getattr(self, name))
        check_count("points", self.points, least=2)
        if not self.smallest <= self.first <= self.largest:
            raise ValueError(
                "Steps needs 0 < smallest <= first <= largest; got "
                f"{self.smallest}, {self.first}, {self.largest}."
            )
        if not self.angle < 1.5:
            raise ValueError(f"angle must be below 1.5 (radians); found {self.angle}")


@dataclass(frozen=True, eq=False)
class Point:
    """A solution on a curve: state z = (x, q), unit tangent, spectrum counts."""

    z: FloatArray
    tangent: FloatArray
    index: int

    @property
    def x(self) -> FloatArray:
        """Activity."""
        return self.z[:-1]


@dataclass(frozen=True, eq=False)
class Curve:
    """Points in order of arclength, and why the curve stops at either end."""

    points: tuple[Point, ...]
    start: End
    end: End


def _solve(matrix: FloatArray, right: FloatArray, careful: bool) -> FloatArray | None:
    """Solve a bordered system; `careful` drops directions in which it is singular.

    At a branch point the bordered matrix is singular and its kernel is where the curves part:
    staying put in it is staying on the curve one came along.
    """
    if careful:
        return np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-9)[0])
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None


def correct(
    problem: Problem, guess: FloatArray, normal: FloatArray, careful: bool = False
) -> tuple[FloatArray, int] | None:
    """Newton's method in the hyperplane through `guess` across `normal`.

    Returns the solution and the number of iterations, or None.
    """
    n, z = problem.n, guess.copy()
    last = np.inf
    for iteration in range(1, 13):
        if problem.family.positive and z[n] * problem.scale <= 0.0:
            return None
        value, bordered = bordered_system(problem, z, normal)
        right = np.append(value, normal @ (z - guess))
        # Near a branch point rounding moves the solution by more than any fixed tolerance.
        if iteration > 1 and np.abs(right).max() <= 4e-15 * (1.0 + np.abs(z).max()):
            return z, iteration
        change = _solve(bordered, right, careful)
        size = np.inf if change is None else float(np.linalg.norm(change))
        if change is None or not np.isfinite(size):
            return None
        z = z - lifted(problem, change)
        floor = 1e-12 * (1.0 + float(np.linalg.norm(z)))
        if size <= floor or (iteration > 3 and size <= 1e3 * floor and size > 0.3 * last):
            return z, iteration
        last = size
    return None


def bordered_system(
    problem: Problem, z: FloatArray, row: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """F, and the matrix [F_x, F_q; row], both restricted to the problem's basis if it has one."""
    n, basis = problem.n, problem.basis
    p = z[n] * problem.scale
    value, matrix = problem.system(z[:n], p)
    slope, across = problem.derivative(z[:n], p), row[:n]
    if basis is not None:
        value, slope, across = basis.T @ value, basis.T @ slope, basis.T @ across
        matrix = basis.T @ matrix @ basis
    r = len(value)
    bordered = np.empty((r + 1, r + 1))
    bordered[:r, :r], bordered[:r, r] = matrix, slope
    bordered[r, :r], bordered[r, r] = across, row[n]
    return value, bordered


def lifted(problem: Problem, change: FloatArray) -> FloatArray:
    """Turn a change in restricted coordinates into one of (x, q)."""
    if problem.basis is None:
        return change
    return np.append(problem.basis @ change[:-1], change[-1])


def tangent_at(
    problem: Problem, z: FloatArray, along: FloatArray, careful: bool = False
) -> FloatArray | None:
    """Unit tangent of the solution curve at z, on the side of `along`."""
    bordered = bordered_system(problem, z, along)[1]
    unit = np.zeros(len(bordered))
    unit[-1] = 1.0
    tangent = _solve(bordered, unit, careful)
    if tangent is None:
        return None
    length = float(np.linalg.norm(tangent))
    tangent = lifted(problem, tangent)
    return tangent / length if np.isfinite(length) and length > 0.0 else None


def make_point(
    problem: Problem, z: FloatArray, along: FloatArray, careful: bool = False
) -> Point | None:
    """Complete a solution z to a point."""
    tangent = tangent_at(problem, z, along, careful)
    if tangent is None:
        return None
    return Point(z, tangent, problem.index(z[:-1], z[-1] * problem.scale))


def solve_at(problem: Problem, start: Point, length: float) -> FloatArray | None:
    """Return the solution in the hyperplane at arclength `length` from a point along its
    tangent."""
    found = correct(problem, start.z + length * start.tangent, start.tangent, careful=True)
    return None if found is None else found[0]


def trace(
    problem: Problem,
    start: Point,
    span: tuple[float, float],
    steps: Steps,
    at_turn: Callable[[Point, Point], Point | None],
    halt: Halt | None = None,
) -> tuple[list[Point], End]:
    """Follow a curve from a point along its tangent.

    Parameters
    ----------
    problem : Problem
    start : Point
    span : tuple of float
        Least and greatest q.
    steps : Steps
    at_turn : callable
        Called with two points between which q turns; returns the branch point at which
        the curve ends there, or None at a fold, which it passes.
    halt : Halt or None
        Asked at every step.

    Returns
    -------
    list of Point
        Without `start`.
    End
    """
    points: list[Point] = []
    here, length = start, steps.first
    while len(points) < steps.points:
        if halt is not None and halt.now:
            return points, End.HALTED
        step = _step(problem, here, length, steps)
        if step is None:
            length *= 0.4
            if length < steps.smallest:
                return points, End.STEP
            continue
        there, iterations = step
        if not span[0] <= there.z[-1] <= span[1]:
            last = _stop_at(problem, here, there, span)
            if last is None:
                length *= 0.4
                if length < steps.smallest:
                    return points, End.STEP
                continue
            return [*points, *last], End.RANGE
        if float(np.abs(there.x).max()) > steps.bound:
            return points, End.DIVERGED
        if here.tangent[-1] * there.tangent[-1] < 0.0:
            junction = at_turn(here, there)
            if junction is not None:
                return [*points, junction], End.JUNCTION
        points.append(there)
        if _closes(start, here, there, len(points)):
            return [*points, start], End.CLOSED
        turned = float(here.tangent @ there.tangent)
        here = there
        if iterations <= 4 and turned > np.cos(0.5 * steps.angle):
            # Saturated rates leave activities that grow without end; steps may grow with them.
            reach = max(1.0, 0.5 * float(np.abs(here.x).max()))
            length = min(1.5 * length, steps.largest * reach)
    return points, End.POINTS


def _step(problem: Problem, here: Point, length: float, steps: Steps) -> tuple[Point, int] | None:
    guess = here.z + length * here.tangent
    found = correct(problem, guess, here.tangent)
    if found is None:
        return None
    z, iterations = found
    # Far corrections and sharp turns are how a continuation jumps to a neighbouring curve.
    if float(np.linalg.norm(z - guess)) > 0.25 * length:
        return None
    point = make_point(problem, z, here.tangent)
    if point is None or float(point.tangent @ here.tangent) < np.cos(steps.angle):
        return None
    if abs(point.index - here.index) > 1 and length > 0.05 * steps.largest:
        return None
    return point, iterations


def _stop_at(
    problem: Problem, here: Point, there: Point, span: tuple[float, float]
) -> list[Point] | None:
    """Last point, exactly at an end of the range."""
    edge = span[0] if there.z[-1] < span[0] else span[1]
    gap = there.z[-1] - here.z[-1]
    if gap == 0.0:
        return None
    part = (edge - here.z[-1]) / gap
    guess = here.z + part * (there.z - here.z)
    x = problem.newton(guess[:-1], edge * problem.scale)
    near = 0.5 * float(np.linalg.norm(there.z - here.z)) + 1e-9
    if x is None or float(np.linalg.norm(x - guess[:-1])) > near:
        return None
    z = np.append(x, edge)
    point = make_point(problem, z, here.tangent)
    return None if point is None else [point]


def _closes(start: Point, here: Point, there: Point, count: int) -> bool:
    """Whether the step from here to there passes the start in its own direction."""
    if count < 8 or float(there.tangent @ start.tangent) < 0.9:
        return False
    chord = there.z - here.z
    length = float(np.linalg.norm(chord))
    along = float((start.z - here.z) @ chord) / length
    across = start.z - here.z - along * chord / length
    return 0.0 <= along <= length and float(np.linalg.norm(across)) < 0.2 * length


def reversed_point(point: Point) -> Point:
    """Return the same point, looking the other way."""
    return replace(point, tangent=-point.tangent)
