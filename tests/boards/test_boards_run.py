"""What edgeopt does on each board: generated firmware runs, byte for byte, or one line says why it cannot."""

from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from support.arm_programs import need
from support.cli import edgeopt
from support.whole import prove_whole

from edgeopt import pipeline
from edgeopt.board import board_names, load_board
from edgeopt.errors import BoardError
from edgeopt.firmware import CORES, build
from edgeopt.simulate.cycle_models import CYCLE_MODELS

VIRTUAL = [name for name in board_names() if CORES[load_board(name).core].unicorn_model]
WITHOUT_FIRMWARE = [name for name in board_names() if load_board(name).platform == "none"]


@pytest.fixture
def model(tmp_path: Path, small_model: bytes) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(small_model)
    return path


@pytest.mark.parametrize("name", VIRTUAL)
def test_the_virtual_board_runs_it(name: str, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    whole = prove_whole(model, name, "virtual", "gcc", "-O2", tmp_path / "project")
    board = load_board(name)
    with whole.firmware.elf.open("rb") as file:
        loaded = [segment for segment in ELFFile(file).iter_segments("PT_LOAD") if segment["p_filesz"]]
        assert min(segment["p_paddr"] for segment in loaded) in (board.flash.origin, board.code_origin)
    assert bool(whole.measured.costs.cycles) == (board.core in CYCLE_MODELS)


def test_there_are_boards_of_every_kind() -> None:
    assert len(VIRTUAL) >= 20
    assert len(WITHOUT_FIRMWARE) == 3


@pytest.mark.parametrize("name", WITHOUT_FIRMWARE)
def test_without_firmware_there_is_analysis(name: str, model: Path) -> None:
    analysis = pipeline.analyze(model, load_board(name))
    assert analysis.macs > 0
    assert analysis.ram_bytes["arena"]
    assert analysis.latency_ms.value is None
    assert load_board(name).core in analysis.latency_ms.source


@pytest.mark.parametrize("name", WITHOUT_FIRMWARE)
def test_without_firmware_there_is_a_c_array(name: str, model: Path, tmp_path: Path) -> None:
    written = pipeline.generate(model, load_board(name), tmp_path / "array", platform="carray")
    text = "".join(path.read_text() for path in written.folder.rglob("*.c"))
    assert "const" in text
    assert len(text) > len(model.read_bytes())


@pytest.mark.parametrize("name", WITHOUT_FIRMWARE)
@pytest.mark.parametrize("options", [(), ("--console", "semihosting")])
def test_without_firmware_generate_says_so_in_a_line(
    name: str, options: tuple[str, ...], model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "project"
    outcome = edgeopt(capsys, "generate", model, "--board", name, "-o", out, *options)
    assert outcome.exit_code == BoardError.exit_code
    error, hint = outcome.stderr.splitlines()
    assert error.startswith(f"error: edgeopt has no firmware for {name} yet")
    assert "--platform carray" in hint
    assert not out.exists()


def test_without_firmware_nothing_is_built(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    pipeline.generate(model, load_board("nucleo-l4r5zi"), folder)
    with pytest.raises(BoardError, match="no firmware for esp32-devkit"):
        build(folder, load_board("esp32-devkit"))


@pytest.mark.parametrize("target", ["virtual", "qemu"])
def test_without_a_simulator_validate_says_so_in_a_line(
    target: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "x.npz"
    np.savez(data, x=np.zeros((1, 8, 8, 1), np.float32))
    outcome = edgeopt(capsys, "validate", model, "--board", "esp32-c3-devkitm-1", "--on", target, "--data", data)
    assert outcome.exit_code == BoardError.exit_code
    assert len(outcome.stderr.splitlines()) == 2
