"""Larq models: converted, run and calibrated by the Larq Compute Engine, whose .tflite they become.

detection    which Keras configurations and TensorFlow graphs are Larq's             (worker)
engine       a TensorFlow function through the Engine's converter                     (worker)
quantizers   what a Larq layer's configuration says that the Engine cannot keep in bits
remains      what it left in float, found in the file, with what that costs
interpreter  runs a file with the Engine's operators                                  (worker)
grids        the int8 grid of an input, on the data's own steps where it has some
calibrate    the ranges of all float tensors, kept in the file's metadata             (worker)
work         how many layers and multiply-accumulates of a file are binary
"""
