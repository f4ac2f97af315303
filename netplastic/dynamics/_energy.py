"""The objective along trajectories, without keeping their weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.landscape import energy
from netplastic.model import PlasticNetwork

from ._integrate import copy_rows, integrate
from ._task import Outcome, RunStatus, Task

__all__ = ["integrate_with_energy"]

_ROOM = 20_000_000


def integrate_with_energy(task: Task) -> tuple[Outcome, FloatArray]:
    """Outcome of a task, and the energy (T, K) at its times; NaN where not reached.

    The integration is cut into spans whose states at the reported times fit into memory.
    """
    trials, moments = len(task.activity), len(task.times)
    span = max(1, _ROOM // (trials * max(1, task.weights.shape[1])))
    whole = Outcome.of(task)
    values = np.full((trials, moments), np.nan)
    under_way = np.arange(trials)
    for first in range(0, moments, span):
        stop = task.stop if first + span >= moments else float(task.times[first + span - 1])
        if not len(under_way):
            break
        piece = replace(
            task.part(under_way),
            activity=whole.activity[under_way],
            weights=whole.weights[under_way],
            start=whole.time[under_way],
            step=whole.step[under_way],
            stop=stop,
            times=task.times[first : first + span],
            nodes=np.arange(task.net.n),
            links=np.arange(task.weights.shape[1]),
        )
        part = integrate(piece)
        _measure(task, piece, part, values[:, first : first + span], under_way)
        spot = slice(first, first + span)
        reports, weight_reports = whole.reports[under_way], whole.weight_reports[under_way]
        reports[:, spot] = part.reports[:, :, task.nodes]
        weight_reports[:, spot] = part.weight_reports[:, :, task.links]
        part.reports, part.weight_reports = reports, weight_reports
        part.reported += whole.reported[under_way]
        part.accepted += whole.accepted[under_way]
        part.rejected += whole.rejected[under_way]
        copy_rows(whole, under_way, part)
        under_way = under_way[[status is RunStatus.FINISHED for status in part.status]]
    return whole, values


def _measure(task: Task, piece: Task, part: Outcome, values: FloatArray, rows: IntArray) -> None:
    net, link = task.net, task.layout.link
    for row, trial in enumerate(rows):
        k = int(part.reported[row])
        rates = _inside(net, net.activation.rate(part.reports[row, :k]))
        values[trial, :k] = energy(net, rates, part.weight_reports[row, :k][:, link])


def _inside(net: PlasticNetwork, rates: FloatArray) -> FloatArray:
    """Rates that have rounded to a bound, moved to the nearest number within it."""
    low, high = net.activation.bounds
    inside: FloatArray = np.clip(rates, np.nextafter(low, np.inf), np.nextafter(high, -np.inf))
    return inside
