"""Lyapunov-Schmidt reduction, proved: near a nearly multiple root all roots lie on one curve.

At a centre c where the Jacobian J = W S Q^T has one small singular value, put x = c + Q (u, z) with
z along the null direction, and G = M F with M = S^-1 W^T (the last row not divided). Then the
derivative of (G_1, ..., G_{n-1}) by u is near the identity. If for every z in an interval Z the
map u -> u - G(u, z) takes a box U into its own interior, there is exactly one u(z) in U (a
Krawczyk test; Neumaier, Interval Methods for Systems of Equations, 1990, ch. 5), and the roots of
F in the tube c + Q (U x Z) are the zeros of g(z) = G_n(u(z), z).

Coefficients of u and g follow from differentiating G(u(z), z): at order k, with T_k the
coefficient of G when u_k is left out, u_k = -A^-1 T_k and g_k = T_{k,n} + B u_k, A and B being the
blocks of dG/du.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray
from netplastic.equilibria.certified import IntervalSystem, MidRad

from ._exact import exact_residual
from ._taylor import SystemEquations
from ._zeros import Ends

__all__ = ["Reduction", "Tube", "ends_of"]

_INFLATIONS = 5
_THIN = 1e-13  # first radius of u about a point of the curve
_NEWTON_STEPS = 40
_SCAN = 9


@dataclass(frozen=True, eq=False)
class Tube:
    """A part of the curve, proved: for every z within `half` of `z` exactly one u(z) in a box.

    Attributes
    ----------
    z, half : float
        Middle and half-width of the interval of z.
    centre, radius : float arrays of shape (n - 1,)
        The box in which u(z) is unique.
    u : MidRad of shape (n - 1,)
        Enclosure of u(z), inside that box.
    """

    z: float
    half: float
    centre: FloatArray
    radius: FloatArray
    u: MidRad


class Reduction:
    """Coordinates (u, z) about a centre, and proofs in them.

    Parameters
    ----------
    system : IntervalSystem
    equations : SystemEquations
        Of the same system.
    near : float array of shape (n,)
        A point near the roots in question.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where the Jacobian is not finite or has no singular value decomposition to working
        precision.
    """

    def __init__(
        self, system: IntervalSystem, equations: SystemEquations, near: FloatArray
    ) -> None:
        self._system, self._equations = system, equations
        self.centre = np.asarray(near, dtype=np.float64).copy()
        for _ in range(3):
            self._align()
            step = self._left[:-1] @ self._force(self.centre)
            if not np.all(np.isfinite(step)) or np.max(np.abs(step), initial=0.0) > 0.1:
                break
            self.centre = self.centre - self.basis[:, :-1] @ step
        left, scale = self._align()
        rows = MidRad.exact(self._left) / MidRad.exact(scale[:, None])
        if not _is_near_identity(rows @ MidRad.exact(left)):
            # zeros of G are roots of F only if M is regular
            raise np.linalg.LinAlgError("the preconditioner is not proved regular")
        self._inverse = _inverse_of(self.basis)

    def _align(self) -> tuple[FloatArray, FloatArray]:
        matrix = self._equations.jacobian(MidRad.exact(self.centre)).mid
        left, values, right = np.linalg.svd(matrix)
        self.singular_values: FloatArray = values
        with np.errstate(divide="ignore"):
            scale = np.where(np.arange(len(values)) < len(values) - 1, 1.0 / values, 1.0)
        self._left: FloatArray = scale[:, None] * left.T
        self.basis: FloatArray = right.T
        return left, scale

    def _force(self, x: FloatArray) -> FloatArray:
        return self._equations.taylor([MidRad.exact(x)])[0].mid

    def coordinates(self, x: MidRad) -> MidRad:
        """(u, z) of activities, shape (..., n)."""
        return (x - MidRad.exact(self.centre)) @ self._inverse.transposed

    @property
    def stretch(self) -> FloatArray:
        """Most by which each coordinate moves when every activity moves by at most one."""
        size = np.abs(self._inverse.mid) + self._inverse.rad
        return np.asarray(size.sum(axis=1) * (1.0 + 1e-12))

    def activities(self, u: MidRad, z: float, half: float) -> MidRad:
        """Activities of a box of coordinates."""
        y = u.joined(MidRad(np.array([z]), np.array([half])))
        return MidRad.exact(self.centre) + MidRad.exact(self.basis) @ y

    def along(self, z: float, start: FloatArray) -> FloatArray | None:
        """Approximate u(z) by chord iterations; None when they do not settle."""
        u, last = start.copy(), np.inf
        for _ in range(_NEWTON_STEPS):
            x = self.centre + self.basis @ np.append(u, z)
            step = self._left[:-1] @ self._force(x)
            size = float(np.max(np.abs(step), initial=0.0))
            if not size < 1.0:
                return None
            u = u - step
            if size < 1e-15 or (size < 1e-10 and size > 0.5 * last):
                return u
            last = size
        return u if last < 1e-8 else None

    def smallest(self, width: float) -> FloatArray | None:
        """Point of the curve with |z| <= width where |g| is about smallest; approximate."""
        best, least = None, np.inf
        u = np.zeros(len(self.centre) - 1)
        for half in (np.linspace(0.0, width, _SCAN), np.linspace(0.0, -width, _SCAN)):
            start = u
            for z in half:
                at = self.along(float(z), start)
                if at is None:
                    break
                x = self.centre + self.basis @ np.append(at, z)
                size = float(abs(self._left[-1] @ self._force(x)))
                if size < least:
                    best, least = x, size
                start = at
        return best

    def prove(self, z: float, half: float, centre: FloatArray, radius: FloatArray) -> Tube | None:
        """Prove one u(z) within `radius` of `centre`, which is enlarged when that is too small."""
        point = self.activities(MidRad.exact(centre), z, 0.0)
        at_point = MidRad.exact(self._left[:-1]) @ self._equations.taylor([point])[0]
        interval = MidRad(np.array(0.0), np.array(half))
        for _ in range(_INFLATIONS):
            box = MidRad(centre, radius)
            slopes = self._slopes(self.activities(box, z, half))
            if not _finite(slopes):
                return None
            spread = slopes[:-1, :-1] - MidRad.exact(np.eye(len(centre)))
            moved = -(at_point + slopes[:-1, -1] * interval + spread @ MidRad(0.0 * radius, radius))
            reach = np.abs(moved.mid) + moved.rad
            if np.all(reach * (1.0 + 1e-14) < radius):
                return Tube(z, half, centre, radius, MidRad.exact(centre) + moved)
            if not np.all(np.isfinite(reach)) or np.any(reach > 1e3 * (radius + half)):
                return None
            radius = np.maximum(radius, 1.5 * reach)
        return None

    def _slopes(self, x: MidRad) -> MidRad:
        """dG/d(u, z) over a box of activities."""
        jacobian = self._equations.jacobian(x)
        return MidRad.exact(self._left) @ jacobian @ MidRad.exact(self.basis)

    def coefficients(self, tube: Tube, order: int) -> list[MidRad] | None:
        """Enclose g^(k) / k! for k = 1 .. order over the tube's interval; None where unbounded."""
        box = self.activities(tube.u, tube.z, tube.half)
        slopes = self._slopes(box)
        curve = [box]
        result: list[MidRad] = []
        for k in range(1, order + 1):
            free = np.zeros(self._system.n)
            if k == 1:
                free[-1] = 1.0
            partial = MidRad.exact(self.basis) @ MidRad.exact(free)
            terms = MidRad.exact(self._left) @ self._equations.taylor([*curve, partial])[k]
            u = _solve(slopes[:-1, :-1], -terms[:-1], tube.radius)
            if u is None:
                return None
            result.append(terms[-1] + slopes[-1, :-1] @ u)
            curve.append(MidRad.exact(self.basis) @ u.joined(MidRad.exact(free[-1:])))
        return result if all(_finite(g) for g in result) else None

    def point(self, z: float, start: FloatArray) -> tuple[Tube, Ends] | None:
        """Prove a thin part of the curve about z, and enclose g(z) with many digits.

        F is evaluated at floats x near the curve, whose coordinates (v, y) are not quite (u(z),
        z). With [A a; B b] = dG/d(u, z) over a box that holds both points, the mean value theorem
        gives g(z) = G_n - B A^-1 G_u + (b - B A^-1 a) (z - y). B is small near the centre, so the
        errors of x hardly matter.
        """
        u = self.along(z, start)
        if u is None:
            return None
        x = self.centre + self.basis @ np.append(u, z)
        place = self.coordinates(MidRad.exact(x))
        half = 2.0 * float(abs(place.mid[-1] - z) + place.rad[-1])
        off = np.abs(place.mid[:-1] - u) + place.rad[:-1]
        tube = self.prove(z, half, u, np.maximum(_THIN, 2.0 * off))
        force = exact_residual(self._system, x)
        if tube is None or force is None:
            return None
        force = MidRad.exact(self._left) @ force
        slopes = self._slopes(self.activities(MidRad(tube.centre, tube.radius), z, half))
        columns = [force[:-1], slopes[:-1, -1]]
        back = [_solve(slopes[:-1, :-1], column, tube.radius) for column in columns]
        if back[0] is None or back[1] is None:
            return None
        slope = slopes[-1, -1] - slopes[-1, :-1] @ back[1]
        value = force[-1] - slopes[-1, :-1] @ back[0] + slope * (MidRad.exact(z) - place[-1])
        return tube, ends_of(value)


