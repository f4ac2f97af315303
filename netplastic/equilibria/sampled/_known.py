"""The distinct states that a search has found so far, by a hash.

A state is taken for a known one if no coordinate of their activities differs by more than half the
radius of `box_radius`, or by more than the two proved radii together. An equilibrium lies within
the radius of each proved state, and the radius of those that were proved otherwise is at most an
eighth of `box_radius`: states that are kept apart are different ones, so that their number is a
lower bound. Two proofs of one equilibrium are never kept apart.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from netplastic._support import FloatArray, IntArray

from ._krawczyk import box_radius
from ._verify import Verified

__all__ = ["Known"]

_CELL = 1e-6
_ROUNDING = 1e-12  # of a key, whose size is at most that of the state


class Known:
    """Distinct states, one after the other.

    Parameters
    ----------
    n : int
        Number of nodes.
    tolerance : float or None
        In place of half the radius of `box_radius`.

    Examples
    --------
    >>> import numpy as np
    >>> known = Known(2)
    >>> states = np.array([[0.0, 1.0], [0.5, 1.0], [0.0, 1.0 + 1e-9]])
    >>> [known.add(x, np.nan, False, False) for x in states], len(known)
    ([True, True, False], 2)
    """

    def __init__(self, n: int, tolerance: float | None = None) -> None:
        weight = 1.0 + np.modf(np.arange(1, n + 1) * math.sqrt(2.0))[0]
        self._weight: FloatArray = weight / weight.sum()  # keys differ by no more than states do
        self._cells: defaultdict[int, list[int]] = defaultdict(list)
        self._states: list[FloatArray] = []
        self._proofs: list[tuple[float, bool, bool]] = []
        self._hits: list[int] = []
        self._widest = 0.0
        self._tolerance = tolerance

    def __len__(self) -> int:
        return len(self._states)

    def row_of(self, x: FloatArray, radius: float = math.nan) -> int:
        """Number of the nearest state that this one is taken for; -1 where there is none."""
        key, size = float(x @ self._weight), float(np.max(np.abs(x), initial=0.0))
        own = 0.0 if math.isnan(radius) else radius
        half = float(box_radius(x)) / 2.0 if self._tolerance is None else self._tolerance
        reach = max(half, own + self._widest) + _ROUNDING * size
        best, nearest = -1, math.inf
        near = range(int((key - reach) // _CELL), int((key + reach) // _CELL) + 1)
        # of states as large as 1e9 these are more cells than states
        cells = near if len(near) <= len(self._cells) else list(self._cells)
        for row in (row for cell in cells for row in self._cells.get(cell, ())):
            gap = float(np.max(np.abs(self._states[row] - x), initial=0.0))
            apart = gap > half and not gap <= own + self._proofs[row][0]
            if not apart and gap < nearest:
                best, nearest = row, gap
        return best

    def add(self, x: FloatArray, radius: float, minimum: bool, stable: bool, hits: int = 0) -> bool:
        """Keep a state if it is finite and new, and count its hits; whether it was new."""
        if not np.all(np.isfinite(x)):
            return False
        row = self.row_of(x, radius)
        if row >= 0:
            self._hits[row] += hits
            return False
        self._cells[int(float(x @ self._weight) // _CELL)].append(len(self._states))
        self._states.append(np.array(x))
        self._proofs.append((radius, minimum, stable))
        self._hits.append(hits)
        if not math.isnan(radius):
            self._widest = max(self._widest, radius)
        return True

    def hit(self, row: int, times: int) -> None:
        """Count independent random starts that led to a state."""
        self._hits[row] += times

    @property
    def verified(self) -> Verified:
        """All states, in the order in which they were found."""
        proofs = np.array(self._proofs, dtype=np.float64).reshape(-1, 3)
        return Verified(
            states=np.array(self._states).reshape(-1, len(self._weight)),
            radius=proofs[:, 0],
            minimum=proofs[:, 1] > 0.0,
            stable=proofs[:, 2] > 0.0,
        )

    @property
    def hits(self) -> IntArray:
        """How many independent random starts led to each."""
        return np.array(self._hits, dtype=np.int64)
