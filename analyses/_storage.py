"""Tables on disk: finished tasks that read back exactly, and tables for publication.

Parquet columns have one type, our tables need not: node labels are any hashable, counts are exact
integers of any length. A stored part keeps both (labels as positions in the graph, other mixed
columns as JSON); a published table turns a mixed column into text.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from netplastic._support import brief, check_table

__all__ = ["Packed", "joined", "of_part", "packed", "publishable", "read_table", "unpacked"]

NODE = "node"
_AS_JSON = " (json)"
_TEXT: Any = pd.Series(["a"]).dtype
"""Dtype of text: "str" from pandas 3 on, before object (whose "str" turns None into a word)."""

_EXACT = "integers as text"
"""Entry of a published table's `attrs`, which Parquet keeps: columns of long integers."""


def packed(table: pd.DataFrame, nodes: Sequence[Any]) -> bytes:
    """Return a finished task's table as bytes; `nodes` are what its node column may hold.

    Raises
    ------
    TypeError, ValueError
        (or what Arrow raises) for a table that cannot be kept as it is.
    """
    _check_table(table)
    stored: dict[str, Any] = {}
    simple = True
    for name in table.columns:
        column = table[name]
        if name == NODE:
            stored[name] = _positions(column, nodes)
        elif column.dtype == object:
            stored[f"{name}{_AS_JSON}"] = [json.dumps(_plain(value)) for value in column]
        else:
            stored[name] = column.array
            simple &= _is_simple(column.dtype)
    if simple and stored:
        arrow = pa.table({name: pa.array(values) for name, values in stored.items()})
    else:
        # Keeps what Arrow alone forgets (nullable, sparse, ...); takes three times as long.
        arrow = pa.Table.from_pandas(pd.DataFrame(stored), preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _is_simple(dtype: Any) -> bool:
    """Whether Arrow gives a column of this kind back as it was."""
    plain = isinstance(dtype, np.dtype) and dtype.kind in "biuf" and dtype != np.float16
    return plain or str(dtype) == "str"


def _check_table(table: pd.DataFrame) -> None:
    if table.columns.nlevels > 1 or not all(type(name) is str for name in table.columns):
        raise TypeError("its columns must have names that are text, on one level.")
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise ValueError(f"it has two columns {twice!r}; rename one.")
    named = [name for name in table.index.names if name is not None]
    if named:
        raise ValueError(f"its index is named {named[0]!r}; make it a column by reset_index().")


def _positions(column: pd.Series, nodes: Sequence[Any]) -> Any:
    position = {node: number for number, node in enumerate(nodes)}
    try:
        return np.array([position[node] for node in column], dtype=np.int64)
    except KeyError as error:
        raise ValueError(
            f"its column node holds {error.args[0]!r}, no node of the graph."
        ) from None


@dataclass(frozen=True)
class Packed:
    """A kept table, what stands before each of its rows, and the nodes that it speaks of."""

    lead: Mapping[str, Any]
    data: bytes
    nodes: Sequence[Any]


def unpacked(pieces: Iterable[Packed]) -> Iterator[tuple[int, pd.DataFrame]]:
    """Read kept tables, those of like columns that follow each other at once.

    Yields
    ------
    tuple of int and DataFrame
        How many pieces it is made of, and their rows. A table without rows gives none.
    """
    opened = ((piece, pa.ipc.open_stream(piece.data).read_all()) for piece in pieces)

    def like(pair: tuple[Packed, Any]) -> tuple[Any, ...]:
        piece, arrow = pair
        return (*piece.lead, str(arrow.schema), arrow.schema.metadata, arrow.num_rows == 0)

    for _, alike in itertools.groupby(opened, key=like):
        group = list(alike)
        yield len(group), _rows([piece for piece, _ in group], [arrow for _, arrow in group])


def _rows(pieces: Sequence[Packed], arrows: Sequence[Any]) -> pd.DataFrame:
    lengths = [arrow.num_rows for arrow in arrows]
    stored = pa.concat_tables(arrows).unify_dictionaries().to_pandas()
    heads = pd.DataFrame([dict(piece.lead) for piece in pieces])
    columns: dict[str, Any] = {
        name: heads[name].repeat(lengths).reset_index(drop=True) for name in heads.columns
    }
    for name in stored.columns:
        column = stored[name]
        as_json = name.endswith(_AS_JSON)
        name = name.removesuffix(_AS_JSON)
        if name in heads.columns:
            continue
        if name == NODE:
            ends = np.cumsum(lengths)[:-1]
            spread = zip(pieces, np.split(column.to_numpy(), ends), strict=True)
            columns[name] = labels([piece.nodes[at] for piece, many in spread for at in many])
        elif as_json:
            values = np.empty(len(column), dtype=object)
            values[:] = [json.loads(text) for text in column]
            columns[name] = values
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
    check_table("table", table)
    if not isinstance(part, str):
        raise TypeError(f"part must be the name of one; found {brief(part)}")
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
    text with all digits, which `read_table` turns back.

    Examples
    --------
    >>> table = pd.DataFrame({"n_stable": pd.Series([3, 2**80], dtype=object)})
    >>> list(publishable(table)["n_stable"])
    ['3', '1208925819614629174706176']
    """
    check_table("table", table)
    columns = {
        name: _one_type(table[name]) if table[name].dtype == object else table[name]
        for name in table.columns
    }
    published = pd.DataFrame(columns)
    as_text = [name for name in columns if published[name].dtype == _TEXT]
    long = [name for name in as_text if table[name].dtype == object and _are_integers(table[name])]
    if long:
        published.attrs[_EXACT] = long
    return published


def _are_integers(column: pd.Series) -> bool:
    """Whether a column holds whole numbers, infinite and missing ones, and nothing else."""
    values = [value for value in map(_plain, column) if value is not None]
    return bool(values) and all(
        type(value) is int or (type(value) is float and not np.isfinite(value)) for value in values
    )


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that a study or a command wrote; integers of any length are exact.

    Parquet and CSV know integers of 64 bits only. Columns with longer ones are text in Parquet,
    and `pandas.read_csv` may round them; here they hold Python integers (dtype object), beside
    them inf where a number is unknown, and None where it is missing.

    Parameters
    ----------
    path : str or Path
        A .parquet, .csv or .tsv file.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        For another ending.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from netplastic.analyses import write_parquet
    >>> table = pd.DataFrame({"n_stable": pd.Series([3, 2**80], dtype=object)})
    >>> with TemporaryDirectory() as folder:
    ...     write_parquet(Path(folder) / "counts.parquet", publishable(table))
    ...     read_table(Path(folder) / "counts.parquet")["n_stable"].tolist()
    [3, 1208925819614629174706176]
    """
    if not isinstance(path, str | PathLike):
        raise TypeError(f"path must be the path of a table; found {brief(path)}.")
    path = Path(path)
    ending = path.suffix.lower()
    if ending == ".parquet":
        table = pd.read_parquet(path)
        return table.assign(
            **{name: _integers(table[name]) for name in table.attrs.pop(_EXACT, ())}
        )
    if ending not in (".csv", ".tsv"):
        raise ValueError(f"{path}: give a file that ends in .parquet, .csv or .tsv")
    separator = "\t" if ending == ".tsv" else ","
    texts = pd.read_csv(path, sep=separator, dtype=str)
    long = [name for name in texts.columns if _needs_digits(texts[name].dropna())]
    table = pd.read_csv(path, sep=separator, dtype=dict.fromkeys(long, str))
    return table.assign(**{name: _integers(texts[name]) for name in long})


def _needs_digits(texts: pd.Series) -> bool:
    """Whether text is whole numbers, some of which no float holds."""
    whole = texts.str.fullmatch(r"-?(\d+|inf)").all()
    return bool(len(texts)) and bool(whole) and bool((texts.str.len() > 15).any())


def _integers(texts: pd.Series) -> pd.Series:
    values = np.empty(len(texts), dtype=object)
    values[:] = [
        None if pd.isna(text) or text == "nan" else float(text) if "inf" in text else int(text)
        for text in texts
    ]
    return pd.Series(values, index=texts.index, dtype=object)


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
    return pd.array([None if value is None else str(value) for value in values], dtype=_TEXT)


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it: numpy scalars as Python's, missing ones as None."""
    if value is None or value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value
