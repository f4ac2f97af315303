"""Edge lists: a header with source, target and optionally weight, then one edge a line."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx

from netplastic._support import Graph, nearest

from ._errors import NetworkFileError, read_text

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "blank"}
NEEDED = ("source", "target")


@dataclass(frozen=True)
class _Row:
    line: int
    source: str
    target: str
    data: dict[str, Any]


def read_edge_list(path: Path, directed: bool | None) -> Graph:
    """Read a .csv or .tsv file as described in `read_network`."""
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path).splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise NetworkFileError(path, "holds nothing but comments; the header is missing")
    separator, header = _read_header(path, *lines[0])
    rows = [_read_row(path, number, line, separator, header) for number, line in lines[1:]]
    if not rows:
        raise NetworkFileError(path, "holds a header but no edges", lines[0][0])
    _convert_extras(rows)
    return _build(path, rows, directed)


def _split(line: str, separator: str) -> list[str]:
    """Split a line at a separator, respecting quotes; blanks in any number are one separator."""
    if separator == " ":
        line = re.sub(r"[ \t]+", " ", line.strip())
    fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    return [field.strip() for field in fields]


def _read_header(path: Path, number: int, line: str) -> tuple[str, list[str]]:
    """Find the separator that brings the needed columns to light."""
    splits = {separator: _split(line, separator) for separator in SEPARATORS}
    for separator, names in splits.items():
        lowered = [name.lower() for name in names]
        if all(name in lowered for name in NEEDED):
            twice = sorted({name for name in lowered if lowered.count(name) > 1})
            if twice:
                raise NetworkFileError(
                    path, f"the header has the column {twice[0]!r} more than once", number
                )
            known = (*NEEDED, "weight")
            return separator, [
                low if low in known else name for name, low in zip(names, lowered, strict=True)
            ]
    # No separator works: speak of the one that cuts the header into most columns.
    separator = max(splits, key=lambda item: len(splits[item]))
    names = splits[separator]
    missing = [name for name in NEEDED if name not in [found.lower() for found in names]]
    hints = "".join(nearest(name.lower(), NEEDED) for name in names[:2])
    raise NetworkFileError(
        path,
        f"the header lacks the column{'s' if len(missing) > 1 else ''} "
        f"{' and '.join(map(repr, missing))}; found {', '.join(map(repr, names))} (separator: "
        f"{SEPARATORS[separator]}){hints}. The first line must name the columns, such as "
        "source,target,weight",
        number,
    )


def _read_row(path: Path, number: int, line: str, separator: str, header: list[str]) -> _Row:
    fields = _split(line, separator)
    if len(fields) != len(header):
        raise NetworkFileError(
            path,
            f"found {len(fields)} fields where the header has {len(header)} "
            f"({', '.join(header)}; separator: {SEPARATORS[separator]})",
            number,
        )
    data: dict[str, Any] = dict(zip(header, fields, strict=True))
    source, target = data.pop("source"), data.pop("target")
    for name, label in (("source", source), ("target", target)):
        if not label:
            raise NetworkFileError(path, f"the {name} is empty; give every edge both ends", number)
    if "weight" in data:
        data["weight"] = _read_weight(path, number, data["weight"])
    return _Row(number, source, target, data)


def _read_weight(path: Path, number: int, text: str) -> float:
    try:
        weight = float(text)
    except ValueError as error:
        hint = "with a decimal point" if re.fullmatch(r"[+-]?\d+,\d+", text) else "such as 1 or 2.5"
        found = repr(text) if text else "nothing"
        raise NetworkFileError(
            path, f"the weight must be a finite number, {hint}; found {found}", number
        ) from error
    if not math.isfinite(weight):
        raise NetworkFileError(
            path,
            f"the weight must be a finite number; found {text!r}. Give it a value or remove the "
            "line",
            number,
        )
    return weight


def _convert_extras(rows: list[_Row]) -> None:
    """Turn the further columns that hold only numbers into numbers."""
    for name in rows[0].data:
        if name == "weight":
            continue
        try:
            values = [float(row.data[name]) for row in rows]
        except ValueError:
            continue
        for row, value in zip(rows, values, strict=True):
            row.data[name] = value


def _build(path: Path, rows: list[_Row], directed: bool | None) -> Graph:
    edges: dict[tuple[str, str], _Row] = {}
    for row in rows:
        earlier = edges.setdefault((row.source, row.target), row)
        if earlier is not row:
            raise NetworkFileError(path, _duplicate(row, earlier, "again"), row.line)
    both_ways = all(
        (v, u) in edges and edges[v, u].data == row.data for (u, v), row in edges.items()
    )
    if directed is None:
        directed = not both_ways
    if not directed and not both_ways:
        for (u, v), row in edges.items():
            other = edges.get((v, u), row)
            if other.line < row.line:
                raise NetworkFileError(
                    path, _duplicate(row, other, "the other way round"), row.line
                )
    graph: Graph = nx.DiGraph() if directed else nx.Graph()
    label = _labels(rows)
    for row in rows:
        graph.add_edge(label(row.source), label(row.target), **row.data)
    return graph


def _duplicate(row: _Row, earlier: _Row, how: str) -> str:
    mend = (
        "keep one of the lines, with the sum of the weights if they are parts of one connection"
        if how == "again"
        else "keep one of the lines, list every edge both ways, or read with directed=True"
    )
    return (
        f"the edge {row.source!r} - {row.target!r} of line {earlier.line} stands here {how}; {mend}"
    )


def _labels(rows: list[_Row]) -> Any:
    """Return int if every label is a whole number in its plain form, else str."""
    texts = {text for row in rows for text in (row.source, row.target)}
    return int if all(re.fullmatch(r"0|-?[1-9]\d*", text) for text in texts) else str
