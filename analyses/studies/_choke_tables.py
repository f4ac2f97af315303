"""Walking through tables: groups and rows, typed once for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

__all__ = ["groups", "rows_of"]


def groups(table: pd.DataFrame, by: str | Sequence[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Rows that are equal in some columns, in the order in which they first occur."""
    keys = by if isinstance(by, str) else list(by)
    yield from table.groupby(keys, sort=False)


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Rows as named tuples."""
    yield from table.itertuples()
