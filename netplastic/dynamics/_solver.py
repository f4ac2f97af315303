"""How to integrate, and how that can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netplastic._support import (
    Status,
    check_choice,
    check_count,
    check_fraction,
    check_positive,
)

__all__ = ["Method", "RunStatus", "Solver"]

Method = Literal["auto", "explicit", "stiff"]


class RunStatus(Status):
    """How a trajectory ended; members compare equal to their text.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> npl.simulate(net, 5.0, rng=0).statuses[0].meaning
    'The whole duration was integrated.'
    """

    FINISHED = (
        "finished",
        "The whole duration was integrated.",
        "Nothing is left to do.",
    )
    SETTLED = (
        "settled",
        "The state came to rest before the end; later times hold the state at rest.",
        "Leave out `settle` to integrate on.",
    )
    RUNAWAY = (
        "runaway",
        "The activity grew beyond every bound: positive feedback without saturation.",
        "Use a bounded activation, a weaker strength, or a larger decay.",
    )
    STEP_TOO_SMALL = (
        "step too small",
        "The error could not be kept within the tolerances even by tiny steps.",
        "Loosen rtol or atol (rtol below 1e-12 is out of reach), or use method='stiff'.",
    )
    TOO_MANY_STEPS = (
        "too many steps",
        "The limit on steps was reached before the end.",
        "Raise max_steps, loosen rtol, or use method='stiff'.",
    )

    ASTRAY = (
        "astray",
        "At learning rate inf a weight had nothing to follow: its decay was no longer positive.",
        "Use a finite learning rate, or a rule whose decay stays positive (Oja's with negative "
        "strength loses it where rates are large).",
    )

    INTERRUPTED = (
        "interrupted",
        "Ctrl-C, or the limit on wall-clock time, ended it on the way.",
        "Start from the trajectory (`initial=`) to go on, or raise `seconds`.",
    )

    @property
    def good(self) -> bool:
        """Whether the trajectory went on to its end."""
        return self in (RunStatus.FINISHED, RunStatus.SETTLED)


@dataclass(frozen=True, kw_only=True)
class Solver:
    """How to integrate.

    Parameters
    ----------
    method : {"auto", "explicit", "stiff"}, default "auto"
        "explicit" is Tsitouras 5(4), compiled; scipy's DOP853 for what the compiled loops do not
        know: an activation of your own, a `FunctionRule`, or weights into one node that differ in
        their decay.
        "stiff" is a Rosenbrock method of order 4 (RODAS) with the weights eliminated. "auto" starts
        with the first and changes to the second when stability, not accuracy, limits the step and
        many steps are left. At learning rate inf "explicit" is DOP853, and "auto" takes
        the stiff method for more than 16 trials.
    rtol, atol : float, default 1e-6 and 1e-9
        The error of a step, as a root mean square over the activities and one over the weights
        (the larger counts), is kept below atol + rtol * size.
    settle : float or None
        Stop as soon as every activity and weight is within this distance (relative to 1 + its
        size) of where it would stand still given all others. None: integrate to the end.
        Errors of a step must not look like motion, so rtol and atol become settle / 10 where they
        are larger.
    max_steps : int, default 10_000_000
        Limit on steps, accepted or not, of each trajectory.
    seconds : float or None
        Limit on wall-clock time; what has not ended by then gets the status "interrupted" and
        keeps what it has reported. None for no limit.
    workers : int or None
        Threads for a batch, each with trajectories of its own; None for the number of cores.
        Results do not depend on it.

    Raises
    ------
    TypeError, ValueError
        For wrong input.

    Examples
    --------
    >>> Solver(settle=1e-6).rtol
    1e-07
    """

    method: Method = "auto"
    rtol: float = 1e-6
    atol: float = 1e-9
    settle: float | None = None
    max_steps: int = 10_000_000
    seconds: float | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        check_choice("method", self.method, ("auto", "explicit", "stiff"))
        check_fraction("rtol", self.rtol, ends=False)
        check_positive("atol", self.atol)
        check_count("max_steps", self.max_steps)
        if self.workers is not None:
            check_count("workers", self.workers)
        if self.seconds is not None:
            check_positive("seconds", self.seconds)
        if self.settle is not None:
            check_positive("settle", self.settle)
            for name in ("rtol", "atol"):
                object.__setattr__(self, name, min(getattr(self, name), self.settle / 10.0))
