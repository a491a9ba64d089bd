"""ONNX files read and checked before they are translated: opset, operators, shapes, data in other files."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeopt.convert.process import one_line
from edgeopt.convert.safety.archives import check_size
from edgeopt.convert.safety.external import check_external_data
from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Shape

_STANDARD = ("", "ai.onnx")  # the domain of ONNX's own operators, which has two names
_AGAIN = "export or download it again"


@dataclass(frozen=True)
class Input:
    """An input of the network, with a batch of one."""

    name: str
    shape: Shape


def read_onnx(path: Path, where: str) -> tuple[Any, tuple[Input, ...]]:
    """(The ModelProto with all its data and inferred shapes, its inputs). MalformedModel, UnsupportedModel."""
    import onnx
    from google.protobuf.message import DecodeError

    check_size(path.stat().st_size, where)
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError, OSError) as error:
        raise MalformedModel(f"{where}: is not a sound ONNX file: {one_line(error)}", _AGAIN) from None
    if not model.graph.node or not model.graph.output:
        raise MalformedModel(f"{where}: is not a sound ONNX file: it has no nodes or no outputs", _AGAIN)
    _check_names(model, where)
    check_external_data(model, path.parent, where)
    onnx.load_external_data_for_model(model, str(path.parent))
    _check_opset(model, where)
    _check_operators(model, where)
    inputs = _fix_batch(model, where)
    try:
        onnx.checker.check_model(model)
        return onnx.shape_inference.infer_shapes(model), inputs
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise MalformedModel(f"{where}: breaks the rules of ONNX: {one_line(error)}", _AGAIN) from None


def _check_opset(model: Any, where: str) -> None:
    import onnx

    known = onnx.defs.onnx_opset_version()
    found = max((entry.version for entry in model.opset_import if entry.domain in _STANDARD), default=0)
    if not 1 <= found <= known:
        raise UnsupportedModel(
            f"{where}: is of ONNX opset {found}, opsets up to {known} are known",
            "export it with an older opset: torch.onnx.export(..., opset_version=17)",
        )


def _check_operators(model: Any, where: str) -> None:
    """Names all operators at once that nothing here translates."""
    known = _translated_operators()
    unknown = sorted(
        {
            f"{node.domain}.{node.op_type}" if node.domain not in _STANDARD else node.op_type
            for node in model.graph.node
            if node.domain not in _STANDARD or node.op_type not in known
        }
    )
    if unknown:
        raise UnsupportedModel(
            f"{where}: has operators that onnx2tf does not translate: {', '.join(unknown)}",
            "replace these layers before the export, or export without the custom ones",
        )


def _translated_operators() -> set[str]:
    """Those of onnx2tf: a file each. Importing it to see would import TensorFlow."""
    spec = importlib.util.find_spec("onnx2tf")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("No module named 'onnx2tf'", name="onnx2tf")
    return {path.stem for place in spec.submodule_search_locations for path in Path(place, "ops").glob("[A-Z]*.py")}


def _check_names(model: Any, where: str) -> None:
    """Protocol buffers give names that are no UTF-8 as bytes."""
    graph = model.graph
    names = [name for node in graph.node for name in (node.op_type, node.domain, node.name, *node.input, *node.output)]
    names += [item.name for item in (*graph.initializer, *graph.input, *graph.output, *graph.value_info)]
    names += [entry.domain for entry in model.opset_import]
    names += [dim.dim_param for given in graph.input for dim in given.type.tensor_type.shape.dim]
    if not all(isinstance(name, str) for name in names):
        raise MalformedModel(f"{where}: is not a sound ONNX file: it has names that are no text", _AGAIN)


def _fix_batch(model: Any, where: str) -> tuple[Input, ...]:
    """The inputs; an open batch becomes one in the model. UnsupportedModel where another dimension is open."""
    from onnx import TensorProto

    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = []
    for given in model.graph.input:
        if given.name in constants:
            continue
        kind = given.type.tensor_type
        if kind.elem_type != TensorProto.FLOAT:
            dtype = TensorProto.DataType.Name(kind.elem_type).lower()
            raise UnsupportedModel(f"{where}: input `{given.name}` is {dtype}, expected float", "export it in float32")
        dims = kind.shape.dim
        if dims and not dims[0].dim_value:
            dims[0].dim_value = 1
        if not dims or any(dim.dim_value < 1 for dim in dims):
            listed = ", ".join(str(dim.dim_value or dim.dim_param or "?") for dim in dims)
            raise UnsupportedModel(
                f"{where}: input `{given.name}` has open dimensions: [{listed}]",
                "export it with fixed sizes: without dynamic_axes, or with the batch alone",
            )
        if dims[0].dim_value != 1:
            raise UnsupportedModel(
                f"{where}: input `{given.name}` takes {dims[0].dim_value} samples at a time",
                "export it with a batch of 1",
            )
        inputs.append(Input(given.name, tuple(dim.dim_value for dim in dims)))
    if not inputs:
        raise UnsupportedModel(f"{where}: has no inputs", "export the network with the input that it is run with")
    return tuple(inputs)
