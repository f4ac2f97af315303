from ._answer import limit_count as limit_count
from ._answer import limit_equilibria as limit_equilibria
from ._balls import BallCounts as BallCounts
from ._balls import ball_counts as ball_counts
from ._begins import strong_from as strong_from
from ._circuit import TooLargeError as TooLargeError
from ._compiled import LimitStates as LimitStates
from ._compiled import limit_states as limit_states
