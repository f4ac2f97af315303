"""The base of all outcomes that are named, explained and come with advice."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

__all__ = ["Status"]


class Status(StrEnum):
    """An outcome; members compare equal to their text.

    Attributes
    ----------
    meaning : str
        One sentence that says what the outcome promises.
    remedy : str
        What to do for a better one.
    """

    meaning: str
    remedy: str

    def __new__(cls, text: str, meaning: str, remedy: str) -> Self:
        member = str.__new__(cls, text)
        member._value_ = text
        member.meaning, member.remedy = meaning, remedy
        return member
