"""Networks of our own through the whole chain: several inputs and outputs, a residual, every operator."""

from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from support.host import run_on_host
from support.networks import NETWORKS
from support.oracle import run_tflm
from support.proof import assert_same, random_array
from support.whole import one_inference, prove_whole

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.ir import Target
from edgeopt.plan import plan
from edgeopt.simulate import VirtualBoard

pytest.importorskip("unicorn", reason="pip install unicorn")

# The compiler's float arithmetic, and what takes memory at run time.
FORBIDDEN = ("__aeabi_f", "__aeabi_d", "__aeabi_i2", "__aeabi_ui2", "__addsf", "__mulsf", "__adddf", "__muldf")
FORBIDDEN += ("malloc", "calloc", "realloc", "free", "_sbrk", "sbrk")


@pytest.fixture(params=NETWORKS)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each network as a file."""
    path = tmp_path / f"{request.param}.tflite"
    path.write_bytes(NETWORKS[request.param]())
    return path


@pytest.mark.parametrize("goal", ["latency", "ram"])
@pytest.mark.parametrize("dsp", [0, 1])
def test_every_byte_on_the_host(model: Path, dsp: int, goal: str, rng: np.random.Generator, tmp_path: Path) -> None:
    opened = pipeline.open_model(model)
    samples = [[random_array(rng, t.shape, t.dtype) for t in opened.graph.input_tensors] for _ in range(3)]
    flags = ["-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    flags += [f"-DEO_HAS_DSP={dsp}"]
    found = run_on_host([opened.graph], [samples], tmp_path / "c", target=Target(goal=goal), flags=flags)
    for sample, outputs in zip(samples, found[0], strict=True):
        assert_same(outputs, run_tflm(opened.data, sample), model.stem)
    for outputs in zip(*found[0], strict=True):
        assert len(np.unique(outputs)) > 3, "an output that says nothing proves nothing"


@pytest.mark.parametrize(("board", "toolchain"), [("nucleo-l4r5zi", "gcc"), ("raspberry-pi-pico", "zig")])
def test_every_byte_on_the_virtual_board(model: Path, board: str, toolchain: str, tmp_path: Path) -> None:
    whole = prove_whole(model, board, "virtual", toolchain, "-O2", tmp_path / "project")
    assert whole.firmware.stack_bound_bytes is not None
    assert _forbidden(whole.firmware.elf) == []


def _forbidden(elf: Path) -> list[str]:
    """Functions of the ELF that an integer network does not need."""
    with elf.open("rb") as file:
        names = [symbol.name for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()]
    assert "main" in names
    return [name for name in names if name.startswith(FORBIDDEN)]


def test_no_access_is_unaligned_on_cortex_m0plus(model: Path, tmp_path: Path) -> None:
    elf = one_inference(model, "raspberry-pi-pico", tmp_path / "project")
    virtual = VirtualBoard(elf, load_board("raspberry-pi-pico"), check_alignment=True)
    while not virtual.has_ended:
        virtual.read(60.0)
    assert virtual.exit_code == 0


def test_the_sums_of_a_residual_are_written_in_place(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(NETWORKS["residual"]())
    node_by_node = Target(goal="ram", without=frozenset({"rows"}))
    made = plan(pipeline.open_model(tmp_path / "net.tflite").graph, node_by_node)
    sums = [step.node for step in made.steps if step.node.op.name == "add"]
    assert len(sums) == 2
    for node in sums:
        assert made.offsets[node.outputs[0]] in {made.offsets[str(name)] for name in node.inputs}
    assert made.arena_bytes == made.bound_bytes
