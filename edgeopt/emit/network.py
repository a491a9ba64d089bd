"""A network of a project: what is emitted of it, and what its manifest keeps of it for those who open the project."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgeopt.emit.literals import C_TYPES
from edgeopt.emit.names import c_name
from edgeopt.ir import Quant, Tensor
from edgeopt.plan import Plan


@dataclass(frozen=True)
class Network:
    """What is emitted: a plan, its name as a C identifier, and the SHA-256 of the .tflite that it is of."""

    plan: Plan = field(repr=False)
    name: str
    model_sha256: str = ""


@dataclass(frozen=True)
class ProjectModel:
    """What a session must know of one network of a project."""

    name: str
    model_sha256: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    layers: tuple[str, ...]


def model_row(network: Network) -> dict[str, Any]:
    """The network's row of the manifest's `models`."""
    graph = network.plan.graph
    return {
        "name": network.name,
        "model_sha256": network.model_sha256,
        "inputs": [_row(tensor) for tensor in graph.input_tensors],
        "outputs": [_row(tensor) for tensor in graph.output_tensors],
        "layers": [step.node.name for step in network.plan.steps],
    }


def project_model(row: Mapping[str, Any]) -> ProjectModel:
    """What `model_row` wrote; KeyError, TypeError, ValueError or AttributeError where it cannot have done so."""
    name = str(row["name"])
    if name != c_name(name):
        raise ValueError(name)
    return ProjectModel(
        name=name,
        model_sha256=str(row["model_sha256"]),
        inputs=tuple(_tensor(tensor) for tensor in row["inputs"]),
        outputs=tuple(_tensor(tensor) for tensor in row["outputs"]),
        layers=tuple(str(name) for name in row["layers"]),
    )


def _row(tensor: Tensor) -> dict[str, Any]:
    quant = tensor.quant
    scales = {"scale": quant.scale, "zero_point": quant.zero_point} if quant is not None else {}
    return {"name": tensor.name, "shape": list(tensor.shape), "dtype": tensor.dtype, **scales}


def _tensor(row: Mapping[str, Any]) -> Tensor:
    shape, dtype = tuple(int(size) for size in row["shape"]), str(row["dtype"])
    quant = Quant((float(row["scale"]),), (int(row["zero_point"]),)) if "scale" in row else None
    if dtype not in C_TYPES or min(shape, default=1) < 1 or (quant and not 0 < quant.scale < math.inf):
        raise ValueError
    return Tensor(str(row["name"]), shape, dtype, quant)
