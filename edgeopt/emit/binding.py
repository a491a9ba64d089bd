"""Writes eo_model.c, the table through which the firmware reaches the network without knowing its name."""

from collections.abc import Sequence

from edgeopt.emit.literals import scalar
from edgeopt.emit.names import c_string
from edgeopt.emit.network import Network
from edgeopt.ir import Tensor
from edgeopt.quantmath import quantize_multiplier


def model_binding(networks: Sequence[Network]) -> str:
    """The text of eo_model.c; eo_build_id.h, which it includes, is written last, as it hashes all other files."""
    (network,) = networks
    plan, name = network.plan, network.name
    graph = plan.graph
    inputs = [_tensor(tensor, plan.inputs_survive[tensor.name]) for tensor in graph.input_tensors]
    outputs = [_tensor(tensor, True) for tensor in graph.output_tensors]
    return _BINDING.format(
        name=name,
        model_name=c_string(name),
        inputs=len(inputs),
        outputs=len(outputs),
        layers=len(plan.steps),
        arena_bytes=plan.arena_bytes,
        input_tensors="\n".join(inputs),
        output_tensors="\n".join(outputs),
        layer_names="\n".join(f"    {c_string(step.node.name)}," for step in plan.steps) or "    NULL,",
        layer_count=max(1, len(plan.steps)),
        state_bytes=sum(tensor.size_bytes for tensor in graph.state_tensors),
        reset=_RESET.format(name=name) if graph.state_tensors else "",
        reset_pointer="reset" if graph.state_tensors else "NULL",
    )


def _tensor(tensor: Tensor, survives: bool) -> str:
    """An initializer of struct eo_tensor."""
    kind = f"EO_TYPE_{tensor.dtype.upper() if tensor.dtype in _TYPES else 'OTHER'}"
    q31, shift, zero_point = 0, 0, 0
    if tensor.quant is not None and not tensor.quant.per_channel:
        q31, shift = quantize_multiplier(tensor.quant.scale)
        zero_point = tensor.quant.zero_point
    values = (scalar(tensor.size_bytes), kind, *map(scalar, (int(survives), q31, shift, zero_point)))
    return f"    {{{', '.join(values)}}},"


_TYPES = ("int8", "uint8", "int16", "float32")  # of enum eo_type

_BINDING = """/* eo_model.c -- binds the firmware to the network `{name}`. Written by edgeopt; do not edit. */
#include "eo_model.h"

#include <stddef.h>

#include "eo_build_id.h"
#include "{name}.h"

static const uint8_t *arena(void) {{
    return (const uint8_t *){name}_default_context()->words;
}}

static void *input(int index) {{
    return {name}_input({name}_default_context(), index);
}}

static const void *output(int index) {{
    return {name}_output({name}_default_context(), index);
}}

static int invoke(void (*hook)(void *user, int layer), void *user) {{
    return {name}_invoke({name}_default_context(), hook, user);
}}

{reset}/* bytes, type, survives, scale_q31, scale_shift, zero_point */
static const struct eo_tensor input_tensors[{inputs}] = {{
{input_tensors}
}};

static const struct eo_tensor output_tensors[{outputs}] = {{
{output_tensors}
}};

static const char *const layer_names[{layer_count}] = {{
{layer_names}
}};

const struct eo_model eo_model = {{
    {model_name},
    EO_BUILD_ID,
    {inputs},
    {outputs},
    {layers},
    input_tensors,
    output_tensors,
    {arena_bytes},
    arena,
    input,
    output,
    invoke,
    layer_names,
    {state_bytes},
    {reset_pointer},
}};
"""

_RESET = """static void reset(void) {{
    {name}_reset({name}_default_context());
}}

"""
