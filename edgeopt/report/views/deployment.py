"""How a deployment is shown: is it right, does it fit, what does it cost, and which kernel each layer got."""

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import Quantity
from edgeopt.errors import EdgeoptError
from edgeopt.report.budgeting import over_budget
from edgeopt.report.proof import Accuracy
from edgeopt.report.results import Deployment
from edgeopt.report.text import macs, memory, number, pairs, percent, quantities, section, warnings_section
from edgeopt.report.view import view
from edgeopt.report.views.budget import at_work, budget_sections
from edgeopt.report.views.layers import LayerTable
from edgeopt.report.views.validation import correctness, validation_error


def _verdict(deployment: Deployment) -> EdgeoptError | None:
    return validation_error(deployment.validation) or over_budget(deployment.broken_limits)


@view(Deployment, "edgeopt.deployment/1", _verdict)
def deployment_text(deployment: Deployment) -> RenderableType:
    return Group(
        section(f"{deployment.model} on {deployment.board}", pairs(_origin(deployment))),
        section("Correctness", pairs(_correctness(deployment))),
        section("Memory of the linked firmware, exact", memory(_memory(deployment))),
        section("One inference", quantities(_cost(deployment))),
        *budget_sections(deployment.limits, deployment.broken_limits),
        section("Layers", LayerTable(deployment.layers)),
        *warnings_section(deployment.warnings),
    )


def _origin(deployment: Deployment) -> list[tuple[str, str]]:
    work = macs(deployment.macs, deployment.binary_macs)
    return [
        ("model", f"sha256 {deployment.model_sha256[:12]}, {work} MACs, goal {deployment.goal}"),
        ("firmware", f"{deployment.toolchain} {deployment.optimization}, build {deployment.build_id[:12]}"),
        ("ran on", deployment.target),
        ("project", deployment.project),
    ]


def _correctness(deployment: Deployment) -> list[tuple[str, Text]]:
    rows = correctness(deployment.validation)
    if deployment.accuracy is not None:
        rows.append(("accuracy", Text(accuracy_line(deployment.accuracy))))
        if line := interval_line(deployment.accuracy):
            rows.append(("95 % interval", Text(line)))
    return rows


def accuracy_line(accuracy: Accuracy) -> str:
    """Float, quantized, C and device side by side, and what the figure means."""
    shown = number if accuracy.metric == "relative error" else percent
    known = {
        "float": accuracy.float_model,
        "quantized": accuracy.quantized_model,
        "C": accuracy.c,
        "device": accuracy.device,
    }
    figures = ", ".join(f"{name} {shown(value)}" for name, value in known.items() if value is not None)
    return f"{figures} ({accuracy.metric}, {accuracy.samples:,} samples)"


def interval_line(accuracy: Accuracy) -> str:
    """How far the samples can tell: the device's figure, and what it lost against the float model."""
    parts = []
    for key, unit, factor in (("device", " %", 100), ("loss_points", " points", 1)):
        low, high = accuracy.intervals.get(key, (0.0, None))
        if high is not None:
            what = "device" if key == "device" else "lost against float"
            parts.append(f"{what} {factor * low:.2f} to {factor * high:.2f}{unit}")
    return ", ".join(parts)


def _memory(deployment: Deployment) -> dict[str, tuple[dict[str, int | None], int]]:
    return {
        "flash": (dict(deployment.flash_bytes), deployment.flash_available_bytes),
        "RAM": (dict(deployment.ram_bytes), deployment.ram_available_bytes),
    }


def _cost(deployment: Deployment) -> dict[str, Quantity]:
    return {
        "instructions": deployment.instructions,
        "cycles": deployment.cycles,
        "latency, ms": deployment.latency_ms,
        "power, mW": deployment.power_mw,
        "energy, uJ": deployment.energy_uj,
        **at_work(deployment),
    }
