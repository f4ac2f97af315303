"""Arrays as kernels pass them on to each other: where the numbers are, and how many.

numba hands an array over as seven to nine values and looks at most of them wherever the array is
read; kernels that take dozens of arrays then take seconds to compile. `lean` reduces arrays to two
or three values. What it returns can be read and written by number, has a shape, and gives a row of
a table. There are no checks and no numbers from the end: an index must lie within the shape. The
caller holds the arrays.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
)
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_getattr,
    models,
    register_model,
)
from numba.np.arrayobj import make_array

__all__ = ["Lean", "entry", "lean", "struct_of", "word"]

WORD = ir.IntType(64)


class Lean(types.Type):  # type: ignore[misc]  # numba is untyped
    """numba's type of a lean array of one or two dimensions."""

    def __init__(self, dtype: Any, ndim: int) -> None:
        self.dtype, self.ndim = dtype, ndim
        super().__init__(name=f"Lean({dtype}, {ndim})")


@register_model(Lean)
class _LeanModel(models.StructModel):  # type: ignore[misc]  # numba is untyped
    def __init__(self, manager: Any, kind: Any) -> None:
        members = [("data", types.CPointer(kind.dtype)), ("length", types.intp)]
        members += [("columns", types.intp)] * (kind.ndim - 1)
        super().__init__(manager, kind, members)


def struct_of(context: Any, builder: Any, kind: Any, value: Any = None) -> Any:
    """Access to the parts of a lean array."""
    return cgutils.create_struct_proxy(kind)(context, builder, value)


def word(builder: Any, number: Any, signed: bool = False) -> Any:
    """An index in 64 bits."""
    if number.type.width == WORD.width:
        return number
    return (builder.sext if signed else builder.zext)(number, WORD)


# -- from arrays -------------------------------------------------------------------------------


def _contiguous(kind: Any) -> bool:
    """Whether all arrays are: there are no strides to remember."""
    if isinstance(kind, types.BaseTuple):
        return all(_contiguous(part) for part in kind)
    return not isinstance(kind, types.Array) or kind.layout == "C"


def _leaner(kind: Any) -> Any:
    if isinstance(kind, types.Array):
        return Lean(kind.dtype, kind.ndim)
    if isinstance(kind, types.BaseNamedTuple):
        return types.NamedTuple([_leaner(part) for part in kind], kind.instance_class)
    if isinstance(kind, types.BaseTuple):
        return types.Tuple([_leaner(part) for part in kind])
    return kind


def _reduced(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        array = make_array(kind)(context, builder, value)
        shape = cgutils.unpack_tuple(builder, array.shape)
        result = struct_of(context, builder, _leaner(kind))
        result.data, result.length = array.data, shape[0]
        if kind.ndim == 2:
            result.columns = shape[1]
        return result._getvalue()
    if isinstance(kind, types.BaseTuple):
        parts = [
            _reduced(context, builder, part, builder.extract_value(value, k))
            for k, part in enumerate(kind)
        ]
        return context.make_tuple(builder, _leaner(kind), parts)
    return value


@intrinsic
def lean(typing: Any, value: Any) -> Any:
    """Arrays made lean, also those in tuples, named or not; all else as it is.

    numba refuses to compile this for arrays that are not contiguous.
    """
    if not _contiguous(value):
        return None

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _reduced(context, builder, signature.args[0], arguments[0])

    return _leaner(value)(value), code


# -- to numbers ----------------------------------------------------------------------------------


def _plain(index: Any) -> Any:
    """The type of an index, also where numba knows its value."""
    if isinstance(index, types.BaseTuple):
        return types.Tuple([types.unliteral(part) for part in index])
    return types.unliteral(index)


def _is_index(index: Any, ndim: int) -> bool:
    parts = tuple(index) if isinstance(index, types.BaseTuple) else (index,)
    return len(parts) == ndim and all(isinstance(part, types.Integer) for part in parts)


class _Read(AbstractTemplate):  # type: ignore[misc]  # numba is untyped
    key = operator.getitem

    def generic(self, args: Any, kws: Any) -> Any:
        array, index = args
        if not isinstance(array, Lean):
            return None
        if _is_index(index, array.ndim):
            return array.dtype(array, _plain(index))
        if array.ndim == 2 and isinstance(index, types.Integer):
            return Lean(array.dtype, 1)(array, _plain(index))
        return None


class _Write(AbstractTemplate):  # type: ignore[misc]  # numba is untyped
    key = operator.setitem

    def generic(self, args: Any, kws: Any) -> Any:
        array, index, _ = args
        if isinstance(array, Lean) and _is_index(index, array.ndim):
            return types.void(array, _plain(index), array.dtype)
        return None


class _Shape(AttributeTemplate):  # type: ignore[misc]  # numba is untyped
    key = Lean

    def resolve_shape(self, array: Any) -> Any:
        return types.UniTuple(types.intp, array.ndim)


infer_global(operator.getitem)(_Read)
infer_global(operator.setitem)(_Write)
infer_getattr(_Shape)


def _place(context: Any, builder: Any, kinds: Any, array: Any, index: Any) -> Any:
    """Pointer to an entry."""
    kind, number = kinds
    struct = struct_of(context, builder, kind, array)
    if isinstance(number, types.BaseTuple):
        parts = [
            word(builder, builder.extract_value(index, k), part.signed)
            for k, part in enumerate(number)
        ]
        offset = parts[0]
        if len(parts) == 2:
            offset = builder.add(builder.mul(parts[0], struct.columns), parts[1])
    else:
        offset = word(builder, index, number.signed)
        if kind.ndim == 2:
            offset = builder.mul(offset, struct.columns)
    return builder.gep(struct.data, [offset], inbounds=True), struct


def entry(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Code for an entry, or a row of a table."""
    place, struct = _place(context, builder, signature.args, *arguments)
    if not isinstance(signature.return_type, Lean):
        return builder.load(place)
    row = struct_of(context, builder, signature.return_type)
    row.data, row.length = place, struct.columns
    return row._getvalue()


def _write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array, index, value = arguments
    place, _ = _place(context, builder, signature.args[:2], array, index)
    builder.store(value, place)
    return context.get_dummy_value()


for _index in (types.Integer, types.BaseTuple):
    lower_builtin(operator.getitem, Lean, _index)(entry)
    lower_builtin(operator.setitem, Lean, _index, types.Any)(_write)


@lower_getattr(Lean, "shape")
def _shape(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    struct = struct_of(context, builder, kind, array)
    parts = [struct.length] + ([struct.columns] if kind.ndim == 2 else [])
    return context.make_tuple(builder, types.UniTuple(types.intp, kind.ndim), parts)
