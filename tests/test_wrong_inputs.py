"""Wrong inputs over the whole public API: refused at once, in words that help; none accepted."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import networkx as nx
import numpy as np
import pytest
from public_analyses import CALLS as ANALYSES
from public_calls import CALLS as DYNAMICS
from public_continuation import CALLS as CONTINUATION
from public_studies import CALLS as STUDIES
from trying import Call
from wrong_values import NET, TRIANGLE, WRONG

import netplastic as npl

CALLS = {**DYNAMICS, **CONTINUATION, **ANALYSES, **STUDIES}
HOUSE = Path(npl.__file__).parents[1]
LONGEST = 400


def wrong_values(kind: Any) -> list[Any]:
    return WRONG[kind] if isinstance(kind, str) else kind or []


def in_words(value: Any) -> set[str]:
    """What a message may call a value: its text, its type, its shape or length, what it holds."""
    words = {type(value).__name__, str(value), repr(value), getattr(value, "__name__", "")}
    words |= {str(getattr(value, "shape", "")), str(list(getattr(value, "axes", [""])[0]))}
    if isinstance(value, int | float) and not isinstance(value, bool):
        words.add(f"{value:g}" if abs(value) < 1e300 else "1e+400")
    if isinstance(value, list | tuple | dict | set) or np.ndim(value):
        held = [*value, *value.values()] if isinstance(value, dict) else list(value)
        words |= {str(len(held)), *(word for one in held for word in in_words(one))}
        words |= {"empty", "no "} if not held else set()
    return words - {""} or {"''"}


def own(error: BaseException) -> bool:
    """Whether the error was raised by a line of this project, not inside a library."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    path = Path(trace.tb_frame.f_code.co_filename).resolve()
    return HOUSE in path.parents and "tests" not in path.parts


def complaint(call: Call, parameter: str, value: Any) -> str:
    """What is wrong with the answer to a wrong value; empty where it is right."""
    began = time.process_time()
    try:
        call.run(**{parameter: value})
    except Exception as error:
        message = str(error)
        ours = type(error).__module__.startswith("netplastic") and isinstance(error, ValueError)
        if not ours and type(error) not in (TypeError, ValueError):
            return f"foreign: {error!r}"
        if not own(error):
            return f"raised by a library: {error!r}"
        if not re.search(rf"\b({call.called.get(parameter, parameter)})\b", message):
            return f"does not name the parameter: {message}"
        if not any(word in message for word in in_words(value)):
            return f"does not say what was found: {message}"
        if len(message) > LONGEST:
            return f"long: {message}"
        took = time.process_time() - began
        return f"after {took:.1f} s of work" if took > 2.0 else ""
    return "accepted"


@pytest.mark.parametrize(
    ("name", "parameter"), [(name, kind) for name, call in CALLS.items() for kind in call.kinds]
)
def test_wrong_input_is_refused_at_once_in_words_that_help(name: str, parameter: str):
    call = CALLS[name]
    values = wrong_values(call.kinds[parameter])
    answers = [(value, complaint(call, parameter, value)) for value in values]
    assert [(value, said) for value, said in answers if said] == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (TRIANGLE, "of a network of 3 nodes that are not the 2 nodes of this one"),
        (NET.replace(strength=-3.0), "is no equilibrium of this network"),
    ],
)
def test_equilibria_of_another_network_are_refused(other: npl.PlasticNetwork, words: str):
    theirs = npl.find_equilibria(other)
    for given, function in (
        ("equilibrium", npl.critical_learning_rate),
        ("equilibria", npl.critical_learning_rates),
        ("equilibria", lambda net, found: npl.find_attractors(net, equilibria=found)),
    ):
        with pytest.raises(ValueError, match=f"{given} .*{words}"):
            function(NET, theirs)


def test_tables_without_rows_are_refused():
    counts = npl.count_neighborhoods(NET)
    for function in (npl.amplification, npl.analyses.explained_variance):
        with pytest.raises(ValueError, match="counts has no rows"):
            function(counts[:0], npl.graphs.choke_points(NET.graph))
    with pytest.raises(ValueError, match="chokes"):
        npl.amplification(counts, npl.graphs.choke_points(NET.graph)[:0])


def test_text_and_booleans_are_no_numbers_of_a_graph():
    graph = nx.path_graph(2)
    for value in ("3", True, None):
        nx.set_edge_attributes(graph, value, "weight")
        nx.set_node_attributes(graph, value, "drive")
        with pytest.raises((TypeError, ValueError), match="weight"):
            npl.PlasticNetwork(graph, npl.Hebbian(-1.0))
        with pytest.raises((TypeError, ValueError), match="bias = 'drive'"):
            npl.PlasticNetwork(nx.create_empty_copy(graph), npl.Hebbian(-1.0), bias="drive")


# -- nothing is left out ---------------------------------------------------------------------

RESULTS = {
    *("Attractors", "BifurcationDiagram", "Convexity", "Count", "CriticalRates", "Equilibria"),
    "Equilibrium",
    *("MultistabilityOnset", "Onset", "Report", "StabilityMap", "StudyFolder"),
    "Trajectory",
}
"""Made by the library: no one gives their parts."""

CONTRACTS = {
    *("Activation", "FunctionRule", "PairwiseRule", "Rule", "Tanh", "Logistic", "Hebbian", "Oja"),
    *("BCM", "Covariance", "PostsynapticallyGated", "PresynapticallyGated"),
    *("PerturbedStart", "RandomStart"),
}
"""Their methods are called by the numerics, which assume: arrays go in, arrays come out."""

ABSTRACT = {"Activation", "FunctionRule", "PairwiseRule", "Rule"}


def public() -> Iterator[tuple[str, Any, bool]]:
    """Name, callable and whether it is a method, for all that users can call with something."""
    seen: set[int] = set()
    for prefix, module in (("", npl), ("graphs.", npl.graphs), ("analyses.", npl.analyses)):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType) or id(value) in seen:
                continue
            seen.add(id(value))
            if not isinstance(value, type):
                yield prefix + name, value, False
            elif not issubclass(value, Enum | BaseException):
                if name not in RESULTS | ABSTRACT:
                    yield prefix + name, value, False
                for method, inner in vars(value).items():
                    is_method = isinstance(inner, FunctionType) and not method.startswith("_")
                    if is_method and name not in CONTRACTS and method != "measure":
                        yield f"{prefix}{name}.{method}", inner, True


def parameters() -> dict[str, set[str]]:
    """Parameters of each public callable that has any."""
    found = {}
    for name, value, method in public():
        names = list(inspect.signature(value).parameters)[int(method) :]
        if names and name != "PlasticNetwork.replace":
            found[name] = set(names)
    return found


def test_every_public_callable_and_each_of_its_parameters_is_tried():
    tried = {name: set(call.kinds) for name, call in CALLS.items() if "(" not in name}
    there = parameters()
    assert set(there) <= set(tried), "new in the API: give it a row"
    assert set(tried) <= set(there), "gone from the API: take out its row"
    for name, names in there.items():
        assert names == tried[name], name


def test_every_parameter_of_a_network_can_be_replaced_wrongly():
    tried = {
        name.split("(")[1].rstrip(")") for name in CALLS if name.startswith("PlasticNetwork.r")
    }
    assert tried | {"threshold"} == {*npl.PlasticNetwork._OWN, *npl.PlasticNetwork._RULE, "gain"}


def test_there_are_many_wrong_inputs():
    assert sum(len(wrong_values(k)) for call in CALLS.values() for k in call.kinds.values()) > 300
