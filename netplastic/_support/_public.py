"""Methods that are a shorter way to write a public function."""

from __future__ import annotations

import functools
import sys
from typing import Any

__all__ = ["public"]


def public(name: str) -> Any:
    """Return a public function of any floor (or the version) by its name, dotted if need be.

    Only for methods of results that do nothing but call it, as `found[0].critical_learning_rate()`
    does: an import of what stands above would climb. The package is there by then: it was entered
    by its door.
    """
    return functools.reduce(getattr, name.split("."), sys.modules["netplastic"])
