"""What the compiled dynamics are made of: lean arrays, four numbers at a time, activations."""

from __future__ import annotations

from typing import Any, NamedTuple

import flint
import networkx as nx
import numba
import numpy as np
import pytest
from compiled_steps import stepped
from naive_dynamics import step

import netplastic as npl
from netplastic.dynamics import _layout
from netplastic.dynamics._kernels import _quads as quads
from netplastic.dynamics._kernels._lean import lean
from netplastic.dynamics._kernels._rate import LOGISTIC, TANH, rates
from netplastic.dynamics._layout import can_compile, keeps_symmetry

# -- rows of every length ----------------------------------------------------------------


def agrees(net: Any, mirrored: bool) -> None:
    rng = np.random.default_rng(net.n)
    x, of_edge = rng.normal(size=net.n), rng.normal(size=net.m)
    w = of_edge[net.wiring.edge]
    expected = step(net, step(net, np.concatenate([x, w]), 0.05), 0.05)
    activity, weights = stepped(net, (x, w), mirrored)
    np.testing.assert_allclose(activity, expected[: net.n], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(weights, expected[net.n :], rtol=1e-11, atol=1e-12)


def staircase(loops: bool) -> nx.Graph:
    """Node k is joined to k nodes before it, for k up to 9, in an order that mixes lengths.

    A path of three nodes is apart.
    """
    graph = nx.Graph()
    graph.add_edges_from((k, j) for k in range(10) for j in range(k))
    graph.add_edges_from([(10, 11), (11, 12)])
    if loops:
        graph.add_edges_from((k, k) for k in (0, 3, 4, 9))
    order = [9, 0, 4, 7, 2, 8, 5, 1, 6, 3, 10, 11, 12]
    mixed = nx.Graph()
    mixed.add_nodes_from(range(13))
    mixed.add_edges_from((order[u], order[v]) for u, v in graph.edges)
    return mixed


@pytest.mark.parametrize("rule", [npl.Hebbian(-4.0), npl.Oja(2.0)])
@pytest.mark.parametrize("loops", [False, True])
@pytest.mark.parametrize("parameters", ["shared", "of links", "decay of nodes"])
@pytest.mark.parametrize("links_of_a_part", [12_000, 3])
def test_rows_of_every_length(
    rule: Any, loops: bool, parameters: str, links_of_a_part: int, monkeypatch: Any
) -> None:
    """0 to 9 links in a row where there is one per edge, 9 or 10 where there is one per arc."""
    monkeypatch.setattr(_layout, "_LEAST_LINKS", links_of_a_part)
    symmetric = not isinstance(rule, npl.Oja)
    rng = np.random.default_rng(5)
    graph = staircase(loops)
    if parameters == "of links":
        for *_, attributes in graph.edges(data=True):
            attributes["weight"] = rng.uniform(0.5, 2.0)
    net = npl.PlasticNetwork(graph, rule, learning_rate=0.7, bias=rng.normal(size=len(graph)))
    of_edge = rng.uniform(0.5, 2.0, size=(2, net.m))[:, net.wiring.edge]
    if parameters == "of links":
        net = net.replace(static_weight=of_edge[0] - 1.0)
        if symmetric:
            net = net.replace(strength=-3.0 * of_edge[1])
    if parameters == "decay of nodes" and symmetric:
        net = net.replace(decay=np.where(np.arange(net.n) < 10, 0.5, 2.0))
    for mirrored in {False, keeps_symmetry(net)}:
        agrees(net, mirrored)
    assert can_compile(net)
    assert keeps_symmetry(net) == symmetric


@pytest.mark.parametrize("parameters", ["shared", "of links"])
def test_arcs_without_counterpart(parameters: str) -> None:
    """Rows of 0 to 9 arcs, with decays of nodes."""
    rng = np.random.default_rng(6)
    graph = nx.DiGraph(staircase(False).edges)
    if parameters == "of links":
        for *_, attributes in graph.edges(data=True):
            attributes["weight"] = rng.uniform(0.5, 2.0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0), learning_rate=0.7)
    lengths = np.diff(net.wiring.indptr)
    assert len(set(lengths.tolist())) >= 8
    agrees(net, False)
    agrees(net.replace(decay=rng.uniform(0.5, 2.0, size=net.n)), False)


@pytest.mark.parametrize("edges", [0, 1, 2, 3])
def test_fewer_links_than_are_taken_at_a_time(edges: int) -> None:
    graph = nx.path_graph(edges + 1) if edges else nx.empty_graph(3)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0), learning_rate=0.7)
    for mirrored in (False, True):
        agrees(net, mirrored)


# -- four numbers at a time -----------------------------------------------------------------


@numba.njit(error_model="numpy")
def _four(values: Any, out: Any, number: Any, count: Any) -> Any:
    """Entries, changed by every operation once, and what `total` says of them."""
    values, out = lean(values), lean(out)
    a = quads.entries(values, number, count)
    b = quads.absolute(2.0 * a - quads.quad(1.0)) + 0.5
    b += quads.larger(a, quads.quad(0.25))
    quads.keep(out, number, count, a / b)
    return quads.total(quads.up_to(b, count))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("number", [0, 3])
