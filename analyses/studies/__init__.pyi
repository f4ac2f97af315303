from ._catalogue import catalogue as catalogue
