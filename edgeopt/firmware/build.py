"""A project folder -> the ELF that is flashed: compile, link, measure, check against the board."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edgeopt.board import Board
from edgeopt.errors import DoesNotFit, ToolchainError, UsageError
from edgeopt.firmware.cores import Core, check_has_firmware, core
from edgeopt.firmware.networks import NetworkBytes, networks_of
from edgeopt.firmware.sizes import Sizes, read_sizes
from edgeopt.firmware.stack import stack_bound
from edgeopt.firmware.toolchain import Toolchain, find_toolchain, run

OPTIMIZATIONS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-Og")
ELF_NAME = "firmware.elf"
_BUILD = "build"
_MODEL = "model"
_SCRIPT = "linker.ld"
_PARALLEL = 2
_OVERFLOW = re.compile(r"(FLASH|RAM)'?:? overflowed by (\d+) bytes")


@dataclass(frozen=True)
class Firmware:
    """What `build` made. `sizes` are those of the linked ELF; `log` has every command and all the compiler said.

    `stack_bound_bytes`: the stack never takes more; None where that cannot be told.
    """

    elf: Path
    sizes: Sizes
    stack_bound_bytes: int | None
    toolchain: str
    optimization: str
    log: Path
    warnings: tuple[str, ...]
    networks: tuple[NetworkBytes, ...] = ()  # of a firmware with several


@dataclass(frozen=True)
class _Source:
    path: str  # from the project folder
    group: str  # weights, kernels, model or runtime: the linker script's groups

    @property
    def object_name(self) -> str:
        return f"{self.group}-{Path(self.path).name}.o"


def build(project_dir: Path, board: Board, toolchain: str = "auto", optimization: str = "-O2") -> Firmware:
    """Builds `project_dir`/build/firmware.elf for `board`.

    `toolchain` is "auto", "gcc" or "zig". BoardError: edgeopt has no firmware for the board; ToolchainError: no
    compiler, or it failed (with the path of the log); DoesNotFit: flash or RAM of the board is too small, or the stack
    that is reserved, with the bytes that are missing.
    """
    if optimization not in OPTIMIZATIONS:
        raise UsageError(f"`{optimization}` is not an optimization level", f"use one of {', '.join(OPTIMIZATIONS)}")
    check_has_firmware(board)
    tool = find_toolchain(toolchain)
    target = core(board.core)
    sources = _sources(project_dir)
    folder = project_dir / _BUILD
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    log = _Log(folder / "build.log")
    _compile(tool, target, optimization, sources, project_dir, log)
    objects = [source.object_name for source in sources]
    _link(tool, target, board, objects, folder, log)
    elf = folder / ELF_NAME
    sizes = read_sizes(elf, board)
    stack_bytes = _check_stack(elf, [folder / name for name in objects], sizes)
    made = {Path(source.path).stem: folder / source.object_name for source in sources if source.group != "runtime"}
    networks = networks_of(project_dir / _MODEL, made, elf)
    several = networks if len(networks) > 1 else ()
    return Firmware(elf, sizes, stack_bytes, str(tool), optimization, log.path, tuple(log.warnings), several)


def _check_stack(elf: Path, objects: Sequence[Path], sizes: Sizes) -> int | None:
    """The most bytes that the stack can take; DoesNotFit where that is more than is reserved."""
    bound, reserved = stack_bound(elf, objects), sizes.ram_bytes.stack
    if bound is None:
        return None
    if bound.size_bytes > reserved:
        raise DoesNotFit(
            f"the stack can take {bound.size_bytes:,} B, {reserved:,} B are reserved; deepest in `{bound.path[-1]}`",
            f"reserve {bound.size_bytes - reserved:,} B more for .stack in {_SCRIPT}",
        )
    return bound.size_bytes


def _sources(project_dir: Path) -> tuple[_Source, ...]:
    """The C and assembly files of the project folder and of its model/, each with its group, in a stable order."""
    if not (project_dir / _SCRIPT).is_file():
        raise UsageError(
            f"`{project_dir}` is not a firmware project: it has no {_SCRIPT}", "make one with `edgeopt generate`"
        )
    sources = [_Source(path.name, "model" if path.stem == "eo_model" else "runtime") for path in _c_files(project_dir)]
    model_files = list(_c_files(project_dir / _MODEL))
    stems = {path.stem for path in model_files}
    sources += [_Source(f"{_MODEL}/{path.name}", _group(path.stem, stems)) for path in model_files]
    return tuple(sources)


def _group(stem: str, stems: Set[str]) -> str:
    """The group of a file of model/: <name>.c and <name>_weights.c are the network's, eo_*.c are kernels."""
    if stem.endswith("_weights") and stem.removesuffix("_weights") in stems:
        return "weights"
    return "kernels" if stem.startswith("eo_") else "model"


def _c_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*")) if path.suffix in (".c", ".S"))


def _compile(
    tool: Toolchain, target: Core, optimization: str, sources: Sequence[_Source], project_dir: Path, log: "_Log"
) -> None:
    # Run in the project folder and with relative paths only, so that the ELF does not depend on where the folder lies.
    includes = ["-I.", f"-I{_MODEL}", f"-ffile-prefix-map={project_dir.resolve()}=."]
    begin = tool.compile_command(target, optimization, includes)

    def compile_one(source: _Source) -> subprocess.CompletedProcess[str]:
        return run([*begin, "-c", source.path, "-o", f"{_BUILD}/{source.object_name}"], project_dir)

    with ThreadPoolExecutor(_PARALLEL) as pool:
        results = list(pool.map(compile_one, sources))
    for result in results:
        log.add(result)
    for source, result in zip(sources, results, strict=True):
        if result.returncode != 0:
            raise ToolchainError(f"`{source.path}` does not compile: {_first_error(result.stderr)}", f"see {log.path}")


def _link(tool: Toolchain, target: Core, board: Board, objects: Sequence[str], folder: Path, log: "_Log") -> None:
    result = run(tool.link_command(target, f"../{_SCRIPT}", ELF_NAME, objects), folder)
    log.add(result)
    if result.returncode == 0:
        return
    # Linkers report each region's overflow once or growing with every section: the largest counts.
    missing: dict[str, int] = {}
    for region, count in _OVERFLOW.findall(result.stderr):
        missing[region] = max(missing.get(region, 0), int(count))
    if not missing:
        raise ToolchainError(f"the firmware does not link: {_first_error(result.stderr)}", f"see {log.path}")
    has = {"FLASH": board.flash.usable_bytes, "RAM": board.ram.size_bytes}
    needs = " and ".join(
        f"{has[region] + count:,} B of {'flash' if region == 'FLASH' else region}, {count:,} B more than it has"
        for region, count in sorted(missing.items())
    )
    raise DoesNotFit(
        f"the firmware does not fit {board.name}: it needs {needs}", "shrink the network or pick a larger board"
    )


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "undefined" in line]
    return (errors or lines or ["the compiler said nothing"])[0]


class _Log:
    """build.log: each command and its output; collects the lines that are warnings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        path.write_text("")

    def add(self, result: subprocess.CompletedProcess[str]) -> None:
        with self.path.open("a") as file:
            file.write(f"$ {' '.join(result.args)}\n{result.stdout}{result.stderr}")
        self.warnings += [line for line in result.stderr.splitlines() if "warning:" in line]
