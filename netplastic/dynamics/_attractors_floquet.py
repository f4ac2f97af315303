"""Whether a cycle attracts: the largest multiplier of its return map (Floquet)."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from netplastic._support import FloatArray

from ._attractors_cycles import Cycle
from ._attractors_flow import Flow, State
from ._following import equations_of
from ._solver import RunStatus

__all__ = ["leading_multiplier"]

_DENSE = 120
_STEP = 1e-4  # of central differences, in the unit of the amplitude
_BASIS = 12


def leading_multiplier(flow: Flow, cycle: Cycle) -> float:
    """Largest modulus among the multipliers of the return map; NaN where it is not found.

    By central differences of runs over one period: of all coordinates where they are few, else of
    those that Arnoldi's method asks for. The direction along the flow, whose multiplier is 1, is
    projected out onto the section.
    """
    derivative = _Derivative(flow, cycle)
    size = derivative.size
    try:
        if size <= _DENSE:
            columns = derivative.of(np.eye(size))
            return float(np.abs(np.linalg.eigvals(columns.T)).max()) if size else 0.0
        operator = LinearOperator(
            (size, size), matvec=lambda v: derivative.of(np.reshape(v, (1, size)))[0]
        )
        start = np.random.default_rng(0).normal(size=size)
        values = eigs(
            operator, k=1, which="LM", ncv=_BASIS, tol=1e-3, v0=start, return_eigenvectors=False
        )
        return float(np.abs(values).max())
    except (ArpackNoConvergence, np.linalg.LinAlgError, ArithmeticError):
        return math.nan


class _Derivative:
    """Derivative of the return map at a point of a cycle."""

    def __init__(self, flow: Flow, cycle: Cycle) -> None:
        self._flow, self._cycle = flow, cycle
        start = State(cycle.loop[:1], cycle.weights[None])
        self._point = flow.whole(start.activity, start.weights)[0]
        own = start.weights[:, :0] if flow.net.weights_follow else start.weights
        dx, dw = equations_of(flow.net).drift(start.activity, own)
        self._along = flow.whole(dx, dw)[0]
        self._free = np.delete(np.arange(len(self._point)), cycle.node)
        self.size = len(self._free)

    def of(self, directions: FloatArray) -> FloatArray:
        """Images (k, D - 1) of directions (k, D - 1) within the section."""
        step = _STEP * self._cycle.amplitude / np.abs(directions).max(axis=1, keepdims=True)
        moved = np.zeros((len(directions), len(self._point)))
        moved[:, self._free] = step * directions
        starts = np.concatenate([self._point + moved, self._point - moved])
        run = self._flow.run(self._flow.parted(starts), self._cycle.period)
        if any(status is not RunStatus.FINISHED for status in run.status):
            raise ArithmeticError("a run over one period did not come to its end")
        ends = self._flow.whole(run.activity, run.weights)
        images = (ends[: len(directions)] - ends[len(directions) :]) / (2.0 * step)
        node = self._cycle.node
        images = images - np.outer(images[:, node] / self._along[node], self._along)
        result: FloatArray = images[:, self._free]
        return result
