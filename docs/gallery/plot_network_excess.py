"""
A network coloured by excess
============================

The waist of an hourglass has more stable patterns than other nodes of equal degree.

Raw counts mostly show the degree of a node. The *excess* compares like with like: it is what the
log2 count of a node lies above the mean of other nodes of equal degree that are no choke points.
Red is more, blue is fewer. Hatched nodes have nobody to be compared with. Choke points are
diamonds.
"""

import math

import matplotlib.pyplot as plt

import netplastic as npl

# %%
# Two random modules, and three nodes between them.
graph = npl.graphs.hourglass(rng=0)

# %%
# In the strong limit (strength minus infinity) counts are exact integers. The scope "embedded"
# counts the patterns that the stable states of the whole network show on the neighborhood.
net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
counts = npl.count_neighborhoods(net, scope="embedded")
chokes = npl.graphs.choke_points(graph)
mean = counts.loc[chokes["is_choke"].to_numpy(), "excess"].mean()
print(f"mean excess of choke points: {mean:+.2f} bits; counts {set(counts['status'])}")

# %%
figure, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
npl.plot_network(net, counts, column="excess", ax=ax, labels="none")
plt.show()
