"""Helpers that several files of tests share; pytest also finds its fixtures here."""

from __future__ import annotations

import math
import os
import shutil
from dataclasses import dataclass

import flint
import networkx as nx
import numpy as np
import pytest
from scipy.optimize import brentq

import netplastic as npl
from netplastic.equilibria import Clock
from netplastic.equilibria.certified._component import solve_component
from netplastic.equilibria.certified.hubs import count_at

RULES = [
    npl.Hebbian,
    npl.Oja,
    npl.Covariance,
    npl.BCM,
    npl.PresynapticallyGated,
    npl.PostsynapticallyGated,
]

PAIR = nx.path_graph(2)

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium; where there is none the tests are skipped, but never in CI."""
    missing = None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "playwright is not installed: pip install 'netplastic[browser]'"
    if chromium is None:
        missing = "there is no chromium: apt-get install chromium"
    if missing is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield found
        found.close()


@pytest.fixture
def many_digits():
    """Balls of 300 bits, about 90 decimals."""
    with flint.ctx.workprec(300):
        yield


def same_edges(one, other):
    """Whether two graphs of the same kind have the same edges with the same attributes."""

    def edges(graph):
        key = tuple if graph.is_directed() else frozenset
        return {key((u, v)): data for u, v, data in graph.edges(data=True)}

    return edges(one) == edges(other)


def anti(graph, strength=-10.0, **parameters):
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), **parameters)


def bisect(f, low, high, steps=150):
    """Sign change of a function of a ball, from positive to negative."""
    low, high = flint.arb(low), flint.arb(high)
    for _ in range(steps):
        middle = ((low + high) / 2).mid()
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return low


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def conditioned(net, h, stable, boxes=200_000):
    return count_at(net, (h,) if isinstance(h, int) else h, stable, Clock(npl.Budget(boxes=boxes)))


def plain(net, stable, boxes=200_000):
    return solve_component(net, np.arange(net.n), stable, Clock(npl.Budget(boxes=boxes))).bounds(
        stable
    )


def hub_of_pairs(number, triangles=True):
    """Hub 0 joined to both ends of so many edges, or to one end."""
    graph = nx.Graph()
    for i in range(number):
        graph.add_edge(0, 2 * i + 1)
        graph.add_edge(2 * i + 1, 2 * i + 2)
        if triangles:
            graph.add_edge(0, 2 * i + 2)
    return nx.relabel_nodes(graph, {n: n for n in sorted(graph)})


def glued(seed):
    """Random blocks glued at nodes: any rule, either activation, loops, weights, directions."""
    rng = np.random.default_rng(seed)
    graph = nx.Graph()
    graph.add_node(0)
    wanted = int(rng.integers(4, 9))
    while graph.number_of_nodes() < wanted:
        first, size = graph.number_of_nodes(), int(rng.integers(1, 4))
        names = [int(rng.integers(first)), *range(first, first + size)]
        graph.add_nodes_from(names)
        block = nx.gnp_random_graph(size + 1, 0.8, seed=int(rng.integers(10**6)))
        graph.add_edges_from((names[u], names[v]) for u, v in block.edges)
        graph.add_edges_from([(names[0], u) for u in names[1:] if graph.degree(u) == 0])
    if rng.random() < 0.25:
        graph = nx.DiGraph((u, v) if rng.random() < 0.5 else (v, u) for u, v in graph.edges)
        graph.add_edges_from([(v, u) for u, v in graph.edges if rng.random() < 0.5])
    if rng.random() < 0.2:
        graph.add_edge(0, 0)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.choice([1.0, 1.0, rng.uniform(0.2, 2.0)]))
    n, m = graph.number_of_nodes(), graph.number_of_edges()
    rule = RULES[int(rng.integers(len(RULES)))] if rng.random() < 0.4 else npl.Hebbian
    scale = float(rng.choice([2.0, 8.0, 20.0]))
    strength = -abs(rng.normal()) * scale if rng.random() < 0.7 else rng.normal(size=m) * scale / 3
    return npl.PlasticNetwork(
        graph,
        rule(strength, decay=1.0 if rng.random() < 0.7 else rng.uniform(0.5, 2.0, n)),
        bias=1.0 if rng.random() < 0.5 else rng.normal(size=n),
        activation=npl.Tanh() if rng.random() < 0.7 else npl.Logistic(gain=rng.uniform(1.0, 5.0)),
        static_weight=0.0 if rng.random() < 0.7 else rng.normal(size=m) / 2,
        learning_rate=float(rng.choice([0.03, 0.3, 1.0, 10.0])),
    )


def pair_states(h, strength):
    """Sums V_a^2 + V_b^2 of a pair joined to a hub of rate h at both ends: its three states.

    x + |k| V (V'^2 + h^2) = 1 for V, V' of the two ends. V'^2 = (1 - x) / (|k| V) - h^2 leaves one
    equation in x, whose sign changes are bisected: the symmetric state and two mirror images.
    """
    k = -strength
    x = np.linspace(1e-6, 1.0 - 1e-9, 400_001)

    def other(x):
        return (1.0 - x) / (k * np.tanh(x)) - h * h

    def value(x):
        w = np.sqrt(np.clip(other(x), 0.0, None))
        return np.arctanh(np.minimum(w, 1.0 - 1e-12)) + k * w * (np.tanh(x) ** 2 + h * h) - 1.0

    allowed = (other(x) >= 0.0) & (other(x) < 1.0)
    v = np.where(allowed, value(x), np.nan)
    places = np.flatnonzero(v[1:] * v[:-1] < 0.0)
    sums = []
    for p in places:
        low, high = x[p], x[p + 1]
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if value(middle) * value(low) > 0.0 else (low, middle)
        sums.append(math.tanh(low) ** 2 + float(other(low)))
    return sorted(sums)


@dataclass(frozen=True)
class Softsign(npl.Activation):
    """A user's own: V = x / (1 + |x|)."""

    bounds = (-1.0, 1.0)

    def rate(self, x):
        return x / (1.0 + np.abs(x))

    def slope(self, x):
        return 1.0 / (1.0 + np.abs(x)) ** 2

    def inverse(self, v):
        return v / (1.0 - np.abs(v))


def sampled(net, **options):
    options.setdefault("rng", 0)
    return npl.find_equilibria(net, method="sampled", **options)


def pitchfork():
    """The pair at |k| V^2 (1 - V^2) = 1, x + |k| V^3 = 1, V = tanh(x): a singular root."""

    def bias_at(x):
        v = math.tanh(x)
        return x + v / (1.0 - v * v) - 1.0

    x = brentq(bias_at, 0.1, 0.9, xtol=1e-15)
    v = math.tanh(x)
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-1.0 / (v**2 * (1 - v**2))))
    return net, np.array([[x, x]])
