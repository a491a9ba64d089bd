"""Measurement -> the figures of a report, each with its label and source."""

from collections import Counter
from collections.abc import Mapping
from itertools import takewhile
from math import isfinite
from pathlib import Path
from statistics import median

import numpy as np

from edgeopt import device
from edgeopt.board import Board
from edgeopt.convert import real_values
from edgeopt.device import Measurement
from edgeopt.emit import CProject
from edgeopt.energy import SIMULATED, Quantity, unknown
from edgeopt.errors import UsageError
from edgeopt.ir import Array, Tensor
from edgeopt.report.flame import FlameGraph, Stack
from edgeopt.report.proof import Agreement, Diagnosis, Validation
from edgeopt.report.results import FunctionRun, Latency, LayerRun, OutlierRun, ProgramReport, RunReport
from edgeopt.report.text import layer_label
from edgeopt.simulate import Counts, ForeignRun, Profile


def run_report(
    project: CProject, measured: Measurement, outputs: Path | None = None, flame: Path | None = None
) -> RunReport:
    """What a run of a generated project found; `outputs` and `flame` are the files that were written."""
    return RunReport(
        project=project.folder.as_posix(),
        build_id=project.build_id,
        board=project.board,
        target=measured.target,
        samples=len(measured.outputs),
        outputs=None if outputs is None else outputs.as_posix(),
        instructions=instructions_of(measured),
        cycles=cycles_of(measured),
        latency_ms=latency_of(measured),
        stack_high_water_bytes=measured.memory.stack_used_bytes,
        layers=layer_runs(measured, project.layers),
        stalls=measured.costs.stalls,
        functions=_functions(measured.costs.functions),
        flame=None if flame is None else flame.as_posix(),
        model=project.name if len(project.models) > 1 else None,
        partial=measured.partial,
        restarts=measured.restarts,
    )


def run_flame(project: CProject, measured: Measurement) -> FlameGraph:
    """The inference that the layers' figures are from, by layer; UsageError where the target counts nothing."""
    run = measured.costs.by_layer
    if run is None:
        raise UsageError(f"`{measured.target}` does not count by function", "leave out `--flame`, or run on `virtual`")
    # What all stacks share, from reset to the session's loop, says nothing: the last of it stays.
    shared = max(0, len(list(takewhile(_all_equal, zip(*run.profile.paths, strict=False)))) - 1)
    stacks: dict[Stack, int] = {}
    rest = Counter(_weights(run.profile))
    for index, (layer, name) in enumerate(zip(run.layers, project.layers, strict=False)):
        weights = _weights(layer.profile)
        rest.subtract(weights)
        frame = f"{index} {layer_label(name)}"
        stacks |= {(frame, *path[shared:]): weight for path, weight in weights.items()}
    stacks |= {("outside of layers", *path[shared:]): weight for path, weight in rest.items() if weight}
    title = f"one inference of {project.folder.name} on {source_of(measured)}, {measured.waits}"
    return FlameGraph(title, _unit(run.profile), stacks, has_layers=True, kind=measured.label)


def program_flame(program: Path, board: Board, found: ForeignRun, between: tuple[str, str] | None) -> FlameGraph:
    """What a program executed, or its last section, by call path."""
    profile = _counted_part(program, found, between)
    title = f"{program.name} on {board.name} on the virtual board, {found.waits}"
    return FlameGraph(title, _unit(profile), _weights(profile))


def _all_equal(names: tuple[str, ...]) -> bool:
    return len(set(names)) == 1


def _weights(profile: Profile) -> dict[Stack, int]:
    return {
        path: counts.instructions if counts.cycles is None else counts.cycles for path, counts in profile.paths.items()
    }


def _unit(profile: Profile) -> str:
    return "instructions" if profile.total.cycles is None else "cycles"


def _counted_part(program: Path, found: ForeignRun, between: tuple[str, str] | None) -> Profile:
    if between is None:
        return found.profile
    if not found.sections:
        raise UsageError(
            f"`{program}` {found.ending} without going from `{between[0]}` to `{between[1]}`", "name two others"
        )
    return found.sections[-1].profile


def program_report(
    program: Path, board: Board, found: ForeignRun, between: tuple[str, str] | None, flame: Path | None = None
) -> ProgramReport:
    """What a run of any program on the virtual board found; UsageError where it never went from A to B."""
    profile = _counted_part(program, found, between)
    source = f"{board.name} on the virtual board"
    cycles = profile.total.cycles
    no_model = f"the virtual board has no cycle model of {board.core}"
    return ProgramReport(
        program=program.as_posix(),
        board=board.name,
        ending=found.ending,
        exit_code=found.exit_code,
        output=found.output.decode(errors="replace"),
        instructions=Quantity(profile.total.instructions, SIMULATED, f"counted: {source}"),
        cycles=unknown(no_model) if cycles is None else Quantity(cycles, SIMULATED, f"{found.waits}: {source}"),
        between=between,
        sections=len(found.sections) if between is not None else 0,
        functions=_functions(profile.functions),
        stalls=profile.total.stalls,
        flame=None if flame is None else flame.as_posix(),
    )


