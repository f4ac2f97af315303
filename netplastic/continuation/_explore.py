"""Exploring a diagram: from seeds to curves, from curves to branch points, and on from there."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from netplastic._support import FloatArray, Halt
from netplastic.stability import learning_rate_crossings

from ._arclength import Curve, End, Point, Steps, make_point, reversed_point, solve_at, trace
from ._events import Event, hopf_events, singular_events, turning_point
from ._images import Symmetry
from ._normal_forms import branch_point_kind
from ._problem import Problem
from ._switching import leaving_states

__all__ = ["Explorer", "Junction", "Traced", "state_between", "straddling"]

_SAME_JUNCTION = 2e-3
_SAME_STATE = 1e-5
_POINTS = 41  # along the learning rate


@dataclass(eq=False)
class Junction:
    """A branch point; `sharp` once located on a curve that passes straight through it."""

    z: FloatArray
    dimension: int
    kind: str
    sharp: bool
    switched: bool = False


@dataclass(eq=False)
class Traced:
    """One curve with its special points; `unstable` counts growing modes at each point."""

    curve: Curve
    unstable: list[int]
    events: list[tuple[int, Event]] = field(default_factory=list)

    @property
    def q(self) -> FloatArray:
        """Scaled parameter of every point."""
        return np.array([point.z[-1] for point in self.curve.points])


class Explorer:
    """Traces every curve that the seeds and the branch points lead to, one of each orbit.

    Parameters
    ----------
    problem : Problem
    symmetry : Symmetry
    span : tuple of float
        Least and greatest q.
    steps : Steps
    hopf : bool
        Whether to look for Hopf points.
    most_curves : int
        Limit; reaching it sets `truncated`.
    halt : Halt or None
        When to stop: `left` then counts the starting points that were not followed.

    Attributes
    ----------
    whole : int
        Curves are followed in the order of how many branch points lie between them and a seed; all
        of those with fewer than so many are there.
    """

    def __init__(
        self,
        problem: Problem,
        symmetry: Symmetry,
        span: tuple[float, float],
        steps: Steps,
        hopf: bool,
        most_curves: int,
        halt: Halt | None = None,
    ) -> None:
        self.problem, self.symmetry, self.span, self.steps = problem, symmetry, span, steps
        self.hopf, self.most_curves = hopf, most_curves
        self.curves: list[Traced] = []
        self.junctions: list[Junction] = []
        self.halt = Halt() if halt is None else halt
        self.truncated = False
        self.left, self.whole, self.halted = 0, 0, False
        self.failed_seeds: list[FloatArray] = []

    def add(self, seeds: list[FloatArray]) -> None:
        """Trace the curves through seeds (x, q) that lie on no known curve, and what branches
        off."""
        queue = deque((seed, 0) for seed in seeds)
        while queue:
            seed, generation = queue.popleft()
            self.whole = generation
            if self.halt.now:
                self.left, self.halted = self.left + len(queue) + 1, True
                return
            self.halt.tell(0.0)
            if self.contains(seed):
                continue
            if len(self.curves) >= self.most_curves:
                self.truncated = True
                return
            self._trace_through(seed)
            for junction in self.junctions:
                if not junction.switched and not self.halt.now:
                    junction.switched = True
                    leaving = leaving_states(
                        self.problem, self.symmetry, junction.z, junction.dimension
                    )
                    queue.extend(
                        (z, generation + 1)
                        for z in leaving
                        if self.span[0] <= z[-1] <= self.span[1]
                    )
        self.halted = any(t.curve.end is End.HALTED for t in self.curves)
        self.whole += 1

    def contains(self, z: FloatArray) -> bool:
        """Whether a solution lies on a traced curve, up to symmetry."""
        states = [state for traced in self.curves for state in self._near(traced, z)]
        return (
            bool(states)
            and float(self.symmetry.distance(z[:-1], np.array(states)).min()) < _SAME_STATE
        )

    def _near(self, traced: Traced, z: FloatArray) -> list[FloatArray]:
        """States of a curve at the parameter of z that may be z itself."""
        points, q = traced.curve.points, traced.q
        # Interpolation errs by at most about a tenth of a step.
        hits = straddling(q, float(z[-1]))
        if not len(hits):
            return []
        guesses = np.array([_interpolated(points[i], points[i + 1], float(z[-1])) for i in hits])
        gaps = self.symmetry.distance(z[:-1], guesses)
        found = []
        for i, gap in zip(hits, gaps, strict=True):
            if gap < 0.5 * self.steps.largest:
                state = state_between(self.problem, points[i], points[i + 1], float(z[-1]))
                if state is not None:
                    found.append(state)
        return found

    def _trace_through(self, z: FloatArray) -> None:
        if self.problem.family.name == "learning_rate":
            self.curves.append(self._along_rates(z[:-1]))
            return
        upward = np.zeros(self.problem.n + 1)
        upward[-1] = 1.0
        basis = self.symmetry.fixed_basis(z[:-1])
        problem = self.problem.within(basis)
        z = np.append(basis @ (basis.T @ z[:-1]), z[-1])
        seed = make_point(problem, z, upward)
        if seed is None:
            self.failed_seeds.append(z)
            return
        ahead, end = self._half(problem, seed)
        if end is End.CLOSED:
            points, start = [seed, *ahead], End.CLOSED
        else:
            behind, start = self._half(problem, reversed_point(seed))
            points = [*(reversed_point(p) for p in reversed(behind)), seed, *ahead]
        curve = Curve(tuple(_without_repeats(points)), start, end)
        if len(curve.points) < 2:
            self.failed_seeds.append(z)
            return
        self.curves.append(self._examined(problem, curve))

    def _along_rates(self, x: FloatArray) -> Traced:
        points, end, events = _points_along_rates(self.problem, x, self.span)
        scale = self.problem.scale
        unstable = [self.problem.unstable(p.x, p.z[-1] * scale) for p in points]
        return Traced(Curve(tuple(points), end, end), unstable, events if self.hopf else [])

    def _half(self, problem: Problem, seed: Point) -> tuple[list[Point], End]:
        edge = self.span[1] if seed.tangent[-1] > 0.0 else self.span[0]
        if abs(float(seed.z[-1]) - edge) < 1e-12:
            return [], End.RANGE
        at_turn = partial(self._at_turn, problem)
        return trace(problem, seed, self.span, self.steps, at_turn, self.halt)

    def _at_turn(self, problem: Problem, here: Point, there: Point) -> Point | None:
        event = turning_point(problem, here, there)
        if event is None or event.kind == "fold":
            return None
        junction = self._junction(event.point.z, event.dimension, sharp=False)
        x = self.symmetry.aligned(junction.z[:-1], event.point.x)
        return replace(event.point, z=np.append(x, junction.z[-1]))

    def _junction(self, z: FloatArray, dimension: int, sharp: bool) -> Junction:
        """Return the known branch point at z, or a new one; a sharper location replaces a blurred
        one."""
        for known in self.junctions:
            if abs(known.z[-1] - z[-1]) < _SAME_JUNCTION:
                gap = float(self.symmetry.distance(z[:-1], known.z[None, :-1])[0])
                if gap < (_SAME_JUNCTION if not (sharp and known.sharp) else 1e-5):
                    if sharp and not known.sharp:
                        known.z, known.sharp = z, True
                        known.dimension, known.kind = dimension, self._kind(z, dimension)
                    return known
        fresh = Junction(z, dimension, self._kind(z, dimension), sharp)
        self.junctions.append(fresh)
        return fresh

    def junction_near(self, z: FloatArray) -> Junction | None:
        """Return the branch point at a solution, up to symmetry."""
        best, least = None, _SAME_JUNCTION
        for known in self.junctions:
            gap = abs(float(known.z[-1] - z[-1]))
            if gap < least:
                gap = max(gap, float(self.symmetry.distance(z[:-1], known.z[None, :-1])[0]))
                if gap < least:
                    best, least = known, gap
        return best

    def _kind(self, z: FloatArray, dimension: int) -> str:
        return branch_point_kind(self.problem, z[:-1], float(z[-1]) * self.problem.scale, dimension)

    def _examined(self, problem: Problem, curve: Curve) -> Traced:
        """Find the special points of a curve and put them among its points."""
        points: list[Point] = [curve.points[0]]
        events: list[tuple[int, Event]] = []
        end = curve.end
        unstable = [self._growing(problem, curve.points[0])]
        last = len(curve.points) - 1
        for i, (here, there) in enumerate(itertools.pairwise(curve.points)):
            if self.halt.now:
                end = End.HALTED
                break
            before, after = unstable[-1], self._growing(problem, there)
            at_junction = (i == 0 and curve.start is End.JUNCTION) or (
                i + 1 == last and curve.end is End.JUNCTION
            )
            # At the vertex itself the spectrum is singular by construction.
            found = [] if at_junction else self._between(problem, (here, there), (before, after))
            for event in sorted(found, key=lambda e: e.length):
                events.append((len(points), event))
                points.append(event.point)
                unstable.append(min(before, after))
            points.append(there)
            unstable.append(after)
        whole = Curve(tuple(points), curve.start, end)
        return Traced(whole, unstable, events)

    def _growing(self, problem: Problem, point: Point) -> int:
        return problem.unstable(point.x, point.z[-1] * problem.scale)

    def _between(
        self, problem: Problem, ends: tuple[Point, Point], counts: tuple[int, int]
    ) -> list[Event]:
        (here, there), (before, after) = ends, counts
        found: list[Event] = []
        if here.tangent[-1] * there.tangent[-1] < 0.0:
            turn = turning_point(problem, here, there)
            if turn is not None and turn.kind == "fold":
                found.append(turn)
        elif here.index != there.index:
            for event in singular_events(problem, here, there):
                junction = self._junction(event.point.z, event.dimension, sharp=True)
                found.append(replace(event, dimension=junction.dimension))
        if self.hopf and before != after:
            zeros = [event.length for event in found]
            if abs(after - before) != sum(event.dimension for event in found) or not found:
                found.extend(hopf_events(problem, here, there, zeros))
        return found


def _without_repeats(points: list[Point]) -> list[Point]:
    kept = points[:1]
    for point in points[1:]:
        if float(np.linalg.norm(point.z - kept[-1].z)) > 1e-10:
            kept.append(point)
    return kept


def straddling(q: FloatArray, value: float) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Numbers i of the segments (i, i + 1) on which the parameter takes a value."""
    low, high = np.minimum(q[:-1], q[1:]), np.maximum(q[:-1], q[1:])
    return np.flatnonzero((low <= value) & (value <= high))


