"""Writes <name>.h: the API, and the figures of the network as constants."""

from edgeopt.emit.literals import C_TYPES, scalar
from edgeopt.emit.model_source import same_byte
from edgeopt.emit.names import c_comment
from edgeopt.ir import Tensor
from edgeopt.plan import Plan


def model_header(plan: Plan, name: str, constant_bytes: int) -> str:
    graph = plan.graph
    tensors = [("INPUT", i, t) for i, t in enumerate(graph.input_tensors)]
    tensors += [("OUTPUT", i, t) for i, t in enumerate(graph.output_tensors)]
    return _HEADER.format(
        name=name,
        upper=name.upper(),
        arena_bytes=plan.arena_bytes,
        words=max(1, plan.arena_bytes // 4),
        constant_bytes=constant_bytes,
        macs=graph.macs,
        binary_macs=f"\n#define {name.upper()}_BINARY_MACS {graph.binary_macs}" if graph.binary_macs else "",
        result=C_TYPES[graph.output_tensors[0].dtype],
        inputs=len(graph.inputs),
        outputs=len(graph.outputs),
        layers=len(plan.steps),
        figures="\n".join(_figures(name.upper(), kind, index, tensor) for kind, index, tensor in tensors),
        survival="\n".join(_survival(index, plan.inputs_survive[tensor]) for index, tensor in enumerate(graph.inputs)),
        memory=_memory(plan, name),
        reset=_RESET.format(name=name, upper=name.upper()) if graph.state_tensors else "",
        state_bytes=_STATE_BYTES.format(upper=name.upper(), bytes=_state_bytes(plan)) if graph.state_tensors else "",
    )


def _memory(plan: Plan, name: str) -> str:
    """What the caller must know of the network's state; nothing where it has none."""
    states = plan.graph.state_tensors
    if not states:
        return ""
    zero = all(same_byte(tensor) == 0 for tensor in states)
    return _MEMORY.format(name=name, bytes=_state_bytes(plan), forgotten=_ZERO if zero else _NOT_ZERO)


def _state_bytes(plan: Plan) -> int:
    return sum(tensor.size_bytes for tensor in plan.graph.state_tensors)


def _figures(upper: str, kind: str, index: int, tensor: Tensor) -> str:
    prefix = f"{upper}_{kind}{index}"
    shape = " x ".join(map(str, tensor.shape)) or "scalar"
    lines = [
        f"/* {kind.lower()} {index}, `{c_comment(tensor.name)}`: {C_TYPES[tensor.dtype]} [{shape}] */",
        f"#define {prefix}_BYTES {tensor.size_bytes}",
        f"#define {prefix}_ELEMENTS {tensor.elements}",
    ]
    if tensor.quant is not None and not tensor.quant.per_channel:
        lines += [
            f"#define {prefix}_SCALE {scalar(float(tensor.quant.scale))} /* real = scale * (q - zero point) */",
            f"#define {prefix}_ZERO_POINT ({tensor.quant.zero_point})",
        ]
    return "\n".join(lines)


def _survival(index: int, survives: bool) -> str:
    if survives:
        return f" * Input {index} still holds what was written into it after invoke."
    return f" * Input {index} does NOT survive invoke: its memory is reused. Write it anew before each inference."


_HEADER = """/* {name}.h -- the network's API. Written by edgeopt; do not edit.
 *
 * Write the input, call {name}_invoke, read the output:
 *
 *     {name}_context *net = {name}_default_context();
 *     memcpy({name}_input(net, 0), my_input, {upper}_INPUT0_BYTES);
 *     {name}_invoke(net, NULL, NULL);
 *     const {result} *result = (const {result} *){name}_output(net, 0);
 *
{survival}
{memory} */
#ifndef {upper}_H
#define {upper}_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {upper}_ARENA_BYTES {arena_bytes} /* all activations and scratch; known exactly, no heap */
#define {upper}_CONSTANT_BYTES {constant_bytes} /* weights, biases, requantization parameters, tables */
#define {upper}_MACS {macs}{binary_macs}
#define {upper}_LAYER_COUNT {layers}
#define {upper}_INPUT_COUNT {inputs}
#define {upper}_OUTPUT_COUNT {outputs}{state_bytes}
{figures}

/* All memory of one instance. Own one for each network that runs at the same time, or use the default one. */
typedef struct {{
    uint32_t words[{words}];
}} {name}_context;

/* Called before layer `layer`, and once more with {upper}_LAYER_COUNT at the end. */
typedef void (*{name}_layer_hook)(void *user, int layer);

/* The built-in context; linked only where it is called. */
{name}_context *{name}_default_context(void);

/* Where input or output `index` lies in the context; NULL for an index that does not exist. */
void *{name}_input({name}_context *context, int index);
const void *{name}_output(const {name}_context *context, int index);

{reset}/* One inference. hook may be NULL. Returns 0. */
int {name}_invoke({name}_context *context, {name}_layer_hook hook, void *hook_user);

#ifdef __cplusplus
}}
#endif

#endif
"""

_MEMORY = """ *
 * The network remembers {bytes} bytes from one inference to the next. Call {name}_reset before the first one, and
 * wherever another sequence begins. {forgotten}
"""
_ZERO = "A context of zeros, as the default one is at first, has been reset."
_NOT_ZERO = "A context of zeros has NOT been reset: its first outputs would be wrong."

_RESET = """/* Gives what the network remembers its first values; inputs and outputs are left alone. */
void {name}_reset({name}_context *context);

/* Copies what the network remembers to `state`, {upper}_STATE_BYTES bytes of the caller's, and back into a context: for
 * several sequences with one context, or memory that is shared with other networks between two inferences. */
void {name}_save(const {name}_context *context, void *state);
void {name}_restore({name}_context *context, const void *state);

"""
_STATE_BYTES = """
#define {upper}_STATE_BYTES {bytes} /* what it remembers, a part of the arena */"""
