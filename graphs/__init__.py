"""Networks: modular and bottleneck families, null models, files, choke points, the catalogue."""

from ._catalogue import catalogue as catalogue
from ._catalogue import load as load
from ._caveman import caveman as caveman
from ._choke import choke_points as choke_points
from ._dumbbell import dumbbell as dumbbell
from ._empirical import celegans as celegans
from ._empirical import karate_club as karate_club
from ._errors import NetworkFileError as NetworkFileError
from ._files import read_network as read_network
from ._hierarchical import hierarchical_modules as hierarchical_modules
from ._hourglass import hourglass as hourglass
from ._null import degree_preserving_null as degree_preserving_null
from ._null import module_preserving_null as module_preserving_null
from ._planted import planted_partition as planted_partition
from ._ring import ring_of_modules as ring_of_modules
from ._star import star_of_modules as star_of_modules
