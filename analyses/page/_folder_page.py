"""The page of a study: what lies in its folder, and what that lacks."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic._support import Graph, citation
from netplastic.analyses import StudyFolder, read_folder

from ._grids import grid_of
from ._markdown import markdown_html, sections_of
from ._text import entry, is_missing, plain
from ._view import Badge, Grid, NetworkView, Page, Picture
from ._views import network_view
from ._words import counting, listed

__all__ = ["folder_page"]

NETWORKS = 10
"""Networks of a study that get a picture and a table on the page."""
_CASES, _FAILURES = 6, 50
_COUNTED = ("node", "n_stable", "log2_stable", "status")
_CASE = ("scope", "radius", "strength", "learning_rate")


def folder_page(path: Path, *, drawn: int) -> Page:
    """Lay out the results in the folder of a study.

    Parameters
    ----------
    path : Path
    drawn : int
        Most nodes of a network that is drawn.
    """
    folder = read_folder(path)
    record, title, parts = folder.record, *_finding(folder)
    networks, left_out = _networks(folder, drawn)
    claims = folder.claims
    pictures = _pictures(folder, parts[0])
    return Page(
        title=title,
        question=plain(record.get("question", "")),
        badges=_badges(folder),
        alarms=_alarms(record),
        finding=markdown_html(parts[0]) or "<p>The study has written no finding.</p>",
        networks=networks,
        left_out=[*left_out, *_other_files(folder, pictures)],
        pictures=pictures,
        grids=[] if claims is None or not len(claims) else [grid_of("Claims", claims)],
        more=markdown_html(parts[1]),
        command=plain(record.get("call", "")) or "not kept",
        made=_made(record),
        graphs=_graphs(record),
        failures=_failures(record),
        missing=list(folder.missing),
        methods=_methods(folder),
        cite=citation("text"),
        bibtex=citation("bibtex"),
    )


def _finding(folder: StudyFolder) -> tuple[str, tuple[str, str]]:
    """The title, what was found in short with its cautions, and everything else."""
    name = str(folder.record["study"])
    (_, opening), *sections = sections_of(folder.finding or "")
    lines = opening.splitlines()
    title = lines[0].lstrip("# ") if lines and lines[0].startswith("# ") else name
    question = f"*{folder.record.get('question')}*"
    short = [line for line in lines[1 if title != name else 0 :] if line.strip() != question]
    first, rest = ["\n".join(short)], [""]
    for heading, text in sections:
        said = f"### {heading}\n\n{text}"
        (first if heading in ("In short", "Read with care") else rest).append(said)
    return plain(title), ("\n\n".join(first).strip(), "\n\n".join(rest))


def _badges(folder: StudyFolder) -> list[Badge]:
    record, table = folder.record, folder.table
    badges = []
    if table is not None and "status" in table:
        for status, number in table["status"].dropna().value_counts().items():
            text = plain(status)
            badges.append(Badge(text=text, value=f"{number:,} rows", status=text))
    badges.append(Badge(text="netplastic", value=plain(record.get("netplastic", "unknown"))))
    badges.append(Badge(text="seed", value=entry(record.get("seed"))))
    badges.append(Badge(text="run of", value=plain(record.get("started", "unknown"))[:10]))
    return badges


def _alarms(record: dict[str, Any]) -> list[str]:
    """What must be known before anything else is read."""
    tasks = record.get("tasks", [])
    failed = [task for task in tasks if task.get("state") == "failed"]
    undone = [task for task in tasks if task.get("state") == "not run"]
    found = []
    if failed:
        which = f"{len(failed)} of" if len(failed) < len(tasks) else "All"
        reason = plain(failed[0].get("error", "no reason is kept"))
        found.append(
            f"{which} {len(tasks)} tasks failed; what is said here rests on the others. "
            f"The first: {reason}"
        )
    if undone:
        found.append(f"{len(undone)} of {len(tasks)} tasks were not run.")
    state = str(record.get("state", "unknown"))
    if state not in ("finished", "finished with failures", "all tasks failed"):
        found.append(f"The run did not come to its end: {plain(state)}.")
    return found


def _failures(record: dict[str, Any]) -> list[str]:
    failed = [task for task in record.get("tasks", []) if task.get("state") == "failed"]
    said = []
    for task in failed[:_FAILURES]:
        skipped = ("state", "key", "seconds", "error", "trace", "graph_hash")
        case = ", ".join(f"{k} {entry(v)}" for k, v in task.items() if k not in skipped)
        said.append(f"{case}: {plain(task.get('error', 'no reason is kept'))}")
    if len(failed) > _FAILURES:
        said.append(f"and {len(failed) - _FAILURES} more; run.json has all.")
    return said


def _networks(folder: StudyFolder, drawn: int) -> tuple[list[NetworkView], list[str]]:
    """The networks that are shown, one of each name first, and what is said of the others."""
    found = folder.networks
    if not len(found) or not len(folder.graphs):
        return [], []
    names = [column for column in ("graph", "seed") if column in found]
    once = found.drop_duplicates([*names, "graph_hash"])
    turn = once.groupby("graph", sort=False).cumcount()
    once = once.assign(turn=turn).sort_values("turn", kind="stable")
    there = [row for row in once.to_dict("records") if row["graph_hash"] in folder.graphs]
    views: list[NetworkView] = []
    left_out: list[str] = []
    beyond: Counter[int] = Counter()
    for row in there[:NETWORKS]:
        name = plain(row["graph"])
        if not is_missing(row.get("seed")) and int(row["seed"]):
            name += f", seed {int(row['seed'])}"
        try:
            graph = folder.graphs[row["graph_hash"]]
        except ValueError as error:
            left_out.append(f"{name}: {plain(error)}")
            continue
        chokes = _chokes(folder, row["graph_hash"], graph)
        counts, further = _first_cases(_counts(folder, row, names, graph))
        if further:
            beyond[further] += 1
        view = network_view(len(views) + 1, name, graph, chokes, counts, drawn=drawn)
        views.append(view)
        left_out += view.notes
    for further, number in beyond.items():
        left_out.append(
            f"Counts of {further} further cases of {number} networks are in table.parquet only."
        )
    more = len(there) - NETWORKS
    if more > 0:
        rest = [plain(row["graph"]) for row in there[NETWORKS:]]
        families = ", ".join(f"{name} ({n})" for name, n in Counter(rest).items())
        left_out.append(f"{more} more networks of the study have no picture here: {families}.")
    return views, left_out


def _first_cases(counts: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The counts of the first cases, and how many more there are."""
    keys = [name for name in _CASE if name in counts]
    if not len(counts):
        return counts, 0
    case = counts.groupby(keys, sort=False, dropna=False).ngroup()
    return counts[case < _CASES], max(0, int(case.max()) + 1 - _CASES)


