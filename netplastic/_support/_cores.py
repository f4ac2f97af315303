"""How many processors there are to share work among."""

from __future__ import annotations

import os

from ._checks import check_count
from ._types import Workers

__all__ = ["available_cores", "check_workers"]


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_workers(workers: Workers) -> int:
    """Return a number of processes; None stands for one for each core."""
    return available_cores() if workers is None else check_count("workers", workers)
