"""`find_attractors`: where the full dynamics ends, from many initial states."""

from __future__ import annotations

import time as clock
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from netplastic._support import (
    FloatArray,
    IntArray,
    Rng,
    available_cores,
    check_count,
    check_instance,
    check_positive,
    check_rng,
)
from netplastic.equilibria import Equilibria, find_equilibria
from netplastic.equilibria.sampled import newton
from netplastic.model import PlasticNetwork, equilibrium_weights, spectral_abscissa

from ._attractors_cycles import Cycle, find_cycle, same_cycle
from ._attractors_flow import Flow, State
from ._attractors_match import appended, check_list, row_of
from ._attractors_result import (
    FIXED_POINT,
    LIMIT_CYCLE,
    Attractor,
    AttractorMismatchError,
    Attractors,
)
from ._solver import RunStatus, Solver
from ._start import Initial, initial_states

__all__ = ["find_attractors"]

_SETTLE = 1e-7
_SPAN = 20.0
_LONGEST = 1500.0
_NUDGE = 1e-5
_NUDGES = 5


def find_attractors(
    net: PlasticNetwork,
    *,
    trials: int = 200,
    rng: Rng = None,
    initial: Initial = None,
    duration: float | None = None,
    equilibria: Equilibria | None = None,
    workers: int | None = None,
) -> Attractors:
    """Find the attractors of the full dynamics, and the share of initial states of each.

    Every trial runs until it is at rest or on a limit cycle, or until the time is up. A state
    at rest is polished by Newton's method on the reduced equations and must be linearly stable
    at the network's learning rate; one that rests on an unstable equilibrium is nudged off it.

    Parameters
    ----------
    net : PlasticNetwork
    trials : int, default 200
    rng : int, numpy.random.Generator or None
        Seed of the initial states.
    initial : as for `simulate`
        None: ``RandomStart()``. Shares depend on this choice.
    duration : float or None
        Time limit of a trial, in the unit of tau; None for 1500 times the slowest time scale,
        max(tau) + 1 / (learning_rate * min(decay)), which is max(tau) at learning rate inf.
    equilibria : Equilibria or None
        List to match fixed points to; None for ``find_equilibria(net)``.
    workers : int or None
        Threads; None for the number of cores. Results do not depend on it.

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

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_attractors(net, trials=20, rng=0)
    >>> found.to_frame()["kind"].tolist()
    ['fixed point', 'fixed point']
    """
    check_instance("net", net, PlasticNetwork, "PlasticNetwork(graph, rule)")
    check_count("trials", trials)
    if duration is not None:
        check_positive("duration", duration)
    if equilibria is not None:
        check_list(net, equilibria)
    began = clock.perf_counter()
    generator = check_rng(rng)
    activity, weights, _ = initial_states(net, initial, trials, generator)
    solver = Solver(rtol=1e-8, atol=1e-10, settle=_SETTLE, workers=workers)
    flow = Flow(net, solver)
    given = equilibria
    known = given if given is not None else find_equilibria(net, rng=generator)
    search = _Trials(flow, State(activity, weights), known, generator)
    search.run(_LONGEST * flow.slow if duration is None else float(duration))
    return search.result(given is None, clock.perf_counter() - began)


@dataclass(eq=False)
class _FixedPoint:
    activity: FloatArray
    abscissa: float
    hits: int = 0
    visits: Counter[int] = field(default_factory=Counter)