def _by_text(graph: Graph) -> dict[Hashable, Hashable]:
    """Nodes by their label and, where a table has made text of it, by that."""
    return {**{str(node): node for node in graph}, **{node: node for node in graph}}


def _chokes(folder: StudyFolder, code: str, graph: Graph) -> pd.DataFrame | None:
    if folder.chokes is None:
        return None
    own = folder.chokes[folder.chokes["graph_hash"] == code]
    if not len(own):
        return None
    nodes = list(graph)
    labels = pd.Series([nodes[i] for i in own["position"]], dtype=object, index=own.index)
    return own.assign(node=labels)


def _counts(
    folder: StudyFolder, row: Mapping[Hashable, Any], names: Iterable[str], graph: Graph
) -> pd.DataFrame:
    """Rows of the table that count a network's neighborhoods, nodes by their labels."""
    table = folder.table
    if table is None or not set(_COUNTED) <= set(table.columns):
        return pd.DataFrame(columns=list(_COUNTED))
    mine = table["node"].notna() & table["n_stable"].notna()
    for name in names:
        if not is_missing(row[name]):
            mine &= (table[name] == row[name]).fillna(False)
    if "null" in table:
        mine &= ~(table["null"] > 0).fillna(False)
    own, label = table[mine.astype(bool)], _by_text(graph)
    nodes = [label.get(node) for node in own["node"]]
    own = own.assign(node=pd.Series(nodes, dtype=object, index=own.index))
    return own[own["node"].notna()].dropna(axis="columns", how="all")


