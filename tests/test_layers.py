"""The house: floors that no import climbs, folders with one door each, names that hide nothing."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"netplastic.graphs": "graphs", "netplastic.analyses": "analyses"}
FLOORS = [
    {"_support"},
    {"graphs", "model"},
    {"equilibria", "landscape"},
    {"stability", "dynamics"},
    {"continuation"},
    {"analyses"},
    {"cli", "the package"},
]
"""From the ground up; what imports stands above what it imports, or on the same floor beside it."""

BESIDE = {("model", "graphs"): "types only"}
"""Neighbors on one floor do not know each other, but for these."""

NOT_AT_IMPORT = (
    *("matplotlib", "seaborn", "jinja2", "numba", "llvmlite", "dask", "distributed", "pandas"),
)


@dataclass(frozen=True)
class Import:
    """One imported name of a module, and how: inside a function, or only for type checkers."""

    module: str
    name: str
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
                yield Import(alias.name, "", lazily, for_types, child.lineno)
        elif isinstance(child, ast.ImportFrom):
            base = _resolve(child, package)
            for alias in child.names:
                full = f"{base}.{alias.name}"
                known = full in MODULES
                module, name = (full, "") if known else (base, alias.name)
                yield Import(module, name, lazily, for_types, child.lineno)
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


def room(name: str) -> str:
    """Name the top folder of a module; `netplastic` itself and its own files are the package."""
    parts = name.split(".")
    known = set().union(*FLOORS)
    return parts[1] if len(parts) > 1 and parts[1] in known else "the package"


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(name) in rooms)


def folder(name: str) -> str:
    """Name the folder in which a module lies; a door lies in its own."""
    return name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]


def ours(name: str) -> list[Import]:
    return [one for one in imports(name, MODULES[name]) if one.module.split(".")[0] == "netplastic"]


def test_every_floor_is_inhabited() -> None:
    assert {room(name) for name in MODULES} == set().union(*FLOORS)


@pytest.mark.parametrize("name", list(MODULES))
def test_no_import_climbs(name: str) -> None:
    for one in ours(name):
        here, there = room(name), room(one.module)
        if here == there or one.name == "__version__":
            continue
        climb = floor(one.module) - floor(name)
        assert climb <= 0, f"line {one.line}: {one.module}"
        if climb == 0 and floor(name) < len(FLOORS) - 1:
            assert (here, there) in BESIDE, f"line {one.line}: {one.module}"
            assert one.for_types, f"line {one.line}: {one.module}"


@pytest.mark.parametrize("name", list(MODULES))
def test_folders_are_entered_by_their_doors(name: str) -> None:
    """No folder imports an underscored module or name of another.

    Kernels belong to the folder that holds them, and to the folders inside that one.
    """
    for one in ours(name):
        if one.module not in MODULES or folder(one.module) == folder(name):
            continue
        *path, last = one.module.split(".")
        hidden = [part for part in (*path, last)[1:] if part.startswith("_")]
        if hidden == ["_kernels"]:
            owner = one.module.rpartition("._kernels")[0]
            assert folder(name) == owner or folder(name).startswith(f"{owner}."), f"line {one.line}"
        else:
            assert hidden in ([], ["_support"]), f"line {one.line}: {one.module}"
        assert not one.name.startswith("_") or one.name.startswith("__"), f"line {one.line}"


def test_doors_are_lazy_typed_and_the_only_open_files() -> None:
    for name, path in MODULES.items():
        if path.name == "__init__.py":
            assert path.with_suffix(".pyi").exists(), f"{name} has no stub"
            assert "attach_stub" in path.read_text("utf-8"), f"{name} is not lazy"
        elif "data" not in path.parts:
            assert path.name.startswith("_"), path


@pytest.mark.parametrize("name", [n for n, p in MODULES.items() if p.name == "__init__.py"])
def test_doors_hand_on_what_is_there(name: str) -> None:
    module = importlib.import_module(name)
    for handed in module.__all__:
        assert getattr(module, handed) is not None


def test_no_folder_or_file_hides_a_public_name() -> None:
    """Importing a module `netplastic.x` sets `netplastic.x`: a function of that name is lost."""
    for name, path in MODULES.items():
        if path.name != "__init__.py":
            continue
        inside = {found.rpartition(".")[2] for found in MODULES if found.rpartition(".")[0] == name}
        stub = ast.parse(path.with_suffix(".pyi").read_text("utf-8"))
        handed = {
            alias.name
            for node in ast.walk(stub)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        assert not inside & handed, name


@pytest.mark.parametrize("name", list(MODULES))
def test_plotting_is_where_it_belongs(name: str) -> None:
    for one in imports(name, MODULES[name]):
        top = one.module.split(".")[0]
        if top == "seaborn":
            assert room(name) == "analyses", f"line {one.line} imports seaborn"
        if top == "jinja2":
            assert name.startswith("netplastic.analyses.page."), f"line {one.line} imports jinja2"
        if top in ("matplotlib", "seaborn", "jinja2"):
            assert one.lazily or one.for_types, f"line {one.line} imports {top} when loaded"


@pytest.mark.parametrize("name", [name for name in MODULES if "._kernels." in name])
def test_kernels_hold_no_policy(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    for one in ours(name):
        allowed = folder(one.module) == folder(name) or one.module == "netplastic._support"
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
    assert room("netplastic.analyses._study") == "analyses"
    assert floor("netplastic.continuation._onset") < floor("netplastic.analyses._study")
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
    assert not tops & {"matplotlib", "seaborn", "jinja2", "numba", "dask", "distributed"}


INSIDES = {"core", "experimental", "extending", "np"}
"""Parts of numba that change from version to version."""


def insides_of_the_compiler(source: str) -> list[str]:
    """Name what a source takes from llvmlite, from submodules of numba or its private names."""
    nodes, found, aliases = list(ast.walk(ast.parse(source))), [], set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
            aliases |= {alias.asname or alias.name for alias in node.names if alias.name == "numba"}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in aliases:
            found.append(f"numba.{node.attr}")
    return [name for name in found if _is_inside(name)]


def _is_inside(name: str) -> bool:
    top, *below = name.split(".")
    private = any(part.startswith("_") and not part.endswith("__") for part in below)
    hidden = len(below) > 1 or private or not INSIDES.isdisjoint(below)
    return top == "llvmlite" or (top == "numba" and hidden)


def test_nothing_rests_on_the_insides_of_the_compiler() -> None:
    paths = [*MODULES.values(), *ROOT.glob("tests/*.py"), *ROOT.glob("benchmarks/*.py")]
    for path in paths:
        assert not insides_of_the_compiler(path.read_text("utf-8")), path


@pytest.mark.parametrize(
    "source",
    [
        "import llvmlite",
        "from llvmlite import ir",
        "import numba.core.types as t",
        "from numba.core import types",
        "from numba.extending import intrinsic",
        "from numba import _helperlib",
        "from numba import core",
        "def f():\n    import numba as nb\n    return nb.core.errors",
        "import numba\nnumba.extending.overload",
    ],
)
def test_the_insides_are_really_seen(source: str) -> None:
    assert insides_of_the_compiler(source)
    assert not insides_of_the_compiler("import numba as nb\nfrom numba import njit\nnb.int64")
