"""Where compiled kernels are kept, and what a terminal is told about it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netplastic._support import _jit

ROOT = Path(__file__).parents[1]
SAMPLED = ROOT / "netplastic" / "equilibria" / "sampled" / "_kernels"

COUNT = """
import networkx as nx, netplastic as npl
net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-20.0))
print(len(npl.find_equilibria(net, "sampled", rng=0)))
from netplastic.equilibria.sampled._kernels import sample_minima
print(sum(sample_minima.stats.cache_misses.values()))
"""


def run(cache: Path | None, home: Path) -> tuple[list[str], str]:
    """Sample in a fresh process whose errors go to a terminal; its output, and what that shows."""
    environment = {
        k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")
    }
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT],
        stdout=subprocess.PIPE, stderr=terminal, text=True, env=environment, cwd=home,
    )  # fmt: skip
    os.close(terminal)
    out, _ = process.communicate()
    shown = b""
    try:
        while piece := os.read(reader, 4096):
            shown += piece
    except OSError:  # the terminal is closed and read to its end
        pass
    os.close(reader)
    assert process.returncode == 0, shown
    return out.split(), shown.decode()


@pytest.fixture
def jit(monkeypatch: pytest.MonkeyPatch) -> None:
    if _jit.numba.config.DISABLE_JIT:
        pytest.skip("nothing is compiled")


@pytest.mark.usefixtures("jit")
def test_kernels_are_compiled_once_and_a_terminal_is_told(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (found, missed), shown = run(cache, tmp_path)
    assert int(found) > 0
    assert int(missed) == 1
    assert "netplastic: compiling the sampled search, once, about 8 s" in shown
    (again, missed), shown = run(cache, tmp_path)
    assert again == found
    assert int(missed) == 0, "what was compiled is found again"
    assert "compiling" not in shown


@pytest.mark.usefixtures("jit")
def test_the_cache_lies_in_the_users_folder_not_in_the_package(tmp_path: Path) -> None:
    before = {path for path in ROOT.rglob("*.nb[ic]") if ".venv" not in path.parts}
    run(None, tmp_path)
    assert list(tmp_path.rglob("netplastic-*/**/*.nbc"))
    after = {path for path in ROOT.rglob("*.nb[ic]") if ".venv" not in path.parts}
    assert after <= before


def test_what_nobody_has_used_for_a_month_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    old, recent, other = (tmp_path / name for name in ("netplastic-1", "netplastic-2", "mine"))
    for folder in (old, recent, other):
        folder.mkdir()
        (folder / "kernel.nbc").write_text("")
    long_ago = time.time() - 40 * 24 * 3600
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    _jit.cache_folder.cache_clear()
    made = _jit.cache_folder(SAMPLED, "netplastic.equilibria.sampled._kernels")
    _jit.cache_folder.cache_clear()
    assert made is not None
    assert made.parent == tmp_path
    assert not old.exists()
    assert recent.exists()
    assert other.exists(), "nothing is removed that is not ours"


def test_without_a_place_to_write_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(file / "cache"))
    _jit.cache_folder.cache_clear()
    assert _jit.cache_folder(SAMPLED, "") is None
    _jit.cache_folder.cache_clear()


def test_the_digest_follows_the_sources_of_its_folder_only(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "_kernel.py").write_text("x = 1\n")
    assert _jit._digest(one) == _jit._digest(other)
    before = _jit._digest(one)
    (other / "_kernel.py").write_text("x = 2\n")
    assert _jit._digest(one) == before != _jit._digest(other)
