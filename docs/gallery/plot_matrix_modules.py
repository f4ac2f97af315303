"""
The matrix of a modular network
===============================

Nodes sorted by module, modules in boxes, connectors last.

This is the picture that people who work with connectomes know. It suits dense and weighted
networks, where edges drawn as lines would cover each other.
"""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import netplastic as npl

# %%
# Five random modules around a hub, with weights drawn at random.
graph = npl.graphs.star_of_modules(modules=5, module_size=16, path_length=1, links=2, rng=1)
rng = np.random.default_rng(0)
for _, _, data in graph.edges(data=True):
    data["weight"] = float(rng.lognormal(sigma=0.5))

# %%
# One stable state, and the couplings that it has learned. With the Hebb rule a coupling at rest is
# the edge's weight times strength / decay times the product of both rates: an edge that is near 0
# in the right matrix joins nodes of which one is almost silent.
net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-20.0))
state = npl.find_equilibria(net, stable_only=True, method="sampled", rng=0)[0]
rates = state.rates.to_numpy()
learned = -20.0 * nx.to_numpy_array(graph) * np.outer(rates, rates)

figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
npl.plot_matrix(net, ax=axes[0])
npl.plot_matrix(net, learned, ax=axes[1])
axes[0].set_title("weights of the wiring")
axes[1].set_title("couplings learned in one stable state")
figure.axes[-1].set_ylabel("coupling")
plt.show()
