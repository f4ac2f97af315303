from ._flows import add_flows as add_flows
