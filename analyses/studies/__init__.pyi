from ._catalogue import catalogue as catalogue
from ._claims import page as page
