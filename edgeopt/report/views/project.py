"""How a written project and its firmware are shown."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType

from edgeopt.emit import CProject
from edgeopt.errors import EdgeoptError
from edgeopt.firmware import Firmware, NetworkBytes
from edgeopt.report.budgeting import over_budget
from edgeopt.report.results import Generated
from edgeopt.report.several import GeneratedModels
from edgeopt.report.text import grid, macs, memory, number, pairs, section, size, warnings_section
from edgeopt.report.view import view
from edgeopt.report.views.analysis import analysis_text


@view(Generated, "edgeopt.project/3")
def generated_text(generated: Generated) -> RenderableType:
    return Group(_written(generated.folder, generated.project), analysis_text(generated.analysis))


def _written(folder: Path, project: CProject | None) -> RenderableType:
    facts = [("folder", folder.as_posix())]
    if project is not None:
        facts += [
            ("platform", project.platform),
            ("build", project.build_id[:12]),
            ("next", f"edgeopt build {folder}"),
        ]
    return section("Wrote the project", pairs(facts))


def _over_budget(generated: GeneratedModels) -> EdgeoptError | None:
    return over_budget(generated.broken_limits)


@view(GeneratedModels, "edgeopt.models/1", _over_budget)
def models_text(generated: GeneratedModels) -> RenderableType:
    used = {
        "flash": (generated.flash_bytes, generated.flash_available_bytes),
        "RAM": (generated.ram_bytes, generated.ram_available_bytes),
    }
    columns = ["network", "MACs", "weights, B", "arena, B", "cycles", "latency, ms"]
    rows = [
        [
            name,
            macs(one.macs, one.binary_macs),
            number(one.flash_bytes["weights"]),
            number(one.ram_bytes["arena"]),
            number(one.cycles.value),
            number(one.latency_ms.value),
        ]
        for name, one in zip(generated.names, generated.models, strict=True)
    ]
    return Group(
        _written(generated.folder, generated.project),
        section(f"Networks for {generated.board}, estimated", grid(columns, rows, right=columns[1:])),
        section("Memory of all, estimated: one arena, each kernel once", memory(used)),
    )


def _firmware_content(firmware: Firmware) -> dict[str, object]:
    return {
        "elf": firmware.elf,
        "toolchain": firmware.toolchain,
        "optimization": firmware.optimization,
        "flash_bytes": firmware.sizes.flash_bytes,
        "ram_bytes": firmware.sizes.ram_bytes,
        "networks": firmware.networks,
        "stack_bound_bytes": firmware.stack_bound_bytes,
        "log": firmware.log,
        "warnings": firmware.warnings,
    }


@view(Firmware, "edgeopt.firmware/1", content=_firmware_content)
def firmware_text(firmware: Firmware) -> RenderableType:
    flash, ram = firmware.sizes.flash_bytes, firmware.sizes.ram_bytes
    rows = [
        ("elf", firmware.elf.as_posix()),
        ("built by", f"{firmware.toolchain} {firmware.optimization}"),
        ("flash", f"{size(flash.total)}  {_split(vars(flash))}"),
        ("RAM", f"{size(ram.total)}  {_split(vars(ram))}"),
        ("stack", _stack(firmware.stack_bound_bytes, ram.stack)),
        ("next", f"edgeopt run {firmware.elf.parent.parent}"),
    ]
    networks = [section("Networks", _networks(firmware.networks))] if firmware.networks else []
    return Group(section("Linked the firmware", pairs(rows)), *networks, *warnings_section(firmware.warnings))


def _networks(networks: Sequence[NetworkBytes]) -> RenderableType:
    columns = ["network", "weights, B", "model, B", "arena, B"]
    rows = ([one.name, number(one.weights), number(one.model), number(one.arena)] for one in networks)
    return grid(columns, rows, right=columns[1:])


def _split(counts: dict[str, int]) -> str:
    return " + ".join(f"{part} {count:,}" for part, count in counts.items() if part != "total") + " B"


def _stack(bound_bytes: int | None, reserved_bytes: int) -> str:
    bound = "no bound is known" if bound_bytes is None else f"never more than {bound_bytes:,} B"
    return f"{bound}, {reserved_bytes:,} B reserved"
