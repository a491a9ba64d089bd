"""Networks that remember through the whole chain: long sequences on the host, on virtual boards and on QEMU."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.sequences import INFERENCES, prove_streams, random_stream
from support.streaming import STREAMS
from support.whole import one_inference, prove_whole

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.firmware.host import build_for_host
from edgeopt.ir import Target, evaluate_in_order
from edgeopt.plan import plan
from edgeopt.simulate import VirtualBoard

pytest.importorskip("unicorn", reason="pip install unicorn")


@pytest.fixture(params=STREAMS)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each network as a file."""
    path = tmp_path / f"{request.param}.tflite"
    path.write_bytes(STREAMS[request.param]())
    return path


def test_every_byte_on_the_host(tmp_path: Path, rng: np.random.Generator) -> None:
    streams = [random_stream(network(), rng, 40) for network in STREAMS.values()]
    prove_streams(streams, tmp_path)
    for stream in streams:
        outputs = [
            np.concatenate([array.reshape(-1) for array in step])
            for step in evaluate_in_order(stream.graph(), stream.samples)
        ]
        assert len(np.unique(outputs)) > 10, "outputs that say nothing prove nothing"
        alone = [
            np.concatenate([a.reshape(-1) for a in evaluate_in_order(stream.graph(), [s])[0]]) for s in stream.samples
        ]
        assert not np.array_equal(outputs, alone), "a network whose past does not matter proves nothing"


@pytest.mark.parametrize(("board", "toolchain"), [("nucleo-l4r5zi", "gcc"), ("raspberry-pi-pico", "zig")])
def test_every_byte_on_the_virtual_board(model: Path, board: str, toolchain: str, tmp_path: Path) -> None:
    whole = prove_whole(model, board, "virtual", toolchain, "-O2", tmp_path / "project", samples=INFERENCES)
    assert whole.measured.identity.state_bytes > 0
    assert len(whole.measured.costs.cycles) == 1  # timed after the sequence, which it must not disturb


def test_no_access_is_unaligned_on_cortex_m0plus(model: Path, tmp_path: Path) -> None:
    elf = one_inference(model, "raspberry-pi-pico", tmp_path / "project")
    virtual = VirtualBoard(elf, load_board("raspberry-pi-pico"), check_alignment=True)
    while not virtual.has_ended:
        virtual.read(60.0)
    assert virtual.exit_code == 0


def test_every_byte_on_qemu(tmp_path: Path) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("QEMU is missing: apt install qemu-system-arm")
    path = tmp_path / "recurrent.tflite"
    path.write_bytes(STREAMS["recurrent"]())
    prove_whole(path, "mps2-an386", "qemu", "gcc", "-O2", tmp_path / "project", samples=INFERENCES)


def test_the_program_of_this_computer_begins_with_the_first_values(
    model: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    stream = random_stream(model.read_bytes(), rng)
    folder = tmp_path / "host"
    folder.mkdir()
    program = build_for_host(plan(pipeline.open_model(model).graph, Target()), folder)
    for output, wanted in zip(
        program.run(stream.samples), evaluate_in_order(stream.graph(), stream.samples), strict=True
    ):
        for a, b in zip(output, wanted, strict=True):
            np.testing.assert_array_equal(a, b)
