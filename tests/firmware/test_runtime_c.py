"""The C that runs before and under the model: the memory functions, and the boot stage of the RP2040."""

import ctypes
import random
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const

from edgeopt.board import Board, load_board
from edgeopt.firmware import build
from edgeopt.resources import firmware_templates_dir

BAREMETAL = firmware_templates_dir() / "baremetal"

MakeProject = Callable[[Board], Path]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_memory_functions_equal_their_definition(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"install it: sudo apt-get install {compiler}")
    names = ("memcpy", "memmove", "memset", "memcmp", "strlen")
    library = tmp_path / "string.so"
    flags = ["-O2", "-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-shared", "-fPIC"]
    renamed = [f"-D{name}=eo_{name}" for name in names]
    subprocess.run([compiler, *flags, *renamed, BAREMETAL / "eo_string.c", "-o", library], check=True)
    c = ctypes.CDLL(str(library))
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    memory = (ctypes.c_ubyte * 160)()
    base = ctypes.addressof(memory)
    for _ in range(2000):
        memory[:] = list(chance.randbytes(160))
        before = bytes(memory)
        to, start, count = chance.randrange(80), chance.randrange(80), chance.randrange(80)
        expected = bytearray(before)
        if chance.random() < 0.3:
            value = chance.randrange(-256, 256)
            expected[to : to + count] = bytes([value % 256]) * count
            c.eo_memset(ctypes.c_void_p(base + to), value, ctypes.c_size_t(count))
        else:
            apart = to + count <= start or start + count <= to
            copy = c.eo_memcpy if apart and chance.random() < 0.5 else c.eo_memmove
            expected[to : to + count] = before[start : start + count]
            copy(ctypes.c_void_p(base + to), ctypes.c_void_p(base + start), ctypes.c_size_t(count))
        assert bytes(memory) == bytes(expected)
        a, b = bytes(memory[to : to + count]), bytes(memory[start : start + count])
        sign = c.eo_memcmp(ctypes.c_void_p(base + to), ctypes.c_void_p(base + start), ctypes.c_size_t(count))
        assert sign == (a > b) - (a < b)
    assert c.eo_strlen(b"") == 0
    assert c.eo_strlen(b"twelve bytes") == 12


def crc32_mpeg2(data: bytes) -> int:
    crc = 0xFFFF_FFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C1_1DB7 if crc >> 31 else 0)) & 0xFFFF_FFFF
    return crc


def test_the_boot_stage_sets_flash_up_and_enters_the_firmware(toolchain: str, make_project: MakeProject) -> None:
    board = load_board("raspberry-pi-pico")
    with build(make_project(board), board, toolchain).elf.open("rb") as file:
        elf = ELFFile(file)
        sections = {name: elf.get_section_by_name(name).data() for name in (".boot", ".vectors")}
        assert elf.get_section_by_name(".boot")["sh_addr"] == 0x1000_0000
    boot = sections[".boot"]
    assert len(boot) == 256
    assert int.from_bytes(boot[252:], "little") == crc32_mpeg2(boot[:252])
    assert crc32_mpeg2(b"123456789") == 0x0376_E6E7  # the check value of this CRC

    cpu = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    cpu.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M0)
    copied_to = 0x2004_1F00  # where the chip's boot ROM runs it
    for address, size in ((0x2004_0000, 0x4000), (0x1000_0000, 0x1000), (0x1800_0000, 0x1000), (0xE000_E000, 0x1000)):
        cpu.mem_map(address, size)
    cpu.mem_write(copied_to, boot)
    cpu.mem_write(0x1000_0100, sections[".vectors"])
    stack, reset = (int.from_bytes(sections[".vectors"][at : at + 4], "little") for at in (0, 4))
    written: list[tuple[int, int]] = []
    cpu.hook_add(
        unicorn.UC_HOOK_MEM_WRITE, lambda _cpu, _kind, address, _size, value, _user: written.append((address, value))
    )
    cpu.emu_start(copied_to | 1, reset & ~1, count=100)
    assert cpu.reg_read(arm_const.UC_ARM_REG_PC) == reset & ~1
    assert cpu.reg_read(arm_const.UC_ARM_REG_SP) == stack
    ssi = 0x1800_0000
    assert [pair for pair in written if pair[0] < 0xE000_0000] == [
        (ssi + 0x08, 0),
        (ssi + 0x14, 4),
        (ssi + 0x00, 0x001F_0300),
        (ssi + 0xF4, 0x0300_0218),
        (ssi + 0x04, 0),
        (ssi + 0x08, 1),
    ]
    assert (0xE000_ED08, 0x1000_0100) in written


def test_platform_lists_all_its_files() -> None:
    listed = tomllib.loads((BAREMETAL / "platform.toml").read_text())["files"]
    chosen = {name.split("@")[0] for name in listed if "@" in name}
    for path in BAREMETAL.iterdir():
        assert path.name == "platform.toml" or path.name in listed or path.name.split("_")[0] + "_" in chosen, path
