"""What only the kernels of the dynamics need of the compiler.

No proof rests on these kernels, so products and sums may be fused. They may not be reordered:
that brings nothing here, and lets the compiler trade plain loads for shuffles that cost more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba.core import types
from numba.extending import overload

from .._types import FloatArray
from .jit import Index, compiled

__all__ = ["contracted", "given", "merged", "value_of", "whole"]

_F = TypeVar("_F", bound=Callable[..., Any])


_COMMON: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
_PRIVATE = {**_COMMON, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def contracted(function: _F) -> _F:
    """Compile for other kernels only."""
    return cast(_F, compiled(function, **_PRIVATE))


def merged(function: _F) -> _F:
    """Make part of every kernel that calls it: compiled once if that is one only."""
    return cast(_F, compiled(function, **_PRIVATE, inline="always"))


def whole(function: _F) -> _F:
    """Compile for calls from Python, free of Python's lock."""
    return cast(_F, compiled(function, **_COMMON, nogil=True))


def given(flag: bool | None) -> bool:
    """Whether a flag is set; decided by type, so that the other case is not compiled."""
    return flag is not None


@overload(given)
def _given(flag: Any) -> Any:
    def no(flag: Any) -> Any:
        return False

    def yes(flag: Any) -> Any:
        return True

    return no if isinstance(flag, types.NoneType) else yes


def value_of(parameter: float | FloatArray, p: Index) -> float:
    """Parameter of a link: the number itself where all links share it, else its entry."""
    return parameter if isinstance(parameter, float) else float(parameter[p])


@overload(value_of)
def _value_of(parameter: Any, p: Any) -> Any:
    """Decided by type, so that a shared parameter stays in a register."""

    def shared(parameter: Any, p: Any) -> Any:
        return parameter

    def own(parameter: Any, p: Any) -> Any:
        return parameter[p]

    return shared if isinstance(parameter, types.Float) else own
