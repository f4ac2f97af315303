"""Tables of counts and choke points made by hand, and the row of a result."""

from __future__ import annotations

import numpy as np
import pandas as pd


def counts_of(log2, degree=2, edges=0, **columns):
    """A table such as count_neighborhoods gives."""
    number = len(log2)
    table = pd.DataFrame(
        {
            "node": range(number),
            "degree": degree,
            "neighbor_edges": edges,
            "radius": 1,
            "scope": "isolated",
            "strength": -20.0,
            "learning_rate": 1.0,
            "log2_stable": np.asarray(log2, dtype=float),
            "status": "certified",
        }
    )
    table["size"] = table["degree"] + 1
    return table.assign(**columns)


def chokes_of(flags, **columns):
    flags = np.asarray(flags, dtype=bool)
    return pd.DataFrame({"node": range(len(flags)), "is_choke": flags}).assign(**columns)


def row(table, comparison, kind="all", level="graph"):
    is_it = (table["comparison"] == comparison) & (table["choke_kind"] == kind)
    (one,) = table[is_it & (table["level"] == level)].to_dict("records")
    return one


def stacked(tables, name="null"):
    return pd.concat([t.assign(**{name: i}) for i, t in enumerate(tables)], ignore_index=True)
