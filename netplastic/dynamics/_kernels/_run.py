"""The adaptive explicit integration, compiled as a whole and free of Python's lock.

Every thread of a team runs `integrate` (see `dynamics_team`): loops over parts do what is this
thread's, and all else is done by each for itself, from the same numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index

from ._jit import inner, whole
from ._lean import lean
from ._links import sums_first, sums_inside, sums_last, weights_rest, write_weights
from ._nodes import (
    BEYOND,
    DECAY,
    ERRORS,
    MOVES,
    SIZES,
    SLOPES,
    STATES,
    TOOK,
    WEIGHTS,
    Network,
    Record,
    Room,
    accept,
    clear,
    enter,
    largest,
    leave,
    measure,
    nodes_move,
    report,
    to_first_column,
)
from ._parameters import given
from ._quads import larger, smaller
from ._tableau import ERROR, PENDING, fill_table
from ._team import Team, meet, now

__all__ = [
    "FINISHED",
    "RUNAWAY",
    "SETTLED",
    "STEPS",
    "STIFF",
    "TINY",
    "Control",
    "Ended",
    "integrate",
]

FINISHED, SETTLED, STIFF, RUNAWAY, TINY, STEPS = range(6)

_SAFETY, _GROW, _SHRINK = 0.9, 10.0, 0.2
_MEMORY = 0.04  # PI control as in Hairer's DOPRI5
_STABLE = 3.4  # the method is stable to h |lambda| = 3.5 on the negative real axis
_NEAR_EDGE = 2.0  # from here on a step shall not grow past the limit
_STIFF_EDGE = 2.4  # held back by stability, steps vary between this and the limit
_STIFF_STEPS = 15
_ROUNDING = 1e-13
_TRIAL = 40  # steps, one of which is done the other way: by the team, or by one thread
_FORGET = 1.1  # the shortest time of a step is forgotten at this rate


Ended: TypeAlias = tuple[int, float, float, int, int, int, Index]
"""The status, the time reached, the next step size, steps accepted and rejected, times reported,
and the node with the largest |x|."""


class Control(NamedTuple):
    """Limits of one run; learning_rate is epsilon, settle 0 turns early stopping off."""

    learning_rate: float
    start: float
    stop: float
    step: float
    relative: float
    absolute: float
    settle: float
    limit: float
    max_steps: int
    patience: float
    hold: int


@inner
def _try_step(
    network: Network,
    room: Room,
    team: Team,
    state: tuple[FloatArray, FloatArray],
    limits: tuple[float, float, float],
    eps: float,
    steps: tuple[float, float],
) -> None:
    """One step from (x, weights): its end into row END, and what was found into the shares.

    steps: h and h_before. h_before > 0: the weights still lack the step of that size before this
    one; < 0: stage 0 is still to be found.
    """
    links, rows, bounds, shares = network.links, room.rows, team.bounds, team.shares
    x, weights = state
    h, h_before = steps
    relative, absolute, _ = limits
    he, began = h * eps, now()
    if given(links.uniform):
        fill_table(rows.algebra, (np.int64(0), np.int64(ERROR)), rows.decay, np.uint64(0), he)
    for number in range(0 if h_before < 0.0 else 1, 7):
        stage = np.int64(number)
        renew = stage == 1 and h_before > 0.0
        plan = (h, stage, np.int64(-1) if renew else stage)
        for part in range(team.first, team.last):
            enter(network, room, x, plan, bounds[part], bounds[part + 1])
        meet(team)
        for part in range(team.first, team.last):
            row = np.uint64(part) if given(links.mirrored) else np.uint64(0)
            span = (row, bounds[part], bounds[part + 1])
            if renew:
                sums_first(links, rows, weights, (h_before * eps, he), room.sums, span)
            elif stage == 6:
                shares[part, WEIGHTS] = sums_last(
                    links, rows, weights, he, (relative, absolute), room.sums, span
                )
            else:
                sums_inside(links, rows, weights, stage, he, room.sums, span)
        meet(team)
        for part in range(team.first, team.last):
            leave(network, room, stage, renew, part, bounds[part], bounds[part + 1])
    for part in range(team.first, team.last):
        measure(room, x, h, limits, shares, part, bounds[part], bounds[part + 1])
    if team.rank == 0:
        shares[0, TOOK] = now() - began
    meet(team)


@inner
def _total(shares: FloatArray, what: Index) -> float:
    total = 0.0
    for part in range(shares.shape[0]):
        total += shares[part, what]
    return total


@inner
def _size_of_error(shares: FloatArray, nodes: Index, links: Index) -> float:
    """The larger root mean square of errors scaled by tolerances: activities', weights'."""
    squares = _total(shares, np.int64(ERRORS)) / nodes
    if links > 0:
        of_weights = _total(shares, np.int64(WEIGHTS)) / links
        if not (of_weights <= squares or math.isnan(squares)):  # neither NaN must get lost
            squares = of_weights
    return math.sqrt(squares)


@inner
def _pace(shares: FloatArray, h: float, before: float) -> float:
    """|lambda| as seen between the last two stages: slopes over states of activities.

    Where states differ by rounding alone, which says nothing, it stays what it was before.
    """
    states = _total(shares, np.int64(STATES))
    if not states * h * h > _ROUNDING * _ROUNDING * _total(shares, np.int64(SIZES)):
        return before
    return math.sqrt(_total(shares, np.int64(SLOPES)) / states) / h


@inner
def _shortest(times: tuple[float, float], alone: bool, took: float) -> tuple[float, float]:
    """Shortest recent times of a step: by the team, and by one thread."""
    together, by_one = times
    if alone:
        return together, smaller(took, _FORGET * by_one)
    return smaller(took, _FORGET * together), by_one


@inner
def _own_parts(team: Team, alone: bool) -> tuple[int, int]:
    """All parts for the first thread, or its own for each."""
    if alone:
        return 0, team.shares.shape[0] if team.rank == 0 else 0
    return team.first, team.last


@inner
def _rests(network: Network, room: Room, team: Team, settle: float) -> bool:
    """Whether no activity is far from its halt."""
    bounds, shares = team.bounds, team.shares
    for part in range(team.first, team.last):
        moves = nodes_move(network.cells, room.nodes, settle, bounds[part], bounds[part + 1])
        shares[part, MOVES] = 1.0 if moves else 0.0
    meet(team)
    return _total(shares, np.int64(MOVES)) == 0.0


@inner
def _weights_rest(
    network: Network, room: Room, team: Team, weights: FloatArray, settle: float, he: float
) -> bool:
    """Write the weights that are pending; whether none is far from its halt."""
    bounds, links, rows = team.bounds, network.links, room.rows
    for part in range(team.first, team.last):
        write_weights(links, rows, weights, he, bounds[part], bounds[part + 1])
    meet(team)
    for part in range(team.first, team.last):
        first, end = bounds[part], bounds[part + 1]
        to_first_column(rows, given(links.uniform), first, end)
        rest = weights_rest(links, rows, weights, settle, first, end)
        team.shares[part, MOVES] = 0.0 if rest else 1.0
    meet(team)
    return _total(team.shares, np.int64(MOVES)) == 0.0


@whole
def integrate(
    network: Network,
    room: Room,
    team: Team,
    control: Control,
    record: Record,
    state: tuple[FloatArray, FloatArray],
) -> Ended:
    """Integrate x and weights, which make the state, in place from control.start to control.stop.

    The room must be fresh: zeros in the rows, the first decay in every column.
    """
    network, room, team = lean(network), lean(room), lean(team)
    record, state = lean(record), lean(state)
    x, weights = state
    links, rows, nodes, bounds = network.links, room.rows, room.nodes, team.bounds
    everybody, alone, prefer_alone, times = team, False, False, (np.inf, np.inf)
    eps, limits = control.learning_rate, (control.relative, control.absolute, control.limit)
    t, h, h_before = control.start, control.step, -1.0
    accepted, rejected, stiff, status = 0, 0, 0, FINISHED
    done = 0
    error_before, shrunk, pace = 1e-4, False, np.inf
    nothing, n = np.uint64(0), bounds[bounds.shape[0] - 1]
    fastest = 0.0  # |lambda| of weights
    for i in range(x.shape[0]):
        if eps * network.cells[DECAY, i] > fastest:
            fastest = eps * network.cells[DECAY, i]
    while t < control.stop:
        if accepted + rejected >= control.max_steps:
            status = STEPS
            break
        last = t + 1.01 * h >= control.stop
        if last:
            h = control.stop - t
        if everybody.size > 1:
            trial = (accepted + rejected) % _TRIAL == 4
            if alone != (prefer_alone != trial):
                alone = not alone
                meet(everybody)  # nobody has anything left to do at nodes that change hands
                first, end = _own_parts(everybody, alone)
                team = Team(
                    everybody.rank,
                    everybody.size,
                    first,
                    end,
                    bounds,
                    everybody.shares,
                    everybody.gate,
                )
        _try_step(network, room, team, state, limits, eps, (h, h_before))
        if everybody.size > 1:
            times = _shortest(times, alone, team.shares[0, TOOK])
            # not for a small gain: it may be chance
            prefer_alone = times[1] < times[0] * (1.1 if prefer_alone else 0.9)
        error = _size_of_error(team.shares, x.shape[0], weights.shape[0])
        h_before = 0.0
        if not error <= 1.0:
            rejected += 1
            shrunk = True
            if math.isfinite(error):
                h *= larger(_SHRINK, _SAFETY * error ** (0.75 * _MEMORY - 0.2))
            else:
                h *= 0.1
                for part in range(team.first, team.last):
                    clear(rows, bounds[part], bounds[part + 1])
            if not h > 1e-14 * larger(abs(t), control.stop - control.start):
                status = TINY
                break
            continue
        accepted += 1
        due = done
        while due < record.times.shape[0] and record.times[due] <= t + h:
            due += 1
        if due > done:
            if team.rank == 0:
                report(links, room, record, state, (t, h, h * eps), (done, due))
            meet(team)
            done = due
        # Slopes that follow fast weights pass for a |lambda| that grows as steps get shorter: it
        # may grow only where a step had to be tried again.
        seen = _pace(team.shares, h, pace)
        pace = seen if shrunk else smaller(seen, pace)
        edge = h * larger(pace, fastest)
        stiff += 1 if edge > _STIFF_EDGE else -1 if stiff > 0 else 0
        t = control.stop if last else t + h
        h_before = h
        for part in range(team.first, team.last):
            accept(nodes, x, bounds[part], bounds[part + 1])
        for m in range(8):
            rows.algebra[PENDING, m] = rows.algebra[6, m]
        if control.settle > 0.0 and _rests(network, room, team, control.settle):
            if _weights_rest(network, room, team, weights, control.settle, h * eps):
                status = SETTLED
            h_before = 0.0
        growth = _SAFETY * larger(error, 1e-10) ** (0.75 * _MEMORY - 0.2) * error_before**_MEMORY
        if edge > _NEAR_EDGE:
            # Where stability limits the step, growing past the limit only earns a rejection.
            growth = smaller(growth, _STABLE / edge)
        h *= smaller(1.0 if shrunk else _GROW, larger(_SHRINK, growth))
        error_before, shrunk = larger(error, 1e-4), False
        if status == SETTLED:
            break
        if _total(team.shares, np.int64(BEYOND)) > 0.0:
            status = RUNAWAY
            break
        if (
            stiff >= _STIFF_STEPS
            and accepted >= control.hold
            and (control.stop - t) / h > control.patience
        ):
            status = STIFF
            break
    if h_before > 0.0:
        for part in range(team.first, team.last):
            write_weights(links, rows, weights, h_before * eps, bounds[part], bounds[part + 1])
    meet(team)
    return status, t, h, accepted, rejected, done, largest(x, nothing, n)[1]
