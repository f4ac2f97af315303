"""Scope "isolated": each ball as a network of its own, equal balls solved once."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from netplastic.equilibria import Count, count_equilibria
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
    sharing = Counter(forms)
    solved: dict[str, Counted] = {}
    for form, counted in zip(tasks, _all(list(tasks.values()), settings.workers), strict=True):
        solved[form] = counted
        for _ in range(sharing[form]):
            step(f"{tasks[form][0].n} nodes")
    counts = []
    for form in forms:
        counts.append(solved[form])
        solved[form] = Counted(solved[form].count, 0.0)
    return counts


def _all(tasks: list[_Task], workers: int) -> Iterator[Counted]:
    """Solve the tasks in order, in this process or in several."""
    if workers == 1 or len(tasks) < 2:
        yield from map(_solve, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        yield from pool.map(_solve, tasks)


def _solve(task: _Task) -> Counted:
    part, form, settings = task
    began = time.perf_counter()
    count = _stable_count(part, settings, int(form[-16:], 16))
    return Counted(count, time.perf_counter() - began)


def _stable_count(part: PlasticNetwork, settings: Settings, own: int) -> Count:
    """Certified where possible, joined by samples where that leaves something open."""
    from netplastic.equilibria.sampled import raise_lower, sample_equilibria

    if settings.method == "certified":
        return count_equilibria(part, stable_only=True, budget=settings.budget)
    proved = _proved(part, settings) if settings.method == "auto" else None
    if proved is not None and proved.exact:
        return proved
    rng = np.random.default_rng([settings.seed, own])
    sampled = sample_equilibria(part, True, settings.budget, rng).stable_count
    return sampled if proved is None else raise_lower(proved, sampled)


def _proved(part: PlasticNetwork, settings: Settings) -> Count | None:
    from netplastic.equilibria.certified import can_certify

    if not can_certify(part):
        return None
    return count_equilibria(part, stable_only=True, budget=settings.budget)
