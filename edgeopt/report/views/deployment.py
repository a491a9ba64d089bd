"""How a deployment is shown: is it right, does it fit, what does it cost, and which kernel each layer got."""

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import Quantity
from edgeopt.errors import DeviceError, EdgeoptError
from edgeopt.report.budgeting import over_budget
from edgeopt.report.latency import PARTIAL_HINT
from edgeopt.report.results import Deployment
from edgeopt.report.text import macs, memory, pairs, quantities, section, warnings_section
from edgeopt.report.view import view
from edgeopt.report.views.budget import at_work, budget_sections
from edgeopt.report.views.layers import LayerTable
from edgeopt.report.views.validation import accuracy_rows, correctness, validation_error


def _verdict(deployment: Deployment) -> EdgeoptError | None:
    """Wrong outputs first; what is over the budget last, as half a measurement may have missed it."""
    partial = DeviceError(f"the run is partial {deployment.partial}", PARTIAL_HINT) if deployment.partial else None
    return validation_error(deployment.validation) or partial or over_budget(deployment.broken_limits)


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
        ("ran on", f"{deployment.target}, partial {deployment.partial}" if deployment.partial else deployment.target),
        ("project", deployment.project),
    ]


def _correctness(deployment: Deployment) -> list[tuple[str, Text]]:
    return correctness(deployment.validation) + accuracy_rows(deployment.accuracy)


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
