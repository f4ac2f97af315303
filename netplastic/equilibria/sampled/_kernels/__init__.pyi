from ._relaxation import independent_sets as independent_sets
from ._relaxation import relax_coordinates as relax_coordinates
