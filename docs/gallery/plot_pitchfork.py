"""
A pitchfork
===========

Two neurons that inhibit each other by learning: one stable state becomes two.

The bifurcation diagram follows all equilibria from strength 0 outwards. Solid lines are stable,
dashed ones unstable.
"""

import matplotlib.pyplot as plt
import networkx as nx

import netplastic as npl

# %%
pair = npl.PlasticNetwork(nx.path_graph(["a", "b"]), npl.Hebbian(strength=-20.0))
search = npl.Search(seconds=300.0)  # compiling in a first call counts, too
diagram = npl.bifurcation_diagram(pair, "strength", 0.0, -20.0, search=search)
print(diagram.special_points()[["kind", "strength"]])

# %%
# The rate of node a, and not the mean, tells the two branches apart.
figure, ax = plt.subplots(figsize=(6.5, 4.2), layout="constrained")
diagram.plot(ax=ax, observable="a")
ax.set_title(f"A pair under anti-Hebbian learning ({diagram.status})")
plt.show()
