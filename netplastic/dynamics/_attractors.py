"""`find_attractors`: where the full dynamics ends, from many initial states."""

from __future__ import annotations

import math
import time as clock

import numpy as np

from netplastic._support import (
    Halt,
    Rng,
    Shown,
    check_rng,
    share_bar,
    watched,
)
from netplastic.equilibria import Equilibria, find_equilibria
from netplastic.model import PlasticNetwork

from ._attractors_asked import check_asked
from ._attractors_flow import Flow, State
from ._attractors_match import appended, row_of
from ._attractors_result import (
    FIXED_POINT,
    LIMIT_CYCLE,
    Attractor,
    AttractorMismatchError,
    Attractors,
)
from ._attractors_search import FixedPoint, Search
from ._start import Initial, initial_states

__all__ = ["BUDGET", "find_attractors"]

_LONGEST = 1e5  # in the unit of the slowest time scale
_MOST_STEPS = 3_000_000
BUDGET = 45.0


def find_attractors(
    net: PlasticNetwork,
    *,
    trials: int = 200,
    rng: Rng = None,
    initial: Initial = None,
    duration: float | None = None,
    equilibria: Equilibria | None = None,
    workers: int | None = None,
    budget: float | None = BUDGET,
    progress: Shown = None,
) -> Attractors:
    """Find the attractors of the full dynamics, and the share of initial states of each.

    Every trial runs until it is at rest or on a limit cycle, or until a limit is reached: such a
    trial is "unsettled". Both verdicts are held against the slowest mode, so that slow transients
    (near pitchforks, Hopf points and folds) pass for neither.

    Parameters
    ----------
    net : PlasticNetwork
    trials : int, default 200
    rng : int, numpy.random.Generator or None
        Seed of the initial states.
    initial : as for `simulate`
        None: ``RandomStart()``. Shares depend on this choice.
    duration : float or None
        Time limit of a trial, in the unit of tau; None for 1e5 times the slowest time scale,
        max(tau) + 1 / (learning_rate * min(decay)), which is max(tau) at learning rate inf. No
        trial takes more than about 3 million steps either.
    equilibria : Equilibria or None
        List to match fixed points to; None for ``find_equilibria(net)``.
    workers : int or None
        Threads; None for the number of cores. Results do not depend on it.
    budget : float or None, default 45.0
        Seconds for the trials; those under way then are unsettled, and `statistics` says that the
        time was up. None for no limit. Only where it is reached do results depend on the speed of
        the machine.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    Attractors

    Raises
    ------
    AttractorMismatchError
        If a stable fixed point is missing in a list of equilibria that claims to be complete,
        or is called unstable there, or if trials keep returning to an unstable equilibrium.
    TypeError, ValueError
        For wrong input.

    Notes
    -----
    A state is at rest where Newton's method on the reduced equations leads to a linearly stable
    equilibrium so close that the linearisation decides, or where its decay agrees with the largest
    real part. It is on a cycle where the series of its returns to a section, p passages apart for
    the least p, ends within 1e-4 of the cycle's swing, and no multiplier of the return map is
    above 1.001. Trials on unstable equilibria and cycles are nudged off them.
    Ctrl-C ends the trials and keeps what they have come to.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_attractors(net, trials=20, rng=0)
    >>> found.to_frame()["kind"].tolist()
    ['fixed point', 'fixed point']
    """
    check_asked(
        net,
        trials=trials,
        duration=duration,
        budget=budget,
        workers=workers,
        equilibria=equilibria,
        progress=progress,
    )
    began = clock.perf_counter()
    generator = check_rng(rng)
    activity, weights, _ = initial_states(net, initial, trials, generator)
    with share_bar("attractors", progress) as show, watched() as watch:
        known = equilibria if equilibria is not None else find_equilibria(net, rng=generator)
        deadline = math.inf if budget is None else clock.monotonic() + budget
        flow = Flow(net, Halt(deadline, watch, show), workers)
        search = Search(flow, State(activity, weights), generator, _MOST_STEPS)
        search.run(_LONGEST * flow.slow if duration is None else float(duration))
    return _Matching(net, known, equilibria is None).result(search, clock.perf_counter() - began)


class _Matching:
    """Fixed points held against a list of equilibria, which grows where it is not complete."""

    def __init__(self, net: PlasticNetwork, known: Equilibria, own_list: bool) -> None:
        self._net, self._known, self._own_list = net, known, own_list

    def result(self, search: Search, seconds: float) -> Attractors:
        """Put everything in order."""
        entries = [
            ((0, float(fixed.equilibrium or 0)), fixed, search.point == number)
            for number, found in enumerate(search.points)
            if found.hits
            for fixed in [self._fixed(found)]
        ]
        for number, cycle in enumerate(search.cycles):
            mine = search.cycle == number
            if mine.any():
                turning = Attractor(
                    net=self._net,
                    kind=LIMIT_CYCLE,
                    activity=cycle.loop,
                    weights=cycle.weights,
                    hits=int(mine.sum()),
                    period=cycle.period,
                    amplitude=cycle.amplitude,
                )
                entries.append(((1, cycle.period), turning, mine))
        entries.sort(key=lambda entry: entry[0])
        labels = np.full(len(search.state), -1)
        for number, (_, _, mine) in enumerate(entries):
            labels[mine] = number
        return Attractors(
            nodes=self._net.nodes,
            attractors=tuple(entry for _, entry, _ in entries),
            labels=labels,
            equilibria=self._known,
            learning_rate=self._net.learning_rate,
            statistics={
                "failed": dict(search.failed),
                "nudged": search.nudged,
                "seconds": seconds,
                "time_up": search.time_up,
                "interrupted": search.flow.halt.interrupted,
            },
        )

    def _fixed(self, found: FixedPoint) -> Attractor:
        return Attractor(
            net=self._net,
            kind=FIXED_POINT,
            activity=found.point.activity[None],
            weights=found.point.weights,
            hits=found.hits,
            equilibrium=self._row(found),
        )

    def _row(self, found: FixedPoint) -> int:
        point = found.point
        row = row_of(self._net, self._known, point.activity)
        if row is None:
            self._known = appended(self._net, self._known, point.activity)
            return len(self._known) - 1
        # A list that was given may belong to another learning rate, where stability differs.
        if self._own_list and not self._known.stable[row] and not self._known.undecided[row]:
            raise AttractorMismatchError(
                f"simulation ends in equilibrium {row}, which the list of equilibria calls "
                f"unstable (largest real part here: {point.abscissa:.3g})."
            )
        return row