def test_four_numbers_are_numbers(number: int, count: int) -> None:
    values = np.array([0.1, -0.7, 2.0, 1.5, -3.0, 0.4, 0.9, 5.0])
    out = np.full(8, np.nan)
    found = _four(values, out, np.uint64(number), np.uint64(count))
    here = slice(number, number + min(count, 4))
    b = np.abs(2.0 * values - 1.0) + 0.5 + np.maximum(values, 0.25)
    np.testing.assert_allclose(out[here], (values / b)[here], rtol=1e-15)
    assert np.isnan(np.delete(out, here)).all()
    assert found == pytest.approx(b[here].sum(), rel=1e-15)


@numba.njit(error_model="numpy")
def _rows(table: Any, source: Any, sums: Any, number: Any, count: Any) -> Any:
    table, source, sums = lean(table), lean(source), lean(sums)
    zero, one = np.uint64(0), np.uint64(1)
    j = quads.numbers(source, number, count)
    low, high = quads.in_row(table, one, 0), quads.in_row(table, one, 1)
    quads.add_to(sums, zero, j, quads.up_to(quads.halves(low, table, j), count))
    quads.add_to(
        sums, one, j, quads.up_to(quads.dots(low, quads.without_last(high), table, j), count)
    )
    return quads.total(quads.up_to(quads.column(table, j, 7), count))


@pytest.mark.parametrize("links", [1, 2, 3, 4, 6])
def test_rows_of_four_nodes(links: int) -> None:
    """Also at both ends of the array of sources, beyond which lie numbers of no node."""
    rng = np.random.default_rng(links)
    table = rng.normal(size=(9, 8))
    around = np.full(links + 8, 4_000_000_000, dtype=np.uint32)
    source = around[4:-4]
    source[:] = rng.integers(9, size=links)  # some twice
    for number in range(links):
        for count in range(1, links - number + 1):
            sums, expected = np.zeros((2, 9)), np.zeros((2, 9))
            j = source[number : number + min(count, 4)]
            np.add.at(expected[0], j, table[j, :4] @ table[1, :4])
            np.add.at(expected[1], j, table[j, :7] @ table[1, :7])
            found = _rows(table, source, sums, np.uint64(number), np.uint64(count))
            np.testing.assert_allclose(sums, expected, rtol=1e-13, atol=1e-14)
            assert found == pytest.approx(table[j, 7].sum(), rel=1e-13, abs=1e-14)


# -- lean arrays -----------------------------------------------------------------------------


class _Box(NamedTuple):
    table: Any
    inner: Any
    number: Any


@numba.njit(error_model="numpy")
def _read_and_write(box: Any) -> Any:
    box = lean(box)
    row, line = box.table[1], box.inner[0]
    row[0] = 10.0
    box.table[np.uint32(0), 2] = line[np.int64(1)] + box.number
    return box.table.shape, row.shape, line.shape, row[np.uint64(2)]


def test_lean_arrays_are_the_arrays() -> None:
    table, line = np.arange(6.0).reshape(2, 3), np.array([3.0, 4.0])
    shapes = _read_and_write(_Box(table, (line, 1.5), 0.5))
    assert shapes == ((2, 3), (3,), (2,), 5.0)
    np.testing.assert_array_equal(table, [[0.0, 1.0, 4.5], [10.0, 4.0, 5.0]])


def test_only_contiguous_arrays_are_made_lean() -> None:
    with pytest.raises(numba.core.errors.TypingError, match="lean"):
        _read_and_write(_Box(np.zeros((4, 6))[::2, ::2], (np.zeros(2), 0.0), 0.0))


# -- activations ------------------------------------------------------------------------------


@numba.njit(error_model="numpy")
def _rates(kind: Any, gain: Any, threshold: Any, x: Any, v: Any) -> None:
    rates(kind, gain, threshold, x, v, np.uint64(0), np.uint64(x.shape[0]))


@pytest.mark.parametrize("kind", [TANH, LOGISTIC])
def test_activations_are_accurate(kind: int) -> None:
    """Against arithmetic of 100 bits: tanh to 3e-16, the logistic function to 2 units (4.5e-16)."""
    rng = np.random.default_rng(kind)
    x = np.concatenate(
        [
            rng.uniform(-3.0, 3.0, 4000),
            rng.choice([-1.0, 1.0], 4000) * np.exp(rng.uniform(-40.0, 6.5, 4000)),
            [0.0, -0.0, 1e-300, -1e-300, 30.0, -30.0, 699.0, -699.0, 1e300, -1e300],
        ]
    )
    v, one = np.empty_like(x), np.ones_like(x)
    _rates(kind, one, 0.0 * one, x, v)
    flint.ctx.prec = 100
    worst = 0.0
    for z, found in zip(x.tolist(), v.tolist(), strict=True):
        if kind == TANH:
            worst = max(worst, abs(float(flint.arb(z).tanh() - flint.arb(found))))
        else:
            # exp(z) / (1 + exp(z)), no smaller than at z = -700, below which no input is told apart
            e = flint.arb(-max(z, -700.0)).exp()
            worst = max(worst, abs(float(flint.arb(found) * (1 + e) - 1)))
    assert worst < (3e-16 if kind == TANH else 4.5e-16)


def test_activations_of_the_infinite_and_of_nan() -> None:
    x, v = np.array([np.inf, -np.inf, np.nan]), np.empty(3)
    one = np.ones(3)
    for kind, ends in ((TANH, (1.0, -1.0)), (LOGISTIC, (1.0, 0.0))):
        _rates(kind, one, 0.0 * one, x, v)
        np.testing.assert_allclose(v[:2], ends, atol=1e-300)
        assert np.isnan(v[2])
