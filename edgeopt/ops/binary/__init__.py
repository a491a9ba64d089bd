"""Operators of binarized networks, on bits (edgeopt.bits) and 8-bit data.

No file has them: edgeopt.larq makes them of what the Larq Compute Engine and float operators around it compute.
"""
