"""Parts of a network that hang at one or more nodes, solved for all values of these at once.

Without its hubs a network falls into pieces. Over a box of the hubs' activities each piece has
sheets of solutions: one solution for every value, proved by the interval Newton test with the
hubs as parameters. What the hubs' own equations and stability need of a sheet is a few numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import (
    IntervalSystem,
    MidRad,
    Rates,
    box_cost,
    delayed,
    equal_valued_classes,
    examine,
    hessians,
    inertia,
    meeting,
    quotient,
    system_of,
)
from netplastic.equilibria.certified._kernels import (
    BOXES,
    C_HIGH,
    C_LOW,
    FREE,
    NEWTONS,
    PARAMETER_HIGH,
    PARAMETER_LOW,
    PENDING,
    Q_SLOPE,
    RATE,
    ROOTS,
    S_HIGH,
    S_LOW,
    SMALL,
    UNSETTLED,
    V_SLOPE,
    ZETA,
    SheetTable,
    X,
    bordered_all,
    follow,
    make_buffers,
    make_found,
    make_sheets,
)
from netplastic.model import PlasticNetwork

__all__ = ["Piece", "Sheets", "Start", "parametric"]

_CAPACITY = 256
_UNIT_SIZE, _LEAST_COST = 20, 0.1  # boxes of smaller pieces cost the budget less
# A box much narrower than the parameter's range will not be settled, nor one much narrower than
# its root, the distance of two sheets that meet in a fold within that range.
_SHARE_OF_PARAMETER = 0.02
_SHARE_OF_ROOT = 0.03


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheets:
    """Sheets of solutions of one piece over a box of its d hubs' activities.

    Inputs are those that the piece gives to the hubs, hub by hub: per group of arcs into the hub
    the sum of c q(V) (see `_kernels.table`), then the sum of s V. Rows that are not `known` stand
    for boxes that may hold any number of solutions: only `over` speaks of them.

    Attributes
    ----------
    known : bool array of shape (k,)
        One solution for all values of the hubs' activities; no solution lies outside all rows.
    at : MidRad of shape (k, points * inputs)
        Inputs at chosen points of the box.
    over : MidRad of shape (k, inputs)
        Inputs over all of it.
    slope : MidRad of shape (k, inputs * d)
        Their derivatives by each hub's activity.
    minimum : bool array of shape (k,)
        H of the piece (hubs held) is positive definite.
    held : bool array of shape (k,)
        The delayed form of the piece (hubs held) proved positive definite over the box.
    relief : MidRad of shape (k, d * d)
        What eliminating the piece adds to the hubs' entries of the delayed form, where held.
    activity : float array of shape (k, 2, nodes)
        Bounds of the activities over the box.
    root, region : float arrays of shape (k, 2, unknowns)
        Bounds of the unknowns of the search, and a box in which the sheet is the only one.
    """

    known: BoolArray
    at: MidRad
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

    def rows(self, index: BoolArray | IntArray) -> Sheets:
        """Some of the rows."""
        return Sheets(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def start(self) -> Start:
        """For a search over a part of the interval."""
        return Start(self.region[self.known], self.root[~self.known])


@dataclass(frozen=True, eq=False)
class Start:
    """What a search for sheets over a box of the hubs' activities starts from.

    Attributes
    ----------
    region : float array of shape (k, 2, unknowns)
        Boxes in each of which one sheet is known to be the only one.
    boxes : float array of shape (u, 2, unknowns)
        Boxes that may hold further solutions; what neither covers holds none.
    """

    region: FloatArray
    boxes: FloatArray


def parametric(system: IntervalSystem, free: Sequence[int]) -> IntervalSystem:
    """Take away the equations of some nodes: they become parameters."""
    gone = np.zeros(len(system.arcs), dtype=bool)
    groups = np.zeros(len(system.group) - 1, dtype=bool)
    for p in free:
        first, last = system.row[p], system.row[p + 1]
        groups[first:last] = True
        gone[system.group[first] : system.group[last]] = True
    before = np.concatenate([[0], np.cumsum(~groups)])
    sizes = np.diff(system.group)[~groups]
    table = system.table.copy()
    table[list(free), FREE] = 1.0
    return IntervalSystem(
        table=table,
        arcs=system.arcs[~gone],
        source=system.source[~gone],
        group=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        row=before[system.row].astype(np.int64),
        low=system.low,
        high=system.high,
        linear=system.linear,
        symmetry=system.symmetry,
    )


class Piece:
    """One piece with its hubs as the last nodes.

    Parameters
    ----------
    net : PlasticNetwork
        The piece and, last, the hubs; arcs between hubs are ignored.
    zetas : tuple of float
        Growths of the decay of the groups of arcs into the hubs.
    hubs : int
        How many there are.
    minima : bool
        Look only for sheets that are minima of the objective.
    """

    def __init__(
        self, net: PlasticNetwork, zetas: tuple[float, ...], hubs: int, minima: bool
    ) -> None:
        self.net = net
        self.size = net.n - hubs
        self._hubs = np.arange(self.size, net.n)
        whole = system_of(net)
        free = parametric(whole, self._hubs.tolist())
        self._label = equal_valued_classes(free)
        self._system = quotient(free, self._label)
        self._minima = minima and self._system.symmetry is not None and self._system.linear
        self._parameters = self._label[self._hubs]
        system = self._system
        self._table, self._trial = system.table.copy(), system.table.copy()
        self._buffers = make_buffers(system.table, system.kernel)
        self._found = make_found(system.n, _CAPACITY)
        self._cost = max(_LEAST_COST, min(1.0, system.n / _UNIT_SIZE)) * box_cost(system.n)
        self._into = _arcs_into_hubs(whole, self._hubs, zetas)

    def sheets(
        self,
        low: FloatArray,
        high: FloatArray,
        points: FloatArray,
        boxes: int,
        clock: Clock,
        within: Start,
    ) -> Sheets:
        """Find all sheets over [low, high], examining at most so many boxes (of the budget).

        Parameters
        ----------
        low, high : float arrays of shape (d,)
            Box of the hubs' activities.
        points : float array of shape (points, d)
            Where in the box the inputs are wanted, at least one.
        boxes : int
        clock : Clock
        within : Start
            What is left to look at, from a box that holds this one.
        """
        self._explore(low, high, boxes, clock, within.boxes)
        counters, found = self._found.counters, self._found
        roots, unsettled, pending = (int(counters[c]) for c in (ROOTS, UNSETTLED, PENDING))
        root = np.concatenate([within.region, found.root[:roots]])
        region = np.concatenate([within.region, found.region[:roots]])
        system = self._system
        sheets = make_sheets(len(root), system.n, len(points), len(self._hubs))
        clock.boxes += math.ceil(len(root) * self._cost)
        follow(
            self._table,
            self._trial,
            system.kernel,
            self._buffers,
            root,
            region,
            self._parameters,
            points,
            sheets,
        )
        known, repeated = _distinct(sheets, region)
        left = [root[~known & ~repeated], found.unsettled[:unsettled], found.stack[:pending]]
        chosen = SheetTable(
            sheets.over[known], sheets.at[known], sheets.slope[known], sheets.known[known]
        )
        return self._summary(chosen, root[known], region[known], np.concatenate(left))

    def start(self) -> Start:
        """Everything is left to look at."""
        system = self._system
        return Start(np.empty((0, 2, system.n)), np.array([[system.low, system.high]]))

    def _explore(
        self, low: FloatArray, high: FloatArray, boxes: int, clock: Clock, start: FloatArray
    ) -> None:
        if len(self._found.stack) < len(start) + _CAPACITY:
            self._found = make_found(self._system.n, 2 * len(start) + _CAPACITY)
        system, found, p = self._system, self._found, self._parameters
        for table in (self._table, self._trial, self._buffers.point):
            table[p, PARAMETER_LOW], table[p, PARAMETER_HIGH] = low, high
        found.counters[:] = 0
        found.stack[: len(start)] = start
        found.stack[: len(start), 0][:, p], found.stack[: len(start), 1][:, p] = low, high
        found.origin[: len(start)] = (-1, 0)
        found.counters[PENDING] = len(start)
        width = float(np.max(high - low))
        examine(
            (self._table, self._trial),
            system,
            found,
            self._buffers,
            self._minima,
            max(SMALL, _SHARE_OF_PARAMETER * width, _SHARE_OF_ROOT * math.sqrt(width)),
            max(1, int(min(boxes, clock.left / self._cost))),
        )
        clock.boxes += math.ceil(found.counters[BOXES] * self._cost)
        clock.newtons += int(found.counters[NEWTONS])

    def _summary(
        self, sheets: SheetTable, root: FloatArray, region: FloatArray, left: FloatArray
    ) -> Sheets:
        """Gather what the hubs need: first of the sheets, then of the boxes that are left."""
        root = np.concatenate([root, left])
        activity = root[:, :, self._label]
        k, d = len(sheets.known), len(self._hubs)
        negative, held, relief = self._forms(sheets, activity[:k])
        no = np.zeros(len(left), dtype=bool)
        known = np.append(negative >= 0, no)
        rates = Rates.of(self.net, activity[k:, 0], activity[k:, 1])
        at = self._gather(_pair(sheets.at[:, :, self._label], RATE))
        over = self._gather(_pair(sheets.over[:, self._label], 0))
        of = sheets.slope[:, :, self._label]
        slope = (_pair(of, Q_SLOPE).joined(_pair(of, V_SLOPE), axis=-1) @ self._into).transposed
        inputs = self._into.mid.shape[1]
        everything = Sheets(
            known=known,
            at=at.reshape(k, at.mid.shape[1] * inputs).padded(len(left)),
            over=over.joined(self._gather(rates.rate)),
            slope=slope.reshape(k, inputs * d).padded(len(left)),
            minimum=np.append(negative == 0, no),
            held=np.append(held, no),
            relief=relief.padded(len(left)),
            activity=activity[:, :, : self.size],
            root=root,
            region=np.concatenate([region, left]),
        )
        return everything.rows(~known | everything.minimum) if self._minima else everything

    def _gather(self, rate: MidRad) -> MidRad:
        """Inputs to the hubs, from the rates of all nodes (last axis)."""
        source: MidRad = rate * self.net.equations.factors.pre(rate)
        return source.joined(rate, axis=-1) @ self._into

    def _forms(
        self, sheets: SheetTable, activity: FloatArray
    ) -> tuple[IntArray, BoolArray, MidRad]:
        """Inertia of H of the piece (-1: unproved), whether its delayed form is held, relief."""
        net, k, d = self.net, len(sheets.known), len(self._hubs)
        unheld = np.zeros(k, dtype=bool), MidRad.exact(np.zeros((k, d * d)))
        if not net.only_minima_stable or k == 0:
            return np.zeros(k, int), *unheld
        # H of the piece is regular along a sheet, so its inertia is the same at every value
        member = sheets.at[:, 0, self._label]
        full, _ = hessians(net, Rates.of(net, member[..., X], member[..., X + 1]))
        inner = slice(0, self.size)
        negative = inertia(MidRad(full.mid[:, inner, inner], full.rad[:, inner, inner]))
        if net.weights_follow:  # there is no delay
            return negative, *unheld
        _, frozen = hessians(net, Rates.of(net, activity[:, 0], activity[:, 1]))
        form = delayed(net, frozen)
        form.mid[:, -d:, -d:], form.rad[:, -d:, -d:] = 0.0, 0.0
        count = np.empty(k, dtype=np.int64)
        corner = np.zeros((k, d, d, 2))
        bordered_all(np.ascontiguousarray(form.mid), np.ascontiguousarray(form.rad), count, corner)
        held = count == 0
        corner[~held] = 0.0
        return negative, held, _pair(corner, 0).reshape(k, d * d)


def _pair(values: FloatArray, column: int) -> MidRad:
    return MidRad.between(values[..., column], values[..., column + 1])


def _distinct(sheets: SheetTable, region: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell sheets apart by their members at the first point: (known and distinct, repeated).

    Two of them are the same if one's member lies where the other's is the only one, and different
    if the members' enclosures are disjoint; where neither is certain both count as not known.
    """
    known, repeated = sheets.known.copy(), np.zeros_like(sheets.known)
    rows = np.flatnonzero(known)
    low, high = sheets.at[rows, 0, :, X], sheets.at[rows, 0, :, X + 1]
    for first, second in zip(*meeting(low, high), strict=True):
        i, j = rows[first], rows[second]
        if repeated[i]:
            continue  # the one that it repeats meets j as well
        if np.all((low[second] >= region[i, 0]) & (high[second] <= region[i, 1])):
            repeated[j], known[j] = True, False
        else:
            known[i] = known[j] = False
    return known, repeated


def _arcs_into_hubs(system: IntervalSystem, hubs: IntArray, zetas: tuple[float, ...]) -> MidRad:
    """Coefficients (2 n, inputs) of q, then V, of every node in the inputs to the hubs."""
    n, width = system.n, len(zetas) + 1
    into = np.zeros((2, 2 * n, len(hubs) * width))
    for number, hub in enumerate(hubs):
        for a in range(system.group[system.row[hub]], system.group[system.row[hub + 1]]):
            j, arc = system.source[a], system.arcs[a]
            if j in hubs:
                continue
            group = number * width + zetas.index(float(arc[ZETA]))
            into[:, j, group] = arc[C_LOW], arc[C_HIGH]
            into[:, n + j, number * width + width - 1] = arc[S_LOW], arc[S_HIGH]
    return MidRad.between(into[0], into[1])
