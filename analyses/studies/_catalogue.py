"""The studies that come with the package."""

from __future__ import annotations

from netplastic.analyses import Study

__all__ = ["catalogue"]


def catalogue(full: bool = False) -> dict[str, Study]:
    """Return the studies that come with the package, by name.

    Parameters
    ----------
    full : bool, default False
        As for publication: more graphs, more values, hours instead of minutes.

    Examples
    --------
    >>> catalogue()["choke-points"].name
    'choke-points'
    """
    from . import (
        _choke_points,
        _connectome,
        _learning_rate,
        _multistability,
        _objectives,
        _pitchfork,
    )

    modules = (_choke_points, _pitchfork, _multistability, _learning_rate, _objectives, _connectome)
    return {one.name: one for one in ((m.FULL if full else m.STUDY) for m in modules)}
