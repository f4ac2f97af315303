"""Two modules that have become folders, under the names that users know."""

from __future__ import annotations

from netplastic import landscape as convexity
from netplastic import model as reduced

__all__ = ["convexity", "reduced"]
