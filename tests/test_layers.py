"""The direction of imports: graphs <- netplastic <- analyses, and two doors that see everything."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"netplastic.graphs": "graphs", "netplastic.analyses": "analyses"}
DOORS = ("netplastic", "netplastic.__main__", "netplastic.cli")
NOT_AT_IMPORT = ("matplotlib", "seaborn", "numba", "llvmlite", "dask", "distributed", "pandas")


@dataclass(frozen=True)
class Import:
    """One imported module, and how: inside a function, or only for type checkers."""

    module: str
    lazily: bool
    for_types: bool
    line: int


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name, each file once."""
    found = {}
    for folder, package in (
        (ROOT / "netplastic", "netplastic"),
        *((ROOT / place, name) for name, place in FOLDERS.items()),
    ):
        for path in sorted(folder.rglob("*.py")):
            inside = path.relative_to(folder)
            # The links netplastic/graphs and netplastic/analyses lead to the same files.
            if folder.name == "netplastic" and inside.parts[0] in ("graphs", "analyses"):
                continue
            parts = [package, *inside.with_suffix("").parts]
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


MODULES = modules()


def imports(name: str, path: Path) -> list[Import]:
    """All imports of a module, names resolved to what they come from."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return list(_walk(ast.parse(path.read_text("utf-8")), package, False, False))


def _walk(node: ast.AST, package: str, lazily: bool, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, lazily, for_types, child.lineno)
        elif isinstance(child, ast.ImportFrom):
            base = _resolve(child, package)
            for alias in child.names:
                full = f"{base}.{alias.name}"
                known = full in MODULES
                yield Import(full if known else base, lazily, for_types, child.lineno)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _walk(child, package, True, for_types)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for statement in child.body:
                yield from _walk(ast.Module([statement], []), package, lazily, True)
            for statement in child.orelse:
                yield from _walk(ast.Module([statement], []), package, lazily, for_types)
        else:
            yield from _walk(child, package, lazily, for_types)


def _resolve(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def layer(name: str) -> str:
    if any(name == door or name.startswith(f"{door}.") for door in DOORS[1:]):
        return "door"
    for package, place in FOLDERS.items():
        if name == package or name.startswith(f"{package}."):
            return place
    return "door" if name == "netplastic" else "core"


def of(*layers: str) -> list[str]:
    return [name for name in MODULES if layer(name) in layers]


def test_every_layer_has_modules() -> None:
    assert {layer(name) for name in MODULES} == {"graphs", "core", "analyses", "door"}


@pytest.mark.parametrize("name", of("graphs"))
def test_graphs_know_nothing_of_ours_but_graphs(name: str) -> None:
    for one in imports(name, MODULES[name]):
        if one.module.split(".")[0] == "netplastic":
            support = one.module == "netplastic._support"
            assert support or layer(one.module) == "graphs", f"line {one.line}: {one.module}"


@pytest.mark.parametrize("name", of("core"))
def test_dynamics_know_no_analyses_and_graphs_only_as_types(name: str) -> None:
    for one in imports(name, MODULES[name]):
        if one.module.split(".")[0] == "netplastic":
            reached = layer(one.module)
            assert reached == "core" or (reached == "graphs" and one.for_types), (
                f"line {one.line} imports {one.module}"
            )


@pytest.mark.parametrize("name", of("analyses"))
def test_analyses_do_not_reach_for_the_command_line(name: str) -> None:
    for one in imports(name, MODULES[name]):
        if one.module.split(".")[0] == "netplastic" and one.module != "netplastic":
            assert layer(one.module) != "door", f"line {one.line} imports {one.module}"


@pytest.mark.parametrize("name", list(MODULES))
def test_plotting_is_where_it_belongs(name: str) -> None:
    for one in imports(name, MODULES[name]):
        top = one.module.split(".")[0]
        if top == "seaborn":
            assert layer(name) == "analyses", f"line {one.line} imports seaborn"
        if top in ("matplotlib", "seaborn"):
            assert one.lazily or one.for_types, f"line {one.line} imports {top} when loaded"


@pytest.mark.parametrize("name", [name for name in MODULES if "._kernels." in name])
def test_kernels_hold_no_policy(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    for one in imports(name, MODULES[name]):
        if one.module.split(".")[0] == "netplastic":
            allowed = "._kernels" in one.module or one.module == "netplastic._support"
            assert allowed, f"line {one.line} imports {one.module}"


def test_the_direction_is_really_tested(tmp_path: Path) -> None:
    """The reader of imports sees lazy, type-only, relative and absolute ones."""
    path = tmp_path / "module.py"
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "from ..analyses import _study\n"
        "if TYPE_CHECKING:\n    from .. import graphs\n"
        "def draw():\n    import seaborn as sns\n"
    )
    found = {one.module: one for one in imports("netplastic.continuation.module", path)}
    assert layer("netplastic.analyses._study") == "analyses"
    assert not found["netplastic.analyses._study"].for_types
    assert found["netplastic.graphs"].for_types
    assert found["seaborn"].lazily


def test_import_is_light() -> None:
    """`import netplastic` loads no plotting, compiler or cluster."""
    code = (
        "import time; t = time.perf_counter(); import netplastic, sys; "
        "print(f'{time.perf_counter() - t:.3f}'); print(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    seconds, loaded = done.stdout.splitlines()
    print(f"import netplastic: {seconds} s")
    tops = {name.split(".")[0] for name in loaded.split()}
    assert "netplastic" in tops
    assert not tops & set(NOT_AT_IMPORT)


def test_using_the_foundation_is_light() -> None:
    """A network and its rules need neither plotting nor compilation."""
    code = (
        "import networkx as nx, netplastic as npl, sys; "
        "npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-2.0)); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    tops = {name.split(".")[0] for name in done.stdout.split()}
    assert not tops & {"matplotlib", "seaborn", "numba", "dask", "distributed"}
