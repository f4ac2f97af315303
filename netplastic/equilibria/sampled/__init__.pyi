from ._classify import classify as classify
from ._door import merge_found as merge_found
from ._door import parts_of as parts_of
from ._door import raise_lower as raise_lower
from ._door import sample_equilibria as sample_equilibria
from ._newton import newton as newton
from ._starts import activity_box as activity_box
