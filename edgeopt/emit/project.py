"""Puts a generated project together: the model's C files, the platform's files, the build identity, the manifest."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgeopt.emit.binding import model_binding
from edgeopt.emit.folder import file_hashes, read_manifest, staged, write_manifest
from edgeopt.emit.literals import C_TYPES
from edgeopt.emit.model_header import model_header
from edgeopt.emit.model_source import model_source, weights_header, weights_source
from edgeopt.errors import UsageError
from edgeopt.ir import Quant, Tensor
from edgeopt.plan import Plan
from edgeopt.resources import kernel_files

MODEL_FOLDER = "model"
BUILD_ID_FILE = "eo_build_id.h"
_LATE_FACTS = ("schema", "build_id", "files")  # of the manifest, beside what the build identity hashes


@dataclass(frozen=True)
class Provenance:
    """What a project was made from; all of it goes into the manifest."""

    model_sha256: str
    board: str
    platform: str
    options: Mapping[str, str]
    tools: Mapping[str, str]
    calibration_sha256: str | None = None
    conversion: Mapping[str, Any] | None = None  # what the .tflite was made from, where this run made it


@dataclass(frozen=True)
class CProject:
    """A project folder that edgeopt wrote. `build_id` is what the firmware answers when asked who it is."""

    folder: Path
    name: str
    build_id: str
    board: str
    platform: str
    options: Mapping[str, str]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    layers: tuple[str, ...]

    @classmethod
    def open(cls, folder: Path) -> "CProject":
        """The project in `folder`; UsageError where it is not one, or its manifest is damaged."""
        manifest = read_manifest(folder)
        if manifest.get("platform") == "carray":
            raise UsageError(f"`{folder}` holds a plain C array, no firmware", "generate with --platform baremetal")
        damaged = UsageError(f"`{folder}/manifest.json` is damaged", "generate the project again")
        if manifest.get("build_id") != _build_id_of(manifest):
            raise damaged
        try:
            return cls(
                folder=folder,
                name=str(manifest["name"]),
                build_id=str(manifest["build_id"]),
                board=str(manifest["board"]),
                platform=str(manifest["platform"]),
                options={str(key): str(value) for key, value in manifest["options"].items()},
                inputs=tuple(_tensor(row) for row in manifest["inputs"]),
                outputs=tuple(_tensor(row) for row in manifest["outputs"]),
                layers=tuple(str(name) for name in manifest["layers"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise damaged from None


def _row(tensor: Tensor) -> dict[str, Any]:
    """What a session must know of an input or output."""
    quant = tensor.quant
    scales = {"scale": quant.scale, "zero_point": quant.zero_point} if quant is not None else {}
    return {"name": tensor.name, "shape": list(tensor.shape), "dtype": tensor.dtype, **scales}


def _tensor(row: Mapping[str, Any]) -> Tensor:
    """What `_row` wrote; ValueError where it cannot have done so."""
    shape, dtype = tuple(int(size) for size in row["shape"]), str(row["dtype"])
    quant = Quant((float(row["scale"]),), (int(row["zero_point"]),)) if "scale" in row else None
    if dtype not in C_TYPES or min(shape, default=1) < 1 or (quant and not 0 < quant.scale < math.inf):
        raise ValueError
    return Tensor(str(row["name"]), shape, dtype, quant)


def model_files(plan: Plan, name: str) -> dict[str, str]:
    """The network as C by file name: <name>.h, <name>.c, the weights, and the kernel files that they call."""
    source, constants = model_source(plan, name)
    files = {
        f"{name}.h": model_header(plan, name, constants.total_bytes),
        f"{name}.c": source,
        f"{name}_weights.h": weights_header(name, constants),
        f"{name}_weights.c": weights_source(name, constants),
    }
    return files | {path.name: path.read_text() for path in kernel_files({*plan.kernels, "eo_arch"})}


def emit(plan: Plan, name: str, out: Path, provenance: Provenance, add_files: Callable[[Path], None]) -> CProject:
    """Writes the project into `out`, whole or not at all; `add_files` adds the platform's files to the folder."""
    with staged(out) as folder:
        (folder / MODEL_FOLDER).mkdir()
        for file_name, text in model_files(plan, name).items():
            (folder / MODEL_FOLDER / file_name).write_text(text)
        add_files(folder)
        (folder / "eo_model.c").write_text(model_binding(plan, name))
        facts = {
            "name": name,
            **asdict(provenance),
            "inputs": [_row(tensor) for tensor in plan.graph.input_tensors],
            "outputs": [_row(tensor) for tensor in plan.graph.output_tensors],
            "layers": [step.node.name for step in plan.steps],
        }
        build_id = _build_id(facts, file_hashes(folder))
        (folder / BUILD_ID_FILE).write_text(_BUILD_ID.format(build_id=build_id))
        write_manifest(folder, {**facts, "build_id": build_id})
    return CProject.open(out)


def _build_id_of(manifest: Mapping[str, Any]) -> str:
    """The build identity that a manifest must have."""
    files = manifest.get("files")
    hashes = {name: value for name, value in files.items() if name != BUILD_ID_FILE} if isinstance(files, dict) else {}
    return _build_id({key: value for key, value in manifest.items() if key not in _LATE_FACTS}, hashes)


def _build_id(facts: Mapping[str, object], hashes: Mapping[str, str]) -> str:
    """SHA-256 of everything in the manifest but the build identity itself."""
    return hashlib.sha256(json.dumps([facts, hashes], sort_keys=True).encode()).hexdigest()


_BUILD_ID = """/* eo_build_id.h -- SHA-256 of the manifest without this file; the firmware tells it to the session. */
#ifndef EO_BUILD_ID_H
#define EO_BUILD_ID_H

#define EO_BUILD_ID "{build_id}"

#endif
"""
