"""F at a point with as many digits as a nearly multiple root needs.

Between roots at distance d from each other, F changes by about d^3 at a pitchfork: at d = 1e-6 that
is far below the rounding of one evaluation in floats. Numbers here are balls of `BITS` bits
(Johansson 2017, doi:10.1109/TC.2017.2690633; Arb, a part of FLINT).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import flint
import numpy as np

from netplastic._support import KINDS, FloatArray
from netplastic.equilibria.certified import IntervalSystem, MidRad
from netplastic.equilibria.certified._kernels import (
    C_HIGH,
    C_LOW,
    GAIN,
    KIND,
    S_HIGH,
    S_LOW,
    THRESHOLD,
)
from netplastic.model import Equations

from ._taylor import interval_equations

__all__ = ["BITS", "exact_rate", "exact_residual"]

BITS = 192


def exact_rate(kind: float, gain: float, threshold: float, x: float) -> flint.arb:
    """Enclose V = phi(x)."""
    z = flint.arb(gain) * (flint.arb(x) - flint.arb(threshold))
    return z.tanh() if kind == KINDS["tanh"] else 1 / (1 + (-z).exp())


def exact_residual(system: IntervalSystem, x: FloatArray) -> MidRad | None:
    """Enclose F(x) to some 50 decimals (less where coefficients are intervals), as floats.

    Parameters
    ----------
    system : IntervalSystem
    x : float array of shape (n,)

    Returns
    -------
    MidRad of shape (n,), or None where a decay may vanish.
    """
    with flint.ctx.workprec(BITS):
        nodes = system.table[:, [KIND, GAIN, THRESHOLD]].tolist()
        rates = [
            exact_rate(kind, gain, threshold, at)
            for (kind, gain, threshold), at in zip(nodes, x.tolist(), strict=True)
        ]
        state = _equations(system).at(np.array(rates, dtype=object))
        value = state.residual(np.array([flint.arb(at) for at in x.tolist()], dtype=object))
        return _to_floats(value) if all(ball.is_finite() for ball in value) else None


def _equations(system: IntervalSystem) -> Equations:
    """Equations of a system with balls for numbers."""
    of, arcs = interval_equations(system), system.arcs
    plastic_arc = _balls(arcs[:, C_LOW], arcs[:, C_HIGH])
    static_arc = _balls(arcs[:, S_LOW], arcs[:, S_HIGH])
    rows = len(of.gamma)
    return replace(
        of,
        plastic_arc=plastic_arc,
        static_arc=static_arc,
        plastic=lambda values: _sums(plastic_arc * values[of.source], of.row, rows),
        static=lambda values: _sums(static_arc * values[of.source], of.target, system.n),
        spread=lambda values: _sums(values, of.node, system.n),
    )


def _balls(low: FloatArray, high: FloatArray) -> Any:
    pairs = zip(low.tolist(), high.tolist(), strict=True)
    return np.array([flint.arb(a).union(flint.arb(b)) for a, b in pairs], dtype=object)


def _sums(values: Any, place: Any, size: int) -> Any:
    total = np.array([flint.arb(0)] * size, dtype=object)
    np.add.at(total, place, values)
    return total


def _to_floats(value: Any) -> MidRad:
    mid = np.array([float(ball.mid()) for ball in value])
    # the ball's radius and what a float leaves of its midpoint, rounded up
    off = [ball - flint.arb(m) for ball, m in zip(value, mid.tolist(), strict=True)]
    rad = np.array([float(ball.abs_upper()) for ball in off])
    return MidRad(mid, rad * (1.0 + 1e-15) + 1e-200)
