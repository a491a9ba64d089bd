"""Writes <name>.c and <name>_weights.{h,c}: the kernel calls in order, their parameters and the constant data."""

from collections.abc import Mapping

import numpy as np

from edgeopt.emit.constants import Constants
from edgeopt.emit.kernels import ordered_params
from edgeopt.emit.literals import C_TYPES, scalar
from edgeopt.emit.names import c_comment
from edgeopt.ir import CCall, Place, Placed, Tensor
from edgeopt.ops.ways import PLAIN
from edgeopt.plan import Plan, Step


def model_source(plan: Plan, name: str) -> tuple[str, Constants]:
    """The text of <name>.c, and the constants that it refers to."""
    constants = Constants(name)
    params: list[str] = []
    body: list[str] = []
    for index, step in enumerate(plan.steps):
        way = "" if step.way.name == PLAIN else f", by {step.way.name}"
        body.append(f"    /* {index}: {step.node.op.name} {c_comment(step.node.name)}{way} */")
        body.append(_tell(index))
        labels = {
            id(call): f"layer{index}" + (f"_{part}" if len(step.calls) > 1 else "")
            for part, call in enumerate(step.calls)
        }
        params += [_params(call, labels[id(call)], constants) for call in step.calls]
        for loop in step.program(plan.graph.io(step.node)).loops:
            calls = [_call(plan, step, placed, labels, constants) for placed in loop.body]
            body += _loop(loop.turns, [line for lines in calls for line in lines])
    if not any(step.calls for step in plan.steps):
        body.append("    (void)arena; /* views alone: nothing to compute */")
    kernels = sorted({call.kernel for step in plan.steps for call in step.calls})
    includes = "\n".join(f'#include "{kernel}.h"' for kernel in kernels)
    text = _SOURCE.format(
        name=name,
        includes=includes,
        params="\n\n".join(params),
        reset=_reset(plan, name, constants),
        inputs=_cases(plan, plan.graph.inputs, ""),
        outputs=_cases(plan, plan.graph.outputs, "const "),
        body="\n".join(body),
        end=_tell(len(plan.steps)),
    )
    return text, constants


def constant_bytes(plan: Plan) -> int:
    """Bytes of the constant data in flash; equal arrays count once."""
    return model_source(plan, "model")[1].total_bytes


def weights_header(name: str, constants: Constants) -> str:
    return _WEIGHTS_HEADER.format(name=name, guard=f"{name.upper()}_WEIGHTS_H", declarations=constants.declarations())


def weights_source(name: str, constants: Constants) -> str:
    title = f"/* {name}_weights.c -- the constant data of the network. */"
    return f'{title}\n#include "{name}_weights.h"\n\n{constants.definitions()}\n'


def _tell(layer: int) -> str:
    """Tells the hook, if there is one, that `layer` comes next."""
    return f"    if (hook != NULL) {{\n        hook(hook_user, {layer});\n    }}"


def _params(call: CCall, label: str, constants: Constants) -> str:
    lines = []
    for field, value in ordered_params(call):
        if isinstance(value, np.ndarray):
            text = constants.add(f"{label}_{field}", value)
        elif value is None:
            text = "NULL"
        else:
            assert isinstance(value, int | float | np.integer | np.floating), f"{call.kernel}.{field}"
            text = scalar(value if isinstance(value, int | float) else value.item())
        lines.append(f"    {text}, /* {field} */")
    return f"static const EO_ROM struct {call.kernel}_params {label}_params = {{\n" + "\n".join(lines) + "\n};"


def _loop(turns: int, lines: list[str]) -> list[str]:
    if turns == 1:
        return [f"    {line}" for line in lines]
    head = f"    for (int32_t turn = 0; turn < {turns}; turn++) {{"
    return [head, *(f"        {line}" for line in lines), "    }"]


def _call(plan: Plan, step: Step, placed: Placed, labels: Mapping[int, str], constants: Constants) -> list[str]:
    """The calls of a loop's body, a line each."""
    lines = []
    for call in placed.calls:
        label = labels[id(call)]
        arguments = ", ".join(_arguments(plan, step, placed, call, label, constants))
        lines.append(f"{call.kernel}(&{label}_params, {arguments});")
    return lines


def _arguments(plan: Plan, step: Step, placed: Placed, call: CCall, label: str, constants: Constants) -> list[str]:
    written = placed.op.states(placed.io)
    arguments = []
    for index in call.inputs:
        tensor, place = placed.io.input(index), placed.inputs[index]
        if place is None:
            arguments.append(constants.add(f"{label}_input{index}", tensor.values))
        else:
            const = "" if index in written else "const "
            arguments.append(f"({_pointer(tensor, const)})({_address(plan, step, place)})")
    arguments += [
        f"({_pointer(placed.io.outputs[i])})({_address(plan, step, placed.outputs[i])})" for i in call.outputs
    ]
    if call.scratch_bytes is not None:
        scratch = placed.scratch if call.scratch_bytes else None
        arguments.append("NULL" if scratch is None else _address(plan, step, scratch))
    return arguments


