"""A node's excess: what its count has above those of other nodes like it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from netplastic._support import BoolArray, FloatArray, IntArray, brief, check_number, check_table

__all__ = [
    *("CASE", "LEAST", "UNITS", "classes_of", "excess", "flags_of", "means_of_others", "need"),
    "rounded",
]

LEAST = 3
"""Fewer nodes than this are nothing to compare with."""

CASE = ("radius", "scope", "strength", "learning_rate")
UNITS = ("graph", "seed")
"""Columns that tell the graphs of an ensemble apart."""

_VERDICTS = {"true": True, "false": False, "1": True, "0": False}
"""What text files make of verdicts."""

_APART = (*UNITS, "null_model", "null", *CASE)
"""Columns that tell rows of different graphs and cases apart, where a table has them."""


def excess(
    counts: pd.DataFrame,
    chokes: pd.DataFrame,
    *,
    by: Sequence[str] = ("degree",),
    coarseness: float = 0.0,
) -> pd.Series[Any]:
    """Bits that each node's log2 count lies above the mean of *other* nodes like it.

    Compared with are the other nodes of the same graph and case that have the same degree, are no
    choke points and have a stable state. A choke point is never compared with choke points: that
    would hide a part of what sets them apart.

    Parameters
    ----------
    counts : pandas.DataFrame
        Of `count_neighborhoods` or `null_counts`: columns node, log2_stable and those in `by`.
        Rows that differ in graph, seed, null_model, null, radius, scope, strength or learning_rate
        (where there are such columns) are not compared.
    chokes : pandas.DataFrame
        Of `graphs.choke_points`: columns node and is_choke; for an ensemble also its column graph
        or seed.
    by : sequence of str, default ("degree",)
        What must be equal. ("degree", "neighbor_edges"): the edges among the neighbors as well.
    coarseness : float, default 0.0
        At least 0. Above 0, numbers count as equal that round to the same power of
        1 + coarseness: 0.2 tells all numbers up to 7 apart (coarsened exact matching, Iacus, King
        & Porro 2012, doi:10.1093/pan/mpr013).

    Returns
    -------
    pandas.Series
        In bits, with the index of `counts`; NaN where a node has no stable state or there are
        fewer than three nodes to compare it with.

    Raises
    ------
    TypeError, ValueError
        If a table is no DataFrame or lacks a column, a node is absent from `chokes`, or
        `coarseness` is negative.

    Notes
    -----
    docs/theory.md#section-6 says why the comparison is at equal degree.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"node": range(5), "degree": 2, "log2_stable": [3.0, 1, 1, 1, 5]})
    >>> chokes = pd.DataFrame({"node": range(5), "is_choke": [True, False, False, False, True]})
    >>> excess(counts, chokes).tolist()
    [2.0, nan, nan, nan, 4.0]
    """
    if isinstance(by, str) or not isinstance(by, Sequence):
        raise TypeError(f"by must be a list of columns of counts; found {brief(by)}")
    need("counts", counts, ["node", "log2_stable", *by])
    _numeric("counts", counts, ["log2_stable", *by])
    choke = flags_of(counts, chokes)
    coarseness = check_number("coarseness", coarseness, least=0.0)
    apart = [_codes(counts[name]) for name in _APART if name in counts.columns]
    equal = [rounded(counts[name].to_numpy(dtype=np.float64), coarseness) for name in by]
    classes = classes_of([*apart, *equal])
    classes = classes if len(classes) else np.zeros(len(counts), dtype=np.int64)
    values = counts["log2_stable"].to_numpy(dtype=np.float64)
    control = ~choke & np.isfinite(values)
    mean = means_of_others(values, control[None, :], classes)[0]
    found = np.where(np.isfinite(values), values, math.nan) - mean
    return pd.Series(found, index=counts.index, name="excess", dtype=np.float64)


def means_of_others(values: FloatArray, control: BoolArray, classes: IntArray) -> FloatArray:
    """Mean value of the other controls in each node's class: the one definition of "like it".

    Parameters
    ----------
    values : ndarray (n,)
        Anything where `control` is False.
    control : ndarray of bool (r, n)
        Which nodes may be compared with; one row for each way to lay the labels.
    classes : ndarray of int (n,)

    Returns
    -------
    ndarray (r, n)
        NaN where a class has fewer than three other controls.
    """
    known = np.where(np.isfinite(values), values, 0.0)
    member = sparse.csr_array(
        (np.ones(len(classes)), (np.arange(len(classes)), classes)),
        shape=(len(classes), int(classes.max(initial=-1)) + 1),
    )
    weight = control.astype(np.float64)
    number = np.asarray(weight @ member)[:, classes] - weight
    total = np.asarray((weight * known) @ member)[:, classes] - weight * known
    enough = number > LEAST - 0.5
    return np.where(enough, total / np.where(enough, number, 1.0), math.nan)


def classes_of(columns: Sequence[FloatArray]) -> IntArray:
    """Number the distinct rows of some columns; nothing to tell apart is one class."""
    if not columns:
        return np.zeros(0, dtype=np.int64)
    _, classes = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    return np.asarray(classes, dtype=np.int64).ravel()


def rounded(values: FloatArray, coarseness: float) -> FloatArray:
    """Numbers as their classes: the nearest power of 1 + coarseness, 0 apart; 0: themselves."""
    if coarseness == 0.0:
        return values
    power = np.rint(np.log(np.maximum(values, 1.0)) / math.log1p(coarseness))
    return np.where(values < 1.0, -1.0, power)


def _codes(column: pd.Series[Any]) -> FloatArray:
    codes, _ = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(codes, dtype=np.float64)


def flags_of(counts: pd.DataFrame, chokes: pd.DataFrame) -> BoolArray:
    """Which rows of counts are of choke points."""
    need("chokes", chokes, ["node", "is_choke"])
    shared = [name for name in UNITS if name in counts and name in chokes]
    keys = [*shared, "node"]
    flags: dict[tuple[Hashable, ...], bool] = {}
    for *row, flag in zip(*(chokes[name] for name in keys), chokes["is_choke"], strict=True):
        key = tuple(row)
        if key in flags:
            raise ValueError(
                f"node {row[-1]!r} occurs twice in chokes; give each node one row, or tell graphs "
                "apart by a column graph or seed in counts and chokes."
            )
        flags[key] = _flag(row[-1], flag)
    rows = list(zip(*(counts[name] for name in keys), strict=True))
    missing = [row for row in rows if row not in flags]
    if missing:
        raise ValueError(
            f"node {missing[0][-1]!r} of counts is not in chokes; give the choke points of the "
            "same graph."
        )
    return np.array([flags[row] for row in rows], dtype=bool)


def _flag(node: Hashable, value: object) -> bool:
    """A verdict as it comes out of tables and text files; nothing else is taken for one."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in _VERDICTS:
        return _VERDICTS[value.strip().lower()]
    if isinstance(value, numbers.Real) and float(value) in (0.0, 1.0):
        return bool(value)
    raise ValueError(
        f"is_choke of node {node!r} is {value!r}; it must be True or False (or 1 or 0)."
    )


def _numeric(name: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        try:
            table[column].to_numpy(dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"column {column!r} of {name} is compared by numbers, but {error}."
            ) from None


def need(name: str, table: Any, columns: Sequence[str]) -> None:
    """Check that a table is one and has the columns."""
    check_table(name, table)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(
            f"{name} lacks the column {missing[0]!r}, a {type(table).__name__} of "
            f"{len(table.columns)} columns; it needs {', '.join(map(repr, columns))}."
        )
