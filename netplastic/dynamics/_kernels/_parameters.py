"""Parameters of links, which are numbers where all links share one, and arrays elsewhere.

All here is decided by type, so that what is shared stays in a register, or leaves the loop.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from ._lean import entry
from ._quads import QUAD, masked

__all__ = ["given", "one_of", "own", "shared", "value_of"]


@intrinsic
def given(typing: Any, flag: Any) -> Any:
    """Whether a flag is set (True or None)."""
    found = not isinstance(flag, types.NoneType)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.boolean, found)

    return types.boolean(flag), code


def _itself(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return arguments[0]


def _one(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return context.get_constant(types.float64, 1.0)


def _four(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return masked(context, builder, signature.args[0], arguments)


@intrinsic
def value_of(typing: Any, parameter: Any, p: Any, count: Any) -> Any:
    """Parameter of up to four links: the number itself where all links share it, else entries."""
    if isinstance(parameter, types.Float):
        return parameter(parameter, p, count), _itself
    return QUAD(parameter, p, count), _four


@intrinsic
def shared(typing: Any, parameter: Any) -> Any:
    """The factor of a parameter that all links share: 1 where each has its own."""
    return types.float64(parameter), _itself if isinstance(parameter, types.Float) else _one


@intrinsic
def own(typing: Any, parameter: Any, p: Any, count: Any) -> Any:
    """The factor of a parameter that links have for themselves: 1 where all share one."""
    if isinstance(parameter, types.Float):
        return types.float64(parameter, p, count), _one
    return QUAD(parameter, p, count), _four


@intrinsic
def one_of(typing: Any, parameter: Any, p: Any) -> Any:
    """Parameter of a link: the number itself where all links share it, else its entry."""
    if isinstance(parameter, types.Float):
        return parameter(parameter, p), _itself
    return parameter.dtype(parameter, p), entry
