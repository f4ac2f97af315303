"""The parts that settle nearly multiple roots, against exact polynomials and power series."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import networkx as nx
import numpy as np
import pytest
from conftest import PAIR, anti, bisect

import netplastic as npl
from netplastic._support import KINDS
from netplastic.equilibria.certified import MidRad, system_of
from netplastic.equilibria.certified._kernels import _table as table
from netplastic.equilibria.certified.clusters._exact import BITS, exact_rate, exact_residual
from netplastic.equilibria.certified.clusters._multiple import _met_before
from netplastic.equilibria.certified.clusters._reduction import Reduction
from netplastic.equilibria.certified.clusters._taylor import SystemEquations
from netplastic.equilibria.certified.clusters._zeros import count_zeros

pytestmark = pytest.mark.usefixtures("many_digits")


class Polynomial:
    """A polynomial with exact values blurred by `noise`, as a curve for `count_zeros`."""

    def __init__(self, roots, noise, pair=None):
        self.coefficients = [Fraction(1)]
        for root in roots:
            self._multiply([-Fraction(root), Fraction(1)])
        if pair is not None:  # (z - a)^2 + b^2, without real zeros
            a, b = map(Fraction, pair)
            self._multiply([a * a + b * b, -2 * a, Fraction(1)])
        self.noise = noise

    def _multiply(self, factor):
        old, self.coefficients = self.coefficients, []
        for k in range(len(old) + len(factor) - 1):
            terms = (old[i] * factor[k - i] for i in range(len(old)) if 0 <= k - i < len(factor))
            self.coefficients.append(sum(terms, Fraction(0)))

    def at(self, z, derivative=0):
        total = Fraction(0)
        for k, c in enumerate(self.coefficients):
            if k >= derivative:
                total += c * math.perm(k, derivative) * Fraction(z) ** (k - derivative)
        return float(total)

    def ends(self, value):
        blur = self.noise + 1e-15 * abs(value)
        return value - blur, value + blur

    def value(self, z):
        return self.ends(self.at(z))

    def slopes(self, z):
        return self.ends(self.at(z, 1)), self.ends(self.at(z, 2))


@pytest.mark.parametrize("seed", range(150))
def test_zeros_of_polynomials_are_bounded(seed):
    """Linear, quadratic and cubic functions: the order-th derivative is a positive constant."""
    rng = np.random.default_rng(seed)
    order = int(rng.integers(1, 4))
    scale = float(rng.choice([1.0, 1e-2, 1e-5]))
    with_pair = order > 1 and rng.random() < 0.4
    roots = rng.uniform(-1.5, 1.5, order - 2 * with_pair) * scale
    pair = rng.uniform(-1.0, 1.0, 2) * scale if with_pair else None
    truth = len({r for r in roots.tolist() if -1.0 < r < 1.0})
    for noise in (0.0, 1e-12, 1e-6, 1e-3, 10.0):
        curve = Polynomial(roots, noise, pair)
        found = count_zeros(curve, order, 1, -1.0, 1.0)
        assert found.lower <= truth <= found.upper <= order
        mirrored = Polynomial(roots, noise, pair)
        mirrored.coefficients = [-c for c in mirrored.coefficients]
        other = count_zeros(mirrored, order, -1, -1.0, 1.0)
        assert (other.lower, other.upper) == (found.lower, found.upper)
        if found.lower == found.upper:
            inside = sorted(r for r in roots.tolist() if abs(r) < 1.0)
            assert len(found.brackets) == truth
            for bracket, root in zip(found.brackets, inside, strict=True):
                assert bracket.low < root < bracket.high
        if noise == 0.0 and scale == 1.0:
            assert found.lower == found.upper
        if noise == 10.0:
            assert found.upper == order


def test_a_wrong_order_shows():
    """A sign change from plus to minus contradicts a slope above zero: an error, no answer."""
    falling = Polynomial([0.1], 0.0)
    falling.coefficients = [-c for c in falling.coefficients]
    with pytest.raises(ArithmeticError, match="please report"):
        count_zeros(falling, 1, 1, -1.0, 1.0)


def test_boxes_that_meet_are_found():
    rng = np.random.default_rng(5)
    low = rng.uniform(size=(300, 3))
    high = low + rng.uniform(size=(300, 3)) * 0.15
    naive = [
        any(np.all((low[i] <= high[j]) & (high[i] >= low[j])) for j in range(i)) for i in range(300)
    ]
    found = _met_before(low, high)
    assert 20 < found.sum() < 280
    assert found.tolist() == naive


RULES = [
    npl.Hebbian(-3.0),
    npl.Oja(0.7, decay=1.5),
    npl.Covariance(-2.0, 0.3),
    npl.BCM(1.5, 0.2),
    npl.PresynapticallyGated(-1.5),
    npl.PostsynapticallyGated(2.0),
]


def some_network(rule, logistic, seed=0):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(5, 0.6, seed=3, directed=True)
    graph.add_edge(1, 1)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.uniform(0.3, 1.5))
    activation = npl.Logistic(gain=3.0, threshold=0.2) if logistic else npl.Tanh(gain=1.3)
    return npl.PlasticNetwork(
        graph,
        rule,
        bias=rng.normal(size=5),
        static_weight=rng.normal(size=graph.number_of_edges()),
        activation=activation,
    )


def rate_of(system, i, x):
    """phi_i as a ball, or as a power series of balls."""
    gain, threshold = (flint.arb(float(system.table[i, c])) for c in (table.GAIN, table.THRESHOLD))
    z = (x - threshold) * gain
    if system.table[i, table.KIND] == KINDS["tanh"]:
        return 1 - 2 / ((z * 2).exp() + 1)
    return 1 / ((-z).exp() + 1)


def force_of(system, x):
    """F written out for balls or power series, arc by arc."""
    v = [rate_of(system, i, x[i]) for i in range(system.n)]
    result = []
    for i in range(system.n):
        node = [flint.arb(float(c)) for c in system.table[i]]
        total = x[i] - node[table.BIAS]
        for g in range(system.row[i], system.row[i + 1]):
            for a in range(system.group[g], system.group[g + 1]):
                arc = [flint.arb(float(c)) for c in system.arcs[a]]
                plastic = arc[table.C_LOW].union(arc[table.C_HIGH])
                static = arc[table.S_LOW].union(arc[table.S_HIGH])
                j = int(system.source[a])
                source = [flint.arb(float(c)) for c in system.table[j]]
                post = node[table.POST0] + node[table.POST1] * v[i]
                post = post + node[table.POST2] * v[i] * v[i]
                pre = v[j] * (source[table.PRE0] + source[table.PRE1] * v[j])
                decay = node[table.GAMMA] + arc[table.ZETA] * v[i] * v[i]
                total = total - static * v[j] - plastic * post * pre / decay
        result.append(total)
    return result


def holds(interval, ball):
    """Whether an enclosure holds a ball, with room for the ball's own radius only."""
    return bool(
        flint.arb(float(interval.mid - 0.0)) - flint.arb(float(interval.rad)) <= ball.upper()
        and ball.lower() <= flint.arb(float(interval.mid)) + flint.arb(float(interval.rad))
    )


