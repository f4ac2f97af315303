"""Middle nodes, which have no high source: when a state with them is stable (section 7(d)).

All decisions are exact: weights are taken for the rational numbers that they are.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction

from ._components import LimitComponent, bits

__all__ = ["Verdict", "judge_middle", "strong_components"]


class Verdict(Enum):
    """What is known of the states with given middle nodes."""

    STABLE = "exactly one, stable"
    NONE = "none is stable"
    OPEN = "not settled"


def judge_middle(component: LimitComponent, middle: int) -> Verdict:
    """Judge a set of middle nodes: those neither high nor with a high source.

    Each needs a middle source. Their strongly connected components are then judged one by one:
    one node alone is stable, looped or not; several without a loop never are.
    """
    for i in bits(middle):
        own = component.sources[i] | (component.looped & (1 << i))
        if not own & middle:
            return Verdict.NONE
    found = {_judge(component, part) for part in strong_components(component, middle)}
    if Verdict.NONE in found:
        return Verdict.NONE
    return Verdict.OPEN if Verdict.OPEN in found else Verdict.STABLE


def _judge(component: LimitComponent, part: int) -> Verdict:
    """Judge one strongly connected component."""
    if part & (part - 1) == 0:
        return Verdict.STABLE
    if not part & component.looped:
        return Verdict.NONE
    nodes, weight = list(bits(part)), component.weight
    if any(weight.get((i, j)) != weight.get((j, i)) for i in nodes for j in nodes):
        return Verdict.OPEN
    if not _semidefinite([[Fraction(weight.get((j, i), 0.0)) for j in nodes] for i in nodes]):
        return Verdict.NONE
    # With unequal decays the terms that decide are not a form any more.
    return Verdict.STABLE if len({component.decay[i] for i in nodes}) == 1 else Verdict.OPEN


def strong_components(component: LimitComponent, within: int) -> list[int]:
    """Strongly connected components of the arcs within a set of nodes."""
    found, left = [], within
    while left:
        first = left & -left
        part = _reach(component.targets, first, left) & _reach(component.sources, first, left)
        found.append(part)
        left &= ~part
    return found


def _reach(steps: tuple[int, ...], first: int, within: int) -> int:
    reached = new = first
    while new:
        ahead = 0
        for i in bits(new):
            ahead |= steps[i]
        new = ahead & within & ~reached
        reached |= new
    return reached


def _semidefinite(matrix: list[list[Fraction]]) -> bool:
    """Whether a symmetric matrix has no negative eigenvalue; by elimination, exactly."""
    for step in range(len(matrix)):
        pivot, row = matrix[step][step], matrix[step]
        if pivot < 0 or (pivot == 0 and any(row[step:])):
            return False
        if pivot == 0:
            continue
        for other in matrix[step + 1 :]:
            if other[step]:
                factor = other[step] / pivot
                for column in range(step, len(matrix)):
                    other[column] -= factor * row[column]
    return True
