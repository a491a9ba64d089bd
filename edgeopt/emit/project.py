"""Puts a generated project together: the networks' C, the platform's files, the build identity, the manifest."""

import difflib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from edgeopt.emit.binding import model_binding
from edgeopt.emit.folder import file_hashes, read_manifest, staged, write_manifest
from edgeopt.emit.layout import layout_file, layout_of, layout_text
from edgeopt.emit.model_header import model_header
from edgeopt.emit.model_source import model_source, weights_header, weights_source
from edgeopt.emit.names import unique_names
from edgeopt.emit.network import Network, ProjectModel, model_row, project_model
from edgeopt.errors import UsageError
from edgeopt.ir import Tensor
from edgeopt.plan import Plan
from edgeopt.resources import kernel_files

MODEL_FOLDER = "model"
BUILD_ID_FILE = "eo_build_id.h"
_LATE_FACTS = ("schema", "build_id", "files")  # of the manifest, beside what the build identity hashes


@dataclass(frozen=True)
class Provenance:
    """What a project was made from besides its networks; all of it goes into the manifest."""

    board: str
    platform: str
    options: Mapping[str, str]
    tools: Mapping[str, str]
    calibration_sha256: str | None = None
    conversion: Mapping[str, Any] | None = None  # what the .tflite was made from, where this run made it


@dataclass(frozen=True)
class CProject:
    """A project folder that edgeopt wrote. `build_id` is what the firmware answers when asked who it is.

    The project may hold several networks; `index` is that of the one which is meant, by default the first.
    """

    folder: Path
    build_id: str
    board: str
    platform: str
    options: Mapping[str, str]
    models: tuple[ProjectModel, ...]
    index: int = 0

    @property
    def model(self) -> ProjectModel:
        return self.models[self.index]

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return self.model.inputs

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        return self.model.outputs

    @property
    def layers(self) -> tuple[str, ...]:
        return self.model.layers

    def select(self, name: str | None) -> "CProject":
        """The project with its network `name` meant; None: its only one. UsageError where that is no answer."""
        names = [model.name for model in self.models]
        if name is None:
            if len(names) == 1:
                return self
            each = " or ".join(f"--model {known}" for known in names)
            raise UsageError(f"`{self.folder}` holds {len(names)} networks: which one is meant?", f"say {each}")
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(names)}"
            raise UsageError(f"`{self.folder}` holds no network that is called `{name}`", hint)
        return replace(self, index=names.index(name))

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
            models = tuple(project_model(row) for row in _model_rows(manifest))
            project = cls(
                folder=folder,
                build_id=str(manifest["build_id"]),
                board=str(manifest["board"]),
                platform=str(manifest["platform"]),
                options={str(key): str(value) for key, value in manifest["options"].items()},
                models=models,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise damaged from None
        if not models:
            raise damaged
        return project


def _model_rows(manifest: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """A row a network; version 1 of the manifest had one network, and its row's keys on top."""
    rows: Sequence[Mapping[str, Any]] = manifest.get("models", [manifest])
    return rows


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


def emit(networks: Sequence[Network], out: Path, provenance: Provenance, add_files: Callable[[Path], None]) -> CProject:
    """Writes the project into `out`, whole or not at all; `add_files` adds the platform's files to the folder.

    The names of the networks must go together: edgeopt.emit.names.clash. A kernel that several call is there once.
    """
    names = tuple(network.name for network in networks)
    if not names or unique_names(names) != names:
        raise ValueError(f"the names {names} clash, or there is none")
    with staged(out) as folder:
        (folder / MODEL_FOLDER).mkdir()
        for network in networks:
            for file_name, text in model_files(network.plan, network.name).items():
                (folder / MODEL_FOLDER / file_name).write_text(text)
            layout_file(folder, network.name).write_text(layout_text(layout_of(network.plan)))
        add_files(folder)
        (folder / "eo_model.c").write_text(model_binding(networks))
        facts = {**asdict(provenance), "models": [model_row(network) for network in networks]}
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
