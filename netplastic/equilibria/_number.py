"""Numbers of which bounds are known: integers where the bounds agree."""

from __future__ import annotations

import numbers
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["NumberWithBounds"]

_Real: TypeAlias = Any
"""An int, a float, or a numpy number: what Python's own numbers take as the other operand."""


class NumberWithBounds(ABC):
    """Comparisons, arithmetic and formats of a whole number that lies between two bounds.

    A subclass says what the bounds are and which error what they do not decide is.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def bounds(self) -> tuple[int, int | float]:
        """The number is at least the first and at most the second."""

    @abstractmethod
    def unsettled(self) -> ValueError:
        """The error for what only a settled number can do."""

    # -- as an integer ---------------------------------------------------------------------------

    def __index__(self) -> int:
        lower, upper = self.bounds
        if lower != upper:
            raise self.unsettled()
        return lower

    def __int__(self) -> int:
        return self.__index__()

    def __float__(self) -> float:
        return float(self.__index__())

    def __format__(self, form: str) -> str:
        """As the integer; without a format as the text that says what it is worth."""
        return format(self.__index__(), form) if form else str(self)

    def __bool__(self) -> bool:
        """Whether it is above 0."""
        lower, upper = self.bounds
        if lower > 0:
            return True
        if upper == 0:
            return False
        raise self.unsettled()

    # -- comparisons -----------------------------------------------------------------------------

    def __hash__(self) -> int:
        lower, upper = self.bounds
        return hash(lower) if lower == upper else hash((lower, upper))

    def __eq__(self, other: object) -> bool:
        span = _span(other)
        if span is None:
            return NotImplemented
        lower, upper = self.bounds
        if upper < span[0] or lower > span[1]:
            return False
        if lower == upper and _is_settled(other):
            return bool(lower == span[0])
        raise self._undecided(other, "==")

    def __lt__(self, other: _Real) -> bool:
        return self._compared(other, operator.lt, "<")

    def __le__(self, other: _Real) -> bool:
        return self._compared(other, operator.le, "<=")

    def __gt__(self, other: _Real) -> bool:
        return self._compared(other, operator.gt, ">")

    def __ge__(self, other: _Real) -> bool:
        return self._compared(other, operator.ge, ">=")

    def _compared(self, other: _Real, compare: Callable[[Any, Any], bool], sign: str) -> bool:
        """What all ends of the bounds agree on: an order is monotone in both sides."""
        span = _span(other)
        if span is None:
            return NotImplemented  # type: ignore[no-any-return]  # Python asks the other side
        answers = {bool(compare(one, two)) for one in self.bounds for two in span}
        if len(answers) == 1:
            return answers.pop()
        raise self._undecided(other, sign)

    def _undecided(self, other: object, sign: str) -> ValueError:
        open_one = other if _is_settled(self) and isinstance(other, NumberWithBounds) else self
        return ValueError(f"{open_one.unsettled()} The bounds do not decide {self} {sign} {other}.")

    # -- arithmetic, with integers as results ----------------------------------------------------

    def __add__(self, other: _Real) -> Any:
        return self.__index__() + _plain(other)

    def __radd__(self, other: _Real) -> Any:
        return other + self.__index__()

    def __sub__(self, other: _Real) -> Any:
        return self.__index__() - _plain(other)

    def __rsub__(self, other: _Real) -> Any:
        return other - self.__index__()

    def __mul__(self, other: _Real) -> Any:
        return self.__index__() * _plain(other)

    def __rmul__(self, other: _Real) -> Any:
        return other * self.__index__()

    def __truediv__(self, other: _Real) -> Any:
        return self.__index__() / _plain(other)

    def __rtruediv__(self, other: _Real) -> Any:
        return other / self.__index__()

    def __floordiv__(self, other: _Real) -> Any:
        return self.__index__() // _plain(other)

    def __rfloordiv__(self, other: _Real) -> Any:
        return other // self.__index__()

    def __mod__(self, other: _Real) -> Any:
        return self.__index__() % _plain(other)

    def __rmod__(self, other: _Real) -> Any:
        return other % self.__index__()

    def __pow__(self, other: _Real) -> Any:
        return self.__index__() ** _plain(other)

    def __rpow__(self, other: _Real) -> Any:
        return other ** self.__index__()

    def __neg__(self) -> int:
        return -self.__index__()

    def __abs__(self) -> int:
        return self.__index__()


def _plain(other: _Real) -> Any:
    """The other operand; of a number with bounds its integer."""
    return other.__index__() if isinstance(other, NumberWithBounds) else other


def _span(other: object) -> tuple[Any, Any] | None:
    """Bounds of the other side of a comparison; None if it is no real number."""
    if isinstance(other, NumberWithBounds):
        return other.bounds
    return (other, other) if isinstance(other, numbers.Real) else None


def _is_settled(other: object) -> bool:
    """Whether one number is meant: nan, which equals nothing, is one too."""
    return not isinstance(other, NumberWithBounds) or other.bounds[0] == other.bounds[1]
