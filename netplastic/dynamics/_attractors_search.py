"""The search for attractors: what each trial has come to so far."""

from __future__ import annotations

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from netplastic._support import FloatArray, IntArray, available_cores

from ._attractors_cycles import Cycle, Sight, find_cycle, same_cycle
from ._attractors_floquet import leading_multiplier
from ._attractors_flow import Flow, State
from ._attractors_rest import Point, decays_to, distance, is_same, needed, point_near
from ._attractors_result import AttractorMismatchError
from ._attractors_returns import Look, look_at
from ._solver import RunStatus

__all__ = ["FixedPoint", "Search"]

_SPAN = 20.0
_LOOK = 0.25  # of a span
_PASSAGES = 48.0  # that a look takes in at most
_NUDGE = 1e-4
_OWN = 1e-9
_NUDGES = 5
_ESCAPED = 0.1
_AGAIN = 3  # runs towards an equilibrium until the linearisation decides
_SEEN = 0.05  # distance from which the decay to an equilibrium is looked for
_GROWS = 1.0 + 1e-3  # multiplier of an unstable cycle
_ALMOST = 1e-6  # 1/time


@dataclass(eq=False)
class FixedPoint:
    """An equilibrium that trials came to, how many stayed, and how often each came back."""

    point: Point
    hits: int = 0
    visits: Counter[int] = field(default_factory=Counter)


