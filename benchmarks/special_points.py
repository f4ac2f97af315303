"""Counts at and beside special points: thousands of small networks, none of which may contradict.

Zero biases and round parameters; strengths at a singular Jacobian (found by bisection to the last
digit) and beside it at relative distances of 1e-9 to 2e-16. Every count is asked for in several
ways, and neighbors on one side of the point must agree as far as they are settled.

    python benchmarks/special_points.py [--networks 5000] [--first 0] [--open]
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from collections.abc import Iterator

import networkx as nx
import numpy as np

import netplastic as npl
from netplastic.model import jacobian

DISTANCES = (1e-9, 1e-12, 1e-14, 4e-16, 2e-16)
ROUND = (0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 8.0, 10.0)
BUDGET = npl.Budget(boxes=4000, starts=24)


def graphs(rng: np.random.Generator) -> nx.Graph:
    """A small graph, often a symmetric one."""
    n = int(rng.integers(2, 5))
    kind = int(rng.integers(5))
    if kind == 0:
        return nx.path_graph(n)
    if kind == 1:
        return nx.complete_graph(n)
    if kind == 2:
        return nx.cycle_graph(max(n, 3))
    if kind == 3:
        return nx.star_graph(n - 1)
    return nx.gnp_random_graph(n, 0.7, seed=int(rng.integers(1000)), directed=bool(rng.integers(2)))


def base_network(rng: np.random.Generator) -> npl.PlasticNetwork:
    """Round parameters, and often no bias."""
    rules = (npl.Hebbian, npl.Covariance, npl.Oja, npl.PresynapticallyGated, npl.BCM)
    strength = float(rng.choice(ROUND)) * (1.0 if rng.random() < 0.5 else -1.0)
    rule = rules[int(rng.integers(len(rules)))]
    if rule is npl.Oja:
        strength = abs(strength)  # with the other sign a decay may vanish
    activation = (npl.Tanh if rng.random() < 0.8 else npl.Logistic)(
        gain=float(rng.choice(ROUND[:5]))
    )
    return npl.PlasticNetwork(
        graphs(rng),
        rule(0.0 if rng.random() < 0.1 and rule is npl.Hebbian else strength),
        bias=0.0 if rng.random() < 0.7 else float(rng.choice([0.5, 1.0, -1.0])),
        static_weight=float(rng.choice([0.0, 0.0, 0.5, 1.0, -1.0, 2.0])),
        activation=activation,
        learning_rate=float(rng.choice([1.0, 0.01, 1e-12, 1e3, np.inf])),
    )


def singular_gain(net: npl.PlasticNetwork) -> float | None:
    """Gain at which the Jacobian at x = 0 becomes singular, to the last digit; None: nowhere."""

    def determinant(gain: float) -> float:
        changed = net.replace(activation=type(net.activation)(gain=gain))
        return float(np.linalg.det(jacobian(changed, np.zeros(net.n))))

    low, high = 0.05, 8.0
    if not determinant(low) * determinant(high) < 0.0:
        return None
    side = np.sign(determinant(low))
    while np.nextafter(low, np.inf) < high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if np.sign(determinant(middle)) == side else (low, middle)
    return high


def networks(first: int, number: int) -> Iterator[tuple[int, npl.PlasticNetwork]]:
    """The network itself, or one at or beside the gain at which its rest state is singular."""
    for seed in range(first, first + number):
        rng = np.random.default_rng(seed)
        net = base_network(rng)
        gain = singular_gain(net) if rng.random() < 0.6 else None
        if gain is not None:
            distance = float(rng.choice([0.0, *DISTANCES])) * float(rng.choice([-1.0, 1.0]))
            net = net.replace(activation=type(net.activation)(gain=gain * (1.0 + distance)))
        yield seed, net


def outcome(net: npl.PlasticNetwork) -> str:
    """ "settled" or "open"; AssertionError or what else goes wrong says that something is."""
    found = npl.find_equilibria(net, budget=BUDGET, rng=0)
    count = npl.count_equilibria(net, budget=BUDGET, rng=0)
    stable = npl.count_equilibria(net, stable_only=True, budget=BUDGET, rng=0)
    sampled = npl.find_equilibria(net, method="sampled", budget=BUDGET, rng=0)
    for other in (found.count, sampled.count):
        assert max(count.lower, other.lower) <= min(count.upper, other.upper), (count, other)
    for other in (found.stable_count, sampled.stable_count):
        assert max(stable.lower, other.lower) <= min(stable.upper, other.upper), (stable, other)
    assert found.stable_count.lower <= found.count.lower
    assert stable.lower <= count.upper
    proved = np.isfinite(found.radius)
    assert int(proved.sum()) <= found.count.upper
    flipped = net.bias.any() or not net.is_hebbian or net.activation.kind != "tanh"
    if found.count.exact and found.count.method == "certified" and not flipped:
        # x and -x are equilibria together, and 0 is one
        assert found.count.lower % 2 == 1
    return "settled" if count.exact and stable.exact else "open"


def main() -> None:
    """Print how many were settled, left open, or went wrong, and which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--open", action="store_true", help="name the open ones, too")
    options = parser.parse_args()
    warnings.simplefilter("error")
    tally: Counter[str] = Counter()
    began = time.process_time()
    for seed, net in networks(options.first, options.networks):
        try:
            tally[(result := outcome(net))] += 1
            if result == "open" and options.open:
                print(f"{seed}: open", flush=True)
        except Exception as error:
            tally["wrong"] += 1
            print(f"{seed}: {type(error).__name__}: {error}", flush=True)
    print(dict(tally), f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
