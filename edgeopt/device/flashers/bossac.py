"""bossac: boards with Arduino's SAM-BA boot loader. `args` are its own, without port, file and actions.

A port opened at 1200 baud and closed makes the sketch (or our firmware, if it had USB) restart into the boot loader,
which then has a port of its own. Its flash begins behind the boot loader: offset 0 is the board's code. The nRF52840 of
the Nano 33 BLE needs Arduino's own bossac (1.9.1-arduino2), which Debian's is not.
"""

import time
from collections.abc import Callable, Collection

import serial
from serial.tools import list_ports

from edgeopt.device.flasher import FLASHERS, Action, Command, FlashTool, Job, Plan, Progress, on_path, program_path
from edgeopt.errors import DeviceError
from edgeopt.firmware.image import to_bin

_TOUCH_BAUD = 1200
_APPEAR_S = 8.0  # for the boot loader's port
_POLL_S = 0.1
_HINTS = (
    (r"device unsupported", "this bossac does not know the chip: use the one of Arduino's board package"),
    (r"no device found", "press the board's reset button twice quickly, and give the port that appears"),
    (r"permission denied", "you may not use the port: join the group `dialout`"),
    (r"verify failed", "the flash does not keep what was written: try again"),
    (r"SAM-BA operation failed", "press the board's reset button twice quickly, and try again"),
)

Ports = Callable[[], Collection[str]]


def _ports() -> Collection[str]:
    return {port.device for port in list_ports.comports()}


def _open_and_close(port: str) -> None:
    try:
        serial.Serial(port, _TOUCH_BAUD, dsrdtr=False).close()
    except (OSError, ValueError) as error:
        reason = str(error).partition(":")[0]
        raise DeviceError(f"cannot open `{port}` at 1200 baud: {reason}", "see the ports: edgeopt ports") from None


def touch(
    port: str,
    timeout_s: float = _APPEAR_S,
    open_and_close: Callable[[str], None] = _open_and_close,
    ports: Ports = _ports,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Restarts the board into its boot loader; the port that this then has.

    A port that was not there before, or `port` when it has gone and come back; `port` too where nothing moves: the boot
    loader was running already. DeviceError where the port is gone and none comes.
    """
    before = set(ports())
    open_and_close(port)
    deadline, gone = clock() + timeout_s, False
    while clock() < deadline:
        now = set(ports())
        if new := sorted(now - before):
            return new[0]
        if gone and port in now:
            return port
        gone = gone or (port in before and port not in now)  # a link to a port is in no list
        sleep(_POLL_S)
    if gone:
        raise DeviceError(
            f"`{port}` is gone, and no boot loader came within {timeout_s:g} s",
            "press the board's reset button twice quickly, and give the port that appears",
        )
    return port


def command(job: Job, port: str) -> Command:
    """bossac's call for a boot loader that listens on `port`."""
    argv = (program_path("bossac"), f"--port={port.removeprefix('/dev/')}", *job.arguments)
    offset = job.image.begin - job.board.code_origin
    argv += (f"--offset={offset:#x}",) if offset else ()
    argv += ("-i", "-e", "-w", "-v", str(job.beside(".bin")), "-R")
    percent = r"\] (\d+)% \(\d+/\d+ pages\)"
    return Command("writing and verifying with bossac", argv, r"^Verify successful", percent, _HINTS)


def _plan(job: Job) -> Plan:
    port = job.needed_port("bossac")

    def do(progress: Progress, timeout_s: float) -> None:
        progress("restarting into the boot loader", None)
        command(job, touch(port, min(timeout_s, _APPEAR_S))).do(progress, timeout_s)

    shown = f"open {port} at 1200 baud, close it, and wait for the boot loader's port; then {command(job, port).shown}"
    return Plan((Action("writing with bossac", shown, do),), ((job.beside(".bin"), to_bin(job.image)),))


FLASHERS.register("bossac")(
    FlashTool(
        name="bossac",
        purpose="flash a board with Arduino's SAM-BA boot loader",
        find=on_path("bossac"),
        install="sudo apt-get install bossa-cli",
        verified="read back by bossac",
        plan=_plan,
        version=("--help",),
        behind_boot_loader=True,
        by_port=True,
    )
)
