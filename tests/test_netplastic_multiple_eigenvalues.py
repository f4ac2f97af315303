"""Eigenvalues as multiple as symmetry makes them: no solver may fail on them.

LAPACK's MRRR driver ("evr", scipy's default for `linalg.eigh`) gives up on some matrices with
multiple eigenvalues ("Internal Error"); divide and conquer ("evd", numpy's) does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.landscape._scaled_hessian import ScaledHessian

ROOT = Path(__file__).parents[1]


def vertex_transitive() -> Iterator[tuple[str, nx.Graph]]:
    """More than 100 connected graphs whose automorphisms carry any node to any other."""
    for n in range(3, 20):
        yield f"cycle {n}", nx.cycle_graph(n)
    for n in range(4, 16):
        yield f"complete {n}", nx.complete_graph(n)
    for n in range(6, 17):
        for step in range(2, n // 2 + 1):
            yield f"circulant {n} {step}", nx.circulant_graph(n, [1, step])
    for a in range(3, 9):
        yield f"complete bipartite {a}", nx.complete_bipartite_graph(a, a)
    for n in range(3, 13):
        yield f"prism {n}", nx.circular_ladder_graph(n)
    for d in (3, 4, 5):
        yield f"hypercube {d}", nx.hypercube_graph(d)
    for named in ("petersen", "dodecahedral", "icosahedral", "octahedral", "heawood", "desargues"):
        yield named, getattr(nx, f"{named}_graph")()


GRAPHS = dict(vertex_transitive())


def test_there_are_a_hundred_of_them() -> None:
    assert len(GRAPHS) >= 100
    assert all(nx.is_connected(graph) and nx.is_regular(graph) for graph in GRAPHS.values())


@pytest.mark.parametrize("strength", [-20.0, 20.0])
def test_uniform_states_have_the_curvature_of_the_wiring(strength: float) -> None:
    """Q = c phi' V^2 (d I + 2 A) at a uniform state, so its largest eigenvalue is known:

    c = k: k phi' V^2 3 d for k > 0; |k| phi' V^2 (-d - 2 lambda_min(A)) for k < 0.
    """
    v = 0.6
    for name, graph in GRAPHS.items():
        net = npl.PlasticNetwork(graph, npl.Hebbian(strength))
        degree = dict(graph.degree)[next(iter(graph))]
        least = np.linalg.eigvals(nx.to_numpy_array(graph)).real.min()
        turn = 3.0 * degree if strength > 0.0 else -degree - 2.0 * least
        form, state = ScaledHessian.of(net), np.full(len(graph), v)
        expected = 20.0 * (1.0 - v * v) * v * v * turn
        assert np.linalg.eigvalsh(form.matrix(state).toarray())[-1] == pytest.approx(expected), name
        leading = form.curvature(state, form.leading(state))
        assert leading[0] == pytest.approx(expected, rel=1e-9), name
        np.testing.assert_allclose(leading[1][len(graph) :], 0.0, atol=1e-9, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAPHS)
def test_the_landscape_of_vertex_transitive_graphs_is_summarized(name: str) -> None:
    """Equal shares of the unit matrix give 4 / d (see test_netplastic_onset); below, one state."""
    net = npl.PlasticNetwork(GRAPHS[name], npl.Hebbian(-20.0))
    threshold = npl.convexity_threshold(net)
    degree = dict(net.graph.degree)[net.nodes[0]]
    assert threshold >= 4.0 / degree * (1.0 - 1e-3)
    summary = npl.landscape_summary(net, limit=6.0).set_index("quantity")["strength"]
    assert summary["convexity threshold"] == -threshold
    second = npl.multistability_onset(net, limit=6.0)
    assert summary["multistability onset"] == second.strength


def calls_without_a_driver(source: str) -> list[int]:
    """Lines that ask scipy for symmetric eigenvalues and leave the driver to it, or take MRRR."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("eigh", "eigvalsh", "eigh_tridiagonal", "eig_banded"):
            continue
        of = ast.unparse(node.func.value)
        named = {k.arg: ast.unparse(k.value).strip("'\"") for k in node.keywords}
        safe = named.get("driver", named.get("lapack_driver")) in ("ev", "evd", "gv", "gvd", "stev")
        if of not in ("np.linalg", "numpy.linalg") and not safe:
            lines.append(node.lineno)
    return lines


def test_no_call_leaves_multiple_eigenvalues_to_mrrr() -> None:
    files = [
        p for folder in ("netplastic", "graphs", "analyses") for p in (ROOT / folder).rglob("*.py")
    ]
    assert len(files) > 100
    found = {
        str(p.relative_to(ROOT)): lines
        for p in files
        if (lines := calls_without_a_driver(p.read_text()))
    }
    assert not found


@pytest.mark.parametrize(
    ("source", "bad"),
    [
        ("linalg.eigh(a)", True),
        ("linalg.eigvalsh(a, subset_by_index=[0, 0])", True),
        ("linalg.eigh(a, driver='evr')", True),
        ("linalg.eigh(a, b, driver='gvd')", False),
        ("np.linalg.eigvalsh(a)", False),
    ],
)
def test_such_calls_are_really_seen(source: str, bad: bool) -> None:
    assert bool(calls_without_a_driver(source)) == bad
