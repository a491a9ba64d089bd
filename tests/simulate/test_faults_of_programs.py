"""What a program must not do is one line that says what, where, and in which function."""

import os
import random
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.arm_programs import assemble

from edgeopt.board import load_board
from edgeopt.errors import BoardError, DeviceError, EdgeoptError, UsageError
from edgeopt.simulate import VirtualBoard, run_foreign
from edgeopt.simulate.elf import read_elf

FAULTS = {
    "read": ("ldr r0, =0x60000010; ldr r1, [r0, #4]", "reads 0x60000014, where there is no memory"),
    "write": ("ldr r0, =0x21000000; str r0, [r0]", "writes to 0x21000000, where there is no memory"),
    "flash": ("movs r0, #0; str r0, [r0]", "writes to 0x00000000, which is flash"),
    "jump": ("ldr r0, =0x60000001; bx r0", "jumps to 0x60000000, where there is no memory"),
    "arm state": ("movs r0, #0; bx r0", "leaves Thumb state"),
    "undefined": ("udf #1", "executes an instruction that this core does not have"),
    "supervisor call": ("svc 1", "makes a supervisor call"),
    "breakpoint": ("bkpt 1", "runs into a breakpoint"),
    "host": ("movs r0, #4; ldr r1, =0x60000000; bkpt 0xab", "hands over 0x60000000, outside of memory"),
}


@pytest.mark.parametrize("code, what", FAULTS.values(), ids=FAULTS)
def test_fault(code: str, what: str, tmp_path: Path) -> None:
    text = f".type wrong, %function\nReset_Handler: bl wrong\nwrong: nop\n{code}\nb .\n.pool"
    board = VirtualBoard(assemble(text, load_board("mps2-an386"), tmp_path), load_board("mps2-an386"))
    with pytest.raises(DeviceError) as error:
        board.read(1.0)
    assert error.value.message.startswith(f"the program {what}")
    assert error.value.message.endswith(("in wrong", "in no function, after wrong", "in no function"))
    assert "pc 0x" in error.value.message
    with pytest.raises(DeviceError, match="the program"):
        board.read(1.0)


def test_unknown_peripherals_do_not_stop_a_program(tmp_path: Path) -> None:
    """They read back what was written, and a wait for any one bit to be set or cleared ends."""
    code = """
Reset_Handler:
    ldr r0, =0x48001800
    ldr r1, =0x12345678
    str r1, [r0]
    ldr r2, [r0]
    cmp r1, r2
    bne .
1:  ldr r1, [r0, #8]
    lsls r1, #31
    beq 1b
2:  ldr r1, [r0, #12]
    lsls r1, #31
    bne 2b
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
"""
    run = run_foreign(assemble(code, load_board("mps2-an386"), tmp_path), load_board("mps2-an386"))
    assert run.ending == "exited with 0"


def test_core_that_cannot_be_simulated(tmp_path: Path) -> None:
    elf = assemble("Reset_Handler: b .", load_board("mps2-an386"), tmp_path)
    with pytest.raises(BoardError, match="no cortex-m55"):
        VirtualBoard(elf, load_board("mps3-an547"))


def test_unaligned_access(tmp_path: Path) -> None:
    """Silicon's M0+ faults; the simulator looks for it only when asked to."""
    board = load_board("nucleo-g071rb")
    elf = assemble("Reset_Handler: ldr r0, =0x20000002\nldrh r1, [r0]\nldr r1, [r0]\nb .\n.pool", board, tmp_path)
    assert VirtualBoard(elf, board).read(1.0) == b""
    with pytest.raises(DeviceError, match=r"accesses 4 bytes at 0x20000002, which is not aligned, .* in Reset_Handler"):
        VirtualBoard(elf, board, check_alignment=True).read(1.0)


def test_instruction_of_a_larger_core(tmp_path: Path) -> None:
    elf = assemble("Reset_Handler: udiv r0, r0, r1\nb .", load_board("mps2-an386"), tmp_path)
    small = replace(load_board("mps2-an386"), core="cortex-m0plus")
    with pytest.raises(DeviceError, match="executes an instruction that this core does not have"):
        VirtualBoard(elf, small).read(1.0)


