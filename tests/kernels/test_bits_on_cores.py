"""kernels/eo_bits.c == numpy on emulated cores: the assembly that a host does not run."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from edgeopt import resources
from edgeopt.firmware.cores import CORES
from edgeopt.firmware.stack import stack_bound
from edgeopt.ir import Array

unicorn = pytest.importorskip("unicorn", reason="pip install unicorn")
arm = pytest.importorskip("unicorn.arm_const", reason="pip install unicorn")

MODELS = {
    "cortex-m0plus": arm.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4f": arm.UC_CPU_ARM_CORTEX_M4,
    "cortex-m33f": arm.UC_CPU_ARM_CORTEX_M33,
}
FLASH, RAM, STACK, RETURN = 0x0, 0x2000_0000, 0x2007_0000, 0x10_0000
PATCH, WORDS, COUNTS, STREAM = RAM, RAM + 0x100, RAM + 0x4000, RAM + 0x8000
KEPT = tuple(range(arm.UC_ARM_REG_R4, arm.UC_ARM_REG_R11 + 1))
WORD_COUNTS = (*range(1, 41), 54, 72, 75, 100, 144)
COMPILERS = {
    "gcc": ("arm-none-eabi-gcc", "-std=c99"),
    "g++": ("arm-none-eabi-g++", "-x", "c++", "-std=c++11"),
    "clang": ("clang", "--target=arm-none-eabi", "-std=c99"),
    "zig": (sys.executable, "-m", "ziglang", "cc", "-std=c99", "-fno-sanitize=undefined"),
}
# calls what is tested, so that its stack is known
PROGRAM = """
#include "eo_bits.h"
#ifdef __cplusplus
extern "C"
#endif
void Reset_Handler(void);
void Reset_Handler(void) {
    uint32_t words[2] = {0, 0};
    const struct eo_bits_patch patch = {words, 0, 1};
    eo_bits_transform(words, words, 0, 1);
    words[0] = eo_bits_fire(words, &patch, 1);
    eo_bits_count(words, &patch, 1, 0, words);
}
"""


class Machine:
    """eo_bits.c on an emulated core, with a canary in each register that a call must keep."""

    def __init__(self, elf: Path, core: str) -> None:
        self._uc: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(MODELS[core])
        self._uc.mem_map(FLASH, 0x20_0000)
        self._uc.mem_map(RAM, 0x8_0000)
        with elf.open("rb") as file:
            image = ELFFile(file)
            for segment in image.iter_segments("PT_LOAD"):
                self._uc.mem_write(segment["p_vaddr"], segment.data())
            self._functions = {s.name: s["st_value"] for s in image.get_section_by_name(".symtab").iter_symbols()}

    def count_instructions(self) -> None:
        """From now on `instructions` is how many the last call took; that is slow."""

        def step(*_: object) -> None:
            self.instructions += 1

        self._uc.hook_add(unicorn.UC_HOOK_CODE, step)

    def write(self, address: int, words: Array) -> None:
        self._uc.mem_write(address, np.ascontiguousarray(words, "<u4").tobytes())

    def read(self, address: int, count: int) -> Array:
        return np.frombuffer(bytes(self._uc.mem_read(address, 4 * count)), "<u4")

    def call(self, function: str, *arguments: int) -> int:
        self._uc.mem_write(STACK, np.array(arguments[4:], "<u4").tobytes())
        registers = {arm.UC_ARM_REG_R0 + i: value for i, value in enumerate(arguments[:4])}
        registers |= {register: 0xC0DE_0000 + register for register in KEPT}
        registers |= {arm.UC_ARM_REG_SP: STACK, arm.UC_ARM_REG_LR: RETURN | 1}
        for register, value in registers.items():
            self._uc.reg_write(register, value)
        self.instructions = 0
        self._uc.emu_start(self._functions[function], RETURN)
        assert {r: self._uc.reg_read(r) for r in KEPT} == {r: registers[r] for r in KEPT}
        assert self._uc.reg_read(arm.UC_ARM_REG_SP) == STACK
        return int(self._uc.reg_read(arm.UC_ARM_REG_R0))


def build(core: str, folder: Path, compiler: str = "gcc", *options: str) -> Machine:
    """eo_bits.c by `compiler` for `core`."""
    linker, (program, *flags) = shutil.which("arm-none-eabi-gcc"), COMPILERS[compiler]
    if linker is None:
        pytest.skip("arm-none-eabi-gcc is missing: apt install gcc-arm-none-eabi")
    if shutil.which(program) is None:
        pytest.skip(f"{program} is missing")
    flags += CORES[core].zig_flags if compiler == "zig" else CORES[core].gcc_flags
    flags += ["-ffreestanding", "-fno-exceptions", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]
    flags += ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
    (folder / "program.c").write_text(PROGRAM)
    includes = [f"-I{resources.kernels_dir()}"]
    for source in (resources.kernels_dir() / "eo_bits.c", folder / "program.c"):
        command = [program, *flags, *(options or ("-O2",)), *includes, "-c", str(source)]
        subprocess.run([*command, "-o", str(folder / f"{source.stem}.o")], check=True)
    command = [linker, *CORES[core].gcc_flags, "-nostdlib", f"-Wl,-Ttext={FLASH:#x},-e,Reset_Handler"]
    subprocess.run([*command, "eo_bits.o", "program.o", "-lgcc", "-o", "bits.elf"], cwd=folder, check=True)
    return Machine(folder / "bits.elf", core)


def transformed(words: Array) -> Array:
    """[..., n] words, the triples (a, b, c) among them as (a ^ b ^ c, a ^ b, a ^ c)."""
    out = words.copy()
    end = words.shape[-1] // 3 * 3
    a, b, c = (words[..., i:end:3] for i in range(3))
    out[..., 0:end:3], out[..., 1:end:3], out[..., 2:end:3] = a ^ b ^ c, a ^ b, a ^ c
    return out


def words_like(rng: np.random.Generator, *shape: int) -> Array:
    """Random words, now and then all ones or all zeros, so that counts reach their ends."""
    words = rng.integers(0, 2**32, shape, np.uint32)
    kind = rng.integers(0, 4)
    return words if kind > 1 else np.full(shape, 0xFFFF_FFFF * kind, np.uint32)


def differences(patch: Array, weights: Array) -> Array:
    """[channels]: how many bits differ."""
    return np.unpackbits((patch ^ weights).view(np.uint8), axis=1).sum(axis=1, dtype=np.int64)


def place(machine: Machine, patch: Array) -> None:
    """The patch, transformed by the C itself, and its struct."""
    triples, singles = divmod(len(patch), 3)
    machine.write(WORDS, patch)
    machine.call("eo_bits_transform", WORDS, WORDS, triples, singles)
    machine.write(PATCH, np.array([WORDS, triples, singles]))


def check_fire(machine: Machine, rng: np.random.Generator, word_count: int, channels: int) -> None:
    patch, weights = words_like(rng, word_count), words_like(rng, channels, word_count)
    counts = differences(patch, weights)
    least = (counts + rng.integers(-1, 2, channels)).clip(0)
    stream = np.concatenate([transformed(weights), least[:, None].astype(np.uint32)], axis=1)
    place(machine, patch)
    machine.write(STREAM, stream[::-1])
    expected = sum(int(count >= bound) << i for i, (count, bound) in enumerate(zip(counts, least, strict=True)))
    assert machine.call("eo_bits_fire", STREAM, PATCH, channels) == expected, (word_count, channels)


def check_count(machine: Machine, rng: np.random.Generator, word_count: int, channels: int, behind: int) -> None:
    patch, weights = words_like(rng, word_count), words_like(rng, channels, word_count)
    stream = np.concatenate([transformed(weights), words_like(rng, channels, behind)], axis=1)
    place(machine, patch)
    machine.write(STREAM, stream)
    machine.write(COUNTS, np.zeros(channels + 1))
    machine.call("eo_bits_count", STREAM, PATCH, channels, behind, COUNTS)
    expected = [*differences(patch, weights), 0]
    assert machine.read(COUNTS, channels + 1).tolist() == expected, (word_count, channels, behind)


@pytest.mark.parametrize("core", MODELS)
def test_every_number_of_words(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    machine = build(core, tmp_path)
    for word_count in WORD_COUNTS:
        for _ in range(4):
            check_fire(machine, rng, word_count, int(rng.integers(1, 33)))
            check_count(machine, rng, word_count, int(rng.integers(1, 40)), int(rng.integers(0, 4)))


@pytest.mark.parametrize("core", MODELS)
def test_every_number_of_channels(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    machine = build(core, tmp_path)
    for channels in range(1, 33):
        for word_count in (4, 9, 18, 36):
            check_fire(machine, rng, word_count, channels)
            check_count(machine, rng, word_count, channels, 2)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize(
    "compiler, option",
    [
        ("gcc", "-O0"),
        ("gcc", "-O3"),
        ("gcc", "-Os"),
        ("g++", "-O2"),
        ("clang", "-O0"),
        ("clang", "-Oz"),
        ("zig", "-O2"),
    ],
)
def test_by_any_compiler(core: str, compiler: str, option: str, tmp_path: Path, rng: np.random.Generator) -> None:
    machine = build(core, tmp_path, compiler, option)
    for word_count in (1, 5, 9, 18, 32):
        check_fire(machine, rng, word_count, int(rng.integers(1, 33)))
        check_count(machine, rng, word_count, int(rng.integers(1, 40)), 2)


@pytest.mark.parametrize("core", MODELS)
def test_the_stack_is_known(core: str, tmp_path: Path) -> None:
    build(core, tmp_path)
    bound = stack_bound(tmp_path / "bits.elf", [tmp_path / "eo_bits.o", tmp_path / "program.o"])
    assert bound is not None
    assert bound.path[-1] in ("eo_bits_18", "eo_bits_9")
    assert 128 < bound.size_bytes < 512


@pytest.mark.parametrize(
    "core, bounds",
    [
        ("cortex-m0plus", {9: 0.34, 18: 0.3, 27: 0.34, 36: 0.32, 72: 0.315}),
        ("cortex-m3", {9: 0.242, 18: 0.217, 27: 0.246, 36: 0.235, 72: 0.23}),
        ("cortex-m4f", {9: 0.235, 18: 0.21, 27: 0.24, 36: 0.225, 72: 0.22}),
    ],
)
def test_instructions_a_bit(core: str, bounds: dict[int, float], tmp_path: Path, rng: np.random.Generator) -> None:
    machine = build(core, tmp_path)
    machine.count_instructions()
    for word_count, bound in bounds.items():
        check_fire(machine, rng, word_count, 32)
        assert machine.instructions / (32 * 32 * word_count) < bound, word_count
