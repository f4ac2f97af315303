from . import analyses as analyses
from . import graphs as graphs
