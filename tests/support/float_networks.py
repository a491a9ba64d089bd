"""Float .tflite of one operator each, for every operator that can be quantized, and samples for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from support.tflite_writer import ModelBuilder, schema

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class FloatOp:
    """An operator, the shapes of its inputs and outputs, its constants by position (None: an input of the network)."""

    name: str
    inputs: Sequence[Sequence[int]]
    outputs: Sequence[Sequence[int]]
    constants: Mapping[int, Any] = field(default_factory=dict)
    options: Mapping[str, Any] | None = None
    low: float = -3.0
    high: float = 3.0
    output_dtype: str = "float32"

    def build(self, rng: np.random.Generator) -> bytes:
        """The network of this operator; weights that are given as shapes are random."""
        m = ModelBuilder()
        tensors, given = [], []
        for position, shape in enumerate(self.inputs):
            if position in self.constants:
                value = self.constants[position]
                data = rng.normal(0, 0.5, shape).astype(np.float32) if value is None else np.asarray(value)
                dtype = {"f": "float32", "b": "bool"}.get(data.dtype.kind, "int32")
                tensors.append(m.tensor(shape, dtype, data=data, name=f"c{position}"))
            else:
                tensors.append(m.tensor(shape, "float32", name=f"x{position}"))
                given.append(tensors[-1])
        outputs = [m.tensor(shape, self.output_dtype, name=f"layer{i}/out") for i, shape in enumerate(self.outputs)]
        m.op(self.name, tensors, outputs, self.options)

        def edit(model: Any) -> None:
            if self.name == "BROADCAST_TO":
                model.operatorCodes[0].version = 2  # of float, the first that LiteRT has

        return m.finish(given, outputs, edit)

    def samples(self, rng: np.random.Generator, count: int) -> list[Array]:
        """[count, *shape] by input of the network."""
        shapes = [shape for position, shape in enumerate(self.inputs) if position not in self.constants]
        return [rng.uniform(self.low, self.high, (count, *shape)).astype(np.float32) for shape in shapes]


_IMAGE, _HALF = (1, 6, 6, 4), (1, 3, 3, 4)
_POOL = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
_SAME = {"padding": "SAME"}
_INDICES = {"output_type": schema.TensorType.INT32}


def _unary(name: str, options: Mapping[str, Any] | None = None, low: float = -3.0, high: float = 3.0) -> FloatOp:
    return FloatOp(name, [(1, 8, 5)], [(1, 8, 5)], options=options, low=low, high=high)


def _binary(name: str, low: float = -3.0) -> FloatOp:
    return FloatOp(name, [_IMAGE, _IMAGE], [_IMAGE], low=low)


def _moved(name: str, shape: Sequence[int], *constants: Any, options: Mapping[str, Any] | None = None) -> FloatOp:
    """An operator on an image whose further inputs are constants."""
    arrays = [np.asarray(value) for value in constants]
    return FloatOp(name, [_IMAGE, *(a.shape for a in arrays)], [shape], dict(enumerate(arrays, 1)), options)


OPERATORS: tuple[FloatOp, ...] = (
    FloatOp("CONV_2D", [_IMAGE, (5, 3, 3, 4), (5,)], [(1, 6, 6, 5)], {1: None, 2: None}, _SAME),
    FloatOp("DEPTHWISE_CONV_2D", [_IMAGE, (1, 3, 3, 4), (4,)], [_IMAGE], {1: None, 2: None}, _SAME),
    FloatOp("FULLY_CONNECTED", [(1, 40), (7, 40), (7,)], [(1, 7)], {1: None, 2: None}),
    FloatOp(
        "TRANSPOSE_CONV",
        [(4,), (5, 3, 3, 4), _HALF, (5,)],
        [(1, 6, 6, 5)],
        {0: [1, 6, 6, 5], 1: None, 3: None},
        {"padding": "SAME", "stride_h": 2, "stride_w": 2},
    ),
    _unary("SOFTMAX"),
    _unary("LOGISTIC"),
    _unary("TANH"),
    _unary("LOG_SOFTMAX"),
    FloatOp("L2_NORMALIZATION", [_HALF], [_HALF]),
    *(_binary(name) for name in ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE", "MAXIMUM", "MINIMUM")),
    _binary("DIV", low=1.0),
    *(_unary(name) for name in ("RELU", "RELU6", "RELU_N1_TO_1", "HARD_SWISH", "ABS", "EXP", "GELU", "ELU")),
    _unary("RELU_0_TO_1"),
    _unary("LEAKY_RELU", {"alpha": 0.1}),
    *(_unary(name, low=0.5) for name in ("SQRT", "RSQRT", "LOG")),
    *(
        FloatOp(name, [_IMAGE, _IMAGE], [_IMAGE], output_dtype="bool")
        for name in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
    ),
    *(
        FloatOp(name, [_IMAGE] * 3, [_IMAGE], {0: np.arange(144).reshape(_IMAGE) % 3 == 0})
        for name in ("SELECT", "SELECT_V2")
    ),
    FloatOp("PRELU", [_IMAGE, (1, 1, 4)], [_IMAGE], {1: None}),
    FloatOp("BATCH_MATMUL", [(1, 5, 6), (1, 6, 4)], [(1, 5, 4)]),
    _moved("MEAN", (1, 4), [1, 2]),
    _moved("SUM", (1, 4), [1, 2]),
    _moved("REDUCE_MAX", (1, 4), [1, 2]),
    _moved("REDUCE_MIN", (1, 4), [1, 2]),
    *(
        FloatOp(name, [_IMAGE, ()], [(1, 6, 6)], {1: 3}, _INDICES, output_dtype="int32")
        for name in ("ARG_MAX", "ARG_MIN")
    ),
    FloatOp("AVERAGE_POOL_2D", [_IMAGE], [_HALF], options=_POOL),
    FloatOp("MAX_POOL_2D", [_IMAGE], [_HALF], options=_POOL),
    _moved("RESHAPE", (1, 144), [1, 144]),
    FloatOp("SQUEEZE", [_IMAGE], [(6, 6, 4)], options={"squeeze_dims": [0]}),
    _moved("EXPAND_DIMS", (1, 1, 6, 6, 4), 0),
    _moved("PAD", (1, 8, 7, 4), [[0, 0], [1, 1], [1, 0], [0, 0]]),
    _moved("PADV2", (1, 8, 7, 4), [[0, 0], [1, 1], [1, 0], [0, 0]], np.float32([1.5])),
    _moved("MIRROR_PAD", (1, 8, 7, 4), [[0, 0], [1, 1], [1, 0], [0, 0]]),
    _moved("TRANSPOSE", (1, 6, 4, 6), [0, 1, 3, 2]),
    _moved("STRIDED_SLICE", (1, 3, 3, 4), [0, 0, 0, 0], [1, 6, 6, 4], [1, 2, 2, 1]),
    _moved("SLICE", (1, 4, 5, 4), [0, 1, 1, 0], [1, 4, 5, 4]),
    FloatOp("SPLIT", [(1,), _IMAGE], [(1, 6, 6, 2)] * 2, {0: [3]}, {"num_splits": 2}),
    FloatOp("SPLIT_V", [_IMAGE, (2,), (1,)], [(1, 6, 6, 1), (1, 6, 6, 3)], {1: [1, 3], 2: [3]}, {"num_splits": 2}),
    FloatOp("PACK", [(1, 6), (1, 6)], [(1, 2, 6)], options={"values_count": 2, "axis": 1}),
    FloatOp("UNPACK", [(1, 2, 6)], [(1, 6)] * 2, options={"num": 2, "axis": 1}),
    FloatOp("CONCATENATION", [_IMAGE, _IMAGE], [(1, 6, 6, 8)], options={"axis": 3}),
    _moved("GATHER", (1, 6, 6, 2), [3, 1], options={"axis": 3}),
    _moved("RESIZE_NEAREST_NEIGHBOR", (1, 12, 12, 4), [12, 12]),
    _moved("RESIZE_BILINEAR", (1, 12, 12, 4), [12, 12]),
    FloatOp("SPACE_TO_DEPTH", [_IMAGE], [(1, 3, 3, 16)], options={"block_size": 2}),
    FloatOp("DEPTH_TO_SPACE", [_IMAGE], [(1, 12, 12, 1)], options={"block_size": 2}),
    _moved("SPACE_TO_BATCH_ND", (4, 3, 3, 4), [2, 2], [[0, 0], [0, 0]]),
    FloatOp("BATCH_TO_SPACE_ND", [(4, 3, 3, 4), (2,), (2, 2)], [_IMAGE], {1: [2, 2], 2: [[0, 0], [0, 0]]}),
    _moved("TILE", (1, 6, 12, 4), [1, 1, 2, 1]),
    _moved("BROADCAST_TO", (2, 6, 6, 4), [2, 6, 6, 4]),
    _moved("REVERSE_V2", _IMAGE, [1]),
)
