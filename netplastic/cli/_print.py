"""Tables on a terminal, where they fit its width, and elsewhere, where they are whole."""

from __future__ import annotations

import math
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["say", "show"]

GAP = "  "
_LONG = 24
"""Characters that an entry of a table may keep where the table is too wide."""

_NARROW = 20
"""Characters that the last column needs to be wrapped."""

_FEW = 3
"""Rows up to which a table that is too wide is shown as a list of its entries."""


def say(text: str) -> None:
    """Print a sentence, broken between words on a terminal."""
    width = _width()
    for line in text.splitlines():
        typer.echo(line if width is None else textwrap.fill(line, width, break_long_words=False))


def show(
    table: pd.DataFrame, title: str = "", *, rows: int | None = None, least: Sequence[str] = ()
) -> None:
    """Print a table.

    On a terminal at most `rows` rows, in its width: what does not fit is wrapped, shortened or,
    from the columns `least` on, left out, and that is said. Elsewhere everything, a row a line.
    """
    width = _width()
    if title:
        say(title)
    shown = table if rows is None or width is None else table.head(rows)
    columns = {str(name): [_cell(value) for value in shown[name]] for name in shown.columns}
    numbers = {str(name) for name in table.columns if _is_number(table[name])}
    if width is None or _total(columns) <= width:
        _rows(columns, numbers)
    elif (room := _room_for_last(columns, numbers, width)) >= _NARROW:
        _rows(columns, numbers, room)
    elif len(shown) <= _FEW:
        _entries(columns, width)
    else:
        _fitting(columns, numbers, width, least)
    if len(shown) < len(table):
        say(f"... and {len(table) - len(shown)} rows more; --out FILE or --json has all.")


def _width() -> int | None:
    """Columns of the terminal; None where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _is_number(column: pd.Series[Any]) -> bool:
    return column.dtype.kind in "iuf" or all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in column
    )


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())


def _widths(columns: dict[str, list[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(map(cell_len, (name, *cells))) for name, cells in columns.items()]


def _total(columns: dict[str, list[str]]) -> int:
    return sum(_widths(columns)) + len(GAP) * (len(columns) - 1)


def _rows(columns: dict[str, list[str]], numbers: Iterable[str], room: int | None = None) -> None:
    """Print a row a line; the last column is wrapped to `room` where that is given."""
    from rich.cells import set_cell_size

    widths = _widths(columns)
    at_last = sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    for row in (tuple(columns), *zip(*columns.values(), strict=True)):
        cells = []
        for name, cell, width in zip(columns, row, widths, strict=True):
            padded = set_cell_size(cell, width)
            cells.append(padded.rstrip().rjust(width) if name in numbers else padded)
        last = [row[-1]] if room is None else textwrap.wrap(row[-1], room) or [""]
        if room is not None:
            cells[-1] = last[0]
        typer.echo(GAP.join(cells).rstrip())
        for more in last[1:]:
            typer.echo(" " * at_last + more)


def _room_for_last(columns: dict[str, list[str]], numbers: Iterable[str], width: int) -> int:
    """Characters that other columns leave for the last one; 0 if that is no text in words."""
    *others, last = columns
    if last in numbers or not any(" " in cell for cell in columns[last]):
        return 0
    return width - sum(_widths(columns)[:-1]) - len(GAP) * len(others)


def _entries(columns: dict[str, list[str]], width: int) -> None:
    """Print each row as a list of its entries, none left out."""
    margin = max(map(len, columns)) + len(GAP)
    for number, row in enumerate(zip(*columns.values(), strict=True)):
        if number:
            typer.echo()
        for name, cell in zip(columns, row, strict=True):
            first, *more = textwrap.wrap(cell, max(width - margin, _LONG)) or [""]
            typer.echo(f"{name:{margin}}{first}")
            for line in more:
                typer.echo(" " * margin + line)


def _fitting(
    columns: dict[str, list[str]], numbers: Iterable[str], width: int, least: Sequence[str]
) -> None:
    """Shorten long entries, then leave out columns: empty ones, then `least`, then the last."""
    shortened = {name: [_short(cell) for cell in cells] for name, cells in columns.items()}
    empty = [name for name, cells in columns.items() if set(cells) <= {"-"}]
    first = [*empty, *(name for name in least if name in columns and name not in empty)]
    order = [*first, *(name for name in reversed(columns) if name not in first)]
    left_out: list[str] = []
    while _total(_without(shortened, left_out)) > width and len(left_out) < len(columns) - 1:
        left_out.append(order[len(left_out)])
    for name in left_out[::-1]:  # a narrow one may fit where a wide one had to go
        if _total(_without(shortened, set(left_out) - {name})) <= width:
            left_out.remove(name)
    shortened = _without(shortened, left_out)
    _rows(shortened, numbers)
    if left_out:
        names = [name for name in columns if name in left_out]
        say(
            f"Too wide for {width} characters, left out: {', '.join(names)}; --out FILE or --json "
            "has all."
        )
    if any(shortened[name] != columns[name] for name in shortened):
        say("Entries with … are shortened here; --out FILE or --json has them whole.")


def _without(columns: dict[str, list[str]], left_out: Iterable[str]) -> dict[str, list[str]]:
    return {name: cells for name, cells in columns.items() if name not in left_out}


def _short(cell: str) -> str:
    """Keep both ends of a long entry, and of a long integer its size."""
    from rich.cells import cell_len

    if cell_len(cell) <= _LONG:
        return cell
    digits = cell.lstrip("-")
    if digits.isdecimal():
        return f"{'-' * (len(cell) - len(digits))}{digits[0]}.{digits[1:4]}…e+{len(digits) - 1}"
    half = (_LONG - 1) // 2
    return f"{cell[:half]}…{cell[-half:]}"
