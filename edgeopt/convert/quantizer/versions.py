"""Versions of operators: a runtime that is older than a file's operators must be able to say so.

Source: tensorflow/lite/tools/versioning/op_version.cc, for the types that are written here. DEPTHWISE_CONV_2D with int4
weights would be 7, TILE 3 and DEPTH_TO_SPACE 2, which LiteRT 2.3 computes but does not register.
"""

from __future__ import annotations

# operator -> (version of its int8 form, version of its int16 form); 1 where not listed
_VERSIONS = {
    **dict.fromkeys("SOFTMAX MEAN RELU6 RSQRT REDUCE_MAX REDUCE_MIN MIRROR_PAD RELU LOGISTIC".split(), (2, 3)),
    **dict.fromkeys(
        "MAX_POOL_2D AVERAGE_POOL_2D CONCATENATION PACK ABS BATCH_MATMUL ADD TANH PAD PADV2".split(), (2, 3)
    ),
    **dict.fromkeys("MAXIMUM MINIMUM SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND RESIZE_BILINEAR GATHER".split(), (2, 4)),
    **dict.fromkeys("RESIZE_NEAREST_NEIGHBOR SLICE MUL UNPACK SPLIT".split(), (2, 4)),
    **dict.fromkeys("SPACE_TO_DEPTH SPLIT_V SUM LOG_SOFTMAX SQUARED_DIFFERENCE GELU".split(), (2, 1)),
    **dict.fromkeys("STRIDED_SLICE EXP LOG ARG_MAX ARG_MIN L2_NORMALIZATION".split(), (2, 2)),
    **dict.fromkeys("EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL".split(), (2, 2)),
    **dict.fromkeys(("REVERSE_V2", "BROADCAST_TO"), (3, 3)),
    "CONV_2D": (3, 4),
    "DEPTHWISE_CONV_2D": (3, 5),
    "FULLY_CONNECTED": (4, 7),
    "TRANSPOSE_CONV": (3, 3),
    "TRANSPOSE": (2, 5),
    "SUB": (2, 5),
    "LEAKY_RELU": (1, 2),
    "SVDF": (3, 3),
}
_INT4_WEIGHTS = {"CONV_2D": 7, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 10}


def version_of(operator: str, dtype: str, other: str, least: int) -> int:
    """The version of an operator that reads `dtype`; never under `least`, which its options may need.

    `other` is the type of its weights, or of the output of QUANTIZE and DEQUANTIZE.
    """
    if operator == "QUANTIZE":
        return 2 if "int16" in (dtype, other) else 1
    if operator == "DEQUANTIZE":
        return 3 if dtype == "int16" else 2
    if other == "int4":
        return max(least, _INT4_WEIGHTS[operator])
    int8, int16 = _VERSIONS.get(operator, (1, 1))
    return max(least, int16 if dtype == "int16" else int8)
