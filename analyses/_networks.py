"""Networks by name: the catalogue, files and graphs at hand."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from glob import glob
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx

from netplastic import graphs
from netplastic._support import Graph, brief, check_count, nearest
from netplastic.model import Hebbian, PlasticNetwork

from ._content import graph_code

__all__ = ["Name", "check_wanted", "load_network", "load_networks", "network_label"]

Name: TypeAlias = tuple[str, int]
"""Name of a network, and the seed with which it was drawn of its family; 0 where it was not."""

_WILD = "*?["


def load_network(name: str, rng: int | None = None, **reading: Any) -> Graph:
    """Load one network: a name of the catalogue, with its own seed or `rng`, or a file's path.

    Parameters
    ----------
    name : str
    rng : int, optional
        Seed of a random family of the catalogue.
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
    if not isinstance(name, str | PathLike):
        raise TypeError(f"name must be text or a path; found {brief(name)}")
    path = Path(name).expanduser()
    if path.is_file() or path.suffix or len(path.parts) > 1:
        return graphs.read_network(path, **reading)
    known = graphs.catalogue()
    if name not in known:
        raise ValueError(
            f"name: there is no network {str(name)!r}{nearest(name, known) or '.'} The command "
            "netplastic graphs lists the catalogue; a file's name has an ending"
        )
    if said := [option for option in reading if option != "other_attributes"]:
        raise ValueError(
            f"{said[0]} applies to files; {name!r} is a network of the catalogue, which says "
            "itself what it is. Leave it out."
        )
    return graphs.load(name, rng)


def network_label(name: Name) -> str:
    """Return the name of a network as text.

    Examples
    --------
    >>> network_label(("ring_of_modules", 3)), network_label(("karate", 0))
    ('ring_of_modules, seed 3', 'karate')
    """
    graph, seed = name
    return f"{graph}, seed {seed}" if seed else graph


def load_networks(
    wanted: Mapping[str, Graph] | Iterable[str], seeds: int = 1, **reading: Any
) -> dict[Name, Graph]:
    """Load networks by name, each checked to be one that dynamics can run on.

    Parameters
    ----------
    wanted : mapping of name to graph, or names
        Names of the catalogue, patterns of them ("ring*"), files and patterns of files. A file's
        network is named by the file, without its ending.
    seeds : int, default 1
        Networks of each random family of the catalogue, with the seeds 0, 1, ...; 1 takes the
        recipe's own seed. Equal networks would be one observation: a family without randomness
        gives one network.
    **reading
        How files are read, as for `load_network`.

    Returns
    -------
    dict of (name, seed) to graph
        The seed is 0 where `seeds` is 1 and for networks that are not drawn at random.

    Raises
    ------
    ValueError
        When a pattern matches nothing, two networks have one name, a graph is empty or has
        weights that are no weights.

    Examples
    --------
    >>> list(load_networks(["karate", "hourglass"], seeds=2))
    [('karate', 0), ('hourglass', 0), ('hourglass', 1)]
    """
    check_wanted("wanted", wanted)
    seeds = check_count("seeds", seeds)
    found: dict[Name, Graph] = {}
    if isinstance(wanted, Mapping):
        found = {(name, 0): graph for name, graph in wanted.items()}
    else:
        known: set[str] = set()
        for name in (match for pattern in wanted for match in _matches(pattern)):
            key = _key(name)
            if key in known:
                raise ValueError(
                    f"two networks are called {key!r}; rename a file, or name each network once."
                )
            known.add(key)
            found |= {(key, seed): graph for seed, graph in _family(name, seeds, reading)}
    if not found:
        raise ValueError("wanted is empty: no networks to study; name at least one.")
    for label, graph in zip(map(network_label, found), found.values(), strict=True):
        _check(label, graph)
    return found


def check_wanted(name: str, graphs: object) -> None:
    """Refuse what is neither graphs by name nor a list of names."""
    if isinstance(graphs, Mapping):
        for key, graph in graphs.items():
            if not isinstance(key, str):
                raise TypeError(f"{name} must have names that are text; found {brief(key)}")
            if not isinstance(graph, nx.Graph):
                raise TypeError(
                    f"{name}[{key!r}] is {brief(graph)}; give a networkx graph, or a list of names"
                )
        return
    if isinstance(graphs, str):
        raise TypeError(f"{name} is the text {graphs!r} (a str); give a list: [{graphs!r}].")
    if isinstance(graphs, nx.Graph) or not isinstance(graphs, Iterable):
        raise TypeError(
            f"{name} is {brief(graphs)}; give a dict of name to graph, or a list of names"
        )
    for one in graphs if isinstance(graphs, Sequence | Set) else ():  # no iterator is used up
        if not isinstance(one, str):
            raise TypeError(f"{name} must be a list of names; found {brief(one)} in it")


def _key(name: str) -> str:
    """What a network is called: a file by its name without endings."""
    path = Path(name)
    if path.suffix.lower() == ".gz":
        path = Path(path.stem)
    return path.stem if path.suffix else name


def _family(name: str, seeds: int, reading: dict[str, Any]) -> Iterator[tuple[int, Graph]]:
    """The network of that name; of a random family of the catalogue one for each seed."""
    if seeds == 1 or name not in graphs.catalogue():
        yield 0, load_network(name, **reading)
        return
    first, second = load_network(name, 0), load_network(name, 1)
    yield 0, first
    if graph_code(first).wiring == graph_code(second).wiring:
        return
    yield 1, second
    for seed in range(2, seeds):
        yield seed, load_network(name, seed)


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
