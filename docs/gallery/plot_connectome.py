"""
The gap junctions of *C. elegans*
=================================

A measured network: stable patterns of every neuron's neighborhood over its degree.

The wiring is that of Cook et al. (2019). In the strong limit counts are exact; hollow dots are
lower bounds, of the few hubs whose neighborhood is too large for the default budget. They speak of
this wiring and this rule. Whether the worm's synapses learn like that is another question.
"""

import math

import matplotlib.pyplot as plt

import netplastic as npl

# %%
graph = npl.graphs.celegans("gap", autapses=False)
net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
counts = npl.count_neighborhoods(net, scope="embedded")
chokes = npl.graphs.choke_points(graph)
kind = chokes["is_choke"].map({True: "choke point", False: "other neuron"})
print(counts["status"].value_counts().to_string())
counts = counts.assign(place=kind.to_numpy())

figure, ax = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
npl.plot_counts(counts, hue="place", ax=ax)
plt.show()
