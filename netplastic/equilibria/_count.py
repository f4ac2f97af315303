"""What a count is worth: certified, a lower bound, or an estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netplastic._support import Status

__all__ = ["Count", "CountStatus"]


class CountStatus(Status):
    """What a count is worth; members compare equal to their text."""

    CERTIFIED = (
        "certified",
        "An interval proof shows that the list is complete: the number is exact.",
        "Nothing is left to do.",
    )
    LOWER_BOUND = (
        "lower bound",
        "So many were found and each was verified; there may be more.",
        "Give a larger budget to the certified search, or move away from a bifurcation.",
    )
    ESTIMATE = (
        "estimate",
        "A statistical estimate from samples, with its interval.",
        "Use more samples, or the certified search where the network is small enough.",
    )


@dataclass(frozen=True)
class Count:
    """A number of equilibria, with what is proved about it.

    Parameters
    ----------
    lower, upper : int (upper may be ``math.inf``)
        lower <= true number <= upper. For an estimate, the ends of its interval.
    status : CountStatus
        Certified if and only if a proof gives lower == upper.
    method : str
        How it was obtained.
    reason : str
        Why lower < upper, or empty.

    Examples
    --------
    >>> count = Count(3, 3, CountStatus.CERTIFIED)
    >>> int(count), count.status == "certified", str(count)
    (3, True, '3 (certified)')
    >>> str(Count(24, math.inf, CountStatus.LOWER_BOUND, reason="500 random starts"))
    'at least 24 (lower bound: 500 random starts)'
    """

    lower: int
    upper: int | float
    status: CountStatus
    method: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.lower <= self.upper:
            raise ValueError(f"a count needs 0 <= lower <= upper; got {self.lower}, {self.upper}.")
        if self.status is CountStatus.CERTIFIED and self.lower != self.upper:
            raise ValueError("a certified count has lower == upper.")

    @property
    def exact(self) -> bool:
        """Whether lower == upper."""
        return self.lower == self.upper

    @property
    def log2(self) -> float:
        """log2 of the lower end; -inf for 0. Exact integers of any length are handled."""
        return math.log2(self.lower) if self.lower else -math.inf

    def __int__(self) -> int:
        if not self.exact:
            raise ValueError(
                f"the count is not settled ({self}); read .lower and .upper. {self.status.remedy}"
            )
        return self.lower

    def __str__(self) -> str:
        lower = _written(self.lower)
        if self.exact:
            span = lower
        elif self.upper == math.inf:
            span = f"at least {lower}"
        else:
            span = f"between {lower} and {_written(int(self.upper))}"
        reason = f": {self.reason}" if self.reason else ""
        return f"{span} ({self.status}{reason})"


def _written(number: int) -> str:
    """Decimal digits; their number where Python would refuse to write so many."""
    digits = math.log10(number) if number else 0.0
    return str(number) if digits < 4000 else f"10^{digits:.3f}"
