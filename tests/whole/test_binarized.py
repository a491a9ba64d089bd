"""Binarized networks from the file to the device: every byte on every core, and no float in the firmware."""

from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from support.arm_programs import need
from support.binarized import BINARIZED
from support.host import run_on_host
from support.lce import run_lce
from support.proof import assert_same, random_array, reference
from support.whole import prove_whole

from edgeopt import pipeline
from edgeopt.convert import dequantize_values
from edgeopt.device.oracle import REFERENCE
from edgeopt.ir import Target

pytest.importorskip("unicorn", reason="pip install unicorn")

QEMU = ["mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547"]
# The compiler's float arithmetic and conversions, libm, and what takes memory at run time.
FORBIDDEN = ("__aeabi_f", "__aeabi_d", "__aeabi_i2", "__aeabi_ui2", "__aeabi_l2", "__aeabi_ul2", "__addsf", "__mulsf")
FORBIDDEN += ("__adddf", "__muldf", "__float", "__fix", "exp", "log", "pow", "sqrt", "round", "floor", "malloc", "free")


@pytest.fixture(params=BINARIZED)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each network as a file."""
    path = tmp_path / f"{request.param}.tflite"
    path.write_bytes(BINARIZED[request.param]())
    return path


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f", "cortex-m55"])
def test_every_byte_on_the_host(model: Path, core: str, rng: np.random.Generator, tmp_path: Path) -> None:
    graph = pipeline.open_model(model).graph
    samples = [[random_array(rng, t.shape, t.dtype) for t in graph.input_tensors] for _ in range(3)]
    found = run_on_host([graph], [samples], tmp_path / "c", target=Target(core))
    for sample, outputs in zip(samples, found[0], strict=True):
        assert_same(outputs, reference(graph, sample), model.stem)
    for outputs in zip(*found[0], strict=True):
        assert len(np.unique(outputs)) > 3, "an output that says nothing proves nothing"


@pytest.mark.parametrize(("board", "toolchain"), [("nucleo-l4r5zi", "gcc"), ("raspberry-pi-pico", "zig")])
def test_every_byte_on_the_virtual_board(model: Path, board: str, toolchain: str, tmp_path: Path) -> None:
    whole = prove_whole(model, board, "virtual", toolchain, "-O2", tmp_path / "project", oracle=REFERENCE)
    assert whole.firmware.stack_bound_bytes is not None
    assert whole.analysis.binary_macs > 0
    if toolchain == "gcc":  # which the estimates were fitted with
        estimated, linked = whole.analysis.flash_bytes["kernels"], whole.firmware.sizes.flash_bytes.kernels
        assert estimated is not None
        assert abs(estimated - linked) < 0.1 * linked
    with whole.firmware.elf.open("rb") as file:
        names = [symbol.name for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()]
    assert "main" in names
    assert [name for name in names if name.startswith(FORBIDDEN)] == []


@pytest.mark.parametrize("board", QEMU)
def test_every_byte_on_qemu(model: Path, board: str, tmp_path: Path) -> None:
    need("qemu-system-arm", "qemu-system-arm")
    prove_whole(model, board, "qemu", "gcc", "-O2", tmp_path / "project", oracle=REFERENCE)


@pytest.mark.parametrize("name", BINARIZED)
def test_outputs_are_those_of_the_larq_compute_engine(name: str, rng: np.random.Generator, tmp_path: Path) -> None:
    """To a step of the output where thresholds feed all bits; the input lies on its own grid."""
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(BINARIZED[name]())
    graph = pipeline.open_model(path).graph
    (x,), (y,) = graph.input_tensors, graph.output_tensors
    samples = rng.integers(-128, 128, [100, *x.shape]).astype(np.int8)
    ours = np.stack([reference(graph, [sample])[0] for sample in samples])
    columns = dequantize_values(samples[:, 0], x.q)
    (wanted,) = run_lce(path.read_bytes(), [columns], reference=name == "geometry")
    real = dequantize_values(ours, y.q)
    errors = np.abs(real - wanted)
    flat = wanted.reshape(100, -1)
    chosen = np.take_along_axis(flat, real.reshape(100, -1).argmax(axis=1)[:, None], 1)[:, 0]
    same = chosen >= flat.max(axis=1) - y.q.scale  # classes within a step of each other are one
    if name == "residual":
        assert np.percentile(errors, 99) <= 0.02
        assert same.mean() >= 0.99
    else:
        assert errors.max() <= y.q.scale
        assert same.all()
