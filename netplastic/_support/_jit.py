"""How the kernels are compiled.

Functions that only other kernels call get no wrappers for Python: with arguments that hold
dozens of arrays these took most of the compile time. Those of the certified search do not count
references either, and the small ones are merged into their callers: that made it 1.5 times faster.
None of these has fast-math flags: proofs rest on the order of sums. Those of the dynamics, on which
no proof rests, have some.

Compiled kernels are cached. The cache looks at the file of a kernel, not at those of the kernels
merged into it; so every name carries a digest of its folder, and what was compiled from other
sources is never found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np

__all__ = ["Index", "borrowing", "compiled", "inner", "loop", "merged", "outer", "scalar"]

Index: TypeAlias = int | np.integer[Any]
"""A constant is wrapped in a numpy integer where numba would compile a variant for its value."""

_F = TypeVar("_F", bound=Callable[..., Any])


@cache
def _digest(folder: Path) -> str:
    files = [Path(__file__), *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Compile with options of numba, under a name that no other version of the kernels has."""
    digest = _digest(Path(function.__code__.co_filename).parent)
    function.__qualname__ = f"{function.__qualname__}_{digest}"
    njit: Any = numba.njit  # its stubs know neither the wrapper options nor decorated types
    return njit(cache=True, **options)(function)


_COMMON = {"error_model": "numpy"}
_PRIVATE = {**_COMMON, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: _F) -> _F:
    """Compile for other kernels only."""
    return cast(_F, compiled(function, **_PRIVATE))


def loop(function: _F) -> _F:
    """`inner`, where products and sums may be fused and put into another order.

    For loops on which no proof rests: they take a fifth less time so. What is not finite is still
    told from what is.
    """
    return cast(_F, compiled(function, **_PRIVATE, fastmath={"contract", "nsz", "reassoc"}))


def borrowing(function: _F) -> _F:
    """Compile for other kernels only, without counting references to arrays.

    The caller holds the arrays meanwhile. Nothing can be allocated in such a function: numba
    refuses to compile it.
    """
    return cast(_F, compiled(function, **_PRIVATE, _nrt=False))


def merged(function: _F) -> _F:
    """`borrowing`, and merged into its callers: for what is small and called everywhere."""
    return cast(_F, compiled(function, **_PRIVATE, _nrt=False, forceinline=True))


def outer(function: _F) -> _F:
    """Compile for calls from Python, free of Python's lock."""
    return cast(_F, compiled(function, **_COMMON, nogil=True))


def scalar(function: _F) -> _F:
    """Compile what works on numbers only, for calls from Python too; merged into other kernels."""
    return cast(_F, compiled(function, **_COMMON, forceinline=True))
