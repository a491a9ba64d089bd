"""The two compilers: Debian's arm-none-eabi-gcc, and the clang in the ziglang wheel. Argument lists, never a shell."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeopt.errors import ToolchainError, UsageError
from edgeopt.firmware.cores import Core

KINDS = ("auto", "gcc", "zig")
INSTALL = {
    "gcc": "sudo apt-get install gcc-arm-none-eabi",
    "zig": f"{Path(sys.executable).name} -m pip install ziglang",
}
_TIMEOUT_S = 600

# Freestanding, but memcpy and its kin are known to the compiler: eo_string.c has them.
_COMMON_FLAGS = (
    "-std=c99",
    "-g",
    "-Wall",
    "-Wextra",
    "-ffreestanding",
    "-fbuiltin",
    "-ffp-contract=off",  # a product fused with a sum would be another float: kernels/eo_float.h
    "-fno-common",
    "-ffunction-sections",
    "-fdata-sections",
    "-fomit-frame-pointer",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
)
_LINK_FLAGS = ("-nostdlib", "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,--entry=Reset_Handler")


@dataclass(frozen=True)
class Toolchain:
    """A compiler driver: `command` begins every call of it."""

    kind: str
    version: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"

    def compile_command(self, core: Core, optimization: str, includes: Sequence[str]) -> list[str]:
        """The arguments in front of `-c SOURCE -o OBJECT`."""
        own = () if self.kind == "gcc" else ("-fno-sanitize=undefined", "-Wno-unused-command-line-argument")
        return [*self.command, *self._core_flags(core), optimization, *_COMMON_FLAGS, *own, *includes]

    def link_command(self, core: Core, script: str, elf: str, objects: Sequence[str]) -> list[str]:
        # The compiler's own arithmetic (division, 64-bit shifts), without which a small core cannot do.
        # zig's linker would put the ELF's own headers in front of code that begins amid a page: over a boot loader.
        own_of = {"gcc": ["-Wl,--no-warn-rwx-segments", "-lgcc"], "zig": ["-Wl,-z,max-page-size=4", "-lcompiler_rt"]}
        return [
            *self.command,
            *self._core_flags(core),
            *_LINK_FLAGS,
            f"-Wl,-T,{script}",
            "-g",
            *objects,
            *own_of[self.kind],
            "-o",
            elf,
        ]

    def _core_flags(self, core: Core) -> tuple[str, ...]:
        return core.gcc_flags if self.kind == "gcc" else core.zig_flags


def find_toolchain(kind: str = "auto") -> Toolchain:
    """The toolchain of that kind ("auto": gcc where it is, else zig); ToolchainError says how to install it."""
    if kind not in KINDS:
        raise UsageError(f"no toolchain is called `{kind}`", f"use one of {', '.join(KINDS)}")
    wanted = ("gcc", "zig") if kind == "auto" else (kind,)
    for name in wanted:
        found = _find(name)
        if found is not None:
            return found
    what = "no C compiler for Cortex-M is installed" if kind == "auto" else f"the {kind} toolchain is not installed"
    raise ToolchainError(what, " or ".join(f"`{INSTALL[name]}`" for name in wanted))


def _find(kind: str) -> Toolchain | None:
    if kind == "gcc":
        path = shutil.which("arm-none-eabi-gcc")
        return _toolchain(kind, (path,), (path, "-dumpfullversion")) if path else None
    if importlib.util.find_spec("ziglang") is None:
        return None
    zig = (sys.executable, "-m", "ziglang")
    return _toolchain(kind, (*zig, "cc"), (*zig, "version"))


@functools.cache
def _toolchain(kind: str, command: tuple[str, ...], question: tuple[str, ...]) -> Toolchain | None:
    """The toolchain, if it answers with its version."""
    answer = run(question, Path.cwd())
    version = re.search(r"\d+\.\d+(\.\d+)?", answer.stdout)
    return Toolchain(kind, version[0], command) if answer.returncode == 0 and version else None


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a tool in `folder` with messages in English; ToolchainError where it cannot start or does not end."""
    environment = {**os.environ, "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
    # Variables by which a user's shell would change what is compiled.
    for name in ("CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH", "LIBRARY_PATH", "CFLAGS", "LDFLAGS"):
        environment.pop(name, None)
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise ToolchainError(
            f"{command[0]} did not end within {_TIMEOUT_S} s", "try again on an idle machine"
        ) from None
    except OSError as error:
        raise ToolchainError(f"{command[0]} cannot be run: {error.strerror}", "run `edgeopt doctor`") from None
