"""The onset: where the equilibrium that exists without plasticity loses its stability."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import linalg

from netplastic._support import (
    FloatArray,
    Halt,
    Shown,
    check_flag,
    check_positive,
    check_progress,
    check_seconds,
    halting,
    node_index,
)
from netplastic.model import Family, PlasticNetwork, check_network, family_of

from ._arclength import End, Point, Steps, make_point, trace
from ._base_branch import Coupled, coupled_of
from ._events import Event, hopf_events, kernel_of, singular_events, turning_point
from ._march import base_onset
from ._normal_forms import branch_point_kind
from ._onset_result import Onset, OnsetStatus
from ._onset_sparse import simple_kind, sparse_onset
from ._problem import Problem
from ._singular import off_the_kernel
from ._tubes import proved_to

__all__ = ["followed_onset", "large_onset", "onset"]

_DENSE_NODES = 120
_NAMED_NODES = 600
_CERTIFIED_NODES = 1000
_LIMIT = 1000.0
_FIRST, _GROWTH, _BEYOND = 4.0137, 4.0137, 1.00137  # no round numbers


def onset(
    net: PlasticNetwork,
    limit: float | None = None,
    *,
    certify: bool = False,
    budget: float | None = None,
    progress: Shown = None,
) -> Onset:
    """Follow the equilibrium from strength 0 until it loses stability.

    Parameters
    ----------
    net : PlasticNetwork
        Its strength gives the direction: towards negative values for an anti-Hebbian network. Where
        strengths differ between arcs a common factor on them is followed from 0 upwards.
    limit : float or None
        Largest magnitude to go to; None: 1000, or the network's own strength if that is more (for a
        factor: 1000).
    certify : bool, default False
        Prove as well that the branch followed is the base branch, and that it loses no stability
        before `proved`. For anti-Hebbian networks with tanh (without static weights and
        self-loops, with the same strength both ways) of up to 1,000 nodes.
    budget : float or None
        Seconds; None for no limit. How far the branch was followed (and proved) when they end, or
        at Ctrl-C, is returned, with its `reason`.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    Onset

    Raises
    ------
    ValueError
        If all strengths are zero, the limit or the budget is not positive, a network of more than
        120 nodes has no objective, or `certify` is asked for where it does not apply.
    TypeError
        If `net` is no PlasticNetwork.

    Notes
    -----
    Stability here is that of the reduced equations, hence of fast learning: an eigenvalue of
    dF/dx passes through zero, which no learning rate can undo. At the network's own rate the branch
    may start to oscillate earlier: `hopf_strength`. On networks without the matching symmetry the
    base branch may never lose stability while other stable states appear elsewhere:
    `multistability_onset`.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> npl.onset(npl.PlasticNetwork(nx.complete_graph(3), npl.Hebbian(-20.0)), limit=100.0)
    Onset(none: base branch stable up to strength -100)
    """
    check_network(net)
    check_progress(progress)
    far = None if limit is None else check_positive("limit", limit)
    budget = check_seconds(budget)
    if not np.any(net.strength):
        raise ValueError("all strengths are zero, which gives no direction to follow.")
    family = family_of(net, "strength")
    direction = math.copysign(1.0, family.own)
    far = far or max(_LIMIT, abs(family.own))
    coupled = coupled_of(net) if check_flag("certify", certify) else None
    if certify and (coupled is None or net.n > _CERTIFIED_NODES):
        raise ValueError(
            f"certify is for anti-Hebbian networks with tanh (no static weights, no self-loops, "
            f"the same strength both ways) of at most {_CERTIFIED_NODES} nodes."
        )
    with halting("onset", budget, progress) as halt:
        found = followed_onset(family, direction, far, halt)
        return found if coupled is None else _certified(found, coupled, direction, far, halt)


def followed_onset(family: Family, direction: float, far: float, halt: Halt) -> Onset:
    """Follow the base branch of a network of any size, as far as time allows.

    Raises
    ------
    ValueError
        For a large network without an objective.
    """
    net = family.net
    if net.n <= _DENSE_NODES:
        return _dense_onset(family, direction, far, halt)
    if not net.has_objective:
        raise ValueError(
            f"an onset on more than {_DENSE_NODES} nodes needs an objective (Hebb rule, "
            f"undirected); this network has {net.n} nodes and none."
        )
    return large_onset(family, direction, far, halt)


def _certified(found: Onset, coupled: Coupled, direction: float, far: float, halt: Halt) -> Onset:
    """With the strength up to which the base branch is proved to be what was followed."""
    most = min(far, abs(found.strength if found.status is OnsetStatus.FOUND else found.reached))
    proved = proved_to(coupled, most, halt)
    reason = found.reason or (halt.why if proved < most else "")
    return replace(found, proved=direction * proved, reason=reason)


def _dense_onset(family: Family, direction: float, far: float, halt: Halt | None = None) -> Onset:
    """March in chunks that grow, each in its own scale, to a little beyond the last strength.

    A chunk must not end in a singular point, and those of simple networks lie at round numbers:
    the ends of chunks do not.
    """
    halt = halt or Halt()
    edges = [0.0]
    while edges[-1] < far:
        edges.append(min(_BEYOND * far, max(_FIRST, _GROWTH * edges[-1])))
    problem = Problem(family, edges[1] / 4.0)
    x = problem.newton(_start(family.net), 0.0)
    if x is None:
        return _nothing(family, OnsetStatus.STOPPED, 0.0, None)
    hopf: tuple[float, float] | None = None
    for low, high in itertools.pairwise(edges):
        halt.tell(math.log1p(low) / math.log1p(far))
        problem = Problem(family, (high - low) / 4.0)
        ahead = np.zeros(problem.n + 1)
        ahead[-1] = direction
        start = make_point(problem, np.append(x, direction * low / problem.scale), ahead)
        if start is None:
            return _nothing(family, OnsetStatus.STOPPED, direction * low, hopf)
        found, points, end = _march(problem, start, direction, high, halt)
        hopf = hopf or _first_hopf(problem, start, points)
        hopf = hopf if hopf and abs(hopf[0]) <= far else None
        if found is not None:
            if abs(found.point.z[-1] * problem.scale) > far * (1.0 + 1e-9):
                break
            return _described(problem, found, hopf)
        if end is End.HALTED:
            reached = points[-1].z[-1] * problem.scale if points else direction * low
            return _cut_short(family, reached, hopf, halt)
        if end is not End.RANGE:
            return _nothing(family, OnsetStatus.STOPPED, points[-1].z[-1] * problem.scale, hopf)
        x = points[-1].x
    return _nothing(family, OnsetStatus.NONE, direction * far, hopf)


def _march(
    problem: Problem, start: Point, direction: float, high: float, halt: Halt
) -> tuple[Event | None, list[Point], End]:
    """Trace one chunk and look for the first singular point on it."""
    ends = sorted((start.z[-1], direction * high / problem.scale))
    turns: list[Event] = []

    def at_turn(here: Point, there: Point) -> Point | None:
        event = turning_point(problem, here, there)
        if event is None:
            return None
        turns.append(event)
        return event.point  # the base branch ends where it turns

    points, end = trace(problem, start, (ends[0], ends[1]), Steps(points=20_000), at_turn, halt)
    previous = start
    for number, point in enumerate(points):
        if previous.index != point.index and not (turns and number == len(points) - 1):
            events = singular_events(problem, previous, point)
            if events:
                return events[0], points[:number], end
        previous = point
    return (turns[0] if turns else None), points, end


def _first_hopf(problem: Problem, start: Point, points: list[Point]) -> tuple[float, float] | None:
    previous, before = start, problem.unstable(start.x, start.z[-1] * problem.scale)
    for point in points:
        after = problem.unstable(point.x, point.z[-1] * problem.scale)
        if after != before:
            events = hopf_events(problem, previous, point, [])
            if events:
                return float(events[0].point.z[-1] * problem.scale), events[0].frequency
        previous, before = point, after
    return None


def _start(net: PlasticNetwork) -> FloatArray:
    """Activity without plasticity: the bias, relaxed where there are static weights."""
    x = net.bias.copy()
    static = np.zeros((net.n, net.n))
    static[net.wiring.target, net.wiring.source] = net.arc_weight * net.static_weight
    if np.any(static):
        for _ in range(2000):
            x = x + 0.2 * (net.bias + static @ net.activation.rate(x) - x)
    return x


def _described(problem: Problem, event: Event, hopf: tuple[float, float] | None) -> Onset:
    x, value = event.point.x, float(event.point.z[-1] * problem.scale)
    kernel = kernel_of(problem, x, value, event.dimension)[0]
    net = problem.net(value)
    modes = np.asarray(linalg.orth(net.activation.slope(x)[:, None] * kernel))
    kind = "fold" if event.kind == "fold" else branch_point_kind(problem, x, value, event.dimension)
    return _result(problem.family, value, kind, modes, net.activation.rate(x), hopf)


def _result(
    family: Family,
    value: float,
    kind: str,
    modes: FloatArray,
    rates: FloatArray,
    hopf: tuple[float, float] | None,
) -> Onset:
    mass = (modes**2).mean(axis=1)
    mode = modes[:, 0] if modes.shape[1] == 1 else np.sqrt(mass)
    size = np.abs(mode)
    # The first of the largest entries: rounding must not decide the sign of a symmetric mode.
    mode = mode * math.copysign(1.0, mode[np.flatnonzero(size > (1.0 - 1e-5) * size.max())[0]])
    index = node_index(family.net.nodes)
    return Onset(
        net=family.net,
        strength=value,
        kind=kind,
        kernel_dimension=modes.shape[1],
        mode=pd.Series(mode, index=index, name="mode"),
        modes=modes,
        participation_ratio=float(1.0 / (mass**2).sum()),
        rates=pd.Series(rates, index=index, name="rate"),
        hopf_strength=hopf[0] if hopf else math.nan,
        hopf_frequency=hopf[1] if hopf else math.nan,
        parameter=_name(family),
        status=OnsetStatus.FOUND,
        reached=value,
    )


def _nothing(
    family: Family, status: OnsetStatus, reached: float, hopf: tuple[float, float] | None
) -> Onset:
    index, n = node_index(family.net.nodes), family.net.n
    strength = math.copysign(math.inf, reached) if status is OnsetStatus.NONE else math.nan
    nothing = np.full(n, math.nan)
    return Onset(
        net=family.net,
        strength=strength,
        kind="",
        kernel_dimension=0,
        mode=pd.Series(nothing, index=index, name="mode"),
        modes=np.zeros((n, 0)),
        participation_ratio=math.nan,
        rates=pd.Series(nothing, index=index, name="rate"),
        hopf_strength=hopf[0] if hopf else math.nan,
        hopf_frequency=hopf[1] if hopf else math.nan,
        parameter=_name(family),
        status=status,
        reached=reached,
    )


def _cut_short(
    family: Family, reached: float, hopf: tuple[float, float] | None, halt: Halt
) -> Onset:
    status = OnsetStatus.INTERRUPTED if halt.interrupted else OnsetStatus.BUDGET
    return replace(_nothing(family, status, reached, hopf), reason=halt.why)


def large_onset(family: Family, direction: float, far: float, halt: Halt) -> Onset:
    """Onset of a network with an objective by sparse steps of the strength; without Hopf points."""
    coupled = coupled_of(family.net)
    if coupled is not None:
        return _anti_hebbian_onset(family, coupled, direction, far, halt)
    found = sparse_onset(family, direction, far, halt)
    if found.modes is None and not found.finished and halt.now:
        return _cut_short(family, found.value, None, halt)
    if found.modes is None:
        status = OnsetStatus.NONE if found.finished else OnsetStatus.STOPPED
        return _nothing(family, status, found.value, None)
    return _at(family, found.value, found.activity, found.modes, found.kind)


def _anti_hebbian_onset(
    family: Family, coupled: Coupled, direction: float, far: float, halt: Halt
) -> Onset:
    """Long steps, twice on large networks: see `_march`."""
    found, followed = base_onset(coupled, far, halt)
    if found is None:
        reached = followed.reached
        status = OnsetStatus.NONE if reached == far else OnsetStatus.STOPPED
        nothing = _nothing(family, status, direction * reached, None)
        if halt.now and not (followed.agree and reached == far):
            nothing = _cut_short(family, direction * reached, None, halt)
        return replace(nothing, followed=followed)
    value, kind = direction * found.strength, "fold"
    if not found.is_fold:
        at, kind = family.at(value), "branch point"
        if found.modes.shape[1] == 1:
            solve = partial(off_the_kernel, coupled, found)
            kind = simple_kind(at, found.activity, found.modes, solve)
    onset = _at(family, value, found.activity, found.modes, kind)
    return replace(onset, followed=followed)


def _at(family: Family, value: float, x: FloatArray, modes: FloatArray, kind: str) -> Onset:
    net = family.at(value)
    if kind == "branch point" and net.n <= _NAMED_NODES:
        kind = branch_point_kind(Problem(family, 1.0), x, value, modes.shape[1])
    rates = np.asarray(linalg.orth(net.activation.slope(x)[:, None] * modes))
    return _result(family, value, kind, rates, net.activation.rate(x), None)


def _name(family: Family) -> str:
    return "strength" if family.meaning == "common value" else "factor"
