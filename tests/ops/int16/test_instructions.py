"""What a multiply-accumulate of int16 costs on a Cortex-M4: bounds, a little above what was counted with gcc 12 -O2."""

from pathlib import Path

import numpy as np
import pytest
from support.layers import Layer, layer_case
from support.on_core import run_on_core
from support.proof import assert_same, reference

SAME = {"padding": "SAME"}
LONG = {"dtype": "int16", "bias_dtype": "int64"}
LAYERS = {
    "3x3": (Layer("CONV_2D", [1, 8, 8, 16], [16, 3, 3, 16], [1, 8, 8, 16], options=SAME, **LONG), 1.9),
    "1x1": (Layer("CONV_2D", [1, 4, 4, 32], [32, 1, 1, 32], [1, 4, 4, 32], options=SAME, **LONG), 2.25),
    "dense": (Layer("FULLY_CONNECTED", [1, 256], [16, 256], [1, 16], **LONG), 1.8),
    "depthwise": (
        Layer("DEPTHWISE_CONV_2D", [1, 8, 8, 16], [1, 3, 3, 16], [1, 8, 8, 16], channel_axis=3, options=SAME, **LONG),
        7.0,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_instructions_a_mac_on_cortex_m4(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    layer, bound = LAYERS[name]
    case = layer_case(rng, layer)
    graph = case.graph()
    outputs, instructions = run_on_core(graph, case.samples, "cortex-m4f", tmp_path, count=True)
    assert_same(outputs[0], reference(graph, case.samples[0]), name)
    print(name, instructions / graph.macs)
    assert instructions / graph.macs <= bound
