"""The drive of a UF2 boot loader: found by its INFO_UF2.TXT, written, seen to vanish; and all that can go wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeopt.device.flashers.uf2 import INFO, Drive, choose_drive, copy, find_drives
from edgeopt.errors import DeviceError
from edgeopt.firmware.image import Chunk, Image
from edgeopt.firmware.uf2 import read_uf2, to_uf2

PICO_INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"


class BootLoader:
    """A board that shows a drive in `folder`, with time that passes when somebody sleeps.

    It takes the blocks when `accepts_after_s` have passed, keeps them as its flash, and takes the drive away.
    """

    def __init__(self, folder: Path, info: str = PICO_INFO, accepts_after_s: float = 1.0) -> None:
        folder.mkdir()
        (folder / INFO).write_text(info)
        self.folder, self._accepts_after_s = folder, accepts_after_s
        self.now_s = 0.0
        self.flash: dict[int, bytes] = {}

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self.now_s >= self._accepts_after_s:
            for file in self.folder.glob("*.UF2"):
                self.flash = {block.address: block.data for block in read_uf2(file.read_bytes())}
                file.unlink()
                (self.folder / INFO).unlink()


@pytest.fixture
def uf2(rng: np.random.Generator) -> bytes:
    return to_uf2(Image("Arm", 0x1000_0100, (Chunk(0x1000_0000, rng.bytes(70_000)),)), "rp2040")


def test_the_file_reaches_the_board(tmp_path: Path, uf2: bytes) -> None:
    board = BootLoader(tmp_path / "RPI-RP2")
    (drive,) = find_drives([tmp_path, tmp_path / "nowhere", board.folder])
    assert drive == Drive(board.folder, "RPI-RP2")
    shares: list[float | None] = []
    copy(uf2, drive, lambda what, share: shares.append(share), 20.0, board.clock, board.sleep)
    assert b"".join(board.flash[address] for address in sorted(board.flash)) == b"".join(
        block.data for block in read_uf2(uf2)
    )
    assert shares[-2:] == [1.0, None] and 1 <= board.now_s < 2


def test_a_board_that_takes_nothing(tmp_path: Path, uf2: bytes) -> None:
    board = BootLoader(tmp_path / "RPI-RP2", accepts_after_s=1e9)
    with pytest.raises(DeviceError, match=r"did not restart within 20 s") as error:
        copy(uf2, Drive(board.folder, ""), lambda what, share: None, 20.0, board.clock, board.sleep)
    assert "family" in error.value.hint and 20 <= board.now_s < 21


def test_a_drive_that_is_full_or_gone(tmp_path: Path, uf2: bytes) -> None:
    full = BootLoader(tmp_path / "full")
    (full.folder / "FIRMWARE.UF2").symlink_to("/dev/full")
    with pytest.raises(DeviceError, match=r"failed after 0 of [0-9,]+ B: No space left") as error:
        copy(uf2, Drive(full.folder, ""), lambda what, share: None, 1.0, full.clock, full.sleep)
    assert "not whole" in error.value.hint
    with pytest.raises(DeviceError, match="failed after 0 of"):
        copy(uf2, Drive(tmp_path / "gone", ""), lambda what, share: None, 1.0, full.clock, full.sleep)


def test_a_drive_that_vanishes_on_the_last_block_was_written(tmp_path: Path, uf2: bytes) -> None:
    # fsync of a pipe is refused, as that of a file whose drive is gone: the file itself took every byte.
    board = BootLoader(tmp_path / "RPI-RP2")
    (board.folder / "FIRMWARE.UF2").symlink_to("/dev/null")

    def vanish(what: str, share: float | None) -> None:
        if share == 1.0:
            (board.folder / INFO).unlink()

    copy(uf2, Drive(board.folder, ""), vanish, 1.0, board.clock, board.sleep)
    assert board.now_s == 0


@pytest.mark.parametrize(
    ("infos", "wanted", "check"),
    [
        ({}, "RPI-RP2", "no boot loader shows a drive"),
        ({"a": "Board-ID: RP2350\n"}, "RPI-RP2", "of another board: its Board-ID is `RP2350`, not `RPI-RP2`"),
        ({"a": PICO_INFO, "b": PICO_INFO}, "RPI-RP2", "2 boot loaders show a drive"),
        ({"a": PICO_INFO, "b": "Board-ID: RP2350\n"}, "", "2 boot loaders show a drive"),
        ({"a": ""}, "RPI-RP2", "its Board-ID is `no name`"),
        ({"a": "Board-ID: " + "x" * 9000}, "RPI-RP2", "of another board"),
    ],
)
def test_the_wrong_drives(infos: dict[str, str], wanted: str, check: str, tmp_path: Path) -> None:
    for name, info in infos.items():
        BootLoader(tmp_path / name, info)
    with pytest.raises(DeviceError) as error:
        choose_drive(find_drives(sorted(tmp_path.iterdir())), wanted, "raspberry-pi-pico")
    assert check in error.value.message and error.value.hint


def test_the_right_drive_among_others(tmp_path: Path) -> None:
    for name, info in {"a": "Board-ID: RP2350\n", "b": PICO_INFO}.items():
        BootLoader(tmp_path / name, info)
    drives = find_drives(sorted(tmp_path.iterdir()))
    assert choose_drive(drives, "RPI-RP2", "raspberry-pi-pico").folder == tmp_path / "b"


def test_progress_may_raise(tmp_path: Path, uf2: bytes) -> None:
    board = BootLoader(tmp_path / "RPI-RP2")

    def interrupt(what: str, share: float | None) -> None:
        raise KeyboardInterrupt

    stop: Callable[[str, float | None], None] = interrupt
    with pytest.raises(KeyboardInterrupt):
        copy(uf2, Drive(board.folder, ""), stop, 1.0, board.clock, board.sleep)
    assert (board.folder / INFO).exists()
