"""A study: one question asked of many graphs, as a grid of independent tasks."""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from netplastic._support import (
    Graph,
    brief,
    check_count,
    check_flag,
    check_instance,
    check_number,
    unknown_name,
)

from ._content import GraphCode, Unstable, graph_code
from ._measures import stable_neighborhoods
from ._networks import Name, check_wanted, load_networks, network_label
from ._sources import code_hash
from ._task import Case, Measure, Scalar, Task

__all__ = ["Report", "Study"]

Report: TypeAlias = "Callable[[Study, pd.DataFrame, Path], None]"
"""``report(study, table, out)``: writes figures and findings, drawn from the table, into `out`."""


@dataclass(frozen=True)
class Study:
    """One question asked of many graphs.

    Every graph meets every combination of the values in `grid`; each such pair is a task that
    runs on its own, so that a study runs on any number of processes, resumes where it stopped
    and gives the same table whichever way it went.

    Parameters
    ----------
    name : str
        Lower-case words joined by hyphens; `netplastic run NAME`.
    question : str
        What the study asks, in one sentence.
    graphs : mapping of name to graph, or sequence of str
        Graphs by name; or names of the catalogue, patterns of such names ("ring*"), and files.
    grid : mapping of parameter to values
        Parameters of `measure` that vary: ``{"strength": (-5.0, -20.0)}``.
    common : mapping of parameter to value
        Parameters of `measure` that all tasks share.
    seed : int, default 0
        From which every task derives its own random numbers.
    seeds : int, default 1
        Networks of each random family that `graphs` names in the catalogue, built with the seeds
        0, 1, ...: an ensemble. With 1 each stands for itself, with the seed of its recipe.
    also : sequence of Study
        Further parts of the same question, with graphs, grid and measure of their own. Their
        tasks run with these; they have no report and no parts themselves.
    fixed : bool, default False
        Of a part: its graphs belong to the question, `on` leaves it out.
    measure : callable, default `netplastic.analyses.stable_neighborhoods`
        ``measure(graph, rng, **case) -> DataFrame``; any function, also one of a script or of a
        notebook's cell. Its code, and what it reaches, is part of what a finished task is known by.
    report : callable, optional
        ``report(study, table, out)`` writes figures and findings next to the table.

    Raises
    ------
    ValueError
        For a name that is no name, an empty grid, a parameter that `measure` does not have or
        that stands in both `grid` and `common`, a value that is NaN, two parts of one name.
        (Infinite values are for the measure to judge: a learning rate may be inf.)
    TypeError
        For values that are neither numbers nor text, seeds that are no whole number, parts that
        are no studies.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> study = npl.Study("pairs", "Are pairs bistable?", {"pair": nx.path_graph(2)},
    ...                   grid={"strength": (-5.0, -20.0)})
    >>> [task.case["strength"] for task in study.tasks()]
    [-5.0, -20.0]
    """

    name: str
    question: str
    graphs: Mapping[str, Graph] | Sequence[str]
    grid: Mapping[str, Sequence[Scalar]]
    common: Mapping[str, Scalar] = field(default_factory=dict)
    _: KW_ONLY
    seed: int = 0
    seeds: int = 1
    also: Sequence[Study] = ()
    fixed: bool = False
    measure: Measure = stable_neighborhoods
    report: Report | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(
                f"study name {self.name!r} must be lower-case words joined by hyphens, such as "
                "'choke-points': it names a folder."
            )
        if not isinstance(self.question, str):
            raise TypeError(f"question must be text; found {brief(self.question)}")
        check_count("seed", self.seed, least=0)
        check_count("seeds", self.seeds)
        check_flag("fixed", self.fixed)
        if not callable(self.measure):
            raise TypeError(f"measure must be a function of a graph; found {brief(self.measure)}")
        if self.report is not None and not callable(self.report):
            raise TypeError(f"report must be a function or None; found {brief(self.report)}")
        self._check_parts()
        check_wanted("graphs", self.graphs)
        for kind in ("grid", "common"):
            if not isinstance(getattr(self, kind), Mapping):
                raise TypeError(
                    f"{kind} must be a dict of the measure's parameters; found "
                    f"{brief(getattr(self, kind))}"
                )
        allowed = self._parameters()
        for name in (*self.grid, *self.common):
            if allowed is not None and name not in allowed:
                raise unknown_name("parameter in grid or common:", name, allowed)
        twice = sorted(set(self.grid) & set(self.common))
        if twice:
            raise ValueError(f"parameter {twice[0]!r} stands in grid and in common; keep one.")
        for name, values in self.grid.items():
            if isinstance(values, str) or not isinstance(values, Sequence) or not values:
                raise ValueError(
                    f"grid[{name!r}] is {brief(values)}; give a list of at least one value."
                )
            for value in values:
                _check_scalar(f"grid[{name!r}]", value)
        for name, value in self.common.items():
            _check_scalar(f"common[{name!r}]", value)

    def _check_parts(self) -> None:
        names = [self.name]
        if isinstance(self.also, str) or not isinstance(self.also, Sequence):
            raise TypeError(f"also must be a list of studies; found {brief(self.also)}")
        for part in self.also:
            check_instance("also, a part of the study,", part, Study, "Study(...)")
            if part.also or part.report is not None:
                raise ValueError(f"part {part.name!r} has parts or a report of its own.")
            if part.name in names:
                raise ValueError(f"two parts are called {part.name!r}; rename one Study in also.")
            names.append(part.name)

    def _parameters(self) -> list[str] | None:
        """Names of the parameters of `measure`; None where it takes any."""
        parameters = inspect.signature(self.measure).parameters
        if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
            return None
        return [name for name in list(parameters)[1:] if name != "rng"]

    def cases(self) -> Iterator[Case]:
        """Every combination of the grid's values, the last parameter fastest."""
        for values in itertools.product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))

    @property
    def parts(self) -> list[Study]:
        """The study itself and its further parts."""
        return [self, *self.also]

    def on(self, graphs: Sequence[str] | Mapping[str, Graph]) -> Study:
        """The same study of other graphs, without the parts whose graphs are fixed."""
        check_wanted("graphs", graphs)
        also = [replace(part, graphs=graphs) for part in self.also if not part.fixed]
        return replace(self, graphs=graphs, also=also)

    def networks(self) -> dict[Name, Graph]:
        """Load the graphs of the study itself, not of its further parts.

        Returns
        -------
        dict of (name, seed) to graph
            The seed is 0 for a graph that was not drawn at random, and where `seeds` is 1.

        Raises
        ------
        ValueError, OSError
            For names and files that do not exist, and graphs that no network can be made of.
        """
        return load_networks(self.graphs, self.seeds)

    def tasks(self) -> list[Task]:
        """List the study's tasks, part by part, in the order of its table.

        Raises
        ------
        TypeError
            For a graph or a measure that holds what has no content to tell: a finished task
            could not be recognised.
        """
        loaded = [(part, part.networks()) for part in self.parts]
        seeded = any(seed > 0 for _, networks in loaded for _, seed in networks)
        return [
            Task(
                part=part.name if self.also else None,
                graph_name=name,
                graph_seed=seed if seeded else None,
                graph=graph,
                graph_code=code,
                case=case,
                common=dict(part.common),
                seed=part.seed,
                measure=part.measure,
                measure_code=measure_code,
            )
            for part, networks in loaded
            for measure_code in [code_hash(part.measure)]
            for (name, seed), graph in networks.items()
            for code in [_code_of((name, seed), graph)]
            for case in part.cases()
        ]


def _code_of(name: Name, graph: Graph) -> GraphCode:
    try:
        return graph_code(graph)
    except Unstable as error:
        raise TypeError(f"network {network_label(name)!r}: {error}") from None


def _check_scalar(name: str, value: object) -> None:
    if not isinstance(value, str | int | float):
        raise TypeError(f"{name} holds {brief(value)}; a study varies numbers and text.")
    if isinstance(value, float) and not math.isinf(value):
        check_number(name, value)
