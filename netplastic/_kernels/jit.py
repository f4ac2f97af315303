"""How the kernels are compiled.

Functions that only other kernels call get no wrappers for Python: with arguments that hold
dozens of arrays these took most of the compile time. Only `inner_fast` has fast-math flags: they
allow sums to be reordered, not NaN or infinity to be neglected, and no proof may rest on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np

__all__ = ["Index", "inner", "inner_fast", "outer"]

Index: TypeAlias = int | np.integer[Any]
"""A constant is wrapped in a numpy integer where numba would compile a variant for its value."""

_F = TypeVar("_F", bound=Callable[..., Any])
_njit: Any = numba.njit  # its stubs know neither the wrapper options nor decorated types
_COMMON = {"cache": True, "error_model": "numpy"}
_PRIVATE = {**_COMMON, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: _F) -> _F:
    """Compile for other kernels only."""
    return cast(_F, _njit(**_PRIVATE)(function))


def inner_fast(function: _F) -> _F:
    """Compile for other kernels only, with sums that may be reordered."""
    return cast(_F, _njit(**_PRIVATE, fastmath={"reassoc", "contract", "nsz"})(function))


def outer(function: _F) -> _F:
    """Compile for calls from Python, free of Python's lock."""
    return cast(_F, _njit(**_COMMON, nogil=True)(function))
