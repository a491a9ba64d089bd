"""Runs the C of one graph on an emulated Cortex-M and counts what it executes: the paths that a host does not have."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from support.one_unit import files_of_nets
from support.ways import assert_ways_agree, plans_of

from edgeopt.firmware.cores import CORES
from edgeopt.ir import Array, Graph, Target
from edgeopt.plan import Plan, plan

unicorn = pytest.importorskip("unicorn", reason="pip install unicorn")
arm = pytest.importorskip("unicorn.arm_const", reason="pip install unicorn")

FLASH, RAM, STACK, RETURN = 0x0, 0x2000_0000, 0x2020_0000, 0x10_0000
MODELS = {
    "cortex-m0plus": arm.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4f": arm.UC_CPU_ARM_CORTEX_M4,
}
# what gcc calls even in freestanding code
MEMORY_FUNCTIONS = """
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
void *memcpy(void *to, const void *from, size_t n) {
    for (size_t i = 0; i < n; i++) ((char *)to)[i] = ((const char *)from)[i];
    return to;
}
void *memset(void *to, int value, size_t n) {
    for (size_t i = 0; i < n; i++) ((char *)to)[i] = (char)value;
    return to;
}
"""


def run_on_core(
    graph: Graph, samples: Sequence[Sequence[Array]], core: str, folder: Path, count: bool = False
) -> tuple[list[list[Array]], int]:
    """Outputs by sample and output index; instructions of the last inference, 0 without `count`, which is slow.

    The instructions are those of the ways chosen. Without `count`, all ways are run and must give the same.
    """
    target = Target(core=core)
    plans = [plan(graph, target)] if count else plans_of(graph, target)
    ran = run_plans_on_core(plans, [samples] * len(plans), folder, count)
    assert_ways_agree(plans, [outputs for outputs, _ in ran])
    return ran[0]


def run_plans_on_core(
    plans: Sequence[Plan],
    samples: Sequence[Sequence[Sequence[Array]]],
    folder: Path,
    count: bool = False,
    optimization: str = "-O2",
) -> list[tuple[list[list[Array]], int]]:
    """What `run_on_core` gives, by plan; all are for the same core, and in one program. `samples` by plan."""
    core = plans[0].target.core
    image = _Image(_compile(plans, core, folder, optimization), MODELS[core], count)
    ran = []
    for index, (plan_, of_plan) in enumerate(zip(plans, samples, strict=True)):
        outputs, instructions, graph = [], 0, plan_.graph
        if graph.state_tensors:
            image.call(f"net{index}_reset")
        for sample in of_plan:
            for name, array in zip(graph.inputs, sample, strict=True):
                image.write(plan_.offsets[name], array)
            instructions = image.call(f"net{index}_invoke")
            outputs.append([image.read(plan_.offsets[t.name], t.size_bytes, t.dtype) for t in graph.output_tensors])
        ran.append((outputs, instructions))
    return ran


def _compile(plans: Sequence[Plan], core: str, folder: Path, optimization: str) -> Path:
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is missing: apt install gcc-arm-none-eabi")
    files, sources = files_of_nets(plans)
    files["memory.c"] = MEMORY_FUNCTIONS
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    command = [compiler, *CORES[core].gcc_flags, optimization, "-std=c99", "-ffreestanding", "-nostdlib"]
    command += ["-fno-tree-loop-distribute-patterns", f"-Wl,-Ttext={FLASH:#x},-Tbss={RAM:#x},-e,net0_invoke"]
    command += [*sources, "memory.c", "-lgcc", "-o", "net.elf"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "net.elf"


class _Image:
    """The program in memory, its context at the start of RAM."""

    def __init__(self, elf: Path, model: int, count: bool) -> None:
        self._uc: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(model)
        self._uc.mem_map(FLASH, 0x20_0000)
        self._uc.mem_map(RAM, 0x40_0000)
        with elf.open("rb") as file:
            parsed = ELFFile(file)
            for segment in parsed.iter_segments("PT_LOAD"):
                self._uc.mem_write(segment["p_vaddr"], segment.data())
            symbols = parsed.get_section_by_name(".symtab").iter_symbols()
            self._functions = {symbol.name: symbol["st_value"] | 1 for symbol in symbols}
        self._count = 0
        if count:
            self._uc.hook_add(unicorn.UC_HOOK_CODE, self._step)

    def write(self, offset: int, array: Array) -> None:
        self._uc.mem_write(RAM + offset, np.ascontiguousarray(array).tobytes())

    def read(self, offset: int, size_bytes: int, dtype: str) -> Array:
        return np.frombuffer(bytes(self._uc.mem_read(RAM + offset, size_bytes)), dtype)

    def call(self, function: str) -> int:
        """Calls function(context, NULL, NULL); the instructions that it took, as far as they are counted."""
        registers = {arm.UC_ARM_REG_R0: RAM, arm.UC_ARM_REG_R1: 0, arm.UC_ARM_REG_R2: 0}
        registers |= {arm.UC_ARM_REG_SP: STACK, arm.UC_ARM_REG_LR: RETURN | 1}
        for register, value in registers.items():
            self._uc.reg_write(register, value)
        self._count = 0
        self._uc.emu_start(self._functions[function], RETURN)
        return self._count

    def _step(self, _uc: object, _address: int, _size_bytes: int, _data: object) -> None:
        self._count += 1
