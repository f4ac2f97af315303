"""Numbers under which compiled kernels know activations."""

from __future__ import annotations

from typing import Final

__all__ = ["KINDS"]

KINDS: Final = {"tanh": 0, "logistic": 1}
"""By `Activation.kind`; what is not in here runs in the interpreter and cannot be enclosed."""
