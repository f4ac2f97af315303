"""Studies: one question a file. Each module holds a `STUDY`."""

from __future__ import annotations

import importlib
import pkgutil

from ..study import Study

__all__ = ["catalogue"]


def catalogue() -> dict[str, Study]:
    """Return the studies that come with the package, by name.

    Examples
    --------
    >>> catalogue()["choke-points"].name
    'choke-points'
    """
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    studies = [
        importlib.import_module(f"{__name__}.{name}").STUDY
        for name in modules
        if not name.startswith("_")
    ]
    return {study.name: study for study in studies}
