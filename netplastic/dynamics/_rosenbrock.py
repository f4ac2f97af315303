"""The stiff method: RODAS, a Rosenbrock method of order 4, with the weights eliminated.

Six stages, L-stable and stiffly accurate, embedded error estimate of order 3; every stage is one
linear system with the same matrix and no iteration. Coefficients: Hairer & Wanner, Solving
Ordinary Differential FullEquations II, section IV.7.

scipy's stiff methods solve for all n + m unknowns. On 34 nodes they take about as long, but here a
batch of trials takes little more than one. On 1,000 nodes with 10,000 edges (learning rate 100, to
t = 100, rtol 1e-6) BDF with the sparse Jacobian takes ten times as long, and on 10,000 nodes its
factors do not come to an end, where this method solves n equations by iteration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray

from ._equations import FullEquations
from ._following import FollowingEquations
from ._solver import Solver

__all__ = ["Rosenbrock", "Step"]

_GAMMA = 0.25
_EXACT = 0.01
_A = np.zeros((6, 6))
_A[1, :1] = 1.544
_A[2, :2] = 0.9466785280815826, 0.2557011698983284
_A[3, :3] = 3.314825187068521, 2.896124015972201, 0.9986419139977817
_A[4, :4] = 1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950
_A[5] = [*_A[4, :4], 1.0, 0.0]
_C = np.zeros((6, 6))
_C[1, :1] = -5.6688
_C[2, :2] = -2.430093356833875, -0.2063599157091915
_C[3, :3] = -0.1073529058151375, -9.594562251023355, -20.47028614809616
_C[4, :4] = 7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160
_C[5, :5] = (
    8.083246795921522,
    -7.981132988064893,
    -31.52159432874371,
    16.31930543123136,
    -6.058818238834054,
)
_D = np.array(
    [
        [
            10.12623508344586,
            -7.487995877610167,
            -34.80091861555747,
            -7.992771707568823,
            1.025137723295662,
        ],
        [
            -0.6762803392801253,
            6.087714651680015,
            16.43084320892478,
            24.76722511418386,
            -6.594389125716872,
        ],
    ]
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """A step of T trials from states to `activity` (T, n) and `weights` (T, m).

    `error` (T,) is acceptable up to 1; NaN counts as too large.
    """

    before: tuple[FloatArray, FloatArray]
    stages: tuple[FloatArray, FloatArray]
    activity: FloatArray
    weights: FloatArray
    error: FloatArray

    def at(self, trial: int, theta: float) -> tuple[FloatArray, FloatArray]:
        """State (n,), (m,) of a trial at a fraction of the step."""
        ends = (self.activity[trial], self.weights[trial])
        values = []
        for start, end, u in zip(self.before, ends, self.stages, strict=True):
            first, second = _D @ u[:5, trial]
            rest = 1.0 - theta
            values.append(rest * start[trial] + theta * (end + rest * (first + theta * second)))
        return values[0], values[1]


class Rosenbrock:
    """RODAS for the equations of a network."""

    def __init__(self, equations: FullEquations | FollowingEquations, solver: Solver) -> None:
        self._equations, self._solver = equations, solver

    def step(self, x: FloatArray, weights: FloatArray, h: FloatArray) -> Step:
        """Try one step of sizes h (T,)."""
        equations, per_step = self._equations, 1.0 / h[:, None]
        system = equations.linear(x, weights, per_step / _GAMMA, self._allowed(x, h))
        u_x, u_w = np.zeros((6, *x.shape)), np.zeros((6, *weights.shape))
        for s in range(6):
            f_x, f_w = equations.drift(_moved(x, _A[s], u_x), _moved(weights, _A[s], u_w))
            u_x[s], u_w[s] = system.solve(
                _moved(f_x, _C[s], u_x, per_step), _moved(f_w, _C[s], u_w, per_step)
            )
        end = _moved(x, _A[5], u_x) + u_x[5], _moved(weights, _A[5], u_w) + u_w[5]
        return Step(
            before=(x, weights),
            stages=(u_x, u_w),
            activity=end[0],
            weights=end[1],
            error=np.maximum(self._norm(u_x[5], x, end[0]), self._norm(u_w[5], weights, end[1])),
        )

    def _norm(self, error: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
        """Root mean square (T,) of error / (atol + rtol max(|before|, |after|))."""
        if error.shape[1] == 0:
            return np.zeros(len(error))
        size = np.maximum(np.abs(before), np.abs(after))
        scaled = error / (self._solver.atol + self._solver.rtol * size)
        norm: FloatArray = np.sqrt(np.mean(scaled**2, axis=1))
        return norm

    def _allowed(self, x: FloatArray, h: FloatArray) -> FloatArray:
        """Residual of the linear systems (T,), in the Euclidean norm.

        Solutions then miss by at most a hundredth of what a step may, since the inverse of
        1 / (h g) - J shrinks by h g at least where J does not amplify.
        """
        solver = self._solver
        size = np.sqrt(np.mean(x**2, axis=1))
        allowed: FloatArray = (
            _EXACT * (solver.atol + solver.rtol * size) * np.sqrt(x.shape[1]) / (h * _GAMMA)
        )
        return allowed


def _moved(
    start: FloatArray, weights: FloatArray, stages: FloatArray, scale: FloatArray | None = None
) -> FloatArray:
    """Start (T, .) plus the weighted sum of the stages (6, T, .), times a scale (T, 1) if any."""
    end = start.copy()
    for weight, stage in zip(weights, stages, strict=True):
        if weight:
            end += weight * stage if scale is None else weight * scale * stage
    return end
