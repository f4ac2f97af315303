"""Errors at the command line: one line on stderr, exit status 2, no traceback."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

__all__ = ["CommandGroup", "as_options", "complain"]

MISUSE, FAULT, INTERRUPTED = 2, 1, 130
DEBUG = "NETPLASTIC_TRACEBACK"
_REQUESTS = ("SIGINT", "SIGTERM", "SIGHUP")

# The parser's own errors: the base class has no public name that all versions of typer share.
_ParserError = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


class CommandGroup(TyperGroup):
    """The group of all commands, which turns whatever goes wrong inside into one line."""

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run a command, which finds its words in `context.obj`, and leave with its status."""
        settings["standalone_mode"] = False
        words = settings.get("args", args[0] if args else None)
        settings["obj"] = ["netplastic", *(sys.argv[1:] if words is None else words)]
        asked: list[int] = []
        try:
            with _requests_are_interrupts(asked):
                status = super().main(*args, **settings)
        except KeyboardInterrupt as stop:
            complain(str(stop) or "interrupted.", INTERRUPTED)
        except typer.Abort:
            complain("interrupted.", INTERRUPTED)
        except Exception as error:
            if asked or _is_interrupt(error):
                complain("interrupted.", INTERRUPTED)
            if os.environ.get(DEBUG):
                raise
            _report(error)
        # typer hands Ctrl-C on as the status 130 and says nothing; an import may swallow it.
        if asked or status == INTERRUPTED:
            complain("interrupted.", INTERRUPTED)
        sys.exit(status if isinstance(status, int) else 0)


def complain(message: str, status: int = MISUSE) -> NoReturn:
    """Print one line on stderr and leave."""
    sys.stderr.write(f"netplastic: {' '.join(message.split())}\n")
    sys.exit(status)


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C lies behind an error: imports that it ends may make another one of it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def as_options(text: str) -> str:
    """Say by options what a message of the library says by Python's arguments.

    Examples
    --------
    >>> as_options("24% of the proof is done, budget=81 may finish it")
    '24% of the proof is done, --budget 81 may finish it'
    """
    text = re.sub(r"budget=Budget\([^)]*\)|Search\(seconds=\.\.\.\)", "a longer --budget", text)
    text = re.sub(r"\bbudget=(?=\d)", "--budget ", text)
    return text.replace("stable_only=True", "--stable-only")


def _report(error: Exception) -> NoReturn:
    if isinstance(error, _ParserError):
        message = error.format_message().rstrip(".")  # type: ignore[attr-defined]  # typer's own
        complain(f"{message}. See netplastic --help." if message else "see netplastic --help.")
    if isinstance(error, OSError) and error.strerror:
        complain(f"{error.filename}: {error.strerror}." if error.filename else error.strerror)
    if isinstance(error, ValueError | TypeError | OSError | RuntimeError):
        complain(as_options(str(error)))
    complain(
        f"an error of netplastic itself: {type(error).__name__}: {error} "
        f"({DEBUG}=1 shows where; please report it).",
        FAULT,
    )


@contextmanager
def _requests_are_interrupts(asked: list[int]) -> Iterator[None]:
    """Let a request to end do what Ctrl-C does: keep what is finished; `asked` has its number.

    SIGTERM is one, and the loss of the terminal (SIGHUP), unless nohup has said to ignore that.
    Ctrl-C itself is noted because an import that it ends may swallow it or make an error of it.
    """

    def stop(number: int, frame: object) -> NoReturn:
        asked.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [getattr(signal, name) for name in _REQUESTS if hasattr(signal, name)]
    heard = [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
