"""Critical learning rates against bisection on the full Jacobian, theory and simulation."""

from __future__ import annotations

import math
import time

import networkx as nx
import numpy as np
import pytest
from bialternate import pencil_rates
from scipy import linalg
from scipy.integrate import solve_ivp

import netplastic as npl
from netplastic._support import Halt, HaltedError, apart, halting
from netplastic.model import equilibrium_weights, full_jacobian, jacobian, residual
from netplastic.stability import RateStatus, critical_learning_rate_bound, learning_rate_crossings
from netplastic.stability._critical import followed
from netplastic.stability._crossings import linearisation
from netplastic.stability._last_crossing import last_crossing


def relaxed_states(net, rng, starts=6):
    """Equilibria by Newton's method from random states; plain and independent of the searches."""
    found = []
    for _ in range(starts):
        x = rng.uniform(-0.2, 1.2, net.n) * net.bias
        for _ in range(60):
            step = np.linalg.solve(jacobian(net, x), residual(net, x))
            x = x - step / max(1.0, np.abs(step).max())
            if np.abs(step).max() < 1e-13:
                break
        if np.abs(residual(net, x)).max() < 1e-10 and not any(
            np.abs(x - y).max() < 1e-6 for y in found
        ):
            found.append(x)
    return found


def full_abscissa(net, x, rate):
    matrix = full_jacobian(net.replace(learning_rate=rate), x).toarray()
    return float(linalg.eigvals(matrix).real.max())


def random_network(rng):
    n = int(rng.integers(3, 7))
    kind = rng.integers(4)
    graph = nx.gnp_random_graph(n, 0.7, seed=int(rng.integers(1 << 30)), directed=kind == 3)
    strength = -float(rng.uniform(3.0, 40.0))
    rule = npl.Hebbian(strength, decay=float(rng.uniform(0.5, 2.0)))
    bias = rng.uniform(0.6, 1.6, n)
    tau = float(rng.uniform(0.5, 2.0))
    if kind == 2:  # nodes that differ in everything
        tau = rng.uniform(0.5, 2.0, n)
        rule = npl.Hebbian(strength, decay=rng.uniform(0.5, 2.0, n))
    return npl.PlasticNetwork(graph, rule, bias=bias, tau=tau)


def bisected_rate(net, x, low, high):
    """Bisection on the sign of the abscissa of the full (n + m) Jacobian."""
    at_low = full_abscissa(net, x, low) > 0.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        if (full_abscissa(net, x, middle) > 0.0) == at_low:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def agree_with_full_jacobian(cases, seed):
    """Compare on so many equilibria; returns how many had a finite positive critical rate."""
    rng = np.random.default_rng(seed)
    finite = done = 0
    while done < cases:
        net = random_network(rng)
        for x in relaxed_states(net, rng):
            critical = npl.critical_learning_rate(net, x)
            if critical == 0.0:
                assert all(full_abscissa(net, x, r) < 0.0 for r in np.geomspace(1e-3, 1e3, 25))
            elif math.isinf(critical):
                # The growing mode can be slow when learning is: its rate is of order epsilon.
                assert all(full_abscissa(net, x, r) > 0.0 for r in np.geomspace(1e-3, 1e3, 25))
            else:
                expected = bisected_rate(net, x, critical / 1.5, critical * 1.5)
                assert critical == pytest.approx(expected, rel=1e-6)
                below, above = (full_abscissa(net, x, f * critical) for f in (0.999, 1.001))
                assert below * above < 0.0
                finite += 1
            done += 1
    return finite


def test_agrees_with_bisection_on_the_full_jacobian():
    assert agree_with_full_jacobian(60, seed=1) >= 5


@pytest.mark.slow
def test_agrees_with_bisection_on_the_full_jacobian_on_many_cases():
    assert agree_with_full_jacobian(600, seed=2) >= 40


def finite_cases(wanted, seed):
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < wanted:
        net = random_network(rng)
        for x in relaxed_states(net, rng):
            crossing = learning_rate_crossings(net, x)
            single = len(crossing.rates) == 1 and crossing.unstable.tolist() == [2, 0]
            if single and len(found) < wanted:
                found.append((net, x, crossing))
    return found


def general_method(net, x):
    """Crossings without the help of theorems."""
    return followed(linearisation(net, x))


