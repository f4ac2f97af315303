"""The last crossing alone, on large networks: anti-Hebbian, undirected, uniform in tau and decay.

There all modes decay above a known rate (docs/theory.md#section-3), so the critical rate is the
first below it at which a mode grows. With sparse matrices A = diag(tau) and K(x), the 2n modes obey

    (lambda tau + 1 - F) u - y = 0,    (lambda + epsilon gamma) y = epsilon C u,

so that one factorisation of an n x n matrix, (lambda tau + 1 - F) - epsilon / (lambda + epsilon
gamma) C, inverts the 2n x 2n pencil at any lambda. Where the number of growing modes is wanted, the
Cayley transform (M + s) / (M - s), s > 0, is asked for its largest eigenvalue: it is outside of the
unit circle where a mode grows (Meerbergen & Roose 1996, doi:10.1093/imanum/16.3.297). The mode is
then followed to the axis by inverse iteration.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from netplastic._support import FloatArray, Halt
from netplastic.model import PlasticNetwork, hessian, reduced_matrix

from ._crossings import ComplexArray
from ._theory import critical_learning_rate_bound

__all__ = ["last_crossing"]

_STEP = 2.0**-0.5  # from one rate to the next on the way down
_SMALL_STEPS, _LARGE_STEPS = 8, 8
_BESIDE = 1e-4
_MARGINAL = 1e-8
_NEWTON, _REFINED = 30, 15
_WANTED = 4
_BASIS = 60
_TURNS = 400


class NoAnswerError(ArithmeticError):
    """An iteration did not converge: the general method has to answer."""


@dataclass(frozen=True, eq=False)
class _Mode:
    """A growing mode: lambda and its activities u."""

    value: complex
    shape: ComplexArray


class _Pencil:
    """The 2n modes at any rate."""

    def __init__(self, net: PlasticNetwork, x: FloatArray, halt: Halt) -> None:
        self.halt = halt
        matrix, n = reduced_matrix(net.replace(learning_rate=1.0), x), net.n
        self.n = n
        self.a, self.out = matrix[:n, :n], matrix[:n, n:].diagonal().copy()
        self.c, self.gamma = matrix[n:, :n], -matrix[n:, n:].diagonal().copy()
        self.through = self.out[:, None] * self.c

    def core(self, rate: float, value: complex) -> ComplexArray:
        """What is left of M - value: A - value + rate B C / (value + rate gamma), n x n."""
        self.halt.heed()
        shift = rate / (value + rate * self.gamma)
        matrix = self.a + shift[:, None] * self.through
        matrix = matrix.astype(np.complex128 if np.iscomplexobj(shift) else np.float64)
        matrix[np.diag_indices(self.n)] -= value
        return matrix

    def growing(self, rate: float) -> _Mode | None:
        """A mode that grows; None if there is none."""
        s = math.sqrt(rate * float(self.gamma.mean()) * float(np.abs(self.a.diagonal()).mean()))
        factors = linalg.lu_factor(self.core(rate, s), check_finite=False)
        below = s + rate * self.gamma

        def solved(v: FloatArray) -> FloatArray:
            """(M - s)^-1 v."""
            self.halt.heed()
            right_x, right_y = v[: self.n], v[self.n :]
            u = linalg.lu_solve(factors, right_x + self.out * right_y / below, check_finite=False)
            return np.concatenate([u, (rate * (self.c @ u) - right_y) / below])

        def cayley(v: FloatArray) -> FloatArray:
            return v + 2.0 * s * solved(v)

        size = 2 * self.n
        operator = LinearOperator((size, size), matvec=cayley, dtype=np.float64)
        start = np.random.default_rng(0).normal(size=size)
        try:
            values, vectors = eigs(
                operator, k=_WANTED, which="LM", ncv=_BASIS, v0=start, tol=1e-6, maxiter=_TURNS
            )
        except ArpackNoConvergence as error:
            raise NoAnswerError(str(error)) from None
        modes = s * (values + 1.0) / (values - 1.0)
        first = int(modes.real.argmax())
        if modes[first].real <= 0.0:
            return None
        return _Mode(complex(modes[first]), vectors[: self.n, first])

    def settled(self, rate: float, mode: _Mode) -> tuple[_Mode, complex]:
        """The mode at a rate nearby, and how its value changes with the rate.

        Inverse iteration on T(lambda) u = 0 (Ruhe 1973, doi:10.1137/0710059), and from its left
        null vector w: d lambda / d rate = -(w T_rate u) / (w T_lambda u).
        """
        value, u = mode.value, mode.shape
        w = np.conj(u)
        for _ in range(_REFINED):
            factors = linalg.lu_factor(self.core(rate, value), check_finite=False)
            next_u = linalg.lu_solve(factors, self._by_value(rate, value, u), check_finite=False)
            w = linalg.lu_solve(factors, w, trans=1, check_finite=False)
            w = w / np.linalg.norm(w)
            change = np.vdot(u, u) / np.vdot(u, next_u)
            u = next_u / np.linalg.norm(next_u)
            value = complex(value - change)
            if abs(change) <= 1e-12 * (1e-3 + abs(value)):
                break
        else:
            raise NoAnswerError("inverse iteration did not converge")
        by_rate = (value / (value + rate * self.gamma) ** 2) * (self.through @ u)
        return _Mode(value, u), complex(-(w @ by_rate) / (w @ self._by_value(rate, value, u)))

    def _by_value(self, rate: float, value: complex, u: ComplexArray) -> ComplexArray:
        """dT/dlambda u."""
        factor = rate / (value + rate * self.gamma) ** 2
        return np.asarray(-u - factor * (self.through @ u))


def last_crossing(net: PlasticNetwork, x: FloatArray, halt: Halt | None = None) -> float | None:
    """Rate above which an equilibrium is stable; None where this method does not apply.

    inf for an equilibrium that is no minimum. HaltedError once `halt` says so.
    """
    halt = halt or Halt()
    bound = critical_learning_rate_bound(net, x)
    if not math.isfinite(bound) or bound <= 0.0 or not net.decay_is_nodal:
        return None
    curvature = np.linalg.eigvalsh(hessian(net, x))
    if float(np.abs(curvature).min()) <= _MARGINAL * max(1.0, float(curvature[-1])):
        return None
    if curvature[0] < 0.0:
        return math.inf
    pencil = _Pencil(net, x, halt)
    try:
        rate, mode = bound, None
        for step in _steps():
            rate *= step
            mode = pencil.growing(rate)
            if mode is not None:
                break
        while mode is not None:
            rate = _crossing(pencil, rate, mode, bound)
            mode = pencil.growing(rate * (1.0 + _BESIDE))  # another one may grow a little above
            rate = rate * (1.0 + _BESIDE) if mode is not None else rate
        return rate
    except NoAnswerError:
        return None


def _steps() -> Iterator[float]:
    """Factors on the way down, which raise in the end."""
    yield from itertools.repeat(_STEP, _SMALL_STEPS)
    yield from itertools.repeat(_STEP**4, _LARGE_STEPS)
    raise NoAnswerError("no mode grows at any rate that was looked at")


def _crossing(pencil: _Pencil, rate: float, mode: _Mode, bound: float) -> float:
    """Where a growing mode meets the axis as the rate rises: Newton's method in the rate."""
    for _ in range(_NEWTON):
        mode, slope = pencil.settled(rate, mode)
        change = -mode.value.real / slope.real
        if abs(change) <= 1e-11 * rate:
            return rate
        rate = min(max(rate + change, 0.5 * rate), 2.0 * rate)
        if not 0.0 < rate <= 1.01 * bound or abs(mode.value.imag) < 1e-12:
            raise NoAnswerError("the mode that grows does not lead to a crossing")
    raise NoAnswerError("the crossing was not located")
