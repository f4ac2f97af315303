"""Recipes: TOML files that say which network to build.

::

    description = "eight random modules in a ring"    # optional
    topology = "ring_of_modules"                      # a builder, "karate_club" or "celegans"

    [parameters]                                      # optional: the builder's own parameters
    modules = 8
    rng = 0

    [null]                                            # optional: rewire what was built
    model = "degree_preserving"                       # or "module_preserving"
    rng = 1                                           # and tries_per_edge, also optional
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from netplastic._support import Graph, nearest

from ._caveman import caveman
from ._dumbbell import dumbbell
from ._empirical import celegans, karate_club
from ._errors import NetworkFileError, line_of
from ._hierarchical import hierarchical_modules
from ._hourglass import hourglass
from ._null import degree_preserving_null, module_preserving_null
from ._planted import planted_partition
from ._ring import ring_of_modules
from ._source import Source
from ._star import star_of_modules
from ._triangles import triangle_preserving_null

TOPOLOGIES: dict[str, Callable[..., Graph]] = {
    "dumbbell": dumbbell,
    "ring_of_modules": ring_of_modules,
    "star_of_modules": star_of_modules,
    "hourglass": hourglass,
    "planted_partition": planted_partition,
    "caveman": caveman,
    "hierarchical_modules": hierarchical_modules,
    "karate_club": karate_club,
    "celegans": celegans,
}
NULL_MODELS: dict[str, Callable[..., Graph]] = {
    "degree_preserving": degree_preserving_null,
    "module_preserving": module_preserving_null,
    "triangle_preserving": triangle_preserving_null,
}
KEYS = ("topology", "description", "parameters", "null")


def read_recipe(source: Source, rng: int | None = None) -> Graph:
    """Build the network that a recipe describes; see the head of this file for the format.

    With `rng` the seeds that stand in the recipe (of the topology, of the null model) are replaced.
    """
    path, text = source.path, source.text
    recipe = parse_recipe(path, text)
    build = TOPOLOGIES[recipe["topology"]]
    parameters = _seeded(build, recipe.get("parameters", {}), rng)
    if "memory_limit" in inspect.signature(build).parameters:
        parameters = {"memory_limit": source.memory_limit, **parameters}
    graph = _call(path, text, "parameters", build, (), parameters)
    if "null" in recipe:
        options = dict(recipe["null"])
        rewire = NULL_MODELS[options.pop("model")]
        graph = _call(path, text, "null", rewire, (graph,), _seeded(rewire, options, rng))
    if "description" in recipe:
        graph.graph["description"] = recipe["description"]
    return graph


def _seeded(
    function: Callable[..., Graph], parameters: dict[str, Any], rng: int | None
) -> dict[str, Any]:
    if rng is None or "rng" not in inspect.signature(function).parameters:
        return parameters
    return {**parameters, "rng": rng}


def parse_recipe(path: Path, text: str) -> dict[str, Any]:
    """Parse a recipe and check its keys and names, without building anything."""
    try:
        recipe = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise NetworkFileError(path, f"is not valid TOML: {error}", line) from error
    for key in recipe:
        if key not in KEYS:
            hint = nearest(key, KEYS)
            if not hint:
                hint = "; parameters of the topology go below a line [parameters]"
            _fail(path, text, key, f"unknown key {key!r}; allowed are {_list(KEYS)}{hint}")
    if "topology" not in recipe:
        raise NetworkFileError(
            path, f'no topology; add a line like topology = "dumbbell". There are {_names()}'
        )
    _check_name(path, text, "topology", recipe["topology"], TOPOLOGIES)
    if not isinstance(recipe.get("description", ""), str):
        _fail(
            path, text, "description", f"description must be text; found {recipe['description']!r}"
        )
    for table in ("parameters", "null"):
        if not isinstance(recipe.get(table, {}), dict):
            _fail(
                path, text, table, f"{table} must be a table: a line [{table}], then name = value"
            )
    if "null" in recipe:
        if "model" not in recipe["null"]:
            raise NetworkFileError(
                path,
                f"the table [null] has no model; add one of {_list(NULL_MODELS)}",
                _line_of_key(text, "null"),
            )
        _check_name(path, text, "model", recipe["null"]["model"], NULL_MODELS, "null")
    return recipe


def _call(
    path: Path,
    text: str,
    table: str,
    function: Callable[..., Graph],
    arguments: tuple[Any, ...],
    parameters: dict[str, Any],
) -> Graph:
    """Call a builder; what it objects to is an error of the line that says it."""
    allowed = list(inspect.signature(function).parameters)[len(arguments) :]
    for name in parameters:
        if name not in allowed:
            known = f"allowed are {_list(allowed)}" if allowed else "it takes none"
            message = f"unknown parameter {name!r} of {function.__name__}; {known}"
            _fail(path, text, name, message + nearest(name, allowed), table)
    try:
        return function(*arguments, **parameters)
    except (TypeError, ValueError) as error:
        # Messages of the builders begin with the name of the parameter they are about.
        first = re.match(r"\w+", str(error))
        about = first[0] if first and first[0] in parameters else None
        line = _line_of_key(text, about, table) if about else _line_of_key(text, table)
        raise NetworkFileError(path, str(error), line) from error


def _check_name(
    path: Path,
    text: str,
    key: str,
    name: object,
    allowed: Iterable[str],
    table: str | None = None,
) -> None:
    if not isinstance(name, str) or name not in allowed:
        message = f"unknown {key} {name!r}; allowed are {_list(allowed)}{nearest(name, allowed)}"
        _fail(path, text, key, message, table)


def _fail(path: Path, text: str, key: str, message: str, table: str | None = None) -> NoReturn:
    raise NetworkFileError(path, message, _line_of_key(text, key, table))


def _line_of_key(text: str, key: str, table: str | None = None) -> int | None:
    """Return the line of a key, in a table that may be written in any of TOML's ways."""
    quoted = rf"[\"']?{re.escape(key)}[\"']?"
    header = re.search(rf"^[ \t]*\[[ \t]*{table}\b", text, flags=re.MULTILINE) if table else None
    start = header.start() if header else 0
    line = line_of(
        text[start:], rf"^[ \t]*(\[+[ \t]*)?([\w\"'-]+[ \t]*\.[ \t]*)*{quoted}[ \t]*[\].=]"
    )
    line = line or line_of(text[start:], rf"[{{,]\s*{quoted}[ \t]*=")
    return line + text.count("\n", 0, start) if line else None


def _list(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _names() -> str:
    return _list(TOPOLOGIES)
