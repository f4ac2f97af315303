"""Derive celegans_cook2019_cells.csv and celegans_cook2019_connections.csv.

Usage::

    pip download --no-deps --dest /tmp/cect cect==0.3.5
    python derive_celegans.py /tmp/cect/cect-0.3.5-py3-none-any.whl

Source of the connectome: Cook, S. J. et al. (2019). Whole-animal connectomes of both
Caenorhabditis elegans sexes. Nature 571, 63-71, doi:10.1038/s41586-019-1352-7, supplementary
information 5 (adjacency matrices, corrected July 2020), hermaphrodite; as read and cached by the
OpenWorm ConnectomeToolbox (Python package `cect`, MIT License, see LICENSE.cect), whose cell
lists give the kinds of cells.

The wheel is only read, never installed or run: the cell lists are evaluated from the source
text of cect/Cells.py, in which they are literal lists and sums of such lists.
"""

from __future__ import annotations

import ast
import csv
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

KINDS = {
    "sensory": ("SENSORY_NEURONS_COOK",),
    "inter": ("INTERNEURONS_COOK",),
    "motor": ("MOTORNEURONS_COOK",),
    "polymodal": ("PHARYNGEAL_POLYMODAL_NEURONS",),
    "unknown": ("UNKNOWN_FUNCTION_NEURONS",),
    "muscle": (
        "BODY_WALL_MUSCLE_NAMES",
        "PHARYNGEAL_MUSCLE_NAMES",
        "VULVAL_MUSCLE_NAMES",
        "UTERINE_MUSCLE_NAMES",
        "ANAL_SPHINCTER_MUSCLES",
        "INTESTINAL_MUSCLES",
    ),
}
PHARYNGEAL = ("PHARYNGEAL_NEURONS", "PHARYNGEAL_MUSCLE_NAMES")


def read_lists(source: str) -> dict[str, list[str]]:
    """Evaluate the module-level lists of names: literals and sums of earlier lists."""
    lists: dict[str, list[str]] = {}

    def value(node: ast.expr) -> list[str]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return value(node.left) + value(node.right)
        if isinstance(node, ast.Name):
            return lists[node.id]
        literal: list[str] = ast.literal_eval(node)
        return list(literal)

    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                lists[statement.targets[0].id] = value(statement.value)
            except (KeyError, TypeError, ValueError):
                continue  # not a list of names
    return lists


def cells(names: list[str], lists: dict[str, list[str]]) -> dict[str, tuple[str, str]]:
    """Return kind and system of the neurons and muscles, pharyngeal first, kind by kind."""
    kind_of = {
        cell: kind for kind, groups in KINDS.items() for group in groups for cell in lists[group]
    }
    pharyngeal = {cell for group in PHARYNGEAL for cell in lists[group]}
    rows = {
        name: (kind_of[name], "pharyngeal" if name in pharyngeal else "somatic")
        for name in names
        if name in kind_of
    }
    order = list(KINDS)
    key = {name: (k == "muscle", s, order.index(k), name) for name, (k, s) in rows.items()}
    return {name: rows[name] for name in sorted(rows, key=lambda name: key[name])}


def connections(data: dict[str, Any], known: list[str]) -> list[tuple[str, str, str, int]]:
    """Return (synapses, source, target, sections); a gap junction once, earlier cell first."""
    index = {name: i for i, name in enumerate(data["nodes"])}
    chemical, gap = (data["connections"][key] for key in ("Generic_CS", "Generic_GJ"))
    rows: list[tuple[str, str, str, int]] = []
    for source in known:
        for target in known:
            sections = chemical[index[source]][index[target]]
            if sections:
                rows.append(("chemical", source, target, int(sections)))
    for i, source in enumerate(known):
        for target in known[i:]:
            sections = gap[index[source]][index[target]]
            if sections != gap[index[target]][index[source]]:
                raise SystemExit(f"the gap junction {source} - {target} is not symmetric")
            if sections:
                rows.append(("gap", source, target, int(sections)))
    return rows


def write(path: Path, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Write a table with Unix line ends, so that it is the same file everywhere."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(wheel: str, folder: Path) -> None:
    """Write both tables into a folder."""
    with zipfile.ZipFile(wheel) as archive:
        data = json.loads(archive.read("cect/cache/Cook2019HermReader.json"))
        lists = read_lists(archive.read("cect/Cells.py").decode("utf-8"))
    kinds = cells(data["nodes"], lists)
    write(
        folder / "celegans_cook2019_cells.csv",
        ("name", "kind", "system"),
        [(name, *row) for name, row in kinds.items()],
    )
    write(
        folder / "celegans_cook2019_connections.csv",
        ("synapses", "source", "target", "sections"),
        list(connections(data, list(kinds))),
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python derive_celegans.py PATH/TO/cect-0.3.5-py3-none-any.whl")
    main(sys.argv[1], Path(__file__).parent)  # next to this script
