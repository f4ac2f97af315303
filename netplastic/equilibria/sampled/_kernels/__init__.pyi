from ._definite import fill_pattern as fill_pattern
from ._definite import positive_pivots as positive_pivots
from ._descent import descend_coordinates as descend_coordinates
from ._descent import independent_sets as independent_sets
