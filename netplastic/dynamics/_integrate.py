"""Taking trials to their end: choice of the method, and the change between methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netplastic.model import equilibrium_weights

from ._explicit import integrate_explicit
from ._following import FollowingEquations
from ._layout import can_compile
from ._linear import DENSE_LIMIT
from ._scipy import integrate_by_scipy
from ._solver import RunStatus
from ._task import Task, Trials

__all__ = ["integrate"]

_PATIENCE = 5000.0  # explicit steps that must be left for the stiff method to be tried
_PATIENCE_LARGE = 1000.0  # the same where it solves by iteration, a step for 25 explicit ones
_HOLD = 2000  # explicit steps before the stiff method is tried once more
_WORTH = 30.0  # a stiff step costs that many explicit ones
# The same at learning rate inf, where a step of either method is some lines of numpy: for one trial
# with the explicit method, which takes longer steps of equal accuracy, for all with the stiff one.
_PATIENCE_ALONE, _WORTH_ALONE = 1000.0, 2.0
_FEW = 16


def integrate(task: Task, trials: Trials) -> None:
    """Take trials to their end by the method that the task asks for.

    "auto" starts with the explicit method. Where stability limits its steps and thousands are
    left (one thousand on large networks, where arithmetic outweighs overhead), the stiff method
    takes over; where that one does not make up for its dearer steps by longer ones (fast
    oscillations), the explicit one takes over again, for ever longer spans. At learning rate inf
    it is the stiff one for a batch, whose trials it moves on all at once.
    """
    from ._march import integrate_stiff

    if task.net.weights_follow:
        _integrate_following(task, trials)
        return
    explicit = integrate_explicit if can_compile(task.net) else integrate_by_scipy
    if task.solver.method == "stiff":
        integrate_stiff(task, trials)
    elif task.solver.method == "explicit":
        explicit(task, trials)
    else:
        patience = _PATIENCE_LARGE if task.net.n > DENSE_LIMIT else _PATIENCE
        _in_turns(task, trials, explicit, patience, _WORTH)


def _in_turns(
    task: Task, trials: Trials, explicit: Callable[..., None], patience: float, worth: float
) -> None:
    """Take the explicit method, and the stiff one for as long as it makes up for its steps."""
    from ._march import integrate_stiff

    explicit(task, trials, patience)
    hold = _HOLD
    while len(trials.under_way()):
        integrate_stiff(task, trials, least=worth * trials.step)
        explicit(task, trials, patience, hold)
        hold *= 4


def _integrate_following(task: Task, trials: Trials) -> None:
    """Integrate activities alone; the weights are then put where they have followed."""
    net, rows, first = task.net, trials.under_way(), trials.reported.copy()
    equations = FollowingEquations(net)
    for trial in rows[equations.astray(trials.activity[rows])]:
        trials.status[trial] = RunStatus.ASTRAY
    count, moments = len(trials.time), len(task.times)
    alone = replace(  # shares all other arrays with the trials
        trials,
        weights=np.empty((count, 0)),
        reports=np.full((count, moments, net.n), np.nan),
        weight_reports=np.empty((count, moments, 0)),
    )
    whole = replace(task, nodes=np.arange(net.n), arcs=np.arange(0))
    _integrate_alone(whole, alone)
    for trial in rows:
        lost = trials.status[trial] is RunStatus.ASTRAY
        end = equilibrium_weights(net, trials.activity[trial])
        trials.weights[trial] = np.nan if lost else end
        x = alone.reports[trial, first[trial] : trials.reported[trial]]
        if lost:  # the last step may have gone too far before it was noticed
            x = x[~np.logical_or.accumulate(equations.astray(x))]
        between = slice(first[trial], first[trial] + len(x))
        trials.reported[trial] = between.stop
        trials.reports[trial, between] = x[:, task.nodes]
        trials.weight_reports[trial, between] = equilibrium_weights(net, x)[:, task.arcs]


def _integrate_alone(task: Task, trials: Trials) -> None:
    """Take trials without weights to their end by the method that the task asks for."""
    from ._march import integrate_stiff

    batch = task.solver.method == "auto" and len(trials.under_way()) > _FEW
    if task.solver.method == "stiff" or batch:
        integrate_stiff(task, trials)
    elif task.solver.method == "explicit":
        integrate_by_scipy(task, trials)
    else:
        _in_turns(task, trials, integrate_by_scipy, _PATIENCE_ALONE, _WORTH_ALONE)