class _Trials:
    """State of a search: what each trial has come to so far."""

    def __init__(
        self, flow: Flow, state: State, known: Equilibria, rng: np.random.Generator
    ) -> None:
        self.flow, self.state, self.known, self.rng = flow, state, known, rng
        trials = len(state)
        self.points: list[_FixedPoint] = []
        self.cycles: list[Cycle] = []
        self.point = np.full(trials, -1)
        self.cycle = np.full(trials, -1)
        self.failed: Counter[str] = Counter()
        self.nudged = 0

    def run(self, longest: float) -> None:
        """Rounds of growing length, until every trial is classified or the time is up."""
        active = np.arange(len(self.state))
        spent, span = 0.0, _SPAN * self.flow.slow
        while len(active) and spent < longest:
            span = min(span, longest - spent)
            active = self._round(active, span)
            spent, span = spent + span, 2.0 * span

    def _round(self, active: IntArray, span: float) -> IntArray:
        flow = self.flow
        end = flow.run(self.state[active], span, np.empty(0), flow.solver)
        self.state.activity[active], self.state.weights[active] = end.activity, end.weights
        going, moving = [], []
        for row, trial in enumerate(active.tolist()):
            status = end.status[row]
            if status is RunStatus.FINISHED:
                going.append(trial)
                moving.append(trial)
            elif status is not RunStatus.SETTLED:
                self.failed[str(status)] += 1
            elif not self._rests(trial):
                going.append(trial)
        self._seek_cycles(moving, span)
        return np.array([trial for trial in going if self.cycle[trial] < 0], dtype=np.int64)

    def _rests(self, trial: int) -> bool:
        """Whether a settled trial is at a stable equilibrium; if not it is sent on its way."""
        net, x = self.flow.net, self.state.activity[trial]
        polished = newton(net, x[None], 1.0)
        point = polished.states[0]
        if not polished.converged[0] or np.abs(point - x).max() > 1e-3 * (1.0 + np.abs(x).max()):
            return False
        number = self._number_of(point)
        found = self.points[number]
        if found.abscissa < 0.0:
            self.point[trial] = number
            found.hits += 1
            return True
        found.visits[trial] += 1
        if found.visits[trial] > _NUDGES and found.abscissa > 1e-6:
            raise AttractorMismatchError(
                f"trial {trial} keeps returning to an equilibrium that linear stability calls "
                f"unstable (largest real part {found.abscissa:.3g}): activity {point.tolist()}."
            )
        self.nudged += 1
        kick = self.rng.normal(0.0, _NUDGE, net.n)
        self.state.activity[trial] = x + kick * (1.0 + np.abs(x))
        return False

    def _number_of(self, point: FloatArray) -> int:
        for number, other in enumerate(self.points):
            if np.abs(other.activity - point).max() <= 1e-6 * (1.0 + np.abs(point).max()):
                return number
        self.points.append(_FixedPoint(point, spectral_abscissa(self.flow.net, point)))
        return len(self.points) - 1

    def _seek_cycles(self, trials: list[int], window: float) -> None:
        """Put trials that are on a cycle where they belong."""

        def look(trial: int) -> Cycle | None:
            return find_cycle(self.flow, self.state[trial : trial + 1], window)

        wanted = self.flow.solver.workers or available_cores()
        with ThreadPoolExecutor(max(1, min(int(wanted), len(trials)))) as pool:
            found = list(pool.map(look, trials))
        for trial, cycle in zip(trials, found, strict=True):
            if cycle is None:
                continue
            for number, other in enumerate(self.cycles):
                if same_cycle(other, cycle):
                    self.cycle[trial] = number
                    break
            else:
                self.cycles.append(cycle)
                self.cycle[trial] = len(self.cycles) - 1

    def result(self, own_list: bool, seconds: float) -> Attractors:
        """Match fixed points to the equilibria and put everything in order."""
        net, entries = self.flow.net, []
        for number, point in enumerate(self.points):
            if point.hits:
                row = self._row(point, own_list)
                weights = equilibrium_weights(net, point.activity)
                fixed = Attractor(
                    kind=FIXED_POINT,
                    activity=point.activity[None],
                    weights=weights,
                    hits=point.hits,
                    equilibrium=row,
                )
                entries.append(((0, float(row)), fixed, self.point == number))
        for number, cycle in enumerate(self.cycles):
            mine = self.cycle == number
            turning = Attractor(
                kind=LIMIT_CYCLE,
                activity=cycle.loop,
                weights=cycle.weights,
                hits=int(mine.sum()),
                period=cycle.period,
                amplitude=cycle.amplitude,
            )
            entries.append(((1, cycle.period), turning, mine))
        entries.sort(key=lambda entry: entry[0])
        labels = np.full(len(self.state), -1)
        for number, (_, _, mine) in enumerate(entries):
            labels[mine] = number
        statistics = {"failed": dict(self.failed), "nudged": self.nudged, "seconds": seconds}
        return Attractors(
            nodes=net.nodes,
            attractors=tuple(entry for _, entry, _ in entries),
            labels=labels,
            equilibria=self.known,
            learning_rate=net.learning_rate,
            statistics=statistics,
        )

    def _row(self, point: _FixedPoint, own_list: bool) -> int:
        row = row_of(self.flow.net, self.known, point.activity)
        if row is None:
            self.known = appended(self.flow.net, self.known, point.activity)
            return len(self.known) - 1
        # A list that was given may belong to another learning rate, where stability differs.
        if own_list and not self.known.stable[row] and not self.known.undecided[row]:
            raise AttractorMismatchError(
                f"simulation ends in equilibrium {row}, which the list of equilibria calls "
                f"unstable (largest real part here: {point.abscissa:.3g})."
            )
        return row
