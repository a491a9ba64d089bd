"""Real firmware on the virtual board and on QEMU: sessions, counts, and firmware that hangs, babbles or ends."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeopt.board import Board, load_board
from edgeopt.device import Measurement, Patience, Repeats, run
from edgeopt.errors import DeviceError, EdgeoptError, LinkTimeout, ProtocolError, ToolchainError
from edgeopt.firmware import build, find_toolchain, write_platform

MODEL = Path(__file__).parents[1] / "firmware"
BUILD_ID = "0123456789abcdef" * 4
PATIENCE = Patience(reply_s=20, run_s=20)
SAMPLES = [[np.array(values, np.uint8)] for values in ([1, 2, 3, 4], [0, 127, 255, 128], [9, 9, 9, 9])]
OUTPUTS = tuple((bytes((2 * int(x) + i) % 256 for i, x in enumerate(sample[0])),) for sample in SAMPLES)


@pytest.fixture
def firmware(tmp_path: Path) -> Callable[[str, str], tuple[Path, Board]]:
    """Builds the small model of tests/firmware for a board, with `main` instead of the platform's main.c if given."""
    try:
        find_toolchain("auto")
    except ToolchainError as error:
        pytest.skip(f"install a compiler: {error.hint}")

    def make(board_name: str, main: str = "") -> tuple[Path, Board]:
        board = load_board(board_name)
        folder = tmp_path / board_name
        (folder / "model").mkdir(parents=True)
        write_platform(folder, board)
        shutil.copy(MODEL / "fake_model.c", folder / "eo_model.c")
        for name in ("eo_fake_double.c", "fake_weights.c", "fake_weights.h"):
            shutil.copy(MODEL / name, folder / "model")
        if main:
            (folder / "main.c").write_text(f'#include "eo_port.h"\nint main(void) {{ eo_port_init(); {main} }}\n')
        return build(folder, board).elf, board

    return make


def check_session(result: Measurement, target: str, board: Board) -> None:
    assert result.outputs == OUTPUTS
    assert (result.board, result.target, result.label, result.deterministic) == (board.name, target, "simulated", True)
    assert (result.identity.build_id, result.identity.layers) == (BUILD_ID, 2)
    assert 0 < result.memory.stack_used_bytes < result.memory.stack_reserved_bytes == 4096


@pytest.mark.parametrize("board_name", ["nucleo-l4r5zi", "nucleo-g071rb", "mps2-an385"])
def test_on_the_virtual_board(firmware: Callable[..., tuple[Path, Board]], board_name: str) -> None:
    elf, board = firmware(board_name)
    result = run(elf, board, "virtual", SAMPLES, build_id=BUILD_ID, repeats=Repeats(), patience=PATIENCE)
    check_session(result, "virtual", board)
    costs = result.costs
    assert costs.instructions is not None and 50 < costs.instructions < 2000
    assert len(costs.cycles) == 1 and costs.cycles[0] >= costs.instructions
    assert costs.latency_ms is not None and (costs.latency_ms.n, costs.latency_ms.variation) == (1, None)
    assert len(costs.layer_instructions) == len(costs.layer_cycles) == 2
    assert 0.5 * costs.instructions < sum(costs.layer_instructions) <= costs.instructions + 40
    assert sum(counts.instructions for counts in costs.functions.values()) == costs.instructions
    assert "eo_fake_double" in costs.functions
    again = run(elf, board, "virtual", SAMPLES, build_id=BUILD_ID, repeats=Repeats(), patience=PATIENCE)
    assert again == result


@pytest.mark.parametrize("board_name", ["mps2-an386", "mps3-an547"])
def test_on_qemu(firmware: Callable[..., tuple[Path, Board]], board_name: str) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("install it: sudo apt-get install qemu-system-arm")
    elf, board = firmware(board_name)
    result = run(elf, board, "qemu", SAMPLES, build_id=BUILD_ID, repeats=Repeats(), patience=PATIENCE)
    check_session(result, "qemu", board)
    assert result.costs.cold_cycles is None and result.costs.cycles == () and result.costs.layer_cycles == ()
    assert result.costs.instructions is None


BAD_PROGRAMS: dict[str, tuple[str, type[EdgeoptError], str]] = {
    "hangs": ("for (volatile int i = 0;;) { i = 1; }", LinkTimeout, "at pc 0x"),
    "stands still": ("for (;;) { }", DeviceError, "stopped"),
    "says nothing": ("for (;;) { (void)eo_port_getchar(); }", LinkTimeout, "no answer to `id`"),
    "echoes": ("for (;;) { eo_port_putchar((char)eo_port_getchar()); }", ProtocolError, "sends back what it is sent"),
    "babbles": ("for (;;) { eo_port_putchar(7); eo_port_putchar(10); }", ProtocolError, "without being asked"),
    "faults": ("*(volatile int *)0x10101010 = 1; return 0;", DeviceError, ""),
    "ends": ("eo_port_exit(5);", DeviceError, "stopped"),
}


@pytest.mark.parametrize("what", BAD_PROGRAMS)
def test_bad_firmware_ends_the_session(firmware: Callable[..., tuple[Path, Board]], what: str) -> None:
    main, kind, words = BAD_PROGRAMS[what]
    elf, board = firmware("nucleo-l4r5zi", main)
    with pytest.raises(kind) as caught:
        run(elf, board, "virtual", SAMPLES, patience=Patience(reply_s=1, run_s=1))
    assert words in caught.value.message and caught.value.message.isprintable() and caught.value.hint
    assert caught.value.exit_code == 6


def test_another_build_is_refused(firmware: Callable[..., tuple[Path, Board]]) -> None:
    elf, board = firmware("nucleo-l4r5zi")
    with pytest.raises(DeviceError, match="runs build 0123456789ab of `fake`, not aaaaaaaaaaaa"):
        run(elf, board, "virtual", SAMPLES, build_id="a" * 64, patience=PATIENCE)
