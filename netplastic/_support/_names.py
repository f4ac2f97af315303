"""Messages for unknown names: what was found, what is allowed, the nearest valid one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["unknown_name"]


def unknown_name(kind: str, found: object, allowed: Iterable[str]) -> ValueError:
    """Build the error for a name that is not among those allowed.

    Examples
    --------
    >>> unknown_name("activation", "tahn", ["tanh", "logistic"])
    ValueError("unknown activation 'tahn'; did you mean 'tanh'? Allowed: 'tanh', 'logistic'.")
    """
    names = list(allowed)
    close = difflib.get_close_matches(str(found), names, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    listed = ", ".join(repr(name) for name in names)
    return ValueError(f"unknown {kind} {found!r}{hint} Allowed: {listed}.")
