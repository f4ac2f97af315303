"""
Counts over degree
==================

One dot a node: the picture that stays readable at any size.

Large networks cannot be drawn node by node. Counts over degree can: at equal degree, connectors
between modules lie above the nodes inside.
"""

import math

import matplotlib.pyplot as plt

import netplastic as npl

# %%
# A ring of 100 modules of 20 nodes; the counts of all balls of radius 1 are exact.
graph = npl.graphs.ring_of_modules(modules=100, module_size=20, path_length=1, links=3, rng=0)
net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
counts = npl.count_neighborhoods(net, scope="embedded")

figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
npl.plot_counts(counts, hue="role", ax=ax)
ax.set_title(f"{len(counts):,} nodes, counts {', '.join(counts['status'].unique())}")
plt.show()
