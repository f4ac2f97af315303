"""What a count is worth: certified, a lower bound, or an estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netplastic._support import Result, Status

from ._number import NumberWithBounds

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Count", "CountStatus"]


class CountStatus(Status):
    """What a count is worth; members compare equal to their text.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> status = npl.count_equilibria(net).status
    >>> status == "certified", status.meaning
    (True, 'An interval proof shows that the list is complete: the number is exact.')
    """

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


@dataclass(frozen=True, eq=False, repr=False)
class Count(NumberWithBounds, Result):
    """A number of equilibria, with what is proved about it.

    A settled count (lower == upper) is used like the integer: it is compared, added, formatted
    with a format for integers. Another one compares only with what its bounds decide, and raises
    a ValueError that names them else; an estimate decides nothing.

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
    >>> count
    Count(3, certified)
    >>> count == 3, count < 10, sum([count, count]), f"{count:05d}"
    (True, True, 6, '00003')
    >>> Count(2, 5, CountStatus.LOWER_BOUND) > 1
    True
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

    @property
    def bounds(self) -> tuple[int, int | float]:
        """What decides comparisons: lower and upper, of an estimate nothing."""
        if self.status is CountStatus.ESTIMATE and not self.exact:
            return 0, math.inf
        return self.lower, self.upper

    def unsettled(self) -> ValueError:
        """The error of what only a settled count can do."""
        return ValueError(
            f"the count is not settled ({self}); read .lower and .upper. {self.status.remedy}"
        )

    @property
    def short(self) -> str:
        """Bounds and status in a few words; of long numbers the power of ten."""
        return f"{self._span(15)}, {self.status}"

    def to_frame(self) -> pd.DataFrame:
        """One row: lower, upper (inf where unknown), status, method, reason."""
        import pandas as pd

        bounds = {"lower": [self.lower], "upper": [self.upper]}
        words = {"status": [str(self.status)], "method": [self.method], "reason": [self.reason]}
        return pd.DataFrame(bounds, dtype=object).assign(**words)

    def _line(self) -> str:
        return self.short

    def _rows(self) -> pd.DataFrame:
        ends = {name: _written(getattr(self, name), 40) for name in ("lower", "upper")}
        return self.to_frame().assign(**ends)

    def _verdict(self) -> CountStatus:
        return self.status

    def _span(self, digits: int) -> str:
        lower = _written(self.lower, digits)
        if self.exact:
            return lower
        if self.upper == math.inf:
            return f"at least {lower}"
        return f"between {lower} and {_written(self.upper, digits)}"

    def __str__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"{self._span(_MOST_DIGITS)} ({self.status}{reason})"


_MOST_DIGITS = 4000  # Python refuses to write many more


def _written(number: int | float, most: int) -> str:
    """Decimal digits, or the power of ten where there are more than so many."""
    if number == math.inf:
        return "inf"
    digits = math.log10(number) if number else 0.0
    return str(int(number)) if digits < most else f"10^{digits:.3f}"
