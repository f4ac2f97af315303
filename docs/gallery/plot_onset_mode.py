"""
Where a second state is born
============================

The mode of the first bifurcation sits on the connectors between two modules.

At the strength at which a second stable state is born, one direction of the state space becomes
soft. Its mass says which nodes take part.
"""

import matplotlib.pyplot as plt

import netplastic as npl

# %%
# Two modules of six, joined by a chain of two connectors.
graph = npl.graphs.dumbbell(module_size=6, path_length=2)
net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-20.0))
events = npl.onsets(net)
born = events[events["event"] == "second state is born"].iloc[0]
print(born[["strength", "kind", "mass_connectors", "status"]].to_string())

# %%
modes = npl.onsets(net, modes=True)
mode = modes[modes["event"] == "second state is born"]
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
npl.plot_network(graph, mode, column="mass", ax=ax, labels="all")
figure.suptitle(
    f"{born['kind']} at strength {born['strength']:.2f} ({born['status']}), "
    f"{born['mass_connectors']:.0%} on the connectors"
)
plt.show()
