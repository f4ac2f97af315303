"""The report of the study choke-points: tables, figures and the finding, all from its table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from netplastic.analyses import Study, publishable, write_csv, write_parquet, write_text

from ._choke_claims import claims
from ._choke_compare import compare, shares
from ._choke_figure import draw
from ._choke_finding import tell

__all__ = ["report"]


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write amplification, explained (.parquet, .csv), the figures, finding.md and claims.csv."""
    networks = study.networks()
    found, explained = compare(table, networks, study.seed), shares(table)
    for name, rows in (("amplification", found), ("explained", explained)):
        published = publishable(rows)
        write_parquet(out / f"{name}.parquet", published)
        write_csv(out / f"{name}.csv", published)
    draw(table, found, networks, out)
    write_csv(out / "claims.csv", claims(table, found, explained))
    write_text(out / "finding.md", tell(table, found, explained))
