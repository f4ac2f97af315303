"""The catalogue: recipes that come with the package."""

from __future__ import annotations

import tomllib
from importlib.resources import as_file, files

from netplastic._support import MEMORY_LIMIT, Graph, brief, check_count, nearest

from ._recipe import read_recipe
from ._source import open_source


def catalogue() -> dict[str, str]:
    """Return the networks of the catalogue, name by name, with a description each.

    Returns
    -------
    dict
        Name (the file name of the recipe in graphs/recipes without ".toml") to description, in
        alphabetical order. `load` builds one.

    Examples
    --------
    >>> catalogue()["karate"]
    "Zachary's karate club: 34 members, two factions"
    """
    recipes = sorted(
        (
            entry
            for entry in files(__package__).joinpath("recipes").iterdir()
            if entry.name.endswith(".toml")
        ),
        key=lambda entry: entry.name,
    )
    return {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8"))["description"]
        for entry in recipes
    }


def load(name: str, rng: int | None = None) -> Graph:
    """Build a network of the catalogue.

    Parameters
    ----------
    name : str
        A name from `catalogue()`.
    rng : int or None, default None
        Seed in place of the recipe's own: another network of the same family. It changes nothing
        where the family has no randomness.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        The network; the graph attribute `name` is its name in the catalogue.

    Raises
    ------
    ValueError
        A name that is not in the catalogue.

    Examples
    --------
    >>> graph = load("dumbbell")
    >>> graph.graph["name"], max(module for _, module in graph.nodes(data="module"))
    ('dumbbell', 1)
    >>> load("ring_of_modules", rng=1).size() == load("ring_of_modules").size()
    False
    """
    known = catalogue()
    if rng is not None:
        rng = check_count("rng", rng, least=0)
    if not isinstance(name, str):
        raise TypeError(f"name must be a name of the catalogue; found {brief(name)}")
    if name not in known:
        raise ValueError(
            f"name: no network {name!r} in the catalogue{nearest(name, known)}; it holds "
            f"{', '.join(known)}. A file of your own is read by read_network(path)"
        )
    with as_file(files(__package__).joinpath("recipes", f"{name}.toml")) as path:
        graph = read_recipe(open_source(path, (".toml",), MEMORY_LIMIT), rng)
    graph.graph["name"] = name
    return graph
