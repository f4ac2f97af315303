"""How the pieces around a hub may choose among their families, with the number of ways."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._types import BoolArray, IntArray
from ._midrad import MidRad
from ._pieces import Families

__all__ = ["Choices", "choices_of"]

_MOST = 50_000
_FEW = 64
_BUNDLES = 300
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Choices:
    """One row per choice: how many copies of each piece take which class of families.

    Attributes
    ----------
    low, high, over, slope : MidRad of shape (k, inputs)
        Sums of the families' inputs to the hub (see `Families`).
    known, minimum, held : bool arrays of shape (k,)
        Whether that holds for all families chosen.
    relief : MidRad of shape (k, 1)
        Sum of the families' reliefs.
    ways : list of int
        How many ways there are to choose like this.
    pick : int array of shape (k, pieces)
        Row of `numbers` chosen for each piece; -1 where the row stands for many choices.
    numbers : list of int arrays of shape (rows, classes)
        Per piece, how many copies take each class.
    classes : list of list of int arrays
        Per piece and class, the families that belong to it: their inputs agree.
    """

    low: MidRad
    high: MidRad
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
        """Families of a piece that occur in some choice."""
        if np.any(self.pick < 0):
            return np.sort(np.concatenate(self.classes[piece]))
        taken = np.any(self.numbers[piece][np.unique(self.pick[:, piece])] > 0, axis=0)
        chosen = [c for c, t in zip(self.classes[piece], taken, strict=True) if t]
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *chosen]))

    def selections(self, row: int) -> list[list[list[int]]]:
        """Families taken by every copy of every piece, in all ways but exchanges of equal pieces.

        Where a class has several families each copy may take any; more than 64 ways: none.
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

    sums: tuple[MidRad, ...]  # low, high, over, slope, relief
    marks: BoolArray  # (rows, 3): known, minimum, held
    ways: list[int]
    numbers: IntArray
    classes: list[IntArray]


def choices_of(
    found: list[Families], copies: list[int], may_vanish: Callable[[MidRad], BoolArray]
) -> Choices | None:
    """All choices for which the hub's row may vanish.

    Where there are too many, those with nearly the same inputs are put together, if all families
    are known; else None.

    Parameters
    ----------
    found : list of Families
        Of each different piece.
    copies : list of int
        How many there are of each.
    may_vanish : callable
        Given total inputs over the interval (k, inputs), which of them the hub's row allows.
    """
    classes = [_classes(families) for families in found]
    options = []
    for number, (families, copies_of) in enumerate(zip(found, copies, strict=True)):
        option = _option(families, copies_of, classes[number])
        if option is None:
            return _merged(found, copies, classes, may_vanish)
        options.append(option)
    rest = _hulls_of_rest(options)
    sums: list[MidRad] | None = None
    marks = np.ones((1, 3), dtype=bool)
    ways = [1]
    pick = np.empty((1, 0), dtype=np.int64)
    for number, option in enumerate(options):
        rows = len(option.ways)
        if len(ways) * rows > _MOST:
            return _merged(found, copies, classes, may_vanish)
        left, right = np.divmod(np.arange(len(ways) * rows), max(rows, 1))
        if sums is None:
            sums = [one[right] for one in option.sums]
        else:
            sums = [one[left] + two[right] for one, two in zip(sums, option.sums, strict=True)]
        keep = np.flatnonzero(may_vanish(sums[2] + rest[number]))
        sums = [one[keep] for one in sums]
        left, right = left[keep], right[keep]
        marks = marks[left] & option.marks[right]
        ways = [ways[i] * option.ways[j] for i, j in zip(left, right, strict=True)]
        pick = np.column_stack([pick[left], right])
    assert sums is not None  # a hub has pieces
    low, high, over, slope, relief = sums
    known, minimum, held = marks.T
    return Choices(
        low,
        high,
        over,
        slope,
        relief,
        known,
        minimum,
        held,
        ways,
        pick,
        [option.numbers for option in options],
        [option.classes for option in options],
    )


def _hulls_of_rest(options: list[_Option]) -> list[MidRad]:
    """Per piece, what the pieces after it may add over the interval."""
    inputs = options[0].sums[2].mid.shape[1]
    total = MidRad.exact(np.zeros(inputs))
    rest = []
    for option in reversed(options):
        rest.append(total)
        if len(option.ways):
            total = total + option.sums[2].hull()
    return rest[::-1]


def _option(families: Families, copies: int, classes: list[IntArray]) -> _Option | None:
    k = len(classes)
    if k and math.comb(copies + k - 1, k - 1) > _MOST:
        return None
    numbers = _compositions(copies, k)
    exact = MidRad.exact(numbers.astype(np.float64))
    hulls, of_class = _of_classes(families, classes)
    sums = [exact @ hull for hull in hulls]
    lacking = (numbers > 0)[:, :, None] & ~of_class[None, :, :]
    ways = [_ways(row.tolist(), [len(c) for c in classes]) for row in numbers]
    return _Option(
        tuple(sums),
        ~np.any(lacking, axis=1),
        ways,
        numbers,
        classes,
    )


