"""Results in files: every kind comes back as it was; what is no such file is refused in words."""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netplastic as npl
from netplastic import _load

PAIR = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0))


@cache
def results() -> dict[str, Any]:
    """One of every kind, on networks whose labels are of every kind."""
    labels = ["\ud800 \u00b5\n", 2, 2.5, (1, "x", (False, -0.5)), "<script>"]
    graph = nx.relabel_nodes(nx.cycle_graph(5), dict(enumerate(labels)))
    graph.graph["about"] = {"year": 2**70, "list": [1, (2, None)], "array": np.arange(3)}
    net = npl.PlasticNetwork(graph, npl.Hebbian(-20.0))
    found = npl.find_equilibria(net)
    attractors = npl.find_attractors(net, trials=20, rng=0, equilibria=found)
    slow = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(-50.0), learning_rate=0.02)
    cycles = npl.find_attractors(slow, trials=4, rng=0)
    diagram = npl.bifurcation_diagram(PAIR, "strength", 0.0, -20.0)
    many = nx.disjoint_union_all([nx.complete_graph(3)] * 455)
    limit = npl.PlasticNetwork(many, npl.Hebbian(-math.inf))
    return {
        "network": net,
        "directed network": npl.PlasticNetwork(
            nx.DiGraph([("a", "b"), ("b", "c")]), npl.Covariance([-2.0, 3.0], threshold=0.2)
        ),
        "list": found,
        "selected": found[found.stable],
        "empty": found[:0],
        "sampled": npl.find_equilibria(net, "sampled", rng=0),
        "equilibrium": found[-1],
        "count": found.count,
        "long count": npl.count_equilibria(limit, stable_only=True),
        "attractors": attractors,
        "fixed point": attractors[0],
        "cycles": cycles,
        "cycle": cycles[0],
        "trajectory": npl.simulate(net, duration=5.0, observe=npl.Observe(energy=True)),
        "batch": npl.simulate(net, duration=5.0, trials=3, rng=0),
        "onset": npl.onset(net),
        "multistability onset": npl.multistability_onset(PAIR),
        "convexity": npl.convexity_bounds(PAIR),
        "critical rates": npl.learning_rate_crossings(net, found[0].activity.to_numpy()),
        "diagram": diagram,
        "branch": diagram.branches[0],
        "special point": diagram.points[0],
        "map": npl.stability_map(PAIR, ("strength", [-5.0, -10.0]), ("learning_rate", [0.1, 1.0])),
    }


NAMES = [
    *("network", "directed network", "list", "selected", "empty", "sampled", "equilibrium"),
    *("count", "long count", "attractors", "fixed point", "cycles", "cycle", "trajectory", "batch"),
    *("onset", "multistability onset", "convexity", "critical rates", "diagram", "branch"),
    *("special point", "map"),
]


def same(one: Any, two: Any) -> None:
    """Field by field and bit by bit, whatever stands in the fields."""
    assert type(one) is type(two)
    if isinstance(one, np.ndarray):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, two, check_exact=True)
    elif isinstance(one, npl.PlasticNetwork):
        same(one._kept(), two._kept())
        assert np.array_equal(one.wiring.reverse, two.wiring.reverse)
    elif isinstance(one, nx.Graph):
        same(
            [dict(one.graph), list(one.nodes(data=True))],
            [dict(two.graph), list(two.nodes(data=True))],
        )
        same(list(one.edges(data=True)), list(two.edges(data=True)))
    elif isinstance(one, dict):
        same(list(one.items()), list(two.items()))
    elif isinstance(one, list | tuple):
        assert len(one) == len(two)
        for a, b in zip(one, two, strict=True):
            same(a, b)
    elif hasattr(one, "__dataclass_fields__"):
        for name in one.__dataclass_fields__:
            same(getattr(one, name), getattr(two, name))
    elif not (isinstance(one, float) and math.isnan(one) and math.isnan(two)):
        assert one == two


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    result = results()[name]
    path = tmp_path / "result"
    result.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["result"], "no name is added, none left"
    loaded = npl.load(path)
    same(result, loaded)
    assert repr(result) == repr(loaded)
    pd.testing.assert_frame_equal(result.to_frame(), loaded.to_frame(), check_exact=True)


