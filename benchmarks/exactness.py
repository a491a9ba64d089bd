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
    table = Table(
        f"Samples whose outputs equal tflite-micro's in every byte, of {samples} random inputs (seed {SEED})",
        ["target", *(f"{model.stem}, {' '.join(build)}" for model in models(folder) for build in BUILDS)],
    )
    jobs = [
        Job(model, target, board, *build, samples)
        for target, board, _ in TARGETS
        for model in models(folder)
        for build in BUILDS
    ]
    with ProcessPoolExecutor(_PARALLEL) as pool:
        results = []
        for job, identical in zip(jobs, pool.map(identical_samples, jobs), strict=True):
            results.append(identical)
            print(
                f"{job.target} {job.board} {job.model.stem} {job.toolchain} {job.optimization}: {identical}",
                file=sys.stderr,
            )
    columns = len(table.columns) - 1
    for row, (target, _, core) in enumerate(TARGETS):
        found = results[row * columns : (row + 1) * columns]
        table.add(f"{target} {core}", *(table.judged(str(identical), identical == samples) for identical in found))
    return [table]


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
