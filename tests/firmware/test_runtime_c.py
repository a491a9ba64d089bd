"""The C that runs before and under the model: the memory functions, and the boot stage of the RP2040."""

import ctypes
import random
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeopt.board import Board
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


def test_platform_lists_all_its_files() -> None:
    platform = tomllib.loads((BAREMETAL / "platform.toml").read_text())
    listed = [*platform["files"], *(name for needed in platform["needs"].values() for name in needed)]
    chosen = {name.split("@")[0] for name in listed if "@" in name}
    for path in BAREMETAL.iterdir():
        assert path.name == "platform.toml" or path.name in listed or path.name.split("_")[0] + "_" in chosen, path
