"""The singular point ahead of a stable state on its branch.

At a fold the softest node is pinned: its activity becomes the parameter and the strength an
unknown. K without it stays positive definite and well conditioned, and the Schur complement
1 - c' K^-1 c of its column c is smooth along the branch and zero at the singular point: the test
function of Griewank & Reddien (1984) with a unit vector as border. phi, the product of the
kernel with dF/dk, is not zero at a fold and zero at a branch point; there the least eigenvalue
itself, which is smooth in the strength, is followed to zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray

from ._base_branch import Coupled

__all__ = ["Singular", "crossing", "fold", "off_the_kernel", "softest_node"]

_MOVE = 0.02
"""Most that the pinned node moves in a step."""

_BENT = 0.2
"""Most that a step is corrected, of its length."""

_ASKEW = 1e-5
"""Share of dF/dk along the kernel from which on a singular point is a fold."""

_ZERO, _ZERO_EIGENVALUE = 1e-12, 1e-11
_ROUNDING = 4e-15


@dataclass(frozen=True, eq=False, kw_only=True)
class Singular:
    """Where a branch loses stability: kernel (n, dimension) as changes of the activity."""

    strength: float
    activity: FloatArray
    modes: FloatArray
    is_fold: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class _Pinned:
    """A point of the branch, its Schur complement, and the tangent along the pinned activity."""

    k: float
    x: FloatArray
    schur: float
    askew: float
    dx: FloatArray
    dk: float
    kernel: FloatArray


def fold(
    coupled: Coupled, k: float, x: FloatArray, node: int, towards: float = 1.0
) -> Singular | None:
    """The fold ahead of a stable state; None where the branch through `node` leads to none.

    `towards`: 1.0 to look at greater strengths, -1.0 at smaller ones.
    """
    here = _pinned(coupled, k, x, node)
    if here is None or not here.schur > 0.0:
        return None
    trail = [here]
    step = 0.1 * _MOVE * math.copysign(towards, towards * here.dk)
    while here.schur > 0.0 and len(trail) < 100:  # until the sign changes
        new = _moved(coupled, here, step, node)
        if new is None:
            step *= 0.5
            if abs(step) < 1e-9:
                return None
            continue
        trail.append(new)
        here = new
        aim = _secant(trail)
        step = math.copysign(min(1.5 * abs(aim), _MOVE, 4.0 * abs(step)), step)
    for _ in range(20):
        if abs(here.schur) < _ZERO:
            break
        aim = _secant(trail)
        new = _moved(coupled, here, aim, node) if abs(aim) > 1e-15 else None
        if new is None:
            break
        trail.append(new)
        here = new
    is_ahead = towards * (here.k - k) >= -1e-9 * k
    if not (abs(here.schur) < 1e-9 and is_ahead and here.askew > _ASKEW):
        return None
    modes = here.kernel[:, None]
    at = coupled.equations(here.k, here.x)
    count = at.scaled.nullity()
    if count > 1:
        modes = at.out[:, None] * at.scaled.lowest(count)[1]
    return Singular(strength=here.k, activity=here.x, modes=modes, is_fold=True)


def _secant(trail: list[_Pinned]) -> float:
    """Move of the pinned node to where the Schur complement is zero, from the last two points."""
    a, b = trail[-2:]
    moved = float((b.x - a.x) @ b.dx) / float(b.dx @ b.dx)
    change = b.schur - a.schur
    return -b.schur * moved / change if change else math.inf


def _moved(coupled: Coupled, here: _Pinned, step: float, node: int) -> _Pinned | None:
    """The point of the branch at another activity of the pinned node."""
    guess = here.x + step * here.dx
    new = _pinned(coupled, here.k + step * here.dk, guess, node)
    if new is None:
        return None
    most = _BENT * abs(step) * float(np.abs(here.dx).max()) + 1e-9
    return new if float(np.abs(new.x - guess).max()) <= most else None


def _pinned(coupled: Coupled, k: float, x: FloatArray, node: int) -> _Pinned | None:
    """Newton's method with the node held; None where the rest is not stable."""
    coupling = coupled.matrix[[node]].toarray()[0]
    for _ in range(12):
        if not k > 0.0:
            return None
        at = coupled.equations(k, x, node)
        column = 2.0 * k * at.g[node] * coupling * at.g
        force, tug = at.into * at.force, at.into * at.tug
        own, own_tug = force[node], tug[node]
        force[node] = tug[node] = 0.0
        back, aside = at.scaled.inverse(force), at.scaled.inverse(tug)
        if back is None or aside is None or at.scaled.negative:
            return None
        phi = float(own_tug - column @ aside)
        dk = -float(own - column @ back) / phi if phi else math.nan
        y = -back - dk * aside
        y[node] = 0.0
        change = at.out * y
        size = max(float(np.abs(change).max()), abs(dk) / max(1.0, k))
        x, k = x + change, k + dk
        if not size < 0.5:
            return None
        if size < 1e-9:  # quadratic: the next one is below rounding
            break
    else:
        return None
    across = at.scaled.inverse(column)
    if across is None:
        return None
    schur = 1.0 - float(column @ across)
    kernel = -across
    kernel[node] = 1.0
    y = kernel + (schur / phi) * aside
    y[node] = 1.0
    tug[node] = own_tug
    return _Pinned(
        k=k,
        x=x,
        schur=schur,
        askew=abs(phi) / float(np.linalg.norm(kernel) * np.linalg.norm(tug)),
        dx=at.out * y / at.out[node],
        dk=-schur / phi / float(at.out[node]),
        kernel=at.out * kernel,
    )


