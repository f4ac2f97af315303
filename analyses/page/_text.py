"""Numbers, labels and statuses as words; a number that is no exact count carries a mark."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

__all__ = ["GLYPHS", "MARKS", "bits", "count_words", "counted", "entry", "is_missing", "plain"]

MARKS = {"certified": "", "lower bound": "≥ ", "estimate": "≈ "}
"""What stands before a number of that status."""

GLYPHS = {"certified": "●", "lower bound": "◐", "estimate": "○"}

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def plain(value: Any) -> str:
    """Text as one line that every browser and file can hold."""
    return " ".join(_CONTROL.sub("\ufffd", str(value)).split())


def is_missing(value: Any) -> bool:
    """Whether a value of a table is none."""
    return value is None or value is pd.NA or value is pd.NaT or value != value


def entry(value: Any) -> str:
    """A value of a table as it is shown: four digits of what is no whole number.

    Examples
    --------
    >>> [entry(value) for value in (3, 0.123456, 12.0, None, True, "a b", 2**70, -float("inf"))]
    ['3', '0.1235', '12', '', 'yes', 'a b', '1180591620717411303424', '-inf']
    """
    if is_missing(value):
        return ""
    if isinstance(value, str):
        return plain(value)
    if str(value) in ("True", "False"):
        return "yes" if value else "no"
    try:
        return str(int(value)) if math.isfinite(value) and int(value) == value else f"{value:.4g}"
    except (TypeError, ValueError, OverflowError):
        return plain(value)


def counted(number: Any, status: Any) -> str:
    """A count with the mark of its status.

    Examples
    --------
    >>> counted(12, "certified"), counted(12, "lower bound"), counted(12, "estimate")
    ('12', '≥ 12', '≈ 12')
    """
    text = entry(number)
    return f"{MARKS.get(str(status), '? ')}{text}" if text else ""


def count_words(number: Any, status: Any) -> str:
    """The same for a sentence.

    Examples
    --------
    >>> count_words(1, "certified"), count_words(12, "lower bound")
    ('1 stable state, certified', 'at least 12 stable states, lower bound')
    """
    text = entry(number)
    if not text:
        return "not counted"
    said = {"certified": "", "lower bound": "at least ", "estimate": "about "}
    states = "stable state" if text == "1" else "stable states"
    return f"{said.get(str(status), '')}{text} {states}, {plain(status)}"


def bits(value: Any, *, sign: bool = True) -> str:
    """A number of bits with two digits behind the point, and its sign."""
    if is_missing(value):
        return ""
    return f"{float(value):+.2f}" if sign else f"{float(value):.2f}"
