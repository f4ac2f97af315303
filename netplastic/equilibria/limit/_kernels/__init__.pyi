from ._balls import Scratch as Scratch
from ._balls import count_balls as count_balls
from ._traces import EXACT as EXACT
from ._traces import LARGE as LARGE
from ._traces import MOST as MOST
from ._traces import OVERFLOW as OVERFLOW
from ._traces import WORK as WORK
