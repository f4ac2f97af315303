"""A finished task is recognised by its content: graph, code, defaults, parameters, versions."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import importlib
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import netplastic as npl
from netplastic.analyses import _sources as sources
from netplastic.analyses._content import content_hash, graph_code
from netplastic.analyses._sources import code_hash


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Plain:
    def __init__(self, value: Any) -> None:
        self.value = value


LONG = np.arange(5000.0)
CHANGED = np.where(LONG == 2500.0, -1.0, LONG)

DIFFERENT: list[tuple[Any, Any]] = [
    (1, 1.0),
    (True, 1),
    ("1", 1),
    (b"1", "1"),
    ((1, 2), [1, 2]),
    ([[1], 2], [1, [2]]),
    (["ab", "c"], ["a", "bc"]),
    ({1: 2}, {2: 1}),
    ({1, 2}, frozenset({1, 2})),
    (LONG, CHANGED),
    (LONG, LONG.astype(np.float32)),
    (LONG.reshape(2, -1), LONG.reshape(-1, 2)),
    (np.array([1, "a"], dtype=object), np.array([1, "b"], dtype=object)),
    (np.float64(1.0), 1.0),
    (pd.Series(LONG), pd.Series(CHANGED)),
    (pd.DataFrame({"a": LONG}), pd.DataFrame({"b": LONG})),
    (scipy.sparse.csr_array(np.eye(3)), scipy.sparse.csr_array(2 * np.eye(3))),
    (Colour.RED, Colour.BLUE),
    (Path("a"), Path("b")),
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)),
    (Plain(LONG), Plain(CHANGED)),
    (OrderedDict(a=1), OrderedDict(a=2)),
    (nx.path_graph(3), nx.path_graph(4)),
    (1 + 2j, 2 + 1j),
]


@pytest.mark.parametrize("pair", DIFFERENT, ids=range(len(DIFFERENT)))
def test_content_tells_values_apart_and_copies_not(pair: tuple[Any, Any]) -> None:
    import copy

    one, other = pair
    assert content_hash(one) != content_hash(other)
    assert content_hash(one) == content_hash(copy.deepcopy(one))


def test_content_is_the_same_in_another_process() -> None:
    code = (
        "from netplastic.analyses._content import content_hash; import numpy as np, pandas as pd; "
        "print(content_hash([{'a', 'b', 'c'}, {'x': 1.5, 'y': None}, np.arange(9), "
        "pd.Series(['u', 'v'])]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1


def test_a_value_in_itself_ends() -> None:
    value: list[Any] = [1]
    value.append(value)
    assert content_hash(value) != content_hash([1, [1]])


def test_webs_of_objects_end_too() -> None:
    """Forty objects that all know each other: each is looked at once, not along every path."""

    def web(last: int) -> list[Plain]:
        made = [Plain(number) for number in range(39)] + [Plain(last)]
        for one in made:
            one.value = (one.value, made)
        return made

    assert content_hash(web(39)) == content_hash(web(39))
    assert content_hash(web(39)) != content_hash(web(40))


def test_what_is_nested_too_deeply_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(TypeError, match="nested too deeply"):
        content_hash(value)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("graph", r"attribute 'x' of the graph holds an object of type 'object'"),
        ("node", r"attribute 'x' of node 1 holds an object of type 'object'"),
        ("edge", r"attribute 'x' of edge 0 1 holds an object of type 'object'"),
        ("label", r"a node's label holds an object of type 'object'"),
        ("deep", r"attribute 'x' of the graph holds an object of type 'lock'"),
        ("function", r"attribute 'x' of the graph holds the function"),
    ],
)
def test_what_has_no_content_is_refused_before_work_starts(
    tmp_path: Path, place: str, message: str
) -> None:
    graph: Any = nx.path_graph(3)
    match place:
        case "graph":
            graph.graph["x"] = object()
        case "node":
            graph.nodes[1]["x"] = object()
        case "edge":
            graph.edges[0, 1]["x"] = object()
        case "label":
            graph.add_edge(0, object())
        case "deep":
            graph.graph["x"] = [{"a": (threading.Lock(),)}]
        case "function":
            graph.graph["x"] = lambda: 1
    study = npl.Study("odd", "?", {"mine": graph}, {"k": (1.0,)}, measure=lambda g, rng, *, k: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match=f"network 'mine': {message}.*take it out of the graph"):
        npl.run_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_attributes_of_the_graph_and_long_arrays_are_part_of_it(tmp_path: Path) -> None:
    """Equal wiring, other attributes: each graph has its own result."""
    a, b = nx.path_graph(3), nx.path_graph(3)
    a.graph["k"], b.graph["k"] = 1.0, 10.0
    study = npl.Study("own", "?", {"a": a, "b": b}, {"times": (1.0,)}, measure=own)
    table = npl.run_study(study, tmp_path / "own")
    assert table.set_index("graph")["value"].to_dict() == {"a": 1.0, "b": 10.0}
    a.graph["k"], b.graph["k"] = LONG, CHANGED
    study = npl.Study("own", "?", {"a": a, "b": b}, {"times": (1.0,)}, measure=own)
    table = npl.run_study(study, tmp_path / "own")
    assert table.set_index("graph")["value"].to_dict() == {"a": LONG.sum(), "b": CHANGED.sum()}
    # The seed belongs to the wiring: what is not wired differently is comparable.
    one, other = study.tasks()
    assert one.rng == other.rng
    assert graph_code(a).wiring == graph_code(b).wiring


def own(graph: Any, rng: int, *, times: float) -> pd.DataFrame:
    return pd.DataFrame({"value": [times * float(np.sum(graph.graph["k"]))]})


# -- code --------------------------------------------------------------------------------------

MEASURE = """
import numpy as np
import pandas as pd
import helpers