def directed_network(rng):
    """Mixed signs, and nodes that differ in decay and time constant: several crossings occur."""
    n = int(rng.integers(3, 6))
    graph = nx.gnp_random_graph(n, 0.8, seed=int(rng.integers(1 << 30)), directed=True)
    arcs = graph.number_of_edges()
    strength = rng.choice([-1.0, 1.0], arcs) * rng.uniform(2.0, 30.0, arcs)
    return npl.PlasticNetwork(
        graph,
        npl.Hebbian(strength, decay=rng.uniform(0.3, 3.0, n)),
        bias=rng.uniform(0.5, 1.5, n),
        tau=rng.uniform(0.3, 3.0, n),
    )


def agree_with_pencil(cases, seed):
    """Compare all crossings on so many equilibria; returns how many had one and several."""
    rng = np.random.default_rng(seed)
    done = one = several = 0
    while done < cases:
        net = directed_network(rng) if done % 2 else random_network(rng)
        for x in relaxed_states(net, rng, starts=3):
            ours, other = general_method(net, x), pencil_rates(net, x)
            np.testing.assert_allclose(ours.rates, other, rtol=1e-8)
            done, one, several = done + 1, one + (len(other) == 1), several + (len(other) > 1)
    return one, several


def test_the_scan_finds_all_crossings_of_the_pencil():
    one, several = agree_with_pencil(120, seed=3)
    assert one >= 8
    assert several >= 1


@pytest.mark.slow
def test_the_scan_finds_all_crossings_of_the_pencil_on_many_cases():
    one, several = agree_with_pencil(2000, seed=4)
    assert one >= 150
    assert several >= 30


def test_frequencies_and_growing_modes_at_the_crossings():
    for net, x, _ in finite_cases(8, seed=3):
        ours = general_method(net, x)
        assert ours.status is RateStatus.SCANNED
        (rate,) = pencil_rates(net, x)
        np.testing.assert_allclose(ours.rates, rate, rtol=1e-8)
        values = linalg.eigvals(full_jacobian(net.replace(learning_rate=rate), x).toarray())
        pair = values[np.abs(values.imag) > 1e-6]
        frequency = abs(pair[np.abs(pair.real).argmin()].imag)
        np.testing.assert_allclose(ours.frequencies, frequency, rtol=1e-6)
        np.testing.assert_array_equal(ours.unstable, [2, 0])


def naive_rhs(net, rate):
    """The full system, arc by arc: tau x' = -x + b + sum a (u + w) V, w' = eps (eta V V - gamma
    w)."""
    arcs = list(zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True))
    n = net.n

    def rhs(_t, z):
        v = np.tanh(z[:n])
        dx = -z[:n] + net.bias
        dw = np.empty(len(arcs))
        for number, (j, i) in enumerate(arcs):
            dx[i] += net.arc_weight[number] * (net.static_weight[number] + z[n + number]) * v[j]
            drive = net.strength[number] * v[i] * v[j]
            dw[number] = rate * (drive - net.decay[i] * z[n + number])
        return np.concatenate([dx / net.tau, dw])

    return rhs


def deviation_rate(net, x, rate, frequency):
    """Growth rate of a small deviation in a simulation of the full system, by a fit of its size."""
    rest = np.concatenate([x, equilibrium_weights(net, x)])
    matrix = full_jacobian(net.replace(learning_rate=rate), x).toarray()
    values, vectors = linalg.eig(matrix)
    lead = vectors[:, values.real.argmax()].real
    start = rest + 1e-5 * lead / np.linalg.norm(lead)
    period = 2.0 * np.pi / frequency
    times = np.linspace(0.0, 6.0 * period, 601)
    run = solve_ivp(
        naive_rhs(net, rate), (0.0, times[-1]), start, t_eval=times, rtol=1e-10, atol=1e-14
    )
    size = np.linalg.norm(run.y - rest[:, None], axis=0)
    # One maximum per period, so the swing within a period does not enter.
    peaks = size[1:].reshape(6, 100).max(axis=1)
    return np.polyfit(np.arange(6) * period, np.log(peaks), 1)[0]


def decays_above_and_grows_below(cases):
    for net, x, crossing in cases:
        critical, frequency = float(crossing.rates[0]), float(crossing.frequencies[0])
        for factor, count in ((0.9, crossing.unstable[0]), (1.1, crossing.unstable[1])):
            growth = deviation_rate(net, x, factor * critical, frequency)
            assert (growth > 0.0) == (count > 0), (factor, growth)


def test_simulations_grow_below_and_decay_above_the_critical_rate():
    decays_above_and_grows_below(finite_cases(4, seed=5))


@pytest.mark.slow
def test_twenty_simulations_grow_below_and_decay_above_the_critical_rate():
    decays_above_and_grows_below(finite_cases(20, seed=6))


