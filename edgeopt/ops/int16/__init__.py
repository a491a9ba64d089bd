"""Operators on int16 activations with int8 weights (16x8)."""
