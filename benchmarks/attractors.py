"""Attractors next to critical rates and pitchforks, held against long integrations by LSODA.

    python benchmarks/attractors.py [--settings 200] [--first 0]

Every setting is a small network within 5 % of a critical learning rate of one of its equilibria, or
of the strength at which its base branch forks, with one trial beside that equilibrium and one at
random. Each is integrated by LSODA at 1e-11 from the same initial state until it is where
`find_attractors` says that it ends, up to a limit. What does not get there is named.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import Any

import networkx as nx
import numba
import numpy as np
from scipy.integrate import odeint

import netplastic as npl
from netplastic.model import equilibrium_weights

GRAPHS = {
    "pair": nx.path_graph(2),
    "path3": nx.path_graph(3),
    "K3": nx.complete_graph(3),
    "K4": nx.complete_graph(4),
    "C5": nx.cycle_graph(5),
    "star4": nx.star_graph(3),
    "C3 one way": nx.cycle_graph(3, create_using=nx.DiGraph),
}
CLOSE = 2e-3
"""Distance from a claimed end, in the unit of 1 + |x| or of a cycle's amplitude."""
LENGTHS = (50.0, 200.0, 800.0, 3200.0)
"""Of LSODA, in the unit of the slowest time scale, as long as it is not there."""


def setting(seed: int) -> tuple[str, npl.PlasticNetwork, np.ndarray]:
    """Name, network, and the equilibrium next to which one trial starts."""
    rng = np.random.default_rng(seed)
    while True:
        name = list(GRAPHS)[int(rng.integers(len(GRAPHS)))]
        off = float(rng.uniform(-0.05, 0.05))
        if rng.random() < 0.3:
            net = npl.PlasticNetwork(GRAPHS[name], npl.Hebbian(-1.0))
            fork = npl.onset(net).strength
            if not np.isfinite(fork):
                continue
            rate = float(10.0 ** rng.uniform(-1.5, 1.0))
            net = npl.PlasticNetwork(
                GRAPHS[name], npl.Hebbian(fork * (1.0 + off)), learning_rate=rate
            )
            found = npl.find_equilibria(net, rng=0)
            row = int(rng.integers(len(found)))
            what = f"fork {off:+.4f}, rate {rate:.4g}"
        else:
            strength = float(rng.choice([-10.0, -20.0, -50.0]))
            net = npl.PlasticNetwork(GRAPHS[name], npl.Hebbian(strength))
            found = npl.find_equilibria(net, rng=0)
            rates = npl.critical_learning_rate(net, found)
            usable = np.flatnonzero((rates > 2e-3) & np.isfinite(rates))
            if not len(usable):
                continue
            row = int(rng.choice(usable))
            net = net.replace(learning_rate=float(rates[row] * (1.0 + off)))
            what = f"{strength:g}, rate {net.learning_rate:.5g} ({off:+.4f})"
        return f"{name} {what}", net, found.activity[row]


def starts(net: npl.PlasticNetwork, x: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Activities (2, n) and weights (2, m): beside an equilibrium, and at random."""
    rng = np.random.default_rng([seed, 1])
    beside = x + 0.02 * rng.normal(size=net.n)
    anywhere = rng.uniform(-2.0, 2.0, net.n)
    states = np.stack([beside, anywhere])
    return states, np.stack([equilibrium_weights(net, x), equilibrium_weights(net, anywhere)])


@numba.njit
def slope(y: Any, _: float, target: Any, source: Any, strength: Any, pace: float) -> Any:
    """The Hebb rule with tanh, bias and decay 1, written out."""
    n = len(y) - len(target)
    change = np.empty_like(y)
    change[:n] = 1.0 - y[:n]
    for arc in range(len(target)):
        i, j = target[arc], source[arc]
        a, b = np.tanh(y[i]), np.tanh(y[j])
        change[i] += y[n + arc] * b
        change[n + arc] = pace * (strength[arc] * a * b - y[n + arc])
    return change


def by_lsoda(net: Any, y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """States (k, n + m), from one state."""
    rest = (net.wiring.target, net.wiring.source, net.strength, net.learning_rate)
    return odeint(slope, y, times, args=rest, rtol=1e-11, atol=1e-11, mxstep=10**7)


def gap(late: np.ndarray, attractor: npl.dynamics.Attractor) -> float:
    """How far late states (k, n) are from an attractor, in its unit."""
    if attractor.kind == "fixed point":
        size = 1.0 + np.abs(attractor.activity).max()
        return float(np.abs(late - attractor.activity[0]).max() / size)
    apart = np.abs(late[:, None, :] - attractor.activity[None]).max(axis=2).min(axis=1)
    # Between two rows of the loop a state is half their distance away.
    step = np.abs(np.diff(attractor.activity, axis=0)).max()
    return float(max(apart.max() - 0.5 * step, 0.0) / attractor.amplitude)


def verdict(net: npl.PlasticNetwork, y: np.ndarray, claimed: int, found: Any) -> str:
    """Where LSODA ends: "there", "elsewhere" (at another attractor found), or "unclear"."""
    slow = 1.0 + 1.0 / net.learning_rate
    periods = [a.period for a in found.attractors if np.isfinite(a.period)]
    window = max([10.0 * slow, *(1.5 * period for period in periods)])
    seen = []
    for length in LENGTHS:
        part = np.linspace(0.0, length * slow, max(2, int(length * slow / window)) + 1)
        y = by_lsoda(net, y, part)[-1]
        path = by_lsoda(net, y, np.linspace(0.0, window, 2001))
        y = path[-1]
        gaps = [gap(path[:, : net.n], a) for a in found.attractors]
        seen.append(gaps[claimed] if claimed >= 0 else min(gaps, default=np.inf))
        if claimed >= 0 and gaps[claimed] <= CLOSE:
            return "there"
        if min(gaps, default=np.inf) <= CLOSE:
            return f"elsewhere ({int(np.argmin(gaps))} for {claimed})"
    closing = seen[-1] < 0.7 * seen[1]
    return f"{'closing in' if closing else 'unclear'} ({seen[0]:.2g}, {seen[-1]:.2g})"


def main() -> None:
    """Print the settings where both do not agree, and how many do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="name those that agree, too")
    options = parser.parse_args()
    tally: Counter[str] = Counter()
    for seed in range(options.first, options.first + options.settings):
        name, net, x = setting(seed)
        began = time.process_time()
        activity, weights = starts(net, x, seed)
        found = npl.find_attractors(
            net, trials=2, initial=(activity, weights), rng=0, budget=None, progress=False
        )
        spent = time.process_time() - began
        for trial in range(2):
            y = np.concatenate([activity[trial], weights[trial]])
            claimed = int(found.labels[trial])
            kind = found.attractors[claimed].kind if claimed >= 0 else "unsettled"
            result = verdict(net, y, claimed, found)
            tally[f"{kind}: {result.partition(' (')[0]}"] += 1
            if options.all or result != "there":
                print(f"{seed}.{trial}: {name}: {kind}, {result}, {spent:.1f} s", flush=True)
    print(dict(tally))


if __name__ == "__main__":
    main()
