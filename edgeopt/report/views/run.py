"""How runs are shown: of a project that edgeopt generated, and of any other ELF."""

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import Quantity
from edgeopt.report.results import Latency, LayerRun, ProgramReport, RunReport
from edgeopt.report.text import LABELS, grid, layer_label, number, pairs, percent, printable, quantities, section
from edgeopt.report.view import view

_FUNCTIONS = 20  # rows of the table of functions; JSON has all


@view(RunReport, "edgeopt.run/1")
def run_text(run: RunReport) -> RenderableType:
    facts = [("build", run.build_id[:12]), ("samples", number(run.samples))]
    if run.outputs is not None:
        facts.append(("outputs", run.outputs))
    facts.append(("stack", f"{run.stack_high_water_bytes:,} B at its deepest"))
    cost = {"instructions": run.instructions, "cycles": run.cycles}
    if run.latency_ms is not None:
        cost["latency, ms"] = Quantity(run.latency_ms.value, run.latency_ms.kind, _spread(run.latency_ms))
    parts = [section(f"{run.project} on {run.board} ({run.target})", pairs(facts))]
    parts.append(section("One inference", quantities(cost)))
    if any(layer.instructions is not None or layer.cycles is not None for layer in run.layers):
        parts.append(section("Layers", _layers(run.layers)))
    return Group(*parts)


@view(ProgramReport, "edgeopt.program/1")
def program_text(program: ProgramReport) -> RenderableType:
    facts = [("ending", program.ending)]
    if program.between is not None:
        facts.append(
            ("counted", f"from `{program.between[0]}` to `{program.between[1]}`, the last of {program.sections}")
        )
    parts = [section(f"{program.program} on {program.board}", pairs(facts))]
    if program.output:
        parts.append(
            section("It printed", Text(printable(program.output.replace("\r\n", "\n").rstrip("\n"), keep="\n")))
        )
    parts.append(section("It took", quantities({"instructions": program.instructions, "cycles": program.cycles})))
    if program.functions:
        total = sum(program.functions.values())
        rows = [[name, number(count), percent(count, total)] for name, count in program.functions.items()]
        table = grid(["function", "instructions", "share"], rows[:_FUNCTIONS], right=["instructions", "share"])
        left_out = len(rows) - _FUNCTIONS
        more = [Text(f"and {left_out} more: --json has all")] if left_out > 0 else []
        parts.append(section("Where they went", table, *more))
    return Group(*parts)


def _spread(latency: Latency) -> str:
    """What stands beside the median."""
    if latency.n == 1:
        return f"{latency.source}; deterministic, n = 1"
    figures = f"p90 {latency.p90:.4g}, p99 {latency.p99:.4g}, max {latency.max:.4g}"
    variation = "" if latency.variation is None else f", variation {percent(latency.variation)}"
    cold = "" if latency.cold is None else f", the first {latency.cold:.4g}"
    return f"{latency.source}; median of {latency.n}: {figures}{variation}{cold}"


def _layers(layers: tuple[LayerRun, ...]) -> RenderableType:
    labels = [label for label in LABELS if any(run.cycles is not None and run.cycles.kind == label for run in layers)]
    counted = any(run.instructions is not None for run in layers)
    columns = [*(["instructions"] if counted else []), *(f"cycles\n{label}" for label in labels)]

    def cells(run: LayerRun) -> list[str]:
        instructions = [number(run.instructions)] if counted else []
        return [str(run.index), layer_label(run.name), *instructions, *(_cycles(run, label) for label in labels)]

    return grid(["", "layer", *columns], map(cells, layers), right=["", *columns])


def _cycles(layer: LayerRun, label: str) -> str:
    return number(layer.cycles.value) if layer.cycles is not None and layer.cycles.kind == label else ""
