"""The objective along trajectories, without keeping their weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netplastic._support import FloatArray
from netplastic.landscape import energy
from netplastic.model import PlasticNetwork

from ._integrate import integrate
from ._solver import RunStatus
from ._task import Task, Trials

__all__ = ["integrate_with_energy"]

_ROOM = 20_000_000


def integrate_with_energy(task: Task, trials: Trials) -> FloatArray:
    """Take trials to their end; the energy (T, K) at the task's times, NaN where not reached.

    The integration is cut into spans whose states at the reported times fit into memory.
    """
    count, moments, net = len(trials.time), len(task.times), task.net
    span = max(1, _ROOM // (count * max(1, net.m)))
    values = np.full((count, moments), np.nan)
    for first in range(0, moments, span):
        times = task.times[first : first + span]
        stop = task.stop if first + span >= moments else float(times[-1])
        piece = replace(task, stop=stop, times=times, nodes=np.arange(net.n), arcs=np.arange(net.m))
        rows = trials.under_way()
        reports = _whole_states(piece, trials)
        integrate(piece, reports)
        for trial in rows:
            k = int(reports.reported[trial])
            x, weights = reports.reports[trial, :k], reports.weight_reports[trial, :k]
            rates = _inside(net, net.activation.rate(x))
            known = None if net.weights_follow else weights  # the reduced objective
            values[trial, first : first + k] = energy(net, rates, weights=known)
            trials.reports[trial, first : first + k] = x[:, task.nodes]
            trials.weight_reports[trial, first : first + k] = weights[:, task.arcs]
            trials.reported[trial] += k
            if stop < task.stop and trials.status[trial] is RunStatus.FINISHED:
                trials.status[trial] = None
    return values


def _whole_states(piece: Task, trials: Trials) -> Trials:
    """The same trials, moving on together, with room for reports of all nodes and arcs."""
    count, moments = len(trials.time), len(piece.times)
    return replace(
        trials,
        reports=np.full((count, moments, piece.net.n), np.nan),
        weight_reports=np.full((count, moments, piece.net.m), np.nan),
        reported=np.zeros(count, dtype=np.int64),
    )


def _inside(net: PlasticNetwork, rates: FloatArray) -> FloatArray:
    """Rates that have rounded to a bound, moved to the nearest number within it."""
    low, high = net.activation.bounds
    inside: FloatArray = np.clip(rates, np.nextafter(low, np.inf), np.nextafter(high, -np.inf))
    return inside
