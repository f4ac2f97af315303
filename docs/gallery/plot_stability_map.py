"""
A map over strength and bias
============================

Stable states of two coupled neurons: where there is one, and where there are two.

Every cell is a count of its own, proved where the status says so.
"""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import netplastic as npl

# %%
net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
found = npl.stability_map(
    net, ("strength", np.linspace(-1.0, -30.0, 30)), ("bias", np.linspace(0.1, 4.0, 30))
)
print(found.table["status"].value_counts().to_string())

# %%
figure, ax = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
found.plot(ax=ax)
ax.set_title("Stable states of a pair")
plt.show()
