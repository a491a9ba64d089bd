"""Small Cortex-M programs, compiled in the test, and QEMU's count of what they execute."""

import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edgeopt.board import Board, load_board
from edgeopt.firmware.cores import CORES

SOURCES = Path(__file__).parents[1] / "simulate"


def need(tool: str, package: str) -> str:
    """Path of a tool, or the test is skipped."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is missing: apt install {package}")
    return path


def compile_arm(source: Path, board: Board, out: Path, *options: str) -> Path:
    """An ELF of `source` (.c or .S) for the memory of `board`, started by its own vector table."""
    compiler = need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    flash, ram = board.code_origin, board.ram.origin
    command = [compiler, *CORES[board.core].gcc_flags, "-ffreestanding", "-nostdlib", "-g", *options]
    command += [f"-Wl,--defsym=FLASH_ORIGIN={flash:#x},--defsym=RAM_ORIGIN={ram:#x}", "-Wl,--build-id=none"]
    command += ["-Wl,--no-warn-rwx-segments"] if _knows_rwx_warning(compiler) else []
    command += ["-T", str(SOURCES / "program.ld"), str(source), "-lgcc", "-o", str(out)]
    subprocess.run(command, check=True)
    return out


def assemble(text: str, board: Board, folder: Path) -> Path:
    """An ELF of assembly `text`, which defines Reset_Handler and may define more functions."""
    source = folder / "program.S"
    source.write_text(
        f'.syntax unified\n.thumb\n.section .vectors, "a"\n.word stack_top, Reset_Handler\n.text\n'
        f".type Reset_Handler, %function\n.global Reset_Handler\n{text}\n"
    )
    return compile_arm(source, board, folder / "program.elf")


def _knows_rwx_warning(compiler: str) -> bool:
    linker = subprocess.run([compiler, "-Wl,--help"], capture_output=True, text=True, check=False).stdout
    return "no-warn-rwx-segments" in linker


@dataclass(frozen=True)
class QemuCount:
    """What QEMU executed: blocks as (address, instructions, executions, taken), its output and exit code."""

    blocks: tuple[tuple[int, int, int, int], ...]
    output: bytes
    exit_code: int

    @property
    def instructions(self) -> int:
        return sum(size * executions for _, size, executions, _ in self.blocks)

    @property
    def taken_branches(self) -> int:
        return sum(taken for *_, taken in self.blocks)


def qemu_count(elf: Path, machine: str, folder: Path) -> QemuCount:
    """Runs `elf` in QEMU with the counting plugin, semihosting on, until it exits."""
    emulator = need("qemu-system-arm", "qemu-system-arm")
    plugin, counts = folder / "qemu_count.so", folder / "counts.txt"
    compiler = need("gcc", "gcc")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", str(SOURCES / "qemu_count.c"), "-o", str(plugin)], check=True)
    command = [emulator, "-M", machine, "-display", "none", "-monitor", "none", "-serial", "null", "-kernel", str(elf)]
    command += ["-chardev", "stdio,id=out", "-semihosting-config", "enable=on,target=native,chardev=out"]
    command += ["-plugin", f"{plugin},out={counts}"]
    ended = subprocess.run(command, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    rows = [[int(word, 16) for word in line.split()] for line in counts.read_text().splitlines()]
    blocks = tuple((row[0], row[1], row[2], row[3]) for row in rows)
    return QemuCount(blocks, ended.stdout, ended.returncode)


# A board of each core, and the QEMU machine that runs the same ELF.
COUNTED = {
    "cortex-m0plus": ("nucleo-g071rb", "microbit"),
    "cortex-m3": ("mps2-an385", "mps2-an385"),
    "cortex-m4f": ("mps2-an386", "mps2-an386"),
    "cortex-m7f": ("mps2-an500", "mps2-an500"),
    "cortex-m33f": ("mps2-an505", "mps2-an505"),
}


def counted_board(core: str) -> tuple[Board, str]:
    """A board with `core`, and the QEMU machine that runs the same ELF."""
    name, machine = COUNTED[core]
    board = load_board(name)
    if machine == "microbit":  # its flash is at 0
        board = replace(board, flash=replace(board.flash, origin=0))
    return board, machine
