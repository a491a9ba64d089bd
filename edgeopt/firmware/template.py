"""A firmware platform is a folder of firmware_templates/: platform.toml and files. This copies one into a project.

Files that end in `.in` lose the suffix and have every @NAME@ replaced; all others are copied as they are. A template
has nothing else: what needs a loop or a condition is written by Python, or is a file of its own chosen by its name.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt.board import Board, Console
from edgeopt.errors import UsageError
from edgeopt.firmware.cores import check_has_firmware
from edgeopt.resources import firmware_templates_dir

_PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")
_COMMON = "common"
# Values of the common files, of which `edgeopt.firmware.config` knows more: no copy of inputs, and no data set.
_COMMON_VALUES = {"INPUT_COPY_BYTES": "0", "MODEL_VERSION": "eo_model.name", "PIXEL_FLIP": "0", "AD01_ELEMENTS": "0"}


@dataclass(frozen=True)
class Platform:
    """platform.toml: which files go into a project (names may hold @NAME@), and defaults of the values."""

    name: str
    title: str
    files: tuple[str, ...]
    values: Mapping[str, str]


def platforms() -> tuple[str, ...]:
    """Names of the firmware platforms, sorted."""
    return tuple(sorted(path.parent.name for path in firmware_templates_dir().glob("*/platform.toml")))


def load_platform(name: str) -> Platform:
    """The platform called `name`; UsageError where there is none."""
    if name not in platforms():
        raise UsageError(f"no firmware platform is called `{name}`", f"there are: {', '.join(platforms())}")
    content = tomllib.loads((firmware_templates_dir() / name / "platform.toml").read_text())
    return Platform(name, content["title"], tuple(content["files"]), content.get("values", {}))


def with_console(board: Board, kind: str) -> Board:
    """`board` with its console replaced: "semihosting", or "uart" for the board's own; UsageError where it has none."""
    if kind == "semihosting":
        return replace(board, console=Console("semihosting", "", 0, 0, "", "", "chosen by the user"))
    if kind == "uart" and board.console.base:
        return board
    if kind == "uart":
        raise UsageError(
            f"the console of {board.name} is {board.console.kind}; it names no UART", "use `--console semihosting`"
        )
    raise UsageError(f"no console is called `{kind}`", "use `semihosting` or `uart`")


def write_platform(
    project_dir: Path, board: Board, platform: str | None = None, values: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Writes the platform's files (the board's own platform by default) into `project_dir`; returns them.

    `values` overrides defaults of platform.toml, e.g. {"STACK_BYTES": "8192"}; UsageError names one it does not have.
    BoardError where edgeopt has no firmware for the board.
    """
    check_has_firmware(board)
    chosen = load_platform(platform or board.platform)
    defaults = {**_COMMON_VALUES, **chosen.values}
    unknown = sorted(set(values or {}) - set(defaults))
    if unknown:
        raise UsageError(f"platform `{chosen.name}` has no value `{unknown[0]}`", f"there are: {', '.join(defaults)}")
    table = {**board_values(board), **defaults, **(values or {})}
    folder = firmware_templates_dir() / chosen.name
    written = [*write_common(project_dir, table)]
    for file in chosen.files:
        name = substitute(file, table, f"{chosen.name}/platform.toml")
        source = folder / name
        if not source.is_file():
            raise UsageError(
                f"platform `{chosen.name}` has no `{name}` for board `{board.name}`",
                "choose another platform or console",
            )
        written.append(_copy(source, project_dir / name.removesuffix(".in"), table))
    return tuple(written)


def write_common(project_dir: Path, values: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Writes the files that all platforms share: the protocol and what it stands on."""
    table = {**_COMMON_VALUES, **(values or {})}
    files = sorted((firmware_templates_dir() / _COMMON).iterdir())
    return tuple(_copy(path, project_dir / path.name.removesuffix(".in"), table) for path in files)


def board_values(board: Board) -> dict[str, str]:
    """What a template may ask of the board. Addresses in hexadecimal, the rest in decimal."""
    return {
        "BOARD": board.name,
        "BOOT_ORIGIN": hex(board.flash.origin),
        "BOOT_BYTES": str(board.flash.reserve_bytes),
        "CODE_ORIGIN": hex(board.code_origin),
        "CODE_BYTES": str(board.flash.usable_bytes),
        "RAM_ORIGIN": hex(board.ram.origin),
        "RAM_BYTES": str(board.ram.size_bytes),
        "CLOCK_HZ": str(board.clock_hz),
        "CONSOLE_KIND": board.console.kind,
        "CONSOLE_BASE": hex(board.console.base),
        "CONSOLE_BAUD": str(board.console.baud),
        "TIMER_KIND": board.timer.kind,
        "TIMER_BASE": hex(board.timer.base),
        "TIMER_HZ": str(board.timer.hz),
        "MCU_SETUP": board.mcu_setup,
    }


def substitute(text: str, values: Mapping[str, str], where: str) -> str:
    """`text` with every @NAME@ replaced; UsageError names the first that `values` does not have."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise UsageError(f"{where}: nothing is known as @{match[1]}@", f"there are: {', '.join(sorted(values))}")
        return values[match[1]]

    return _PLACEHOLDER.sub(value, text)


def _copy(source: Path, target: Path, values: Mapping[str, str]) -> Path:
    text = source.read_text()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(substitute(text, values, source.name) if source.suffix == ".in" else text)
    return target
