"""The figures of a network: memory, instructions and cycles as built and run on an emulated board, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from elftools.elf.elffile import ELFFile
from support.arm_programs import qemu_count

from benchmarks.published_rules import TARGET
from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.firmware import Firmware
from edgeopt.optimize import optimize
from edgeopt.report.results import Generated, RunReport
from edgeopt.simulate import run_foreign

M4 = "nucleo-l4r5zi"
# A board a core; that of the M0+ must hold vww's weights. The virtual board runs the first, QEMU the others.
VIRTUAL = {"cortex-m0plus": "raspberry-pi-pico", "cortex-m3": "mps2-an385", "cortex-m4f": M4}
QEMU = {"cortex-m7f": "mps2-an500", "cortex-m33f": "mps2-an505", "cortex-m55": "mps3-an547"}
_MAIN = """#include "eo_model.h"
#include "eo_port.h"

int main(void) {{
    eo_port_init();
    return {result};
}}
"""


@dataclass(frozen=True)
class Without:
    """What is turned off: passes over the graph, ways to compute a layer, and the compiler's level for the goal."""

    passes: frozenset[str] = frozenset()
    ways: frozenset[str] = frozenset()
    level: bool = False


_NOTHING = Without()


@contextmanager
def _built(
    model: Path, goal: str, board: str, toolchain: str, without: Without
) -> Iterator[tuple[Generated, Firmware]]:
    opened = pipeline.open_model(model)
    if without.passes:
        opened = replace(opened, graph=optimize(opened.original, without.passes))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        generated = pipeline.generate(opened, load_board(board), folder, goal=goal, without=without.ways)
        yield generated, pipeline.build(folder, toolchain, "-O2" if without.level else "auto")


def _whole(value: float | None) -> int:
    assert value is not None
    return int(value)


@dataclass(frozen=True)
class Layer:
    """One step of the plan: its name, the way that was chosen, and what it took."""

    name: str
    way: str
    instructions: int


@dataclass(frozen=True)
class Figures:
    """Memory without `runtime` and stack; one inference."""

    flash_bytes: int
    ram_bytes: int
    instructions: int
    cycles: int  # with memory that answers at once; of the M4 by the rules that the peers' figures were counted by
    layers: tuple[Layer, ...]


@cache
def figures_of(model: Path, goal: str, board: str = M4, toolchain: str = "gcc", without: Without = _NOTHING) -> Figures:
    """What a model takes on the virtual board."""
    with _built(model, goal, board, toolchain, without) as (generated, firmware):
        report = pipeline.run(generated.folder, TARGET)
    assert isinstance(report, RunReport)
    steps = zip(report.layers, generated.plan.steps, strict=True)
    layers = tuple(Layer(run.name, step.way.name, run.instructions or 0) for run, step in steps)
    instructions, cycles = _whole(report.instructions.value), _whole(report.cycles.value or 0)
    return Figures(*_memory(firmware), instructions, cycles, layers)


@cache
def board_cycles_of(model: Path, goal: str, board: str = M4) -> tuple[int, int]:
    """(cycles by the whole of the core's model, how many of them wait for the board's memory)"""
    with _built(model, goal, board, "gcc", _NOTHING) as (generated, _):
        report = pipeline.run(generated.folder, "virtual")
    assert isinstance(report, RunReport)
    return _whole(report.cycles.value), _whole(report.stalls)


@cache
def memory_of(model: Path, goal: str, without: Without = _NOTHING) -> tuple[int, int]:
    """(bytes of flash, bytes of RAM), without running anything."""
    with _built(model, goal, M4, "gcc", without) as (_, firmware):
        return _memory(firmware)


def _memory(firmware: Firmware) -> tuple[int, int]:
    flash, ram = firmware.sizes.flash_bytes, firmware.sizes.ram_bytes
    return flash.total - flash.runtime, ram.arena + ram.static


@cache
def instructions_of(model: Path, core: str, goal: str = "balanced") -> int:
    """Of one inference on a core of VIRTUAL or QEMU."""
    if core in VIRTUAL:
        return figures_of(model, goal, VIRTUAL[core]).instructions
    board = load_board(QEMU[core])
    assert board.qemu is not None
    with TemporaryDirectory() as temporary:
        folder, counts = Path(temporary) / "project", []
        pipeline.generate(model, board, folder, goal=goal, console="semihosting")
        for result in ("0", "eo_model->invoke(0, 0)"):
            (folder / "main.c").write_text(_MAIN.format(result=result))
            elf = pipeline.build(folder, "gcc").elf
            counts.append(qemu_count(elf, board.qemu.machine, Path(temporary)).instructions)
    return counts[1] - counts[0]


@cache
def start_up_of(model: Path, goal: str = "balanced", toolchain: str = "gcc") -> tuple[int, int]:
    """(instructions from reset to main on the Cortex-M4, words of .data and .bss, which they copy and clear)"""
    with _built(model, goal, M4, toolchain, _NOTHING) as (_, firmware):
        found = run_foreign(firmware.elf, load_board(M4), ("Reset_Handler", "main"), 60.0, ideal_memory=True)
        with firmware.elf.open("rb") as file:
            symbols = {one.name: one["st_value"] for one in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}
    sizes = (symbols[f"eo_{part}_end"] - symbols[f"eo_{part}_begin"] for part in ("data", "bss"))
    return found.sections[-1].profile.total.instructions, sum(sizes) // 4