def _pictures(folder: StudyFolder, finding: str) -> list[Picture]:
    """Figures, those of vectors where there are any, with what the finding says as their text."""
    kinds = {".svg": "svg+xml", ".png": "png"}
    names: dict[str, Path] = {}
    for path in folder.figures:
        if path.suffix in kinds:
            names.setdefault(path.stem, path)
    plainly = " ".join(re.sub(r"[#*`]", "", finding).split())
    found = []
    for stem, path in names.items():
        data = path.read_bytes()
        if path.suffix == ".svg":
            data = re.sub(rb"<metadata>.*?</metadata>", b"", data, flags=re.DOTALL)
        coded = base64.b64encode(data).decode()
        said = f"Figure {stem} of the study. {plainly[:300]}{'…' if len(plainly) > 300 else ''}"
        found.append(
            Picture(
                name=f"the figure {path.name}",
                uri=f"data:image/{kinds[path.suffix]};base64,{coded}",
                text=plain(said),
                caption=f"{stem.replace('-', ' ').capitalize()} ({path.name}); the finding says "
                "what it shows.",
            )
        )
    return found


def _other_files(folder: StudyFolder, pictures: list[Picture]) -> list[str]:
    tables = [f"{name} ({len(table):,} rows)" for name, table in folder.other_tables.items()]
    if folder.table is not None:
        tables.insert(0, f"table ({len(folder.table):,} rows)")
    return [f"Whole tables, in the folder: {', '.join(tables)}."] if tables else []


def _made(record: dict[str, Any]) -> list[tuple[str, str]]:
    packages = ", ".join(f"{name} {text}" for name, text in record.get("packages", {}).items())
    states = Counter(str(task.get("state")) for task in record.get("tasks", []))
    rows = {
        "versions": f"netplastic {record.get('netplastic')}, Python {record.get('python')}, "
        f"{packages}",
        "sources": record.get("sources"),
        "system": record.get("system"),
        "started": record.get("started"),
        "seconds": entry(record.get("seconds")),
        "workers": record.get("workers"),
        "seed": record.get("seed"),
        "tasks": ", ".join(f"{number} {state}" for state, number in states.items()),
        **_parameters(record),
    }
    return [(term, plain(value)) for term, value in rows.items() if not is_missing(value)]


def _parameters(record: dict[str, Any]) -> dict[str, str]:
    """What each part of the study varied and shared."""
    parts = {str(record["study"]): record.get("parameters", {}), **record.get("parts", {})}
    said = {}
    for name, about in parts.items():
        grid = [f"{k} {listed([entry(v) for v in vs])}" for k, vs in about.get("grid", {}).items()]
        common = [f"{k} {entry(v)}" for k, v in about.get("common", {}).items()]
        said[f"parameters of {name}"] = "; ".join([*grid, *common])
    return said


def _graphs(record: dict[str, Any]) -> Grid | None:
    graphs = record.get("graphs", {})
    if not graphs:
        return None
    rows = [
        {
            "graph": name,
            "nodes": about.get("nodes"),
            "edges": about.get("edges"),
            "direction": about.get("direction", ""),
            "SHA-256": about.get("hash", ""),
        }
        for name, about in graphs.items()
    ]
    return grid_of("Graphs", pd.DataFrame(rows))


def _methods(folder: StudyFolder) -> str:
    record, table = folder.record, folder.table
    number = len(record.get("graphs", {}))
    if table is None or not {*_COUNTED, "scope", "strength", "radius"} <= set(table.columns):
        said = "; ".join(f"{name}: {text}" for name, text in _parameters(record).items())
        return (
            f"The study {record['study']} of netplastic {record.get('netplastic')} was run on "
            f"{number} networks with {said} (seed {record.get('seed')}). A count is called "
            "certified where the list of states is proved to be complete."
        )
    rows = table[table["n_stable"].notna()]
    strengths = rows["strength"].dropna().unique()
    few = [entry(s) for s in strengths] if len(strengths) <= 5 else ["as stated below"]
    said = ". ".join(f"{name[0].upper()}{name[1:]}: {t}" for name, t in _parameters(record).items())
    return (
        counting(
            networks=number,
            radius=[int(r) for r in rows["radius"].dropna().unique()],
            scopes=[str(scope) for scope in rows["scope"].dropna().unique()],
            strengths=few,
            seed=int(record.get("seed", 0)),
            made_by=str(record.get("netplastic")),
        )
        + f" {said}."
    )