class Search:
    """Trials under way.

    Attributes
    ----------
    points, cycles : list
        Found so far.
    point, cycle : int arrays of shape (T,)
        Which of them each trial has come to; -1 for none.
    failed : Counter
        Trials that can go no further, by status.
    nudged : int
    steps : int array of shape (T,)
        Steps of each trial so far.
    time_up : bool
        Whether the budget ended the search.
    """

    def __init__(self, flow: Flow, state: State, rng: np.random.Generator, most_steps: int) -> None:
        self.flow, self.state, self.rng, self._most = flow, state, rng, most_steps
        trials = len(state)
        self.points: list[FixedPoint] = []
        self.cycles: list[Cycle] = []
        self._grows: list[bool] = []
        self.point = np.full(trials, -1)
        self.cycle = np.full(trials, -1)
        self.failed: Counter[str] = Counter()
        self.nudged = 0
        self.steps = np.zeros(trials, dtype=np.int64)
        self._interval = np.full(trials, np.nan)
        self.time_up = False
        self._longest = math.inf

    def run(self, longest: float) -> None:
        """Rounds of growing length, until every trial is classified or a limit is reached."""
        self._longest = longest
        active = np.arange(len(self.state))
        spent, span = 0.0, _SPAN * self.flow.slow
        while len(active) and spent < longest and not self.flow.halt.now:
            span = min(span, longest - spent)
            active = self._round(active, span)
            self.flow.halt.tell(1.0 - len(active) / len(self.state))
            spent, span = spent + span, 2.0 * span
        halt, left = self.flow.halt, np.any((self.point < 0) & (self.cycle < 0))
        self.time_up = bool(left) and halt.now and not halt.interrupted

    def _round(self, active: IntArray, span: float) -> IntArray:
        flow = self.flow
        most = max(1, self._most - int(self.steps[active].min()))
        end = flow.run(self.state[active], span, solver=flow.coarse, most_steps=most)
        self.state.activity[active], self.state.weights[active] = end.activity, end.weights
        self.steps[active] += end.accepted + end.rejected
        going, moving = [], []
        for row, trial in enumerate(active.tolist()):
            status = end.status[row]
            if status is RunStatus.INTERRUPTED:
                continue
            if status is RunStatus.FINISHED:
                moving.append(trial)
            elif status is not RunStatus.SETTLED:
                self.failed[str(status)] += 1
            elif not self._rests(trial):
                going.append(trial)
        going += self._look(moving, span * _LOOK)
        spent = [trial for trial in going if self.steps[trial] >= self._most]
        if spent:
            self.failed[str(RunStatus.TOO_MANY_STEPS)] += len(spent)
        return np.array(sorted(set(going) - set(spent)), dtype=np.int64)

    # -- trials that hardly move

    def _rests(self, trial: int) -> bool:
        """Whether a trial has come to a stable equilibrium; if not it is sent on its way."""
        for _ in range(_AGAIN):
            point = point_near(self.flow.net, self.state.activity[trial], self._known())
            if point is None:
                return False
            number = self._number_of(point)
            if point.abscissa >= 0.0:
                self._leave(trial, number)
                return False
            apart = distance(self.flow, self._of(trial), point)
            if apart <= needed(point):
                self.point[trial] = number
                self.points[number].hits += 1
                return True
            # As long as its slowest mode takes for that, and half as long again.
            way = math.log(apart / needed(point)) + 1.0
            if not self._go(trial, 1.5 * way / abs(point.abscissa)):
                return False
        return False

    def _leave(self, trial: int, number: int) -> None:
        """Nudge a trial off an unstable equilibrium, and follow it until it is away."""
        found = self.points[number]
        point, state = found.point, self._of(trial)
        found.visits[trial] += 1
        if found.visits[trial] > _NUDGES and point.abscissa > _ALMOST:
            raise AttractorMismatchError(
                f"trial {trial} keeps returning to an equilibrium that linear stability calls "
                f"unstable (largest real part {point.abscissa:.3g}): activity "
                f"{point.activity.tolist()}."
            )
        # What is left of a trial's own side decides first; only one that stays has none.
        small = _NUDGE if found.visits[trial] > 1 else _OWN
        if found.visits[trial] > 1 and distance(self.flow, state, point) < _NUDGE:
            self.nudged += 1
            x = self.state.activity[trial]
            self.state.activity[trial] = x + self._kick(_NUDGE) * (1.0 + np.abs(x))
        if point.abscissa > 0.0:
            self._go(trial, (math.log(_ESCAPED / small) + 2.0) / point.abscissa)

    def _kick(self, size: float) -> FloatArray:
        return self.rng.normal(0.0, size, self.flow.net.n)

    def _go(self, trial: int, duration: float) -> bool:
        """Move one trial on, to the end even where it hardly moves."""
        left = max(1, self._most - int(self.steps[trial]))
        end = self.flow.run(self._of(trial), min(duration, self._longest), most_steps=left)
        self.state.activity[trial], self.state.weights[trial] = end.activity[0], end.weights[0]
        self.steps[trial] += end.accepted[0] + end.rejected[0]
        return end.status[0] is RunStatus.FINISHED

    def _of(self, trial: int) -> State:
        return self.state[trial : trial + 1]

    def _known(self) -> list[Point]:
        return [found.point for found in self.points]

    def _number_of(self, point: Point) -> int:
        for number, other in enumerate(self.points):
            if is_same(other.point, point):
                return number
        self.points.append(FixedPoint(point))
        return len(self.points) - 1

    # -- trials that move

    def _look(self, trials: list[int], window: float) -> list[int]:
        """Look at moving trials for a while; those that remain under way."""
        wanted = self.flow.workers or available_cores()
        with ThreadPoolExecutor(max(1, min(int(wanted), len(trials)))) as pool:
            try:
                sights = list(pool.map(lambda trial: self._sight(trial, window), trials))
            except BaseException:
                self.flow.halt.ended = True
                raise
        going = []
        for trial, sight in zip(trials, sights, strict=True):
            point, seen = sight
            self.state.activity[trial] = seen.onward.activity[0]
            self.state.weights[trial] = seen.onward.weights[0]
            self._interval[trial] = seen.interval
            if point is not None:
                number = self._number_of(point)
                self.point[trial] = number
                self.points[number].hits += 1
            elif seen.cycle is None or not self._turns(trial, seen.cycle):
                going.append(trial)
        return going

    def _sight(self, trial: int, window: float) -> tuple[Point | None, Sight]:
        """Stable equilibrium that a trial decays to, or else what it circles on."""
        usual = _PASSAGES * float(self._interval[trial])
        look = look_at(self.flow, self._of(trial), min(window, usual) if usual > 0.0 else window)
        if look is None:
            return None, Sight(None, self._of(trial))
        self.steps[trial] += look.steps
        point = self._ahead(look)
        if point is not None:
            return point, Sight(None, look.end)
        return None, find_cycle(self.flow, look)

    def _ahead(self, look: Look) -> Point | None:
        """Stable equilibrium that a window shows the decay to."""
        middle = look.values[len(look.values) // 2 :].mean(axis=0)
        point = point_near(self.flow.net, middle, self._known(), _SEEN)
        if point is None or point.abscissa >= 0.0:
            return None
        close = distance(self.flow, look.end, point) <= needed(point)
        return point if close or decays_to(self.flow, look, point) else None

    def _turns(self, trial: int, cycle: Cycle) -> bool:
        """Whether the cycle attracts; if not the trial is nudged off it."""
        known = [k for k, other in enumerate(self.cycles) if same_cycle(other, cycle)]
        number = known[0] if known else len(self.cycles)
        if not known:
            self.cycles.append(cycle)
            self._grows.append(leading_multiplier(self.flow, cycle) > _GROWS)
        if not self._grows[number]:
            self.cycle[trial] = number
            return True
        self.nudged += 1
        self.state.activity[trial] += self._kick(10.0 * _NUDGE * cycle.amplitude)
        return False
