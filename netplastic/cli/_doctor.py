"""``netplastic doctor``: what is installed here, and whether it counts right."""

from __future__ import annotations

import math
import platform
import re
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version

import typer

from netplastic import __version__

from ._output import Json, Out, reported

WRONG = 1
_FOR_DEVELOPERS = ("test", "lint", "docs", "browser")


def doctor(context: typer.Context, json: Json = False, out: Out = None) -> None:
    """Say what is installed, where compiled code is kept, and check a few known counts.

    Ends with status 1 where a count is wrong. The first call on a machine compiles and takes
    about half a minute.

    Example: netplastic doctor
    """
    with reported(context) as report:
        import pandas as pd

        from netplastic._support import available_cores, cache_root

        root = cache_root()
        here = {
            "netplastic": __version__,
            "Python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "cores": str(available_cores()),
            "compiled code": str(root or "nowhere to keep it: set NUMBA_CACHE_DIR to a folder"),
            **{name: _version(name) for name in _needed()},
        }
        report.add("here", pd.DataFrame({"what": list(here), "found": list(here.values())}))
        rows = []
        for what, wanted, found in _CHECKS:
            began = time.perf_counter()
            number = found()
            rows.append((what, wanted, number, number == wanted, time.perf_counter() - began))
        checks = pd.DataFrame(rows, columns=["count", "known", "found", "right", "seconds"])
        report.add("checks", checks.round({"seconds": 2}))
        wrong = checks.loc[~checks["right"], "count"]
        if len(wrong):
            report.note(f"counts wrongly: {', '.join(wrong)}. Please tell the developers.")
    if len(wrong):
        raise typer.Exit(WRONG)


def _needed() -> list[str]:
    """Packages that netplastic uses, those of its optional extras last."""
    stated = [text.partition(";") for text in requires("netplastic") or ()]
    names = {
        re.split(r"[^\w.-]", text, maxsplit=1)[0]: "extra" in when
        for text, _, when in stated
        if not any(f"{quote}{extra}{quote}" in when for extra in _FOR_DEVELOPERS for quote in "'\"")
    }
    return sorted(names, key=lambda name: (names[name], name.lower()))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed (optional)"


def _pair(stable_only: bool) -> int:
    import networkx as nx

    import netplastic as npl

    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    return int(npl.count_equilibria(net, stable_only=stable_only))


def _limit_of_a_path() -> int:
    import networkx as nx

    import netplastic as npl

    net = npl.PlasticNetwork(nx.path_graph(20), npl.Hebbian(strength=-math.inf))
    return int(npl.count_equilibria(net, stable_only=True))


_CHECKS: tuple[tuple[str, int, Callable[[], int]], ...] = (
    ("equilibria of a pair at -20", 3, lambda: _pair(stable_only=False)),
    ("stable equilibria of a pair at -20", 2, lambda: _pair(stable_only=True)),
    # Maximal independent sets of a path: a(n) = a(n - 2) + a(n - 3), from 1, 1, 2 for n = 0, 1, 2.
    ("stable states of a path of 20 in the strong limit", 265, _limit_of_a_path),
)
