"""Adjacency matrices as text: rows of numbers, with or without the labels of the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import NetworkFileError
from ._numbers import WHOLE, is_real
from ._records import SEPARATORS, Records

__all__ = ["Table", "find_adjacency"]

_Lines = list[tuple[int, list[str]]]
_LEAST = 4
"""Without labels a smaller square of numbers may as well be a list of edges without a header, and
one of this size that is not symmetric a list with weights and delays."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The numbers of an adjacency matrix, and the labels of its rows and columns if it has any."""

    matrix: np.ndarray[Any, np.dtype[np.float64]]
    labels: list[Any] | None


def find_adjacency(path: Path, records: Records) -> Table | None:
    """Read a text table as an adjacency matrix; None if it has not the shape of one."""
    for separator in SEPARATORS:
        try:
            lines = records.cut(separator)
        except NetworkFileError:
            continue
        found = _labelled(path, lines) or _plain(path, lines)
        if found is not None:
            return found
    return None


def _labelled(path: Path, lines: _Lines) -> Table | None:
    """Labels above the columns and before the rows; above alone they could be of an edge list."""
    head, body = lines[0][1], lines[1:]
    n = len(body)
    widths = {len(fields) for _, fields in body}
    if n < 2 or widths != {n + 1} or len(head) not in (n, n + 1):
        return None
    if len(head) == n + 1 and is_real(head[0]):
        return None  # a square of numbers
    columns, rows = head[-n:], [fields[0] for _, fields in body]
    if len(set(columns)) != n or set(rows) != set(columns):
        return None
    matrix = _numbers(path, body, 1)
    order = [columns.index(name) for name in rows] if rows != columns else slice(None)
    return Table(matrix=matrix[:, order], labels=_named(rows))


def _plain(path: Path, lines: _Lines) -> Table | None:
    n = len(lines)
    if any(len(fields) != n or not all(map(is_real, fields)) for _, fields in lines):
        return None
    matrix = _numbers(path, lines, 0)
    if 1 < n < _LEAST or (n == _LEAST and not np.array_equal(matrix, matrix.T)):
        raise NetworkFileError(
            path,
            f"{n} lines of {n} numbers may be a matrix or so many edges; name the columns "
            "(source,target) of an edge list, or write the labels of a matrix above its columns "
            "and before its rows",
            lines[0][0],
        )
    return Table(matrix=matrix, labels=None)


def _numbers(path: Path, lines: _Lines, skip: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    for number, fields in lines:
        for place, text in enumerate(fields[skip:], skip + 1):
            if not is_real(text):
                raise NetworkFileError(
                    path,
                    f"field {place} must be a number; found {text!r}. Write 0 where there is no "
                    "edge",
                    number,
                )
    return np.array([[float(text) for text in fields[skip:]] for _, fields in lines])


def _named(labels: list[str]) -> list[Any]:
    """Labels as whole numbers if all are, else as text."""
    whole = all(WHOLE.fullmatch(name) for name in labels)
    return [int(name) for name in labels] if whole else list(labels)
