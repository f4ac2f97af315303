"""How much work a search may do."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
        for name in ("boxes", "megabytes", "starts"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ValueError(f"budget {name} is {value!r}; it must be a positive number.")
        if self.seconds is not None and not (
            isinstance(self.seconds, int | float) and self.seconds > 0
        ):
            raise ValueError(f"budget seconds is {self.seconds!r}; it must be positive or None.")


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
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(
            f"budget is {value!r}; give seconds, a netplastic.Budget, or None for the defaults."
        )
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"budget is {value!r} seconds; it must be finite and positive.")
    return Budget(boxes=2**62, seconds=float(value))
