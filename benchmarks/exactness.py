"""Bit-exactness: every model, core, compiler and optimization level, random inputs, against tflite-micro."""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers import models
from benchmarks.table import Table
from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.device.oracle import expected_outputs
from edgeopt.device.random_input import RandomSample
from edgeopt.ir import Array
from tests.support.host import SANITIZE, run_on_host

TARGETS = (
    ("virtual", "nucleo-l4r5zi", "M4"),
    ("virtual", "raspberry-pi-pico", "M0+"),
    ("virtual", "mps2-an385", "M3"),
    ("qemu", "mps2-an385", "M3"),
    ("qemu", "mps2-an386", "M4"),
    ("qemu", "mps2-an500", "M7"),
    ("qemu", "mps2-an505", "M33"),
    ("qemu", "mps3-an547", "M55"),
)
BUILDS = (("gcc", "-O2"), ("gcc", "-O3"), ("gcc", "-Os"), ("zig", "-O2"))
SEED = 20261122
_PARALLEL = 2


@dataclass(frozen=True)
class Job:
    model: Path
    target: str
    board: str
    toolchain: str
    optimization: str
    samples: int


def tables(folder: Path, samples: int) -> list[Table]:
    builds = ", ".join(" ".join(build) for build in BUILDS)
    table = Table(
        f"Of {samples} random inputs (seed {SEED}), those whose outputs equal tflite-micro's in every byte: {builds}",
        ["runs on", *(model.stem for model in models(folder))],
    )
    jobs = [
        Job(model, target, board, *build, samples)
        for target, board, _ in TARGETS
        for model in models(folder)
        for build in BUILDS
    ]
    results = {}
    with ProcessPoolExecutor(_PARALLEL) as pool:
        for job, identical in zip(jobs, pool.map(identical_samples, jobs), strict=True):
            results[job] = identical
            build = f"{job.toolchain} {job.optimization}"
            print(f"{job.target} {job.board} {job.model.stem} {build}: {identical}", file=sys.stderr)
    for target, board, core in TARGETS:
        cells = []
        for model in models(folder):
            found = [results[Job(model, target, board, *build, samples)] for build in BUILDS]
            cells.append(table.judged(", ".join(map(str, found)), all(count == samples for count in found)))
        table.add(f"{target} {core}", *cells)
    for path, flag in (("portable", "0"), ("DSP", "1")):
        found = [identical_on_host(model, samples, flag) for model in models(folder)]
        table.add(
            f"host, ASan + UBSan, {path} code, gcc -O1",
            *(table.judged(str(count), count == samples) for count in found),
        )
    return [table]


def identical_on_host(model: Path, count: int, has_dsp: str) -> int:
    """The same for the model's C on this computer under sanitizers; `has_dsp` chooses the path of eo_arch.h."""
    samples, expected, _ = _expected(model, count)
    flags = ("-std=c99", "-O1", *SANITIZE, f"-DEO_HAS_DSP={has_dsp}")
    with TemporaryDirectory() as folder:
        (found,) = run_on_host([pipeline.open_model(model).graph], [samples], Path(folder), flags=flags)
    outputs = [[array.tobytes() for array in outputs] for outputs in found]
    return device.validate(outputs, expected, "").identical


def identical_samples(job: Job) -> int:
    """How many of the samples have every output byte right."""
    samples, expected, oracle = _expected(job.model, job.samples)
    board = load_board(job.board)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        project = pipeline.generate(job.model, board, folder).project
        assert project is not None
        elf = pipeline.build(folder, job.toolchain, job.optimization).elf
        measured = device.run(elf, board, job.target, samples, build_id=project.build_id)
    return device.validate(measured.outputs, expected, oracle).identical


@cache
def _expected(model: Path, count: int) -> tuple[list[RandomSample], list[tuple[Array, ...]], str]:
    """Samples by seed, so that the device makes them itself and nothing slow is uploaded."""
    opened = pipeline.open_model(model)
    samples = [RandomSample(SEED + index, opened.original.input_tensors) for index in range(count)]
    return samples, *expected_outputs(opened.data, opened.original, samples)
