from ._krawczyk import proved_radius as proved_radius
from ._newton import newton as newton
from ._sample import components_of as components_of
from ._sample import merge_found as merge_found
from ._sample import raise_lower as raise_lower
from ._sample import sample_equilibria as sample_equilibria
from ._stability import judge as judge
from ._starts import activity_box as activity_box
