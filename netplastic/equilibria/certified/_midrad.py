"""Arrays of intervals, midpoint and radius, with every rounding error in the radius."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray, IntArray

__all__ = ["MidRad", "Sums"]

_UNIT = 2.0**-52
_TINY = 1e-200
_SLACK = 1.0 + 1e-12  # covers the rounding of the radius itself, a few operations each time


@dataclass(frozen=True, eq=False)
class MidRad:
    """Every value within `rad` of `mid`, elementwise.

    IEEE operations rounded to nearest err by at most half a unit in the last place of the result;
    a whole unit is added to each radius.
    """

    mid: FloatArray
    rad: FloatArray

    @staticmethod
    def exact(value: Any) -> MidRad:
        """Interval of no width."""
        array = np.asarray(value, dtype=np.float64)
        return MidRad(array, np.zeros_like(array))

    @staticmethod
    def between(low: FloatArray, high: FloatArray) -> MidRad:
        """Smallest such interval that holds [low, high]."""
        mid = 0.5 * (low + high)
        return MidRad(mid, np.maximum(high - mid, mid - low) * _SLACK + _UNIT * np.abs(mid) + _TINY)

    def _rounded(self, mid: FloatArray, rad: FloatArray) -> MidRad:
        return MidRad(mid, rad * _SLACK + _UNIT * np.abs(mid) + _TINY)

    # numpy leaves arithmetic with arrays of floats to the methods below
    __array_ufunc__ = None

    @staticmethod
    def of(value: MidRad | FloatArray | float) -> MidRad:
        """Take floats for intervals of no width."""
        return value if isinstance(value, MidRad) else MidRad.exact(value)

    def __add__(self, other: MidRad | FloatArray | float) -> MidRad:
        b = MidRad.of(other)
        return self._rounded(self.mid + b.mid, self.rad + b.rad)

    def __sub__(self, other: MidRad | FloatArray | float) -> MidRad:
        b = MidRad.of(other)
        return self._rounded(self.mid - b.mid, self.rad + b.rad)

    def __neg__(self) -> MidRad:
        return MidRad(-self.mid, self.rad)

    def __mul__(self, other: MidRad | FloatArray | float) -> MidRad:
        b = MidRad.of(other)
        rad = np.abs(self.mid) * b.rad + self.rad * (np.abs(b.mid) + b.rad)
        return self._rounded(self.mid * b.mid, rad)

    def __truediv__(self, other: MidRad | FloatArray | float) -> MidRad:
        """Quotient; radius infinite where the divisor may be zero."""
        b = MidRad.of(other)
        least = np.abs(b.mid) - b.rad
        with np.errstate(divide="ignore", invalid="ignore"):
            mid = self.mid / b.mid
            rad = (self.rad + np.abs(mid) * b.rad) / (least * (1.0 - 1e-12))
            rad = rad + 2.0 * _UNIT * np.abs(mid)
        bad = ~(least > 0.0)
        return self._rounded(np.where(bad, 0.0, mid), np.where(bad, np.inf, rad))

    def __radd__(self, other: FloatArray | float) -> MidRad:
        return self + other

    def __rsub__(self, other: FloatArray | float) -> MidRad:
        return MidRad.exact(other) - self

    def __rmul__(self, other: FloatArray | float) -> MidRad:
        return self * other

    def __rtruediv__(self, other: FloatArray | float) -> MidRad:
        return MidRad.exact(other) / self

    def sqrt(self) -> MidRad:
        """Square root of what is not negative."""
        low = np.sqrt(np.maximum(self.mid - self.rad, 0.0)) * (1.0 - 1e-15)
        return MidRad.between(low, np.sqrt(np.maximum(self.mid + self.rad, 0.0)) * (1.0 + 1e-15))

    @property
    def low(self) -> FloatArray:
        """Lower bounds."""
        return np.asarray(self.mid - self.rad - _UNIT * (np.abs(self.mid) + self.rad))

    @property
    def high(self) -> FloatArray:
        """Upper bounds."""
        return np.asarray(self.mid + self.rad + _UNIT * (np.abs(self.mid) + self.rad))

    def hull(self) -> MidRad:
        """Smallest such interval that holds all rows (first axis, not empty), as one row."""
        return MidRad.between(self.low.min(axis=0), self.high.max(axis=0))

    def hulls(self, groups: Sequence[IntArray]) -> MidRad:
        """Hulls of the rows of each group, none of which is empty, as one row per group."""
        order = np.concatenate(groups)
        first = np.cumsum([0, *(len(group) for group in groups[:-1])])
        rows = self[order]
        return MidRad.between(
            np.minimum.reduceat(rows.low, first, axis=0),
            np.maximum.reduceat(rows.high, first, axis=0),
        )

    def joined(self, other: MidRad, axis: int = 0) -> MidRad:
        """Both, one after the other along an axis."""
        return MidRad(
            np.concatenate([self.mid, other.mid], axis=axis),
            np.concatenate([self.rad, other.rad], axis=axis),
        )

    def reshape(self, *shape: int) -> MidRad:
        """The same intervals in another shape."""
        return MidRad(self.mid.reshape(shape), self.rad.reshape(shape))

    def padded(self, rows: int) -> MidRad:
        """With so many further rows that are zero."""
        zeros = np.zeros((rows, *self.mid.shape[1:]))
        return self.joined(MidRad(zeros, zeros))

    def sum(self, axis: int) -> MidRad:
        """Sum along an axis: each of its n terms adds at most a rounding of the partial sums."""
        n = self.mid.shape[axis]
        return self._rounded(
            self.mid.sum(axis=axis),
            (self.rad + n * _UNIT * np.abs(self.mid)).sum(axis=axis) * (1.0 + n * 1e-15),
        )

    def __getitem__(self, index: Any) -> MidRad:
        return MidRad(self.mid[index], self.rad[index])

    @property
    def transposed(self) -> MidRad:
        """Last two axes exchanged."""
        return MidRad(np.swapaxes(self.mid, -1, -2), np.swapaxes(self.rad, -1, -2))

    def __matmul__(self, other: MidRad) -> MidRad:
        """Matrix product: the float product errs by at most n units of |A| |B|."""
        n = self.mid.shape[-1]
        size_a, size_b = np.abs(self.mid), np.abs(other.mid)
        rad = (
            size_a @ (other.rad + (n + 2) * _UNIT * size_b) + self.rad @ (size_b + other.rad)
        ) * (1.0 + (n + 4) * 1e-15)
        return self._rounded(self.mid @ other.mid, rad)

    def scatter(self, shape: tuple[int, ...], rows: Any, columns: Any) -> MidRad:
        """Dense matrices with the last axis spread over distinct (row, column) places."""
        mid, rad = np.zeros(shape), np.zeros(shape)
        mid[..., rows, columns] = self.mid
        rad[..., rows, columns] = self.rad
        return MidRad(mid, rad)

    def gather(self, matrix: FloatArray) -> MidRad:
        """Product of the last axis with the transpose of a 0-1 matrix given exactly."""
        return self @ MidRad.exact(matrix.T)


class Sums:
    """Sums of the last axis over groups: value k of it goes into the sum `place[k]`.

    A float sum of d terms errs by at most d units of the sum of their sizes.
    """

    def __init__(self, place: IntArray, size: int) -> None:
        number = len(place)
        entries = (np.ones(number), (place, np.arange(number)))
        self._matrix = sparse.csr_array(entries, shape=(size, number))
        self._terms = float(np.bincount(place, minlength=1).max(initial=0))

    def __call__(self, values: MidRad) -> MidRad:
        size = values.rad + (self._terms + 2.0) * _UNIT * np.abs(values.mid)
        rad = self._times(size) * (1.0 + (self._terms + 4.0) * 1e-15)
        return MidRad(self._times(values.mid), rad + _TINY)

    def _times(self, values: FloatArray) -> FloatArray:
        batch = values.shape[:-1]
        flat = values.reshape(math.prod(batch), values.shape[-1])
        return np.asarray((self._matrix @ flat.T).T).reshape(*batch, self._matrix.shape[0])
