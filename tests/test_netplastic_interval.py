"""The interval kernels against arbitrary-precision ball arithmetic (python-flint)."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest

from netplastic._support import KINDS
from netplastic.dynamics import _kernels as dynamics_kernels
from netplastic.equilibria.certified._kernels import _interval as interval
from netplastic.equilibria.certified._kernels import activate
from netplastic.equilibria.certified._kernels._interval import (
    LOGISTIC,
    MARGIN,
    TANH,
    divide,
    down,
    inverse_down,
    inverse_up,
    multiply,
    quadratic,
    square,
    subtract,
    up,
)

PARAMETERS = [(1.0, 0.0), (3.7, 0.2), (0.11, -2.3), (25.0, 1.0 / 3.0)]


@pytest.fixture(autouse=True)
def precision():
    """Enough bits to tell tanh(700) from 1: exp(-1400) is 2**-2020."""
    before = flint.ctx.prec
    flint.ctx.prec = 2600
    yield
    flint.ctx.prec = before


pytestmark = pytest.mark.interpreted


def arguments(size, rng, gain, threshold):
    """Random arguments of all magnitudes, and those at which formulas change or cancel."""
    z = np.concatenate([rng.normal(size=size) * s for s in (1e-12, 1e-4, 0.3, 1.0, 4.0, 15.0)])
    special = np.array([0.0, 1.0, -1.0, 0.5, 18.0, 19.1, 36.7, -36.7, 300.0, -300.0, 5e-324])
    around = np.concatenate([np.nextafter(special, np.inf), np.nextafter(special, -np.inf)])
    return np.concatenate([z, special, around]) / gain + threshold


def exact(kind, gain, threshold, x):
    z = flint.arb(gain) * (flint.arb(x) - flint.arb(threshold))
    if kind == TANH:
        v = z.tanh()
        return v, flint.arb(gain) * (1 - v * v)
    v = 1 / (1 + (-z).exp())
    return v, flint.arb(gain) * v * (1 - v)


def check_activation(kind, gain, threshold, size, seed):
    """Return the largest share of the allowed relative error that was used."""
    worst = 0.0
    for x in arguments(size, np.random.default_rng(seed), gain, threshold):
        low, high, slope_low, slope_high = activate(kind, gain, threshold, float(x))
        v, slope = exact(kind, gain, threshold, float(x))
        assert flint.arb(low) <= v, (kind, gain, threshold, x)
        assert v <= flint.arb(high), (kind, gain, threshold, x)
        assert flint.arb(slope_low) <= slope, (kind, gain, threshold, x)
        assert slope <= flint.arb(slope_high), (kind, gain, threshold, x)
        if kind == TANH and abs(0.5 * (low + high)) > 1e-150 and max(high, -low) < 1.0:
            error = abs(float((v - flint.arb(0.5 * (low + high))) / v))
            worst = max(worst, error / MARGIN)
    return worst


def test_all_kernels_mean_the_same_activations():
    assert {"tanh": TANH, "logistic": LOGISTIC} == KINDS
    assert {"tanh": dynamics_kernels.TANH, "logistic": dynamics_kernels.LOGISTIC} == KINDS


@pytest.mark.parametrize("kind", [TANH, LOGISTIC])
@pytest.mark.parametrize(("gain", "threshold"), PARAMETERS)
def test_rates_and_slopes_are_enclosed(kind, gain, threshold):
    assert check_activation(kind, gain, threshold, 150, 0) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("kind", [TANH, LOGISTIC])
@pytest.mark.parametrize(("gain", "threshold"), PARAMETERS)
def test_rates_and_slopes_are_enclosed_on_many_arguments(kind, gain, threshold):
    flint.ctx.prec = 700
    rng = np.random.default_rng(1)
    z = rng.uniform(-40.0, 40.0, 125_000) * rng.choice([1.0, 1e-3, 1e-8], 125_000)
    for x in z / gain + threshold:
        low, high, slope_low, slope_high = activate(kind, gain, threshold, float(x))
        v, slope = exact(kind, gain, threshold, float(x))
        assert flint.arb(low) <= v <= flint.arb(high)
        assert flint.arb(slope_low) <= slope <= flint.arb(slope_high)


@pytest.mark.parametrize("kind", [TANH, LOGISTIC])
@pytest.mark.parametrize(("gain", "threshold"), PARAMETERS)
def test_inverses_are_bounded(kind, gain, threshold):
    rng = np.random.default_rng(2)
    v = np.concatenate([rng.uniform(0, 1, 300), 10.0 ** rng.uniform(-12, 0, 300)])
    v = np.concatenate([v, 1.0 - v[300:]])
    if kind == TANH:
        v = np.concatenate([v, -v])
    for rate in v[np.abs(v) < 1.0]:
        rate = float(rate)
        if rate == 0.0:
            continue
        a = flint.arb(rate)
        z = ((1 + a) / (1 - a)).log() / 2 if kind == TANH else (a / (1 - a)).log()
        x = z / flint.arb(gain) + flint.arb(threshold)
        assert flint.arb(inverse_down(kind, gain, threshold, rate)) <= x, rate
        assert x <= flint.arb(inverse_up(kind, gain, threshold, rate)), rate


def test_inverses_are_infinite_at_the_bounds():
    assert inverse_up(TANH, 1.0, 0.0, 1.0) == math.inf
    assert inverse_down(TANH, 1.0, 0.0, -1.0) == -math.inf
    assert inverse_down(LOGISTIC, 1.0, 0.0, 0.0) == -math.inf
    assert inverse_up(LOGISTIC, 1.0, 0.0, 1.0) == math.inf


def intervals(rng, size):
    ends = rng.normal(size=(size, 2)) * 10.0 ** rng.integers(-8, 9, size=(size, 1))
    return np.sort(ends, axis=1)


def test_arithmetic_is_outward():
    rng = np.random.default_rng(3)
    for a, b in zip(intervals(rng, 400), intervals(rng, 400), strict=True):
        points = [(float(x), float(y)) for x in (*a, a.mean()) for y in (*b, b.mean())]
        for low, high, operation in (
            (*multiply(*a, *b), lambda x, y: x * y),
            (*subtract(*a, *b), lambda x, y: x - y),
        ):
            for x, y in points:
                value = operation(flint.arb(x), flint.arb(y))
                assert flint.arb(low) <= value <= flint.arb(high)
        if not b[0] <= 0.0 <= b[1]:
            low, high = divide(*a, *b)
            for x, y in points:
                assert flint.arb(low) <= flint.arb(x) / flint.arb(y) <= flint.arb(high)
        low, high = square(*a)
        for x, _ in points:
            assert flint.arb(low) <= flint.arb(x) ** 2 <= flint.arb(high)


def test_division_by_an_interval_with_zero_is_the_whole_line():
    assert divide(1.0, 2.0, -1.0, 1.0) == (-math.inf, math.inf)


def test_quadratic_range_is_enclosed_and_tight():
    rng = np.random.default_rng(4)
    for _ in range(500):
        c = rng.normal(size=3) * rng.integers(0, 2, size=3)
        low, high = np.sort(rng.uniform(-1.5, 1.5, 2))
        bottom, top = quadratic(*c, low, high)
        v = np.linspace(low, high, 201)
        values = c[0] + c[1] * v + c[2] * v**2
        assert bottom <= values.min() + 1e-13
        assert top >= values.max() - 1e-13
        for x in (low, high, *v[::40]):
            p = (
                flint.arb(c[0])
                + flint.arb(c[1]) * flint.arb(x)
                + flint.arb(c[2]) * flint.arb(x) ** 2
            )
            assert flint.arb(bottom) <= p <= flint.arb(top)
        # 201 points miss the vertex by at most h/2 of curvature c2
        slack = abs(c[2]) * ((high - low) / 200) ** 2 + 1e-12
        assert bottom >= values.min() - slack
        assert top <= values.max() + slack


def test_rounding_moves_past_the_exact_value():
    for r in (1.0, -1.0, 1.5e300, 3e-310, 0.0, 0.1):
        assert down(r) < r < up(r)


def test_kernels_never_use_fastmath():
    """Reordered sums and contracted products would void the error bounds."""
    import importlib
    import pkgutil

    from netplastic.equilibria.certified import _kernels

    names = [found.name for found in pkgutil.iter_modules(_kernels.__path__)]
    assert {"_interval", "_enclose", "_newton", "_relaxation", "_search", "_inertia"} <= set(names)
    for name in names:
        module = importlib.import_module(f"{_kernels.__name__}.{name}")
        for member in vars(module).values():
            options = getattr(member, "targetoptions", None)
            if options is not None and member.py_func.__module__ == module.__name__:
                assert not options.get("fastmath", False), member
                assert options.get("error_model") == "numpy", member
    assert interval.MARGIN == 16 * 2.0**-52
