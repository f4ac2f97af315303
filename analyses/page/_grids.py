"""Tables of a page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ._text import bits, entry, is_missing, plain
from ._view import Grid

__all__ = ["effects_grid", "grid_of"]

_MOST = 200


def effects_grid(effects: pd.DataFrame) -> Grid:
    """What `amplification` found, one row a comparison."""
    rows = []
    for row in effects.to_dict("records"):
        mark = "" if row["status"] == "certified" else "≈ "
        effect = bits(row["effect"])
        ends = f"{bits(row['low'])} to {bits(row['high'])}" if bits(row["low"]) else ""
        p = "" if is_missing(row["p_value"]) else f"{row['p_value']:.2g}"
        rows.append(
            [
                plain(row["scope"]), _COMPARED[row["comparison"]], plain(row["choke_kind"]),
                f"{mark}{effect}" if effect else "", ends, p, entry(row["n_choke"]),
                entry(row["n_control"]), plain(row["status"]), plain(row["reason"]),
            ]
        )  # fmt: skip
    return Grid(
        title="Effects at choke points",
        heads=[
            "scope", "compared at equal", "choke points", "effect (bits)", "95% interval", "p",
            "compared", "with", "status", "remark",
        ],
        rows=rows,
        numbers=[False, False, False, True, True, True, True, True, False, False],
    )  # fmt: skip


_COMPARED = {"matched": "degree", "mechanism": "degree and edges among neighbors"}


def grid_of(title: str, table: pd.DataFrame, columns: list[str] | None = None) -> Grid:
    """Any table of results as it stands; of a long one the beginning, and it says so."""
    shown = table if columns is None else table[[c for c in columns if c in table]]
    rows = [[entry(value) for value in row] for row in shown.head(_MOST).itertuples(index=False)]
    left = len(shown) - len(rows)
    return Grid(
        title=title,
        heads=[str(name).replace("_", " ") for name in shown.columns],
        rows=rows,
        numbers=[_is_number(shown[name]) for name in shown.columns],
        note=f"The first {len(rows)} of {len(shown)} rows." if left else "",
    )


def _is_number(column: pd.Series[Any]) -> bool:
    return column.dtype.kind in "iuf"
