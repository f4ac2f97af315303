"""Columns of integers of any size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ._ball_columns import objects

__all__ = ["integers", "upper_ends"]


def integers(values: list[int]) -> pd.Series[Any]:
    """As int64 where each of them is one, else exact Python integers."""
    if all(value < 2**63 for value in values):
        return pd.Series(values, dtype=np.int64)
    return objects(values)


def upper_ends(values: list[int | float]) -> pd.Series[Any]:
    """As floats where each of them is exactly one."""
    if all(math.isinf(value) or value <= 2**53 for value in values):
        return pd.Series(values, dtype=np.float64)
    return objects(values)
