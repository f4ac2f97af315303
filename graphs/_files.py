"""Reading a network: one door for all formats, and for matrices and tables at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from netplastic._support import (
    AUTO,
    MEMORY_LIMIT,
    ORIENTATIONS,
    Graph,
    WeightName,
    brief,
    check_choice,
    check_flag,
    check_memory_limit,
    directed_or_not,
    find_ends,
    graph_of_matrix,
    is_matrix,
)

from ._adjacency import find_adjacency
from ._checks import check_weights, edge_values
from ._edge_list import read_edge_list
from ._errors import NetworkFileError
from ._gexf import read_gexf
from ._gml import read_gml
from ._graphml import read_graphml
from ._node_link import read_node_link
from ._pajek import read_pajek
from ._recipe import read_recipe
from ._records import Records
from ._source import Source, open_source
from ._weights import settle_weights

__all__ = ["read_network"]

SPEAKING: dict[str, Callable[[Source], Graph]] = {
    ".gml": read_gml,
    ".gexf": read_gexf,
    ".net": read_pajek,
}
ASKED: dict[str, Callable[[Source, bool | None], Graph]] = {
    ".graphml": read_graphml,
    ".json": read_node_link,
    ".cyjs": read_node_link,
}
TABLES = (".csv", ".tsv")
MATRICES = (".npz", ".npy", ".mtx")
SUFFIXES = (".toml", ".graphml", *SPEAKING, ".json", ".cyjs", *TABLES, *MATRICES)


def read_network(
    source: Any,
    *,
    directed: bool | None = None,
    orientation: str | None = None,
    weight: WeightName = AUTO,
    other_attributes: Collection[str] = (),
    labels: Sequence[Hashable] | None = None,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Read a network from a file, a matrix or a table; nothing in it is dropped or repaired.

    ============== ==============================================================================
    .toml          A recipe: ``topology = "ring_of_modules"`` (any builder, "karate_club" or
                   "celegans"), a table ``[parameters]`` with the builder's parameters, and
                   optionally a table ``[null]`` with ``model = "degree_preserving"``,
                   "module_preserving" or "triangle_preserving", and ``rng``.
    .graphml,      As networkx, Gephi, yEd, igraph and graph-tool write them. Nodes are called by
    .gexf          their `label` where each has one of its own, else by their id.
    .gml           Nodes are called by their label, or by their id where no node has a label.
    .net           Pajek.
    .json, .cyjs   Nodes and links (or edges), as networkx, D3 and Cytoscape write them.
    .csv, .tsv     An edge list: a header with the columns source and target (or from and to, pre
                   and post, pre_root_id and post_root_id, bodyId_pre and bodyId_post, in any order
                   and case), then one edge a line. The separator (comma, semicolon, tab, vertical
                   bar or blanks) is found out from the header. More columns become edge
                   attributes; a column of row numbers without a name is left out. Empty lines and
                   lines that begin with # say nothing, but that the last one in front of the edges
                   may be the header. Labels are whole numbers if all of them are, else text.
                   Or an adjacency matrix, with the labels of the nodes above its columns and
                   before its rows, or (from five nodes on; from four if it is symmetric) without.
    .npz, .npy,    A square matrix, sparse or dense (.npz: as `scipy.sparse.save_npz` or
    .mtx           `numpy.savez` write it, with an array of labels beside it if there is one).
    ============== ==============================================================================

    Each of them may be packed (.csv.gz). Instead of a file: a numpy array, a scipy sparse matrix or
    a square pandas table is an adjacency matrix, a table with the columns source and target an
    edge list. In a matrix an entry other than 0 is an edge with that `weight`.

    Parameters
    ----------
    source : str, pathlib.Path, array, sparse matrix or pandas.DataFrame
        A file, whose suffix says the format; or what holds the network.
    directed : bool, optional
        Whether edges have a direction. By default what the file says: GraphML's edgedefault,
        GML's directed, the column Type of Gephi, a comment "# undirected", synapses as columns
        (pre and post). A matrix that is symmetric up to rounding (1e-12 of an entry) and a list
        that holds every edge both ways with equal attributes (ids apart) are undirected. Where
        nothing says, it is an error. False on a list: each edge once, or all both ways.
    orientation : {"source-target", "target-source"}, optional
        For matrices. "source-target" (the default, as in networkx): entry (i, j) is the edge
        from i to j: the row drives the column. "target-source": the column drives the row. Given,
        it says that an asymmetric matrix is directed.
    weight : str or None, optional
        The edge attribute that holds the weights. By default `weight` in any case; else the only
        numeric attribute, which is copied to `weight` and named by the graph attribute
        `weight_from`; without one every edge counts 1. None: no weights.
    other_attributes : collection of str
        Attributes of edges that stand for something else, such as strengths of plasticity.
    labels : sequence, optional
        For matrices: the names of the nodes, by default 0, 1, ...
    memory_limit : float, default 8.0
        Gigabytes that the network may take, by an estimate made before it is built.

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
        parallel edges, an unknown topology or parameter, a matrix that is not square, several
        attributes that may be the weight, too large, and where nothing says whether it is directed.
    TypeError, ValueError
        An option misused, or a fault of what is no file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "worm.csv"
    ...     _ = path.write_text("pre;post;synapses\\nAVA;VA1;3\\nAVB;VB1;2.5\\n")
    ...     graph = read_network(path)
    >>> list(graph.edges(data="weight")), graph.is_directed(), graph.graph["weight_from"]
    ([('AVA', 'VA1', 3.0), ('AVB', 'VB1', 2.5)], True, 'synapses')
    >>> read_network([[0, 1], [1, 0]])
    Traceback (most recent call last):
    ...
    TypeError: source is [[0, 1], [1, 0]] (list); give the path of a file, an array, a sparse \
matrix or a pandas table. A list of edges is networkx.Graph(edges) or networkx.DiGraph(edges), of \
rows numpy.array(rows)
    """
    if orientation is not None:
        check_choice("orientation", orientation, ORIENTATIONS)
    if directed is not None:
        directed = check_flag("directed", directed)
    limit = check_memory_limit(memory_limit)
    if isinstance(other_attributes, str) or not (
        isinstance(other_attributes, Collection)
        and all(isinstance(name, str) for name in other_attributes)
    ):
        raise TypeError(
            "other_attributes must be a list of edge attributes, such as ['delay']; found "
            f"{brief(other_attributes)}"
        )
    if labels is not None and (isinstance(labels, str) or not isinstance(labels, Iterable)):
        raise TypeError(f"labels must be a list of names of nodes; found {brief(labels)}")
    if isinstance(source, str | PathLike):
        return _read_file(
            Path(source), directed, orientation, weight, other_attributes, labels, limit
        )
    if not is_matrix(source):
        raise TypeError(_foreign(source))
    from ._frame import read_table

    graph = read_table(
        source, orientation=orientation, directed=directed, labels=labels, memory_limit=limit
    )
    settle_weights(graph, weight, other_attributes)
    check_weights(graph)
    return graph


