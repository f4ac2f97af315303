"""Certified search: lists of equilibria that are proved complete."""

from __future__ import annotations

from ._door import can_certify, can_count, certified_count, certify_equilibria

__all__ = ["can_certify", "can_count", "certified_count", "certify_equilibria"]