def _solve(matrix: MidRad, right: MidRad, weight: FloatArray) -> MidRad | None:
    """Enclose the solutions of A u = b for A near the identity; None when A may be singular.

    With |I - A| w <= q w and q < 1, |u| <= max(|b| / w) / (1 - q) w; then u = b + (I - A) u.
    """
    if len(right.mid) == 0:
        return right
    rest = MidRad.exact(np.eye(len(weight))) - matrix
    scale = np.maximum(weight, 1e-6 * weight.max())
    q = float(np.max((np.abs(rest.mid) + rest.rad) @ scale / scale)) * (1.0 + 1e-12)
    if not q < 1.0:
        return None
    largest = float(np.max((np.abs(right.mid) + right.rad) / scale)) / (1.0 - q)
    bound = largest * scale * (1.0 + 1e-12)
    return right + rest @ MidRad(np.zeros_like(bound), bound)


def _inverse_of(basis: FloatArray) -> MidRad:
    """Enclose the inverse of a nearly orthogonal matrix Q.

    Q^-1 = (I + E)^-1 Q^T with E = Q^T Q - I, and |(I + E)^-1 - I| <= e / (1 - e) entry by entry
    for a row-sum norm e of E. QR and SVD give e of some 1e-15.
    """
    transposed = MidRad.exact(basis.T)
    rest = transposed @ MidRad.exact(basis) - MidRad.exact(np.eye(len(basis)))
    e = _row_norm(rest)
    if not e < 0.5:
        raise np.linalg.LinAlgError("the basis is not proved regular")
    reach = 2.0 * e * np.abs(basis).sum(axis=1) * (1.0 + 1e-12)
    return MidRad(basis.T, np.tile(reach, (len(basis), 1)))


def _row_norm(a: MidRad) -> float:
    """Bound of the largest sum of a row's absolute values."""
    return float(np.max((np.abs(a.mid) + a.rad).sum(axis=1))) * (1.0 + 1e-12)


def _is_near_identity(a: MidRad) -> bool:
    """Whether every such matrix is regular, as near to the identity as this."""
    return _row_norm(a - MidRad.exact(np.eye(len(a.mid)))) < 1.0


def _finite(a: MidRad) -> bool:
    return bool(np.all(np.isfinite(a.mid)) and np.all(np.isfinite(a.rad)))


def ends_of(a: MidRad) -> Ends:
    """Lower and upper bound of a single number."""
    return float(a.low), float(a.high)
