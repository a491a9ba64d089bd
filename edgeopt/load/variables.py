"""Resource variables become state tensors: VAR_HANDLE and CALL_ONCE are gone, READ and ASSIGN name the state itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array, Quant, Shape, Tensor
from edgeopt.load.options import read_options
from edgeopt.load.tensors import Tensors
from edgeopt.schema import AGAIN, ModelFile, Operator

WITHOUT_CODE = ("VAR_HANDLE", "CALL_ONCE")  # what they do is done once, here
_ACCESS = ("READ_VARIABLE", "ASSIGN_VARIABLE")
NOT_ITS_OWN = "only the recurrent layer that it belongs to can have it"
_HINT = "docs/numerics.md says which variables are possible"


@dataclass(frozen=True)
class _Access:
    """A READ_VARIABLE or ASSIGN_VARIABLE of variable `key`, and the tensor that it reads into or assigns."""

    key: str
    operator: str
    value: Tensor


def variables(file: ModelFile, tensors: Tensors) -> Mapping[int, Tensor]:
    """The state tensors, by the indices of the resource tensors that stand for them in the main graph.

    Raises UnsupportedModel for variables whose first value, type or shape does not follow from the file.
    """
    keys = _keys(file)
    if not keys and not file.further:
        return {}
    accesses = list(_accesses(file, tensors, keys))
    initial = _initial_values(file)
    taken = set(file.names)
    states: dict[str, Tensor] = {}
    for key in dict.fromkeys(keys.values()):
        states[key] = _state(key, [a for a in accesses if a.key == key], initial.get(key), taken)
        taken.add(states[key].name)
    return {index: states[key] for index, key in keys.items()}


def _keys(file: ModelFile) -> dict[int, str]:
    """The variable's key for each tensor that a VAR_HANDLE makes."""
    keys: dict[int, str] = {}
    containers: dict[str, str] = {}
    for operator in file.operators:
        if operator.name == "VAR_HANDLE":
            options = read_options(file.reader, operator)
            key, container = options["shared_name"] or "", options["container"] or ""
            if "\0" in key + container:  # where C, and so tflite-micro, stops reading
                raise MalformedModel("the name of a variable has a zero byte", AGAIN)
            if containers.setdefault(key, container) != container:
                raise UnsupportedModel(f"two containers have a variable `{key}`", "give variables names of their own")
            keys[operator.outputs[0]] = key
    return keys


def _accesses(file: ModelFile, tensors: Tensors, keys: Mapping[int, str]) -> Iterator[_Access]:
    for operator in file.operators:
        if operator.name in _ACCESS:
            resource, value = _operands(operator)
            if resource not in keys:
                name = file.names[resource]
                raise MalformedModel(f"{operator.name} of `{name}`, which no VAR_HANDLE makes", AGAIN)
            yield _Access(keys[resource], operator.name, tensors[value])


def _operands(operator: Operator) -> tuple[int, int]:
    """Indices of the resource, and of the value that is read or assigned."""
    reads = operator.name == "READ_VARIABLE"
    found = (*operator.inputs, *operator.outputs)
    if -1 in found or (len(operator.inputs), len(operator.outputs)) != ((1, 1) if reads else (2, 0)):
        inputs, outputs = len(operator.inputs), len(operator.outputs)
        raise MalformedModel(f"{operator.name} has {inputs} inputs and {outputs} outputs", AGAIN)
    return found[0], found[1]


def _state(key: str, accesses: list[_Access], initial: Tensor | None, taken: set[str]) -> Tensor:
    """The state tensor of variable `key`: type, shape and scale as all who use it see it."""
    assigned = [a.value for a in accesses if a.operator == "ASSIGN_VARIABLE"]
    if not accesses or (not assigned and initial is None):
        hint = "the file has no value for it: convert the model with its weights as constants"
        raise UnsupportedModel(f"the variable `{key}` is never assigned a value", hint)
    seen = [*assigned, *([] if initial is None else [initial]), *(a.value for a in accesses)]
    kinds = {(value.dtype, value.shape, value.quant) for value in seen}
    if len(kinds) > 1:
        listed = " and ".join(f"{dtype} {list(shape)}" for dtype, shape, _ in sorted(kinds, key=str))
        raise UnsupportedModel(f"the variable `{key}` is {listed}, or of several scales", _HINT)
    dtype, shape, quant = kinds.pop()
    if dtype == "int4":
        raise UnsupportedModel(f"the variable `{key}` is int4", _HINT)
    start = _memory_of_tflm(dtype, shape, quant) if initial is None else initial.values
    name = next(name for name in (key, *(f"{key}_{n}" for n in range(2, len(taken) + 3))) if name and name not in taken)
    return Tensor(name, shape, dtype, quant, initial=start)


def _memory_of_tflm(dtype: str, shape: Shape, quant: Quant | None) -> Array:
    """What TFLM's memory of a resource holds before it is assigned: each byte is the lowest byte of the zero point."""
    byte = 0 if quant is None else quant.zero_points[0] & 255
    return np.broadcast_to(np.frombuffer(bytes([byte]) * np.dtype(dtype).itemsize, dtype), shape)


def _initial_values(file: ModelFile) -> dict[str, Tensor]:
    """The constants that the subgraphs of CALL_ONCE assign, by key."""
    values: dict[str, Tensor] = {}
    called: set[int] = set()
    started = False
    for operator in file.operators:
        if operator.name == "CALL_ONCE":
            if started:
                raise UnsupportedModel("CALL_ONCE comes after a variable is used", _HINT)
            index = read_options(file.reader, operator)["init_subgraph_index"] - 1
            if not 0 <= index < len(file.further):
                raise MalformedModel(f"CALL_ONCE calls subgraph {index + 1}, which is not there", AGAIN)
            called.add(index)
            values |= _assigned_constants(file.further[index])
        started = started or operator.name in _ACCESS
    if len(called) < len(file.further):
        count = len(file.further) + 1
        raise UnsupportedModel(f"the model has {count} subgraphs, and does not use all", "convert a single signature")
    return values


def _assigned_constants(graph: ModelFile) -> dict[str, Tensor]:
    keys, tensors = _keys(graph), Tensors(graph)
    values = {}
    for operator in graph.operators:
        if operator.name not in (*_ACCESS, "VAR_HANDLE"):
            raise UnsupportedModel(f"the initialisation of variables has {operator.name}", "assign constants alone")
    for access in _accesses(graph, tensors, keys):
        if access.operator != "ASSIGN_VARIABLE" or not access.value.is_constant:
            hint = "assign constants alone"
            raise UnsupportedModel(f"the variable `{access.key}` begins with a value that is computed", hint)
        values[access.key] = access.value
    return values
