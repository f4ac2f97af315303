"""Parts of a network that hang at one node, solved for every value of that node at once.

Without its hub a network falls into pieces. Over an interval of the hub's activity each piece has
families of solutions: one solution for every value, proved by the interval Newton test with the
hub as a parameter. What the hub's own equation and stability need of a family is a few numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from .._kernels import table as columns
from .._kernels import tubes
from .._kernels.inertia import bordered_all
from .._kernels.search import BOXES, NEWTONS, PENDING, ROOTS, SMALL, UNSETTLED, explore, make_found
from .._kernels.work import make_work
from .._types import BoolArray, FloatArray, IntArray
from ..network import PlasticNetwork
from ._forms import State, delayed, hessians, inertia
from ._meeting import meeting
from ._midrad import MidRad
from ._quotient import equal_valued_classes, quotient
from ._search import Clock, box_cost
from ._system import IntervalSystem, system_of

__all__ = ["Families", "Piece", "Start", "parametric"]

_CAPACITY = 256
_UNIT_SIZE, _LEAST_COST = 20, 0.1  # boxes of smaller pieces cost the budget less
# A box much narrower than the parameter's range will not be settled, nor one much narrower than
# its root, the distance of two families that meet in a fold within that range.
_SHARE_OF_PARAMETER = 0.02
_SHARE_OF_ROOT = 0.03


@dataclass(frozen=True, eq=False)
class Families:
    """Families of solutions of one piece over an interval of its hub's activity.

    Inputs are those that the piece gives to the hub: per group of arcs into the hub the sum of
    c q(V) (see `_kernels.table`), then the sum of s V. Rows that are not `known` stand for boxes
    that may hold any number of solutions: only `over` speaks of them.

    Attributes
    ----------
    known : bool array of shape (k,)
        One solution for every value of the hub's activity; no solution lies outside all rows.
    low, high, over, slope : MidRad of shape (k, inputs)
        Inputs at the low and the high end of the interval, over all of it, and their derivative
        by the hub's activity.
    minimum : bool array of shape (k,)
        H of the piece (hub held) is positive definite.
    held : bool array of shape (k,)
        The delayed form of the piece (hub held) proved positive definite over the interval.
    relief : MidRad of shape (k, 1)
        What eliminating the piece adds to the hub's entry of the delayed form, where held.
    activity : float array of shape (k, 2, nodes)
        Bounds of the activities over the interval.
    root, region : float arrays of shape (k, 2, unknowns)
        Bounds of the unknowns of the search, and a box in which the family is the only one.
    """

    known: BoolArray
    low: MidRad
    high: MidRad
    over: MidRad
    slope: MidRad
    minimum: BoolArray
    held: BoolArray
    relief: MidRad
    activity: FloatArray
    root: FloatArray
    region: FloatArray

    def __len__(self) -> int:
        return len(self.known)

    def rows(self, index: BoolArray | IntArray) -> Families:
        """Some of the rows."""
        values = (getattr(self, field.name)[index] for field in fields(self))
        return Families(*values)

    def start(self) -> Start:
        """For a search over a part of the interval."""
        return Start(self.region[self.known], self.root[~self.known])


@dataclass(frozen=True, eq=False)
class Start:
    """What a search for families over an interval starts from.

    Attributes
    ----------
    region : float array of shape (k, 2, unknowns)
        Boxes in each of which one family is known to be the only one.
    boxes : float array of shape (u, 2, unknowns)
        Boxes that may hold further solutions; what neither covers holds none.
    """

    region: FloatArray
    boxes: FloatArray


def parametric(system: IntervalSystem, p: int) -> IntervalSystem:
    """Take away the equation of node p: it becomes a parameter."""
    first, last = system.row[p], system.row[p + 1]
    gone = slice(system.group[first], system.group[last])
    count, groups = int(system.group[last] - system.group[first]), int(last - first)
    kept = np.delete(np.arange(len(system.arcs)), gone)
    group = np.concatenate([system.group[: first + 1], system.group[last + 1 :] - count])
    row = np.concatenate([system.row[: p + 1], system.row[p + 1 :] - groups])
    table = system.table.copy()
    table[p, columns.FREE] = 1.0
    return IntervalSystem(
        table,
        system.arcs[kept],
        system.source[kept],
        group,
        row,
        system.low,
        system.high,
        system.linear,
        system.symmetry,
    )


class Piece:
    """One piece with its hub as the last node.

    Parameters
    ----------
    net : PlasticNetwork
        The piece and, last, the hub; arcs between the hub and itself are ignored.
    zetas : tuple of float
        Growth of the decay of each group of arcs into the hub.
    minima : bool
        Look only for families that are minima of the objective.
    """

    def __init__(self, net: PlasticNetwork, zetas: tuple[float, ...], minima: bool) -> None:
        self.net = net
        self.hub = net.n - 1
        whole = system_of(net)
        free = parametric(whole, self.hub)
        self._label = equal_valued_classes(free)
        self._system = quotient(free, self._label)
        self._minima = minima and self._system.symmetry is not None and self._system.linear
        self._parameter = int(self._label[self.hub])
        system = self._system
        self._table, self._trial = system.table.copy(), system.table.copy()
        self._work = make_work(system.table, system.source, system.group, system.row)
        self._found = make_found(system.n, _CAPACITY)
        self._cost = max(_LEAST_COST, min(1.0, system.n / _UNIT_SIZE)) * box_cost(system.n)
        self._profile = np.zeros((system.n, 6))
        self._plastic, self._static = _arcs_into_hub(whole, self.hub, zetas)

    def families(
        self, low: float, high: float, boxes: int, clock: Clock, within: Start
    ) -> Families:
        """Find all families over [low, high], examining at most so many boxes (of the budget).

        Parameters
        ----------
        low, high : float
            Interval of the hub's activity.
        boxes : int
        clock : Clock
        within : Start
            What is left to look at, from an interval that holds this one.
        """
        self._explore(low, high, boxes, clock, within.boxes)
        counters, found = self._found.counters, self._found
        roots, unsettled, pending = (int(counters[c]) for c in (ROOTS, UNSETTLED, PENDING))
        root = np.concatenate([within.region, found.root[:roots]])
        region = np.concatenate([within.region, found.region[:roots]])
        out = np.zeros((len(root), self._system.n, tubes.FIELDS))
        known = np.zeros(len(root), dtype=np.bool_)
        clock.boxes += math.ceil(len(root) * self._cost)
        system = self._system
        tubes.follow(
            self._table,
            self._trial,
            system.arcs,
            system.source,
            system.group,
            system.row,
            self._work,
            root,
            region,
            self._parameter,
            out,
            known,
        )
        known, repeated = _distinct(known, out, region)
        left = [root[~known & ~repeated], found.unsettled[:unsettled], found.stack[:pending]]
        return self._summary(out[known], root[known], region[known], np.concatenate(left))

    def start(self) -> Start:
        """Everything is left to look at."""
        system = self._system
        return Start(np.empty((0, 2, system.n)), np.array([[system.low, system.high]]))

    def _explore(
        self, low: float, high: float, boxes: int, clock: Clock, start: FloatArray
    ) -> None:
        if len(self._found.stack) < len(start) + _CAPACITY:
            self._found = make_found(self._system.n, 2 * len(start) + _CAPACITY)
        system, found, p = self._system, self._found, self._parameter
        for table in (self._table, self._trial, self._work.point):
            table[p, columns.PARAMETER_LOW], table[p, columns.PARAMETER_HIGH] = low, high
        found.counters[:] = 0
        found.stack[: len(start)] = start
        found.stack[: len(start), 0, p], found.stack[: len(start), 1, p] = low, high
        found.origin[: len(start)] = (-1, 0)
        found.counters[PENDING] = len(start)
        symmetry = system.symmetry if system.symmetry is not None else np.ones(system.n)
        explore(
            self._table,
            self._trial,
            system.arcs,
            system.source,
            system.group,
            system.row,
            found,
            self._work,
            self._profile,
            symmetry,
            system.linear,
            self._minima,
            max(SMALL, _SHARE_OF_PARAMETER * (high - low), _SHARE_OF_ROOT * (high - low) ** 0.5),
            max(1, int(min(boxes, clock.left / self._cost))),
        )
        clock.boxes += math.ceil(found.counters[BOXES] * self._cost)
        clock.newtons += int(found.counters[NEWTONS])

    def _summary(
        self, out: FloatArray, root: FloatArray, region: FloatArray, left: FloatArray
    ) -> Families:
        """Gather what the hub needs: first of the families, then of the boxes that are left."""
        of = out[:, self._label]
        slopes = [
            MidRad.between(of[..., c], of[..., c + 1]) for c in (tubes.V_SLOPE, tubes.Q_SLOPE)
        ]
        root = np.concatenate([root, left])
        activity = root[:, :, self._label]
        negative, held, relief = self._forms(of, activity[: len(of)])
        no = np.zeros(len(left), dtype=bool)
        known = np.append(negative >= 0, no)
        state = State.over(self.net, activity[len(of) :, 0], activity[len(of) :, 1])
        nothing = MidRad.exact(np.zeros((len(left), self._plastic.mid.shape[1] + 1)))
        low, high, over = (
            self._gather(MidRad.between(of[..., column], of[..., column + 1]))
            for column in (tubes.AT_LOW, tubes.AT_HIGH, tubes.OVER)
        )
        slope = (slopes[1] @ self._plastic).joined(slopes[0] @ self._static, axis=1)
        everything = Families(
            known,
            low.joined(nothing),
            high.joined(nothing),
            over.joined(self._gather(state.rate)),
            slope.joined(nothing),
            np.append(negative == 0, no),
            np.append(held, no),
            relief.joined(nothing[:, :1]),
            activity[:, :, : self.hub],
            root,
            np.concatenate([region, left]),
        )
        return everything.rows(~known | everything.minimum) if self._minima else everything

    def _gather(self, rate: MidRad) -> MidRad:
        pre = MidRad.exact(self.net.pre[:, 0]) + MidRad.exact(self.net.pre[:, 1]) * rate
        return ((pre * rate) @ self._plastic).joined(rate @ self._static, axis=1)

    def _forms(self, out: FloatArray, activity: FloatArray) -> tuple[IntArray, BoolArray, MidRad]:
        """Inertia of H of the piece (-1: unproved), whether its delayed form is held, relief."""
        net, k = self.net, len(out)
        if not (net.has_objective and np.ptp(net.decay) == 0.0) or k == 0:
            return np.zeros(k, int), np.zeros(k, dtype=bool), MidRad.exact(np.zeros((k, 1)))
        # H of the piece is regular along a family, so its inertia is the same at every value
        end = State.over(net, out[..., tubes.X_LOW], out[..., tubes.X_LOW + 1])
        full, _ = hessians(net, end)
        inner = slice(0, self.hub)
        negative = inertia(MidRad(full.mid[:, inner, inner], full.rad[:, inner, inner]))
        _, frozen = hessians(net, State.over(net, activity[:, 0], activity[:, 1]))
        form = delayed(net, frozen)
        form.mid[:, -1, -1], form.rad[:, -1, -1] = 0.0, 0.0
        count = np.empty(k, dtype=np.int64)
        corner = np.zeros((k, 2))
        bordered_all(np.ascontiguousarray(form.mid), np.ascontiguousarray(form.rad), count, corner)
        held = count == 0
        corner[~held] = 0.0
        return negative, held, MidRad.between(corner[:, :1], corner[:, 1:])


def _distinct(known: BoolArray, out: FloatArray, region: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell families apart by their members at the low end: (known and distinct, repeated).

    Two of them are the same if one's member lies where the other's is the only one, and different
    if the members' enclosures are disjoint; where neither is certain both count as not known.
    """
    known, repeated = known.copy(), np.zeros_like(known)
    rows = np.flatnonzero(known)
    low, high = out[rows][..., tubes.X_LOW], out[rows][..., tubes.X_LOW + 1]
    for first, second in zip(*meeting(low, high), strict=True):
        i, j = rows[first], rows[second]
        if repeated[i]:
            continue  # the one that it repeats meets j as well
        if np.all((low[second] >= region[i, 0]) & (high[second] <= region[i, 1])):
            repeated[j], known[j] = True, False
        else:
            known[i] = known[j] = False
    return known, repeated


def _arcs_into_hub(
    system: IntervalSystem, hub: int, zetas: tuple[float, ...]
) -> tuple[MidRad, MidRad]:
    """Coefficients of the arcs into the hub: (nodes, groups) plastic, (nodes, 1) static."""
    plastic = [np.zeros((system.n, len(zetas))) for _ in range(2)]
    static = [np.zeros((system.n, 1)) for _ in range(2)]
    for a in range(system.group[system.row[hub]], system.group[system.row[hub + 1]]):
        j, arc = system.source[a], system.arcs[a]
        if j == hub:
            continue
        g = zetas.index(float(arc[columns.ZETA]))
        for end, (c, s) in enumerate(
            ((columns.C_LOW, columns.S_LOW), (columns.C_HIGH, columns.S_HIGH))
        ):
            plastic[end][j, g], static[end][j, 0] = arc[c], arc[s]
    return MidRad.between(*plastic), MidRad.between(*static)
