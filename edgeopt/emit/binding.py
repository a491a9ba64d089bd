"""Writes eo_model.c, the table through which the firmware reaches its networks without knowing their names."""

from collections.abc import Sequence

from edgeopt.emit.literals import scalar
from edgeopt.emit.names import c_string
from edgeopt.emit.network import Network
from edgeopt.ir import Tensor
from edgeopt.quantmath import quantize_multiplier

_WORD_BYTES = 4


def model_binding(networks: Sequence[Network]) -> str:
    """The text of eo_model.c; eo_build_id.h, which it includes, is written last, as it hashes all other files.

    One network has its own built-in context. Several share one arena, as large as the largest of their contexts; what a
    network remembers is kept apart while another is selected.
    """
    names = [network.name for network in networks]
    alone = len(networks) == 1
    return _BINDING.format(
        what=f"network `{names[0]}`" if alone else f"networks {', '.join(f'`{name}`' for name in names)}",
        includes="\n".join(f'#include "{name}.h"' for name in names),
        arena="" if alone else _ARENA.format(members="\n".join(f"    {name}_context {name};" for name in names)),
        functions="\n".join(_functions(index, network, alone) for index, network in enumerate(networks)),
        count=len(networks),
        rows="\n".join(_row(index, network, alone) for index, network in enumerate(networks)),
    )


def _functions(index: int, network: Network, alone: bool) -> str:
    """What reaches one network, and the tables of its tensors and layers."""
    plan = network.plan
    graph = plan.graph
    context = f"{network.name}_default_context()" if alone else f"&arena.{network.name}"
    values = {"i": index, "name": network.name, "context": context}
    inputs = [_tensor(tensor, plan.inputs_survive[tensor.name]) for tensor in graph.input_tensors]
    outputs = [_tensor(tensor, True) for tensor in graph.output_tensors]
    text = _ACCESS.format(**values)
    if graph.state_tensors:
        text += _RESET.format(**values)
        text += "" if alone else _KEEP.format(**values, words=-(-_state_bytes(network) // _WORD_BYTES))
    return text + _TABLES.format(
        i=index,
        inputs=len(inputs),
        outputs=len(outputs),
        input_tensors="\n".join(inputs),
        output_tensors="\n".join(outputs),
        layer_names="\n".join(f"    {c_string(step.node.name)}," for step in plan.steps) or "    NULL,",
        layer_count=max(1, len(plan.steps)),
    )


def _row(index: int, network: Network, alone: bool) -> str:
    """An initializer of struct eo_model."""
    plan = network.plan
    remembers = bool(plan.graph.state_tensors)
    kept = remembers and not alone
    values = (
        c_string(network.name),
        "EO_BUILD_ID",
        str(len(plan.graph.inputs)),
        str(len(plan.graph.outputs)),
        str(len(plan.steps)),
        f"input_tensors{index}",
        f"output_tensors{index}",
        str(plan.arena_bytes),
        f"arena{index}",
        f"input{index}",
        f"output{index}",
        f"invoke{index}",
        f"layer_names{index}",
        str(_state_bytes(network)),
        f"reset{index}" if remembers else "NULL",
        f"keep{index}" if kept else "NULL",
        f"bring_back{index}" if kept else "NULL",
    )
    return "\n".join(["    {", *(f"        {value}," for value in values), "    },"])


def _state_bytes(network: Network) -> int:
    return sum(tensor.size_bytes for tensor in network.plan.graph.state_tensors)


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

_BINDING = """/* eo_model.c -- binds the firmware to the {what}. Written by edgeopt; do not edit. */
#include "eo_model.h"

#include <stddef.h>

#include "eo_build_id.h"
{includes}

{arena}{functions}
const struct eo_model eo_models[{count}] = {{
{rows}
}};

const int eo_models_count = {count};
"""

_ARENA = """/* One arena for all: only the selected network's activations are in it. */
static union {{
{members}
}} arena;

"""

_ACCESS = """static const uint8_t *arena{i}(void) {{
    return (const uint8_t *)({context})->words;
}}

static void *input{i}(int index) {{
    return {name}_input({context}, index);
}}

static const void *output{i}(int index) {{
    return {name}_output({context}, index);
}}

static int invoke{i}(void (*hook)(void *user, int layer), void *user) {{
    return {name}_invoke({context}, hook, user);
}}

"""

_RESET = """static void reset{i}(void) {{
    {name}_reset({context});
}}

"""

_KEEP = """/* What `{name}` remembers while another network is selected, and its inferences since the reset. */
static struct {{
    uint32_t count;
    uint32_t words[{words}];
}} kept{i};

static void keep{i}(uint32_t count) {{
    kept{i}.count = count;
    {name}_save({context}, kept{i}.words);
}}

static uint32_t bring_back{i}(void) {{
    {name}_restore({context}, kept{i}.words);
    return kept{i}.count;
}}

"""

_TABLES = """/* bytes, type, survives, scale_q31, scale_shift, zero_point */
static const struct eo_tensor input_tensors{i}[{inputs}] = {{
{input_tensors}
}};

static const struct eo_tensor output_tensors{i}[{outputs}] = {{
{output_tensors}
}};

static const char *const layer_names{i}[{layer_count}] = {{
{layer_names}
}};
"""
