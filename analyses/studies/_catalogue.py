"""The studies that come with the package."""

from __future__ import annotations

from netplastic.analyses import Study

__all__ = ["catalogue"]


def catalogue() -> dict[str, Study]:
    """Return the studies that come with the package, by name.

    Examples
    --------
    >>> catalogue()["choke-points"].name
    'choke-points'
    """
    from ._choke_points import STUDY as choke_points

    return {study.name: study for study in (choke_points,)}
