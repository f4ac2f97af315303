"""Tables on the terminal and in files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_table_path", "show", "write_table"]

ENDINGS = (".csv", ".tsv", ".parquet")


def show(table: pd.DataFrame, title: str = "", rows: int | None = None) -> None:
    """Print a table; at most `rows` rows, saying how many are left out."""
    from rich.console import Console
    from rich.table import Table

    # Elsewhere than on a terminal nothing is folded to fit its width.
    console = Console()
    if not console.is_terminal:
        console = Console(width=500)
    if title:  # not as the table's own, which would be folded to its width
        console.print(title, highlight=False, markup=False)
    drawn = Table(box=None, pad_edge=False)
    for name in table.columns:
        right = table[name].dtype.kind in "iuf"
        drawn.add_column(str(name), justify="right" if right else "left", overflow="fold")
    shown = table if rows is None else table.head(rows)
    for row in shown.itertuples(index=False):
        drawn.add_row(*(_cell(value) for value in row))
    console.print(drawn, highlight=False, markup=False)
    if len(shown) < len(table):
        console.print(f"... and {len(table) - len(shown)} rows more; --out FILE writes all.")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return "-"
        return f"{value:.6g}"
    return str(value)


def check_table_path(out: Path | None, more: tuple[str, ...] = ()) -> None:
    """Refuse, before any work, a file that could not be written in the end."""
    if out is None:
        return
    allowed = (*ENDINGS, *more)
    if out.suffix.lower() not in allowed:
        raise ValueError(f"--out {out}: give a file that ends in {', '.join(allowed)}.")
    if out.is_dir() or not out.parent.is_dir():
        raise ValueError(f"--out {out}: its folder must be there, and it must be no folder.")


def write_table(out: Path, table: pd.DataFrame) -> None:
    """Write a table in the format that the file's ending names."""
    from netplastic import analyses

    published = analyses.publishable(table)
    if out.suffix.lower() == ".parquet":
        analyses.write_parquet(out, published)
    else:
        analyses.write_csv(out, published, separator="\t" if out.suffix.lower() == ".tsv" else ",")