@pytest.mark.parametrize(
    "content, what",
    [
        (b"", "is not an ELF file"),
        (b"#!/bin/sh\n" * 20, "is not an ELF file"),
        (b"\x7fELF\x02\x01" + bytes(100), "is not for a 32-bit little-endian Arm core"),
    ],
)
def test_not_an_elf(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.elf"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=what):
        VirtualBoard(path, load_board("nucleo-l4r5zi"))
    with pytest.raises(UsageError, match="cannot be read"):
        VirtualBoard(tmp_path / "missing.elf", load_board("nucleo-l4r5zi"))


def test_program_for_another_place(tmp_path: Path) -> None:
    """A program linked for devices' addresses is refused; one for other memory gets that memory."""
    board = load_board("mps2-an386")
    misplaced = replace(board, flash=replace(board.flash, origin=0x4000_0000))
    elf = assemble("Reset_Handler: b .", misplaced, tmp_path)
    with pytest.raises(UsageError, match="needs memory at 0x40000000"):
        VirtualBoard(elf, board)
    elsewhere = replace(board, flash=replace(board.flash, origin=0x0800_0000))
    elf = assemble("Reset_Handler: movs r0, #0x18\nldr r1, =0x20026\nbkpt 0xab\n.pool", elsewhere, tmp_path)
    assert run_foreign(elf, board).exit_code == 0


def test_missing_function_of_a_section(tmp_path: Path) -> None:
    elf = assemble("Reset_Handler: b .", load_board("mps2-an386"), tmp_path)
    with pytest.raises(UsageError, match="has no function `start`"):
        run_foreign(elf, load_board("mps2-an386"), between=("start", "Reset_Handler"))


def test_damaged_files(tmp_path: Path) -> None:
    """Truncated or with flipped bits, a file is run or refused: nothing but an EdgeoptError, and no freeze."""
    seed = 20261122
    print(f"seed {seed}")
    rng = random.Random(seed)
    board = load_board("mps2-an386")
    good = assemble(
        "Reset_Handler: movs r0, #0x18\nldr r1, =0x20026\nbkpt 0xab\nb Reset_Handler\n.pool", board, tmp_path
    ).read_bytes()
    headers = [*range(52), *range(int.from_bytes(good[28:32], "little"), int.from_bytes(good[28:32], "little") + 96)]
    headers += range(int.from_bytes(good[32:36], "little"), len(good))
    path = tmp_path / "damaged.elf"
    refused = 0
    for case in range(400):
        data = bytearray(good)
        if case % 4 == 0:
            del data[rng.randrange(len(data)) :]
        else:
            for _ in range(rng.randrange(1, 4)):
                data[rng.choice(headers)] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            run_foreign(path, board, timeout_s=0.001)
        except EdgeoptError as error:
            assert error.message, f"seed {seed}, case {case}"
            assert "\n" not in error.message
            refused += 1
    assert 100 < refused < 400


def test_symbols_that_would_fill_the_memory(tmp_path: Path) -> None:
    """Names that overlap, more symbols than a program has, and a table that is read again and again are no way in."""
    board = load_board("mps2-an386")
    elf = assemble(f"Reset_Handler: b .\n.type {'n' * 10_000}, %function\n{'n' * 10_000}: b .", board, tmp_path)
    names = [function.name for function in read_elf(elf).functions]
    assert max(map(len, names)) == 1_024 and "Reset_Handler" in names
    good = elf.read_bytes()
    start, count = int.from_bytes(good[32:36], "little"), int.from_bytes(good[48:50], "little")
    kinds = {int.from_bytes(good[at + 4 : at + 8], "little"): at for at in range(start, start + 40 * count, 40)}
    table, strings = kinds[2], kinds[3]  # SHT_SYMTAB and the last SHT_STRTAB
    twice = bytearray(good)
    twice[strings + 4] = 2
    many = bytearray(good) + bytes(16 * ((1 << 18) + 1))
    many[table + 16 : table + 24] = len(good).to_bytes(4, "little") + (len(many) - len(good)).to_bytes(4, "little")
    for data, what in ((twice, "has 2 symbol tables"), (many, "has 262145 symbols")):
        elf.write_bytes(data)
        with pytest.raises(UsageError, match=what):
            read_elf(elf)


def test_an_interrupt_from_the_keyboard_ends_a_program_that_does_not(tmp_path: Path) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        pytest.skip("run it in the foreground: a job in the background ignores the interrupt key")
    text = "Reset_Handler: adds r0, #1; lsls r1, r0, #10; bne Reset_Handler; nop; b Reset_Handler"
    board = VirtualBoard(assemble(text, load_board("mps2-an386"), tmp_path), load_board("mps2-an386"))
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            board.read(1000.0)
    finally:
        timer.cancel()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
