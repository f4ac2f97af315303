"""The stiff method: RODAS, a Rosenbrock method of order 4, with the weights eliminated.

Six stages, L-stable and stiffly accurate, embedded error estimate of order 3; every stage is one
linear system with the same matrix and no iteration. Coefficients: Hairer & Wanner, Solving
Ordinary Differential Equations II, section IV.7.
"""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray

from ._equations import Equations
from ._linear import Eliminated, Pattern
from ._march import Step, Stepper, error_norm
from ._task import Solver

__all__ = ["Rosenbrock"]

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


class _RosenbrockStep(Step):
    def __init__(
        self,
        before: tuple[FloatArray, FloatArray],
        stages: tuple[FloatArray, FloatArray],
        solver: Solver,
    ) -> None:
        self._before, self._stages = before, stages
        (x, weights), (u_x, u_w) = before, stages
        self.activity = _moved(x, _A[5], u_x) + u_x[5]
        self.weights = _moved(weights, _A[5], u_w) + u_w[5]
        self.error = np.maximum(
            error_norm(solver, u_x[5], x, self.activity),
            error_norm(solver, u_w[5], weights, self.weights),
        )
        self.edge = np.zeros(len(x))

    def at(self, trial: int, theta: float) -> tuple[FloatArray, FloatArray]:
        ends = (self.activity[trial], self.weights[trial])
        values = []
        for start, end, u in zip(self._before, ends, self._stages, strict=True):
            first, second = _D @ u[:5, trial]
            rest = 1.0 - theta
            values.append(rest * start[trial] + theta * (end + rest * (first + theta * second)))
        return values[0], values[1]


class Rosenbrock(Stepper):
    """RODAS for the full equations of a network."""

    exponent = 0.25

    def __init__(self, equations: Equations, solver: Solver) -> None:
        self._equations, self._solver = equations, solver
        self._pattern = Pattern(equations)

    def step(self, x: FloatArray, weights: FloatArray, h: FloatArray) -> Step:
        """Try one step of sizes h (T,)."""
        equations, solver = self._equations, self._solver
        per_step = 1.0 / h[:, None]
        system = Eliminated(
            equations,
            self._pattern,
            equations.partial(x, weights),
            per_step / _GAMMA,
            self._allowed(x, h),
        )
        u_x = np.zeros((6, *x.shape))
        u_w = np.zeros((6, *weights.shape))
        for s in range(6):
            f_x, f_w = equations.drift(_moved(x, _A[s], u_x), _moved(weights, _A[s], u_w))
            u_x[s], u_w[s] = system.solve(
                _moved(f_x, _C[s], u_x, per_step), _moved(f_w, _C[s], u_w, per_step)
            )
        return _RosenbrockStep((x, weights), (u_x, u_w), solver)

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
