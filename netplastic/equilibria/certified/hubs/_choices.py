"""How the pieces around hubs may choose among their sheets, with the number of ways."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray
from netplastic.equilibria.certified import MidRad

from ._pieces import Sheets

__all__ = ["Choices", "choices_of"]

_MOST = 50_000
_FEW = 64
_BUNDLES = 300
_SAME = 1e-9
_NOTHING = 1e-100  # less than any input: what rounding makes of none
_OVER = 1  # place of `over` among the sums


@dataclass(frozen=True, eq=False, kw_only=True)
class Choices:
    """One row per choice: how many copies of each piece take which class of sheets.

    Attributes
    ----------
    at, over, slope, relief : MidRad of shape (k, ...)
        Sums over the sheets (see `Sheets`).
    known, minimum, held : bool arrays of shape (k,)
        Whether that holds for all sheets chosen.
    ways : list of int
        How many ways there are to choose like this.
    pick : int array of shape (k, pieces)
        Row of `numbers` chosen for each piece; -1 where the row stands for many choices.
    numbers : list of int arrays of shape (rows, classes)
        Per piece, how many copies take each class.
    classes : list of list of int arrays
        Per piece and class, the sheets that belong to it: their inputs agree.
    """

    at: MidRad
    over: MidRad
    slope: MidRad
    relief: MidRad
    known: BoolArray
    minimum: BoolArray
    held: BoolArray
    ways: list[int]
    pick: IntArray
    numbers: list[IntArray]
    classes: list[list[IntArray]]

    def __len__(self) -> int:
        return len(self.ways)

    def used(self, piece: int) -> IntArray:
        """Sheets of a piece that occur in some choice."""
        if np.any(self.pick < 0):
            return np.sort(np.concatenate(self.classes[piece]))
        taken = np.any(self.numbers[piece][np.unique(self.pick[:, piece])] > 0, axis=0)
        chosen = [c for c, t in zip(self.classes[piece], taken, strict=True) if t]
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *chosen]))

    def selections(self, row: int) -> list[list[list[int]]]:
        """Sheets taken by every copy of every piece, in all ways but exchanges of equal pieces.

        Where a class has several sheets each copy may take any; more than 64 ways: none.
        """
        if np.any(self.pick[row] < 0):
            return []
        places = [
            [
                list(c)
                for c, number in zip(classes, numbers[pick], strict=True)
                for _ in range(number)
            ]
            for classes, numbers, pick in zip(
                self.classes, self.numbers, self.pick[row], strict=True
            )
        ]
        if math.prod(len(c) for piece in places for c in piece) > _FEW:
            return []
        ways = [[list(taken) for taken in itertools.product(*piece)] for piece in places]
        return [list(selection) for selection in itertools.product(*ways)]


@dataclass(frozen=True, eq=False)
class _Option:
    """The ways in which all copies of one piece may choose: sums over the copies."""

    sums: tuple[MidRad, ...]  # at, over, slope, relief
    marks: BoolArray  # (rows, 3): known, minimum, held
    ways: list[int]
    numbers: IntArray
    classes: list[IntArray]


def choices_of(
    found: list[Sheets],
    copies: list[int],
    hubs: int,
    may_vanish: Callable[[MidRad], BoolArray],
) -> Choices | None:
    """All choices for which the hubs' rows may vanish.

    Where there are too many, those with nearly the same inputs are put together, if all sheets
    are known; else None.

    Parameters
    ----------
    found : list of Sheets
        Of each different piece.
    copies : list of int
        How many there are of each.
    hubs : int
        Number of hubs.
    may_vanish : callable
        Given total inputs over the box (k, inputs), which of them the hubs' rows allow.
    """
    classes = [_classes(sheets) for sheets in found]
    options = []
    for number, (sheets, copies_of) in enumerate(zip(found, copies, strict=True)):
        option = _option(sheets, copies_of, classes[number])
        if option is None:
            return _merged(found, copies, classes, hubs, may_vanish)
        options.append(option)
    rest = _hulls_of_rest(options)
    sums: list[MidRad] | None = None
    marks = np.ones((1, 3), dtype=bool)
    ways = [1]
    pick = np.empty((1, 0), dtype=np.int64)
    for number, option in enumerate(options):
        rows = len(option.ways)
        if len(ways) * rows > _MOST:
            return _merged(found, copies, classes, hubs, may_vanish)
        left, right = np.divmod(np.arange(len(ways) * rows), max(rows, 1))
        if sums is None:
            sums = [one[right] for one in option.sums]
        else:
            sums = [one[left] + two[right] for one, two in zip(sums, option.sums, strict=True)]
        keep = np.flatnonzero(may_vanish(sums[_OVER] + rest[number]))
        sums = [one[keep] for one in sums]
        left, right = left[keep], right[keep]
        marks = marks[left] & option.marks[right]
        ways = [ways[i] * option.ways[j] for i, j in zip(left, right, strict=True)]
        pick = np.column_stack([pick[left], right])
    assert sums is not None  # a hub has pieces
    numbers = [option.numbers for option in options]
    return _rows(tuple(sums), marks, ways, pick, numbers, classes)


def _rows(
    sums: tuple[MidRad, ...],
    marks: BoolArray,
    ways: list[int],
    pick: IntArray,
    numbers: list[IntArray],
    classes: list[list[IntArray]],
) -> Choices:
    at, over, slope, relief = sums
    known, minimum, held = marks.T
    return Choices(
        at=at,
        over=over,
        slope=slope,
        relief=relief,
        known=known,
        minimum=minimum,
        held=held,
        ways=ways,
        pick=pick,
        numbers=numbers,
        classes=classes,
    )


def _hulls_of_rest(options: list[_Option]) -> list[MidRad]:
    """Per piece, what the pieces after it may add over the interval."""
    inputs = options[0].sums[_OVER].mid.shape[1]
    total = MidRad.exact(np.zeros(inputs))
    rest = []
    for option in reversed(options):
        rest.append(total)
        if len(option.ways):
            total = total + option.sums[_OVER].hull()
    return rest[::-1]


def _option(sheets: Sheets, copies: int, classes: list[IntArray]) -> _Option | None:
    k = len(classes)
    if k and math.comb(copies + k - 1, k - 1) > _MOST:
        return None
    numbers = _compositions(copies, k)
    exact = MidRad.exact(numbers.astype(np.float64))
    hulls, of_class = _of_classes(sheets, classes)
    sums = [exact @ hull for hull in hulls]
    lacking = (numbers > 0) @ ~of_class
    sizes = [len(c) for c in classes]
    ways = sizes if copies == 1 else [_ways(row.tolist(), sizes) for row in numbers]
    return _Option(
        tuple(sums),
        ~lacking,
        ways,
        numbers,
        classes,
    )


def _of_classes(sheets: Sheets, classes: list[IntArray]) -> tuple[list[MidRad], BoolArray]:
    """Hulls of at, over, slope and relief of each class, and its marks."""
    parts = (sheets.at, sheets.over, sheets.slope, sheets.relief)
    marks = np.column_stack([sheets.known, sheets.minimum, sheets.held])
    if not classes:
        return [part[:0] for part in parts], marks[:0]
    return [part.hulls(classes) for part in parts], marks[[c[0] for c in classes]]


def _classes(sheets: Sheets) -> list[IntArray]:
    """Sheets with the same inputs at the chosen points (to rounding) and the same marks.

    What is not known is gathered where the inputs over the interval overlap.
    """
    ends = sheets.at.mid
    size = np.maximum(1e-3, np.abs(ends).max(axis=0, initial=0.0)) * _SAME
    marks = np.column_stack([sheets.minimum, sheets.held]).astype(np.float64)
    key = np.concatenate([np.round(ends / size), marks], axis=1)[sheets.known]
    _, label = np.unique(key, axis=0, return_inverse=True)
    label = label.reshape(-1)
    known = np.flatnonzero(sheets.known)
    classes = [known[label == c] for c in range(int(label.max(initial=-1)) + 1)]
    rest = np.flatnonzero(~sheets.known)
    low, high = sheets.over.low, sheets.over.high
    if len(rest):
        widest = int(np.argmax(high[rest].max(axis=0) - low[rest].min(axis=0)))
        low, high = low[:, widest], high[:, widest]
    rest = rest[np.argsort(low[rest], kind="stable")]
    if len(rest):
        gap = low[rest[1:]] > np.maximum.accumulate(high[rest])[:-1]
        classes += np.split(rest, np.flatnonzero(gap) + 1)
    return classes


def _compositions(total: int, parts: int) -> IntArray:
    """All ways to write `total` as an ordered sum of `parts` numbers >= 0, one per row."""
    if parts == 0:
        return np.empty((0, 0), dtype=np.int64)
    if total == 1:
        return np.eye(parts, dtype=np.int64)
    bars = list(itertools.combinations(range(total + parts - 1), parts - 1))
    cuts = np.array(bars, dtype=np.int64).reshape(len(bars), parts - 1)
    ends = np.pad(cuts, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, total + parts - 1)))
    return np.asarray(np.diff(ends, axis=1) - 1, dtype=np.int64)


def _ways(numbers: list[int], sizes: list[int]) -> int:
    ways = math.factorial(sum(numbers))
    for number, size in zip(numbers, sizes, strict=True):
        ways = ways // math.factorial(number) * size**number
    return ways


@dataclass(frozen=True, eq=False)
class _Bundles:
    """Choices with nearly the same inputs and the same marks, put together."""

    sums: list[MidRad]  # at, over, slope, relief: hulls
    marks: BoolArray
    ways: list[int]

    def __len__(self) -> int:
        return len(self.ways)

    def rows(self, index: IntArray) -> _Bundles:
        sums = [part[index] for part in self.sums]
        return _Bundles(sums, self.marks[index], [self.ways[i] for i in index])

    def with_all_of(self, other: _Bundles) -> _Bundles:
        """Every choice here with every choice there.

        Both have been thinned, or this takes the memory that thinning is there to spare.
        """
        left, right = np.divmod(np.arange(len(self) * len(other)), max(len(other), 1))
        return _Bundles(
            [one[left] + two[right] for one, two in zip(self.sums, other.sums, strict=True)],
            self.marks[left] & other.marks[right],
            [self.ways[i] * other.ways[j] for i, j in zip(left, right, strict=True)],
        )

    def inputs(self, hubs: int) -> FloatArray:
        """Sum of the inputs to each hub, (k, hubs)."""
        return np.asarray(self.sums[_OVER].mid.reshape(len(self), hubs, -1).sum(axis=2))

    def thinned(self, hubs: int, most: int) -> _Bundles:
        """About so many of them at most: neighbors in their inputs are put together."""
        if len(self) <= most:
            return self
        inputs, parts = self.inputs(hubs), []
        kind = self.marks @ np.array([1, 2, 4])
        for value in np.unique(kind):
            of_kind = np.flatnonzero(kind == value)
            share = max(1, len(of_kind) * most // len(kind))
            parts += [of_kind[part] for part in _neighbors(inputs[of_kind], share)]
        sums = [part.hulls(parts) for part in self.sums]
        ways = [sum(self.ways[i] for i in part) for part in parts]
        return _Bundles(sums, self.marks[[part[0] for part in parts]], ways)


def _neighbors(points: FloatArray, parts: int) -> list[IntArray]:
    """Split points (k, dimensions) into so many boxes with about the same number in each."""
    spread = np.ptp(points, axis=0)
    order = np.argsort(points[:, np.argmax(spread)], kind="stable")
    if parts == 1 or np.count_nonzero(spread) <= 1:
        return [part for part in np.array_split(order, parts) if len(part)]
    half = parts // 2
    cut = len(order) * half // parts
    sides = ((order[:cut], half), (order[cut:], parts - half))
    return [
        side[part] for side, share in sides if len(side) for part in _neighbors(points[side], share)
    ]


def _merged(
    found: list[Sheets],
    copies: list[int],
    classes: list[list[IntArray]],
    hubs: int,
    may_vanish: Callable[[MidRad], BoolArray],
) -> Choices | None:
    """Choices in bundles; None unless all sheets are known.

    Pieces that hang at the same hubs are put together first.
    """
    if not all(np.all(sheets.known) for sheets in found):
        return None
    together: dict[bytes, _Bundles] = {}
    for sheets, of, number in zip(found, classes, copies, strict=True):
        single = _Bundles(*_of_classes(sheets, of), [len(c) for c in of])
        power = _power(single, number, hubs)
        seen = np.any(np.abs(power.inputs(hubs)) > _NOTHING, axis=0).tobytes()
        before = together.get(seen)
        if before is not None:
            power = before.with_all_of(power).thinned(hubs, _BUNDLES)
        together[seen] = power
    most = int(_MOST ** (1.0 / len(together)))
    total, *others = (bundles.thinned(hubs, most) for bundles in together.values())
    for other in others:
        total = total.with_all_of(other)
    total = total.rows(np.flatnonzero(may_vanish(total.sums[_OVER])))
    pick = np.full((len(total), len(found)), -1, dtype=np.int64)
    numbers = [np.empty((0, len(of)), dtype=np.int64) for of in classes]
    return _rows(tuple(total.sums), total.marks, total.ways, pick, numbers, classes)


def _power(single: _Bundles, copies: int, hubs: int) -> _Bundles:
    """Choices of several equal pieces, each of which chooses for itself; thinned."""
    result: _Bundles | None = None
    square = single.thinned(hubs, _BUNDLES)
    while True:
        if copies % 2:
            result = square if result is None else result.with_all_of(square)
            result = result.thinned(hubs, _BUNDLES)
        copies //= 2
        if not copies:
            assert result is not None  # there is one piece at least
            return result
        square = square.with_all_of(square).thinned(hubs, _BUNDLES)
