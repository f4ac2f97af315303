"""Networks: modular and bottleneck families, null models, files, choke points, the catalogue."""

from ._caveman import caveman as caveman
from ._choke import choke_points as choke_points
from ._dumbbell import dumbbell as dumbbell
from ._hierarchical import hierarchical_modules as hierarchical_modules
from ._hourglass import hourglass as hourglass
from ._planted import planted_partition as planted_partition
from ._ring import ring_of_modules as ring_of_modules
from ._star import star_of_modules as star_of_modules
