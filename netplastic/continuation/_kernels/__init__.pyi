from ._births import ends_of as ends_of
from ._births import states_at as states_at
from ._follow import follow as follow
from ._follow import settle as settle
from ._patches import follow_patches as follow_patches
from ._patches import softest_bonds as softest_bonds
from ._small import Small as Small
from ._small import evaluate as evaluate