@pytest.mark.parametrize("name", NAMES)
def test_files_of_equal_results_are_equal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results()[name].save(tmp_path / "one")
    monkeypatch.setattr("time.localtime", lambda *_: time.gmtime(2e9))
    pickle.loads(pickle.dumps(results()[name])).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_survives_a_pickle_and_a_comparison(name: str) -> None:
    """Used networks hold compiled equations, diagrams once held a clock: neither pickled."""
    result = results()[name]
    same(result, pickle.loads(pickle.dumps(result)))
    assert (result == result) is True
    assert (result == "else") is False
    assert isinstance(hash(result), int)


def test_nothing_is_missing_in_the_list_of_kinds() -> None:
    assert set(NAMES) == set(results())
    public = {getattr(npl, name) for name in npl.__all__}
    base = npl.Equilibria.__mro__[1]
    kinds = {kind for kind in public if isinstance(kind, type) and issubclass(kind, base)}
    assert kinds <= {type(result) for result in results().values()}


def test_a_loaded_result_can_be_asked_on(tmp_path: Path) -> None:
    found, diagram = results()["list"], results()["diagram"]
    found.save(tmp_path / "a")
    diagram.save(tmp_path / "b")
    loaded, drawn = npl.load(tmp_path / "a"), npl.load(tmp_path / "b")
    assert loaded[0].critical_learning_rate() == found[0].critical_learning_rate() > 0.0
    assert npl.count_equilibria(loaded.net) == found.count
    assert loaded[0].rates["<script>"] == found[0].rates["<script>"]
    again = npl.find_attractors(loaded.net, trials=5, rng=0, equilibria=loaded)
    assert again.equilibria is loaded
    assert drawn.count_at(-15.0) == diagram.count_at(-15.0) == 3
    np.testing.assert_array_equal(drawn.states_at(-15.0), diagram.states_at(-15.0))
    assert list(drawn.check([-12.0])["missing"]) == [0]
    assert len(drawn.plot().lines) == len(diagram.plot().lines)


def test_integers_of_any_length(tmp_path: Path) -> None:
    count = results()["long count"]
    assert count == 3**455  # 218 digits
    longest = npl.Count(3**20_000, 3**20_000, count.status)  # more digits than str() allows
    for one in (count, longest):
        one.save(tmp_path / "count")
        assert int(npl.load(tmp_path / "count")) == int(one)


def test_what_a_network_is_made_of_is_kept(tmp_path: Path) -> None:
    """Names of attributes, values per arc, a graph that has changed since."""
    graph = nx.gnp_random_graph(8, 0.5, seed=1, directed=True)
    for k, (u, v) in enumerate(graph.edges):
        graph.edges[u, v].update(weight=1.0 + k, eta=-2.0 - k)
    nx.set_node_attributes(graph, {node: 1.0 + node for node in graph}, "gamma")
    net = npl.PlasticNetwork(
        graph,
        npl.Oja("eta", decay="gamma"),
        activation=npl.Logistic(gain=[*range(1, 9)], threshold=0.5),
        static_weight=np.arange(graph.number_of_edges()),
        learning_rate=math.inf,
    )
    x = np.linspace(-1.0, 1.0, 8)
    before = npl.model.residual(net, x[None])
    graph.remove_node(0)
    net.save(tmp_path / "net")
    loaded = npl.load(tmp_path / "net")
    np.testing.assert_array_equal(npl.model.residual(loaded, x[None]), before)
    assert loaded.learning_rate == math.inf
    assert list(loaded.graph) == list(graph)
    assert not loaded.strength.flags.writeable
    part = net.part([3, 1])
    part.save(tmp_path / "part")
    assert npl.load(tmp_path / "part").nodes == (1, 3)
    assert repr(npl.load(tmp_path / "net").replace(bias=2.0)) == repr(net)


LABELS = st.recursive(
    st.integers() | st.text() | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(LABELS, min_size=1, max_size=6))
def test_labels_of_every_kind_come_back(tmp_path: Path, labels: list[Any]) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(labels, name=labels[0])
    # 0 and False are one node; networkx keeps each end of an edge as it was given
    labels = [next(node for node in graph if node == label) for label in labels]
    graph.add_edges_from(zip(labels[1:], labels, strict=False))
    net = npl.PlasticNetwork(graph, npl.Hebbian(-2.0))
    net.save(tmp_path / "net")
    same(net, npl.load(tmp_path / "net"))
    assert f"{net._repr_html_()}".count("<tr") <= 11


@pytest.mark.parametrize("label", [frozenset({1}), 1j, b"raw", npl.Tanh])
def test_other_labels_are_refused_and_leave_nothing(label: Any, tmp_path: Path) -> None:
    net = npl.PlasticNetwork(nx.Graph([("a", label)]), npl.Hebbian(-2.0))
    with pytest.raises(TypeError, match=r"cannot be saved.*relabel_nodes"):
        net.save(tmp_path / "net")
    assert not list(tmp_path.iterdir())


