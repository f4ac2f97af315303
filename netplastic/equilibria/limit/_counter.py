"""The number of models of clauses by an installed model counter, in a process of its own.

D4 (package d4Solver, imported as py_d4) where it is installed, else Ganak (pyganak): both exact.
Neither can be asked to stop, so a process does the work that can be ended at any time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from netplastic.equilibria import Clock

__all__ = ["INSTALL", "count_models", "installed_counters"]

INSTALL = 'pip install "netplastic[exact]"'
"""What gives one a model counter."""

_COUNTERS = ("py_d4", "pyganak")
_LOOK = 0.05  # seconds between two looks at the budget

_WORK = """
import json, os, sys
answer = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # D4 prints what it does
sys.set_int_max_str_digits(0)
clauses = json.load(sys.stdin)
variables = max(abs(literal) for clause in clauses for literal in clause)
if sys.argv[1] == "py_d4":
    import py_d4
    number = int(py_d4.Solver(clauses, variables).count().getResult())
else:
    from pyganak import Counter
    counter = Counter()
    counter.new_vars(variables)
    counter.add_clauses(clauses)
    number = counter.count()
os.write(answer, hex(number).encode())
"""


def installed_counters() -> list[str]:
    """Names of the model counters that are installed, the one to be preferred first."""
    return [name for name in _COUNTERS if importlib.util.find_spec(name) is not None]


def count_models(clauses: list[list[int]], clock: Clock, counter: str) -> int | str:
    """Number of models, or why there is none: a limit of the budget, Ctrl-C, or a failure."""
    if not clauses:
        return 1
    if not all(clauses):
        return 0
    if clock.spent():
        return clock.spent()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _WORK, counter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process, which then ends the other
    )
    try:
        return _answer(process, json.dumps(clauses), clock, counter)
    finally:
        process.kill()
        process.communicate()


def _answer(process: subprocess.Popen[str], text: str, clock: Clock, counter: str) -> int | str:
    given: str | None = text
    while True:
        try:
            found, errors = process.communicate(given, timeout=_LOOK)
            break
        except subprocess.TimeoutExpired:
            given = None  # the rest of it is on its way
            why = clock.spent()
            if why:
                return why
            if _megabytes(process.pid) > clock.budget.megabytes:
                return f"the model counter used up {clock.budget.megabytes:g} MB"
    if process.returncode or not found:
        last = errors.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        return f"the model counter {counter} failed ({last[0]})"
    return int(found, 16)


def _megabytes(process: int) -> float:
    """Memory that a process holds; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return float(line.split()[1]) / 1024.0
    with contextlib.suppress(OSError, ValueError):
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        return float(told.stdout) / 1024.0
    return 0.0
