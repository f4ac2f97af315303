"""What only the kernels of the dynamics need of the compiler.

No proof rests on these kernels, so products and sums may be fused (except in `exact` ones). They
may not be reordered: that brings nothing here, and lets the compiler trade plain loads for
shuffles that cost more.

Only kernels that Python calls are compiled for themselves. numba would do the same with each of
those that they are made of, optimise it and generate its machine code, though all of that is done
again in the caller: these become part of the module of the caller instead, which takes half the
time. (It needs the type of what they return, which their annotation gives.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from numba import types
from numba.core.compiler import Compiler, Flags
from numba.core.cpu_options import FastMathOptions
from numba.extending import intrinsic

from netplastic._support import compiled

from ._quads import QUAD

__all__ = [
    "exact",
    "inner",
    "small",
    "summing",
    "whole",
]

_F = TypeVar("_F", bound=Callable[..., Any])

_FUSED = {"contract", "nsz"}
_KINDS: dict[str, Any] = {
    "None": types.void,
    "float": types.float64,
    "bool": types.boolean,
    "int": types.int64,
    "Index": types.uint64,
    "Quad": QUAD,
}


def _kind(annotation: str) -> Any:
    if annotation.startswith("tuple["):
        parts = annotation.removeprefix("tuple[").removesuffix("]").split(", ")
        return types.Tuple([_KINDS[part] for part in parts])
    return _KINDS[annotation]


def _part_of_callers(function: _F, fastmath: set[str], merge: bool = False) -> _F:
    returned = _kind(inspect.get_annotations(function)["return"])
    compiled_in: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        library = context.active_code_library
        known = compiled_in.setdefault(library, {})
        if signature not in known:
            flags = Flags()
            flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
            flags.error_model, flags.nrt, flags.forceinline = "numpy", False, merge
            flags.fastmath = FastMathOptions(fastmath)
            pipeline = Compiler(
                context.typing_context,
                context,
                library,
                signature.args,
                signature.return_type,
                flags,
                {},
            )
            known[signature] = pipeline.compile_extra(function).fndesc
        return context.call_internal(builder, known[signature], signature, arguments)

    def typed(context: Any, *arguments: Any) -> Any:
        return returned(*arguments), generate

    # numba looks at the parameters, of which the first is the context.
    parameters = inspect.signature(function).parameters.values()
    context = inspect.Parameter("typing", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([context, *parameters])
    typed.__signature__ = signature  # type: ignore[attr-defined]  # typeshed lacks it
    typed.__name__ = function.__name__
    result = intrinsic(typed)
    result.py_func = function
    return cast(_F, result)


def inner(function: _F) -> _F:
    """Compile into the kernels that call it."""
    return _part_of_callers(function, _FUSED)


def exact(function: _F) -> _F:
    """`inner`, evaluated as written."""
    return _part_of_callers(function, set())


def summing(function: _F) -> _F:
    """`inner`, with sums in any order, so that loops that add up use vector instructions."""
    return _part_of_callers(function, _FUSED | {"reassoc"})


def small(function: _F) -> _F:
    """`inner`, and merged into its callers by the compiler."""
    return _part_of_callers(function, _FUSED, merge=True)


def whole(function: _F) -> _F:
    """Compile for calls from Python, free of Python's lock."""
    return cast(
        _F,
        compiled(
            function,
            error_model="numpy",
            fastmath=_FUSED,
            nogil=True,
            no_cfunc_wrapper=True,
            _nrt=False,
        ),
    )
