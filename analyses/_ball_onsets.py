"""Onsets of many balls: equal isolated ones once, clamped ones along the base branch."""

from __future__ import annotations

import math
import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from netplastic._support import Crew, FloatArray, IntArray
from netplastic.continuation import (
    Coupled,
    base_branch,
    coupled_of,
    local_network,
    local_onset,
    multistability_onset,
)
from netplastic.equilibria import Budget
from netplastic.model import PlasticNetwork, canonical_labelling, family_of, jacobian

from ._balls import Ball, Step

__all__ = ["BallOnset", "Tally", "onsets_of"]

_NULL = 1e-4
"""Singular values of the Jacobian, relative to the largest, that count as zero at a birth."""

_ALL, _SOME = 2000, 200
"""Different anti-Hebbian balls up to which all onsets are proved, and how many beyond that are."""


class Tally(NamedTuple):
    """How many balls differ, of how many of these a proof was tried, and how many it settled."""

    different: int
    tried: int
    proved: int


@dataclass(frozen=True, eq=False, kw_only=True)
class BallOnset:
    """What a row says of one ball.

    `masses` (m, n): share of each node in the mode, a row for each image of it under symmetries.
    """

    onset: float
    lower: float
    upper: float
    kind: str
    dimension: int
    masses: FloatArray
    status: str
    seconds: float = 0.0

    @property
    def is_proved(self) -> bool:
        """Whether both ends of the bracket are, or that there is no second state up to `lower`."""
        return self.status in ("proved", "none up to limit") and self.lower > 0.0

    def of_nodes(self, order: IntArray, seconds: float) -> BallOnset:
        """The same for nodes that come in another order: node order[i] is number i here."""
        masses = np.empty_like(self.masses)
        masses[:, order] = self.masses
        return replace(self, masses=masses, seconds=seconds)

    def mass_around(self, place: int) -> FloatArray:
        """Shares (n,) in the image that lies most on a node, NaN where there is no mode."""
        if not len(self.masses):
            return np.full(self.masses.shape[1], math.nan)
        return np.asarray(self.masses[np.argmax(self.masses[:, place])])


@dataclass(frozen=True, eq=False)
class _Local:
    """An anti-Hebbian ball: couplings at strength 1 and what is held around it."""

    coupled: Coupled
    far: float
    around: tuple[FloatArray, ...] | None
    budget: Budget | None
    prove: bool = True

    def __call__(self) -> BallOnset:
        began = time.perf_counter()
        local = local_network(self.coupled, self.far, self.around)
        found = local_onset(local, self.budget, prove=self.prove)
        birth = found.birth
        return BallOnset(
            onset=birth.strength,
            lower=found.lower,
            upper=found.upper,
            kind=birth.kind,
            dimension=birth.modes.shape[1],
            masses=birth.masses,
            status=str(found.status),
            seconds=time.perf_counter() - began,
        )


@dataclass(frozen=True, eq=False)
class _Other:
    """A ball of another kind, in the network's units: certified counts all along."""

    part: PlasticNetwork
    unit: float
    far: float
    budget: Budget | None
    prove: bool = True

    def __call__(self) -> BallOnset:
        began = time.perf_counter()
        if not np.any(self.part.strength):
            return self._result(began, lower=self.far)
        family = family_of(self.part, "strength")
        own = abs(family.own) if family.meaning == "common value" else 1.0
        found = multistability_onset(
            self.part, limit=self.far * own / self.unit, budget=self.budget
        )
        rescaled = self.unit / own
        status = str(found.status).replace("unproved", "found by search")
        lower = abs(found.lower) * rescaled
        if math.isinf(found.strength):
            return self._result(began, lower=lower)
        modes = _kernel(family.at(found.strength), found.activity)
        return self._result(
            began,
            onset=abs(found.strength) * rescaled,
            lower=lower,
            upper=abs(found.upper) * rescaled,
            kind=found.kind,
            dimension=modes.shape[1],
            masses=(modes**2).mean(axis=1)[None, :] if modes.size else modes.T,
            status=status,
        )

    def _result(self, began: float, **known: Any) -> BallOnset:
        nothing = {
            "onset": math.inf,
            "upper": math.inf,
            "kind": "",
            "dimension": 0,
            "masses": np.zeros((0, self.part.n)),
            "status": "none up to limit",
        }
        return BallOnset(**{**nothing, **known}, seconds=time.perf_counter() - began)


