"""Many samples: several devices at once give the same outputs as one, in the same order, and the counts stay exact."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.device.oracle import expected_outputs
from edgeopt.device.random_input import RandomSample

BOARD = load_board("nucleo-l4r5zi")


def one_convolution(path: Path) -> Path:
    rng = np.random.default_rng(3)
    m = ModelBuilder()
    x = m.tensor([1, 8, 8, 3], scale=0.1, zero_point=4, name="x")
    w = m.tensor([5, 3, 3, 3], scale=0.02, data=rng.integers(-127, 128, (5, 3, 3, 3)), name="w")
    b = m.tensor([5], "int32", scale=0.002, data=rng.integers(-900, 900, 5), name="b")
    y = m.tensor([1, 8, 8, 5], scale=0.2, zero_point=-7, name="y")
    m.op("CONV_2D", [x, w, b], [y], {"padding": "SAME"})
    path.write_bytes(m.finish([x], [y]))
    return path


@pytest.mark.parametrize("target", ["virtual", "qemu"])
def test_bulk_runs_equal_the_oracle_and_count_the_first(tmp_path: Path, target: str, any_toolchain: None) -> None:
    if target == "qemu" and shutil.which("qemu-system-arm") is None:
        pytest.skip("apt-get install qemu-system-arm")
    board = load_board("mps2-an386")
    model = one_convolution(tmp_path / "net.tflite")
    project = pipeline.generate(model, board, tmp_path / "project").project
    assert project is not None
    elf = pipeline.build(project.folder).elf
    samples = [RandomSample(seed, project.inputs) for seed in range(70)]
    many = device.run(elf, board, target, samples, build_id=project.build_id, repeats=device.Repeats())
    one = device.run(elf, board, target, samples[:1], build_id=project.build_id, repeats=device.Repeats())
    opened = pipeline.open_model(model)
    expected, oracle = expected_outputs(opened.data, opened.original, samples)
    assert device.validate(many.outputs, expected, oracle).identical == len(samples)
    assert many.costs == one.costs


def test_restarts_of_all_devices_are_counted(tmp_path: Path, small_model: bytes, any_toolchain: None) -> None:
    """Firmware that faults in each third inference ends in the right bytes, but not without a word."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    (tmp_path / "small.tflite").write_bytes(small_model)
    project = pipeline.generate(tmp_path / "small.tflite", BOARD, tmp_path / "project").project
    assert project is not None
    kernel = project.folder / "model" / "eo_mean_s8.c"
    begin = "void eo_mean_s8(const struct eo_mean_s8_params *p, const int8_t *in, int8_t *out) {"
    fault = "static int runs; if (++runs == 3) { *(volatile int *)0xF0000000u = 1; }"
    assert begin in kernel.read_text()
    kernel.write_text(kernel.read_text().replace(begin, f"{begin} {fault}"))
    elf = pipeline.build(project.folder).elf
    samples = [RandomSample(seed, project.inputs) for seed in range(12)]
    found = device.run(elf, BOARD, "virtual", samples, build_id=project.build_id, repeats=None)
    assert len(found.outputs) == 12 and not found.partial
    assert found.restarts >= 3
