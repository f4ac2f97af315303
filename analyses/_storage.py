"""Tables on disk: finished tasks that read back exactly, and tables for publication.

Parquet columns have one type, our tables need not: node labels are any hashable, counts are exact
integers of any length. A stored part keeps both (labels as positions in the graph, other mixed
columns as JSON); a published table turns a mixed column into text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ._files import write_parquet

__all__ = ["joined", "of_part", "publishable", "read_task", "write_task"]

NODE = "node"
_AS_JSON = " (json)"


def write_task(path: Path, table: pd.DataFrame, nodes: Sequence[Any]) -> None:
    """Store a finished task's table; `nodes` are the labels that its node column may hold."""
    stored: dict[str, Any] = {}
    for name in table.columns:
        column = table[name]
        if name == NODE:
            position = {node: number for number, node in enumerate(nodes)}
            stored[name] = np.array([position[node] for node in column], dtype=np.int64)
        elif column.dtype == object:
            stored[f"{name}{_AS_JSON}"] = [json.dumps(_plain(value)) for value in column]
        else:
            stored[name] = column.array
    write_parquet(path, pd.DataFrame(stored))


def read_task(path: Path, nodes: Sequence[Any]) -> pd.DataFrame:
    """Read what `write_task` stored."""
    stored = pd.read_parquet(path, engine="pyarrow")
    columns: dict[str, Any] = {}
    for name in stored.columns:
        column = stored[name]
        if name == NODE:
            columns[name] = labels([nodes[number] for number in column])
        elif name.endswith(_AS_JSON):
            values = np.empty(len(column), dtype=object)
            values[:] = [json.loads(text) for text in column]
            columns[name.removesuffix(_AS_JSON)] = values
        else:
            columns[name] = column
    return pd.DataFrame(columns)


def joined(pieces: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables below each other, whatever columns they have; whole numbers stay whole.

    Integers and booleans become such as know missing values where some table lacks the column.
    """
    everywhere = set.intersection(*(set(piece.columns) for piece in pieces))
    nullable = {"i": "Int64", "b": "boolean"}
    pieces = [
        piece.astype(
            {
                name: nullable[piece[name].dtype.kind]
                for name in piece.columns
                if name not in everywhere and piece[name].dtype.kind in nullable
            }
        )
        for piece in pieces
    ]
    return pd.concat(pieces, ignore_index=True)


def of_part(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the rows of one part of a study, as if it had been alone.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `run_study`; one without a column part is that of a study in one part.
    part : str
        Name of the part; it may have no rows.

    Returns
    -------
    pandas.DataFrame
        Without the column part; integers and booleans are plain ones again. Columns that only
        other parts have stay, without values.

    Examples
    --------
    >>> table = pd.DataFrame({"part": ["a", "b"], "n": pd.array([1, None], dtype="Int64")})
    >>> of_part(table, "a").dtypes.astype(str).to_dict()
    {'n': 'int64'}
    """
    if "part" not in table:
        return table
    own = table[table["part"] == part].drop(columns="part")
    plain = {"Int64": "int64", "boolean": "bool"}
    changes = {
        name: plain[str(own[name].dtype)]
        for name in own.columns
        if str(own[name].dtype) in plain and own[name].notna().all()
    }
    return own.astype(changes).reset_index(drop=True)


def labels(values: Sequence[Any]) -> pd.Series:
    """Return labels as a column that keeps what they are (a tuple stays one label)."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object).infer_objects()


def publishable(table: pd.DataFrame) -> pd.DataFrame:
    """Give every column one type, so that any program reads the table.

    Integers of 64 bits stay integers; a column with longer ones or with mixed values becomes
    text with all digits.

    Examples
    --------
    >>> table = pd.DataFrame({"n_stable": pd.Series([3, 2**80], dtype=object)})
    >>> list(publishable(table)["n_stable"])
    ['3', '1208925819614629174706176']
    """
    columns = {
        name: _one_type(table[name]) if table[name].dtype == object else table[name]
        for name in table.columns
    }
    return pd.DataFrame(columns)


def _one_type(column: pd.Series) -> Any:
    values = [_plain(value) for value in column]
    present = [value for value in values if value is not None]
    kinds = {type(value) for value in present}
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in present):
        return pd.array(values, dtype="Int64")
    if kinds == {bool}:
        return pd.array(values, dtype="boolean")
    if kinds and kinds <= {int, float} and all(abs(value) <= 2**53 for value in present):
        return np.array([np.nan if value is None else float(value) for value in values])
    return pd.array([None if value is None else str(value) for value in values], dtype="str")


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it: numpy scalars as Python's, missing ones as None."""
    if value is None or value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value