def crossing(coupled: Coupled, k: float, x: FloatArray, most: float) -> Singular | None:
    """The branch point ahead of a stable state, up to a strength; None where there is none."""
    trail: list[tuple[float, float]] = []
    there = k
    for _ in range(25):
        settled = _settled(coupled, there, x)
        if settled is None:
            return None
        x = settled
        here = coupled.equations(there, x)
        least = float(here.scaled.lowest(1)[0][0])
        trail.append((there, least))
        if abs(least) < _ZERO_EIGENVALUE:
            break
        if len(trail) == 1:
            new = k + 1e-2 * (most - k)
        else:
            (a, fa), (b, fb) = trail[-2:]
            new = b - fb * (b - a) / (fb - fa) if fb != fa else math.nan
            if abs(new - b) < 1e-14 * b:
                break
        if not k <= new <= most:
            return None
        x = x + (new - there) * here.pace
        there = new
    count = here.scaled.nullity()
    if not count:
        return None
    vectors = here.scaled.lowest(count)[1]
    tug = here.into * here.tug
    if float(np.abs(vectors.T @ tug).max()) > _ASKEW * float(np.linalg.norm(tug)):
        return None
    modes = here.out[:, None] * vectors
    return Singular(strength=there, activity=x, modes=modes, is_fold=False)


def _settled(coupled: Coupled, k: float, x: FloatArray) -> FloatArray | None:
    """Newton's method, on the unstable side too; None where it goes far or does not settle."""
    for _ in range(10):
        at = coupled.equations(k, x)
        # Near a singular point rounding alone moves the solution more than any fixed tolerance.
        if float(np.abs(at.force).max()) <= _ROUNDING * (1.0 + float(np.abs(x).max())):
            return x
        change = at.solve(at.force)
        if change is None or not float(np.abs(change).max()) < 0.05:
            return None
        x = x - change
        if float(np.abs(change).max()) < 1e-10:
            return x
    return None


def off_the_kernel(coupled: Coupled, found: Singular, right: FloatArray) -> FloatArray:
    """A solution of J dx = right at a singular point with a simple kernel, where there is one."""
    node = int(np.argmax(np.abs(found.modes[:, 0])))
    at = coupled.equations(found.strength, found.activity, node)
    right = at.into * right
    right[node] = 0.0
    solution = at.scaled.inverse(right)
    assert solution is not None  # without the node K is positive definite
    return np.asarray(at.out * solution)


def softest_node(coupled: Coupled, k: float, x: FloatArray) -> int:
    """Node with most of the softest mode."""
    return int(np.argmax(np.abs(coupled.equations(k, x).scaled.lowest(1)[1][:, 0])))