FACTOR = 2.0
WORD = 'unused'

class Scale:
    power = 1

    def times(self, value):
        return value ** self.power

def helper(value):
    return FACTOR * value

def measure(graph, rng, *, k, shift=1.0):
    value = Scale().times(helper(k)) + shift + helpers.deeper(k)
    return pd.DataFrame({'value': [float(np.sum(value))]})
"""
HELPERS = """
STEP = 0.5

def deeper(value):
    return STEP * value

def unused(value):
    return 7
"""


def write_modules(folder: Path, changes: dict[str, str]) -> None:
    for name, text in (("measured", MEASURE), ("helpers", HELPERS)):
        for old, new in changes.items():
            text = text.replace(old, new)
        (folder / f"{name}.py").write_text(text)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("+ shift", "- shift", True),
        ("shift=1.0", "shift=2.0", True),
        ("FACTOR = 2.0", "FACTOR = 3.0", True),
        ("FACTOR * value", "FACTOR + value", True),
        ("value ** self.power", "value * self.power", True),
        ("power = 1", "power = 2", True),
        ("STEP = 0.5", "STEP = 0.25", True),
        ("STEP * value", "value / STEP", True),
        ("WORD = 'unused'", "WORD = 'another'", False),
        ("return 7", "return 8", False),
        ("def helper(", "# a remark\n\n\ndef helper(", False),
    ],
)
def test_code_is_known_by_all_that_it_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, changed: bool
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    hashes = []
    for changes in ({}, {old: new}):
        write_modules(tmp_path, changes)
        for name in ("measured", "helpers"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        hashes.append(code_hash(importlib.import_module("measured").measure))
    for name in ("measured", "helpers"):
        del sys.modules[name]
    assert (hashes[0] != hashes[1]) == changed


def test_modules_that_know_each_other_end_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one_of_two.py").write_text(
        "import two_of_two\ndef measure(graph, rng, *, k):\n"
        "    return two_of_two.one_of_two.two_of_two.value(k)\n"
    )
    (tmp_path / "two_of_two.py").write_text("import one_of_two\ndef value(k): return k\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    measure = importlib.import_module("one_of_two").measure
    before = code_hash(measure)
    monkeypatch.setattr("two_of_two.value", lambda k: k + 1)
    assert code_hash(measure) != before


def make(step: float) -> Any:
    def measure(graph: Any, rng: int, *, k: float) -> pd.DataFrame:
        return pd.DataFrame({"value": [k + step]})

    return measure


def test_closures_partials_and_wrappers_are_followed() -> None:
    assert code_hash(make(1.0)) == code_hash(make(1.0))
    assert code_hash(make(1.0)) != code_hash(make(2.0))
    part = functools.partial(own, times=2.0)
    assert code_hash(part) != code_hash(functools.partial(own, times=3.0))
    assert code_hash(part) != code_hash(own)
    lazy = functools.wraps(own)(lambda graph, rng, *, times: own(graph, rng, times=times))
    assert code_hash(lazy) not in (code_hash(own), code_hash(part))


def cached(step: float) -> Any:
    @functools.lru_cache
    def helper(value: float) -> float:
        return value + step

    return helper


def compiled(step: float) -> Any:
    import numba

    return numba.njit(lambda value: value + step)


@pytest.mark.parametrize("wrap", [cached, compiled])
@pytest.mark.parametrize("place", ["itself", "in a table"])
def test_functions_inside_caches_and_compilers_are_seen(wrap: Any, place: str) -> None:
    def measure_of(step: float) -> Any:
        helper = wrap(step) if place == "itself" else {"plus": wrap(step)}
        return lambda graph, rng, *, k: helper

    assert code_hash(measure_of(1.0)) == code_hash(measure_of(1.0))
    assert code_hash(measure_of(1.0)) != code_hash(measure_of(2.0))


def test_a_measure_with_a_lock_is_refused(tmp_path: Path) -> None:
    lock = threading.Lock()

    def measure(graph: Any, rng: int, *, k: float) -> pd.DataFrame:
        with lock:
            return pd.DataFrame({"value": [k]})

    study = npl.Study("odd", "?", {"a": nx.path_graph(2)}, {"k": (1.0,)}, measure=measure)
    with pytest.raises(TypeError, match=r"the measure '.*measure' uses an object of type 'lock'"):
        npl.run_study(study, tmp_path / "out")


def test_a_changed_measure_is_computed_anew(tmp_path: Path) -> None:
    def study(step: float) -> npl.Study:
        return npl.Study("s", "?", {"a": nx.path_graph(2)}, {"k": (1.0,)}, measure=make(step))

    assert npl.run_study(study(1.0), tmp_path)["value"].tolist() == [2.0]
    assert npl.run_study(study(2.0), tmp_path, resume=True)["value"].tolist() == [3.0]
    assert npl.run_study(study(1.0), tmp_path, resume=True)["value"].tolist() == [2.0]


def test_versions_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    study = npl.Study("own", "?", {"a": nx.path_graph(3)}, {"times": (1.0,)}, measure=own)
    keys = {study.tasks()[0].key}
    found = sources.versions()
    assert set(found) >= {"python", "netplastic", "numpy", "scipy", "numba", "sources"}
    for name in found:
        changed = {**found, name: "another"}
        monkeypatch.setattr("netplastic.analyses._task.versions", lambda changed=changed: changed)
        keys.add(study.tasks()[0].key)
    assert len(keys) == len(found) + 1


@dataclasses.dataclass(frozen=True)
class Options:
    """A user's record, with a field that has a default, one that has none, and one made anew."""

    scale: float
    shift: float = 1.0
    names: list[str] = dataclasses.field(default_factory=list)


class Pair(NamedTuple):
    left: int
    right: int = 2


def with_records(graph: Any, rng: int, *, value: float) -> pd.DataFrame:
    return pd.DataFrame({"x": [Options(value).scale * Pair(1).right]})


def test_measures_may_use_records() -> None:
    assert code_hash(with_records) == code_hash(with_records)
    other = dataclasses.make_dataclass("Options", [("scale", float), ("shift", float, 2.0)])
    changed = type(with_records)(
        with_records.__code__, {**with_records.__globals__, "Options": other}
    )
    assert code_hash(changed) != code_hash(with_records)


def test_a_bare_object_is_refused_and_a_mark_of_the_library_is_not() -> None:
    assert content_hash(dataclasses.MISSING) == content_hash(dataclasses.MISSING)
    with pytest.raises(TypeError, match="object"):
        content_hash(object())
