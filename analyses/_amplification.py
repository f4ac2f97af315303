"""Amplification: the excess of log2 stable counts at choke points."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import (
    BoolArray,
    FloatArray,
    Rng,
    check_count,
    check_fraction,
    check_number,
    check_rng,
)

from ._resampling import Contrast, Resampling, Stratum, against_nulls, between_strata

__all__ = ["COLUMNS", "amplification"]

_CASE = ["radius", "scope", "strength", "learning_rate"]
_NEEDED = ["node", "degree", "size", *_CASE, "log2_stable", "status"]

COLUMNS = (
    *_CASE,
    *("comparison", "effect", "low", "high", "p_value", "n_choke", "n_control", "n_unmatched"),
    *("n_without_stable", "n_lower_bound", "status", "reason"),
)


def amplification(
    counts: pd.DataFrame,
    chokes: pd.DataFrame,
    nulls: pd.DataFrame | None = None,
    coarseness: float = 0.2,
    confidence: float = 0.95,
    resamples: int = 9999,
    rng: Rng = 0,
) -> pd.DataFrame:
    """Compare the stable counts of choke points' neighborhoods with those of other nodes.

    Amplification here is the excess of the mean log2 number of stable equilibria at choke points
    over that at nodes they are compared with: an effect of 1 is a factor of 2. (Elsewhere the word
    is used for transient growth of linear systems, which this is not.)

    Parameters
    ----------
    counts : pandas.DataFrame
        Of `count_neighborhoods`, one graph; several radii, scopes, strengths and learning rates
        are analysed one by one.
    chokes : pandas.DataFrame
        Of `graphs.choke_points` for the same graph: columns `node` and `is_choke`.
    nulls : pandas.DataFrame or None
        Of `null_counts`: counts on null graphs with the same nodes; the column `null` numbers
        the graphs.
    coarseness : float, default 0.2
        Of the matching, at least 0: choke points are compared with nodes whose ball size and
        degree fall into the same classes (coarsened exact matching, Iacus, King & Porro 2012,
        doi:10.1093/pan/mpr013). A class holds what rounds to the same power of 1 + coarseness:
        0.2 tells all numbers up to 7 apart; 0 matches exactly.
    confidence : float, default 0.95
        Level of the bootstrap intervals.
    resamples : int, default 9999
        Bootstrap samples, and permutations.
    rng : int, numpy.random.Generator or None, default 0
        Source of the resampling.

    Returns
    -------
    pandas.DataFrame
        For each radius, scope, strength and learning rate one row per comparison:

        ================ =====================================================================
        comparison       "all others": all nodes that are no choke points;
                         "matched": those in a choke point's class of size and degree, the
                         effect being the mean over matched choke points of the difference
                         to the mean of their class;
                         "null graphs": the same nodes of the null graphs;
                         "null contrast": choke points against all others, here against
                         null graphs (rules out that the graph as a whole differs)
        effect           difference of mean log2 counts; NaN where there is nothing to compare
        low, high        bootstrap percentile interval (resampling nodes within classes, and
                         null graphs, one fewer than there are: Rao & Wu 1988); NaN with fewer
                         than two choke points, controls or null graphs
        p_value          two-sided, permuting labels within classes, or the graph with its
                         nulls: at least 1 / (1 + number of them)
        n_choke          choke points that enter
        n_control        other nodes that enter (null graphs: number of graphs)
        n_unmatched      choke points without a node in their class
        n_without_stable nodes left out because their count is 0 (log2 is -inf), or is 0 or
                         missing in a null graph
        n_lower_bound    counts that enter and are lower bounds only
        status           "certified" if all counts that enter are, else "lower bound"
        reason           why effect or interval is NaN, or empty
        ================ =====================================================================

    Raises
    ------
    TypeError
        If a table is no DataFrame, or a parameter of the wrong type.
    ValueError
        If a column is missing, a node occurs twice in a case or is absent from `chokes`, or a
        parameter is out of range.

    Notes
    -----
    Balls of neighbouring nodes overlap, and so their counts are not independent: permuting nodes
    within one graph is then too confident. The comparison with null graphs is free of that.

    Examples
    --------
    >>> import netplastic as npl
    >>> graph = npl.graphs.dumbbell(module_size=4, path_length=2)
    >>> net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-100.0))
    >>> counts = npl.count_neighborhoods(net, radius=1)
    >>> table = npl.amplification(counts, npl.graphs.choke_points(graph))
    >>> table[["comparison", "n_choke", "n_control", "n_unmatched", "status"]].values.tolist()
    [['all others', 4, 6, 0, 'certified'], ['matched', 0, 0, 4, 'certified']]
    """
    _check_tables(counts, chokes, nulls)
    coarseness = check_number("coarseness", coarseness, least=0.0)
    how = Resampling(
        check_count("resamples", resamples),
        check_fraction("confidence", confidence, ends=False),
        check_rng(rng),
    )
    is_choke = dict(zip(chokes["node"], chokes["is_choke"].astype(bool), strict=True))
    rows: list[dict[str, Any]] = []
    for case, table in counts.groupby(_CASE, dropna=False, sort=False):
        data = _Data.of(table, is_choke)
        facts = dict(zip(_CASE, case, strict=True))
        rows.append({**facts, **_all_others(data, how)})
        rows.append({**facts, **_matched(data, coarseness, how)})
        if nulls is not None:
            rows += [{**facts, **row} for row in _nulls(data, _same_case(nulls, case), how)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True, eq=False)
class _Data:
    """One case as a table with the columns choke and log2_stable, nodes of count 0 apart."""

    table: pd.DataFrame
    without_stable: int

    @classmethod
    def of(cls, table: pd.DataFrame, is_choke: dict[Hashable, bool]) -> _Data:
        twice = table["node"][table["node"].duplicated()]
        if len(twice):
            raise ValueError(
                f"node {twice.tolist()[0]!r} occurs twice in counts with the same radius, scope, "
                "strength and learning rate; give the counts of one graph."
            )
        missing = [node for node in table["node"] if node not in is_choke]
        if missing:
            raise ValueError(
                f"node {missing[0]!r} of counts is not in chokes; give the choke points of the "
                "same graph."
            )
        finite = np.isfinite(table["log2_stable"].to_numpy(dtype=np.float64))
        kept = table[finite]
        choke = np.array([is_choke[node] for node in kept["node"]], dtype=bool)
        return cls(kept.assign(choke=choke), int((~finite).sum()))

    def report(self, result: Contrast, used: pd.DataFrame, **more: Any) -> dict[str, Any]:
        """Put a result and what entered it into one row."""
        uncertain = int((used["status"] != "certified").sum()) + int(more.pop("uncertain", 0))
        row = {
            "effect": result.effect,
            "low": result.low,
            "high": result.high,
            "p_value": result.p_value,
            "n_choke": int(used["choke"].sum()),
            "n_control": int((~used["choke"]).sum()),
            "n_unmatched": 0,
            "n_without_stable": self.without_stable,
            "n_lower_bound": uncertain,
            "status": "lower bound" if uncertain else "certified",
            "reason": "",
        }
        return {**row, **more}


_NOTHING = Contrast(math.nan, math.nan, math.nan, math.nan)


def _all_others(data: _Data, how: Resampling) -> dict[str, Any]:
    table, name = data.table, "all others"
    stratum = _stratum(table)
    reason = _lack(stratum)
    if reason:
        return data.report(_NOTHING, table, comparison=name, reason=reason)
    result = between_strata([stratum], how)
    return data.report(result, table, comparison=name, reason=_few(table))


def _matched(data: _Data, coarseness: float, how: Resampling) -> dict[str, Any]:
    table, name = data.table, "matched"
    classes = table.groupby(
        [_classes(table["size"], coarseness), _classes(table["degree"], coarseness)], sort=True
    )
    parts = [part for _, part in classes if part["choke"].any() and not part["choke"].all()]
    used = pd.concat(parts) if parts else table.iloc[:0]
    unmatched = int(table["choke"].sum() - used["choke"].sum())
    if not parts:
        reason = _lack(_stratum(table)) or "no node matches a choke point in size and degree"
        return data.report(_NOTHING, used, comparison=name, n_unmatched=unmatched, reason=reason)
    result = between_strata([_stratum(part) for part in parts], how)
    return data.report(result, used, comparison=name, n_unmatched=unmatched, reason=_few(used))


def _nulls(data: _Data, nulls: pd.DataFrame, how: Resampling) -> list[dict[str, Any]]:
    """Compare with null graphs on the nodes that have stable equilibria in all of them."""
    values, uncertain = _by_graph(data, nulls)
    common = np.isfinite(values).all(axis=0)
    values, used = values[:, common], data.table.iloc[np.flatnonzero(common)]
    observed = _stratum(used)
    choke = used["choke"].to_numpy(dtype=bool)
    others = [Stratum(row[choke], row[~choke]) for row in values]
    more: dict[str, Any] = {
        "n_control": len(values),
        "n_without_stable": data.without_stable + int((~common).sum()),
        "uncertain": int(uncertain[:, common].sum()),
    }
    rows = []
    for relative, name in ((False, "null graphs"), (True, "null contrast")):
        more["comparison"] = name
        reason = _lack_of_nulls(observed, others, relative)
        if reason:
            rows.append(data.report(_NOTHING, used, reason=reason, **more))
            continue
        result = against_nulls(observed, others, relative, how)
        few = "" if len(observed.choke) > 1 else "one choke point: no interval"
        few = few if len(others) > 1 else "one null graph: no interval"
        rows.append(data.report(result, used, reason=few, **more))
    return rows


def _by_graph(data: _Data, nulls: pd.DataFrame) -> tuple[FloatArray, BoolArray]:
    """log2 counts (graphs, nodes) in the order of the data, and which are lower bounds only.

    NaN where a null graph has no count for a node.
    """
    column = {node: number for number, node in enumerate(data.table["node"])}
    graphs = {graph: number for number, graph in enumerate(nulls["null"].unique())}
    values = np.full((len(graphs), len(column)), np.nan)
    uncertain = np.zeros(values.shape, dtype=bool)
    fields = (nulls[name] for name in ("null", "node", "log2_stable", "status"))
    for graph, node, value, status in zip(*fields, strict=True):
        if node in column:
            place = graphs[graph], column[node]
            if not np.isnan(values[place]):
                raise ValueError(
                    f"node {node!r} occurs twice in null graph {graph!r} with the same radius, "
                    "scope, strength and learning rate."
                )
            values[place], uncertain[place] = value, status != "certified"
    return values, uncertain


def _lack_of_nulls(observed: Stratum, nulls: list[Stratum], relative: bool) -> str:
    if not nulls:
        return "no null graph has counts for this case"
    if not len(observed.choke):
        return "no choke point with stable equilibria in all graphs"
    if relative and not len(observed.control):
        return "no other node with stable equilibria in all graphs"
    return ""


def _stratum(table: pd.DataFrame) -> Stratum:
    value = table["log2_stable"].to_numpy(dtype=np.float64)
    choke = table["choke"].to_numpy(dtype=bool)
    return Stratum(value[choke], value[~choke])


def _lack(stratum: Stratum) -> str:
    if not len(stratum.choke):
        return "no choke point with a stable equilibrium"
    return "" if len(stratum.control) else "no other node with a stable equilibrium"


def _few(used: pd.DataFrame) -> str:
    if used["choke"].sum() < 2:
        return "one choke point: no interval"
    return "one node to compare with: no interval" if (~used["choke"]).sum() < 2 else ""


def _classes(values: pd.Series[Any], coarseness: float) -> np.ndarray[Any, Any]:
    """Class of each number: the nearest power of 1 + coarseness; 0 is a class of its own."""
    number = values.to_numpy(dtype=np.float64)
    if coarseness == 0.0:
        return number
    power = np.rint(np.log(np.maximum(number, 1.0)) / math.log1p(coarseness))
    return np.where(number < 1.0, -1.0, power)


def _same_case(nulls: pd.DataFrame, case: tuple[Any, ...]) -> pd.DataFrame:
    same = np.ones(len(nulls), dtype=bool)
    for name, value in zip(_CASE, case, strict=True):
        equal = nulls[name] == value
        same &= (equal | (nulls[name].isna() if pd.isna(value) else False)).to_numpy()
    return nulls[same]


def _check_tables(counts: object, chokes: object, nulls: object) -> None:
    needed = {"counts": (counts, _NEEDED), "chokes": (chokes, ["node", "is_choke"])}
    if nulls is not None:
        needed["nulls"] = (nulls, ["null", *_NEEDED])
    for name, (table, columns) in needed.items():
        if not isinstance(table, pd.DataFrame):
            raise TypeError(f"{name} is a {type(table).__name__}; give a pandas DataFrame.")
        missing = [column for column in columns if column not in table.columns]
        if missing:
            raise ValueError(f"{name} lacks the column {missing[0]!r}; it needs {columns}.")
