"""Edge lists: a header with source, target and optionally weight, then one edge a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx

from netplastic._support import (
    EDGE_TYPES,
    DirectionError,
    Graph,
    directed_or_not,
    find_ends,
    nearest,
)

from ._errors import NetworkFileError
from ._numbers import NOT_FINITE, REAL, WHOLE, column
from ._records import SEPARATORS, Records

__all__ = ["read_edge_list"]

_UNNAMED = "\n"
"""Begins the name of a column whose header is empty; no name of a column can."""


@dataclass(kw_only=True)
class _Header:
    line: int
    names: list[str]
    source: int
    target: int
    said: bool | None


@dataclass(kw_only=True)
class _Row:
    line: int
    source: str
    target: str
    data: dict[str, Any] = field(default_factory=dict)


def read_edge_list(path: Path, records: Records, directed: bool | None) -> Graph:
    """Read the records of a .csv or .tsv file as described in `read_network`."""
    header = _read_header(path, records)
    rows = [_read_row(path, line, fields, header, records.separator) for line, fields in records]
    if not rows:
        raise NetworkFileError(path, "holds a header but no edges", header.line)
    said = _type_column(path, rows)
    for known in (header.said, records.said):
        said = known if said is None else said
    _convert(path, rows)
    return _build(path, rows, said if directed is None else directed)


def _read_header(path: Path, records: Records) -> _Header:
    """Take the header from the first line, or from the last comment in front of the edges."""
    found = records.choose(lambda names: find_ends(names) is not None)
    if found is None:
        raise _no_header(path, records)
    line, names = found
    ends = find_ends(names)
    assert ends is not None
    lowered = [name.lower() for name in names if name]
    twice = sorted({name for name in lowered if lowered.count(name) > 1})
    if twice:
        raise NetworkFileError(path, f"the header has the column {twice[0]!r} more than once", line)
    source, target, said = ends
    known = [
        "weight" if name.lower() == "weight" else name or f"{_UNNAMED}{place}"
        for place, name in enumerate(names)
    ]
    return _Header(line=line, names=known, source=source, target=target, said=said)


def _no_header(path: Path, records: Records) -> NetworkFileError:
    # No separator works: speak of the one that cuts the header into most columns.
    line, separator, names = records.widest()
    lowered = [name.lower() for name in names]
    missing = [name for name in ("source", "target") if name not in lowered]
    hints = "".join(nearest(name, ("source", "target")) for name in lowered[:2])
    return NetworkFileError(
        path,
        f"the header lacks the column{'s' if len(missing) > 1 else ''} "
        f"{' and '.join(map(repr, missing))}; found {', '.join(map(repr, names))} (separator: "
        f"{SEPARATORS[separator]}){hints}. The first line must name the columns, such as "
        "source,target,weight (or from,to or pre,post), or the labels of an adjacency matrix",
        line,
    )


def _read_row(path: Path, line: int, fields: list[str], header: _Header, separator: str) -> _Row:
    if len(fields) != len(header.names):
        shown = ", ".join(
            "(no name)" if name.startswith(_UNNAMED) else name for name in header.names
        )
        raise NetworkFileError(
            path,
            f"found {len(fields)} fields where the header has {len(header.names)} "
            f"({shown}; separator: {SEPARATORS[separator]})",
            line,
        )
    source, target = fields[header.source], fields[header.target]
    for name, label in (("source", source), ("target", target)):
        if not label:
            raise NetworkFileError(path, f"the {name} is empty; give every edge both ends", line)
    ends = (header.source, header.target)
    data: dict[str, Any] = {
        name: value
        for place, (name, value) in enumerate(zip(header.names, fields, strict=True))
        if place not in ends
    }
    if "weight" in data:
        data["weight"] = _read_weight(path, line, data["weight"])
    return _Row(line=line, source=source, target=target, data=data)


def _read_weight(path: Path, line: int, text: str) -> float:
    if REAL.fullmatch(text):
        weight = float(text)
        if weight not in (float("inf"), float("-inf")):
            return weight
    elif not NOT_FINITE.fullmatch(text):
        hint = "with a decimal point" if re.fullmatch(r"[+-]?\d+,\d+", text) else "such as 1 or 2.5"
        found = repr(text) if text else "nothing"
        raise NetworkFileError(
            path, f"the weight must be a finite number, {hint}; found {found}", line
        )
    raise NetworkFileError(
        path,
        f"the weight must be a finite number; found {text!r}. Give it a value or remove the line",
        line,
    )


def _type_column(path: Path, rows: list[_Row]) -> bool | None:
    """Take what Gephi's column Type says out of the rows."""
    for name in [name for name in rows[0].data if name.lower() == "type"]:
        said = [EDGE_TYPES.get(row.data[name].lower()) for row in rows]
        if None in said:
            continue
        for row in rows:
            del row.data[name]
        other = next((row for row, one in zip(rows, said, strict=True) if one != said[0]), None)
        if other is not None:
            raise NetworkFileError(
                path,
                f"the edge {other.source!r} - {other.target!r} is of another Type than those "
                "before it; list an edge without direction both ways and make all of them Directed",
                other.line,
            )
        return said[0]
    return None


def _convert(path: Path, rows: list[_Row]) -> None:
    """Turn the further columns of numbers into numbers, and leave out a column of row numbers."""
    for name in list(rows[0].data):
        if name == "weight":
            continue
        values = column([row.data[name] for row in rows])
        unnamed = name.startswith(_UNNAMED)
        if unnamed:
            _check_unnamed(path, rows, values)
        for row, value in zip(rows, values, strict=True):
            if value is None or unnamed:
                del row.data[name]
            else:
                row.data[name] = value


def _check_unnamed(path: Path, rows: list[_Row], values: list[Any]) -> None:
    """A column without a name must be an index of pandas, or empty."""
    if all(value == "" for value in values):
        return
    if all(isinstance(value, int) for value in values) and len(set(values)) == len(values):
        return
    raise NetworkFileError(
        path, "a column has no name but holds values; name it in the header", rows[0].line - 1
    )


def _build(path: Path, rows: list[_Row], directed: bool | None) -> Graph:
    label = _labels(rows)
    arcs: Graph = nx.DiGraph()
    lines: dict[tuple[Any, Any], int] = {}
    for row in rows:
        edge = (label(row.source), label(row.target))
        earlier = lines.setdefault(edge, row.line)
        if earlier != row.line:
            raise NetworkFileError(
                path,
                f"the edge {row.source!r} - {row.target!r} of line {earlier} stands here again; "
                "keep one of the lines, with the sum of the weights if they are parts of one "
                "connection",
                row.line,
            )
        arcs.add_edge(*edge, **row.data)
    try:
        return directed_or_not(arcs, directed)
    except DirectionError as error:
        line = lines.get(error.arc) if error.arc else None
        raise NetworkFileError(path, str(error), line) from error


def _labels(rows: list[_Row]) -> Any:
    """Return int if every label is a whole number in its plain form, else str."""
    texts = {text for row in rows for text in (row.source, row.target)}
    return int if all(WHOLE.fullmatch(text) for text in texts) else str