def _interpolated(here: Point, there: Point, value: float) -> FloatArray:
    """State at a parameter value by cubic Hermite interpolation in arclength."""
    chord = there.z - here.z
    length = float(np.linalg.norm(chord))
    low, high = 0.0, 1.0

    def at(s: float) -> FloatArray:
        a, b = 2 * s**3 - 3 * s**2 + 1, s**3 - 2 * s**2 + s
        c, d = -2 * s**3 + 3 * s**2, s**3 - s**2
        return np.asarray(
            a * here.z + b * length * here.tangent + c * there.z + d * length * there.tangent
        )

    rising = there.z[-1] >= here.z[-1]
    for _ in range(40):
        middle = 0.5 * (low + high)
        if (at(middle)[-1] < value) == rising:
            low = middle
        else:
            high = middle
    return at(0.5 * (low + high))[:-1]


def state_between(problem: Problem, here: Point, there: Point, value: float) -> FloatArray | None:
    """Return the solution at parameter q = value on the piece of curve between two points."""
    if value == here.z[-1]:
        return here.x
    if value == there.z[-1]:
        return there.x
    guess = _interpolated(here, there, value)
    state = problem.newton(guess, value * problem.scale)
    reach = 0.2 * float(np.linalg.norm(there.z - here.z)) + 1e-8
    if state is not None and float(np.linalg.norm(state - guess)) <= reach:
        return state
    return _by_arclength(problem, here, there, value)