CASES = [(rule, logistic) for rule in RULES for logistic in (False, True)]


@pytest.mark.parametrize(("rule", "logistic"), CASES)
def test_taylor_coefficients_hold_those_of_power_series(rule, logistic):
    system = system_of(some_network(rule, logistic))
    equations = SystemEquations(system)
    rng = np.random.default_rng(1)
    for width in (0.0, 1e-6, 0.1):
        x = [rng.normal(size=system.n) for _ in range(4)]
        boxes = [MidRad(a, np.full(system.n, width)) for a in x]
        found = equations.taylor(boxes)
        jacobian = equations.jacobian(boxes[0])
        for _ in range(6):
            inside = [a + width * rng.uniform(-1.0, 1.0, system.n) * 0.999 for a in x]
            series = [
                flint.arb_series([float(a[i]) for a in inside], prec=4) for i in range(system.n)
            ]
            exact = force_of(system, series)
            for i in range(system.n):
                for k in range(4):
                    assert holds(found[k][i], exact[i][k])
                    if width == 0.0:
                        size = 1.0 + abs(float(exact[i][k].mid()))
                        assert found[k][i].rad < 1e-11 * size
        for j in range(system.n):
            point = [flint.arb_series([float(x[0][i]), float(i == j)], prec=2) for i in range(5)]
            slopes = force_of(system, point)
            assert all(holds(jacobian[i, j], slopes[i][1]) for i in range(5))


