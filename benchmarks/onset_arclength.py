"""The onset of large networks against pseudo-arclength continuation that shares nothing with it.

`arclength_onset` has a copy of the equations of its own, dense matrices, one tangent and one
corrector, short steps (`STEP` of arclength in (x, strength), half of it again where the
tangent turns or a step missed), and takes every sign change of an eigenvalue as the onset: nothing
of `netplastic.continuation`. The march under test makes long steps; a jump to another branch would
show as another onset.

    python benchmarks/onset_arclength.py [networks per family] [nodes] [first seed] [seconds]
"""

from __future__ import annotations

import sys
import time

import numpy as np
from onset_families import FAMILIES, LIMIT, SPREADS, compare
from scipy import linalg

STEP = 0.02
SHORTEST = 1e-9
NEAR = 1e-6


def equations(a, b, x, k):
    """F, dF/dx and dF/dk."""
    v = np.tanh(x)
    slope = 1.0 - v**2
    power = a @ v**2
    jacobian = 2.0 * k * v[:, None] * a * (v * slope)
    jacobian[np.diag_indices_from(jacobian)] += 1.0 + k * slope * power
    return x - b + k * v * power, jacobian, v * power


def negative(a, x, k):
    """How many eigenvalues of dF/dx are negative (it is similar to a symmetric matrix)."""
    v = np.tanh(x)
    slope = 1.0 - v**2
    hessian = 2.0 * k * v[:, None] * a * v
    hessian[np.diag_indices_from(hessian)] += 1.0 / slope + k * (a @ v**2)
    return int((linalg.eigvalsh(hessian) < 0.0).sum())


def tangent_at(a, b, z, last):
    """Unit tangent that points where the last one did."""
    _, jacobian, pull = equations(a, b, z[:-1], z[-1])
    bordered = np.vstack([np.column_stack([jacobian, pull]), last])
    ahead = linalg.solve(bordered, np.append(np.zeros(len(b)), 1.0))
    return ahead / np.linalg.norm(ahead)


def stepped(a, b, z, ahead, length):
    """The point of the branch in the plane across the tangent; None where Newton fails."""
    guess = z + length * ahead
    at = guess.copy()
    for _ in range(6):
        force, jacobian, pull = equations(a, b, at[:-1], at[-1])
        bordered = np.vstack([np.column_stack([jacobian, pull]), ahead])
        change = linalg.solve(bordered, np.append(force, ahead @ (at - guess)))
        at = at - change
        if np.abs(change).max() < 1e-10:
            return at if np.abs(at - guess).max() < 0.1 * length else None
    return None


def arclength_onset(a, b, limit):
    """Strength at which the branch from the bias first loses stability (inf: not up to a limit)."""
    z, ahead = np.append(b, 0.0), np.append(np.zeros(len(b)), 1.0)
    ahead = tangent_at(a, b, z, ahead)
    length = STEP
    while z[-1] < limit:
        new = stepped(a, b, z, ahead, length)
        after = None if new is None else tangent_at(a, b, new, ahead)
        if after is None or after @ ahead < 0.995:
            length *= 0.5
            if length < SHORTEST:
                return np.nan
            continue
        if negative(a, new[:-1], new[-1]):
            # The sign changes in between: shorten until both ends agree.
            if length <= 4.0 * NEAR or (abs(new[-1] - z[-1]) < 1e-8 * z[-1] and length < 1e-3):
                return max(z[-1], new[-1])
            length *= 0.5
            continue
        z, ahead = new, after
        length = min(STEP, 1.5 * length)
    return np.inf


def reference(coupled, net):
    """Onset of the continuation above, from the matrix of the network alone."""
    dense = np.zeros((net.n, net.n))
    dense[net.wiring.target, net.wiring.source] = -np.broadcast_to(net.coupling, net.m)
    return arclength_onset(dense, net.bias, LIMIT)


def main(networks, n, first, seconds):
    said, began = [], time.monotonic()
    for seed in range(first, first + networks):
        for name, make in FAMILIES.items():
            for spread in SPREADS:
                again = name == "celegans" and spread == 0.0 and seed > 0  # the same network
                if not again and time.monotonic() - began < seconds:
                    said.append(compare(name, make(n, seed), spread, seed, reference, 1e-5))
    print(f"{sum(said)} of {len(said)} agree")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:5]]
    main(*(given + [12, 100, 0, 3600][len(given) :]))
