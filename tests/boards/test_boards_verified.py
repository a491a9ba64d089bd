"""What boards/*.toml claims in `verified` is done: a whole session on QEMU, on the virtual board, or a build."""

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from support.arm_programs import need
from support.transcript import build_for, converse
from support.whole import need_toolchain

from edgeopt.board import board_names, load_board
from edgeopt.device.links.qemu import QemuLink
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.firmware import CORES
from edgeopt.report.boards_page import boards_page
from edgeopt.report.views.boards import VERIFIED

INPUT_BYTES = 64  # of the small model
REFERENCE = "mps2-an386"
PAGE = Path(__file__).parents[2] / "docs" / "boards.md"


def claiming(*claims: str) -> list[str]:
    return [name for name in board_names() if load_board(name).verified in claims]


@pytest.fixture
def model(tmp_path: Path, small_model: bytes) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(small_model)
    return path


@cache
def reference(model: bytes, folder: Path) -> Sequence[bytes]:
    """The session on the virtual board of one of them: it does not depend on the board."""
    path = folder / "small.tflite"
    path.write_bytes(model)
    return on_virtual(build_for(path, REFERENCE, folder / "reference").elf, REFERENCE)


def on_virtual(elf: Path, name: str) -> Sequence[bytes]:
    link = CountingVirtualLink(elf, load_board(name))
    try:
        return converse(link, INPUT_BYTES)
    finally:
        link.close()


def on_qemu(elf: Path, name: str) -> Sequence[bytes]:
    link = QemuLink(elf, load_board(name))
    try:
        return converse(link, INPUT_BYTES)
    finally:
        link.close()


@pytest.mark.parametrize("name", claiming("virtual"))
def test_verified_on_the_virtual_board(
    name: str, model: Path, small_model: bytes, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    need_toolchain("gcc")
    elf = build_for(model, name, tmp_path / "project").elf
    assert on_virtual(elf, name) == reference(small_model, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("toolchain", ["gcc", "zig"])
@pytest.mark.parametrize("name", claiming("qemu"))
def test_verified_on_qemu_with_the_bytes_of_the_virtual_board(
    name: str, toolchain: str, model: Path, small_model: bytes, tmp_path: Path
) -> None:
    need("qemu-system-arm", "qemu-system-arm")
    need_toolchain(toolchain)
    elf = build_for(model, name, tmp_path / "project", toolchain).elf
    heard = on_qemu(elf, name)
    assert b"m-results-[" in b"".join(heard)
    if CORES[load_board(name).core].unicorn_model:
        assert on_virtual(elf, name) == heard


@pytest.mark.parametrize("toolchain", ["gcc", "zig"])
@pytest.mark.parametrize("name", claiming("compiled"))
def test_compiled(name: str, toolchain: str, model: Path, tmp_path: Path) -> None:
    need_toolchain(toolchain)
    assert build_for(model, name, tmp_path / "project", toolchain).warnings == ()


@pytest.mark.parametrize("name", board_names())
def test_a_board_claims_no_less_than_it_can(name: str) -> None:
    board = load_board(name)
    if board.platform == "none":
        assert board.verified == "none"
    elif board.qemu is not None:
        assert board.verified == "qemu"
    elif CORES[board.core].unicorn_model:
        assert board.verified == "virtual"
    else:
        assert board.verified == "compiled"


def test_the_page_is_that_of_the_boards() -> None:
    boards = [load_board(name) for name in board_names()]
    assert PAGE.read_text() == boards_page(boards), "python -m edgeopt.report.boards_page > docs/boards.md"


def test_the_page_says_what_was_proven_of_every_board() -> None:
    sections = PAGE.read_text().split("\n## ")[1:]
    assert [section.split("\n")[0] for section in sections] == list(board_names())
    for name, section in zip(board_names(), sections, strict=True):
        assert f"| verified | {VERIFIED[load_board(name).verified]} |" in section


def test_qemu_is_there_where_ci_runs() -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("install it: sudo apt-get install qemu-system-arm")
    assert len(claiming("qemu")) == 7
