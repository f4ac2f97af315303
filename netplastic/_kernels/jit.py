"""How the kernels are compiled.

Functions that only other kernels call get no wrappers for Python: with arguments that hold
dozens of arrays these took most of the compile time. Those of the certified search do not count
references either, and the small ones are merged into their callers: that made it 1.5 times faster.
None has fast-math flags: proofs rest on the order of sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np

__all__ = ["Index", "borrowing", "inner", "merged", "outer"]

Index: TypeAlias = int | np.integer[Any]
"""A constant is wrapped in a numpy integer where numba would compile a variant for its value."""

_F = TypeVar("_F", bound=Callable[..., Any])
_njit: Any = numba.njit  # its stubs know neither the wrapper options nor decorated types
_COMMON = {"cache": True, "error_model": "numpy"}
_PRIVATE = {**_COMMON, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: _F) -> _F:
    """Compile for other kernels only."""
    return cast(_F, _njit(**_PRIVATE)(function))


def borrowing(function: _F) -> _F:
    """Compile for other kernels only, without counting references to arrays.

    The caller holds the arrays meanwhile. Nothing can be allocated in such a function: numba
    refuses to compile it.
    """
    return cast(_F, _njit(**_PRIVATE, _nrt=False)(function))


def merged(function: _F) -> _F:
    """`borrowing`, and merged into its callers: for what is small and called everywhere."""
    return cast(_F, _njit(**_PRIVATE, _nrt=False, forceinline=True)(function))


def outer(function: _F) -> _F:
    """Compile for calls from Python, free of Python's lock."""
    return cast(_F, _njit(**_COMMON, nogil=True)(function))