@pytest.mark.parametrize(("rule", "logistic"), CASES)
def test_residuals_have_fifty_decimals(rule, logistic):
    """Where coefficients are exact; else they are as wide as the coefficients allow."""
    net = some_network(rule, logistic).replace(static_weight=0.5)
    system = system_of(net)
    rng = np.random.default_rng(2)
    for scale in (1e-9, 1.0, 20.0):
        x = rng.normal(size=system.n) * scale
        found = exact_residual(system, x)
        exact = force_of(system, [flint.arb(float(a)) for a in x])
        assert all(holds(found[i], exact[i]) for i in range(system.n))
        assert np.all(found.rad <= 1e-13 * (1.0 + scale))


@pytest.mark.parametrize("kind", ["tanh", "logistic"])
def test_rates_in_balls(kind):
    rng = np.random.default_rng(3)
    arguments = [*(rng.normal(size=60) * 10.0 ** rng.uniform(-8, 2, 60)), 0.0, 1e-300, 80.0, -300.0]
    for x in arguments:
        gain, threshold = 1.7, 0.3
        with flint.ctx.workprec(BITS):
            found = exact_rate(KINDS[kind], gain, threshold, float(x))
        z = (flint.arb(float(x)) - flint.arb(threshold)) * flint.arb(gain)
        exact = 1 - 2 / ((2 * z).exp() + 1) if kind == "tanh" else 1 / (1 + (-z).exp())
        assert found.lower() <= exact.upper()
        assert exact.lower() <= found.upper()
        assert found.rad() <= flint.arb(2) ** -172  # more than fifty decimals


def test_points_and_slopes_of_the_curve():
    """g in the pair: by symmetry about the pitchfork's centre it is odd in the direction (1, -1).

    Reference: u(z) solved in ball arithmetic by Newton's method, g from the definition.
    """
    system = system_of(anti(PAIR, -6.54))
    reduction = Reduction(system, SystemEquations(system), np.array([0.5, 0.5]))
    tube = reduction.prove(0.0, 0.05, np.zeros(1), np.array([0.02]))
    assert tube is not None
    coefficients = reduction.coefficients(tube, 3)
    for z in (-0.05, -0.03, 1e-3, 0.04):
        found = reduction.point(z, np.zeros(1))
        assert found is not None
        low, high = found[1]
        exact = curve_value(system, reduction, z)
        assert flint.arb(low) <= exact.upper()
        assert exact.lower() <= flint.arb(high)
        assert high - low < 1e-14
    h = flint.arb(2) ** -40
    samples = [curve_value(system, reduction, flint.arb(0.02) + h * k) for k in (-2, -1, 0, 1, 2)]
    first = (samples[3] - samples[1]) / (2 * h)
    third = (samples[4] - 2 * samples[3] + 2 * samples[1] - samples[0]) / (2 * h**3)
    assert holds(coefficients[0], first)
    assert holds(coefficients[2], third / 6)


def curve_value(system, reduction, z):
    """g(z) in ball arithmetic; u(z) by bisection, as G_1 rises with u."""
    centre = [flint.arb(float(c)) for c in reduction.centre]
    basis = [[flint.arb(float(q)) for q in row] for row in reduction.basis]
    left = [[flint.arb(float(q)) for q in row] for row in reduction._left]

    def g(u):
        x = [c + row[0] * u + row[1] * flint.arb(z) for c, row in zip(centre, basis, strict=True)]
        force = force_of(system, x)
        return [row[0] * force[0] + row[1] * force[1] for row in left]

    return g(bisect(lambda u: -g(u)[0], -0.05, 0.05, steps=250))[1]
