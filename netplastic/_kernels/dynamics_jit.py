"""What only the kernels of the dynamics need of the compiler.

No proof rests on these kernels, so products and sums may be fused (except in `exact` ones). They
may not be reordered: that brings nothing here, and lets the compiler trade plain loads for
shuffles that cost more.

Only kernels that Python calls are cached: the parts that they are made of are in them, and
writing those too would take a tenth of the time of a first call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.extending import overload

from .._types import FloatArray
from .jit import Index, compiled

__all__ = ["exact", "given", "inner", "merged", "own", "shared", "small", "value_of", "whole"]

_F = TypeVar("_F", bound=Callable[..., Any])

_njit: Any = numba.njit  # its stubs know neither the wrapper options nor decorated types
_COMMON: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
_PRIVATE = {**_COMMON, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


def inner(function: _F) -> _F:
    """Compile for other kernels only, without counting references to arrays."""
    return cast(_F, _njit(**_PRIVATE)(function))


def exact(function: _F) -> _F:
    """`inner`, evaluated as written."""
    return cast(_F, _njit(**{**_PRIVATE, "fastmath": False})(function))


def small(function: _F) -> _F:
    """`inner`, and merged into its callers by the compiler."""
    return cast(_F, _njit(**_PRIVATE, forceinline=True)(function))


def merged(function: _F) -> _F:
    """Put into its caller as source: for what has one caller, compiles sooner than a call."""
    return cast(_F, _njit(**_PRIVATE, inline="always")(function))


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


def shared(parameter: float | FloatArray) -> float:
    """The factor of a parameter that all links share: 1 where each has its own."""
    return parameter if isinstance(parameter, float) else 1.0


def own(parameter: float | FloatArray, p: Index) -> float:
    """The factor of a parameter that a link has for itself: 1 where all share one."""
    return 1.0 if isinstance(parameter, float) else float(parameter[p])


# All three are decided by type, so that what is shared stays in a register, or leaves the loop.


def _of_one(parameter: Any, p: Any) -> Any:
    return parameter


def _of_each(parameter: Any, p: Any) -> Any:
    return parameter[p]


@overload(value_of)
def _value_of(parameter: Any, p: Any) -> Any:
    return _of_one if isinstance(parameter, types.Float) else _of_each


@overload(own)
def _own(parameter: Any, p: Any) -> Any:
    def one(parameter: Any, p: Any) -> Any:
        return 1.0

    return one if isinstance(parameter, types.Float) else _of_each


@overload(shared)
def _shared(parameter: Any) -> Any:
    def same(parameter: Any) -> Any:
        return parameter

    def one(parameter: Any) -> Any:
        return 1.0

    return same if isinstance(parameter, types.Float) else one
