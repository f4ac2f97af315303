"""Settling what branch and prune leaves near a bifurcation.

Around a box that could not be settled a tube is sought in which all roots lie on one curve (see
`_reduction`) and some derivative g^(r), r <= 3, of the scalar equation along it has no zero. Then
at most r roots lie in the tube, and signs of g often tell how many exactly (see `_zeros`). The
tube is made as long as the proof allows, so that one tube settles a whole cluster of boxes: those
inside are dropped, and roots that were recorded inside belong to the tube and are not counted
twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import BoolArray, FloatArray
from netplastic.equilibria.certified import IntervalSystem, MidRad, meeting
from netplastic.equilibria.certified._kernels import BOXES, FREE, PENDING, ROOTS, UNSETTLED, Found

from ._reduction import Reduction, Tube, ends_of
from ._taylor import SystemEquations
from ._zeros import Bracket, Ends, ZeroCount, count_zeros

__all__ = ["Clusters", "Settled"]

_LONGEST = 0.4  # half-length of the first tube tried, in activity
_SHORTEST = 2e-8
_SHRINK = 0.55
_ENOUGH = 0.25  # share of the first tube down to which shorter ones may give a sharper count
_MOST_FAILURES = 12
_NEAR_FAILURE = 1e-3  # boxes so near to one that failed are not tried
_SINGULAR = 1e-4  # ratio of singular values that counts as a null direction, for the report
_BOXES_A_POINT = 20  # what one point of the curve takes of the budget
_NARROW = 2e-4  # pending boxes below this width are looked at, before they are cut to crumbs
_INSIDE = 1.5  # least ratio of a tube's length to a box in it
_WELL_INSIDE = 4.0  # the same for a pending box: roots near it should not be near the ends
_NEARLY = 1e-2  # ratio of singular values at which that is worth while
_MOST_LOOKS = 20
_WIDTHS = (0.4, 0.2, 0.1, 0.03, 0.01)  # half-widths of a tube, as shares of its half-length
_SCANS = (0.04, 4e-3, 4e-4)  # half-widths on the way to the middle of a cluster

_WHOLE_LINE: Ends = (-np.inf, np.inf)


@dataclass(frozen=True, eq=False, kw_only=True)
class Settled:
    """What is proved in the end.

    Attributes
    ----------
    low, high, region_low, region_high : float arrays of shape (k, n)
        Rows as in `_search.Roots`.
    more_low, more_high : int
        Bounds of the number of roots in tubes beyond those rows.
    unsettled : float array of shape (u, 2, n)
        Boxes that no tube settles.
    reason : str
        Why more_low < more_high or boxes are unsettled; empty if neither.
    """

    low: FloatArray
    high: FloatArray
    region_low: FloatArray
    region_high: FloatArray
    more_low: int
    more_high: int
    unsettled: FloatArray
    reason: str


@dataclass(frozen=True, eq=False)
class _Region:
    """A tube with the number of roots in it."""

    reduction: Reduction
    tube: Tube
    order: int
    zeros: ZeroCount
    rows: tuple[FloatArray, ...]
    """Rows as in `Settled`, if the count is exact; else empty arrays."""

    def inside(self, low: FloatArray, high: FloatArray) -> BoolArray:
        """Which boxes (k, n) lie in the tube, proved."""
        least, most = self._coordinates(low, high)
        edge = np.append(self.tube.radius, self.tube.half)
        return np.asarray(np.all((least > -edge) & (most < edge), axis=1))

    def outside(self, low: FloatArray, high: FloatArray) -> BoolArray:
        """Which boxes (k, n) have no point in common with the tube, proved."""
        least, most = self._coordinates(low, high)
        edge = np.append(self.tube.radius, self.tube.half)
        return np.asarray(np.any((most < -edge) | (least > edge), axis=1))

    def _coordinates(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        y = self.reduction.coordinates(MidRad.between(low, high))
        return y.low, y.high

    def hull(self) -> FloatArray:
        """Box (2, n) of activities that holds the tube."""
        x = self.reduction.activities(
            MidRad(self.tube.centre, self.tube.radius), self.tube.z, self.tube.half
        )
        return np.stack([x.low, x.high])


class _Curve:
    """g along one tube, for `count_zeros`."""

    def __init__(self, reduction: Reduction, tube: Tube) -> None:
        self._reduction, self._tube = reduction, tube
        self._known: dict[float, tuple[Tube, Ends] | None] = {}

    @property
    def points(self) -> int:
        """How many points were proved."""
        return len(self._known)

    def start(self, z: float) -> FloatArray:
        """Guess of u(z): that of the nearest point known, or the middle of the tube."""
        known = [key for key, point in self._known.items() if point is not None]
        if not known:
            return self._tube.centre
        point = self._known[min(known, key=lambda key: abs(key - z))]
        return self._tube.centre if point is None else point[0].centre

    def point(self, z: float) -> tuple[Tube, Ends] | None:
        if z not in self._known:
            found = self._reduction.point(z, self.start(z))
            if found is not None and not _within(found[0], self._tube):
                found = None
            self._known[z] = found
        return self._known[z]

    def value(self, z: float) -> Ends:
        point = self.point(z)
        return _WHOLE_LINE if point is None else point[1]

    def slopes(self, z: float) -> tuple[Ends, Ends]:
        point = self.point(z)
        if point is not None:
            coefficients = self._reduction.coefficients(point[0], 2)
            if coefficients is not None:
                first, half_second = coefficients
                return ends_of(first), ends_of(MidRad.exact(2.0) * half_second)
        return _WHOLE_LINE, _WHOLE_LINE


def _widened(reduction: Reduction, tube: Tube) -> Iterator[Tube]:
    """The tube with u(z) unique in larger boxes, the largest first: they hold more boxes."""
    for share in _WIDTHS:
        radius = np.maximum(tube.radius, share * tube.half)
        wide = reduction.prove(tube.z, tube.half, tube.centre, radius)
        if wide is not None:  # what is unique there lies where it was before
            yield replace(tube, radius=wide.radius)
    yield tube


def _within(part: Tube, whole: Tube) -> bool:
    """Whether u is sought inside the box where it is known to be unique."""
    gap = whole.radius - part.radius - np.abs(part.centre - whole.centre)
    return bool(np.all(gap > 1e-14 * whole.radius))


class Clusters:
    """Tubes found so far in one search, and the boxes where none could be found."""

    def __init__(self, system: IntervalSystem) -> None:
        self._system = system
        self._possible = not np.any(system.table[:, FREE])
        self._equations: SystemEquations | None = None
        self._regions: list[_Region] = []
        self._failed: list[FloatArray] = []
        self._kernel = 0
        self._seen = 0
        self._looks = 0

    def absorb(self, found: Found) -> None:
        """Try to settle boxes that were given up since the last call, or will be.

        Boxes that a tube settles are removed from `found`, pending ones too, and the work is added
        to the boxes examined.
        """
        if not self._possible:
            return
        if self._seen < found.counters[UNSETTLED]:
            self._absorb(found)
        self._look_ahead(found)

    def _absorb(self, found: Found) -> None:
        for known in self._regions:
            self._drop(known, found)
        while self._seen < found.counters[UNSETTLED]:
            box = found.unsettled[self._seen].copy()
            if self._is_hopeless(box):
                self._seen += 1
                continue
            region = self._settle(box, found, 1.0, _INSIDE)
            if region is not None:
                self._add(region, found)
            if region is None or not region.inside(box[:1], box[1:])[0]:
                self._failed.append(0.5 * (box[0] + box[1]))
                self._seen += 1

    def _look_ahead(self, found: Found) -> None:
        """Try the box to be examined next, if it is narrow and the Jacobian there nearly singular.

        Around a multiple root thousands of boxes would be cut before one is given up.
        """
        if found.counters[PENDING] == 0 or self._looks == _MOST_LOOKS:
            return
        box = found.stack[found.counters[PENDING] - 1].copy()
        if np.max(box[1] - box[0]) > _NARROW or self._is_hopeless(box):
            return
        self._looks += 1
        region = self._settle(box, found, _NEARLY, _WELL_INSIDE)
        if region is not None:
            self._add(region, found)

    def _is_hopeless(self, box: FloatArray) -> bool:
        if len(self._failed) >= _MOST_FAILURES:
            return True
        middle = 0.5 * (box[0] + box[1])
        return any(
            np.all(np.abs(middle - other) <= _NEAR_FAILURE * (1.0 + np.abs(other)))
            for other in self._failed
        )

    def _drop(self, region: _Region, found: Found) -> None:
        """Remove boxes inside the tube."""
        counters = found.counters
        left = int(counters[UNSETTLED])
        keep = ~region.inside(found.unsettled[:left, 0], found.unsettled[:left, 1])
        kept = found.unsettled[:left][keep]
        self._seen = int(keep[: self._seen].sum())
        found.unsettled[: len(kept)], counters[UNSETTLED] = kept, len(kept)
        left = int(counters[PENDING])
        keep = ~region.inside(found.stack[:left, 0], found.stack[:left, 1])
        kept, origin = found.stack[:left][keep], found.origin[:left][keep]
        found.stack[: len(kept)], found.origin[: len(kept)] = kept, origin
        counters[PENDING] = len(kept)

    def _settle(
        self, box: FloatArray, found: Found, nearly: float, inside: float
    ) -> _Region | None:
        """Find the longest tube about a box, in which the number of roots can be bounded.

        None where the least singular value is more than `nearly` times the largest.
        """
        with np.errstate(all="ignore"):
            reduction = self._reduction(box)
            if reduction is None:
                return None
            values = reduction.singular_values
            if not values[-1] <= nearly * values[0]:
                return None
            return self._longest(reduction, box, found, inside)

    def _reduction(self, box: FloatArray) -> Reduction | None:
        if self._equations is None:
            self._equations = SystemEquations(self._system)
        try:
            reduction = Reduction(self._system, self._equations, 0.5 * (box[0] + box[1]))
            for width in _SCANS:
                near = reduction.smallest(width)
                if near is not None:
                    reduction = Reduction(self._system, self._equations, near)
            return reduction
        except np.linalg.LinAlgError:  # no finite Jacobian
            return None

    def _longest(
        self, reduction: Reduction, box: FloatArray, found: Found, inside: float
    ) -> _Region | None:
        place = reduction.coordinates(MidRad.between(box[0], box[1]))
        reach = np.abs(place.mid) + place.rad
        roots = found.root[: found.counters[ROOTS]]
        best: _Region | None = None
        half = _LONGEST
        while half > max(_SHORTEST, inside * float(reach[-1])):
            found.counters[BOXES] += _BOXES_A_POINT
            region = self._try(reduction, half, reach[:-1], roots, found)
            if region is not None and region.zeros.lower == region.zeros.upper:
                return region
            best = best or region
            if best is not None and half < _ENOUGH * best.tube.half:
                break
            half *= _SHRINK
        if best is None:
            self._kernel = max(self._kernel, _kernel_of(reduction))
        return best

    def _try(
        self,
        reduction: Reduction,
        half: float,
        reach: FloatArray,
        roots: FloatArray,
        found: Found,
    ) -> _Region | None:
        zero = np.zeros(len(reach))
        ends = [reduction.along(z, zero) for z in (-half, half)]
        if ends[0] is None or ends[1] is None:
            return None
        bend = np.maximum(np.abs(ends[0]), np.abs(ends[1]))
        radius = 1.6 * bend + 0.02 * bend.max(initial=0.0) + 1e-4 * half + 2.0 * reach
        tube = reduction.prove(0.0, half, zero, radius)
        coefficients = None if tube is None else reduction.coefficients(tube, 3)
        if tube is None or coefficients is None:
            return None
        signs = [int(np.sign(c.mid)) if abs(c.mid) > c.rad else 0 for c in coefficients]
        if not any(signs):
            return None
        order = 1 + next(k for k, sign in enumerate(signs) if sign)
        empty = np.empty((0, len(reach) + 1))
        for wide in _widened(reduction, tube):
            region = _Region(reduction, wide, order, ZeroCount(0, order, ()), (empty,) * 4)
            if self._is_apart(region) and np.all(_decided(region, roots)):
                break
        else:
            return None
        tube = region.tube
        curve = _Curve(reduction, tube)
        zeros = count_zeros(curve, order, signs[order - 1], -half, half)
        rows = None
        if zeros.lower == zeros.upper:
            rows = _rows(region, curve, zeros.brackets)
        elif any(low <= 0.0 <= high for low, high in map(curve.value, (-half, half))):
            return None  # roots at the end of the tube might lie beyond it
        found.counters[BOXES] += _BOXES_A_POINT * curve.points
        return _Region(reduction, tube, order, zeros, (empty,) * 4 if rows is None else rows)

    def _is_apart(self, region: _Region) -> bool:
        """Whether every other tube has no point in common with this one, or lies inside it."""
        hull = region.hull()
        for other in self._regions:
            ends = [end[None] for end in other.hull()]
            if not (
                bool(other.outside(hull[:1], hull[1:])[0])
                or bool(region.outside(*ends)[0])
                or bool(region.inside(*ends)[0])
            ):
                return False
        return True

    def _add(self, region: _Region, found: Found) -> None:
        """Keep a tube in place of those inside it."""
        self._regions = [
            other
            for other in self._regions
            if not bool(region.inside(*(end[None] for end in other.hull()))[0])
        ]
        self._regions.append(region)
        self._drop(region, found)

    def settled(self, found: Found) -> Settled:
        """Combine what was recorded with the tubes."""
        roots, left = int(found.counters[ROOTS]), int(found.counters[UNSETTLED])
        rows = (found.root[:roots, 0], found.root[:roots, 1])
        regions = (found.region[:roots, 0], found.region[:roots, 1])
        recorded = [*rows, *regions]
        again = _met_before(*rows) if self._possible else np.zeros(roots, dtype=bool)
        free, doubtful = ~again, again
        added: list[tuple[FloatArray, ...]] = []
        unsettled = [found.unsettled[:left]]
        more_low = more_high = 0
        reasons: list[str] = []
        for region in self._regions:
            if not np.all(_decided(region, found.root[:roots])):
                # a root across the edge of the tube would be counted twice or not at all
                unsettled.append(region.hull()[None])
                continue
            inside = region.inside(*rows)
            doubtful = doubtful & ~inside
            zeros, number = region.zeros, int((inside & ~again).sum())
            if number > zeros.upper:
                raise ArithmeticError(
                    f"{number} roots where at most {zeros.upper} were proved: an error of "
                    "netplastic; please report this network."
                )
            if zeros.lower == zeros.upper == len(region.rows[0]) != number:
                free &= ~inside
                added.append(region.rows)
                continue
            more_low += max(0, zeros.lower - number)
            more_high += zeros.upper - number
            if max(zeros.lower, number) < zeros.upper:
                reasons.append(_describe(region, max(zeros.lower, number)))
        if np.any(doubtful):
            more_high += int(doubtful.sum())
            reasons.append("roots that could not be told apart from others")
        boxes = np.concatenate(unsettled)
        if len(boxes) or self._stopped_near(found):
            reasons.append(self._why())
        low, high, region_low, region_high = (
            np.concatenate([old[free], *(rows[c] for rows in added)])
            for c, old in enumerate(recorded)
        )
        reason = "; ".join(dict.fromkeys(reasons))
        return Settled(
            low=low,
            high=high,
            region_low=region_low,
            region_high=region_high,
            more_low=more_low,
            more_high=more_high,
            unsettled=boxes,
            reason=reason,
        )

    def _stopped_near(self, found: Found) -> bool:
        """Whether the search stopped amid crumbs about a point where the Jacobian is singular."""
        pending = int(found.counters[PENDING])
        if pending == 0 or not self._possible:
            return False
        box = found.stack[pending - 1]
        if np.max(box[1] - box[0]) > _NARROW:
            return False
        with np.errstate(all="ignore"):
            reduction = self._reduction(box)
        kernel = 0 if reduction is None else _kernel_of(reduction)
        self._kernel = max(self._kernel, kernel)
        return kernel > 0

    def _why(self) -> str:
        near = "roots that are nearly multiple (the network is at or near a bifurcation)"
        if self._kernel > 1:
            return f"{near}: a kernel of dimension {self._kernel}, for which no bound is known"
        return near


def _kernel_of(reduction: Reduction) -> int:
    """Number of directions in which the Jacobian is singular, as far as the eye can tell."""
    values = reduction.singular_values
    return int((values < _SINGULAR * values[0]).sum())


def _met_before(low: FloatArray, high: FloatArray) -> BoolArray:
    """Which boxes (k, n) have a point in common with an earlier one: two of one root have."""
    again = np.zeros(len(low), dtype=bool)
    again[meeting(low, high)[1]] = True
    return again


def _decided(region: _Region, roots: FloatArray) -> BoolArray:
    """Which roots (k, 2, n) lie inside the tube or outside it, proved."""
    low, high = roots[:, 0], roots[:, 1]
    return region.inside(low, high) | region.outside(low, high)


def _describe(region: _Region, lower: int) -> str:
    kind = {
        1: "a regular point",
        2: "a fold or transcritical point",
        3: "a pitchfork or cusp",
    }[region.order]
    number = f"{lower} to {region.zeros.upper} nearly equal equilibria"
    return f"at or near a bifurcation ({kind}): {number}"


def _rows(
    region: _Region, curve: _Curve, brackets: tuple[Bracket, ...]
) -> tuple[FloatArray, ...] | None:
    """Enclosures of the roots in brackets, and boxes in which each is the only one.

    A cube of half-width h about x moves the coordinates by at most h |Q^-1| 1. None where some
    enclosure, as a cube, might hold two roots.
    """
    reduction, tube = region.reduction, region.tube
    edges = [-tube.half, *(z for b in brackets for z in (b.low, b.high)), tube.half]
    result: list[list[FloatArray]] = [[], [], [], []]
    for k, bracket in enumerate(brackets):
        middle = 0.5 * (bracket.low + bracket.high)
        half = max(bracket.high - middle, middle - bracket.low) * (1.0 + 1e-12)
        u = reduction.along(middle, curve.start(middle))
        part = None if u is None else reduction.prove(middle, half, u, np.full(len(u), 1e-13))
        if part is None or not _within(part, tube):
            return None
        x = reduction.activities(part.u, middle, half)
        centre = 0.5 * (x.low + x.high)
        y = reduction.coordinates(MidRad.exact(centre))
        gaps = tube.radius - np.abs(y.mid[:-1]) - y.rad[:-1]
        last = min(y.mid[-1] - edges[2 * k], edges[2 * k + 3] - y.mid[-1]) - y.rad[-1]
        room = 0.99 * float(np.min(np.append(gaps, last) / reduction.stretch))
        if not room > 1.01 * float(np.max(np.maximum(x.high - centre, centre - x.low))):
            return None
        for place, value in zip(result, (x.low, x.high, centre - room, centre + room), strict=True):
            place.append(value)
    n = len(tube.radius) + 1
    return tuple(np.array(values).reshape(-1, n) for values in result)
