"""Puts the Deployment together from what the stages returned."""

from edgeopt.board import Board
from edgeopt.convert import Dataset, LiteRt, dequantize_values, score
from edgeopt.device import Measurement
from edgeopt.device.samples import output_arrays
from edgeopt.emit import CProject
from edgeopt.energy import energy_uj, latency_ms, power_mw
from edgeopt.errors import ToolchainError
from edgeopt.firmware import Firmware
from edgeopt.ir import Array
from edgeopt.plan import Plan
from edgeopt.report.layers import layer_rows
from edgeopt.report.results import Accuracy, Deployment, Validation
from edgeopt.report.runs import cycles_of, instructions_of, layer_runs

_CLASSIFIERS = ("softmax", "logistic")  # a network that ends in one of these classifies


def accuracy_of(
    data: Dataset, float_model: bytes | None, int8_model: bytes, measured: Measurement, plan: Plan
) -> Accuracy | None:
    """Float and int8 by LiteRT where it is installed, the device by its outputs; None where nothing judges them."""
    output = plan.graph.output_tensors[0]
    if output.dtype != "int8":
        return None
    on_device = dequantize_values(output_arrays(measured.outputs, plan.graph.output_tensors)[0], output.q)
    last = plan.graph.producer(output.name)
    classifies = last is not None and last.op.name in _CLASSIFIERS
    by_float = None if float_model is None else _by_litert(float_model, data)
    by_int8 = _by_litert(int8_model, data)
    judged = score(on_device, data, by_float, classifies)
    if judged is None:
        return None

    def value(outputs: Array | None) -> float | None:
        scored = None if outputs is None else score(outputs, data, by_float, classifies)
        return None if scored is None else scored.value

    return Accuracy(judged.metric, judged.samples, value(by_float), value(by_int8), judged.value)


def _by_litert(model: bytes, data: Dataset) -> Array | None:
    """The first output as real values; None where LiteRT is not installed."""
    try:
        runtime = LiteRt(model)
    except ToolchainError:
        return None
    return runtime.run_real(data)[runtime.outputs[0].name]


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
) -> Deployment:
    """Everything about one model on one board. Power is the board file's, so energy is estimated."""
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
        layers=layer_rows(plan, [row.cycles for row in runs], [row.instructions for row in runs]),
        validation=validation,
        accuracy=accuracy,
        warnings=warnings,
    )
