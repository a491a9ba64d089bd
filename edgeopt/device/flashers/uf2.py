"""UF2: boot loaders that show a USB drive. `args`: ["--family", "rp2040"], also "--board-id", "RPI-RP2".

The drive is the mounted one that has an INFO_UF2.TXT with that Board-ID (remembered of RP2040 and RP2350), or the
folder that --port names. The boot loader takes each block of the file as it comes and restarts the board when it has
had all of them: the drive vanishes, and until it has, nothing is thought to be written.
"""

import os
import re
import string
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeopt.device.flasher import FLASHERS, Action, FlashTool, Job, Plan, Progress, options_of
from edgeopt.errors import BoardError, DeviceError
from edgeopt.firmware.uf2 import to_uf2

INFO = "INFO_UF2.TXT"
_NAME = "FIRMWARE.UF2"
_INFO_LIMIT_BYTES = 4096
_PIECE_BYTES = 32 * 1024
_VANISH_S = 20.0
_POLL_S = 0.1
_BOOTSEL = "hold the board's BOOTSEL (or BOOT) button while it is plugged in; double-press reset where it has none"


@dataclass(frozen=True)
class Drive:
    """A mounted boot loader, and what it says of itself."""

    folder: Path
    board_id: str


def mounts() -> Iterator[Path]:
    """Where drives are mounted on this computer."""
    if sys.platform == "win32":
        yield from (Path(f"{letter}:\\") for letter in string.ascii_uppercase[2:])
    elif sys.platform == "darwin":
        yield from sorted(Path("/Volumes").glob("*"))
    else:
        for line in Path("/proc/self/mounts").read_text(errors="replace").splitlines():
            fields = line.split(" ")
            if len(fields) > 2 and fields[2] in ("vfat", "msdos", "exfat"):
                yield Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[1]))


def find_drives(folders: Iterable[Path]) -> tuple[Drive, ...]:
    """Those of the folders that are a UF2 boot loader's drive."""
    found = []
    for folder in folders:
        try:
            with (folder / INFO).open("rb") as file:
                text = file.read(_INFO_LIMIT_BYTES).decode("ascii", "replace")
        except OSError:
            continue
        match = re.search(r"^Board-ID:\s*([!-~]+)", text, re.MULTILINE)
        found.append(Drive(folder, match[1] if match else ""))
    return tuple(found)


def choose_drive(drives: tuple[Drive, ...], board_id: str, board: str) -> Drive:
    """The one drive of that Board-ID ("": any); DeviceError where there is none, or more than one."""
    fitting = [drive for drive in drives if board_id in ("", drive.board_id)]
    if len(fitting) > 1:
        places = ", ".join(f"{drive.board_id} at {drive.folder}" for drive in fitting)
        raise DeviceError(f"{len(fitting)} boot loaders show a drive: {places}", "say which: --port FOLDER")
    if fitting:
        return fitting[0]
    if drives:
        what = drives[0].board_id or "no name"
        raise DeviceError(
            f"the drive at {drives[0].folder} is of another board: its Board-ID is `{what}`, not `{board_id}`",
            f"plug in a {board}, or say which board it is: --board",
        )
    raise DeviceError("no boot loader shows a drive", f"{_BOOTSEL}; and mount the drive, or name its folder: --port")


def copy(
    data: bytes,
    drive: Drive,
    progress: Progress,
    timeout_s: float = _VANISH_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Writes the file and waits for the board to restart; DeviceError where the write breaks, or the drive stays."""
    sent = 0
    try:
        with (drive.folder / _NAME).open("wb", buffering=0) as file:
            while sent < len(data):
                sent += file.write(data[sent : sent + _PIECE_BYTES])
                progress("copying the UF2 file", sent / len(data))
            os.fsync(file.fileno())
    except OSError as error:
        # The board may restart on the last block, before the system has closed the file.
        if sent < len(data) or _is_there(drive):
            raise DeviceError(
                f"writing to {drive.folder} failed after {sent:,} of {len(data):,} B: {error.strerror}",
                f"the board's program is not whole: {_BOOTSEL}, and try again",
            ) from None
    progress("waiting for the board to restart", None)
    deadline = clock() + timeout_s
    while _is_there(drive):
        if clock() >= deadline:
            raise DeviceError(
                f"the file was copied to {drive.folder}, but the board did not restart within {timeout_s:g} s",
                "is the UF2 family in the board file the chip's? else plug the board in again",
            )
        sleep(_POLL_S)


def _is_there(drive: Drive) -> bool:
    try:
        return (drive.folder / INFO).is_file()
    except OSError:  # a drive that was pulled out
        return False


def _plan(job: Job) -> Plan:
    options = options_of(job, "uf2", ("--family", "--board-id"))
    family, board_id = options.get("--family"), options.get("--board-id", "")
    if family is None:
        raise BoardError(f"{job.board.name}: `uf2` needs a family", 'give args = ["--family", "rp2040"]')
    path, data = job.beside(".uf2"), to_uf2(job.image, family)

    def do(progress: Progress, timeout_s: float) -> None:
        folders = mounts() if job.port is None else [Path(job.port)]
        drives = find_drives(folders)
        if job.port is not None and not drives:
            raise DeviceError(f"`{job.port}` is no boot loader's drive: it has no {INFO}", f"{_BOOTSEL}; and mount it")
        drive = choose_drive(drives, board_id, job.board.name)
        copy(data, drive, progress, min(timeout_s, _VANISH_S))

    where = job.port or f"the drive whose {INFO} has {f'the Board-ID {board_id}' if board_id else 'a Board-ID'}"
    return Plan(
        (Action("copying the UF2 file", f"copy {path} to {where}, and see the drive vanish", do),), ((path, data),)
    )


FLASHERS.register("uf2")(
    FlashTool(
        name="uf2",
        purpose="flash by copying to a boot loader's USB drive",
        find=lambda: "built in",
        install="",
        verified="not read back: the boot loader restarts the board only when it has had every block",
        plan=_plan,
    )
)
