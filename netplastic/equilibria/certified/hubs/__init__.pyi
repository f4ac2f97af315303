from ._conditioned import count_at as count_at
from ._separators import separators as separators
