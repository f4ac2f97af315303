"""`_models` in a process of its own, which can be ended at any time and leaves what it found."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from netplastic.equilibria import Clock

from ._components import LimitComponent
from ._counter import megabytes_of
from ._models import CUT, END

__all__ = ["Listing", "can_list", "list_states"]

_LOOK = 0.05  # seconds between two looks at the budget

_WORK = """
import sys
sys.path.insert(0, sys.argv[1])
from netplastic.equilibria.limit._models import answer
answer()
"""


@dataclass(frozen=True)
class Listing:
    """What was found.

    Attributes
    ----------
    states : list of int
        Sets of high nodes, as bits.
    opened : bool
        Whether states that are not settled were left out.
    why : str
        Why it ended before its end; empty where it did not.
    """

    states: list[int]
    opened: bool
    why: str


def can_list(component: LimitComponent) -> bool:
    """Whether the component is of the kind that this is for, and python-sat is installed."""
    kind = bool(component.looped) and not component.symmetric
    return kind and importlib.util.find_spec("pysat") is not None


def list_states(component: LimitComponent, clock: Clock, most: int) -> Listing:
    """List states until all or one more than `most` are found, or the time or memory is used up."""
    root = str(Path(__file__).resolve().parents[3])
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as found,
        tempfile.TemporaryFile() as errors,
    ):
        pickle.dump((component, most), given)
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _WORK, root],
            stdin=given,
            stdout=found,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for this process, which then ends the other
        )
        try:
            why = _waited(process, clock)
        finally:
            process.kill()
            process.wait()
        found.seek(0)
        lines = found.read().decode("ascii").splitlines(keepends=True)
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    whole = [line.strip() for line in lines if line.endswith("\n")]  # the last may be cut short
    states = [int(line, 16) for line in whole if line not in (CUT, END)]
    if len(states) > most:
        why = why or f"there are more than {most} states"
    if not why and END not in whole:
        why = f"python-sat failed ({(last or [f'exit status {process.returncode}'])[0]})"
    return Listing(states, CUT in whole, why)


def _waited(process: subprocess.Popen[bytes], clock: Clock) -> str:
    """Wait for the end; say which limit came first, if one did."""
    while process.poll() is None:
        why = clock.spent()
        if why:
            return why
        if megabytes_of(process.pid) > clock.budget.megabytes:
            return f"python-sat used up {clock.budget.megabytes:g} MB"
        time.sleep(_LOOK)
    return ""
