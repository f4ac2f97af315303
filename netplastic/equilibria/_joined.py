"""What several searches say about one network, put together."""

from __future__ import annotations

import math
from dataclasses import replace

from ._clock import Clock
from ._count import Count, CountStatus

__all__ = ["joined", "ordered", "with_prospect"]

_LEAST_DONE = 0.01
"""Share of a search below which its end cannot be foreseen."""

_PROOF_SHARE = 0.4
"""What one of two proofs gets at least of a budget in seconds."""


def joined(one: Count, other: Count) -> Count:
    """Meet two counts of the same equilibria, both proved as far as they go; an estimate is none.

    Raises
    ------
    ArithmeticError
        If they contradict each other.
    """
    if other.status is CountStatus.ESTIMATE:
        return one
    if one.status is CountStatus.ESTIMATE:
        return other
    lower, upper = max(one.lower, other.lower), min(one.upper, other.upper)
    if lower > upper:
        raise ArithmeticError(
            f"one search says {one}, another {other}; please report this network, one is wrong."
        )
    first = one if one.upper <= other.upper else other
    return _bounded(first, lower, upper)


def ordered(whole: Count, stable: Count) -> tuple[Count, Count]:
    """Counts of all equilibria and of the stable ones, of which there are no more.

    Two searches of one network may have got differently far: only minima are sought faster. Where
    one says more than the other, both say it.

    Examples
    --------
    >>> from netplastic.equilibria import Count, CountStatus, ordered
    >>> status = CountStatus.LOWER_BOUND
    >>> every, stable = ordered(Count(79, 200, status), Count(93, float("inf"), status))
    >>> (every.lower, every.upper), (stable.lower, stable.upper)
    ((93, 200), (93, 200))
    """
    estimates = CountStatus.ESTIMATE in (whole.status, stable.status)
    if estimates and whole.status is not stable.status:  # an estimate bounds nothing
        return whole, stable
    return (
        _bounded(whole, max(whole.lower, stable.lower), whole.upper),
        _bounded(stable, stable.lower, min(stable.upper, whole.upper)),
    )


def with_prospect(count: Count, clock: Clock) -> Count:
    """Say with how much more budget a proof may be finished, where that can be foreseen."""
    if count.exact or not clock.unfinished or not count.reason.startswith("budget of "):
        return count
    rest = clock.unfinished.values()
    least = min(search.done for search in rest)
    if least < _LEAST_DONE or "; roots that" in count.reason:
        return count
    seconds = math.fsum(search.seconds * (1.0 / search.done - 1.0) for search in rest)
    boxes = math.fsum(search.boxes * (1.0 / search.done - 1.0) for search in rest)
    if clock.budget.seconds is not None:
        more = f"budget={_rounded(clock.budget.seconds + seconds / _PROOF_SHARE):g}"
    else:
        more = f"budget=Budget(boxes={_rounded(clock.budget.boxes + boxes):.2g})"
    told = f"{count.reason}; {least:.0%} of the proof is done, {more} may finish it"
    return replace(count, reason=told)


def _bounded(count: Count, lower: int, upper: int | float) -> Count:
    if (lower, upper) == (count.lower, count.upper):
        return count
    if lower == upper and count.status is not CountStatus.ESTIMATE:
        return Count(lower, upper, CountStatus.CERTIFIED, count.method)
    return replace(count, lower=lower, upper=upper)


def _rounded(number: float) -> float:
    """Up to two digits."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return math.ceil(number / unit) * unit
