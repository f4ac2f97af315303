"""How much of the counts is explained by what: least squares, one measure left out at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import FloatArray, check_fraction

from ._ensemble import mean_over_graphs
from ._excess import CASE, UNITS, flags_of, need

__all__ = ["explained_variance"]

MEASURES = ("articulation", "bridge_degree", "betweenness", "bridging_centrality", "participation")
_NEEDED = ("node", "degree", "neighbor_edges", *CASE, "log2_stable")
COLUMNS = (
    "level",
    *CASE,
    *("term", "coefficient", "explained", "low", "high", "explained_alone"),
    *("r_squared", "n_nodes", "n_graphs", "reason"),
)


def explained_variance(
    counts: pd.DataFrame, chokes: pd.DataFrame, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Say how much of the variance of log2 counts each measure of a node explains.

    Ordinary least squares of log2_stable on the degree, the clustering coefficient (2 e / d (d - 1)
    with e edges among d neighbors; 0 for d < 2) and the measures of `graphs.choke_points`, over the
    nodes of a graph that have a stable state.

    Parameters
    ----------
    counts : pandas.DataFrame
        Of `count_neighborhoods`; with a column graph or seed: of so many graphs.
    chokes : pandas.DataFrame
        Of `graphs.choke_points`, for an ensemble with its column graph or seed.
    confidence : float, default 0.95
        Level of the t interval over graphs.

    Returns
    -------
    pandas.DataFrame
        For each radius, scope, strength and learning rate one row per term, for each graph (level
        "graph") and for an ensemble (level "ensemble": means over graphs):

        =============== ======================================================================
        graph, seed     which graph, if the counts have these columns; None for all
        term            "degree", "clustering", "articulation", "bridge_degree", "betweenness",
                        "bridging_centrality", "participation" (those that `chokes` has), "is_choke"
        coefficient     bits per standard deviation of the term, all others equal; NaN for a term
                        that does not vary or is a combination of others
        explained       share of the variance that is lost if this term alone is left out
        low, high       t interval of `explained` over graphs; NaN for one graph
        explained_alone share of the variance that this term explains on its own
        r_squared       share of the variance that all terms explain together
        n_nodes         nodes that enter
        n_graphs        graphs that enter
        reason          why numbers are missing, or empty
        =============== ======================================================================

        Terms that go together share what they explain: the sum of `explained` is less than
        `r_squared` then, that of `explained_alone` more.

    Raises
    ------
    TypeError, ValueError
        If a table is no DataFrame, lacks a column or a node, or `confidence` is not inside (0, 1).

    Examples
    --------
    >>> import netplastic as npl
    >>> graph = npl.graphs.hourglass(layer_size=8, waist=2)
    >>> net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-100.0))
    >>> counts = npl.count_neighborhoods(net, method="sampled", budget=npl.Budget(starts=20))
    >>> table = npl.analyses.explained_variance(counts, npl.graphs.choke_points(graph))
    >>> table["term"].tolist()[:3], bool((table["explained"] <= table["r_squared"]).all())
    (['degree', 'clustering', 'articulation'], True)
    """
    need("counts", counts, _NEEDED)
    if not len(counts):
        raise ValueError("counts has no rows; give those of count_neighborhoods.")
    confidence = check_fraction("confidence", confidence, ends=False)
    units = [name for name in UNITS if name in counts.columns]
    need("chokes", chokes, ["node", "is_choke", *units])
    flags = flags_of(counts, chokes)
    terms = [name for name in MEASURES if name in chokes.columns]
    clashing = [name for name in (*terms, "is_choke") if name in counts.columns]
    joined = counts.drop(columns=clashing).merge(chokes[[*units, "node", *terms]], how="left")
    joined["is_choke"] = flags
    rows = []
    for key, table in joined.groupby([*units, *CASE], dropna=False, sort=False):
        facts = dict(zip([*units, *CASE], key, strict=True))
        rows += [{**facts, "level": "graph", **row} for row in _one_graph(table, terms)]
    single = pd.DataFrame(rows, columns=[*units, *COLUMNS])
    if not units:
        return single
    for name in units:
        single[name] = single[name].astype(object)
    return pd.concat([single, _means(single, units, confidence)], ignore_index=True)


def _one_graph(table: pd.DataFrame, terms: list[str]) -> list[dict[str, Any]]:
    table = table[np.isfinite(table["log2_stable"].to_numpy(dtype=np.float64))]
    names = ["degree", "clustering", *terms, "is_choke"]
    degree = table["degree"].to_numpy(dtype=np.float64)
    pairs = np.maximum(degree * (degree - 1.0) / 2.0, 1.0)
    edges = table["neighbor_edges"].to_numpy(dtype=np.float64)
    columns = {name: table[name].to_numpy(dtype=np.float64) for name in names if name in table}
    columns["clustering"] = edges / pairs
    bits = table["log2_stable"].to_numpy(dtype=np.float64)
    facts = {"n_nodes": len(bits), "n_graphs": 1}
    reason = ""
    if len(bits) <= len(names) + 1:
        reason = f"{len(bits)} nodes are too few for {len(names)} terms"
    elif np.ptp(bits) < 1e-9:
        reason = "all counts are equal"
    if reason:
        return [{**facts, "term": name, "reason": reason} for name in names]
    design = np.column_stack([_standard(columns[name]) for name in names])
    fit, whole = _fit(design, bits)
    rows = []
    for place, name in enumerate(names):
        rest = np.delete(design, place, axis=1)
        lost = whole - _fit(rest, bits)[1]
        free = np.linalg.matrix_rank(design) > np.linalg.matrix_rank(rest)
        rows.append(
            {
                **facts,
                "term": name,
                "coefficient": float(fit[place]) if free else math.nan,
                "explained": max(lost, 0.0),
                "explained_alone": _fit(design[:, [place]], bits)[1],
                "r_squared": whole,
                "reason": "" if free else "does not vary on its own",
            }
        )
    return rows


def _standard(values: FloatArray) -> FloatArray:
    """Mean 0 and standard deviation 1; zeros for what does not vary."""
    apart = values - values.mean()
    deviation = float(apart.std())
    varies = deviation > 1e-12 * max(1.0, float(np.abs(values).max()))
    return np.asarray(apart / deviation if varies else np.zeros(len(apart)))


def _fit(design: FloatArray, bits: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients, and the share of the variance that they explain; columns have mean 0."""
    apart = bits - bits.mean()
    found = np.linalg.lstsq(design, apart, rcond=None)[0]
    left = apart - design @ found
    return found, max(0.0, 1.0 - float(left @ left) / float(apart @ apart))


def _means(single: pd.DataFrame, units: list[str], confidence: float) -> pd.DataFrame:
    rows = []
    for key, part in single.groupby([*CASE, "term"], dropna=False, sort=False):
        row: dict[str, Any] = dict(zip([*CASE, "term"], key, strict=True))
        found = mean_over_graphs(part["explained"].to_numpy(dtype=np.float64), confidence)
        row |= {name: found.get(name, math.nan) for name in ("low", "high", "n_graphs", "reason")}
        row |= {
            name: part[name].mean()
            for name in ("coefficient", "explained", "explained_alone", "r_squared")
        }
        row |= {**dict.fromkeys(units), "level": "ensemble", "n_nodes": part["n_nodes"].sum()}
        rows.append(row)
    return pd.DataFrame(rows, columns=[*units, *COLUMNS])