@pytest.mark.parametrize("strength", [0.5, 2.0, 6.0])
def test_hebbian_undirected_equilibria_are_stable_at_every_rate_or_at_none(strength):
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(6):
        graph = nx.gnp_random_graph(5, 0.6, seed=int(rng.integers(1000)))
        net = npl.PlasticNetwork(graph, npl.Hebbian(strength), bias=rng.normal(0.0, 0.2, 5))
        for x in relaxed_states(net, rng):
            critical = npl.critical_learning_rate(net, x)
            seen.add(critical)
            # The theorem, against the general method on the same equilibrium.
            assert general_method(net, x).critical == critical
            assert not pencil_rates(net, x)
    assert seen <= {0.0, math.inf}


def test_anti_hebbian_theorems_agree_with_the_general_method():
    rng = np.random.default_rng(8)
    outcomes = set()
    for _ in range(12):
        graph = nx.gnp_random_graph(5, 0.6, seed=int(rng.integers(1000)))
        net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0), bias=rng.uniform(0.7, 1.4, 5))
        for x in relaxed_states(net, rng):
            found = learning_rate_crossings(net, x)
            general = general_method(net, x)
            assert general.critical == pytest.approx(found.critical, rel=1e-8)
            np.testing.assert_allclose(general.rates, pencil_rates(net, x), rtol=1e-8)
            outcomes.add("finite" if 0.0 < found.critical < math.inf else str(found.critical))
            if math.isfinite(found.critical):
                bound = critical_learning_rate_bound(net, x)
                assert found.critical <= bound * (1.0 + 1e-12)
                assert (bound == 0.0) == (found.critical == 0.0)
    assert outcomes == {"0.0", "inf", "finite"}


def test_five_cycle_loses_its_stable_equilibria_at_slow_learning():
    # docs/theory.md#section-3: five stable equilibria at epsilon = 0.3 and none at 0.01.
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    rng = np.random.default_rng(0)
    states = np.array(relaxed_states(net, rng, starts=300))
    rates = npl.critical_learning_rate(net, states)
    assert rates.shape == (len(states),)
    assert np.count_nonzero(rates < 0.3) == 5
    assert np.count_nonzero(rates < 0.01) == 0
    table = npl.critical_learning_rates(net, states)
    finite = table[np.isfinite(table.critical_rate)]
    assert len(finite) == 5
    assert (finite.frequency > 0.0).all()
    assert np.ptp(finite.critical_rate) < 1e-9  # one orbit of the cycle's symmetries
    assert (finite.bound >= finite.critical_rate).all()


def test_several_crossings_on_a_directed_network():
    """A case with more than one crossing, found by both methods and confirmed on the full
    Jacobian."""
    rng = np.random.default_rng(11)
    for _ in range(400):
        net = directed_network(rng)
        for x in relaxed_states(net, rng, starts=2):
            found = learning_rate_crossings(net, x)
            if len(found.rates) > 1:
                np.testing.assert_allclose(found.rates, pencil_rates(net, x), rtol=1e-8)
                for rate, below, above in zip(
                    found.rates, found.unstable[:-1], found.unstable[1:], strict=True
                ):
                    for factor, count in ((0.9999, below), (1.0001, above)):
                        matrix = full_jacobian(net.replace(learning_rate=factor * rate), x)
                        values = linalg.eigvals(matrix.toarray())
                        assert np.count_nonzero(values.real > 0.0) == count
                assert len(found.to_frame()) == len(found.rates)
                return
    raise AssertionError("no case with several crossings among those drawn")


def test_oja_with_mixed_strengths_uses_the_full_jacobian():
    graph = nx.gnp_random_graph(4, 0.9, seed=2, directed=True)
    strength = np.linspace(0.5, 3.0, graph.number_of_edges())
    net = npl.PlasticNetwork(graph, npl.Oja(strength), bias=0.4)
    assert not net.decay_is_nodal
    outcomes = set()
    for x in relaxed_states(net, np.random.default_rng(0), starts=30):
        critical = npl.critical_learning_rate(net, x)
        outcomes.add(critical)
        for rate in np.geomspace(1e-3, 1e3, 13):
            assert (full_abscissa(net, x, rate) < 0.0) == (critical < rate)
    assert outcomes == {0.0, math.inf}


