from ._ldl import Elimination as Elimination
from ._ldl import Factors as Factors
from ._ldl import factorise as factorise
from ._ldl import fill_pattern as fill_pattern
from ._ldl import solve_factored as solve_factored
