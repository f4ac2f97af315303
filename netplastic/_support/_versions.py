"""Which code numbers come from: versions, and a digest of the package itself."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import platform
from importlib.metadata import version
from pathlib import Path

__all__ = ["versions"]

_PACKAGES = ("numpy", "scipy", "numba", "networkx", "python-flint")
"""Whose versions decide about numbers."""

_OURS = "netplastic"
_NOT_MEASURING = ("cli", "pictures", "studies", "page")
"""Folders of the package that draw, tell or ask; measures of studies are followed one by one."""


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that numbers depend on; "sources" is a digest of the package itself."""
    found = {"python": ".".join(platform.python_version_tuple()[:2]), _OURS: version(_OURS)}
    for name in _PACKAGES:
        found[name] = version(name)
    found["sources"] = _package_hash()
    return found


def _package_hash() -> str:
    digest = hashlib.sha256()
    for door in (_OURS, f"{_OURS}.graphs", f"{_OURS}.analyses"):
        spec = importlib.util.find_spec(door)
        for folder in (spec and spec.submodule_search_locations) or ():
            for path in sorted(Path(folder).rglob("*.py")):
                inside = path.relative_to(folder)
                if inside.parts[0] not in _NOT_MEASURING:
                    digest.update(f"{door} {inside.as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:24]
