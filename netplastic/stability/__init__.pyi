from ._matrices import full_jacobian as full_jacobian
from ._matrices import hessian as hessian
from ._matrices import is_minimum as is_minimum
from ._matrices import reduced_matrix as reduced_matrix
from ._matrices import spectral_abscissa as spectral_abscissa
