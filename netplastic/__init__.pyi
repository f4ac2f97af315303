__version__: str

from . import analyses as analyses
from . import graphs as graphs
from . import reduced as reduced
from . import stability as stability
from .activations import Activation as Activation
from .activations import Logistic as Logistic
from .activations import Tanh as Tanh
from .analyses.neighborhoods import count_neighborhoods as count_neighborhoods
from .analyses.runner import run_study as run_study
from .analyses.study import Study as Study
from .budget import Budget as Budget
from .counts import Count as Count
from .counts import CountStatus as CountStatus
from .equilibria import Equilibria as Equilibria
from .find import count_equilibria as count_equilibria
from .find import find_equilibria as find_equilibria
from .network import PlasticNetwork as PlasticNetwork
from .rules import BCM as BCM
from .rules import Covariance as Covariance
from .rules import Hebbian as Hebbian
from .rules import Oja as Oja
from .rules import PostsynapticallyGated as PostsynapticallyGated
from .rules import PresynapticallyGated as PresynapticallyGated
from .rules import Rule as Rule