class Own(npl.Hebbian):
    """A rule of a user's own."""


def test_a_rule_of_ones_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Own cannot be saved"):
        npl.PlasticNetwork(nx.path_graph(2), Own(-2.0)).save(tmp_path / "net")


def test_numpy_reads_the_arrays(tmp_path: Path) -> None:
    results()["list"].save(tmp_path / "list.npz")
    with np.load(tmp_path / "list.npz", allow_pickle=False) as archive:
        assert "float64" in archive.files
        tree = json.loads(archive["result.json"])
    assert (tree["format"], tree["version"]) == ("netplastic result", 1)


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "net"
    PAIR.save(path)
    with pytest.raises(TypeError):
        npl.PlasticNetwork(nx.Graph([(0, 1j)]), npl.Hebbian(-2.0)).save(path)
    assert npl.load(path).n == 2


# -- files that are none ---------------------------------------------------------------------------


def rewritten(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The same file with another tree."""
    old, new = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(new, "w") as archive:
        for name in old.namelist():
            content = old.read(name)
            if name == "result.json":
                tree = json.loads(content)
                change(tree)
                content = json.dumps(tree).encode()
            archive.writestr(name, content)
    return new.getvalue()


def saved(tmp_path: Path) -> bytes:
    results()["list"].save(tmp_path / "good")
    return (tmp_path / "good").read_bytes()


def refused(path: Path, match: str = ":") -> None:
    with pytest.raises(npl.ResultFileError, match=match) as caught:
        npl.load(path)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda tree: tree.update(version=2, netplastic="7.1"), "netplastic 7.1.*Update"),
        (lambda tree: tree.update(format="else"), "no result that netplastic saved"),
        (lambda tree: tree.pop("result"), "damaged"),
        (lambda tree: tree.update(shared=[]), "damaged"),
        (lambda tree: tree.update(result={"object": ["Popen", {}]}), "damaged"),
        (lambda tree: tree.update(result={"object": ["PlasticNetwork", {}]}), "damaged"),
        (lambda tree: tree.update(result={"shared": "os"}), "damaged"),
        (lambda tree: tree.update(result={"array": ["float64", 0, [10**9]]}), "damaged"),
        (lambda tree: tree.update(result={"array": ["float64", 0, [-1]]}), "damaged"),
        (lambda tree: tree["result"]["object"][1].update(other=1), "damaged"),
    ],
)
def test_other_trees_are_refused(
    change: Callable[[dict[str, Any]], None], match: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(rewritten(saved(tmp_path), change))
    refused(path, match)


def test_truncated_and_flipped_files_are_refused(tmp_path: Path) -> None:
    """A flipped bit is found by a checksum, or lies where it changes nothing."""
    good, path = saved(tmp_path), tmp_path / "bad"
    for end in range(0, len(good), 37):
        path.write_bytes(good[:end])
        refused(path)
    generator = np.random.default_rng(0)
    found = 0
    for place in generator.integers(0, len(good), 200):
        data = bytearray(good)
        data[place] ^= 1 << int(generator.integers(8))
        path.write_bytes(data)
        try:
            same(npl.load(path), results()["list"])
        except npl.ResultFileError:
            found += 1
    assert found > 100


def test_foreign_files_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    refused(path, "No such file")
    for content in (b"", b"hello", pickle.dumps(PAIR), b"PK\x03\x04"):
        path.write_bytes(content)
        refused(path)
    with path.open("wb") as file:
        np.savez(file, a=np.arange(3))
    refused(path, "no result")
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    refused(path, "one array")
    refused(tmp_path, "folder")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "pipe")
    for wrong in (3, None):
        with pytest.raises(TypeError, match="path of a file"):
            npl.load(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="path of a file"):
            PAIR.save(wrong)  # type: ignore[arg-type]
    with pytest.raises(npl.ResultFileError, match="folder"):
        PAIR.save(tmp_path)


def test_a_bomb_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result.json", " " * 50_000_000)
    with pytest.raises(npl.ResultFileError, match=r"would take 0.05 GB.*memory_limit=1"):
        npl.load(path, memory_limit=0.01)


def test_only_classes_of_the_list_are_made() -> None:
    assert not {"Own", "Popen", "FunctionRule"} & set(_load._KNOWN)
