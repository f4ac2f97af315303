"""Nearly multiple roots: bounds at bifurcations against points located with ball arithmetic."""

from __future__ import annotations

import math

import flint
import networkx as nx
import numpy as np
import pytest
from conftest import PAIR, anti, bisect

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import MidRad, system_of
from netplastic.equilibria.certified import _search as search_module
from netplastic.equilibria.certified._search import search
from netplastic.equilibria.certified._system import refusal
from netplastic.equilibria.certified.clusters import Clusters
from netplastic.equilibria.certified.clusters import _multiple as multiple_module
from netplastic.equilibria.certified.clusters._reduction import Reduction

BUDGET = npl.Budget(boxes=20_000)


pytestmark = pytest.mark.usefixtures("many_digits")


def count(net, **options):
    return npl.count_equilibria(net, budget=BUDGET, **options)


def pitchfork_of_the_pair():
    """|k| V^2 (1 - V^2) = 1 with x + |k| V^3 = 1: in the direction (1, -1) dF/dx is singular."""

    def excess(x):
        v = x.tanh()
        return (1 - x) / v * (1 - v * v) - 1  # |k| V^2 = (1 - x) / V

    x = bisect(excess, 0.1, 0.9)
    return -(1 - x) / x.tanh() ** 3


def fold_of_the_pair(b):
    """Fold of the pair with bias (1, b), b > 1, on the branch where node 1 wins.

    F_1 = x - 1 - k V W^2 and F_2 = y - b - k V^2 W (V = tanh x, W = tanh y) give the curve
    h(x, 1) = h(y, b), h(x, b) = (x - b) tanh x, and along it k = (x - 1) / (V W^2). h falls to one
    minimum and rises; the winner lies right of it, the loser left. At the fold dk/dx = 0.
    """

    def slope(x, c):
        return x.tanh() + (x - c) * (1 - x.tanh() ** 2)

    bottom = [bisect(lambda x, c=c: -slope(x, c), 0.0, 1.0) for c in (1, b)]

    def loser(x):
        level = (x - 1) * x.tanh()
        return bisect(lambda y: (y - b) * y.tanh() - level, 0.0, bottom[1])

    def direction(x):
        y = loser(x)
        v, w = x.tanh(), y.tanh()
        turn = slope(x, 1) / slope(y, b)  # dy/dx
        # d log|k| / dx, times -1: |k| falls towards the fold from below
        return -(1 / (x - 1) - (1 - v * v) / v - 2 * (1 - w * w) / w * turn)

    x = bisect(direction, bottom[0] + flint.arb("1e-3"), 0.9)
    return (x - 1) / (x.tanh() * loser(x).tanh() ** 2)


def beside(k, relative):
    """Float at about that relative distance from a ball, and on which side of it: 1 farther out."""
    value = float((k * (1 + flint.arb(relative))).mid())
    excess = abs(flint.arb(value)) - abs(k)
    assert excess > 0 or excess < 0
    return value, 1 if excess > 0 else -1


DISTANCES = [10.0**-j for j in range(3, 13)]


@pytest.mark.parametrize("distance", DISTANCES)
def test_pair_beside_its_pitchfork(distance):
    """One equilibrium before the pitchfork, three after, settled as near as 1e-12."""
    k = pitchfork_of_the_pair()
    assert float(k) == pytest.approx(-6.537594568076385, rel=1e-14)
    for relative in (-distance, distance):
        value, side = beside(k, relative)
        found = npl.find_equilibria(anti(PAIR, value), method="certified", budget=BUDGET)
        assert int(found.count) == len(found) == (3 if side > 0 else 1)
        # the three lie at distances of about sqrt(relative) from each other
        assert found.radius.max() < 1e-2 * math.sqrt(distance)


