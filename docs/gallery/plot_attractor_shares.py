"""
How large are the basins?
=========================

Which share of random initial states ends in which attractor.

A list of stable states says what there is. Simulation of activity and weights says how often each
is reached from random initial states. In this chain the alternating state with both ends active
attracts the most.
"""

import matplotlib.pyplot as plt
import networkx as nx

import netplastic as npl

# %%
# Seven neurons in a chain. All its equilibria are known, with proof, so that no attractor that is a
# fixed point can be missed.
net = npl.PlasticNetwork(nx.path_graph(7), npl.Hebbian(strength=-30.0))
states = npl.find_equilibria(net)
found = npl.find_attractors(net, trials=1000, equilibria=states, rng=0)
table = found.to_frame().sort_values("share")
print(f"{states.stable_count} stable states; {len(table)} attractors seen in {found.trials} trials")

# %%
# Filled circles are active neurons. The bars have 95 % intervals.
names = [
    "".join("●" if rate > 0.4 else "○" for rate in states[int(number)].rates)
    for number in table["equilibrium"]
]
assert names[-1] == "●○●○●○●"

figure, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
spread = [table["share"] - table["share_low"], table["share_high"] - table["share"]]
ax.barh(names, table["share"], xerr=spread, color="#4c90c0", error_kw={"lw": 1.5})
ax.axvline(1.0 / len(table), color="0.4", ls=":", label="equal shares")
ax.set(xlabel="share of initial states", ylabel="state of the chain")
ax.legend(loc="lower right")
plt.show()
