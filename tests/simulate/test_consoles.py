"""Programs that talk: by each UART, by semihosting, and not at all."""

from pathlib import Path

import pytest
from support.arm_programs import SOURCES, assemble, compile_arm

from edgeopt.board import load_board
from edgeopt.errors import LinkTimeout
from edgeopt.simulate import QemuBoard, VirtualBoard, run_foreign

# Register offsets as the manuals have them, not as the simulator does.
UARTS = {
    "nucleo-l4r5zi": {
        "STATE": 0x1C,
        "FULL": 0x20,
        "FULL_VALUE": 0x20,
        "IN": 0x24,
        "OUT": 0x28,
        "CONTROL": 0,
        "CONTROL_VALUE": 0xD,
    },
    "nucleo-g071rb": {
        "STATE": 0x1C,
        "FULL": 0x20,
        "FULL_VALUE": 0x20,
        "IN": 0x24,
        "OUT": 0x28,
        "CONTROL": 0,
        "CONTROL_VALUE": 0xD,
    },
    "nucleo-f446re": {
        "STATE": 0x00,
        "FULL": 0x20,
        "FULL_VALUE": 0x20,
        "IN": 0x04,
        "OUT": 0x04,
        "CONTROL": 0xC,
        "CONTROL_VALUE": 0x200C,
    },
    "mps2-an386": {"STATE": 4, "FULL": 2, "FULL_VALUE": 2, "IN": 0, "OUT": 0, "CONTROL": 8, "CONTROL_VALUE": 3},
    "raspberry-pi-pico": {"STATE": 0x18, "FULL": 0x10, "FULL_VALUE": 0, "IN": 0, "OUT": 0},
    "microbit": {"STATE": 0x108, "FULL": 1, "FULL_VALUE": 1, "IN": 0x518, "OUT": 0x51C, "CLEAR": 1},
}


def echo_program(name: str, folder: Path) -> Path:
    board = load_board(name)
    macros = UARTS[name] | {"BASE": board.console.base}
    return compile_arm(
        SOURCES / "echo.c", board, folder / "echo.elf", "-Os", *(f"-D{key}={value}u" for key, value in macros.items())
    )


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("name", UARTS)
def test_echo_by_uart(name: str, counted: bool, tmp_path: Path) -> None:
    board = VirtualBoard(echo_program(name, tmp_path), load_board(name), counted=counted)
    assert board.read(0.1) == b""
    assert board.is_waiting
    board.write(b"hello.")
    board.write(b"you")
    lines = [board.read(0.1) for _ in range(3)]
    assert lines == ([b"HELLO.\n", b"YOU", b""] if counted else [b"HELLO.\nYOU", b"", b""])
    assert not board.has_ended
    board.write(b"\x00\xff!after the end")
    assert board.read(0.1) == b"\x00\xff"
    assert board.read(0.1) == b""
    assert board.ending.startswith("sleeps for ever in")
    assert board.ending.endswith("Reset_Handler") or not counted
    assert board.exit_code is None


def test_the_same_talk_gives_the_same_counts(tmp_path: Path) -> None:
    elf = echo_program("mps2-an386", tmp_path)

    def talk() -> tuple[object, int]:
        board = VirtualBoard(elf, load_board("mps2-an386"))
        for word in (b"one.", b"two.", b"!"):
            board.write(word)
            while board.read(0.1):
                pass
        return board.profile(), board.ticks

    assert talk() == talk()


def test_echo_in_qemu(tmp_path: Path) -> None:
    with QemuBoard(echo_program("mps2-an386", tmp_path), load_board("mps2-an386")) as board:
        board.write(b"hello.")
        answer = b""
        while not answer.endswith(b"\n") and (data := board.read(10.0)):
            answer += data
        assert answer == b"HELLO.\n"
        assert board.exit_code is None


ECHO_BY_SEMIHOSTING = """
Reset_Handler:
    ldr r4, =0x20000000
1:  movs r0, #7         // SYS_READC
    bkpt 0xab
    adds r1, r0, #1
    beq 2f              // the end of the input
    str r0, [r4]
    movs r0, #3         // SYS_WRITEC
    mov r1, r4
    bkpt 0xab
    b 1b
2:  movs r0, #0x18      // SYS_EXIT
    ldr r1, =0x20026
    bkpt 0xab
    .pool
"""


def test_semihosting_waits_for_input(tmp_path: Path) -> None:
    board = VirtualBoard(assemble(ECHO_BY_SEMIHOSTING, load_board("mps2-an385"), tmp_path), load_board("mps2-an385"))
    assert board.read(0.1) == b""
    assert board.is_waiting
    before = board.profile().total.instructions
    assert board.read(0.1) == b""
    assert board.profile().total.instructions == before, "waiting costs nothing"
    board.write(b"abc\ndef")
    assert board.read(0.1) == b"abc\n"
    assert board.read(0.1) == b"def"


def test_end_of_semihosting_input(tmp_path: Path) -> None:
    elf = assemble(ECHO_BY_SEMIHOSTING, load_board("mps2-an385"), tmp_path)
    run = run_foreign(elf, load_board("mps2-an385"), data=b"12\n3")
    assert (run.output, run.ending, run.exit_code) == (b"12\n3", "exited with 0", 0)
    # ldr, then 9 instructions a byte, then 4 to find the end and 3 to exit.
    assert run.profile.total.instructions == 1 + 4 * 9 + 4 + 3


def test_a_program_that_hangs_is_a_time_out(tmp_path: Path) -> None:
    hang = """
    .type spin, %function
Reset_Handler: bl spin
spin: adds r0, #1
    b spin
"""
    board = VirtualBoard(assemble(hang, load_board("nucleo-g071rb"), tmp_path), load_board("nucleo-g071rb"))
    with pytest.raises(LinkTimeout, match=r"after 50,\d\d\d simulated cycles it is at pc 0x0800000c in spin") as error:
        board.read(0.001)
    assert "allow more time" in error.value.hint
    with pytest.raises(LinkTimeout, match=r"after 100,\d\d\d"):
        board.read(0.001)


def test_an_endless_loop_is_an_end(tmp_path: Path) -> None:
    board = VirtualBoard(assemble("Reset_Handler: b .", load_board("mps2-an386"), tmp_path), load_board("mps2-an386"))
    assert board.read(60.0) == b""
    assert board.ending == "loops for ever in Reset_Handler"


def test_output_without_a_line_end_is_handed_over(tmp_path: Path) -> None:
    """A program that prints a prompt and then computes: the prompt is read long before the time-out."""
    prompt = """
Reset_Handler:
    ldr r0, =0x40004000
    movs r1, #'>'
    str r1, [r0]
1:  adds r2, #1
    b 1b
    .pool
"""
    board = VirtualBoard(assemble(prompt, load_board("mps2-an386"), tmp_path), load_board("mps2-an386"))
    assert board.read(10.0) == b">"
    assert board.ticks < 1_000_000


def test_hints_do_not_stop_the_program(tmp_path: Path) -> None:
    hints = "Reset_Handler: wfe\nyield\nsev\nwfe.w\nyield.w\nnop\nmovs r0, #0x18\nldr r1, =0x20026\nbkpt 0xab\n.pool"
    run = run_foreign(assemble(hints, load_board("mps2-an386"), tmp_path), load_board("mps2-an386"))
    assert run.exit_code == 0
    assert run.profile.total.instructions == 9
