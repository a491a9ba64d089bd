"""Operators on int16 activations with int8 weights (16x8) or int16 ones."""
