"""The plastic dynamics in time: simulation, attractors and their basins."""
