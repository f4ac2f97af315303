"""What share of random starts shows what has been seen before: Good and Turing's estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netplastic._support import IntArray

__all__ = ["ENOUGH", "Coverage", "coverage_of"]

ENOUGH = 0.95
"""Lower end of a coverage from which on a count is an estimate and not a lower bound only."""

_SIDE = 1.6449
"""Of the normal distribution: 5 % lie beyond it on one side."""

_CHANCE = 0.05


@dataclass(frozen=True)
class Coverage:
    """Share of random starts that end in a pattern seen already.

    Attributes
    ----------
    share : float
        Its estimate; NaN where nothing is known.
    low : float
        Lower end of its one-sided 95 % interval.
    """

    share: float = math.nan
    low: float = math.nan

    def __str__(self) -> str:
        if math.isnan(self.low):
            return ""
        return (
            f"a state not seen yet has a probability below {1.0 - self.low:.2g} under these starts"
        )

    def times(self, other: Coverage) -> Coverage:
        """Of two parts together, which are sampled apart."""
        return Coverage(self.share * other.share, self.low * other.low)


def coverage_of(hits: IntArray) -> Coverage:
    """Coverage from how often each pattern was hit by independent starts.

    With n hits in all, f1 patterns hit once and f2 hit twice, the share of the distribution that
    lies on patterns never hit is about f1 / n (Good 1953), with the variance
    ``(f1 / n + 2 f2 / n - (f1 / n)^2) / n`` (Esty 1983). Where f1 and f2 are 0 that says nothing
    of chance; so the lower end is never above ``0.05^(1/n)``, the share below which n starts that
    all missed the rest would be a matter of 5 %.

    Parameters
    ----------
    hits : int array
        Of each pattern, 0 for those that were found in other ways.

    Returns
    -------
    Coverage

    Examples
    --------
    >>> import numpy as np
    >>> found = coverage_of(np.array([50, 30, 19, 1]))
    >>> round(found.share, 3), round(found.low, 3)
    (0.99, 0.97)
    """
    n = int(np.sum(hits))
    if n == 0:
        return Coverage()
    once, twice = (float(np.sum(hits == number)) / n for number in (1, 2))
    error = math.sqrt(max(0.0, once + 2.0 * twice - once**2) / n)
    low = min(1.0 - once - _SIDE * error, _CHANCE ** (1.0 / n))
    return Coverage(1.0 - once, max(0.0, low))
