"""Studies under attack: kills, faults of the disk, damaged files, workers killed while they start.

python benchmarks/trials.py [--kills 60] [--faults 200] [--starts 20] [--pairs 20] [--seed 0]

Every trial ends with a run to the end, whose table must be that of an undisturbed one, to the bit.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

import netplastic as npl
from netplastic.analyses import _parts, run_study

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
STARTED = "TRIALS_PIDS"
LONGER = 600
"""Tasks of a study that outlives ten kills."""


def measure(graph: Any, rng: int, *, number: int, seconds: float) -> pd.DataFrame:
    if STARTED in os.environ:
        with Path(os.environ[STARTED]).open("a") as file:
            file.write(f"{os.getpid()}\n")
    time.sleep(seconds)
    values = np.random.default_rng([rng, number]).normal(size=len(graph))
    return pd.DataFrame({"node": list(graph), "value": values, "text": f"{number}"})


def study(tasks: int = 40, seconds: float = 0.05) -> npl.Study:
    graphs = {"path": nx.path_graph(5), "ring": nx.cycle_graph(7)}
    grid = {"number": range(tasks // 2)}
    return npl.Study("trials", "?", graphs, grid, {"seconds": seconds}, measure=measure)


def start(what: npl.Study, out: Path, workers: int, log: Path, pids: Path | None = None) -> int:
    """Run the study in a process of its own, a copy of this one that need not load anything."""
    sys.stdout.flush()
    if number := os.fork():
        return number
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
    status = 1
    try:
        if pids is not None:
            os.environ[STARTED] = str(pids)
        run_study(what, out, workers=workers, progress=False)
        status = 0
    except BaseException as error:
        log.write_text(f"{type(error).__name__}: {error}")
    finally:
        os._exit(status)


def ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def status_of(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def kept(out: Path) -> int:
    files = (out / "parts").glob("*tasks*") if (out / "parts").exists() else ()
    return sum(path.read_bytes().count(b'"sha256"') for path in files)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def same(out: Path, reference: Path) -> bool:
    names = ("table.csv", "table.parquet")
    return all((out / name).read_bytes() == (reference / name).read_bytes() for name in names)


def kills(number: int, folder: Path, reference: Path, rng: random.Random) -> Counter[str]:
    """Kill runs at any moment, ten in a row in one folder, then let one end."""
    longer = study(LONGER, 0.01)
    run_study(longer, reference)
    seen: Counter[str] = Counter()
    for trial in range(number):
        out, pids = folder / f"kill-{trial // 10}", folder / f"pids-{trial}"
        pids.touch()
        before = kept(out)
        process = start(longer, out, 1 + trial % 2, folder / f"log-{trial}", pids)
        early = trial % 6 == 5  # at any moment of the start; else some time after the first task
        while not early and not pids.stat().st_size and not ended(process):
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 0.5) if early else rng.expovariate(4.0))
        seen["ended before"] += ended(process)
        os.kill(process, SIGNALS[trial % 3])
        status_of(process)
        time.sleep(1.0)
        workers = {int(pid) for pid in pids.read_text().split()} - {process}
        seen["orphans"] += sum(map(alive, workers))
        seen["workers"] += len(workers)
        seen["kills before the first task" if kept(out) == before else "kills later"] += 1
        seen["finished tasks lost"] += kept(out) < before
        if trial % 10 == 9 or trial == number - 1:
            run_study(longer, out)
            seen["runs to the end"] += 1
            seen["wrong tables"] += not same(out, reference)
    return seen


@contextlib.contextmanager
def failing(name: str, owner: Any, at: int, error: OSError) -> Iterator[None]:
    """Let the call of that number fail."""
    calls = 0
    before = getattr(owner, name)

    def call(*arguments: Any, **settings: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise error
        return before(*arguments, **settings)

    setattr(owner, name, call)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextlib.contextmanager
def record_cut(at: int) -> Iterator[None]:
    """Let the disk be full in the middle of the record of that number."""
    calls = 0
    before = _parts._write

    def write(file: FileIO, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            file.write(data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        before(file, data)

    _parts._write = write
    try:
        yield
    finally:
        _parts._write = before


def damage(path: Path, rng: random.Random) -> str:
    data = path.read_bytes()
    place = rng.randrange(len(data))
    way = rng.choice(["cut", "flip", "insert", "zeros", "twice", "empty", "gone"])
    match way:
        case "cut":
            path.write_bytes(data[:place])
        case "flip":
            path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        case "insert":
            path.write_bytes(data[:place] + rng.randbytes(50) + data[place:])
        case "zeros":
            path.write_bytes(data[:place] + bytes(len(data) - place))
        case "twice":
            path.write_bytes(data + data[place:])
        case "empty":
            path.write_bytes(b"")
        case "gone":
            path.unlink()
    return way


def faults(number: int, folder: Path, reference: Path, rng: random.Random) -> Counter[str]:
    """Errors of the disk within a run, or damage to any file between two."""
    quick = study(seconds=0.0)
    run_study(quick, reference)
    seen: Counter[str] = Counter()
    for trial in range(number):
        out = folder / f"fault-{trial}"
        full = OSError(28, "No space left on device")
        kind = rng.choice(["fsync", "replace", "record", "damage", "damage"])
        try:
            match kind:
                case "fsync":
                    with failing("fsync", os, rng.randrange(1, 14), OSError(5, "I/O error")):
                        run_study(quick, out)
                case "replace":
                    with failing("replace", os, rng.randrange(1, 7), full):
                        run_study(quick, out)
                case "record":
                    with record_cut(rng.randrange(1, 42)):
                        run_study(quick, out)
                case _:
                    run_study(quick, out)
                    files = sorted(path for path in out.rglob("*") if path.is_file())
                    kind = f"{damage(rng.choice(files), rng)}"
            seen[f"{kind}: went on"] += 1
        except OSError:
            seen[f"{kind}: said"] += 1
        run_study(quick, out)
        again = json.loads((out / "run.json").read_text())
        seen["tasks taken"] += sum(t["state"] == "kept from before" for t in again["tasks"])
        seen["wrong tables"] += not same(out, reference)
        seen["left over"] += sum(path.name.endswith(".part") for path in out.rglob("*"))
    return seen


def starts(number: int, folder: Path, reference: Path, rng: random.Random) -> Counter[str]:
    """Kill one of two workers in its first second, before it has done anything."""
    seen: Counter[str] = Counter()
    for trial in range(number):
        out = folder / f"start-{trial}"
        process = start(study(), out, 2, folder / f"log-start-{trial}")
        killed = False
        while not killed and not ended(process):
            for pid in children(process):
                time.sleep(rng.uniform(0.0, 1.0))
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                    killed = True
                break
        seen["workers killed"] += killed
        seen["runs that ended well"] += status_of(process) == 0
        table = out / "table.csv"
        seen["wrong tables"] += not (table.exists() and same(out, reference))
    return seen


def children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            number, _, rest = path.read_text().partition(" (")
            if int(rest.rpartition(") ")[2].split()[1]) == pid:
                found.append(int(number))
    return found


def pairs(number: int, folder: Path, reference: Path, rng: random.Random) -> Counter[str]:
    """Two runs in one folder at about the same time."""
    seen: Counter[str] = Counter()
    for trial in range(number):
        out = folder / f"pair-{trial}"
        logs = [folder / f"log-pair-{trial}-{number}" for number in range(2)]
        both = []
        for log in logs:
            both.append(start(study(), out, 1, log))
            time.sleep(rng.choice([0.0, 0.0, rng.uniform(0.0, 0.5)]))
        failed = sum(status_of(process) != 0 for process in both)
        refused = sum(log.exists() and "is in use: process" in log.read_text() for log in logs)
        seen["refused"] += refused
        seen["one after the other"] += not failed
        seen["other ends"] += failed - refused
        seen["wrong tables"] += not same(out, reference)
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("kills", 60), ("faults", 200), ("starts", 20), ("pairs", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seed", type=int, default=0)
    chosen = vars(parser.parse_args())
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import trials  # the functions of the runs that are started are those of this module

    random_numbers = random.Random(chosen.pop("seed"))
    with tempfile.TemporaryDirectory() as temporary:
        undisturbed = Path(temporary) / "reference"
        run_study(trials.study(), undisturbed)
        for name, many in chosen.items():
            target = Path(temporary, name) if name in ("kills", "faults") else undisturbed
            counted = getattr(trials, name)(many, Path(temporary), target, random_numbers)
            print(f"{name}, {many} trials: {dict(counted)}", flush=True)
