"""How runs are shown: of a project that edgeopt generated, and of any other ELF."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import Quantity
from edgeopt.errors import DeviceError, EdgeoptError
from edgeopt.report.latency import PARTIAL_HINT, spread
from edgeopt.report.results import FunctionRun, LayerRun, ProgramReport, RunReport
from edgeopt.report.text import (
    LABELS,
    grid,
    layer_label,
    number,
    pairs,
    percent,
    printable,
    quantities,
    section,
)
from edgeopt.report.view import view

_FUNCTIONS = 20  # rows of the table of functions; JSON has all


def _run_error(run: RunReport) -> EdgeoptError | None:
    """A run that ended early."""
    return DeviceError(f"the run is partial {run.partial}", PARTIAL_HINT) if run.partial else None


@view(RunReport, "edgeopt.run/1", _run_error)
def run_text(run: RunReport) -> RenderableType:
    facts: list[tuple[str, str | Text]] = [("build", run.build_id[:12]), ("samples", number(run.samples))]
    if run.model is not None:
        facts.insert(0, ("network", run.model))
    if run.outputs is not None:
        facts.append(("outputs", run.outputs))
    if run.flame is not None:
        facts.append(("flame", run.flame))
    facts.append(("stack", f"{run.stack_high_water_bytes:,} B at its deepest"))
    if run.restarts:
        facts.append(("restarts", Text(f"{run.restarts}, after which the session went on", style="yellow")))
    cost = {"instructions": run.instructions, "cycles": run.cycles}
    if run.latency_ms is not None:
        cost["latency, ms"] = Quantity(run.latency_ms.value, run.latency_ms.kind, spread(run.latency_ms))
    parts = [section(f"{run.project} on {run.board} ({run.target})", pairs(facts))]
    parts.append(section("One inference", quantities(cost)))
    if any(layer.instructions is not None or layer.cycles is not None for layer in run.layers):
        parts.append(section("Layers", _layers(run.layers)))
    parts += _functions(run.functions)
    return Group(*parts)


@view(ProgramReport, "edgeopt.program/2")
def program_text(program: ProgramReport) -> RenderableType:
    facts = [("ending", program.ending)]
    if program.between is not None:
        facts.append(
            ("counted", f"from `{program.between[0]}` to `{program.between[1]}`, the last of {program.sections}")
        )
    if program.flame is not None:
        facts.append(("flame", program.flame))
    parts = [section(f"{program.program} on {program.board}", pairs(facts))]
    if program.output:
        parts.append(
            section("It printed", Text(printable(program.output.replace("\r\n", "\n").rstrip("\n"), keep="\n")))
        )
    parts.append(section("It took", quantities({"instructions": program.instructions, "cycles": program.cycles})))
    parts += _functions(program.functions)
    return Group(*parts)


def _functions(functions: Mapping[str, FunctionRun]) -> list[RenderableType]:
    """The table of functions, the costliest first; nothing where the target does not tell."""
    if not functions:
        return []
    with_cycles = all(run.cycles is not None for run in functions.values())
    columns = ["instructions", *(["cycles", "stalls"] if with_cycles else []), "share"]
    costs = [run.instructions if run.cycles is None else run.cycles for run in functions.values()]
    rows = []
    for (name, run), cost in zip(functions.items(), costs, strict=True):
        cycles = [number(run.cycles), number(run.stalls)] if with_cycles else []
        rows.append([printable(name), number(run.instructions), *cycles, percent(cost, sum(costs))])
    table = grid(["function", *columns], rows[:_FUNCTIONS], right=columns)
    left_out = len(rows) - _FUNCTIONS
    more = [Text(f"and {left_out} more: --json has all")] if left_out > 0 else []
    return [section("Where they went", table, *more)]


def _layers(layers: tuple[LayerRun, ...]) -> RenderableType:
    labels = [label for label in LABELS if any(run.cycles is not None and run.cycles.kind == label for run in layers)]
    counted = any(run.instructions is not None for run in layers)
    waited = any(run.stalls for run in layers)
    total = sum(run.cycles.value or 0 for run in layers if run.cycles is not None)
    columns = [*(["instructions"] if counted else []), *(f"cycles\n{label}" for label in labels)]
    columns += [*(["stalls"] if waited else []), *(["share"] if total else [])]

    def cells(run: LayerRun) -> list[str]:
        row = [str(run.index), layer_label(run.name), *([number(run.instructions)] if counted else [])]
        row += [_cycles(run, label) for label in labels]
        row += [number(run.stalls)] if waited else []
        return row + ([percent(run.cycles.value or 0 if run.cycles is not None else 0, total)] if total else [])

    return grid(["", "layer", *columns], map(cells, layers), right=["", *columns])


def _cycles(layer: LayerRun, label: str) -> str:
    return number(layer.cycles.value) if layer.cycles is not None and layer.cycles.kind == label else ""
