"""Make analyses/README.md from the claims of the studies.

    python analyses/data/make_readme.py [RESULTS]

With RESULTS, a folder in which every study has a folder of results (as `netplastic run` makes it),
the claims found there are copied here first.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd

from netplastic.analyses.studies import catalogue, page

HERE = Path(__file__).parent


def made() -> str:
    """Return the page that the tables here make."""
    known = catalogue()
    found = {name: pd.read_csv(HERE / f"{name}.csv") for name in known}
    tables = {
        name: table.fillna({"unit": "", "case": ""}).astype({"holds": "boolean"})
        for name, table in found.items()
    }
    return page(tables, {name: study.question for name, study in known.items()})


if __name__ == "__main__":
    for results in map(Path, sys.argv[1:]):
        for name in catalogue():
            if (results / name / "claims.csv").is_file():
                shutil.copy(results / name / "claims.csv", HERE / f"{name}.csv")
    (HERE.parent / "README.md").write_text(made(), encoding="utf-8")
