"""
Strength against learning rate
==============================

How many states are stable depends on how fast weights learn, too.

The equilibria do not depend on the learning rate, but their stability does. The map searches once
for each strength and reads stability at every learning rate off the critical rates.
"""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import netplastic as npl

# %%
net = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(strength=-20.0))
strengths = np.linspace(-2.0, -60.0, 30)
rates = np.logspace(-3, 1, 33)
found = npl.stability_map(net, ("strength", strengths), ("learning_rate", rates))
print(found.table["status"].value_counts().to_string())

# %%
figure, ax = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
found.plot(ax=ax)
ax.set_title("Stable states of four mutually coupled neurons")
plt.show()
