"""Puts the Deployment together from what the stages returned."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgeopt.board import Board
from edgeopt.convert import Verdict, real_values
from edgeopt.convert.guard import FLOAT, GENERATED_C, QUANTIZED
from edgeopt.device import Measurement
from edgeopt.device.samples import output_arrays
from edgeopt.emit import CProject
from edgeopt.energy import energy_uj, latency_ms, power_mw
from edgeopt.firmware import Firmware
from edgeopt.ir import Tensor
from edgeopt.plan import Plan
from edgeopt.report.arena import arena_slots
from edgeopt.report.layers import layer_rows
from edgeopt.report.origin import board_facts, made_with
from edgeopt.report.proof import Accuracy, Validation
from edgeopt.report.results import Deployment
from edgeopt.report.runs import cycles_of, instructions_of, layer_runs


def accuracy_of(verdict: Verdict, measured: Measurement, tensors: Sequence[Tensor]) -> Accuracy | None:
    """What the conversion was judged by, and the device by its outputs; None where nothing judges them.

    None too where the device did not get through the samples: its score on a part stands beside no other on all.
    """
    judge = verdict.judge
    if judge is None or len(measured.outputs) < judge.data.samples:
        return None
    outputs = output_arrays(measured.outputs, tensors)
    on_device = tuple(real_values(values, t) for values, t in zip(outputs, tensors, strict=True))
    judged, lost = judge.score(on_device), judge.loss(on_device)
    if judged is None:
        return None
    scores = {"float_model": FLOAT, "quantized_model": QUANTIZED, "c": GENERATED_C}
    found = {key: verdict.scores[name] for key, name in scores.items() if name in verdict.scores} | {"device": judged}
    intervals = {key: (score.low, score.high) for key, score in found.items()}
    if lost is not None:
        intervals["loss_points"] = (lost.low, lost.high)
    values = {key: score.value for key, score in found.items()}
    return Accuracy(
        judged.metric,
        judged.samples,
        values.get("float_model"),
        values.get("quantized_model"),
        judged.value,
        values.get("c"),
        None if lost is None else lost.points,
        intervals,
    )


def deployment_report(
    *,
    project: CProject,
    plan: Plan,
    board: Board,
    model_sha256: str,
    built: Firmware,
    measured: Measurement,
    validation: Validation,
    accuracy: Accuracy | None,
    warnings: tuple[str, ...],
    conversion: Mapping[str, Any] | None = None,
) -> Deployment:
    """Everything about one model on one board. Power is the board file's, so energy is estimated.

    `conversion` is the record of what made the .tflite.
    """
    cycles = cycles_of(measured)
    latency, power = latency_ms(cycles, board), power_mw(board)
    runs = layer_runs(measured, project.layers)
    sizes = built.sizes.to_dict()
    return Deployment(
        model=plan.graph.name,
        model_sha256=model_sha256,
        board=board.name,
        target=measured.target,
        goal=plan.target.goal,
        toolchain=built.toolchain,
        optimization=built.optimization,
        project=project.folder.as_posix(),
        build_id=project.build_id,
        macs=plan.graph.macs,
        flash_bytes=sizes["flash_bytes"],
        ram_bytes=sizes["ram_bytes"],
        flash_available_bytes=board.flash.usable_bytes,
        ram_available_bytes=board.ram.size_bytes,
        instructions=instructions_of(measured),
        cycles=cycles,
        latency_ms=latency,
        power_mw=power,
        energy_uj=energy_uj(latency, power),
        layers=layer_rows(
            plan,
            [row.cycles for row in runs],
            [row.instructions for row in runs],
            [row.stalls for row in runs],
        ),
        validation=validation,
        accuracy=accuracy,
        warnings=warnings,
        binary_macs=plan.graph.binary_macs,
        arena=arena_slots(plan),
        board_facts=board_facts(board),
        made_with=made_with(_options(project, built), {"compiler": built.toolchain}, conversion),
        partial=measured.partial,
    )


def _options(project: CProject, built: Firmware) -> dict[str, str]:
    return {**project.options, "platform": project.platform, "optimization": built.optimization}
