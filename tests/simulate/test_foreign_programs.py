"""Programs that edgeopt did not build: the C library's printf, heap and input, as on QEMU."""

import subprocess
from pathlib import Path

import pytest
from support.arm_programs import need

from edgeopt.board import load_board
from edgeopt.errors import DeviceError, ToolchainError, UsageError
from edgeopt.firmware.cores import CORES
from edgeopt.simulate import QemuBoard, run_foreign

HELLO = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static double compound(double x) {
    for (int i = 0; i < 10; i++) {
        x = x * 1.1 + i;
    }
    return x;
}

int main(void) {
    char line[64];
    printf("%d %.3f %s\n", -42, compound(1.5), "text");
    char *heap = malloc(2000);
    memset(heap, 'x', 1999);
    heap[1999] = 0;
    printf("%u\n", (unsigned)strlen(heap));
    while (fgets(line, sizeof line, stdin) != NULL) {
        printf("got %s", line);
    }
    printf("file %s\n", fopen("/etc/passwd", "r") == NULL ? "closed" : "open");
    return 0;
}
"""
EXPECTED = b"-42 63.265 text\n1999\ngot one\ngot two\nfile closed\n"


def hello(board_name: str, folder: Path, *options: str) -> Path:
    compiler = need("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")
    source, elf = folder / "hello.c", folder / "hello.elf"
    source.write_text(HELLO)
    flags = CORES[load_board(board_name).core].gcc_flags
    command = [compiler, *flags, "-O1", "--specs=rdimon.specs", *options, str(source), "-o", str(elf)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if "rdimon" in built.stderr and built.returncode:
        pytest.skip("newlib is missing: apt install libnewlib-arm-none-eabi")
    assert built.returncode == 0, built.stderr
    return elf


@pytest.mark.parametrize("name", ["mps2-an385", "mps2-an386", "nucleo-l4r5zi", "nucleo-g071rb", "mps2-an505"])
def test_c_library(name: str, tmp_path: Path) -> None:
    """Linked as newlib does by itself, without a vector table and for nobody's memory."""
    run = run_foreign(hello(name, tmp_path), load_board(name), ("compound", "printf"), data=b"one\ntwo\n")
    assert run.output == EXPECTED
    assert (run.ending, run.exit_code) == ("exited with 0", 0)
    assert "compound" in run.sections[0].profile.functions


def test_text_that_is_no_program_in_qemu(tmp_path: Path) -> None:
    path = tmp_path / "readme.elf"
    path.write_text("hello\n")
    with pytest.raises(UsageError, match="is not an ELF file"):
        QemuBoard(path, load_board("mps2-an386"))


def test_board_that_qemu_lacks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="QEMU has no nucleo-l4r5zi"):
        QemuBoard(tmp_path / "x.elf", load_board("nucleo-l4r5zi"))


def test_no_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elf = hello("mps2-an386", tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolchainError, match="qemu-system-arm is not installed") as error:
        QemuBoard(elf, load_board("mps2-an386"))
    assert "apt-get install qemu-system-arm" in error.value.hint


def test_program_that_crashes_in_qemu(tmp_path: Path) -> None:
    """Without a vector table a real core, and QEMU, cannot start it."""
    need("qemu-system-arm", "qemu-system-arm")
    with QemuBoard(hello("mps2-an386", tmp_path), load_board("mps2-an386")) as board:
        with pytest.raises(DeviceError, match=r"QEMU failed: qemu: fatal: Lockup"):
            while not board.has_ended:
                board.read(10.0)
        assert board.exit_code
