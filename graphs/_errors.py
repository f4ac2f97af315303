"""The error of a network file: where it is wrong, how, and how to mend it."""

from __future__ import annotations

import re
from pathlib import Path


class NetworkFileError(ValueError):
    """A network file cannot be read as it is.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    line : int or None
        The line (from 1) where the fault lies, where there is one.

    Examples
    --------
    >>> import pathlib, tempfile, netplastic as npl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "edges.csv")
    ...     _ = path.write_text("source,target,weight\\na,b,heavy\\n")
    ...     try:
    ...         npl.graphs.read_network(path, directed=False)
    ...     except npl.graphs.NetworkFileError as error:
    ...         print(error.line)
    2
    """

    def __init__(self, path: str | Path, message: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        self.message = message
        place = f"{path}, line {line}" if line is not None else f"{path}"
        super().__init__(f"{place}: {message}")

    def __reduce__(self) -> tuple[type[NetworkFileError], tuple[Path, str, int | None]]:
        # Three arguments made it, one is stored: without this it is lost between processes.
        return (type(self), (self.path, self.message, self.line))


def decoded(path: Path, data: bytes) -> str:
    """Return the text of a file, which must be UTF-8 and hold something."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise NetworkFileError(
            path, "is not UTF-8 text; save the file with the encoding UTF-8", line
        ) from error
    # As the text files of any system: their lines end in \r\n, \r or \n, and in nothing else.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise NetworkFileError(path, "the file is empty; it must describe at least one node")
    return text


def line_of(text: str, pattern: str) -> int | None:
    """Return the number of the first line that matches a regular expression."""
    match = re.search(pattern, text, flags=re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else None
