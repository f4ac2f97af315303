"""Texts and tables as files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import PENDING, brief, check_table, sync_folder, whole

__all__ = [
    "PENDING",
    "digest_of",
    "json_text",
    "sync_folder",
    "whole",
    "write_csv",
    "write_json",
    "write_parquet",
    "write_text",
]


_ROWS = 50_000
"""Of a table that are turned into Parquet at once."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from netplastic import analyses
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "finding.md")
    ...     analyses.write_text(path, "Two stable states.")
    ...     path.read_text()
    'Two stable states.'
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str; found {brief(text)}")
    with whole(path) as pending:
        pending.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write what `json_text` makes of it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from netplastic import analyses
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "counts.json")
    ...     analyses.write_json(path, {"n_stable": 2})
    ...     "n_stable" in path.read_text()
    True
    """
    write_text(path, json_text(content) + "\n")


def json_text(content: Any) -> str:
    """Return content as JSON, indented, that any program reads.

    Integers have all their digits. What JSON does not know: infinite numbers are "inf" and "-inf",
    missing ones null, a table is a list of its rows, anything else the text that it prints as.

    Examples
    --------
    >>> table = pd.DataFrame({"n": pd.Series([2**70, math.inf, None], dtype=object)})
    >>> print(" ".join(json_text(table).split()))
    [ { "n": 1180591620717411303424 }, { "n": "inf" }, { "n": null } ]
    """
    return json.dumps(_known(content), indent=2, ensure_ascii=False, allow_nan=False)


def _known(content: Any) -> Any:
    if isinstance(content, pd.DataFrame):
        rows = zip(*(content[name].tolist() for name in content.columns), strict=True)
        return [_known(dict(zip(content.columns, row, strict=True))) for row in rows]
    if isinstance(content, dict):
        return {str(name): _known(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_known(value) for value in content]
    if isinstance(content, np.generic):
        content = content.item()
    if content is None or content is pd.NA:
        return None
    if isinstance(content, float) and not math.isfinite(content):
        return None if math.isnan(content) else str(content)
    return content if isinstance(content, bool | int | float | str) else str(content)


def write_csv(path: Path, table: pd.DataFrame, *, separator: str = ",") -> None:
    """Write a table with a header and without row numbers; floats read back exactly.

    Examples
    --------
    >>> import pathlib, tempfile, pandas as pd
    >>> from netplastic import analyses
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "table.csv")
    ...     analyses.write_csv(path, pd.DataFrame({"node": ["a"], "n_stable": [2]}))
    ...     path.read_text()
    'node,n_stable\\na,2\\n'
    """
    check_table("table", table)
    if not isinstance(separator, str) or len(separator) != 1:
        raise ValueError(f"separator must be one character; found {brief(separator)}")
    with whole(path) as pending:
        table.to_csv(pending, index=False, sep=separator, lineterminator="\n", encoding="utf-8")


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, in pieces: a million rows take little memory beside the table.

    Examples
    --------
    >>> import pathlib, tempfile, pandas as pd
    >>> from netplastic import analyses
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "table.parquet")
    ...     analyses.write_parquet(path, pd.DataFrame({"node": ["a"], "n_stable": [2]}))
    ...     pd.read_parquet(path)["n_stable"].tolist()
    [2]
    """
    import pyarrow as pa
    from pyarrow import parquet

    check_table("table", table)
    schema = pa.Schema.from_pandas(table, preserve_index=False)
    if table.attrs:  # where pandas looks for them
        told = {**(schema.metadata or {}), "PANDAS_ATTRS": json.dumps(table.attrs)}
        schema = schema.with_metadata(told)
    with whole(path) as pending, parquet.ParquetWriter(pending, schema) as writer:
        for first in range(0, max(len(table), 1), _ROWS):
            piece = table.iloc[first : first + _ROWS]
            writer.write_table(pa.Table.from_pandas(piece, schema=schema, preserve_index=False))
