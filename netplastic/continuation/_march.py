"""The base branch of a large network in long steps, its soft places in short ones.

Bounding every node's move, as `_base_branch` does, needs steps in proportion to the number of
soft places that the branch passes. Here the length of a step is that of its 97% best predicted
nodes. What moves otherwise than predicted, or sits on a bond that is nearly soft enough to lose
stability alone, is followed again in short dense steps, as a patch between nodes that move as the
long step says; the long step must agree with the ends of its patches. A patch's border could hide
a jump of its own: so patches grow along all that missed together with a flagged node, and
`base_onset` follows a large network twice, the second time with flags ten times tighter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplastic._support import BoolArray, FloatArray, Halt, IntArray

from ._base_branch import Coupled, Equations
from ._kernels import follow_patches, softest_bonds
from ._singular import Singular, crossing, fold, softest_node

__all__ = ["Followed", "base_onset"]

_FLAG, _FLOOR = 0.004, 1e-3
"""Misses (of the activity) that are flagged: this much, or half the predicted move and a floor."""

_QUANTILE = 0.97
_SHARE, _HOPS = 0.02, 6
"""A neighbor joins that missed by more than this share of a flagged node's miss, so many times."""

_SOFT, _KEPT = 0.88, 0.82
"""Largest entry of K from which on a node is flagged, and is flagged in the next step too."""

_LARGEST_PATCH = 300
_CLIP = 0.1
_AGREE = 1e-5
_SETTLED = 1e-7
_NEAR = 0.02
"""Distance, relative to the strength, from which on a singular point is looked for."""

_EARLIER = 1e-5
"""A fold that comes before the end of the next patch by this share is the first."""

_SHORT, _LEAST = 1e-3, 1e-7
_ONCE = 10_000
_TIGHTNESS = (1.0, 0.1, 0.01)
"""Factors on what is flagged and on what grows patches, march by march, above so many nodes."""

_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class Followed:
    """How the base branch of a large network was followed.

    Attributes
    ----------
    reached : float
        Largest magnitude of the strength at which it was seen stable.
    steps, rejected : int
        Long steps taken, and tried in vain.
    patches : int
        Soft places followed by themselves, all steps together.
    marches : int
        How often the branch was followed, each time with tighter limits on what moves otherwise
        than predicted: at least twice on networks of more than 10,000 nodes.
    agree : bool
        Whether the last two marches found the same (True where there was one).
    """

    reached: float
    steps: int
    rejected: int
    patches: int
    marches: int
    agree: bool


@dataclass(eq=False, kw_only=True)
class Marched:
    """What one march found: `singular` is None where it came to `strength` without one."""

    strength: float = 0.0
    singular: Singular | None = None
    steps: int = 0
    rejected: int = 0
    patches: int = 0

    def is_as(self, other: Marched) -> bool:
        """Whether another march found the same."""
        a, b = self.singular, other.singular
        if a is None or b is None:
            return a is b and self.strength == other.strength
        return abs(a.strength - b.strength) <= _SAME * b.strength


@dataclass(frozen=True, eq=False, kw_only=True)
class _Place:
    """A point of the branch, its derivatives, and the nodes that are soft there."""

    k: float
    x: FloatArray
    pace: FloatArray
    bend: FloatArray
    soft: BoolArray

    def ahead(self, h: float) -> FloatArray:
        return self.x + h * self.pace + h * h * self.bend


@dataclass(frozen=True, eq=False, kw_only=True)
class _Step:
    """How a step ended: at a place, or before singular points, or it was too long."""

    place: _Place | None = None
    miss: float = 0.0
    stops: tuple[tuple[float, int], ...] = ()
    """Strengths at which patches stopped, with the softest node of each, in order."""
    is_indefinite: bool = False


def base_onset(
    coupled: Coupled, far: float, halt: Halt | None = None
) -> tuple[Singular | None, Followed]:
    """Where the base branch loses stability, and how it was followed.

    Networks of more than 10,000 nodes are followed again, with limits ten times tighter each time,
    until two marches agree; where none do there is no onset.

    Parameters
    ----------
    coupled : Coupled
    far : float
        Largest magnitude of the strength.
    halt : Halt or None
        Ends the march; the strength reached then is returned.
    """
    halt = halt or Halt()
    number = 1 if len(coupled.bias) <= _ONCE else len(_TIGHTNESS)
    marches: list[Marched] = []
    agree = number == 1
    for tightness in _TIGHTNESS[:number]:
        marches.append(_March(coupled, far, tightness, halt).run())
        agree = number == 1 or (len(marches) > 1 and marches[-1].is_as(marches[-2]))
        if agree or halt.now:
            break
    last = marches[-1]
    followed = Followed(
        reached=min(one.strength for one in marches[-2:]),
        steps=sum(one.steps for one in marches),
        rejected=sum(one.rejected for one in marches),
        patches=sum(one.patches for one in marches),
        marches=len(marches),
        agree=agree,
    )
    return (last.singular if agree else None), followed


