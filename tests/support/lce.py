"""Models of the Larq Compute Engine, written in a test, and its interpreter as their oracle.

m = LceBuilder()
x = m.tensor([1, 8, 8, 64], "float32")
bits = m.quantize(x, [1, 8, 8, 64])
y = m.bconv(bits, m.weights(signs), [1, 8, 8, 2], "int32", {"channels_in": 64, "padding": SAME}, thresholds=[...])
model = m.finish([x], [y])
outputs = run_lce(model, [samples])        # one array [samples, ...] an output, with the batch of one in it
"""

from __future__ import annotations

import atexit
import importlib.util
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import lce_child
from support.tflite_writer import ModelBuilder

from edgeopt.bits import pack_bits, words_of
from edgeopt.convert.binarized.calibrate import with_ranges
from edgeopt.convert.quantizer import flatfile
from edgeopt.ir import Array

flexbuffers = pytest.importorskip("flatbuffers.flexbuffers", reason="pip install flatbuffers")

__all__ = ["SAME", "VALID", "LceBuilder", "flexbuffers", "run_lce", "with_outputs", "with_ranges"]

SAME, VALID = 0, 1
_CONVOLUTION = {
    "dilation_height_factor": 1,
    "dilation_width_factor": 1,
    "fused_activation_function": 0,
    "pad_values": 1,
    "padding": SAME,
    "stride_height": 1,
    "stride_width": 1,
}


class LceBuilder(ModelBuilder):
    """A ModelBuilder that knows the Engine's operators; shapes are in channels, not in words."""

    def quantize(self, x: int, shape: Sequence[int]) -> int:
        """The bits of a real-valued tensor of that shape."""
        bits = self.bits(shape)
        self.op("LceQuantize", [x], [bits])
        return bits

    def dequantize(self, bits: int, shape: Sequence[int]) -> int:
        y = self.tensor(shape, "float32")
        self.op("LceDequantize", [bits], [y])
        return y

    def bits(self, shape: Sequence[int]) -> int:
        return self.tensor([*shape[:-1], words_of(shape[-1])], "int32")

    def weights(self, negative: Array) -> int:
        """A filter [out, height, width, in / groups] of which `negative` says where it is -1."""
        words = pack_bits(negative)
        return self.tensor(words.shape, "int32", data=words)

    def bconv(
        self,
        bits: int,
        weights: int,
        out_shape: Sequence[int],
        options: Mapping[str, int],
        *,
        thresholds: Any = None,
        multiplier: Any = None,
        bias: Any = None,
        dtype: str = "float32",
        scale: float | None = None,
        zero_point: int = 0,
    ) -> int:
        """LceBconv2d to `out_shape` in channels: bits where there are thresholds, else `dtype`.

        `options` as in facts of the format; those left out are stride 1, SAME, padding of ones, no activation.
        """
        constants = [
            -1 if values is None else self.tensor([len(values)], kind, data=values)
            for values, kind in ((multiplier, "float32"), (bias, "float32"), (thresholds, "int32"))
        ]
        packed = thresholds is not None
        y = self.bits(out_shape) if packed else self.tensor(out_shape, dtype, scale, zero_point)
        custom = flexbuffers.Dumps(dict(sorted({**_CONVOLUTION, **options}.items())))
        self.op("LceBconv2d", [bits, weights, *constants], [y], {"custom_options": bytes(custom)})
        return y

    def max_pool(self, bits: int, out_shape: Sequence[int], options: Mapping[str, int]) -> int:
        """LceBMaxPool2d; options filter_height, filter_width, padding, stride_height, stride_width."""
        y = self.bits(out_shape)
        self.op("LceBMaxPool2d", [bits], [y], {"custom_options": bytes(flexbuffers.Dumps(dict(options)))})
        return y


def with_outputs(model: bytes, tensors: Sequence[int]) -> bytes:
    """The model with other outputs: tensors of the main graph by index."""
    content = flatfile.read(model)
    content.subgraphs[0].outputs = list(tensors)
    content.signatureDefs = []
    return flatfile.write(content)


def run_lce(model: bytes, columns: Sequence[Array], reference: bool = False) -> list[Array]:
    """The outputs [samples, *shape] of the Engine's interpreter for inputs [samples, *shape without the batch].

    `reference`: by its reference kernel of the convolution, which alone does groups.
    """
    child = _child()
    assert child.stdin is not None
    assert child.stdout is not None
    request = {"model": np.frombuffer(model, np.uint8), "reference": np.array(reference)}
    lce_child.write(child.stdin, request | {f"x{i}": column for i, column in enumerate(columns)})  # type: ignore[arg-type]
    answer = lce_child.read(child.stdout)  # type: ignore[arg-type]
    assert answer, f"the Larq Compute Engine ended with {child.wait()}"
    return [answer[f"y{i}"] for i in range(len(answer))]


@cache
def _child() -> subprocess.Popen[bytes]:
    if importlib.util.find_spec("larq_compute_engine") is None:
        pytest.skip("larq-compute-engine is not installed: pip install 'edgeopt[larq]'")
    command = [sys.executable, str(Path(lce_child.__file__))]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(child.kill)
    return child
