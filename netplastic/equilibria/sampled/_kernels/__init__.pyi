from ._descent import descend_coordinates as descend_coordinates
from ._descent import independent_sets as independent_sets
