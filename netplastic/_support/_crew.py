"""Who does the work on many tasks: this process, several, or somebody's executor.

A task carries the part of the network that it needs and no more, so that a network is sent piece
by piece, about once in all, however many tasks there are. Results do not depend on who does what.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ._cores import check_workers
from ._executors import handed_out
from ._processes import Lost, on_processes
from ._versions import versions
from ._watch import undivided

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Crew", "check_versions", "client_of", "crew_of"]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Raised:
    """An error of the function itself, not of who ran it."""

    error: Exception


@dataclass(frozen=True, eq=False)
class Crew:
    """So many processes of this machine, or an executor where there is one."""

    workers: int = 1
    executor: Executor | None = None

    def do(
        self, function: Callable[[_Task], _Result], tasks: Sequence[_Task]
    ) -> Generator[tuple[int, _Result]]:
        """Do function(task) for every task; each result with its task's number, as it is ready.

        Raises
        ------
        RuntimeError
            If a task is lost twice with who did it.
        """
        if self.executor is not None:
            done = _on_executor(function, tasks, self.executor)
        elif self.workers == 1 or len(tasks) < 2:
            yield from enumerate(map(function, tasks))
            return
        else:
            done = on_processes(function, tasks, self.workers)
        # Closed also where Ctrl-C falls between two results: what is under way ends with it.
        with closing(done):
            for number, result in done:
                if isinstance(result, Lost):
                    raise RuntimeError(f"part {number + 1} of {len(tasks)}: {result.why}")
                yield number, result


def crew_of(workers: int | None, executor: Any) -> Crew:
    """Crew for the arguments of a public function.

    Raises
    ------
    TypeError
        If the executor is none.
    ValueError
        If the workers are too few, or those of a dask cluster have other versions.
    """
    workers = check_workers(workers)
    if executor is None:
        return Crew(workers)
    client = client_of(executor)
    if client is not None:
        check_versions(client)
        executor = client.get_executor(pure=False)
    if not isinstance(executor, Executor):
        raise TypeError(
            f"executor is a {type(executor).__name__}; give a concurrent.futures.Executor (such as "
            "joblib's loky makes), a distributed.Client, or None."
        )
    return Crew(workers, executor)


@dataclass(frozen=True)
class _Attempt:
    """A function of tasks whose own errors come back as results, to be told from lost tasks."""

    function: Callable[[Any], Any]

    def __call__(self, numbered: tuple[int, Any]) -> Any:
        try:
            with undivided():
                return self.function(numbered[1])
        except Exception as error:
            return _Raised(error)


def _on_executor(
    function: Callable[[_Task], _Result], tasks: Iterable[_Task], executor: Executor
) -> Generator[tuple[int, _Result | Lost]]:
    """Do the tasks on an executor; an error of the function itself ends it."""
    with closing(handed_out(_Attempt(function), enumerate(tasks), executor)) as done:
        for (number, _), result in done:
            if isinstance(result, _Raised):
                raise result.error
            yield number, result


def client_of(executor: Any) -> Client | None:
    """Return the dask client behind an executor; None for executors of other kinds."""
    if not type(executor).__module__.startswith("distributed."):
        return None
    return getattr(executor, "_client", executor)


def check_versions(client: Client) -> None:
    """Raise ValueError where a worker cannot load netplastic, or has other versions."""
    try:
        found = client.run(_versions_there)
    except OSError:
        return  # a worker or the scheduler went away: versions are checked with each task, too
    except ImportError as error:
        raise ValueError(
            f"the workers cannot load netplastic ({error}); install it there."
        ) from None
    for worker, theirs in found.items():
        if differing := _differing(theirs):
            raise ValueError(f"worker {worker} has {differing}; numbers would not be the same.")


def _versions_there() -> dict[str, str]:
    return versions()


def _differing(theirs: dict[str, str]) -> str:
    """What is different on a worker, in words; empty where nothing is."""
    mine = versions()
    return ", ".join(
        f"{name} {theirs.get(name, '(none)')} instead of {mine[name]}"
        for name in mine
        if theirs.get(name) != mine[name]
    )
