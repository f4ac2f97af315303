from ._births import ends_of as ends_of
from ._births import states_at as states_at
from ._follow import follow as follow
from ._follow import settle as settle
from ._small import Small as Small
from ._small import evaluate as evaluate
