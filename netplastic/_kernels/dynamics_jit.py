"""How the dynamics kernels are compiled.

Functions that only other kernels call get no wrappers for Python: with arguments that hold
dozens of arrays these took most of the compile time. Fast-math flags allow sums to be reordered,
not NaN or infinity to be neglected; no proof rests on these kernels.
"""

from __future__ import annotations

from numba import njit

__all__ = ["inner", "inner_fast", "outer"]

_COMMON = {"cache": True, "error_model": "numpy"}
_PRIVATE = {**_COMMON, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

inner = njit(**_PRIVATE)
inner_fast = njit(**_PRIVATE, fastmath={"reassoc", "contract", "nsz"})
outer = njit(**_COMMON, nogil=True)
