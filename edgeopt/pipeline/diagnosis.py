"""Why a target's outputs differ: by which layer, or that the reference is not the oracle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from edgeopt import device
from edgeopt.board import Board
from edgeopt.device.oracle import REFERENCE
from edgeopt.device.probe import INPUT, KERNEL, STATE, Culprit, Search, locate
from edgeopt.emit import CProject
from edgeopt.emit.layout import Layout, read_layout
from edgeopt.errors import DeviceError, UsageError
from edgeopt.ir import Graph, evaluate_in_order
from edgeopt.pipeline.project import ELF
from edgeopt.report.proof import Diagnosis, DifferingLayer
from edgeopt.report.text import layer_label

_KERNEL = "its inputs were right, so it is the kernel, its constants in flash, or memory while it ran"


@dataclass(frozen=True)
class Proven:
    """A firmware on a target, and the network that it was generated from."""

    project: CProject
    board: Board
    target: str
    graph: Graph
    anew: bool  # the samples are sequences of their own
    patience: device.Patience
    open_with: Callable[..., device.Link] = device.open_link


def diagnose(
    proven: Proven,
    samples: Sequence[device.Sample],
    measured: device.Measurement,
    found: device.Validation,
    progress: Callable[[str], None],
) -> Diagnosis | None:
    """What makes the first sample that differs do so; None where none does.

    Whatever keeps it from being found out is told in the diagnosis: the outputs differ all the same.
    """
    if found.first_difference is None:
        return None
    index = found.first_difference.sample
    seen = [samples[index]] if proven.anew else samples[: index + 1]
    reference = evaluate_in_order(proven.graph, seen, proven.anew)[-1]
    if device.validate([measured.outputs[index]], [reference], REFERENCE).identical:
        words = (
            f"with sample {index} the target gives what edgeopt's reference does: "
            f"the reference differs from {found.oracle}, no layer on the target does"
        )
        return Diagnosis(words)
    try:
        layout = read_layout(proven.project.folder, proven.project.name)
        search = _search(proven, layout, samples, index, progress)
    except (DeviceError, UsageError) as error:
        return Diagnosis(f"which layer is the first to differ was not found: {error.message}")
    if search.culprit is None:
        return Diagnosis(
            f"it did not happen again: all {search.places} places between the layers were right when sample {index} "
            "was inferred anew. Look at the supply, the clock and the memory's waits; or something else writes there"
        )
    layer = _layer(layout, search.culprit)
    return Diagnosis(words_of(layer), layer)


def words_of(layer: DifferingLayer) -> str:
    """The diagnosis in one line."""
    label = f"layer {layer.index} `{layer_label(layer.name)}` ({layer.op}, by {layer.way})"
    if layer.inside:
        label = f"layer {layer.index}, a chain of {', '.join(layer.inside)} (`{layer_label(layer.name)}`)"
    where = f"`{layer.tensor}` {layer.dtype}{list(layer.shape)}"
    read = "" if layer.read_by is None else f", which layer {layer.read_by} reads"
    if layer.fault == KERNEL:
        text = f"{label} is the first to differ: it writes {where} wrongly; {_KERNEL}"
    elif layer.index is not None:
        text = f"while {label} ran, {where} was overwritten, which it does not write{read}"
    elif layer.fault == INPUT:
        text = f"input {where} is not in the memory of the network when it begins: the copy before it is wrong"
    else:
        text = f"{where}, which the network remembers, is wrong before its first layer"
    elements = prod(layer.shape)
    known = f"{elements:,}" if layer.compared == elements else f"the {layer.compared:,} read of {elements:,}"
    first = f"element {list(layer.position)} is {layer.got}, must be {layer.expected}"
    return f"{text}. Sample {layer.sample}: {first}; {layer.differing:,} of {known} differ"


def _search(
    proven: Proven, layout: Layout, samples: Sequence[device.Sample], index: int, progress: Callable[[str], None]
) -> Search:
    elf = proven.project.folder / ELF
    link = proven.open_with(proven.target, proven.board, elf if elf.is_file() else None)
    try:
        project = proven.project
        session = device.Session(link, project.build_id, proven.patience, board=proven.board.name, model=project.index)
        return locate(session, layout, proven.graph, samples, index, anew=proven.anew, progress=progress)
    finally:
        link.close()


def _layer(layout: Layout, culprit: Culprit) -> DifferingLayer:
    row = None if culprit.layer is None else layout.layers[culprit.layer]
    wrong = culprit.wrong
    return DifferingLayer(
        sample=culprit.sample,
        fault=culprit.fault,
        index=culprit.layer,
        name="" if row is None else row.name,
        op="" if row is None else row.op,
        way="" if row is None else row.way,
        inside=() if row is None else row.inside,
        inputs_right=culprit.fault not in (INPUT, STATE),
        read_by=culprit.reader,
        tensor=wrong.tensor,
        dtype=wrong.dtype,
        shape=wrong.shape,
        position=wrong.index,
        expected=f"{wrong.expected:g}",
        got=f"{wrong.got:g}",
        differing=wrong.differ,
        compared=wrong.compared,
    )