def _functions(functions: Mapping[str, Counts]) -> dict[str, FunctionRun]:
    return {name: FunctionRun(row.instructions, row.cycles, row.stalls) for name, row in functions.items()}


def agreement_of(outputs: Array, tensor: Tensor, wanted: Array, runtime: str) -> Agreement:
    """The integers [samples, ...] of an output beside the real values that another runtime computed."""
    ours, theirs = (np.reshape(values, (len(wanted), -1)) for values in (real_values(outputs, tensor), wanted))
    same = int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum()) if theirs.shape[1] > 1 else None
    return Agreement(runtime, len(wanted), same, float(np.abs(ours.astype(np.float64) - theirs).max()))


def validation_report(
    found: device.Validation,
    measured: Measurement,
    agreement: Agreement | None = None,
    diagnosis: Diagnosis | None = None,
    given: int = 0,
) -> Validation:
    """A device's validation in the words of the report. `given`: samples; those of `found` were compared."""
    first = found.first_difference
    return Validation(
        samples=found.samples,
        identical=found.identical,
        max_abs_diff=_plain(found.max_abs_diff),
        first_difference=None if first is None else str(first),
        oracle=found.oracle,
        target=source_of(measured),
        agreement=agreement,
        diagnosis=diagnosis,
        partial=measured.partial,
        given=given or found.samples,
        restarts=measured.restarts,
    )


def _plain(value: float) -> float | None:
    """The number, without a fraction of nothing; None where it is infinite."""
    if not isfinite(value):
        return None
    return int(value) if value == int(value) else value


def source_of(measurement: Measurement) -> str:
    """Where the numbers of a measurement come from, in a few words."""
    names = {"virtual": "the virtual board", "virtual:ideal": "the virtual board", "qemu": "QEMU"}
    where = names.get(measurement.target, measurement.target)
    return f"{measurement.board} on {where}"


def instructions_of(measurement: Measurement) -> Quantity:
    """Instructions of one inference."""
    count = measurement.costs.instructions
    if count is None:
        return unknown(f"{measurement.target} does not count instructions")
    return Quantity(count, measurement.label, f"counted: {source_of(measurement)}")


def cycles_of(measurement: Measurement) -> Quantity:
    """Cycles of one inference at the core's clock: the median of the timed ones."""
    cycles = measurement.costs.cycles
    if not cycles:
        return unknown(f"{source_of(measurement)} has no cycle count")
    what = measurement.waits or "one inference"
    return Quantity(_plain(median(cycles)), measurement.label, f"{what}: {source_of(measurement)}")


def latency_of(measurement: Measurement) -> Latency | None:
    """The timed inferences as a report has them; None where the target has no time."""
    stats = measurement.costs.latency_ms
    if stats is None:
        return None
    interval = stats.median_interval
    return Latency(
        value=stats.median,
        n=stats.n,
        p90=stats.p90,
        p99=stats.p99,
        max=stats.max,
        variation=stats.variation,
        cold=measurement.costs.cold_latency_ms,
        kind=measurement.label,
        source=_with_waits(measurement),
        min=stats.min,
        mean=stats.mean,
        median_low=None if interval is None else interval.low,
        median_high=None if interval is None else interval.high,
        median_confidence=None if interval is None else interval.confidence,
        outliers=tuple(OutlierRun(one.run, one.value, one.over_median) for one in stats.outliers),
        partial=measurement.partial,
    )


def layer_runs(measurement: Measurement, names: tuple[str, ...]) -> tuple[LayerRun, ...]:
    """What each layer took, as far as the target tells."""
    costs = measurement.costs
    return tuple(
        LayerRun(
            index=index,
            name=name,
            instructions=costs.layer_instructions[index] if costs.layer_instructions else None,
            cycles=_layer_cycles(measurement, index),
            stalls=costs.layer_stalls[index] if costs.layer_stalls else None,
        )
        for index, name in enumerate(names)
    )


def _layer_cycles(measurement: Measurement, index: int) -> Quantity | None:
    cycles = measurement.costs.layer_cycles
    return Quantity(cycles[index], measurement.label, _with_waits(measurement)) if cycles else None


def _with_waits(measurement: Measurement) -> str:
    """Where times come from: of simulated ones, with what memory."""
    source = source_of(measurement)
    return f"{measurement.waits}: {source}" if measurement.waits else source