def test_pair_at_its_pitchfork():
    """The float nearest to the pitchfork: bounds that hold the truth, and say what happens."""
    found = count(anti(PAIR, float(pitchfork_of_the_pair())))
    assert found.lower == 1
    assert found.upper == 3
    assert found.status == "lower bound"
    assert "pitchfork" in found.reason
    assert "bifurcation" in found.reason


@pytest.mark.parametrize("distance", DISTANCES)
def test_pair_of_unequal_bias_beside_its_fold(distance):
    k = fold_of_the_pair(flint.arb(1.001))
    assert float(k) == pytest.approx(-6.7184213071, rel=1e-9)
    for relative in (-distance, distance):
        value, side = beside(k, relative)
        found = count(anti(PAIR, value, bias=[1.0, 1.001]))
        truth = 3 if side > 0 else 1
        assert found.lower <= truth <= found.upper <= 3
        if distance >= 1e-11:
            assert found.exact


def test_pair_of_unequal_bias_at_its_fold():
    """The fold strength as a float lies before or after the fold: 1, or 3, or bounds of both."""
    k = fold_of_the_pair(flint.arb(1.001))
    for value in (float(k), np.nextafter(float(k), 0.0), np.nextafter(float(k), -10.0)):
        truth = 3 if abs(flint.arb(float(value))) > abs(k) else 1
        found = count(anti(PAIR, value, bias=[1.0, 1.001]))
        assert found.lower <= truth <= found.upper <= 3


def origin_pitchfork(strength):
    """Two nodes, bias 0, static weight u about 1, V = W = tanh x: x = (u + k V^2) V.

    x = V + V^3 / 3 + ..., so (1 - u) = (k - 1/3) V^2 + ...: a pitchfork at u = 1, with three roots
    beyond u = 1 for k < 1/3 and before it for k > 1/3.
    """
    return lambda u: anti(PAIR, strength, bias=0.0, static_weight=u)


@pytest.mark.parametrize("distance", [1e-4, 1e-6, 1e-9])
def test_pitchforks_at_the_origin(distance):
    super_, sub = origin_pitchfork(-0.5), origin_pitchfork(0.6)
    assert int(count(super_(1.0 - distance))) == 1
    assert int(count(super_(1.0 + distance))) == 3
    # the subcritical one has a pair of far roots besides
    assert int(count(sub(1.0 - distance))) == 5
    assert int(count(sub(1.0 + distance))) == 3


def test_at_pitchforks_at_the_origin():
    """At u = 1 itself (k - 1/3) V^2 + ... = 0: for k < 1/3 the origin is proved to be alone."""
    assert int(count(origin_pitchfork(-0.5)(1.0))) == 1
    found = count(origin_pitchfork(0.6)(1.0))
    assert (found.lower, found.upper) == (3, 5)


def test_logistic_pair_at_its_pitchfork():
    """Logistic(4, 1/2) with bias 1: V = 1/2 = x at k = -4, where |k| V^2 phi' = 1 with phi' = 1."""
    logistic = npl.Logistic(gain=4.0, threshold=0.5)
    found = count(anti(PAIR, -4.0, activation=logistic))
    assert (found.lower, found.upper) == (1, 3)
    for distance in (1e-6, 1e-9, 1e-12):
        assert int(count(anti(PAIR, -4.0 * (1.0 - distance), activation=logistic))) == 1
        assert int(count(anti(PAIR, -4.0 * (1.0 + distance), activation=logistic))) == 3


def test_components_at_a_bifurcation_multiply():
    """Bounds of equal and of different components multiply, also beyond the range of floats."""
    k = float(pitchfork_of_the_pair())
    two = count(anti(nx.disjoint_union(PAIR, PAIR), k))
    assert (two.lower, two.upper) == (1, 9)
    many = nx.disjoint_union_all([PAIR] * 700)
    many.add_edge(0, "loop")
    found = count(anti(many, k))
    assert found.upper >= 3**699 > 1e308


