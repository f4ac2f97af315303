"""Texts and tables as files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic._support import PENDING, sync_folder, whole

__all__ = [
    "PENDING",
    "digest_of",
    "sync_folder",
    "whole",
    "write_csv",
    "write_json",
    "write_parquet",
    "write_text",
]


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8."""
    with whole(path) as pending:
        pending.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, indented; infinite numbers, which JSON does not know, as "inf" and "-inf"."""
    text = json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return str(content) if isinstance(content, float) and math.isinf(content) else content


def write_csv(path: Path, table: pd.DataFrame, *, separator: str = ",") -> None:
    """Write a table with a header and without row numbers; floats read back exactly."""
    with whole(path) as pending:
        table.to_csv(pending, index=False, sep=separator, lineterminator="\n", encoding="utf-8")


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    with whole(path) as pending:
        table.to_parquet(pending, index=False, engine="pyarrow")
