"""A firmware platform is a folder of firmware_templates/: platform.toml and files. This copies one into a project.

Files that end in `.in` lose the suffix and have every @NAME@ replaced; all others are copied as they are. A template
has nothing else: what needs a loop or a condition is written by Python, or is a file of its own chosen by its name.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt.board import Board, Console, ConsoleKind, Pin
from edgeopt.errors import UsageError
from edgeopt.firmware.cores import check_has_firmware
from edgeopt.resources import firmware_templates_dir

_PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")
_COMMON = "common"
# Values of the common files, of which `edgeopt.firmware.config` knows more: no copy of inputs, and no data set.
_COMMON_VALUES = {
    "INPUT_COPY_BYTES": "0",
    "MODEL_VERSION": "eo_model->name",
    "PIXEL_FLIP": "0",
    "AD01_ELEMENTS": "0",
    "INPUT_STATS": "0",
    "ENERGY_MODE": "0",
    "PULSE_US": "1",
}


@dataclass(frozen=True)
class Platform:
    """platform.toml: which files go into a project (names may hold @NAME@), and defaults of the values.

    `needs`: what some of the files need besides themselves.
    """

    name: str
    title: str
    files: tuple[str, ...]
    values: Mapping[str, str]
    needs: Mapping[str, tuple[str, ...]]


def platforms() -> tuple[str, ...]:
    """Names of the firmware platforms, sorted."""
    return tuple(sorted(path.parent.name for path in firmware_templates_dir().glob("*/platform.toml")))


def load_platform(name: str) -> Platform:
    """The platform called `name`; UsageError where there is none."""
    if name not in platforms():
        raise UsageError(f"no firmware platform is called `{name}`", f"there are: {', '.join(platforms())}")
    content = tomllib.loads((firmware_templates_dir() / name / "platform.toml").read_text())
    needs = {file: tuple(others) for file, others in content.get("needs", {}).items()}
    return Platform(name, content["title"], tuple(content["files"]), content.get("values", {}), needs)


def with_console(board: Board, kind: str) -> Board:
    """`board` with its console replaced: "semihosting", "rtt", or "uart" for the board's own.

    UsageError where it has no UART; for RTT, where its RAM lies behind a data cache, past which a debugger reads.
    """
    if kind == "rtt" and board.ram.cached:
        raise UsageError(
            f"RTT cannot work on {board.name}, whose RAM lies behind a data cache", "use `--console semihosting`"
        )
    if kind in ("semihosting", "rtt"):
        through_debugger: ConsoleKind = "rtt" if kind == "rtt" else "semihosting"
        return replace(board, console=Console(through_debugger, "", 0, 0, "", "", "chosen by the user"))
    if kind == "uart" and board.console.base:
        return board
    if kind == "uart":
        raise UsageError(
            f"the console of {board.name} is {board.console.kind}; it names no UART", "use `--console semihosting`"
        )
    raise UsageError(f"no console is called `{kind}`", "use `semihosting`, `rtt` or `uart`")


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
    names = [substitute(file, table, f"{chosen.name}/platform.toml") for file in chosen.files]
    needed = dict.fromkeys(other for name in names for other in chosen.needs.get(name, ()))
    for name in (*names, *needed):
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
        "CONSOLE_IRQ": str(-1 if board.console.irq is None else board.console.irq),
        "CONSOLE_TX_PIN": str(pin_number(board.console.tx_pin)),
        "CONSOLE_RX_PIN": str(pin_number(board.console.rx_pin)),
        "TIMER_KIND": board.timer.kind,
        "TIMER_BASE": hex(board.timer.base),
        "TIMER_HZ": str(board.timer.hz),
        "MCU_SETUP": board.mcu_setup,
        **_pin_values(board.pin),
        "WATCHDOG_KIND": board.watchdog.kind if board.watchdog else "none",
        "WATCHDOG_BASE": hex(board.watchdog.base if board.watchdog else 0),
    }


def pin_number(name: str) -> int:
    """A pin's number on its chip: P1.08 of an nRF is 32 * 1 + 8, GPIO3 is 3, PB2 of an STM32 is 16 * 1 + 2; else -1."""
    if nrf := re.fullmatch(r"P([0-3])\.([0-2][0-9]|3[01])", name):
        return 32 * int(nrf[1]) + int(nrf[2])
    if gpio := re.fullmatch(r"GPIO([0-9]{1,2})", name):
        return int(gpio[1])
    if port := re.fullmatch(r"P([A-K])([0-9]|1[0-5])", name):
        return 16 * (ord(port[1]) - ord("A")) + int(port[2])
    return -1


def _pin_values(pin: Pin | None) -> dict[str, str]:
    """Of the timestamp pin; all 0 where the board has none, or its port needs no switching on."""
    if pin is None:
        return {"PIN_KIND": "none", "PIN_BASE": "0x0", "PIN_NUMBER": "0", **_enable_values(0, 0)}
    enable = _enable_values(pin.enable_register or 0, pin.enable_bit or 0)
    return {"PIN_KIND": pin.kind, "PIN_BASE": hex(pin.base), "PIN_NUMBER": str(pin.number), **enable}


def _enable_values(register: int, bit: int) -> dict[str, str]:
    return {"PIN_ENABLE_REGISTER": hex(register), "PIN_ENABLE_BIT": str(bit)}


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
