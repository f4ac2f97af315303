"""From traced curves to numbered branches: symmetric images, order, labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, IntArray

from ._arclength import End
from ._diagram import Branch, SpecialPoint
from ._events import Event
from ._explore import Explorer, Junction, Traced

__all__ = ["assemble"]

_MOST_BRANCHES = 3000
_SAME_ALONG = 2e-5


@dataclass(frozen=True, eq=False, kw_only=True)
class _Oriented:
    """A curve as arrays, from the end nearer to the start of the range."""

    value: FloatArray
    activity: FloatArray
    unstable: IntArray
    index: IntArray
    start: End
    end: End
    events: list[tuple[int, Event]]


def assemble(explorer: Explorer, start: float) -> tuple[list[Branch], list[SpecialPoint]]:
    """Branches and special points in an order that does not depend on how they were found.

    Branches are ordered by how far from the start of the range they begin, then by their states;
    the images of one curve follow each other. Where there would be more than a few thousand, one
    of each orbit is listed and says how many it stands for.
    """
    snapped = _snapped(explorer)
    curves = sorted(
        (_oriented(explorer, t, start) for t in snapped), key=lambda c: _rank(explorer, c, start)
    )
    images = [explorer.symmetry.copies(_sample(c.activity), _SAME_ALONG) for c in curves]
    expand = sum(len(i) for i in images) <= _MOST_BRANCHES
    branches: list[Branch] = []
    points: list[SpecialPoint] = []
    for orbit, (curve, permutations) in enumerate(zip(curves, images, strict=True)):
        copies = 1 if expand else len(permutations)
        for permutation in _in_order(curve, permutations) if expand else permutations[:1]:
            branches.append(_branch(explorer, curve, permutation, len(branches), orbit, copies))
            for _, event in curve.events:
                points.append(_special(explorer, event, permutation, branches[-1], expand))
    points += [
        p for j in explorer.junctions if not j.sharp for p in _blurred(explorer, j, branches)
    ]
    return branches, _distinct(points, start)


def _sample(activity: FloatArray) -> FloatArray:
    """Enough points of a curve to tell its images apart.

    Not the ends, which may lie in branch points, where rounding blurs symmetries.
    """
    inner = activity[2:-2] if len(activity) > 6 else activity
    picks = np.unique(np.linspace(0, len(inner) - 1, min(len(inner), 24)).astype(int))
    return np.asarray(inner[picks])


def _snapped(explorer: Explorer) -> list[Traced]:
    """Put ends of curves exactly where their branch points have since been located."""
    from dataclasses import replace

    result = []
    for traced in explorer.curves:
        points = list(traced.curve.points)
        for place, end in ((0, traced.curve.start), (-1, traced.curve.end)):
            if end is not End.JUNCTION:
                continue
            junction = explorer.junction_near(points[place].z)
            if junction is not None:
                x = explorer.symmetry.aligned(junction.z[:-1], points[place].x)
                points[place] = replace(points[place], z=np.append(x, junction.z[-1]))
        curve = replace(traced.curve, points=tuple(points))
        result.append(Traced(curve, traced.unstable, traced.events))
    return result


def _oriented(explorer: Explorer, traced: Traced, start: float) -> _Oriented:
    points = traced.curve.points
    value = np.array([p.z[-1] for p in points]) * explorer.problem.scale
    activity = np.array([p.x for p in points])
    index = np.array([p.index for p in points])
    unstable = np.array(traced.unstable)
    ends = traced.curve.start, traced.curve.end
    near = [
        (
            round(abs(value[k] - start), 7),
            tuple(-np.round(explorer.symmetry.canonical(activity[k]), 6)),
        )
        for k in (0, -1)
    ]
    events = traced.events
    if near[1] < near[0]:
        value, activity, index, unstable = value[::-1], activity[::-1], index[::-1], unstable[::-1]
        ends = ends[1], ends[0]
        events = [(len(points) - 1 - i, e) for i, e in reversed(events)]
    return _Oriented(
        value=value,
        activity=activity,
        unstable=unstable,
        index=index,
        start=ends[0],
        end=ends[1],
        events=events,
    )


def _rank(explorer: Explorer, curve: _Oriented, start: float) -> tuple[object, ...]:
    first, last = (explorer.symmetry.canonical(curve.activity[k]) for k in (0, -1))
    return (
        round(abs(float(curve.value[0]) - start), 6),
        tuple(-np.round(first, 5)),
        tuple(-np.round(last, 5)),
    )


def _in_order(curve: _Oriented, permutations: IntArray) -> IntArray:
    sample = np.round(curve.activity[[-1, len(curve.activity) // 2]], 5)
    keys = [tuple(-sample[:, permutation].ravel()) for permutation in permutations]
    return permutations[sorted(range(len(keys)), key=keys.__getitem__)]


def _branch(
    explorer: Explorer,
    curve: _Oriented,
    permutation: IntArray,
    number: int,
    orbit: int,
    copies: int,
) -> Branch:
    activity = curve.activity[:, permutation]
    family = explorer.problem.family
    if family.name == "gain":
        rates = np.array(
            [family.at(v).activation.rate(x) for v, x in zip(curve.value, activity, strict=True)]
        )
    else:
        rates = family.net.activation.rate(activity)
    return Branch(
        number=number,
        orbit=orbit,
        copies=copies,
        parameter=curve.value.copy(),
        activity=activity,
        rates=rates,
        unstable=curve.unstable.copy(),
        index=curve.index.copy(),
        start=curve.start,
        end=curve.end,
    )


def _special(
    explorer: Explorer, event: Event, permutation: IntArray, branch: Branch, expand: bool
) -> SpecialPoint:
    value = float(event.point.z[-1] * explorer.problem.scale)
    kind: str = event.kind
    if kind == "branch point":
        junction = explorer.junction_near(event.point.z)
        kind = junction.kind if junction is not None else "transcritical"
    return SpecialPoint(
        kind=kind,
        value=value,
        activity=event.point.x[permutation],
        branch=branch.number,
        kernel_dimension=event.dimension,
        frequency=event.frequency if event.kind == "hopf" else float("nan"),
        located=True,
        copies=1 if expand else explorer.symmetry.count(event.point.x),
    )


def _blurred(explorer: Explorer, junction: Junction, branches: list[Branch]) -> list[SpecialPoint]:
    """Branch points that no curve passes straight through: known from the ends of branches."""
    value = float(junction.z[-1] * explorer.problem.scale)
    found = []
    for branch in branches:
        for place, end in ((0, branch.start), (-1, branch.end)):
            x = branch.activity[place]
            near = abs(branch.parameter[place] - value) < 1e-3 * explorer.problem.scale
            if (
                end is End.JUNCTION
                and near
                and explorer.symmetry.distance(x, junction.z[None, :-1])[0] < 1e-3
            ):
                found.append(
                    SpecialPoint(
                        kind=junction.kind,
                        value=value,
                        activity=x,
                        branch=branch.number,
                        kernel_dimension=junction.dimension,
                        frequency=float("nan"),
                        located=False,
                        copies=branch.copies,
                    )
                )
    return found


def _distinct(points: list[SpecialPoint], start: float) -> list[SpecialPoint]:
    """Each place once, under its lowest branch, in order along the range."""
    kept: list[SpecialPoint] = []
    for point in sorted(points, key=lambda p: (round(abs(p.value - start), 6), p.branch, p.kind)):
        tolerance = 1e-6 if point.located else 1e-3
        known = any(
            other.kind == point.kind
            and abs(other.value - point.value) <= tolerance * max(1.0, abs(point.value))
            and float(np.abs(other.activity - point.activity).max()) <= 10.0 * tolerance
            for other in reversed(kept)
        )
        if not known:
            kept.append(point)
    return kept
