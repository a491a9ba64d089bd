"""`drift`: are the inputs that boards have seen still what the network was calibrated with?"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeopt.board import Board
from edgeopt.convert import load_dataset, quantize_inputs
from edgeopt.device import Patience, Sample, Session, connector
from edgeopt.device.drift import Known, known_of, pooled
from edgeopt.device.input_stats import InputStats, read_input_stats
from edgeopt.device.runner import sample_bytes
from edgeopt.device.samples import samples_of
from edgeopt.emit import CProject
from edgeopt.emit.folder import read_manifest
from edgeopt.errors import EdgeoptError, UsageError
from edgeopt.ir import Tensor
from edgeopt.pipeline.fleet import Place, check_places, read_fleet
from edgeopt.pipeline.project import ELF, project_board
from edgeopt.pipeline.running import VIRTUAL, Progress, silent
from edgeopt.report.drifting import BoardDrift, Drift, InputDrift, input_drift
from edgeopt.report.measuring import Failure

_TYPES = ("int8", "uint8", "int16")
_AGAIN = "generate the project again with --input-stats, and flash it"


@dataclass(frozen=True)
class _Expected:
    """What every board is compared with; `known` has None for an input of which no statistics are kept."""

    tensors: tuple[Tensor, ...]
    known: tuple[Known | None, ...]

    def inputs(self, stats: Sequence[InputStats | None]) -> tuple[InputDrift, ...]:
        tested = sum(one is not None for one in self.known)
        each = zip(self.tensors, stats, self.known, strict=True)
        return tuple(input_drift(tensor, one, known, tested) for tensor, one, known in each if known is not None)


def drift(
    project: Path | None,
    data: Path,
    targets: Sequence[str] = (VIRTUAL,),
    *,
    fleet: Path | None = None,
    model: str | None = None,
    inputs: Path | None = None,
    clear: bool = False,
    timeout_s: float = 60.0,
    progress: Progress = silent,
) -> Drift:
    """Reads each board's statistics of its inputs and compares them with the calibration samples in `data`.

    Firmware generated with `input_stats` keeps them. `fleet`: a file of boards instead of `targets`, all with one
    network. `inputs`: samples that are inferred first, as a simulated board has seen none. `clear`: once they were read
    the boards forget them. A single board that fails raises its DeviceError; of several each has its own.
    """
    places = _places(project, targets, fleet, model)
    projects = [CProject.open(place.project).select(place.model) for place in places]
    first = projects[0]
    if any(one.inputs != first.inputs for one in projects):
        raise UsageError("the boards run networks with different inputs", "compare those of one network at a time")
    expected = _expected(first, data)
    given = () if inputs is None else tuple(samples_of(load_dataset(inputs), first.inputs))
    boards = [project_board(one) for one in projects]
    for place, board in zip(places, boards, strict=True):
        connector(place.target, board)
    found: list[tuple[InputStats | None, ...]] = []
    rows: list[BoardDrift] = []
    for place, opened, board in zip(places, projects, boards, strict=True):
        progress(f"asking {place.name}")
        try:
            stats, label = _stats(place, opened, board, given, clear, timeout_s, progress)
        except EdgeoptError as error:
            if len(places) == 1:
                raise
            rows.append(_failed(place, error))
            continue
        found.append(stats)
        rows.append(BoardDrift(place.name, place.target, label, expected.inputs(stats)))
    return Drift(
        project=first.folder.as_posix(),
        model=first.name,
        data=data.as_posix(),
        boards=tuple(rows),
        fleet=expected.inputs(_together(found)) if len(found) > 1 else (),
        cleared=clear,
        warnings=_warnings(first, data, expected),
    )


def _places(project: Path | None, targets: Sequence[str], fleet: Path | None, model: str | None) -> tuple[Place, ...]:
    if fleet is not None:
        places = read_fleet(fleet, project)
    elif project is None:
        raise UsageError("there is no board to ask", "give the folder of a project, or a list of boards: --fleet FILE")
    else:
        places = tuple(Place(target, project, target, model) for target in targets)
    check_places(places)
    return places


def _expected(project: CProject, data: Path) -> _Expected:
    tensors = tuple(project.inputs)
    if project.options.get("input_stats") != "yes":
        raise UsageError(f"the firmware of `{project.folder}` keeps no statistics of its inputs", _AGAIN)
    if not any(tensor.dtype in _TYPES for tensor in tensors):
        raise UsageError(f"`{project.name}` has no input of {', '.join(_TYPES)}", "statistics are of quantized inputs")
    values = quantize_inputs(load_dataset(data), tensors)
    known = tuple(known_of(values[tensor.name]) if tensor.dtype in _TYPES else None for tensor in tensors)
    return _Expected(tensors, known)


def _stats(
    place: Place,
    project: CProject,
    board: Board,
    given: Sequence[Sample],
    clear: bool,
    timeout_s: float,
    progress: Progress,
) -> tuple[tuple[InputStats | None, ...], str]:
    """What the board has seen, and how it is known: simulated or measured."""
    elf = place.project / ELF
    link = connector(place.target, board)(elf if elf.is_file() else None)
    try:
        patience = Patience(run_s=timeout_s)
        session = Session(link, project.build_id, patience, board=board.name, model=project.index)
        for index, sample in enumerate(given):
            progress(f"inferring on {place.name}: {index} of {len(given)}")
            session.load(sample_bytes(sample))
            session.infer()
        return read_input_stats(session, clear), link.traits.label
    finally:
        link.close()


def _failed(place: Place, error: EdgeoptError) -> BoardDrift:
    failure = Failure(type(error).__name__, error.message, error.hint)
    return BoardDrift(place.name, place.target, error=failure)


def _together(found: Sequence[Sequence[InputStats | None]]) -> tuple[InputStats | None, ...]:
    """Of all boards, input by input."""
    return tuple(
        pooled([one for one in of_input if one is not None]) if any(of_input) else None
        for of_input in zip(*found, strict=True)
    )


def _warnings(project: CProject, data: Path, expected: _Expected) -> tuple[str, ...]:
    lines = [
        f"input `{tensor.name}` is {tensor.dtype}: no statistics are kept of it"
        for tensor, known in zip(expected.tensors, expected.known, strict=True)
        if known is None
    ]
    used = read_manifest(project.folder).get("calibration_sha256")
    if isinstance(used, str) and used != hashlib.sha256(data.read_bytes()).hexdigest():
        lines.append(f"`{data}` is not the file that the project was calibrated with, by its SHA-256")
    return tuple(lines)