Task: TypeAlias = _Local | _Other


def _kernel(net: PlasticNetwork, x: FloatArray) -> FloatArray:
    """Orthonormal kernel (n, dimension) of the Jacobian, as changes of the rates."""
    if not np.all(np.isfinite(x)):
        return np.zeros((net.n, 0))
    slope = net.activation.slope(x)
    _, values, right = np.linalg.svd(jacobian(net, x))
    zero = values <= max(_NULL * values[0], 1.001 * values[-1])
    return np.asarray(np.linalg.qr(slope[:, None] * right[zero].T)[0])


def onsets_of(
    net: PlasticNetwork,
    balls: list[Ball],
    scope: str,
    far: float,
    budget: Budget | None,
    crew: Crew,
    step: Step,
) -> tuple[list[BallOnset], Tally]:
    """Onset of each ball, in their order; masses in the order of the ball's members."""
    coupled = coupled_of(net)
    if scope == "clamped":
        tasks = _clamped(net, coupled, balls, far, budget)
        owners = [[(number, np.arange(len(ball.members)))] for number, ball in enumerate(balls)]
    else:
        tasks, owners = _isolated(net, coupled, balls, far, budget)
    found: dict[int, BallOnset] = {}
    tasks = _some_proved(tasks)
    tried = proved = 0
    with closing(crew.do(_do, tasks)) as solved:
        for which, one in solved:
            tried += int(tasks[which].prove)
            proved += int(tasks[which].prove and one.is_proved)
            for place, (number, order) in enumerate(owners[which]):
                found[number] = one.of_nodes(order, 0.0 if place else one.seconds)
                step(str(net.nodes[balls[number].center]))
    return [found[number] for number in range(len(balls))], Tally(len(tasks), tried, proved)


def _some_proved(tasks: list[Task]) -> list[Task]:
    """Leave out proofs where there are very many balls, but for a random choice of them."""
    local = [number for number, task in enumerate(tasks) if isinstance(task, _Local)]
    if len(local) <= _ALL:
        return tasks
    kept = set(np.random.default_rng(0).choice(local, _SOME, replace=False).tolist())
    return [
        replace(task, prove=number in kept) if isinstance(task, _Local) else task
        for number, task in enumerate(tasks)
    ]


def _isolated(
    net: PlasticNetwork,
    coupled: Coupled | None,
    balls: list[Ball],
    far: float,
    budget: Budget | None,
) -> tuple[list[Task], list[list[tuple[int, IntArray]]]]:
    """One task for all balls of a canonical form, and for each: whose it is, in which order."""
    family = family_of(net, "strength")
    unit = abs(family.own) if family.meaning == "common value" and family.own else 1.0
    numbers: dict[str, int] = {}
    tasks: list[Task] = []
    owners: list[list[tuple[int, IntArray]]] = []
    for number, ball in enumerate(balls):
        part = net.part_at(ball.members)
        form, order = canonical_labelling(part)
        if form not in numbers:
            numbers[form] = len(tasks)
            owners.append([])
            if coupled is None:
                tasks.append(_Other(part.part_at(order), unit, far, budget))
            else:
                within = coupled.part_at(ball.members[order])
                tasks.append(_Local(within, far, None, budget))
        owners[numbers[form]].append((number, order))
    return tasks, owners


def _clamped(
    net: PlasticNetwork,
    coupled: Coupled | None,
    balls: list[Ball],
    far: float,
    budget: Budget | None,
) -> list[Task]:
    """Each ball with the rest held at the base branch, which is followed once."""
    if coupled is None:
        raise ValueError(
            'scope "clamped" follows the base state of an anti-Hebbian network with tanh (no '
            "static weights, no self-loops, the same strength both ways), which this is not; use "
            'scope="isolated".'
        )
    branch = base_branch(coupled, far)
    tasks: list[Task] = []
    for ball in balls:
        grid, load, change = branch.around(coupled, ball.members)
        part = coupled.part_at(ball.members)
        if np.any(load):
            tasks.append(_Local(part, branch.end, (grid, load, change), budget))
        else:
            tasks.append(_Local(part, far, None, budget))
    return tasks


def _do(task: Task) -> BallOnset:
    return task()
