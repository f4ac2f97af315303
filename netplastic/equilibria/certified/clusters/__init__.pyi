from ._multiple import Clusters as Clusters