def test_stable_counts_beside_a_pitchfork():
    """Beyond it the two asymmetric states are stable, the symmetric one is not."""
    k = pitchfork_of_the_pair()
    before = npl.find_equilibria(
        anti(PAIR, beside(k, -1e-6)[0], learning_rate=1e6), method="certified"
    )
    after = npl.find_equilibria(
        anti(PAIR, beside(k, 1e-6)[0], learning_rate=1e6), method="certified"
    )
    assert int(before.stable_count) == 1
    assert int(after.stable_count) == 2
    assert sorted(after.stable.tolist()) == [False, True, True]
    at = count(anti(PAIR, float(k)), stable_only=True)
    assert at.lower <= 1 <= 2 <= at.upper <= 3


SPECIAL = {
    "cycle_graph(6)": (nx.cycle_graph(6), -12.0),
    "path_graph(4)": (nx.path_graph(4), -15.0),
    "star_graph(4)": (nx.star_graph(4), -80.0),
    "complete_graph(4)": (nx.complete_graph(4), -40.0),
    "cube": (nx.hypercube_graph(3), -6.0),
    "triangle with a tail": (nx.lollipop_graph(3, 2), -25.0),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_points_of_symmetric_graphs(name):
    graph, stop = SPECIAL[name]
    check_special_points(anti(graph, stop), stop)


OTHERS = {
    "covariance": (npl.Covariance(1.0, 0.1), {"bias": 0.0}, PAIR, 1.5),
    "static weights": (npl.Hebbian(-1.0), {"static_weight": 0.3}, PAIR, -12.0),
    "Hebbian, bias 0": (npl.Hebbian(1.0), {"bias": 0.0}, PAIR, 4.0),
    "Oja": (npl.Oja(-1.0), {}, nx.path_graph(3), -0.9),
    "directed": (
        npl.Hebbian(-1.0),
        {},
        nx.DiGraph([(0, 1, {"weight": 1.3}), (1, 0, {"weight": 1.0})]),
        -20.0,
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_special_points_of_other_networks(name):
    rule, parameters, graph, stop = OTHERS[name]
    check_special_points(npl.PlasticNetwork(graph, rule, **parameters), stop)


def of_strength(net, strength):
    rule = net.rule
    return net.replace(rule=type(rule)(**{**vars(rule), "strength": strength}))


def without_tubes(monkeypatch):
    """The search as it is without this module: it leaves what is nearly multiple unsettled."""
    monkeypatch.setattr(Clusters, "absorb", lambda self, found: None)


def check_special_points(net, stop, most=4):
    """Beside a special point the bounds hold what a search away from it counts on that side.

    Special points are located by continuation to about 1e-10; 1e-4 away the roots are so far from
    each other that they are found without tubes. Returns the number of special points checked.
    """
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, stop, hopf=False)
    points = diagram.special_points()["strength"].tolist()
    values = sorted({round(p, 8): p for p in points}.values(), key=abs)
    checked = 0
    for value in values[:most]:
        if any(0.0 < abs(value - other) < 1e-2 * abs(value) for other in values):
            continue
        at = count(of_strength(net, value))
        assert at.exact or (at.reason and math.isfinite(at.upper)), at
        for side in (-1.0, 1.0):
            with pytest.MonkeyPatch.context() as patch:
                without_tubes(patch)
                truth = count(of_strength(net, value * (1.0 + side * 1e-4)))
            if not truth.exact:
                continue
            for distance in (1e-6, 1e-8):
                near = count(of_strength(net, value * (1.0 + side * distance)))
                assert near.exact
                assert near.lower == truth.lower, (value, side, distance)
            assert at.lower <= truth.lower <= at.upper or at.exact
            checked += 1
    return checked


def test_a_double_kernel_gives_an_open_bound_and_says_so():
    """The 5-cycle loses stability in two directions at once (docs/theory.md#section-5)."""
    onset = npl.onset(anti(nx.cycle_graph(5), -20.0))
    found = count(anti(nx.cycle_graph(5), onset.strength))
    assert found.lower >= 1
    assert math.isinf(found.upper)
    assert "dimension 2" in found.reason


def random_network(seed):
    """Two to four nodes, any sign of the strength, unequal biases and weights or equal ones."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    graph = nx.gnp_random_graph(n, 0.8, seed=seed, directed=bool(rng.random() < 0.3))
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.choice([1.0, 1.0, rng.uniform(0.5, 2.0)]))
    bias = 1.0 if rng.random() < 0.4 else rng.uniform(0.5, 1.5, n)
    activation = npl.Tanh() if rng.random() < 0.6 else npl.Logistic(gain=4.0, threshold=0.5)
    sign = -1.0 if rng.random() < 0.7 else 1.0
    rule = npl.Hebbian if rng.random() < 0.7 else npl.Oja
    if rule is npl.Oja:
        sign = 1.0
    return npl.PlasticNetwork(graph, rule(sign), bias=bias, activation=activation), sign


def check_random(seed):
    net, sign = random_network(seed)
    return 0 if refusal(net) else check_special_points(net, 30.0 * sign, most=3)


def test_random_networks_beside_their_special_points():
    assert sum(check_random(seed) for seed in range(5)) >= 2


@pytest.mark.slow
def test_many_random_networks_beside_their_special_points():
    assert sum(check_random(seed) for seed in range(1000, 1300)) >= 100


# ---- faults must show ----------------------------------------------------------------------------


def truths_beside_the_pitchfork():
    """Whether the counts on both sides of the pitchfork and at it are right."""
    k = pitchfork_of_the_pair()
    for relative in (-1e-8, 1e-8, -1e-6, 1e-6):
        value, side = beside(k, relative)
        found = search(system_of(anti(PAIR, value)), False, Clock(BUDGET))
        truth = 3 if side > 0 else 1
        if not len(found) + found.more_low <= truth <= len(found) + found.more_high:
            return False
    return True


def test_without_a_fault_they_are_right():
    assert truths_beside_the_pitchfork()


def test_a_derivative_taken_for_signed_shows(monkeypatch):
    """Enclosures of the derivatives without their widths: every point looks regular."""
    plain = Reduction.coefficients

    def narrow(self, tube, order):
        found = plain(self, tube, order)
        return None if found is None else [MidRad(g.mid, 0.0 * g.rad) for g in found]

    monkeypatch.setattr(Reduction, "coefficients", narrow)
    try:
        right = truths_beside_the_pitchfork()
    except ArithmeticError:
        right = False
    assert not right


def test_a_root_counted_twice_shows(monkeypatch):
    """Roots recorded inside a tube that are not taken for the tube's."""
    plain = multiple_module._Region.inside
    value = beside(pitchfork_of_the_pair(), 1e-5)[0]

    def total():
        found = search(system_of(anti(PAIR, value)), False, Clock(BUDGET))
        return len(found) + found.more_low

    with_tube = monkeypatch.context
    with with_tube() as patch:
        patch.setattr(search_module, "Clusters", Eager)
        patch.setattr(search_module, "_is_settled", lambda found: False)
        assert total() == 3
        patch.setattr(
            multiple_module._Region,
            "inside",
            lambda self, low, high: plain(self, low, high) & False,
        )
        patch.setattr(
            multiple_module, "_decided", lambda region, roots: np.ones(len(roots), dtype=bool)
        )
        assert total() > 3


class Eager(Clusters):
    """Takes the first recorded root for a box that could not be settled, once."""

    def absorb(self, found):
        if found.counters[search_module.PENDING] == 0 and not self._regions:
            k = found.counters[search_module.UNSETTLED]
            assert found.counters[search_module.ROOTS] == 3
            found.unsettled[k] = found.root[0]
            found.counters[search_module.UNSETTLED] += 1
        super().absorb(found)
