"""The .tflite file as it is: what `convert` and `load` both begin with. Every offset is checked before it is followed.

`flatbuffer` unpacks by the excerpt of the schema in `tflite`; `model` finds the graph, its names and its operators.
"""

from edgeopt.schema.flatbuffer import AGAIN, Reader, Record
from edgeopt.schema.model import UNROLL, ModelFile, Operator, quantization, read_model, shape_and_signature

__all__ = [
    "AGAIN",
    "UNROLL",
    "ModelFile",
    "Operator",
    "Reader",
    "Record",
    "quantization",
    "read_model",
    "shape_and_signature",
]
