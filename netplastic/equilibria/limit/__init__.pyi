from ._answer import limit_count as limit_count
from ._answer import limit_equilibria as limit_equilibria
from ._begins import strong_from as strong_from
