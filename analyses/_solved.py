"""Stable equilibria of many networks: equal ones are counted once, in one process or several."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np

from netplastic._support import Crew
from netplastic.equilibria import count_equilibria
from netplastic.model import PlasticNetwork, canonical_labelling

from ._balls import Counted, Settings

__all__ = ["counts_of"]

_Task = tuple[PlasticNetwork, str, Settings]


def counts_of(
    nets: Iterable[PlasticNetwork],
    settings: Settings,
    done: Callable[[int], None],
    missed: Counted | None = None,
) -> list[Counted]:
    """Count the stable equilibria of each network; `done` is told the number of each.

    `missed` stands for what Ctrl-C has left uncounted; without it Ctrl-C ends the whole.

    Networks with the same canonical form are solved once, with their nodes in canonical order, so
    that the answer does not depend on which of them comes first.
    """
    sharing: dict[str, list[int]] = {}
    tasks: dict[str, _Task] = {}
    alone = replace(settings, crew=Crew())
    for number, net in enumerate(nets):
        form, order = canonical_labelling(net)
        sharing.setdefault(form, []).append(number)
        if form not in tasks:
            tasks[form] = (net.part_at(order), form, alone)
    counts: dict[int, Counted] = {}
    different = list(tasks)
    try:
        with closing(settings.crew.do(_solve, list(tasks.values()))) as solved:
            for which, counted in solved:
                first, *rest = sharing[different[which]]
                counts[first] = counted
                counts.update(dict.fromkeys(rest, replace(counted, seconds=0.0)))
                for number in (first, *rest):
                    done(number)
    except KeyboardInterrupt:
        if missed is None or not counts:
            raise
    total = sum(map(len, sharing.values()))
    return [counts[n] if missed is None else counts.get(n, missed) for n in range(total)]


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
    return Counted.of(count, time.perf_counter() - began)
