"""What the findings of several studies are written with: parts, lists, numbers, tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from netplastic.analyses import Study, of_part

__all__ = ["counted", "each", "groups", "listed", "markdown", "number", "part_of", "span"]


def part_of(study: Study, table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one part of a study, without the columns that only other parts have.

    A study that is run on other graphs may have lost its parts, and with them the column `part`.

    Examples
    --------
    >>> import networkx as nx
    >>> study = Study("pairs", "?", {"pair": nx.path_graph(2)}, {"strength": (-5.0,)})
    >>> len(part_of(study, pd.DataFrame({"n": [1, 2]}), "pairs"))
    2
    >>> len(part_of(study, pd.DataFrame({"n": [1, 2]}), "others"))
    0
    """
    if "part" not in table and name != study.name:
        return table.iloc[:0]
    return of_part(table, name).dropna(axis="columns", how="all")


def each(table: pd.DataFrame) -> Iterator[Any]:
    """Rows of a table, one after another, with their columns as attributes.

    Examples
    --------
    >>> [row.n for row in each(pd.DataFrame({"n": [1, 2]}))]
    [1, 2]
    """
    yield from table.itertuples()


def groups(table: pd.DataFrame, by: str | Sequence[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Rows that are equal in some columns, in the order in which they first occur.

    Examples
    --------
    >>> [(key, len(rows)) for key, rows in groups(pd.DataFrame({"n": [2, 1, 2]}), "n")]
    [(2, 2), (1, 1)]
    """
    keys = by if isinstance(by, str) else list(by)
    yield from table.groupby(keys, sort=False)


def listed(words: Iterable[object]) -> str:
    """Join words as a sentence does; "none" where there are none.

    Examples
    --------
    >>> listed("abc"), listed("ab"), listed(())
    ('a, b and c', 'a and b', 'none')
    """
    found = [str(word) for word in words]
    if len(found) < 2:
        return found[0] if found else "none"
    return f"{', '.join(found[:-1])} and {found[-1]}"


def counted(many: int, word: str, words: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "network"), counted(2, "network"), counted(0, "axis", "axes")
    ('1 network', '2 networks', '0 axes')
    """
    return f"{many} {word if many == 1 else words or word + 's'}"


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many digits; a dash where there is none.

    Examples
    --------
    >>> number(6.5375946), number(float("nan")), number(float("inf"))
    ('6.538', '–', 'inf')
    """
    return "–" if pd.isna(value) else f"{value:.{digits}g}"


def span(values: Iterable[float], digits: int = 3) -> str:
    """Least and greatest of some numbers; one number where they agree, "none" where none is finite.

    Examples
    --------
    >>> span([7.1, 9.2, 8.0]), span([2.0, 2.0]), span([float("inf")])
    ('7.1 to 9.2', '2', 'none')
    """
    kept = [value for value in values if math.isfinite(value)]
    if not kept:
        return "none"
    low, high = number(min(kept), digits), number(max(kept), digits)
    return low if low == high else f"{low} to {high}"


def markdown(table: pd.DataFrame) -> str:
    """Write a table in Markdown, numbers with four digits.

    Examples
    --------
    >>> print(markdown(pd.DataFrame({"graph": ["pair"], "onset": [6.5375946]})))
    | graph | onset |
    |---|---|
    | pair | 6.538 |
    """
    lines = [f"| {' | '.join(map(str, table.columns))} |", "|---" * len(table.columns) + "|"]
    for row in table.itertuples(index=False):
        cells = (number(cell) if isinstance(cell, float) else str(cell) for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