def test_a_singular_equilibrium_is_marginal():
    # The pair at its pitchfork: x + |k| V^3 = 1 and |k| V^2 (1 - V^2) = 1
    # (docs/theory.md#section-5). Eliminating |k|: x + V / (1 - V^2) = 1.
    low, high = 0.1, 0.9
    for _ in range(200):
        x = 0.5 * (low + high)
        v = math.tanh(x)
        if x + v / (1.0 - v * v) < 1.0:
            low = x
        else:
            high = x
    k = 1.0 / (v * v * (1.0 - v * v))
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-k))
    found = learning_rate_crossings(net, np.full(2, x))
    assert found.status is RateStatus.MARGINAL
    assert math.isnan(found.critical)
    assert found.status.meaning
    assert found.status.remedy


def test_a_network_without_arcs_has_no_crossing():
    net = npl.PlasticNetwork(nx.empty_graph(3, create_using=nx.DiGraph), npl.Hebbian(-5.0))
    found = general_method(net, np.ones(3))
    assert (found.rates.size, found.unstable.tolist(), found.critical) == (0, [0], 0.0)


def test_states_that_are_no_equilibria_are_refused():
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0))
    with pytest.raises(ValueError, match="no equilibrium"):
        npl.critical_learning_rate(net, np.array([0.3, 0.4]))
    with pytest.raises(ValueError, match="shape"):
        npl.critical_learning_rate(net, np.zeros(3))
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.critical_learning_rate(None, np.zeros(3))


# -- the last crossing alone, for large networks ---------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_last_crossing_alone_agrees_with_all_crossings(seed):
    """Iteration on the n x n pencil against the eigenvalues of 2n x 2n matrices on a grid."""
    graph = nx.gnm_random_graph(14, 30, seed=seed)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-8.0 - seed, decay=0.5), tau=2.0)
    found = npl.find_equilibria(net, "sampled", rng=0)
    crossed = 0
    for x, minimum in zip(found.activity[:6], found.minimum[:6], strict=True):
        everything = npl.learning_rate_crossings(net, x).critical
        alone = last_crossing(net, x)
        if not minimum:
            assert alone in (math.inf, None)
            assert everything == math.inf
        elif everything > 0.0:
            assert alone == pytest.approx(everything, rel=1e-9)
            crossed += 1
    assert crossed


def test_the_last_crossing_alone_leaves_other_networks_to_the_general_method():
    directed = npl.PlasticNetwork(nx.cycle_graph(5, create_using=nx.DiGraph), npl.Hebbian(-8.0))
    uneven = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-8.0), tau=[1.0, 2, 1, 1, 1])
    for net in (directed, uneven):
        x = npl.find_equilibria(net, rng=0).activity[0]
        assert last_crossing(net, x) is None


@pytest.mark.slow
def test_a_critical_rate_of_a_thousand_nodes_takes_seconds():
    net = npl.PlasticNetwork(nx.gnm_random_graph(1000, 5000, seed=1), npl.Hebbian(-8.0))
    budget = npl.equilibria.Budget(starts=2)
    found = npl.find_equilibria(net, "sampled", stable_only=True, rng=0, budget=budget)
    began = time.process_time()
    rate = npl.critical_learning_rate(net, found.activity[0])
    assert time.process_time() - began < 10.0
    above, below = (
        npl.stability.spectral_abscissa(net.replace(learning_rate=rate * by), found.activity[0])
        for by in (1.001, 0.999)
    )
    assert above < 0.0 < below


def test_a_budget_keeps_the_critical_rates_that_are_known_and_says_so():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    states = npl.find_equilibria(net, "sampled", stable_only=True, rng=0).activity[:2]
    table = npl.critical_learning_rates(net, states, budget=1e-9)
    assert table["status"].tolist() == ["budget of 1e-09 s used up"] * 2
    assert table["critical_rate"].isna().all()
    with pytest.raises(TimeoutError, match="0 of 2 critical rates are known"):
        npl.critical_learning_rate(net, states, budget=1e-9)
    with pytest.raises(TimeoutError, match="before all crossings were known"):
        npl.learning_rate_crossings(net, states[0], budget=1e-9)
    assert npl.critical_learning_rates(net, states, budget=600.0).equals(
        npl.critical_learning_rates(net, states)
    )


def test_decompositions_apart_are_left_once_time_is_up():
    began = time.monotonic()
    with halting("test", 0.2, False) as halt, pytest.raises(HaltedError):
        apart(time.sleep, 5.0, halt=halt)
    assert time.monotonic() - began < 2.0
    assert apart(max, 1, 2, halt=Halt()) == 2
    with pytest.raises(ZeroDivisionError):
        apart(divmod, 1, 0, halt=Halt())