def _address(plan: Plan, step: Step, place: Place) -> str:
    start = plan.scratch_offset(step.node) if place.tensor is None else plan.offsets[place.tensor]
    text = f"arena + {start + place.offset}"
    return text if not place.step else f"{text} {'+' if place.step > 0 else '-'} {abs(place.step)} * turn"


def _reset(plan: Plan, name: str, constants: Constants) -> str:
    """The functions that give the state its first values, save and restore it; nothing of a network without state."""
    states = plan.graph.state_tensors
    if not states:
        return ""
    body = [_initialize(plan, index, tensor, constants) for index, tensor in enumerate(states)]
    begins = np.cumsum([0, *(tensor.size_bytes for tensor in states)]).tolist()
    places = [(f"arena + {plan.offsets[t.name]}", f"saved + {at}", t) for t, at in zip(states, begins, strict=False)]
    save = [_copy(saved, kept, tensor) for kept, saved, tensor in places]
    restore = [_copy(kept, saved, tensor) for kept, saved, tensor in places]
    return _RESET.format(name=name, body="\n".join(body), save="\n".join(save), restore="\n".join(restore))


def _copy(to: str, source: str, tensor: Tensor) -> str:
    return f"    __builtin_memcpy({to}, {source}, {tensor.size_bytes}u); /* {c_comment(tensor.name)} */"


def _initialize(plan: Plan, index: int, tensor: Tensor, constants: Constants) -> str:
    assert tensor.initial is not None
    to, size, comment = f"arena + {plan.offsets[tensor.name]}", tensor.size_bytes, c_comment(tensor.name)
    value = same_byte(tensor)
    if value is not None:
        return f"    __builtin_memset({to}, {value}, {size}u); /* {comment} */"
    return f"    __builtin_memcpy({to}, {constants.add(f'state{index}', tensor.initial)}, {size}u); /* {comment} */"


def same_byte(state: Tensor) -> int | None:
    """The byte that all of a state's memory holds at first; None where they differ."""
    assert state.initial is not None
    array = state.initial
    if array.size and not any(array.strides):  # one element, however large the shape
        array = array.flat[:1]
    values = np.unique(np.ascontiguousarray(array).view(np.uint8))
    return int(values[0]) if len(values) == 1 else None


def _pointer(tensor: Tensor, const: str = "") -> str:
    return f"{const}{C_TYPES[tensor.dtype]} *"


def _cases(plan: Plan, names: tuple[str, ...], const: str) -> str:
    base = f"({const}uint8_t *)context->words"
    return "\n".join(
        f"    case {index}:\n        return {base} + {plan.offsets[name]}; /* {c_comment(name)} */"
        for index, name in enumerate(names)
    )


_SOURCE = """/* {name}.c -- the network: kernel calls in order. Written by edgeopt; do not edit. */
#include "{name}.h"
#include "{name}_weights.h"

{includes}

{params}

{name}_context *{name}_default_context(void) {{
    static {name}_context context;
    return &context;
}}

void *{name}_input({name}_context *context, int index) {{
    switch (index) {{
{inputs}
    default:
        return NULL;
    }}
}}

const void *{name}_output(const {name}_context *context, int index) {{
    switch (index) {{
{outputs}
    default:
        return NULL;
    }}
}}

{reset}int {name}_invoke({name}_context *context, {name}_layer_hook hook, void *hook_user) {{
    uint8_t *const arena = (uint8_t *)context->words;
{body}
{end}
    return 0;
}}
"""

_RESET = """void {name}_reset({name}_context *context) {{
    uint8_t *const arena = (uint8_t *)context->words;
{body}
}}

void {name}_save(const {name}_context *context, void *state) {{
    const uint8_t *const arena = (const uint8_t *)context->words;
    uint8_t *const saved = (uint8_t *)state;
{save}
}}

void {name}_restore({name}_context *context, const void *state) {{
    uint8_t *const arena = (uint8_t *)context->words;
    const uint8_t *const saved = (const uint8_t *)state;
{restore}
}}

"""

_WEIGHTS_HEADER = """/* {name}_weights.h -- the constant data of the network, all of it in flash. */
#ifndef {guard}
#define {guard}

#include "eo_arch.h"

#ifdef __cplusplus
extern "C" {{
#endif

{declarations}

#ifdef __cplusplus
}}
#endif

#endif
"""
