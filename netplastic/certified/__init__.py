"""Certified search: lists of equilibria that are proved complete."""

from __future__ import annotations

from ._door import can_certify, certified_count, certify_equilibria

__all__ = ["can_certify", "certified_count", "certify_equilibria"]
