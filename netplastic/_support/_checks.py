"""Checks of what users give: what was found, what is allowed, how to mend it."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable

import numpy as np

from ._types import Rng

__all__ = [
    "check_choice",
    "check_count",
    "check_flag",
    "check_fraction",
    "check_instance",
    "check_number",
    "check_positive",
    "check_rng",
    "nearest",
    "unknown_name",
]


def check_count(name: str, value: object, least: int = 1, why: str = "") -> int:
    """Return `value` as an int of at least `least`.

    Examples
    --------
    >>> check_count("trials", 0)
    Traceback (most recent call last):
    ...
    ValueError: trials must be at least 1; found 0
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"{name} must be a whole number of at least {least}; found {value!r} "
            f"({type(value).__name__})"
        )
    if int(value) < least:
        reason = f" ({why})" if why else ""
        raise ValueError(f"{name} must be at least {least}{reason}; found {value}")
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
        raise TypeError(f"{name} must be True or False; found {value!r} ({type(value).__name__})")
    return bool(value)


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
        raise TypeError(f"{name} is a {type(value).__name__}; give a netplastic.{example}")


def check_rng(rng: Rng) -> np.random.Generator:
    """Return a generator from an int, a Generator or None (SPEC 7)."""
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None:
        return np.random.default_rng()
    if isinstance(rng, bool) or not isinstance(rng, numbers.Integral):
        raise TypeError(
            "rng must be an int (a seed), a numpy.random.Generator or None (fresh entropy); "
            f"found {rng!r} ({type(rng).__name__})"
        )
    if int(rng) < 0:
        raise ValueError(f"rng must be a seed of at least 0; found {rng}")
    return np.random.default_rng(int(rng))


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
    return ValueError(f"unknown {kind} {found!r}{hint} Allowed: {listed}.")


def check_choice(kind: str, value: object, allowed: Iterable[str]) -> str:
    """Return `value`, which must be one of the names `allowed`."""
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise unknown_name(kind, value, names)
    return value


def _real(name: str, value: object, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be {wanted}; found {value!r} ({type(value).__name__})")
    return float(value)