def _of_classes(families: Families, classes: list[IntArray]) -> tuple[list[MidRad], BoolArray]:
    """Hulls of low, high, over, slope and relief of each class, and its marks."""
    stacks = []
    for part in (families.low, families.high, families.over, families.slope, families.relief):
        hulls = [part[c].hull() for c in classes]
        shape = (len(classes), part.mid.shape[1])
        stacks.append(
            MidRad(
                np.array([hull.mid for hull in hulls]).reshape(shape),
                np.array([hull.rad for hull in hulls]).reshape(shape),
            )
        )
    heads = np.array([c[0] for c in classes], dtype=np.int64)
    return stacks, np.column_stack([families.known, families.minimum, families.held])[heads]


def _classes(families: Families) -> list[IntArray]:
    """Families with the same inputs at both ends (to rounding) and the same marks.

    What is not known is gathered where the inputs over the interval overlap.
    """
    ends = np.concatenate([families.low.mid, families.high.mid], axis=1)
    size = np.maximum(1e-3, np.abs(ends).max(axis=0, initial=0.0)) * _SAME
    marks = np.column_stack([families.minimum, families.held]).astype(np.float64)
    key = np.concatenate([np.round(ends / size), marks], axis=1)[families.known]
    _, label = np.unique(key, axis=0, return_inverse=True)
    label = label.reshape(-1)
    known = np.flatnonzero(families.known)
    classes = [known[label == c] for c in range(int(label.max(initial=-1)) + 1)]
    rest = np.flatnonzero(~families.known)
    low, high = families.over.low[:, 0], families.over.high[:, 0]
    rest = rest[np.argsort(low[rest], kind="stable")]
    if len(rest):
        gap = low[rest[1:]] > np.maximum.accumulate(high[rest])[:-1]
        classes += np.split(rest, np.flatnonzero(gap) + 1)
    return classes


def _compositions(total: int, parts: int) -> IntArray:
    """All ways to write `total` as an ordered sum of `parts` numbers >= 0, one per row."""
    if parts == 0:
        return np.empty((0, 0), dtype=np.int64)
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

    sums: list[MidRad]  # low, high, over, slope, relief: hulls
    marks: BoolArray
    ways: list[int]

    def __len__(self) -> int:
        return len(self.ways)

    def rows(self, index: IntArray) -> _Bundles:
        sums = [part[index] for part in self.sums]
        return _Bundles(sums, self.marks[index], [self.ways[i] for i in index])

    def with_all_of(self, other: _Bundles) -> _Bundles:
        """Every choice here with every choice there."""
        left, right = np.divmod(np.arange(len(self) * len(other)), max(len(other), 1))
        return _Bundles(
            [one[left] + two[right] for one, two in zip(self.sums, other.sums, strict=True)],
            self.marks[left] & other.marks[right],
            [self.ways[i] * other.ways[j] for i, j in zip(left, right, strict=True)],
        ).thinned()

    def thinned(self) -> _Bundles:
        """At most some hundred of them: neighbors in their inputs are put together."""
        if len(self) <= _BUNDLES:
            return self
        kind = self.marks @ np.array([1, 2, 4])
        order = np.lexsort((self.sums[2].mid.sum(axis=1), kind))
        place = np.arange(len(order)) * _BUNDLES // len(order)
        new = np.append(True, (np.diff(place) > 0) | (np.diff(kind[order]) > 0))
        first = np.flatnonzero(new)
        sums = [
            MidRad.between(
                np.minimum.reduceat(part.low[order], first, axis=0),
                np.maximum.reduceat(part.high[order], first, axis=0),
            )
            for part in self.sums
        ]
        parts = np.split(order, first[1:])
        ways = [sum(self.ways[i] for i in part) for part in parts]
        return _Bundles(sums, self.marks[order[first]], ways)


def _merged(
    found: list[Families],
    copies: list[int],
    classes: list[list[IntArray]],
    may_vanish: Callable[[MidRad], BoolArray],
) -> Choices | None:
    """Choices in bundles; None unless all families are known."""
    if not all(np.all(families.known) for families in found):
        return None
    singles = [
        _Bundles(*_of_classes(families, of), [len(c) for c in of])
        for families, of in zip(found, classes, strict=True)
    ]
    powers = [_power(single, number) for single, number in zip(singles, copies, strict=True)]
    total = powers[0]
    for power in powers[1:]:
        total = total.with_all_of(power)
    total = total.rows(np.flatnonzero(may_vanish(total.sums[2])))
    low, high, over, slope, relief = total.sums
    known, minimum, held = total.marks.T
    pick = np.full((len(total), len(found)), -1, dtype=np.int64)
    numbers = [np.empty((0, len(of)), dtype=np.int64) for of in classes]
    return Choices(
        low, high, over, slope, relief, known, minimum, held, total.ways, pick, numbers, classes
    )


def _power(single: _Bundles, copies: int) -> _Bundles:
    """Choices of several equal pieces, each of which chooses for itself."""
    result: _Bundles | None = None
    square = single
    while True:
        if copies % 2:
            result = square if result is None else result.with_all_of(square)
        copies //= 2
        if not copies:
            assert result is not None  # there is one piece at least
            return result
        square = square.with_all_of(square)
