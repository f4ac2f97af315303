"""The model's matrices and what they decide, handed on to where a reader looks for them."""

from __future__ import annotations

from netplastic.model import (
    flow_matrix,
    full_jacobian,
    hessian,
    is_minimum,
    reduced_matrix,
    spectral_abscissa,
)

__all__ = [
    "flow_matrix",
    "full_jacobian",
    "hessian",
    "is_minimum",
    "reduced_matrix",
    "spectral_abscissa",
]
