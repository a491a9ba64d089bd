"""The whole way of a model: generated, built and run on a target, its outputs held against the oracle's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.device.oracle import TFLITE_MICRO, expected_outputs
from edgeopt.device.random_input import RandomSample
from edgeopt.errors import ToolchainError
from edgeopt.firmware import Firmware, find_toolchain
from edgeopt.ir import Array
from edgeopt.report.results import Analysis

SEED = 20_261_122
ONE_INFERENCE = """#include "eo_model.h"
#include "eo_port.h"

int main(void) {
    eo_port_init();
    return eo_model->invoke(0, 0);
}
"""


@dataclass(frozen=True)
class Whole:
    """What came of one model on one target."""

    analysis: Analysis
    firmware: Firmware
    measured: device.Measurement
    validation: device.Validation


def prove_whole(
    model: Path,
    board: str,
    target: str,
    toolchain: str,
    optimization: str,
    folder: Path,
    samples: int = 2,
    oracle: str = TFLITE_MICRO,
) -> Whole:
    """Generates, builds, runs; asserts that every output byte equals the oracle's."""
    need_toolchain(toolchain)
    inputs, expected = _expected(model, samples, oracle)
    generated = pipeline.generate(model, load_board(board), folder)
    assert generated.project is not None
    built = pipeline.build(folder, toolchain, optimization)
    build_id, repeats = generated.project.build_id, device.Repeats(layers=False)
    measured = device.run(built.elf, load_board(board), target, inputs, build_id=build_id, repeats=repeats)
    validation = device.validate(measured.outputs, expected, oracle)
    assert validation.identical == samples, f"seed {SEED}: {validation}"
    assert built.warnings == ()
    if built.stack_bound_bytes is not None:
        assert measured.memory.stack_used_bytes <= built.stack_bound_bytes
    return Whole(generated.analysis, built, measured, validation)


def one_inference(model: Path, board: str, folder: Path) -> Path:
    """An ELF that computes once, with its inputs zero, and exits by semihosting."""
    need_toolchain("gcc")
    pipeline.generate(model, load_board(board), folder, console="semihosting")
    (folder / "main.c").write_text(ONE_INFERENCE)
    return pipeline.build(folder, "gcc", "-O2").elf


def need_toolchain(kind: str) -> None:
    try:
        find_toolchain(kind)
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")


@cache
def _expected(model: Path, count: int, judge: str) -> tuple[Sequence[RandomSample], Sequence[Sequence[Array]]]:
    """Samples that host and device both make from a seed, and the oracle's outputs."""
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    opened = pipeline.open_model(model)
    samples = [RandomSample(SEED + index, opened.original.input_tensors) for index in range(count)]
    expected, oracle = expected_outputs(opened.data, opened.original, samples)
    assert oracle == judge
    return samples, expected