class _March:
    def __init__(self, coupled: Coupled, far: float, tightness: float, halt: Halt) -> None:
        self.coupled, self.far, self.halt = coupled, far, halt
        self.floor, self.share = tightness * _FLOOR, tightness * _SHARE
        c: Any = coupled.matrix  # its indices are integers of either length
        self.arcs = c.indptr, c.indices, c.data
        self.said = Marched()

    def run(self) -> Marched:
        bias = np.array(self.coupled.bias)
        here = _Place(
            k=0.0,
            x=bias,
            pace=self.coupled.equations(0.0, bias).pace,
            bend=np.zeros_like(bias),
            soft=np.zeros(len(bias), dtype=np.bool_),
        )
        h = 0.02 / max(float(np.abs(here.pace).max(initial=0.0)), 0.2 / self.far)
        while here.k < self.far and not self.halt.now:
            self.halt.tell(math.log1p(here.k) / math.log1p(self.far))
            there = self.far if h >= self.far - here.k else here.k + h
            step = self._step(here, there)
            if step.place is not None:
                self.said.steps += 1
                h = there - here.k
                h *= min(2.0, max(0.5, 0.9 * (0.5 * _FLAG / max(step.miss, 1e-12)) ** (1 / 3)))
                here = step.place
                continue
            self.said.rejected += 1
            h = self._shorter(here, step, there - here.k)
            if self.said.singular is not None or h < _LEAST * max(here.k, 1e-3):
                break
        self.said.strength = here.k
        return self.said

    def _shorter(self, here: _Place, step: _Step, h: float) -> float:
        """Length of the next try; looks for a singular point where one seems near."""
        near = max(_NEAR * here.k, _LEAST)
        if step.stops:
            gap = step.stops[0][0] - here.k
            if gap < near:
                self._locate(here, step.stops[:6], gap)
            return 0.6 * gap
        if step.is_indefinite and h < near:
            self._locate(here, [], h)
        elif h < _SHORT * here.k:
            self._locate(here, [(here.k, softest_node(self.coupled, here.k, here.x))], h)
        return 0.5 * h

    def _locate(self, here: _Place, stops: Sequence[tuple[float, int]], gap: float) -> None:
        """The first singular point ahead: a fold at a node where a patch stopped, or a branch
        point."""
        best: Singular | None = None
        for reached, node in stops:
            if best is not None and best.strength < (1.0 - _EARLIER) * reached:
                break
            found = fold(self.coupled, here.k, here.x, node)
            if found is not None and (best is None or found.strength < best.strength):
                best = found
        self.said.singular = best or crossing(self.coupled, here.k, here.x, here.k + 2.0 * gap)

    def _step(self, here: _Place, there: float) -> _Step:
        """Try one step: Newton's method, the patches of what it missed, and their ends in it."""
        h = there - here.k
        guess = here.ahead(h)
        settled = self._newton(there, guess)
        for attempt in range(4):
            if settled is None:
                return _Step()
            x, wrong, at = settled
            miss = np.abs(x - guess)
            quantile = float(np.quantile(miss, _QUANTILE))
            if attempt == 0 and not quantile <= _FLAG:
                return _Step()
            flagged = miss > np.minimum(_FLAG, 0.5 * np.abs(h * here.pace) + self.floor)
            flagged = self._grown(flagged | (wrong > 1e-9), miss) | here.soft
            bonds = self._softest(at.g, there)
            ends = self._patches(here, there, x, flagged | (bonds > _SOFT))
            if isinstance(ends, _Step):
                return ends
            off = np.abs(ends - x)
            if wrong.max(initial=0.0) < 1e-9 and off.max(initial=0.0) < _AGREE:
                if at.scaled.negative:
                    return _Step(is_indefinite=True)
                pace = at.pace
                if not np.all(np.isfinite(pace)):
                    return _Step()
                bend = (here.x - x + h * pace) / h**2
                place = _Place(k=there, x=x, pace=pace, bend=bend, soft=bonds > _KEPT)
                return _Step(place=place, miss=quantile)
            settled = self._newton(there, np.where(off > _AGREE, ends, x))
        return _Step()

    def _newton(self, k: float, x: FloatArray) -> tuple[FloatArray, FloatArray, Equations] | None:
        """State, its last correction (0 where settled), and equations to within 1e-7 of it.

        None where iteration meets negative curvature: downhill from there leads elsewhere.
        """
        size, wrong = 1.0, np.zeros_like(x)
        for _ in range(8):
            at = self.coupled.equations(k, x)
            change = at.solve(at.force, min(1e-2, 0.1 * size))
            if change is None:
                return None
            wrong = np.abs(change)
            size = float(wrong.max(initial=0.0))
            if not size < 1e3:
                return None
            x = x - np.clip(change, -_CLIP, _CLIP)
            if size < _SETTLED:  # quadratic: the next one is below rounding
                return x, np.zeros_like(x), at
        return x, wrong, at

    def _softest(self, g: FloatArray, k: float) -> FloatArray:
        return np.asarray(softest_bonds(self.arcs, g, 2.0 * k))

    def _grown(self, flagged: BoolArray, miss: FloatArray) -> BoolArray:
        """Flagged nodes and the neighbors, hop by hop, that missed along with them."""
        level = np.where(flagged, miss, 0.0)
        flagged, front = flagged.copy(), np.flatnonzero(flagged)
        for _ in range(_HOPS):
            row, node = _neighbors(self.coupled.matrix, front)
            joins = (level[node] < level[row]) & (miss[node] > self.share * level[row])
            row, node = row[joins], node[joins]
            np.maximum.at(level, node, level[row])
            flagged[node] = True
            front = np.unique(node)
        return flagged

    def _patches(
        self, here: _Place, there: float, x: FloatArray, flagged: BoolArray
    ) -> FloatArray | _Step:
        """States of the patches at the end of a step, in those of all nodes."""
        starts, members = _clusters(self.coupled.matrix, flagged)
        if np.diff(starts).max(initial=0) > _LARGEST_PATCH:
            return _Step()
        self.said.patches += len(starts) - 1
        c, ends = self.coupled, x.copy()
        reached = follow_patches(
            self.arcs,
            c.bias,
            c.gain,
            starts,
            members,
            (here.k, there),
            (here.x, here.pace, x),
            ends,
        )
        short = np.flatnonzero(reached < there)
        if not len(short):
            return ends
        stops = []
        for q in short[np.argsort(reached[short])]:
            nodes = members[starts[q] : starts[q + 1]]
            stops.append((float(reached[q]), self._softest_within(nodes, reached[q], ends)))
        return _Step(stops=tuple(stops))

    def _softest_within(self, nodes: IntArray, k: float, ends: FloatArray) -> int:
        """Node of a patch with most of its softest mode."""
        part = self.coupled.part_at(nodes)
        v = np.tanh(part.gain * ends[nodes])
        slope = np.maximum(part.gain * (1.0 - v**2), 1e-300)
        power = self.coupled.matrix[nodes] @ np.tanh(self.coupled.gain * ends) ** 2
        g = v * np.sqrt(slope / (1.0 + k * power * slope))
        matrix = 2.0 * k * g[:, None] * part.matrix.toarray() * g
        mode = np.linalg.eigh(matrix)[1][:, 0]
        return int(nodes[np.argmax(np.abs(mode))])


def _neighbors(matrix: sparse.csr_array, nodes: IntArray) -> tuple[IntArray, IntArray]:
    """Arcs from these nodes: each arc's node, and the neighbor."""
    rows = sparse.coo_array(matrix[nodes])
    row, column = rows.coords
    return nodes[row], column.astype(np.int64)


def _clusters(matrix: sparse.csr_array, flagged: BoolArray) -> tuple[IntArray, IntArray]:
    """Patches: flagged nodes that are joined, or share a neighbor, with all their neighbors.

    A bond between two mere neighbors does not join two patches. Returned are where each starts in
    the list of members, and the members.
    """
    centres = np.flatnonzero(flagged)
    row, node = _neighbors(matrix, centres)
    inside = np.union1d(centres, node)
    ends = np.searchsorted(inside, row), np.searchsorted(inside, node)
    n = len(inside)
    joined = sparse.coo_array((np.ones(len(row)), ends), shape=(n, n))
    count, label = connected_components(joined, directed=False)
    order = np.argsort(label, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(label, minlength=count))])
    return starts.astype(np.int64), inside[order].astype(np.int64)