def _by_arclength(problem: Problem, here: Point, there: Point, value: float) -> FloatArray | None:
    """Next to folds and branch points, where solving at a fixed parameter fails."""
    low, high = 0.0, float((there.z - here.z) @ here.tangent)
    rising = there.z[-1] >= here.z[-1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        z = solve_at(problem, here, middle)
        if z is None:
            return None
        if (z[-1] < value) == rising:
            low = middle
        else:
            high = middle
    z = solve_at(problem, here, 0.5 * (low + high))
    return None if z is None else z[:-1]


def _points_along_rates(
    problem: Problem, x: FloatArray, span: tuple[float, float]
) -> tuple[list[Point], End, list[tuple[int, Event]]]:
    """Points and Hopf points of one equilibrium over a range of learning rates.

    All crossings come from `learning_rate_crossings`, not from the points.
    """
    scale, n = problem.scale, problem.n
    low, high = (edge * scale for edge in span)
    found = learning_rate_crossings(problem.family.net, x)
    inside = (found.rates > low) & (found.rates < high)
    along = np.zeros(n + 1)
    along[-1] = 1.0
    index = problem.index(x, low)

    def point(rate: float) -> Point:
        return Point(np.append(x, rate / scale), along, index)

    grid = np.linspace(low, high, _POINTS)
    rates = np.unique(np.concatenate([grid, found.rates[inside]]))
    events = []
    jumps = np.abs(np.diff(found.unstable))
    for rate, frequency, jump in zip(
        found.rates[inside], found.frequencies[inside], jumps[inside], strict=True
    ):
        at = int(np.searchsorted(rates, rate))
        events.append((at, Event("hopf", 0.0, point(rate), int(jump), float(frequency))))
    return [point(float(rate)) for rate in rates], End.RANGE, events
