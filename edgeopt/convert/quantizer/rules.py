"""How each operator is quantized: which inputs are weights, which tensors must share a scale, which scales are given.

The rules are those of the TFLite quantization specification, as the int8 and int16 kernels of TensorFlow Lite for
Microcontrollers check them. An operator that is not here, or not in the type that was asked for, stays in float only
where the user says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeopt.convert.quantizer.lstm import Lstm
from edgeopt.convert.quantizer.remembering import Remembering
from edgeopt.convert.quantizer.svdf import Svdf


@dataclass(frozen=True)
class Fixed:
    """What the specification prescribes for an output, by type: (scale, zero point)."""

    int8: tuple[float, int]
    int16: tuple[float, int] = (2.0**-15, 0)


@dataclass(frozen=True)
class Rule:
    """One operator's rule. Positions are those of its inputs."""

    weights: int | None = None
    bias: int | None = None
    channel_axis: int = 0  # of the weights: the axis of the output channels
    same: bool = False  # inputs and outputs share one scale: the operator moves or selects values
    fixed: Fixed | None = None
    int16: bool = True
    int4: bool = False  # the weights may be int4
    remembers: Remembering | None = None  # then that knows all inputs but the first

    def is_value(self, position: int) -> bool:
        """Whether an input is a value that was computed or given, rather than weights, a bias or state."""
        return position == 0 if self.remembers is not None else position not in (self.weights, self.bias)


_HALVES = Fixed((2.0**-7, 0))
_SHARES = Fixed((2.0**-8, -128))
_LOG_SHARES = Fixed((2.0**-4, 127))

RULES: dict[str, Rule] = {
    "CONV_2D": Rule(weights=1, bias=2, int4=True),
    "DEPTHWISE_CONV_2D": Rule(weights=1, bias=2, channel_axis=3, int4=True),
    "FULLY_CONNECTED": Rule(weights=1, bias=2, int4=True),
    "TRANSPOSE_CONV": Rule(weights=1, bias=3, int16=False),
    "SOFTMAX": Rule(fixed=_SHARES),
    "LOGISTIC": Rule(fixed=_SHARES),
    "TANH": Rule(fixed=_HALVES),
    "LOG_SOFTMAX": Rule(fixed=_LOG_SHARES, int16=False),
    "L2_NORMALIZATION": Rule(fixed=_HALVES, int16=False),
    **dict.fromkeys(("ADD", "SUB", "MUL", "MEAN", "RELU", "RELU6", "LEAKY_RELU"), Rule()),
    **dict.fromkeys(
        """
        DIV HARD_SWISH PRELU ABS SQRT RSQRT EXP LOG GELU ELU SQUARED_DIFFERENCE SUM RELU_N1_TO_1 RELU_0_TO_1
        BATCH_MATMUL EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL
        """.split(),
        Rule(int16=False),
    ),
    **dict.fromkeys(
        """
        AVERAGE_POOL_2D MAX_POOL_2D RESHAPE SQUEEZE EXPAND_DIMS PAD PADV2 TRANSPOSE STRIDED_SLICE SLICE SPLIT SPLIT_V
        PACK UNPACK CONCATENATION GATHER RESIZE_NEAREST_NEIGHBOR MIRROR_PAD
        """.split(),
        Rule(same=True),
    ),
    **dict.fromkeys(
        """
        MAXIMUM MINIMUM REDUCE_MAX REDUCE_MIN RESIZE_BILINEAR SPACE_TO_DEPTH DEPTH_TO_SPACE BATCH_TO_SPACE_ND
        SPACE_TO_BATCH_ND TILE BROADCAST_TO REVERSE_V2 SELECT SELECT_V2
        """.split(),
        Rule(same=True, int16=False),
    ),
    "ARG_MAX": Rule(int16=False),
    "ARG_MIN": Rule(int16=False),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": Rule(int16=False, remembers=Lstm()),
    "SVDF": Rule(int16=False, remembers=Svdf()),
}
