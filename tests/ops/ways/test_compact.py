"""What the compact kernel refuses, and that it makes the reference networks small."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value

from edgeopt.ir import Target
from edgeopt.load import load
from edgeopt.ops.ways import WAYS
from edgeopt.optimize import optimize
from edgeopt.plan import plan

Q = (0.05, 3)


def refusal(way: str, case: Case) -> str:
    graph = case.graph()
    answer = WAYS.get(way).offer(graph.nodes[0].op, graph.io(graph.nodes[0]), Target())
    return answer if isinstance(answer, str) else ""


def convolution(x: list[int], w: list[int], y: list[int], dtype: str = "int8", **options: object) -> Case:
    weights = Value(w, (0.01, 0), dtype, np.zeros(w))
    return Case("CONV_2D", [Value(x, Q), weights, None], Value(y, Q), {"padding": "VALID", **options})


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (convolution([1, 4, 4, 4], [2, 3, 3, 4], [1, 2, 2, 2]), ""),
        (convolution([1, 4, 4, 4], [2, 3, 3, 2], [1, 2, 2, 2]), "no groups"),
        (convolution([2, 4, 4, 4], [2, 3, 3, 4], [2, 2, 2, 2]), "one image"),
        (convolution([1, 5, 5, 4], [2, 2, 2, 4], [1, 3, 3, 2], dilation_h_factor=2, dilation_w_factor=2), "dilation"),
        (convolution([1, 4, 4, 4], [2, 3, 3, 4], [1, 2, 2, 2], "int4"), "weights of 8 bits"),
        (convolution([1, 1, 32_768, 1], [1, 1, 1, 1], [1, 1, 32_768, 1]), "32,767"),
    ],
)
def test_what_it_takes(case: Case, why: str) -> None:
    assert why in refusal("compact", case) and bool(why) == bool(refusal("compact", case))


def test_a_depth_multiplier_only_from_one_channel() -> None:
    def depthwise(channels: int) -> Case:
        weights = Value([1, 3, 3, 2 * channels], (0.01, 0), data=np.zeros([1, 3, 3, 2 * channels]))
        options = {"padding": "VALID", "depth_multiplier": 2}
        return Case(
            "DEPTHWISE_CONV_2D",
            [Value([1, 4, 4, channels], Q), weights, None],
            Value([1, 2, 2, 2 * channels], Q),
            options,
        )

    assert refusal("compact_depthwise", depthwise(1)) == ""
    assert refusal("compact_depthwise", depthwise(3)) == "no depth multiplier"


@pytest.mark.parametrize("name", ["kws_dscnn", "ic_resnet8", "vww_mobilenet"])
@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m0plus", "cortex-m3"])
def test_goal_flash_takes_it_for_all_layers_with_weights(name: str, core: str, shared_models: Path) -> None:
    made = plan(optimize(load(shared_models / f"{name}_int8.tflite")), Target(core, "flash"))
    kernels = {step.calls[0].kernel for step in made.steps if step.node.op.macs(made.graph.io(step.node))}
    assert kernels == {"eo_conv2d_compact_s8"}
