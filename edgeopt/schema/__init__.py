"""The .tflite file as it is: what `convert` and `load` both begin with. Every offset is checked before it is followed.

`flatbuffer` unpacks by the excerpt of the schema in `tflite`; `model` finds the graph, its names and its operators.
"""

from edgeopt.schema.flatbuffer import AGAIN, Reader, Record
from edgeopt.schema.flexbuffer import read_int_map
from edgeopt.schema.model import UNROLL, ModelFile, Operator, quantization, read_model, shape_and_signature
from edgeopt.schema.names import is_engines
from edgeopt.schema.ranges import LARGEST, METADATA_NAME, Ranges, encode_ranges, read_ranges

__all__ = [
    "AGAIN",
    "LARGEST",
    "METADATA_NAME",
    "UNROLL",
    "ModelFile",
    "Operator",
    "Ranges",
    "Reader",
    "Record",
    "encode_ranges",
    "is_engines",
    "quantization",
    "read_int_map",
    "read_model",
    "read_ranges",
    "shape_and_signature",
]
