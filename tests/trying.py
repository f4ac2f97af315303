"""A callable that users reach, as the tests of wrong inputs call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A callable that users reach, with arguments that are right and quick.

    `kinds` has the kind of every parameter, a list of wrong values of its own, or None where any
    value is right. `of` makes the object whose method it is.
    """

    function: Callable[..., Any]
    kinds: dict[str, Any]
    right: dict[str, Any] = field(default_factory=dict)
    of: Callable[[], Any] | None = None
    called: dict[str, str] = field(default_factory=dict)

    def run(self, **changes: Any) -> Any:
        arguments = {**self.right, **changes}
        arguments = {k: v() if isinstance(v, Late) else v for k, v in arguments.items()}
        owner = () if self.of is None else (self.of(),)
        return self.function(*owner, **arguments)


@dataclass(frozen=True)
class Late:
    make: Callable[[], Any]

    def __call__(self) -> Any:
        return self.make()
