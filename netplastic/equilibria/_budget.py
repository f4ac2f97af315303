"""How much work a search may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netplastic._support import check_count, check_positive

__all__ = ["Budget", "as_budget"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits of one search; reaching one gives bounds, never an error.

    Parameters
    ----------
    boxes : int, default 100_000
        Boxes that the certified search may examine; a box of n > 20 unknowns, whose cost grows
        with the cube of n, counts as (n / 20)^3 of them. The default limit is a number of boxes,
        not a time, so that results do not depend on the machine's speed or load.
    seconds : float or None
        Wall-clock limit; None for none.
    megabytes : float, default 512
        Memory that pending boxes and found equilibria may take.
    starts : int, default 400
        Starts of the sampled search, in each connected part; where unstable equilibria are wanted,
        two thirds as many more (an eighth in parts of more than 80 nodes).

    Examples
    --------
    >>> Budget(seconds=2.0).boxes
    100000
    """

    boxes: int = 100_000
    seconds: float | None = None
    megabytes: float = 512.0
    starts: int = 400

    def __post_init__(self) -> None:
        for name in ("boxes", "starts"):
            value: Any = getattr(self, name)
            # 1e6 is how such numbers are written.
            value = int(value) if isinstance(value, float) and value.is_integer() else value
            object.__setattr__(self, name, check_count(f"budget {name}", value))
        check_positive("budget megabytes", self.megabytes, infinite=True)
        if self.seconds is not None:
            check_positive("budget seconds (None: no limit)", self.seconds)


def as_budget(value: Budget | float | None) -> Budget:
    """Turn None (defaults), a number (seconds) or a `Budget` into a `Budget`.

    A number of seconds lifts the default limit on boxes: time alone then decides.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For a limit that is not positive.

    Examples
    --------
    >>> as_budget(None).seconds is None, as_budget(5).seconds
    (True, 5.0)
    """
    if value is None:
        return Budget()
    if isinstance(value, Budget):
        return value
    seconds = check_positive("budget (seconds, a netplastic.Budget, or None: the defaults)", value)
    return Budget(boxes=2**62, seconds=seconds)
