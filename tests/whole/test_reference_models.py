"""The MLPerf Tiny models, from the file to the device: every output byte, and what was estimated of them."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.arm_programs import need, qemu_count
from support.host import run_on_host
from support.proof import assert_same, random_array, reference
from support.whole import Whole, one_inference, prove_whole

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.costs import cost_table
from edgeopt.simulate import VirtualBoard

pytest.importorskip("unicorn", reason="pip install unicorn")

MODELS = ["kws_dscnn_int8", "ic_resnet8_int8", "vww_mobilenet_int8", "ad_autoencoder_int8"]
SMALL = ["kws_dscnn_int8", "ad_autoencoder_int8"]
VIRTUAL = ["nucleo-l4r5zi", "raspberry-pi-pico", "mps2-an385"]
QEMU = ["mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547"]
ESTIMATE_WITHIN = 0.05  # of the simulated cycles
# Missed: the Pico's flash brings 4 bytes in 40 cycles, half a line of its cache. Weights that stream cost 7 to 9
# cycles a byte: how much of a second half the core overtakes depends on where they lie, which no estimate knows.
MISSED = {("ad_autoencoder_int8", "raspberry-pi-pico"): 0.12}


@pytest.fixture(scope="module")
def virtual(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(model, board) -> what came of it by gcc -O2 on the virtual board; each is run once."""

    @cache
    def run(model: str, board: str) -> Whole:
        folder = tmp_path_factory.mktemp("whole") / "project"
        return prove_whole(shared_models / f"{model}.tflite", board, "virtual", "gcc", "-O2", folder)

    return run


@pytest.mark.parametrize("board", VIRTUAL)
@pytest.mark.parametrize("model", MODELS)
def test_every_byte_on_the_virtual_board(model: str, board: str, virtual: Any) -> None:
    whole = virtual(model, board)
    assert whole.firmware.stack_bound_bytes is not None, "every call of our firmware is understood"
    assert whole.measured.costs.instructions is not None


@pytest.mark.parametrize("board", QEMU)
@pytest.mark.parametrize("model", MODELS)
def test_every_byte_on_qemu(model: str, board: str, shared_models: Path, tmp_path: Path) -> None:
    need("qemu-system-arm", "qemu-system-arm")
    prove_whole(shared_models / f"{model}.tflite", board, "qemu", "gcc", "-O2", tmp_path / "project")


@pytest.mark.parametrize(
    ("board", "toolchain", "optimization"),
    [
        ("nucleo-l4r5zi", "zig", "-O2"),
        ("raspberry-pi-pico", "zig", "-O2"),
        ("nucleo-l4r5zi", "gcc", "-O3"),
        ("raspberry-pi-pico", "gcc", "-Os"),
    ],
)
@pytest.mark.parametrize("model", SMALL)
def test_every_byte_by_other_builds(
    model: str, board: str, toolchain: str, optimization: str, shared_models: Path, tmp_path: Path
) -> None:
    path = shared_models / f"{model}.tflite"
    prove_whole(path, board, "virtual", toolchain, optimization, tmp_path / "project", samples=1)


@pytest.mark.parametrize("dsp", [0, 1])
@pytest.mark.parametrize("model", MODELS)
def test_every_byte_on_the_host_under_sanitizers(
    model: str, dsp: int, shared_models: Path, tmp_path: Path, rng: Any
) -> None:
    opened = pipeline.open_model(shared_models / f"{model}.tflite")
    sample = [random_array(rng, tensor.shape, tensor.dtype) for tensor in opened.graph.input_tensors]
    flags = ["-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    outputs = run_on_host([opened.graph], [[sample]], tmp_path, flags=[*flags, f"-DEO_HAS_DSP={dsp}"])
    assert_same(outputs[0][0], reference(opened.original, sample), model)


@pytest.mark.parametrize("board", VIRTUAL)
@pytest.mark.parametrize("model", MODELS)
def test_the_estimate_is_near_what_is_simulated(model: str, board: str, virtual: Any) -> None:
    assert cost_table(load_board(board).core).kernels, "no costs were fitted for this core"
    whole = virtual(model, board)
    estimated, simulated = whole.analysis.cycles.value, whole.measured.costs.cycles[0]
    assert abs(estimated - simulated) <= MISSED.get((model, board), ESTIMATE_WITHIN) * simulated
    # what lies between the arena and the next section, which begins at a multiple of 8, counts as the arena's
    assert whole.firmware.sizes.ram_bytes.arena == -(-whole.analysis.ram_bytes["arena"] // 8) * 8


@pytest.mark.parametrize("board", ["mps2-an385", "mps2-an386"])
def test_instructions_are_those_that_qemu_executes(board: str, shared_models: Path, tmp_path: Path) -> None:
    elf = one_inference(shared_models / "kws_dscnn_int8.tflite", board, tmp_path / "project")
    counted = qemu_count(elf, board, tmp_path)
    on_virtual = VirtualBoard(elf, load_board(board))
    while not on_virtual.has_ended:
        on_virtual.read(60.0)
    total = on_virtual.profile().total
    assert (on_virtual.exit_code, counted.exit_code) == (0, 0)
    assert total.instructions == counted.instructions > 1_000_000
    assert total.taken_branches == counted.taken_branches


@pytest.mark.parametrize("model", SMALL)
def test_no_access_is_unaligned_on_cortex_m0plus(model: str, shared_models: Path, tmp_path: Path) -> None:
    """The M0+ faults where others are only slower."""
    elf = one_inference(shared_models / f"{model}.tflite", "raspberry-pi-pico", tmp_path / "project")
    on_virtual = VirtualBoard(elf, load_board("raspberry-pi-pico"), check_alignment=True)
    while not on_virtual.has_ended:
        on_virtual.read(600.0)
    assert on_virtual.exit_code == 0


def test_the_same_files_twice(shared_models: Path, tmp_path: Path) -> None:
    model = shared_models / "kws_dscnn_int8.tflite"
    folders = [tmp_path / "a", tmp_path / "elsewhere" / "b"]
    for folder in folders:
        pipeline.generate(model, load_board("nucleo-l4r5zi"), folder)
        pipeline.build(folder)
    names = sorted(path.relative_to(folders[0]) for path in folders[0].rglob("*") if path.suffix != ".log")
    assert len(names) > 30
    for name in names:
        one, two = (folder / name for folder in folders)
        assert one.is_dir() or one.read_bytes() == two.read_bytes(), name
    shutil.rmtree(folders[1])
