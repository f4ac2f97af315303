"""How the kernels are compiled, and where what was compiled is kept.

Functions that only other kernels call get no wrappers for Python: with arguments that hold
dozens of arrays these took most of the compile time. Those of the certified search do not count
references either, and the small ones are merged into their callers: that made it 1.5 times faster.
None of these has fast-math flags: proofs rest on the order of sums. Those of the dynamics, on which
no proof rests, have some.

Compiled kernels are kept in the user's cache folder (or in NUMBA_CACHE_DIR), outside the package:
so they are found again after any kind of install, from a folder that nobody may write to as
well, and no uninstall leaves them behind. numba looks at the file of a kernel, not at those of
the kernels merged into it; so every state of a folder of kernels has a folder of its own there,
named by a digest of all sources. Those that were not used for a month are removed when a new one
is made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np

__all__ = [
    *("Index", "borrowing", "cache_root", "compiled", "inner", "loop", "merged", "once", "outer"),
    "scalar",
]

Index: TypeAlias = int | np.integer[Any]
"""A constant is wrapped in a numpy integer where numba would compile a variant for its value."""

_F = TypeVar("_F", bound=Callable[..., Any])

_PREFIX = "netplastic-"
_MONTH = 30 * 24 * 3600.0  # seconds


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Compile with options of numba, and keep the result for later processes where possible."""
    config: Any = numba.config
    if config.DISABLE_JIT:
        return function
    njit: Any = numba.njit  # its stubs know neither the wrapper options nor decorated types
    sources = Path(function.__code__.co_filename).parent
    place = cache_folder(sources, function.__module__.rpartition(".")[0])
    if place is None:
        return njit(**options)(function)
    before, config.CACHE_DIR = config.CACHE_DIR, str(place)
    try:
        return njit(cache=True, **options)(function)
    finally:
        config.CACHE_DIR = before


@cache
def cache_folder(sources: Path, package: str) -> Path | None:
    """Folder for what is compiled from a folder of sources; None where none can be written to.

    Where it is new, a terminal is told that the kernels of `package` will be compiled, and how long
    that takes: its attribute COMPILING says so.
    """
    root = cache_root()
    if root is None:
        return None
    place = root / f"{_PREFIX}{_digest(sources)}"
    if place.is_dir():
        os.utime(place)
        return place
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    _sweep(root)
    what = getattr(sys.modules.get(package), "COMPILING", "")
    if what and sys.stderr.isatty():
        sys.stderr.write(f"netplastic: compiling {what}\n")
    return place


def cache_root() -> Path | None:
    """First folder in which files can be made: what the user says, or the user's cache folder."""
    from platformdirs import user_cache_path

    given = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(given) if given else user_cache_path("netplastic", appauthor=False)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root
    except OSError:
        return None


def _digest(sources: Path) -> str:
    shared = Path(__file__).parent / "_kernels"  # merged into those of other folders
    files = [Path(__file__), *sorted(shared.glob("*.py")), *sorted(sources.glob("*.py"))]
    versions = f"{numba.__version__} {sys.implementation.cache_tag}".encode()
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(versions + content).hexdigest()[:16]


def _sweep(root: Path) -> None:
    """Remove what other versions left and nobody has used for a month."""
    for old in root.glob(f"{_PREFIX}*"):
        try:
            if time.time() - old.stat().st_mtime > _MONTH:
                shutil.rmtree(old)
        except OSError:  # somebody else removes it, or owns it
            continue


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


def once(function: _F) -> _F:
    """Put into its only caller before anything is compiled.

    What is compiled for other kernels is optimised again within each of its callers, and within
    theirs: for a chain of large functions that takes most of the time of a first call.
    """
    njit: Any = numba.njit
    return cast(_F, njit(function, inline="always", **_PRIVATE))


def outer(function: _F) -> _F:
    """Compile for calls from Python, free of Python's lock."""
    return cast(_F, compiled(function, **_COMMON, nogil=True))


def scalar(function: _F) -> _F:
    """Compile what works on numbers only, for calls from Python too; merged into other kernels."""
    return cast(_F, compiled(function, **_COMMON, forceinline=True))
