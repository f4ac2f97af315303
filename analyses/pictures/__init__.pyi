from ._figures import canvas as canvas
from ._figures import save as save
from ._figures import style as style
from ._landscape import landscape_plane as landscape_plane
from ._landscape import plot_landscape as plot_landscape
