"""Checks of what users give: what was found, what is allowed, how to mend it."""

from __future__ import annotations

import difflib
import math
import numbers
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ._types import FloatArray, IntArray, Node, Rng, Shown

__all__ = [
    *("as_numbers", "brief", "check_choice", "check_count", "check_flag", "check_fraction"),
    *("check_instance", "check_nodes", "check_number", "check_positive", "check_progress"),
    *(
        "check_rng",
        "check_seconds",
        "check_states",
        "check_table",
        "in_order",
        "nearest",
        "unknown_name",
    ),
]

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def brief(value: object) -> str:
    """Say what was found, on one short line: the value and its type, or what shape it has.

    Examples
    --------
    >>> brief("3"), brief(np.ones((2, 3)))
    ("'3' (str)", 'an array of shape (2, 3)')
    """
    shape = getattr(value, "shape", ())
    if isinstance(shape, tuple) and shape:
        kind = "array" if isinstance(value, np.ndarray) else type(value).__name__
        return f"a{'n' if kind == 'array' else ''} {kind} of shape {shape}"
    return f"{' '.join(_SHORT.repr(value).split())} ({type(value).__name__})"


def check_count(name: str, value: object, least: int = 1, why: str = "") -> int:
    """Return `value` as an int of at least `least`.

    Examples
    --------
    >>> check_count("trials", 0)
    Traceback (most recent call last):
    ...
    ValueError: trials must be at least 1; found 0
    """
    value = _scalar(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number of at least {least}; found {brief(value)}")
    if int(value) < least:
        reason = f" ({why})" if why else ""
        raise ValueError(f"{name} must be at least {least}{reason}; found {int(value)}")
    return int(value)


def check_number(name: str, value: object, least: float = -math.inf) -> float:
    """Return `value` as a finite float of at least `least`.

    Examples
    --------
    >>> check_number("coarseness", -1, least=0)
    Traceback (most recent call last):
    ...
    ValueError: coarseness must be a finite number of at least 0; found -1
    """
    bound = "" if least == -math.inf else f" of at least {least:g}"
    number = _real(name, value, f"a finite number{bound}")
    if not (math.isfinite(number) and number >= least):
        raise ValueError(f"{name} must be a finite number{bound}; found {value}")
    return number


def check_positive(name: str, value: object, infinite: bool = False) -> float:
    """Return `value` as a finite float above zero; `infinite` allows inf as well."""
    number = _real(name, value, "a number above 0")
    if infinite and number == math.inf:
        return number
    if not (math.isfinite(number) and number > 0.0):
        raise ValueError(f"{name} must be a finite number above 0; found {value}")
    return number


def check_seconds(budget: object) -> float | None:
    """Return a budget in seconds as a float; None is no limit."""
    return None if budget is None else check_positive("budget (seconds; None: no limit)", budget)


def check_fraction(name: str, value: object, ends: bool = True) -> float:
    """Return `value` as a float in [0, 1]; without `ends`, in (0, 1)."""
    number = _real(name, value, "a number between 0 and 1")
    if not (0.0 <= number <= 1.0 if ends else 0.0 < number < 1.0):
        hint = f"; did you mean {number / 100:g}?" if 1.0 < number <= 100.0 else ""
        between = "lie between 0 and 1" if ends else "lie above 0 and below 1"
        raise ValueError(f"{name} must {between}; found {value}{hint}")
    return number


def check_flag(name: str, value: object) -> bool:
    """Return `value`, which must be True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False; found {brief(value)}")
    return bool(value)


def check_progress(progress: Shown) -> None:
    """Refuse what does not say whether to show a bar, before any work starts."""
    if progress is not None:
        check_flag("progress", progress)


def check_instance(name: str, value: object, kind: type, example: str) -> None:
    """Refuse what is no `kind`, and say how to make one.

    Examples
    --------
    >>> check_instance("net", "karate", int, "PlasticNetwork(graph, rule)")
    Traceback (most recent call last):
    ...
    TypeError: net is a str; give a netplastic.PlasticNetwork(graph, rule)
    """
    if not isinstance(value, kind):
        kind_of = type(value).__name__
        found = f"the class {value.__name__}" if isinstance(value, type) else f"a {kind_of}"
        raise TypeError(f"{name} is {found}; give a netplastic.{example}")


def check_table(name: str, table: object) -> None:
    """Refuse what is no table of pandas."""
    kind = type(table)
    if not (kind.__name__ == "DataFrame" and hasattr(table, "columns")):
        raise TypeError(f"{name} is a {kind.__name__}; give a pandas DataFrame.")


def check_rng(rng: Rng) -> np.random.Generator:
    """Return a generator from an int, a Generator or None (SPEC 7)."""
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None:
        return np.random.default_rng()
    seed = _scalar(rng)
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise TypeError(
            "rng must be an int (a seed), a numpy.random.Generator or None (fresh entropy); "
            f"found {brief(rng)}"
        )
    if int(seed) < 0:
        raise ValueError(f"rng must be a seed of at least 0; found {seed}")
    return np.random.default_rng(int(seed))


def nearest(name: object, allowed: Iterable[str]) -> str:
    """Return '; did you mean ...?' with the valid name nearest to `name`, or ''."""
    close = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown_name(kind: str, found: object, allowed: Iterable[str]) -> ValueError:
    """Build the error for a name that is not among those allowed.

    Examples
    --------
    >>> unknown_name("activation", "tahn", ["tanh", "logistic"])
    ValueError("unknown activation 'tahn'; did you mean 'tanh'? Allowed: 'tanh', 'logistic'.")
    """
    names = list(allowed)
    hint = nearest(found, names) or "."
    listed = ", ".join(repr(name) for name in names)
    named = repr(found) if isinstance(found, str) and len(found) <= 60 else brief(found)
    return ValueError(f"unknown {kind} {named}{hint} Allowed: {listed}.")


def check_choice(kind: str, value: object, allowed: Iterable[str]) -> str:
    """Return `value`, which must be one of the names `allowed`."""
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise unknown_name(kind, value, names)
    return value


def as_numbers(name: str, value: object, give: str) -> FloatArray:
    """Return real numbers as floats, of any shape; what is something else is refused.

    Examples
    --------
    >>> as_numbers("bias", ["a"], "give a number")
    Traceback (most recent call last):
    ...
    TypeError: bias is ['a'] (list), which is not numeric; give a number
    """
    listed = hasattr(value, "__array__") or isinstance(value, Sequence | numbers.Real)
    try:
        array = np.asarray(value) if listed else np.array(None)
        if array.dtype.kind not in "iuf":
            raise TypeError
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} is {brief(value)}, which is not numeric; {give}") from None


def in_order(name: str, value: Any, labels: Sequence[Node]) -> Any:
    """Bring a pandas object whose (last) axis bears the labels into their order.

    One without an index of its own is taken as it is, as all else; with another it is refused.
    """
    if not type(value).__module__.startswith("pandas") or not hasattr(value, "index"):
        return value
    index = getattr(value, "columns", value.index)
    names = list(index)
    place = {label: number for number, label in enumerate(names)}
    if len(place) == len(names) == len(labels) and all(label in place for label in labels):
        return value.to_numpy()[..., [place[label] for label in labels]]
    if names != list(range(len(names))):
        raise ValueError(
            f"{name} has the index {_SHORT.repr(names)}, which is not that of the network; give it "
            "the network's nodes, or values without one (.to_numpy()) in the network's order"
        )
    return value.to_numpy()


def check_states(
    name: str,
    value: Any,
    labels: Sequence[Node],
    ndims: Sequence[int] = (1,),
    *,
    of: str = "nodes",
) -> FloatArray:
    """Return finite numbers, one for each label along the last axis.

    Parameters
    ----------
    ndims : sequence of int
        Numbers of axes that are allowed; empty for any.
    of : str
        What the labels are, for the message.

    Examples
    --------
    >>> check_states("rates", [0.1, 0.2, 0.3], ["a", "b"])
    Traceback (most recent call last):
    ...
    ValueError: rates has shape (3,); it must have one number for each of the 2 nodes
    """
    n = len(labels)
    wanted = f"one number for each of the {n} {of}"
    many = "" if tuple(ndims) == (1,) else ", or rows of such"
    array = as_numbers(name, in_order(name, value, labels), f"give {wanted}{many}")
    if (ndims and array.ndim not in ndims) or array.shape[-1:] != (n,):
        found = f"has shape {array.shape}" if array.ndim else f"is {brief(value)}"
        raise ValueError(f"{name} {found}; it must have {wanted}{many}")
    wrong = array[~np.isfinite(array)]
    if wrong.size:
        raise ValueError(f"{name} holds {wrong[0]}; all numbers must be finite")
    return array


def check_nodes(
    name: str, nodes: object, number: Mapping[Node, int], once: bool = True
) -> IntArray:
    """Return the numbers of some nodes; with `once`, none may come twice.

    Examples
    --------
    >>> check_nodes("nodes", ["a", "x"], {"a": 0, "b": 1})
    Traceback (most recent call last):
    ...
    ValueError: nodes: node 'x' is not in the network
    """
    if isinstance(nodes, str | bytes) or not isinstance(nodes, Iterable):
        raise TypeError(f"{name} must be a list of nodes; found {brief(nodes)}")
    found = [_number_of(name, node, number) for node in nodes]
    if once and len(set(found)) < len(found):
        twice = next(place for k, place in enumerate(found) if place in found[:k])
        label = next(node for node, place in number.items() if place == twice)
        raise ValueError(f"{name} holds node {brief(label)} twice; give each node once")
    return np.array(found, dtype=np.int64)


def _number_of(name: str, node: Any, number: Mapping[Node, int]) -> int:
    try:
        place = number.get(node)
    except TypeError:  # not hashable
        raise TypeError(f"{name} holds {brief(node)}, which can be no node") from None
    if isinstance(node, bool | np.bool_) and not any(isinstance(one, bool) for one in number):
        raise TypeError(f"{name} holds {node}, which is no node; give the nodes that a mask marks")
    if place is None:
        hint = nearest(node, [one for one in number if isinstance(one, str)])
        raise ValueError(f"{name}: node {_SHORT.repr(node)} is not in the network{hint}")
    return place


def _scalar(value: object) -> object:
    """A 0-dimensional array is the number that it holds."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _real(name: str, value: object, wanted: str) -> float:
    value = _scalar(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be {wanted}; found {brief(value)}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be {wanted}; found an int beyond all floats") from None
