"""Networks by name: the catalogue, files and graphs at hand."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from netplastic import graphs
from netplastic._support import AUTO, Graph, unknown_name
from netplastic.model import Hebbian, PlasticNetwork

__all__ = ["graph_hash", "load_network", "load_networks"]

_WILD = "*?["
_UNSAID = (None, AUTO, ())


def load_network(name: str, **reading: Any) -> Graph:
    """Load one network: a name of the catalogue or the path of a file.

    Parameters
    ----------
    name : str
    **reading
        How a file is read: keywords of `graphs.read_network`, such as `directed`.

    Raises
    ------
    ValueError
        For a name that is neither (with the nearest name), or a file that cannot be read; and for
        a network of the catalogue with options for files.

    Examples
    --------
    >>> load_network("karate").number_of_nodes()
    34
    """
    path = Path(name).expanduser()
    if path.is_file() or path.suffix or len(path.parts) > 1:
        return graphs.read_network(path, **reading)
    known = graphs.catalogue()
    if name not in known:
        raise unknown_name("network", name, known)
    if said := [option for option, value in reading.items() if value not in _UNSAID]:
        raise ValueError(
            f"{said[0]} applies to files; {name!r} is a network of the catalogue, which says "
            "itself what it is. Leave it out."
        )
    return graphs.load(name)


def load_networks(wanted: Mapping[str, Graph] | Iterable[str], **reading: Any) -> dict[str, Graph]:
    """Load networks by name, each checked to be one that dynamics can run on.

    Parameters
    ----------
    wanted : mapping of name to graph, or names
        Names of the catalogue, patterns of them ("ring*"), files and patterns of files. A file's
        network is named by the file, without its ending.
    **reading
        How files are read, as for `load_network`.

    Raises
    ------
    ValueError
        When a pattern matches nothing, two networks have one name, a graph is empty or has
        weights that are no weights.

    Examples
    --------
    >>> list(load_networks(["karate"]))
    ['karate']
    """
    if isinstance(wanted, Mapping):
        found = dict(wanted)
    else:
        found = {}
        for name in (match for pattern in wanted for match in _matches(pattern)):
            key = _key(name)
            if key in found:
                raise ValueError(
                    f"two networks are called {key!r}; rename a file, or name each network once."
                )
            found[key] = load_network(name, **reading)
    if not found:
        raise ValueError("no networks to study; name at least one.")
    for name, graph in found.items():
        _check(name, graph)
    return found


def _key(name: str) -> str:
    """What a network is called: a file by its name without endings."""
    path = Path(name)
    if path.suffix.lower() == ".gz":
        path = Path(path.stem)
    return path.stem if path.suffix else name


def _matches(pattern: str) -> list[str]:
    if not any(sign in pattern for sign in _WILD):
        return [pattern]
    known = list(graphs.catalogue())
    named = [name for name in known if fnmatch.fnmatchcase(name, pattern)]
    files = [] if named else sorted(path for path in glob(pattern) if Path(path).is_file())
    if not named and not files:
        listed = ", ".join(known)
        raise ValueError(f"{pattern!r} matches no file and none of the networks {listed}.")
    return named + files


def _check(name: str, graph: Graph) -> None:
    try:
        PlasticNetwork(graph, Hebbian(-1.0))
    except (TypeError, ValueError) as error:
        raise type(error)(f"network {name!r}: {error}") from error


def graph_hash(graph: Graph) -> str:
    """Fingerprint of a graph: its nodes and edges in order, with all attributes.

    Examples
    --------
    >>> import networkx as nx
    >>> graph_hash(nx.path_graph(3)) == graph_hash(nx.path_graph(3))
    True
    >>> graph_hash(nx.path_graph(3)) == graph_hash(nx.path_graph(4))
    False
    """
    digest = hashlib.sha256(b"directed" if graph.is_directed() else b"undirected")
    for node, attributes in graph.nodes(data=True):
        digest.update(f"n {node!r} {sorted(attributes.items())!r}\n".encode())
    for source, target, attributes in graph.edges(data=True):
        digest.update(f"e {source!r} {target!r} {sorted(attributes.items())!r}\n".encode())
    return digest.hexdigest()
