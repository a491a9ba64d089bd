"""Builds the programs of model_published.toml from checkouts of their own repositories, into a folder of evidence.

    python -m benchmarks.model_build --coremark DIR --embench DIR --output EVIDENCE

CoreMark is github.com/eembc/coremark; Embench is github.com/embench/embench-iot, tag embench-1.0. Either may be left
out. Start-up and port are those of model_port/. Nothing of the two goes into this project.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.model_evidence import PUBLISHED, Measurement, Series, read_series
from edgeopt.errors import EdgeoptError, ToolchainError, UsageError

COMPILER = "arm-none-eabi-gcc"
_PORT = Path(__file__).parent / "model_port"
_COREMARK = ("core_list_join.c", "core_main.c", "core_matrix.c", "core_state.c", "core_util.c")


def build(measurement: Measurement, sources: Path, output: Path) -> Path:
    """The ELF of one measurement from a checkout of its suite; UsageError where the checkout lacks a file."""
    series = measurement.series
    flags = series.flags.format(variant=measurement.variant).split()
    defines, files = _sources(measurement, sources)
    for file in files:
        if not file.is_file():
            raise UsageError(f"{sources}: has no {file.relative_to(sources)}", f"check out {series.suite}")
    elf = output / measurement.elf_name
    with TemporaryDirectory() as temporary:
        objects = [Path(temporary) / "start.o", *(Path(temporary) / f"{i}.o" for i in range(len(files)))]
        _compile([*flags, "-mthumb", "-Os", "-c", str(_PORT / "start.c"), "-o", str(objects[0])])
        for file, target in zip(files, objects[1:], strict=True):
            include = ["-I", str(_PORT), "-I", str(sources), "-I", str(sources / "support")]
            _compile([*flags, "-mthumb", "-w", *defines, *include, "-c", str(file), "-o", str(target)])
        places = [f"-Wl,--defsym=CODE={series.code:#x}", f"-Wl,--defsym=DATA={series.data:#x}"]
        link = ["-nostartfiles", "-specs=nosys.specs", "-Wl,--gc-sections", "-T", str(_PORT / "program.ld"), *places]
        quiet = ["-Wl,--no-warnings"] if _knows_no_warnings() else []
        _compile([*flags, "-mthumb", *map(str, objects), *link, *quiet, "-lm", "-o", str(elf)])
    return elf


def _sources(measurement: Measurement, sources: Path) -> tuple[list[str], list[Path]]:
    """(defines, C files) of a suite."""
    series = measurement.series
    if series.suite == "coremark":
        defines = [f"-DITERATIONS={series.runs}", "-DPERFORMANCE_RUN=1", "-Dmain=coremark_main"]
        return defines, [*(sources / name for name in _COREMARK), _PORT / "core_portme.c"]
    if series.suite == "embench":
        folder = sources / "src" / measurement.variant
        own = sorted(folder.glob("*.c")) or [folder / "*.c"]
        return ["-DCPU_MHZ=1", "-DWARMUP_HEAT=1"], [
            *own,
            sources / "support" / "main.c",
            sources / "support" / "beebsc.c",
        ]
    raise UsageError(f"nobody knows how to build the suite `{series.suite}`", "build its ELFs yourself")


def _knows_no_warnings() -> bool:
    """Whether the linker is new enough to warn of what these programs are not concerned with."""
    answer = subprocess.run([COMPILER, "-Wl,--help"], capture_output=True, text=True)
    return "--no-warnings" in answer.stdout


def _compile(arguments: Sequence[str]) -> None:
    try:
        done = subprocess.run([COMPILER, *arguments], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise ToolchainError(f"`{COMPILER}` is not installed", "install gcc-arm-none-eabi") from error
    if done.returncode:
        raise ToolchainError(f"{COMPILER} failed: {done.stderr.strip().splitlines()[0]}", " ".join(arguments))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_build", description=__doc__.splitlines()[0])
    parser.add_argument("--coremark", type=Path, help="checkout of github.com/eembc/coremark")
    parser.add_argument("--embench", type=Path, help="checkout of github.com/embench/embench-iot, tag embench-1.0")
    parser.add_argument("--output", type=Path, required=True, help="folder of the ELFs")
    options = parser.parse_args(arguments)
    suites = {"coremark": options.coremark, "embench": options.embench}
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        for series in read_series(PUBLISHED):
            if suites[series.suite] is not None:
                _build_series(series, suites[series.suite], options.output)
    except EdgeoptError as error:
        print(f"error: {error.message}\nhint:  {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


def _build_series(series: Series, sources: Path, output: Path) -> None:
    for measurement in series.measurements:
        print(build(measurement, sources, output))


if __name__ == "__main__":
    sys.exit(main())
