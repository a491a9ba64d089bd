"""Writes eo_model.c, the table through which the firmware reaches the network without knowing its name."""

from collections.abc import Iterable

from edgeopt.emit.literals import scalar
from edgeopt.emit.names import c_string
from edgeopt.ir import Tensor
from edgeopt.plan import Plan
from edgeopt.quantmath import quantize_multiplier


def model_binding(plan: Plan, name: str) -> str:
    """The text of eo_model.c; eo_build_id.h, which it includes, is written last, as it hashes all other files."""
    graph = plan.graph
    scales = [_output_scale(tensor) for tensor in graph.output_tensors]
    return _BINDING.format(
        name=name,
        model_name=c_string(graph.name),
        inputs=len(graph.inputs),
        outputs=len(graph.outputs),
        layers=len(plan.steps),
        arena_bytes=plan.arena_bytes,
        input_bytes=_row(tensor.size_bytes for tensor in graph.input_tensors),
        output_bytes=_row(tensor.size_bytes for tensor in graph.output_tensors),
        q31=_row(q31 for q31, _, _ in scales),
        shift=_row(shift for _, shift, _ in scales),
        zero_point=_row(zero for _, _, zero in scales),
        survives=_row(int(plan.inputs_survive[tensor]) for tensor in graph.inputs),
        layer_names="\n".join(f"    {c_string(step.node.name)}," for step in plan.steps) or "    NULL,",
        layer_count=max(1, len(plan.steps)),
    )


def _row(values: Iterable[int]) -> str:
    return ", ".join(scalar(value) for value in values)


def _output_scale(tensor: Tensor) -> tuple[int, int, int]:
    if tensor.quant is None or tensor.dtype == "float32":
        return 0, 0, 0
    q31, shift = quantize_multiplier(tensor.quant.scale)
    return q31, shift, tensor.quant.zero_point


_BINDING = """/* eo_model.c -- binds the firmware to the network `{name}`. Written by edgeopt; do not edit. */
#include "eo_model.h"

#include "eo_build_id.h"
#include "{name}.h"

static void *input(int index) {{
    return {name}_input({name}_default_context(), index);
}}

static const void *output(int index) {{
    return {name}_output({name}_default_context(), index);
}}

static int invoke(void (*hook)(void *user, int layer), void *user) {{
    return {name}_invoke({name}_default_context(), hook, user);
}}

static const uint32_t input_bytes[{inputs}] = {{{input_bytes}}};
static const uint32_t output_bytes[{outputs}] = {{{output_bytes}}};
static const int32_t output_scale_q31[{outputs}] = {{{q31}}};
static const int8_t output_scale_shift[{outputs}] = {{{shift}}};
static const int32_t output_zero_point[{outputs}] = {{{zero_point}}};
static const uint8_t input_survives[{inputs}] = {{{survives}}};
static const char *const layer_names[{layer_count}] = {{
{layer_names}
}};

const struct eo_model eo_model = {{
    {model_name},
    EO_BUILD_ID,
    {inputs},
    {outputs},
    {layers},
    input_bytes,
    output_bytes,
    {arena_bytes},
    input,
    output,
    invoke,
    layer_names,
    output_scale_q31,
    output_scale_shift,
    output_zero_point,
    input_survives,
}};
"""
