"""A float .tflite to integers: which type each layer computes in, the scale of each tensor, the file that holds them.

Runs in the worker. `prepare` reads a float file as a `Network`; `quantized` writes it with a choice of `Numbers` and a
`Range` for every tensor. ai-edge-quantizer 0.10, which did this before, knows fewer operators (no LEAKY_RELU, PRELU,
EXPAND_DIMS or SQUEEZE), no int4 weights in a depthwise convolution, and takes ranges only as it finds them.
"""

from edgeopt.convert.quantizer.build import Written, quantized
from edgeopt.convert.quantizer.edges import strip_edges
from edgeopt.convert.quantizer.grids import Grid, Range, grid_of
from edgeopt.convert.quantizer.network import GRAPH_INPUT, Network
from edgeopt.convert.quantizer.numbers import FLOAT, Numbers, check_types, find_layers, has_type, touches_float
from edgeopt.convert.quantizer.prepare import checked_bytes, every_tensor_interpreter, prepare
from edgeopt.convert.quantizer.rules import RULES

__all__ = [
    "FLOAT",
    "GRAPH_INPUT",
    "RULES",
    "Grid",
    "Network",
    "Numbers",
    "Range",
    "Written",
    "check_types",
    "checked_bytes",
    "every_tensor_interpreter",
    "find_layers",
    "grid_of",
    "has_type",
    "prepare",
    "quantized",
    "strip_edges",
    "touches_float",
]
