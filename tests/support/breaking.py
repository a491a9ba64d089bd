"""Projects whose firmware computes something wrong on purpose, in the process of a test or on a target."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from support.fake_device import LibraryLink
from support.host import host_compiler
from support.proof import random_array

from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.convert.sequences import begins_anew
from edgeopt.device.runner import Sample
from edgeopt.emit import CProject
from edgeopt.emit.layout import Region
from edgeopt.ir import Array, evaluate_in_order
from edgeopt.pipeline.diagnosis import Proven, diagnose
from edgeopt.report.proof import Diagnosis

PORT = Path(__file__).parents[1] / "device" / "host_port.c"
ORACLE = "an oracle"
_SOURCES = ("eo_text.c", "eo_inference.c", "eo_dataset.c", "eo_dataset_ad01.c", "eo_model.c")


def generated(model: bytes, folder: Path, name: str, goal: str, board: str = "nucleo-l4r5zi") -> CProject:
    """The project of a .tflite for that board."""
    file = folder / f"{name}.tflite"
    file.write_bytes(model)
    project = pipeline.generate(file, load_board(board), folder / "fw", goal=goal).project
    assert project is not None
    return project


def random_samples(project: CProject, count: int, rng: np.random.Generator) -> list[Sample]:
    return [[random_array(rng, tensor.shape, tensor.dtype) for tensor in project.inputs] for _ in range(count)]


def patch(project: CProject, before: int, text: str) -> None:
    """Puts C into the network, before the hook of that layer; `arena` is there."""
    file = project.folder / "model" / f"{project.name}.c"
    source = file.read_text()
    hook = source.index(f"        hook(hook_user, {before});")
    at = source.rindex("    if (hook != NULL)", 0, hook)
    file.write_text(source[:at] + text + source[at:])


def flip_after(project: CProject, layer: int, offset: int, when: str = "1") -> None:
    """Behind that layer (-1: before the first), bit 0 of the arena's byte `offset` is flipped, if `when` holds."""
    patch(project, layer + 1, f"    if ({when}) {{\n        arena[{offset}] ^= 1;\n    }}\n")


def declare(project: CProject, text: str) -> None:
    """Puts C before everything in the network."""
    file = project.folder / "model" / f"{project.name}.c"
    file.write_text(text + file.read_text())


def last_element(region: Region) -> int:
    """Where the last element of a tensor begins in the arena."""
    return region.offset_bytes + region.size_bytes - np.dtype(region.dtype).itemsize


class HostLink(LibraryLink):
    """A project's own sources, but those of its board, in this process. `break_layer` says which patch is at work."""

    def __init__(self, library: Path, layer: int = -1) -> None:
        super().__init__(library)
        self._device.host_break(layer)


def on_host(project: CProject, *defines: str) -> Path:
    """The library for HostLink."""
    folder = project.folder
    sources = [folder / name for name in _SOURCES]
    sources += [*sorted(folder.glob("eo_protocol*.c")), *sorted(folder.glob("eo_extension*.c"))]
    sources += [*sorted((folder / "model").glob("*.c")), PORT]
    library = folder / "host.so"
    flags = ("-std=gnu99", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-iquote", ".", "-iquote", "model")
    argv = [host_compiler(), *flags, *(f"-D{one}" for one in defines), *map(str, sources), "-o", str(library)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return library


def diagnosed(
    project: CProject,
    samples: Sequence[Sample],
    library: Path,
    layer: int = -1,
    judge: Callable[[list[tuple[Array, ...]]], list[tuple[Array, ...]]] = lambda outputs: outputs,
) -> tuple[device.Validation, Diagnosis | None]:
    """The outputs of a project's firmware held against the oracle's, and what is wrong with them.

    `judge` makes the oracle's outputs of the reference's.
    """
    model = pipeline.open_model(project.folder / f"{project.name}.tflite")
    board = replace(load_board(str(project.folder / "board.toml")), name="host")
    anew = begins_anew(model.data)
    expected = evaluate_in_order(model.graph, samples, anew)

    def open_with(*_: object) -> device.Link:
        return HostLink(library, layer)

    measured = device.run(
        None, board, "host", samples, build_id=project.build_id, repeats=None, anew=anew, open_with=open_with
    )
    found = device.validate(measured.outputs, judge(expected), ORACLE)
    proven = Proven(project, board, "host", model.graph, anew, device.Patience(), open_with)
    return found, diagnose(proven, samples, measured, found, print)
