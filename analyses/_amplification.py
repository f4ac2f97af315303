"""Amplification: the excess of log2 stable counts at choke points."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pandas as pd

from netplastic._support import (
    Graph,
    Rng,
    check_count,
    check_fraction,
    check_graph,
    check_number,
    check_rng,
)

from ._blocks import links_of
from ._ensemble import over_graphs
from ._excess import CASE, UNITS, need
from ._nodes import nodes_of, same_case
from ._null_ranks import against_nulls
from ._within import Setting, comparisons

__all__ = ["COLUMNS", "amplification"]

_KEYS = (*CASE, "comparison", "choke_kind", "null_model")
_NEEDED = ("node", "degree", *CASE, "log2_stable", "status")

COLUMNS = (
    "level",
    *_KEYS,
    *("effect", "low", "high", "p_value", "rank", "z", "n_graphs", "share_same_sign"),
    *("n_choke", "n_control", "n_blocks", "n_balls_choke", "n_balls_control", "n_unmatched"),
    *("n_without_stable", "share_without_choke", "share_without_control"),
    *("n_nulls", "n_not_rewired", "n_lower_bound", "status", "reason"),
)
_WHOLE = [name for name in COLUMNS if name.startswith("n_")]
_NUMBERS = ["effect", "low", "high", "p_value", "rank", "z", "share_same_sign"]


def amplification(
    counts: pd.DataFrame,
    chokes: pd.DataFrame,
    *,
    nulls: pd.DataFrame | None = None,
    coarseness: float = 0.0,
    confidence: float = 0.95,
    resamples: int = 999,
    rng: Rng = 0,
    graph: Graph | None = None,
) -> pd.DataFrame:
    """Compare the stable counts of choke points' neighborhoods with those of other nodes.

    Amplification here is the excess of the log2 number of stable equilibria at choke points over
    that of nodes they are compared with: an effect of 1 is a factor of 2. (Elsewhere the word is
    used for transient growth of linear systems, which this is not.)

    The unit of evidence is a graph: balls of one graph overlap. With a column graph or seed the
    counts are those of an ensemble, each graph gives one effect, and the rows of level "ensemble"
    have their mean. Without, they are those of one network, and intervals and p values rest on
    its blocks of choke points.

    Parameters
    ----------
    counts : pandas.DataFrame
        Of `count_neighborhoods`; several radii, scopes, strengths and learning rates are analysed
        one by one. With a column graph or seed (or both): of so many graphs.
    chokes : pandas.DataFrame
        Of `graphs.choke_points`: columns node and is_choke, and role if there is one (else that of
        the counts is used); for an ensemble also its column graph or seed.
    nulls : pandas.DataFrame or None
        Of `null_counts`, for an ensemble with its column graph or seed.
    coarseness : float, default 0.0
        Of "equal", as for `analyses.excess`: 0 is exact.
    confidence : float, default 0.95
        Level of the t intervals.
    resamples : int, default 999
        Other places at which the blocks of choke points are laid.
    rng : int, numpy.random.Generator or None, default 0
        Source of these places.
    graph : networkx.Graph, networkx.DiGraph or None
        The one network; for its blocks of choke points, and for p values.

    Returns
    -------
    pandas.DataFrame
        For each radius, scope, strength and learning rate one row per comparison and kind of
        choke point, for each graph (level "graph") and for the ensemble:

        ===================== ================================================================
        graph, seed           which graph, if the counts have these columns; None for all
        level                 "graph" or "ensemble"
        comparison            "matched": mean `excess` of choke points, that is against other
                              nodes of equal degree;
                              "mechanism": the same at equal degree and equal number of edges
                              among neighbors: 0 if these are why choke points differ;
                              "all others": against all nodes that are no choke points, whatever
                              their degree; has no meaning alone;
                              "no stable state": as "matched", for the share of nodes that have
                              none, so -1 to 1 and no bits;
                              "null graphs": choke points against the same nodes of null graphs;
                              "null contrast": the "matched" effect against that in null graphs
        choke_kind            "all", or apart: "connector" (by role), "hub" (at least twice the
                              mean degree of other nodes), "bridge end" (any other)
        null_model            of the null graphs, else ""
        effect                in bits (see comparison); NaN where there is nothing to compare
        low, high             t interval. Ensemble: of the mean over graphs. One network: over
                              blocks of choke points (their degrees of freedom), the noise of the
                              nodes compared with added, its variance pooled over classes; none
                              below 4 blocks. None against null graphs
        p_value               two-sided. Ensemble: exact sign test over graphs. One network:
                              among other places of the whole blocks of choke points, (1 + those
                              with at least as large an effect, in standard errors) / (1 +
                              places); none without `graph`, where
                              fewer than four choke points have nodes to compare with, not all
                              nodes are counted, or where fewer than 20 ways to give labels to
                              different balls or to lay the blocks exist. Null graphs: from the
                              rank
        rank, z               of the graph among its null graphs, from 1 (lowest); (effect) /
                              (standard deviation over null graphs); from 99 null graphs on
        n_graphs              graphs with an effect
        share_same_sign       share of these whose effect has the sign of the mean
        n_choke, n_control    choke points that enter, nodes they are compared with
        n_blocks              blocks (choke points that hang together) that enter; without
                              `graph` every choke point is taken for one
        n_balls_choke,        different balls among these: copies of one ball (equal in degree,
        n_balls_control       size, edges among neighbors and count) are one
        n_unmatched           choke points with fewer than three nodes to compare with
        n_without_stable      nodes without a stable state; they enter no mean of log2 counts
        share_without_choke,  share of choke points, of other nodes, without a stable state
        share_without_control
        n_nulls,              null graphs that enter; null graphs left out because they equal
        n_not_rewired         the original
        n_lower_bound         counts that enter and are lower bounds only
        status                "certified" if all counts that enter are, else "lower bound"
        reason                why something is missing, or empty
        ===================== ================================================================

        In rows of level "ensemble" numbers are totals and shares are means over graphs.

    Raises
    ------
    TypeError
        If a table is no DataFrame, or a parameter of the wrong type.
    ValueError
        If a column is missing, a node occurs twice in a case or is absent from `chokes` or
        `graph`, a parameter is out of range, or `graph` is given with an ensemble.

    Notes
    -----
    The test within one network lays every block of choke points at a random place, as a connected
    set of as many nodes, and asks how often that gives an effect as large. Effects are measured in
    standard errors: counts of large balls scatter more, and choke points often have them. Labels
    without meaning that lie in compact clumps thus give uniform p values (permuting single nodes:
    13 to 23% below 0.05), those laid at hubs or along walks too large rather than too small ones.
    Places that symmetry makes alike (by colour refinement of the graph) move as one.

    Examples
    --------
    >>> import netplastic as npl
    >>> graph = npl.graphs.dumbbell(module_size=4, path_length=2)
    >>> net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-100.0))
    >>> counts = npl.count_neighborhoods(net, radius=1)
    >>> table = npl.amplification(counts, npl.graphs.choke_points(graph), graph=graph)
    >>> table.loc[table["choke_kind"] == "all", ["comparison", "n_choke", "n_unmatched"]].values
    array([['all others', 4, 0],
           ['matched', 0, 4],
           ['mechanism', 0, 4],
           ['no stable state', 0, 4]], dtype=object)
    """
    need("counts", counts, _NEEDED)
    if not len(counts):
        raise ValueError("counts has no rows; give those of count_neighborhoods.")
    need("chokes", chokes, ["node", "is_choke"])
    if nulls is not None:
        need("nulls", nulls, ["null", *_NEEDED])
    units = [name for name in UNITS if name in counts.columns]
    setting = Setting(
        coarseness=check_number("coarseness", coarseness, least=0.0),
        confidence=check_fraction("confidence", confidence, ends=False),
        resamples=check_count("resamples", resamples),
        rng=check_rng(rng),
        alone=not units,
    )
    if not units:
        setting = _with_graph(setting, graph, counts)
        return _tidy(_one_graph(counts, chokes, nulls, setting), {}, "graph")
    if graph is not None:
        raise ValueError(
            f"graph= is for one network, and counts has a column {units[0]!r}: leave graph= out, "
            f"or give the rows of one graph without that column (counts.drop(columns={units!r}))."
        )
    return _ensemble(counts, chokes, nulls, units, setting)


def _with_graph(setting: Setting, graph: Graph | None, counts: pd.DataFrame) -> Setting:
    if graph is None:
        return setting
    graph = check_graph(graph)
    order = {node: number for number, node in enumerate(graph)}
    foreign = [node for node in counts["node"] if node not in order]
    if foreign:
        raise ValueError(
            f"node {foreign[0]!r} of counts is not in graph (a {type(graph).__name__} of "
            f"{len(graph)} nodes); give the same graph."
        )
    return replace(setting, links=links_of(graph, list(graph)), order=order)


def _one_graph(
    counts: pd.DataFrame, chokes: pd.DataFrame, nulls: pd.DataFrame | None, setting: Setting
) -> list[dict[str, Any]]:
    rows = []
    for case, table in counts.groupby(list(CASE), dropna=False, sort=False):
        facts = dict(zip(CASE, case, strict=True))
        nodes = nodes_of(table, chokes)
        rows += [{**facts, **row} for row in comparisons(nodes, setting)]
        if nulls is not None:
            found = against_nulls(nodes, same_case(nulls, case), setting)
            rows += [{**facts, **row} for row in found]
    return rows


def _ensemble(
    counts: pd.DataFrame,
    chokes: pd.DataFrame,
    nulls: pd.DataFrame | None,
    units: list[str],
    setting: Setting,
) -> pd.DataFrame:
    """Rows of each graph, and below them those of all."""
    need("chokes", chokes, units)
    if nulls is not None:
        need("nulls", nulls, units)
    pieces = []
    for key, table in counts.groupby(units, sort=False):
        which = dict(zip(units, key, strict=True))
        own = _of(chokes, which)
        null = None if nulls is None else _of(nulls, which)
        plain = table.drop(columns=units)
        pieces.append(_tidy(_one_graph(plain, own, null, setting), which, "graph"))
    single = pd.concat(pieces, ignore_index=True)
    together = over_graphs(single, _KEYS, setting.confidence)
    total = _tidy(together, dict.fromkeys(units), "ensemble")
    for name in units:
        single[name] = single[name].astype(object)
    return pd.concat([single, total], ignore_index=True)


def _of(table: pd.DataFrame, which: dict[str, Hashable]) -> pd.DataFrame:
    same = pd.Series(True, index=table.index)
    for name, value in which.items():
        same &= table[name] == value
    return table[same].drop(columns=list(which))


def _tidy(rows: list[dict[str, Any]], which: dict[str, Hashable], level: str) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS)).assign(level=level)
    table["null_model"] = table["null_model"].where(table["null_model"].notna(), "")
    counted = table[_WHOLE].astype(float).fillna(0.0).astype("int64")
    table = table.assign(**counted, **table[_NUMBERS].astype(float))
    for place, (name, value) in enumerate(which.items()):
        table.insert(place, name, pd.Series([value] * len(table), dtype=object))
    return table[[*which, *COLUMNS]]
