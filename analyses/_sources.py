"""What a result was computed by: the code of the measure, of the package, and versions.

A measure is known by the code that runs, not by its name: its own, that of every function of the
user's that it reaches, and the values of defaults, closures and globals that these use. Code is
taken as compiled: a file may have been edited since it was loaded, and a notebook's cell has none.
Moving a function or a comment changes nothing; another version of Python changes the code.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from netplastic._support import versions

from ._content import Unstable, content_hash, has_inside

__all__ = ["code_hash", "versions"]

_OURS = "netplastic"
_STUDIES = "netplastic.analyses.studies"
_OF_CLASSES = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__qualname__"),
    *("__annotations__", "__annotations_cache__", "__annotate_func__"),
}
"""What says nothing about what a class does; records have their fields apart from these."""


def code_hash(measure: Callable[..., Any]) -> str:
    """Digest a measure: its code and all that it reaches outside libraries.

    Raises
    ------
    TypeError
        Where it uses a value that has no content, such as a lock or an open file.

    Examples
    --------
    >>> code_hash(print) == code_hash(print), code_hash(print) == code_hash(len)
    (True, False)
    """
    try:
        return _Reach(_top(getattr(measure, "__module__", None) or "")).of(measure)
    except Unstable as error:
        name = getattr(measure, "__qualname__", type(measure).__qualname__)
        raise TypeError(
            f"the measure {name!r} uses {error}, which has no content by which a finished task "
            "could be recognised; make it inside the measure, or give it as a parameter."
        ) from None


class _Reach:
    """Digests code, and what it uses, each function once."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._seen: dict[int, str] = {}

    def of(self, value: Any) -> str:
        """Digest any value that code uses."""
        if not isinstance(value, FunctionType | type) and has_inside(value):
            inside = getattr(value, "py_func", None) or value.__wrapped__
            return self._all(f"around {type(value).__qualname__}", [inside])
        if isinstance(value, functools.partial):
            return self._all("partial", [value.func, value.args, value.keywords])
        if isinstance(value, MethodType):
            return self._all("method", [value.__func__, value.__self__])
        if isinstance(value, _NAMED):
            return self._named(value)
        return content_hash(value, self._named)

    def _named(self, value: Any) -> str:
        """Digest a function, class or module: code of the user's, else name and version."""
        if id(value) in self._seen:
            return self._seen[id(value)]
        name = _name(value)
        self._seen[id(value)] = name
        if isinstance(value, MethodType) or not isinstance(value, _NAMED):
            found = self.of(value)
        elif not self._is_own(value):
            found = f"{name} {_version_of(_top(name))}"
        elif isinstance(value, FunctionType):
            found = self._function(value)
        elif isinstance(value, type):
            found = self._class(value)
        else:
            found = name
        self._seen[id(value)] = found
        return found

    def _all(self, kind: str, values: list[Any]) -> str:
        return content_hash([kind, *map(self.of, values)])

    def _function(self, function: FunctionType) -> str:
        code = function.__code__
        cells = [_cell(cell) for cell in function.__closure__ or ()]
        used = [function.__defaults__, function.__kwdefaults__, *cells]
        return self._all("function", [*used, *self._code(code), *self._globals(function)])

    def _code(self, code: CodeType) -> Iterator[Any]:
        """What a code object does, without where it stands."""
        yield from (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags)
        yield from (code.co_argcount, code.co_kwonlyargcount, code.co_exceptiontable)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self._code(constant)
            else:
                yield constant

    def _globals(self, function: FunctionType) -> Iterator[Any]:
        """The values of all globals that a function names, and of modules that it loads itself."""
        codes = list(_nested(function.__code__))
        names = sorted({name for code in codes for name in code.co_names})
        for name in names:
            if name in function.__globals__:
                yield from self._global(name, function.__globals__[name], names, ())
        for code in codes:
            for step in dis.get_instructions(code):
                if step.opname == "IMPORT_NAME":
                    yield _loaded_inside(str(step.argval))

    def _global(
        self, name: str, value: Any, names: list[str], above: tuple[Any, ...]
    ) -> Iterator[Any]:
        """A global by name; of a module of the user's what may be meant by ``module.name``."""
        yield name
        if not isinstance(value, ModuleType) or not self._is_own(value):
            yield value
            return
        inside = vars(value)
        for attribute in names:
            if attribute in inside and value not in above:
                place = f"{name}.{attribute}"
                yield from self._global(place, inside[attribute], names, (*above, value))

    def _class(self, kind: type) -> str:
        members: list[Any] = [*kind.__bases__]
        for name, member in sorted(vars(kind).items()):
            if name in _OF_CLASSES or isinstance(member, _SLOTS):
                continue
            if isinstance(member, property):
                members += [name, member.fget, member.fset]
            else:
                members += [name, getattr(member, "__func__", member)]
        return self._all("class", members)

    def _is_own(self, value: Any) -> bool:
        """Whether it is code of the user's, or of the measure's own package."""
        name = _name(value)
        if name.startswith(f"{_STUDIES}."):
            return True
        if _top(name) == _OURS or isinstance(value, BuiltinFunctionType):
            return False
        return _top(name) == self._own or _is_users(sys.modules.get(_module_of(value)))


_NAMED = (FunctionType, type, ModuleType, BuiltinFunctionType)

_SLOTS = (type(int.real), type(FunctionType.__closure__))
"""Descriptors that the interpreter makes itself."""


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return "an empty cell"


def _module_of(value: Any) -> str:
    return value.__name__ if isinstance(value, ModuleType) else str(value.__module__)


def _name(value: Any) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    return f"{value.__module__}.{getattr(value, '__qualname__', '')}"


def _top(name: str) -> str:
    return name.partition(".")[0]


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@functools.cache
def _libraries() -> tuple[str, ...]:
    places = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(os.path.realpath(place) + os.sep for place in places if place)


def _is_library(file: str) -> bool:
    parts = Path(file).parts
    return (
        os.path.realpath(file).startswith(_libraries())
        or "site-packages" in parts
        or "dist-packages" in parts
        or file.startswith("<frozen")
    )


def _is_users(module: ModuleType | None) -> bool:
    """Whether a module is neither of Python nor installed; one without a file is a notebook's."""
    if module is None or module.__name__ == "__main__":
        return True
    if module.__name__ in sys.builtin_module_names:
        return False
    file = getattr(module, "__file__", None)
    return file is not None and not _is_library(file)


def _loaded_inside(name: str) -> str:
    """The text of a user's module that a function loads when it runs."""
    if not name or _top(name) == _OURS:
        return name
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return name
    if spec is None or not spec.has_location or spec.origin is None or _is_library(spec.origin):
        return name
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()
