"""Operators in float32: for the layers of a network that integers would hurt."""
