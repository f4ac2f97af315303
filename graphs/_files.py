"""Reading a network from a file: one door for all formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netplastic._support import Graph, check_choice, check_flag, nearest

from ._checks import check_weights, edge_values
from ._edge_list import read_edge_list
from ._errors import NetworkFileError
from ._markup import read_gml, read_graphml
from ._recipe import read_recipe

ORIENTATIONS = ("source-target", "target-source")
SELF_CONTAINED: dict[str, Callable[[Path], Graph]] = {
    ".toml": read_recipe,
    ".graphml": read_graphml,
    ".gml": read_gml,
}
TABLES = (".csv", ".tsv")
MATRICES = (".npz", ".mtx")
SUFFIXES = (*SELF_CONTAINED, *TABLES, *MATRICES)


def read_network(
    path: str | Path, orientation: str | None = None, directed: bool | None = None
) -> Graph:
    """Read a network from a file; nothing in it is dropped, merged or repaired.

    ============== ==============================================================================
    .toml          A recipe: ``topology = "ring_of_modules"`` (any builder, "karate_club" or
                   "celegans"), a table ``[parameters]`` with the builder's parameters, and
                   optionally a table ``[null]`` with ``model = "degree_preserving"`` or
                   "module_preserving" and ``rng``.
    .graphml, .gml As networkx writes them; GML nodes are called by their label, or by their id
                   where no node has a label.
    .csv, .tsv     An edge list: a header with the columns source, target and optionally weight
                   (in any order and case), then one edge a line. The separator (comma, semicolon,
                   tab, vertical bar or blanks) is found out from the header. More columns become
                   edge attributes. Empty lines and lines that begin with # say nothing. Labels
                   are whole numbers if all of them are, else text.
    .npz, .mtx     A square matrix, sparse or dense (.npz: as `scipy.sparse.save_npz` or
                   `numpy.savez` with one array write it); nodes are 0, 1, ..., an entry other
                   than 0 is an edge with that `weight`.
    ============== ==============================================================================

    Parameters
    ----------
    path : str or pathlib.Path
        The file; its suffix says the format.
    orientation : {"source-target", "target-source"}, optional
        For matrices. "source-target" (the default, as in networkx): entry (i, j) is the edge
        from i to j: the row drives the column. "target-source": the column drives the row.
    directed : bool, optional
        For edge lists and matrices. By default a symmetric matrix, or an edge list that holds
        every edge both ways with equal attributes, is an undirected graph, and anything else is
        directed. True makes a directed graph of any; False an undirected graph of a symmetric
        matrix, or of an edge list that holds each edge once or all both ways.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        In a directed graph an edge u -> v means that u drives v. The graph attribute `name` is
        the file's name without suffix, where the file does not give one.

    Raises
    ------
    NetworkFileError
        A fault of the file, with its line, node, edge or entry: missing, unknown suffix, empty, not
        in its format, missing columns, a weight that is no finite number, a duplicated edge or
        parallel edges, an unknown topology or parameter, a matrix that is not square.
    TypeError, ValueError
        `orientation` or `directed` misused.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "worm.csv"
    ...     _ = path.write_text("source;target;weight\\nAVA;VA1;3\\nAVB;VB1;2.5\\n")
    ...     graph = read_network(path)
    >>> list(graph.edges(data="weight")), graph.is_directed()
    ([('AVA', 'VA1', 3.0), ('AVB', 'VB1', 2.5)], True)
    """
    if not isinstance(path, str | Path):
        raise TypeError(f"path must be text or a pathlib.Path; found {type(path).__name__}")
    if orientation is not None:
        check_choice("orientation", orientation, ORIENTATIONS)
    if directed is not None:
        directed = check_flag("directed", directed)
    path = Path(path)
    suffix = _check_file(path)
    if orientation is not None and suffix not in MATRICES:
        raise ValueError(
            f"orientation applies to matrices ({', '.join(MATRICES)}), not to {suffix} files; "
            "leave it out"
        )
    if directed is not None and suffix in SELF_CONTAINED:
        raise ValueError(
            f"directed applies to edge lists and matrices; a {suffix} file says itself whether "
            "it is directed. Leave it out, and use graph.to_undirected() or graph.to_directed()"
        )
    if suffix in SELF_CONTAINED:
        graph = SELF_CONTAINED[suffix](path)
    elif suffix in TABLES:
        graph = read_edge_list(path, directed)
    else:
        from ._matrix import read_matrix  # imports scipy, which the other formats do without

        graph = read_matrix(path, orientation or ORIENTATIONS[0], directed)
    _check_content(path, graph)
    if not graph.graph.get("name"):
        graph.graph["name"] = path.stem
    return graph


def _check_file(path: Path) -> str:
    """Return the suffix of an existing, readable, known, non-empty file."""
    suffix = path.suffix.lower()
    if path.is_dir():
        raise NetworkFileError(path, "is a folder; give the path of a file in it")
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        where = "" if path.parent.is_dir() else f"; there is no folder {path.parent} either"
        raise NetworkFileError(path, f"no such file{where}{nearest(path.name, siblings)}")
    if suffix not in SUFFIXES:
        raise NetworkFileError(
            path,
            f"unknown suffix {path.suffix!r}; allowed are {', '.join(SUFFIXES)}"
            f"{nearest(suffix, SUFFIXES)}",
        )
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise NetworkFileError(
                    path, "the file is empty; it must describe at least one node"
                )
    except OSError as error:
        raise NetworkFileError(path, f"cannot be read: {error.strerror}") from error
    return suffix


def _check_content(path: Path, graph: Graph) -> None:
    """Check what holds for a graph of any format."""
    if graph.number_of_nodes() == 0:
        raise NetworkFileError(path, "there is no node in it; a network needs at least one")
    for u, v, weight in edge_values(graph):
        if isinstance(weight, str):
            raise NetworkFileError(
                path,
                f"the weight of edge ({u!r}, {v!r}) is text ({weight!r}); declare weights as "
                "numbers",
            )
    try:
        check_weights(graph)
    except (TypeError, ValueError) as error:
        raise NetworkFileError(path, str(error)) from error
