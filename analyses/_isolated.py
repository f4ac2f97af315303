"""Scope "isolated": each ball as a network of its own, equal balls solved once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from netplastic._support import Lost, on_processes
from netplastic.equilibria import count_equilibria
from netplastic.model import PlasticNetwork, canonical_labelling

from ._balls import Ball, Counted, Settings, Step

__all__ = ["isolated_counts"]

_Task = tuple[PlasticNetwork, str, Settings]


def isolated_counts(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Count the stable equilibria of each ball cut out of the network.

    Balls with the same canonical form are solved once, with their nodes in canonical order, so
    that the answer does not depend on which of them comes first.
    """
    forms: list[str] = []
    tasks: dict[str, _Task] = {}
    for ball in balls:
        form, order = canonical_labelling(net.part_at(ball.members))
        forms.append(form)
        if form not in tasks:
            tasks[form] = (net.part_at(ball.members[order]), form, settings)
    sharing, different = Counter(forms), list(tasks)
    solved: dict[str, Counted] = {}
    for number, counted in _all(list(tasks.values()), settings.workers):
        form = different[number]
        solved[form] = counted
        for _ in range(sharing[form]):
            step(f"{tasks[form][0].n} nodes")
    counts = []
    for form in forms:
        counts.append(solved[form])
        solved[form] = Counted(solved[form].count, 0.0)
    return counts


def _all(tasks: list[_Task], workers: int) -> Iterator[tuple[int, Counted]]:
    """Solve the tasks, in this process or in several; each with its number, as it is ready."""
    if workers == 1 or len(tasks) < 2:
        yield from enumerate(map(_solve, tasks))
        return
    for number, counted in on_processes(_solve, tasks, workers):
        if isinstance(counted, Lost):
            raise RuntimeError(f"neighborhood {number + 1} of {len(tasks)}: {counted.why}")
        yield number, counted


def _solve(task: _Task) -> Counted:
    part, form, settings = task
    began = time.perf_counter()
    method: Any = settings.method
    count = count_equilibria(
        part,
        stable_only=True,
        method=method,
        budget=settings.budget,
        rng=np.random.default_rng([settings.seed, int(form[-16:], 16)]),
    )
    return Counted(count, time.perf_counter() - began)
