"""A network of integers with a classifier in float32: the same bytes everywhere, nothing of libm in the firmware."""

from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from support.host import SANITIZE, run_on_host
from support.networks import mixed
from support.oracle import run_tflm
from support.proof import assert_same, random_array, reference
from support.whole import prove_whole

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device.oracle import REFERENCE
from edgeopt.ir import Target

LIBM = ("exp", "tanh", "sqrt", "pow", "log", "floor", "ceil", "round", "ldexp", "frexp", "fma", "fabs", "lrint")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.tflite"
    path.write_bytes(mixed())
    return path


@pytest.mark.parametrize("goal", ["latency", "ram"])
def test_every_byte_on_the_host(model: Path, goal: str, rng: np.random.Generator, tmp_path: Path) -> None:
    opened = pipeline.open_model(model)
    samples = [[random_array(rng, t.shape, t.dtype) for t in opened.graph.input_tensors] for _ in range(20)]
    flags = ["-std=c99", "-O1", *SANITIZE]
    (found,) = run_on_host([opened.graph], [samples], tmp_path / "c", target=Target(goal=goal), flags=flags)
    for sample, outputs in zip(samples, found, strict=True):
        assert_same(outputs, reference(opened.original, sample), "C and numpy")
        step = np.abs(outputs[0].astype(int) - run_tflm(opened.data, sample)[0])
        assert step.max() <= 1, "the last place of a float moves an output by one step at most"
    assert len(np.unique(found)) > 20, "an output that says nothing proves nothing"


@pytest.mark.parametrize(
    ("board", "toolchain"), [("nucleo-l4r5zi", "gcc"), ("nucleo-l4r5zi", "zig"), ("raspberry-pi-pico", "gcc")]
)
def test_every_byte_on_the_virtual_board(model: Path, board: str, toolchain: str, tmp_path: Path) -> None:
    whole = prove_whole(model, board, "virtual", toolchain, "-O2", tmp_path / "project", samples=6, oracle=REFERENCE)
    assert whole.firmware.stack_bound_bytes is not None
    with whole.firmware.elf.open("rb") as file:
        names = {symbol.name for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}
    assert not {name for name in names if name.removesuffix("f") in LIBM}
    if board == "raspberry-pi-pico":
        assert "__aeabi_fmul" in names, "or this network has no float"


def test_the_report_names_float_layers(model: Path) -> None:
    analysis = pipeline.analyze(model, load_board("nucleo-l4r5zi"))
    kernels = {layer.op: layer.kernels for layer in analysis.layers}
    assert kernels["fully_connected_f32"] == ("eo_dense_f32",)
    assert kernels["softmax_f32"] == ("eo_softmax_f32",)
    assert kernels["conv2d"][0].startswith("eo_conv2d_") and kernels["conv2d"][0].endswith("_s8")
