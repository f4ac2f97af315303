"""The page of a network: its neighborhoods are counted first."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic import __version__
from netplastic._support import Graph, Shown, citation
from netplastic.analyses import (
    amplification,
    count_neighborhoods,
    graph_code,
    is_of_sets,
    load_network,
)
from netplastic.analyses.pictures import graph_of
from netplastic.graphs import choke_points
from netplastic.model import Hebbian, PlasticNetwork

from ._drawing import forest_of
from ._grids import effects_grid
from ._markdown import markdown_html
from ._text import bits, entry, is_missing, plain
from ._view import Badge, Page
from ._views import network_view
from ._words import counting, versions_line

__all__ = ["network_page"]

SCOPES = {"isolated": "Cut out (isolated).", "embedded": "Inside the network (embedded)."}
FINITE = -10.0
"""Strength of networks to which the strong limit does not apply, where none is given."""


def network_page(
    source: Any,
    *,
    name: str | None,
    strength: float | None,
    radius: int,
    rng: int,
    budget: float | None,
    drawn: int,
    command: str | None,
    progress: Shown,
) -> Page:
    """Count the neighborhoods of a network, and lay out what is found."""
    net, said = _network(source, strength)
    graph = graph_of(net)
    name = name or _name(source)
    counts = [
        count_neighborhoods(net, radius, scope=scope, rng=rng, budget=budget, progress=progress)
        for scope in SCOPES
    ]
    table = pd.concat(counts, ignore_index=True)
    chokes = choke_points(graph, rng=rng, progress=progress)
    effects = amplification(table, chokes, graph=graph, rng=rng)
    effects = effects[effects["comparison"].isin(["matched", "mechanism"])]
    view = network_view(1, name, graph, chokes, table, drawn=drawn)
    statuses = table["status"].value_counts()
    return Page(
        title=f"Stable states of {plain(name)}",
        question="How many stable states has the neighborhood of each node, and have choke points "
        "more or fewer than other nodes of equal degree?",
        badges=[
            *(
                Badge(text=plain(s), value=f"{n} counts", status=str(s))
                for s, n in statuses.items()
            ),
            Badge(text="netplastic", value=__version__),
            Badge(text="seed", value=str(rng)),
        ],
        alarms=[],
        finding=markdown_html(_finding(net, chokes, effects)),
        networks=[view],
        left_out=view.notes,
        pictures=[],
        grids=[effects_grid(effects)],
        forest=forest_of(effects),
        more="",
        command=command or _command(source, name, net, radius),
        made=_made(net, said, radius, rng, graph),
        graphs=None,
        failures=[],
        missing=[],
        methods=_methods(net, radius, rng),
        cite=citation("text"),
        bibtex=citation("bibtex"),
    )


def _network(source: Any, strength: float | None) -> tuple[PlasticNetwork, str]:
    """The network, and in a sentence why it has its strength."""
    if isinstance(source, PlasticNetwork):
        net = source if strength is None else source.replace(strength=strength)
        return net, "as given"
    graph = load_network(str(source)) if isinstance(source, str | Path) else source
    if strength is not None:
        return PlasticNetwork(graph, Hebbian(strength=strength)), "as given"
    try:
        limit = PlasticNetwork(graph, Hebbian(strength=-math.inf))
    except ValueError:
        limit = None
    if limit is not None and is_of_sets(limit):
        return limit, "the strong limit, by default where it applies"
    return (
        PlasticNetwork(graph, Hebbian(strength=FINITE)),
        "by default where the strong limit does not apply (it needs undirected networks "
        "without self-loops)",
    )


def _name(source: Any) -> str:
    if isinstance(source, str | Path):
        return Path(source).stem if Path(source).suffix else str(source)
    graph = source.graph if isinstance(source, PlasticNetwork) else source
    return str(getattr(graph, "name", "") or "a network")


def _hash(graph: Graph) -> str:
    try:
        return graph_code(graph).whole
    except TypeError:  # labels or attributes whose content cannot be told
        return ""


def _strength(net: PlasticNetwork) -> str:
    strength = net.rule.strength
    return entry(strength) if isinstance(strength, int | float) else "of each arc its own"


def _command(source: Any, name: str, net: PlasticNetwork, radius: int) -> str:
    if isinstance(source, str | Path):
        more = "" if radius == 1 else f" --radius {radius}"
        return f"netplastic report {source} --strength {_strength(net)}{more}"
    return f"npl.report({net!r})"


def _finding(net: PlasticNetwork, chokes: pd.DataFrame, effects: pd.DataFrame) -> str:
    """Say in markdown what choke points have above others."""
    number = int(chokes["is_choke"].sum())
    are = "is a choke point" if number == 1 else "are choke points"
    lines = [f"{net.n} nodes, of which {number or 'none'} {are}."]
    for scope, words in SCOPES.items():
        rows = effects[(effects["scope"] == scope) & (effects["choke_kind"] == "all")]
        found = rows[rows["comparison"] == "matched"]
        lines.append(f"**{words}** " + _sentence(found))
    return "\n\n".join(lines)


def _sentence(found: pd.DataFrame) -> str:
    if not len(found) or math.isnan(found["effect"].iloc[0]):
        reason = found["reason"].iloc[0] if len(found) else "there are no choke points"
        return f"Choke points cannot be compared with other nodes of equal degree: {reason}."
    row = found.iloc[0]
    effect, status = float(row["effect"]), str(row["status"])
    word = "more" if effect > 0 else "fewer"
    about = "" if status == "certified" else "about "
    said = [f"{row['n_choke']} compared with {row['n_control']}"]
    if not is_missing(row["low"]):
        said.append(f"95% interval {bits(row['low'])} to {bits(row['high'])}")
    if not is_missing(row["p_value"]):
        said.append(f"p = {row['p_value']:.2g}")
    if row["reason"]:
        said.append(str(row["reason"]))
    said.append("all counts certified" if status == "certified" else f"counts: {status}")
    return (
        f"Choke points have {about}{abs(effect):.2f} bits {word} stable states than other nodes of "
        f"equal degree ({'; '.join(said)})."
    )


def _made(
    net: PlasticNetwork, said: str, radius: int, rng: int, graph: Graph
) -> list[tuple[str, str]]:
    return [
        ("network", repr(net)),
        ("strength", f"{_strength(net)}: {said}"),
        ("neighborhoods", f"radius {radius}, isolated and embedded"),
        ("versions", versions_line()),
        ("seed", str(rng)),
        (
            "SHA-256 of the graph",
            _hash(graph) or "none: labels or attributes without plain content",
        ),
    ]


def _methods(net: PlasticNetwork, radius: int, rng: int) -> str:
    return counting(
        networks=1, radius=[radius], scopes=list(SCOPES), strengths=[_strength(net)], seed=rng,
        rule=type(net.rule).__name__,
    )  # fmt: skip
