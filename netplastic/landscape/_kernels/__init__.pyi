from ._box import contract as contract
