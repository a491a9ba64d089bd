"""Operators in float32: for the layers of a network that integers would hurt.

References compute in float32 numpy, one rounding an operation, in the order of the C; so both have the same bits on
every core (kernels/eo_float.h). Only the bits within a not-a-number are open.
"""
