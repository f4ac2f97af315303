"""A task: one graph and one case, and what a finished one is recognised by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import pandas as pd

from netplastic._support import Graph

from ._content import GraphCode
from ._networks import network_label
from ._sources import versions

__all__ = ["Case", "Measure", "Scalar", "Task"]

Scalar: TypeAlias = str | int | float | bool
Case: TypeAlias = dict[str, Scalar]
Measure: TypeAlias = Callable[..., pd.DataFrame]
"""``measure(graph, rng, **case)`` returns one table for one graph and one case; `rng` is an int."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One graph and one case: what a worker gets, the same wherever it runs.

    `part` and `graph_seed` are None where the study has one part, or no ensembles.
    """

    part: str | None
    graph_name: str
    graph_seed: int | None
    graph: Graph
    graph_code: GraphCode
    case: Case
    common: Case
    seed: int
    measure: Measure
    measure_code: str

    @cached_property
    def key(self) -> str:
        """Identity of the task: what it computes, on which graph, by which code and versions."""
        content = {
            "versions": versions(),
            "measure": self.measure_code,
            "graph": self.graph_code.whole,
            "parameters": {**self.common, **self.case},
            "seed": self.seed,
        }
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def rng(self) -> int:
        """Seed of the task: the same in every case of one graph, so that cases are comparable."""
        digest = hashlib.sha256(f"{self.seed} {self.graph_code.wiring}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1

    @property
    def label(self) -> str:
        """Graph and case in words."""
        return ", ".join([self.network, *(f"{name} {value}" for name, value in self.case.items())])

    @property
    def network(self) -> str:
        """Name of the graph, with its seed."""
        return network_label((self.graph_name, self.graph_seed or 0))

    @cached_property
    def lead(self) -> Case:
        """What stands before the measured columns in each row of the task."""
        about = {"part": self.part, "graph": self.graph_name, "seed": self.graph_seed}
        return {name: value for name, value in about.items() if value is not None} | self.case

    def run(self) -> pd.DataFrame:
        """Measure."""
        return self.measure(self.graph, rng=self.rng, **self.common, **self.case)
