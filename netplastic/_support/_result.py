"""What all results share: one line of text, a table in a notebook, a file."""

from __future__ import annotations

import html
import operator
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._saved import node_index, write_result
from ._status import Status
from ._types import IntArray, Node

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "by_node", "picked_rows", "stability_words"]

_LONGEST = 120
_ROWS, _COLUMNS = 10, 12
_GLYPHS = {"lower bound": "≥", "estimate": "≈"}


class Result(ABC):
    """A result of the package; two of them are equal only if they are one and the same."""

    __slots__ = ()

    @abstractmethod
    def _line(self) -> str:
        """What it is, in a few words."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return what it holds as a tidy table."""

    def _rows(self) -> pd.DataFrame:
        """Table for a notebook; of long ones the beginning is shown."""
        return self.to_frame()

    def _verdict(self) -> Status | str | None:
        """What it is worth, if that has a name."""
        return None

    def __repr__(self) -> str:
        line = " ".join(f"{type(self).__name__}({self._line()})".split())
        return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 2]}…)"

    def _repr_html_(self) -> str:
        rows, verdict = self._rows(), self._verdict()
        table = rows.iloc[:_ROWS, :_COLUMNS]
        more = [
            f"{left} more {name}{'s' if left > 1 else ''}"
            for name, left in (
                ("row", len(rows) - len(table)),
                ("column", rows.shape[1] - table.shape[1]),
            )
            if left
        ]
        parts = [f"<p>{html.escape(repr(self))}</p>"]
        if len(table):
            # Labels and names may hold anything: pandas escapes what stands in cells and headers.
            parts.append(table.to_html(index=False, escape=True, float_format="{:.6g}".format))
        if more:
            parts.append(f"<p>and {' and '.join(more)}</p>")
        if isinstance(verdict, Status):
            done = verdict.remedy.startswith("Nothing is left")
            glyph = _GLYPHS.get(str(verdict), "✓" if done else "!")
            verdict = f"{glyph} {verdict}: {verdict.meaning}{'' if done else ' ' + verdict.remedy}"
        if verdict:
            parts.append(f"<p>{html.escape(verdict)}</p>")
        # The classes keep notebooks from typesetting labels such as $x$.
        return '<div class="tex2jax_ignore mathjax_ignore">\n' + "\n".join(parts) + "\n</div>"

    def save(self, path: str | Path) -> None:
        """Write it to a file that `netplastic.load` reads.

        Parameters
        ----------
        path : str or Path
            Any name; a file that is there is replaced, once the new one is whole. It is a zip
            archive of JSON and arrays as of `numpy.savez`; a network is kept with its graph, all
            attributes, its rule and activation.

        Raises
        ------
        ResultFileError
            A ValueError: if the path is that of a folder or device.
        TypeError
            If a node's label is no number, text, boolean or tuple of these, or an attribute, rule
            or activation is of a kind of your own.
        """
        write_result(path, self)


def by_node(values: Any, nodes: tuple[Node, ...], name: str) -> pd.Series[float]:
    """Return values with the nodes' labels; a tuple stays one label."""
    import pandas as pd

    return pd.Series(values, index=node_index(nodes), name=name)


def stability_words(stable: Any, undecided: Any) -> list[str]:
    """Each row's stability by a sign and a word."""
    return [
        "● stable" if yes else "? undecided" if open_ else "○ unstable"
        for yes, open_ in zip(stable, undecided, strict=True)
    ]


def picked_rows(key: Any, number: int, what: str) -> int | IntArray:
    """Return which of `number` rows a key in brackets means: one, or several.

    Raises
    ------
    TypeError
        For what is no whole number, slice, list of whole numbers or boolean mask.
    IndexError
        For a row that is not there, and a mask of another length.
    ValueError
        For a row given twice.

    Examples
    --------
    >>> picked_rows(-1, 3, "equilibria"), picked_rows([True, False, True], 3, "equilibria")
    (2, array([0, 2]))
    """
    if isinstance(key, slice):
        return np.arange(number)[key]
    if isinstance(key, str | bytes | bool):
        raise _no_key(key)
    if not hasattr(key, "__len__"):
        try:
            key = operator.index(key)
        except TypeError:
            raise _no_key(key) from None
        return int(_inside(np.array([key]), number, what)[0])
    rows = np.asarray(key)
    if rows.ndim == 1 and rows.dtype == np.bool_:
        if len(rows) != number:
            raise IndexError(f"the mask has {len(rows)} entries for {number} {what}.")
        return np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise _no_key(key)
    rows = _inside(rows.astype(np.int64), number, what)
    if len(np.unique(rows)) < len(rows):
        raise ValueError(f"{key!r} picks a row twice; {what} are listed once each.")
    return rows


def _inside(rows: IntArray, number: int, what: str) -> IntArray:
    outside = rows[(rows < -number) | (rows >= number)]
    if outside.size:
        raise IndexError(f"there is no row {outside[0]}; there are {number} {what}.")
    return np.where(rows < 0, rows + number, rows)


def _no_key(key: object) -> TypeError:
    return TypeError(
        f"{key!r} picks no rows; give a whole number, a slice, a list of whole numbers, or a mask "
        "of True and False such as found.stable."
    )
