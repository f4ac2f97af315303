"""Taking trials to their end: choice of the method, and the change between methods."""

from __future__ import annotations

from ._explicit import integrate_explicit
from ._layout import can_compile
from ._linear import DENSE_LIMIT
from ._scipy import integrate_by_scipy
from ._task import Task, Trials

__all__ = ["integrate"]

_PATIENCE = 5000.0  # explicit steps that must be left for the stiff method to be tried
_PATIENCE_LARGE = 1000.0  # the same where it solves by iteration, a step for 25 explicit ones
_HOLD = 2000  # explicit steps before the stiff method is tried once more
_WORTH = 30.0  # a stiff step costs that many explicit ones


def integrate(task: Task, trials: Trials) -> None:
    """Take trials to their end by the method that the task asks for.

    "auto" starts with the explicit method. Where stability limits its steps and thousands are
    left (one thousand on large networks, where arithmetic outweighs overhead), the stiff method
    takes over; where that one does not make up for its dearer steps by longer ones (fast
    oscillations), the explicit one takes over again, for ever longer spans.
    """
    from ._march import integrate_stiff

    explicit = integrate_explicit if can_compile(task.net) else integrate_by_scipy
    if task.solver.method == "stiff":
        integrate_stiff(task, trials)
    elif task.solver.method == "explicit":
        explicit(task, trials)
    else:
        patience = _PATIENCE_LARGE if task.net.n > DENSE_LIMIT else _PATIENCE
        explicit(task, trials, patience)
        hold = _HOLD
        while len(trials.under_way()):
            integrate_stiff(task, trials, least=_WORTH * trials.step)
            explicit(task, trials, patience, hold)
            hold *= 4
