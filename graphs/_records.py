"""Records of a text table: its comments, its header, its separator, its lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ._errors import NetworkFileError

__all__ = ["SEPARATORS", "Records"]

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "blank"}
_NO = ("0", "no", "false")


class Records:
    """The lines of a .csv or .tsv file, cut into fields.

    Lines that begin with # say nothing to the reader but two things: the last one in front of the
    data may be the header, and one of them may say "directed" or "undirected".

    Attributes
    ----------
    separator : str
        Set by `choose`.
    said : bool or None
        What a comment says of the direction of edges.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.separator = ","
        lines = text.split("\n")
        first = next((k for k, line in enumerate(lines) if not _is_silent(line)), None)
        if first is None:
            raise NetworkFileError(path, "holds nothing but comments; the header is missing")
        self._lines, self._first = lines, first
        self._comments = [
            (number, line) for number, line in enumerate(lines[:first], 1) if line.strip()
        ]
        self.said = _direction(line for _, line in self._comments)
        self._columns = 0
        self._fresh, self._start, self._next = True, first + 1, first

    def choose(self, is_header: Callable[[list[str]], bool]) -> tuple[int, list[str]] | None:
        """Find the separator that makes a line a header, and leave that line behind."""
        candidates = [(self._first + 1, self._lines[self._first])]
        if self._comments:
            number, line = self._comments[-1]
            candidates.append((number, line.strip().lstrip("#")))
        for number, line in candidates:
            for separator in SEPARATORS:
                names = self._split(line, separator)
                if is_header(names):
                    self.separator, self._columns = separator, len(names)
                    self._next = self._first + (number == self._first + 1)
                    return number, names
        return None

    def widest(self) -> tuple[int, str, list[str]]:
        """The first line, cut at the separator that gives the most fields."""
        line = self._lines[self._first]
        separator = max(SEPARATORS, key=lambda one: len(self._split(line, one)))
        return self._first + 1, separator, self._split(line, separator)

    def cut(self, separator: str) -> list[tuple[int, list[str]]]:
        """All lines behind the comments, cut at a separator."""
        self.separator, self._columns, self._next = separator, 0, self._first
        return list(self)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        lines = self._data()
        reader = csv.reader(lines, delimiter=self.separator, skipinitialspace=True, strict=True)
        while True:
            self._fresh = True
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise NetworkFileError(
                    self.path, f"cannot be cut into fields: {error}", self._start
                ) from error
            yield self._start, self._trimmed(fields)

    def _data(self) -> Iterator[str]:
        """Lines behind the header; comments only where a record begins, not inside quotes."""
        for number in range(self._next, len(self._lines)):
            line = self._lines[number]
            if self._fresh and _is_silent(line):
                self._check_comment(number + 1, line)
                continue
            if self._fresh:
                self._fresh, self._start = False, number + 1
            yield (line.replace("\t", " ") if self.separator == " " else line) + "\n"

    def _check_comment(self, number: int, line: str) -> None:
        """Refuse what may be a comment or an edge whose label begins with #."""
        if re.match(r"#[^\s#]", line) and len(self._split(line, self.separator)) == self._columns:
            raise NetworkFileError(
                self.path,
                f"begins with # but has the {self._columns} fields of an edge: put a label that "
                f'begins with # in quotes ("{self._split(line, self.separator)[0]}"), or a blank '
                "behind the # of a comment",
                number,
            )

    def _split(self, line: str, separator: str) -> list[str]:
        if separator == " ":
            line = line.replace("\t", " ")
        try:
            return self._trimmed(
                next(csv.reader([line], delimiter=separator, skipinitialspace=True)), separator
            )
        except (csv.Error, StopIteration):
            return [line]

    def _trimmed(self, fields: list[str], separator: str | None = None) -> list[str]:
        trimmed = [field.strip(" \t\n") for field in fields]
        if (separator or self.separator) == " " and trimmed and not trimmed[-1]:
            trimmed.pop()  # blanks at the end of the line
        return trimmed


def _is_silent(line: str) -> bool:
    return not line.strip() or line.startswith("#")


def _direction(comments: Iterator[str]) -> bool | None:
    """What a line such as "# directed" or "# Undirected graph: ..." says."""
    for line in comments:
        found = re.match(r"#\W*(un)?directed\b\s*[:=]?\s*(\w*)", line, flags=re.IGNORECASE)
        if found:
            return (found[1] is None) != (found[2].lower() in _NO)
    return None
