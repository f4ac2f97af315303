"""Sizes that are declared are not believed: an estimate of memory before anything is built."""

from __future__ import annotations

import math

from ._checks import check_positive

__all__ = ["MEMORY_LIMIT", "check_dense", "check_memory", "check_memory_limit"]

MEMORY_LIMIT = 8.0
"""Gigabytes that a graph may take where nothing else is said."""

_NODE, _EDGE = 400, 500
"""Bytes of a node and an edge with a weight: networkx takes 265 and 345 to 450 (CPython 3.11)."""


def check_memory_limit(limit: object) -> float:
    """Return a limit in gigabytes; inf is none."""
    return check_positive("memory_limit (gigabytes; math.inf: none)", limit, infinite=True)


def check_memory(
    nodes: float, edges: float, limit: object = MEMORY_LIMIT, about: str = "", bytes_: float = 0.0
) -> None:
    """Refuse a graph whose nodes and edges (and `bytes_` beside them) exceed the limit.

    Parameters
    ----------
    nodes, edges : float
        How many there are to be, at least or on average.
    limit : float
        Gigabytes.
    about : str
        What declares them, for the message; "the network" by default.
    bytes_ : float
        What else is needed while it is built.

    Examples
    --------
    >>> check_memory(10**9, 0)
    Traceback (most recent call last):
    ...
    ValueError: the network of 1e+09 nodes and 0 edges would take about 400 GB of memory; the \
limit is 8 GB. Give memory_limit=480 (gigabytes) if it is meant
    """
    allowed = check_memory_limit(limit)
    needed = (nodes * _NODE + edges * _EDGE + bytes_) / 1e9
    if needed <= allowed:
        return
    raise ValueError(
        f"{about or 'the network'} of {nodes:.6g} nodes and {edges:.6g} edges would take about "
        f"{needed:.3g} GB of memory; the limit is {allowed:g} GB. Give "
        f"memory_limit={_rounded_up(1.2 * needed)} (gigabytes) if it is meant"
    )


def check_dense(rows: int, matrices: float, what: str) -> None:
    """Refuse what needs so many dense matrices of so many rows if they exceed the usual limit.

    Examples
    --------
    >>> check_dense(100_000, 1, "the Hessian")
    Traceback (most recent call last):
    ...
    ValueError: the Hessian needs 1 dense matrix of 100000 x 100000 numbers, about 80 GB of \
memory; the limit is 8 GB, reached at 31623 rows. Ask it of a part (net.part(nodes)), or of \
neighborhoods
    """
    needed = matrices * 8.0 * float(rows) ** 2 / 1e9
    if needed <= MEMORY_LIMIT:
        return
    most = math.isqrt(int(MEMORY_LIMIT * 1e9 / (8.0 * matrices))) + 1
    raise ValueError(
        f"{what} needs {matrices:g} dense matri{'x' if matrices == 1 else 'ces'} of {rows} x {rows}"
        f" numbers, about {needed:.3g} GB of memory; the limit is {MEMORY_LIMIT:g} GB, reached at "
        f"{most} rows. Ask it of a part (net.part(nodes)), or of neighborhoods"
    )


def _rounded_up(number: float) -> str:
    if not math.isfinite(number):
        return "math.inf"
    step = 10.0 ** max(math.floor(math.log10(number)) - 1, 0)
    return f"{math.ceil(number / step) * step:.15g}"
