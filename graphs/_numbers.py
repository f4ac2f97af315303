"""Numbers as files write them: strictly, so that nothing is read as what it is not."""

from __future__ import annotations

import re
from typing import Any

WHOLE = re.compile(r"0|-?[1-9][0-9]*")
"""A whole number in its plain form, so that it is written back as it was."""
REAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def is_real(text: str) -> bool:
    """Whether a text is a decimal number, finite or not (no 1_000, no digits of other scripts)."""
    return bool(REAL.fullmatch(text) or NOT_FINITE.fullmatch(text))


def column(texts: list[str]) -> list[Any]:
    """Read a column: as whole numbers if all are, as numbers if all are, else as text.

    Empty cells of a column of numbers are None.
    """
    filled = [text for text in texts if text]
    if not filled or not all(is_real(text) for text in filled):
        return texts
    if all(WHOLE.fullmatch(text) for text in filled):
        return [int(text) if text else None for text in texts]
    if any(re.fullmatch(r"[+-]?0[0-9]+", text) for text in filled):
        return texts  # 007 is a name
    return [float(text) if text else None for text in texts]
