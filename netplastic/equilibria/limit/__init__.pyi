from ._balls import BallCounts as BallCounts
from ._balls import ball_counts as ball_counts
from ._balls import restricted as restricted