def _foreign(source: object) -> str:
    """Say how another thing becomes a network."""
    return (
        f"source is {brief(source)}; give the path of a file, an array, a sparse matrix "
        "or a pandas table. A list of edges is networkx.Graph(edges) or networkx.DiGraph(edges), "
        "of rows numpy.array(rows)"
    )


def _read_file(
    path: Path,
    directed: bool | None,
    orientation: str | None,
    weight: WeightName,
    other: Collection[str],
    labels: Sequence[Hashable] | None,
    memory_limit: float,
) -> Graph:
    source = open_source(path, SUFFIXES, memory_limit)
    _check_options(source.suffix, directed, orientation, labels)
    try:
        graph = _read(source, directed, orientation, labels)
        settle_weights(graph, weight, other)
    except NetworkFileError:
        raise
    except ValueError as error:
        raise NetworkFileError(path, str(error)) from error
    except RecursionError as error:
        raise NetworkFileError(path, "is nested too deeply to be a network") from error
    except MemoryError as error:
        raise NetworkFileError(path, "does not fit into the memory of this machine") from error
    _check_content(path, graph)
    if not graph.graph.get("name"):
        graph.graph["name"] = source.name
    return graph


def _check_options(
    suffix: str,
    directed: bool | None,
    orientation: str | None,
    labels: Sequence[Hashable] | None,
) -> None:
    """Refuse what does not apply to a format."""
    if directed is not None and suffix == ".toml":
        raise ValueError(
            "directed does not apply to recipes: a .toml file says itself whether it is directed. "
            "Leave it out, and use graph.to_undirected() or graph.to_directed()"
        )
    for name, value in (("orientation", orientation), ("labels", labels)):
        if value is not None and suffix not in (*MATRICES, *TABLES):
            raise ValueError(_only_matrices(name, suffix))


def _only_matrices(option: str, suffix: str) -> str:
    return (
        f"{option} applies to matrices ({', '.join(MATRICES)}, or a table of numbers), not to this "
        f"{suffix} file; leave it out"
    )


def _read(
    source: Source,
    directed: bool | None,
    orientation: str | None,
    labels: Sequence[Hashable] | None,
) -> Graph:
    suffix = source.suffix
    if suffix == ".toml":
        return read_recipe(source)
    if suffix in SPEAKING:
        return _turned(SPEAKING[suffix](source), directed)
    if suffix in ASKED:
        return _turned(ASKED[suffix](source, directed), directed)
    if suffix in TABLES:
        return _read_text(source, directed, orientation, labels)
    from ._matrix import read_matrix  # imports scipy, which the other formats do without

    return read_matrix(source, orientation, directed, labels)


def _turned(graph: Graph, directed: bool | None) -> Graph:
    """Return a graph that says itself what it is, as the other kind where that was asked for."""
    if directed is None or directed == graph.is_directed():
        return graph
    return graph.to_directed() if directed else directed_or_not(graph, False)


def _read_text(
    source: Source,
    directed: bool | None,
    orientation: str | None,
    labels: Sequence[Hashable] | None,
) -> Graph:
    """Read a text table: an edge list where its header names both ends, else a matrix."""
    path = source.path
    records = Records(path, source.text)
    if records.choose(lambda names: find_ends(names) is not None) is None:
        table = find_adjacency(path, records)
        if table is not None:
            return graph_of_matrix(
                table.matrix,
                labels=table.labels if labels is None else labels,
                orientation=orientation,
                directed=records.said if directed is None else directed,
                memory_limit=source.memory_limit,
            )
    for name, value in (("orientation", orientation), ("labels", labels)):
        if value is not None:
            raise NetworkFileError(path, _only_matrices(name, source.suffix))
    return read_edge_list(path, records, directed)


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
