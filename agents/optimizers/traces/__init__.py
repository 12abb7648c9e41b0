"""Optimizers of traces: they turn feedback and the subgraph that it came through into new values."""
