"""Models of clauses by an installed model counter, in a process of its own: their number, a form.

D4 (package d4Solver, imported as py_d4) where it is installed, else Ganak (pyganak): both exact.
D4 also compiles clauses (`_compiled` reads what it writes). Neither can be asked to stop, so a
process does the work that can be ended at any time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from netplastic.equilibria import Clock

__all__ = [
    "COMPILER",
    "INSTALL",
    "compile_models",
    "count_models",
    "installed_counters",
    "megabytes_of",
]

INSTALL = 'pip install "netplastic[exact]"'
"""What gives one model counters, and python-sat for digraphs with self-loops."""

COMPILER = "py_d4"
"""The counter that also compiles."""

_COUNTERS = (COMPILER, "pyganak")
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
    solver = py_d4.Solver(clauses, variables)
    if sys.argv[2] == "compile":
        with os.fdopen(answer, "w") as out:
            out.write(solver.compile().getNNFString())
        sys.exit()
    number = int(solver.count().getResult())
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
    found, why = _asked(clauses, clock, counter, "count")
    return why or int(found, 16)


def compile_models(clauses: list[list[int]], clock: Clock) -> tuple[str, str]:
    """Models as the text of a d-DNNF, and why there is none: as above; one of the two is empty.

    Every clause has a variable.
    """
    return _asked(clauses, clock, COMPILER, "compile")


def _asked(clauses: list[list[int]], clock: Clock, counter: str, what: str) -> tuple[str, str]:
    if clock.spent():
        return "", clock.spent()
    # From a file: a pipe would have to be filled while answers are waited for.
    with tempfile.TemporaryFile("w+", encoding="ascii") as given:
        json.dump(clauses, given)
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _WORK, counter, what],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for this process, which then ends the other
        )
        try:
            return _answer(process, clock, counter)
        finally:
            process.kill()
            process.communicate()


def _answer(process: subprocess.Popen[str], clock: Clock, counter: str) -> tuple[str, str]:
    while True:
        try:
            found, errors = process.communicate(timeout=_LOOK)
            break
        except subprocess.TimeoutExpired:
            why = clock.spent()
            if why:
                return "", why
            if megabytes_of(process.pid) > clock.budget.megabytes:
                return "", f"the model counter used up {clock.budget.megabytes:g} MB"
    if process.returncode or not found:
        last = errors.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        return "", f"the model counter {counter} failed ({last[0]})"
    return found, ""


def megabytes_of(process: int) -> float:
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
