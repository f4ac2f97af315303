"""The built package: every file in it, once, under the right name, and usable outside the clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = {
    "netplastic": "netplastic",
    "graphs": "netplastic/graphs",
    "analyses": "netplastic/analyses",
}
DATA = (".toml", ".csv", ".pyi", ".cect")
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")
TREE_ONLY = (("analyses", "data"), ("analyses", "README.md"))
"""What the repository keeps beside the code and no program reads: findings."""


def expected() -> list[str]:
    """Names in the wheel, from the tree: code, stubs and data of the three folders."""
    names = []
    for folder, place in PLACES.items():
        for path in sorted((ROOT / folder).rglob("*")):
            inside = path.relative_to(ROOT / folder)
            linked = folder == "netplastic" and inside.parts[0] in ("graphs", "analyses")
            hidden = any(part in LEFT_OUT or part.startswith(".") for part in inside.parts)
            kept = any(folder == place and inside.parts[0] == name for place, name in TREE_ONLY)
            if kept or linked or hidden or path.is_dir() or path.suffix in (".pyc", ".nbi", ".nbc"):
                continue
            names.append(f"{place}/{inside.as_posix()}")
    return names


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, built from a copy of the tree (so that no build folder is left)."""
    copy = tmp_path_factory.mktemp("tree") / "netplastic"
    shutil.copytree(
        ROOT,
        copy,
        symlinks=True,
        ignore=shutil.ignore_patterns(
            ".git",
            ".venv",
            "venv",
            "build",
            "dist",
            "results",
            "*.egg-info",
            "__pycache__",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
        ),
    )
    out = tmp_path_factory.mktemp("sdist")
    build("sdist", copy, out)
    (archive,) = out.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from the source distribution alone, where links may be lost."""
    place = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(source) as archive:
        archive.extractall(place, filter="data")
    (tree,) = place.iterdir()
    out = tmp_path_factory.mktemp("wheel")
    build("wheel", tree, out)
    (found,) = out.glob("*.whl")
    return found


def build(kind: str, tree: Path, out: Path) -> None:
    """Build with the setuptools that is installed: the network is not needed."""
    command = [
        sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check",
        f"--{kind}", "--outdir", str(out), str(tree),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_wheel_holds_every_file_once(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(expected())
    assert "netplastic/py.typed" in names
    assert any(name.startswith("netplastic/graphs/recipes/") for name in names)
    assert "netplastic/analyses/page/templates/page.html.jinja" in names


def test_nothing_generic_lands_in_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"netplastic"}


def test_sdist_needs_nothing_from_the_clone(source: Path) -> None:
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE"} <= names


def test_wheel_works_outside_the_clone(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    code = (
        "import sys, netplastic as npl\n"
        "from netplastic.analyses.studies import catalogue\n"
        "assert npl.__file__.startswith(sys.argv[1]), npl.__file__\n"
        "assert npl.graphs.__file__.startswith(sys.argv[1]), npl.graphs.__file__\n"
        "for name in npl.graphs.catalogue():\n"
        "    graph = npl.graphs.load(name)\n"
        "net = npl.PlasticNetwork(npl.graphs.dumbbell(), npl.Hebbian(-20.0))\n"
        "page = npl.report(npl.graphs.dumbbell(), 'page.html')\n"
        "assert 'Save CSV' in page.html and page.path.stat().st_size > 10_000\n"
        "print(net, *catalogue())\n"
        "from netplastic.cli import app\n"
        "app(['cite', '--bibtex'])\n"
    )
    # An editable install of the clone may be about: the target goes before it.
    environment = {**os.environ, "PYTHONPATH": str(target)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "choke-points" in done.stdout
    assert "@article{gong2025strong," in done.stdout
