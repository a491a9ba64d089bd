"""How an analysis is shown: does it fit, what will it cost, layer by layer."""

from rich.console import Group, RenderableType

from edgeopt.errors import EdgeoptError
from edgeopt.report.budgeting import over_budget
from edgeopt.report.results import Analysis, Faster
from edgeopt.report.text import macs, memory, number, pairs, quantities, section, size, warnings_section
from edgeopt.report.view import view
from edgeopt.report.views.budget import at_work, budget_sections
from edgeopt.report.views.layers import LayerTable


def _verdict(analysis: Analysis) -> EdgeoptError | None:
    return over_budget(analysis.broken_limits)


def _faster(faster: Faster) -> str:
    """What would be gained, and at what price."""
    cost = f"{number(faster.cycles.value)} cycles, {size(faster.flash_bytes)} of flash, {size(faster.ram_bytes)} of RAM"
    lacking = f"; the board lacks {faster.missing}" if faster.missing else ""
    return f"--goal {faster.goal}: {cost}, {faster.cycles.kind}{lacking}"


@view(Analysis, "edgeopt.analysis/2", _verdict)
def analysis_text(analysis: Analysis) -> RenderableType:
    how_good = "the least possible" if analysis.arena_optimal else f"at least {size(analysis.arena_bound_bytes)} needed"
    facts = [
        ("model", f"{analysis.model}, sha256 {analysis.model_sha256[:12]}"),
        ("goal", analysis.goal),
        ("MACs", macs(analysis.macs, analysis.binary_macs)),
        ("arena", f"{size(analysis.ram_bytes.get('arena'))}, {how_good}; the peak is at `{analysis.peak_layer}`"),
    ]
    if analysis.faster is not None:
        facts.append(("faster", _faster(analysis.faster)))
    used = {
        "flash": (analysis.flash_bytes, analysis.flash_available_bytes),
        "RAM": (analysis.ram_bytes, analysis.ram_available_bytes),
    }
    cost = {
        "cycles": analysis.cycles,
        "latency, ms": analysis.latency_ms,
        "power, mW": analysis.power_mw,
        "energy, uJ": analysis.energy_uj,
        **at_work(analysis),
    }
    return Group(
        section(f"Analysis for {analysis.board}", pairs(facts)),
        section("Memory, estimated", memory(used)),
        section("One inference", quantities(cost)),
        *budget_sections(analysis.limits, analysis.broken_limits),
        section("Layers", LayerTable(analysis.layers, memory=True)),
        *warnings_section(analysis.warnings),
    )
