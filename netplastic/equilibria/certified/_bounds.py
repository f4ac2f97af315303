"""Bounds on a number of equilibria, and how those of independent parts combine."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netplastic.equilibria import Count, CountStatus

__all__ = ["METHOD", "Bounds"]

METHOD = "certified"


@dataclass(frozen=True)
class Bounds:
    """lower <= number <= upper, proved.

    Attributes
    ----------
    lower, upper : int (upper may be ``math.inf``)
    reason : str
        Why they differ, or empty.
    """

    lower: int
    upper: int | float
    reason: str = ""

    @property
    def exact(self) -> bool:
        """Whether the number is known."""
        return self.lower == self.upper

    def times(self, other: Bounds, copies: int = 1) -> Bounds:
        """Bounds of the product with the number of each of some equal parts."""
        reasons = dict.fromkeys(reason for reason in (self.reason, other.reason) if reason)
        return Bounds(
            self.lower * other.lower**copies,
            _product(self.upper, other.upper, copies),
            "; ".join(reasons),
        )

    def meet(self, other: Bounds) -> Bounds:
        """What two proofs about the same number say together.

        Raises
        ------
        ArithmeticError
            If they contradict each other.
        """
        lower, upper = max(self.lower, other.lower), min(self.upper, other.upper)
        if lower > upper:
            raise ArithmeticError(
                f"one proof says between {self.lower} and {self.upper}, another between "
                f"{other.lower} and {other.upper}; please report this network, one is wrong."
            )
        return Bounds(lower, upper, other.reason or self.reason)

    def count(self) -> Count:
        """As a `Count`."""
        status = CountStatus.CERTIFIED if self.exact else CountStatus.LOWER_BOUND
        return Count(self.lower, self.upper, status, METHOD, "" if self.exact else self.reason)


def _product(bound: int | float, factor: int | float, copies: int) -> int | float:
    """bound * factor^copies, where nothing times infinity is nothing."""
    if bound == 0 or factor == 0:
        return 0
    if bound == math.inf or factor == math.inf:  # isinf fails on integers too long for a float
        return math.inf
    result: int = int(bound) * int(factor) ** copies
    return result
