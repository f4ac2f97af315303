from ._definite import fill_pattern as fill_pattern
from ._definite import positive_pivots as positive_pivots
