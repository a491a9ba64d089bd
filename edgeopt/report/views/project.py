"""How a written project and its firmware are shown."""

from rich.console import Group, RenderableType

from edgeopt.firmware import Firmware
from edgeopt.report.results import Generated
from edgeopt.report.text import pairs, section, size, warnings_section
from edgeopt.report.view import view
from edgeopt.report.views.analysis import analysis_text


@view(Generated, "edgeopt.project/2")
def generated_text(generated: Generated) -> RenderableType:
    facts = [("folder", generated.folder.as_posix())]
    if generated.project is not None:
        facts += [
            ("platform", generated.project.platform),
            ("build", generated.project.build_id[:12]),
            ("next", f"edgeopt build {generated.folder}"),
        ]
    return Group(section("Wrote the project", pairs(facts)), analysis_text(generated.analysis))


def _firmware_content(firmware: Firmware) -> dict[str, object]:
    return {
        "elf": firmware.elf,
        "toolchain": firmware.toolchain,
        "optimization": firmware.optimization,
        "flash_bytes": firmware.sizes.flash_bytes,
        "ram_bytes": firmware.sizes.ram_bytes,
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
    return Group(section("Linked the firmware", pairs(rows)), *warnings_section(firmware.warnings))


def _split(counts: dict[str, int]) -> str:
    return " + ".join(f"{part} {count:,}" for part, count in counts.items() if part != "total") + " B"


def _stack(bound_bytes: int | None, reserved_bytes: int) -> str:
    bound = "no bound is known" if bound_bytes is None else f"never more than {bound_bytes:,} B"
    return f"{bound}, {reserved_bytes:,} B reserved"
