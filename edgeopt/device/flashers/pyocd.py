"""pyOCD: Arm chips by a CMSIS-DAP, ST-LINK or J-Link probe. `args`: ["--target", "nrf52840"], also "--frequency", HZ.

Its Python API is called in a process of its own (`pyocd_job`), which can be ended when a probe hangs.
"""

import importlib.util
import sys
from importlib import metadata

from edgeopt.device.flasher import FLASHERS, Command, FlashTool, Job, Plan, options_of
from edgeopt.device.pyocd_job import PERCENT, VERIFIED
from edgeopt.errors import BoardError

_OPTIONS = ("--target", "--frequency", "--connect")


def _version() -> str | None:
    if importlib.util.find_spec("pyocd") is None:
        return None
    try:
        return metadata.version("pyocd")
    except metadata.PackageNotFoundError:
        return "unknown"


def _plan(job: Job) -> Plan:
    options = options_of(job, "pyocd", _OPTIONS)
    target = options.get("--target")
    if target is None:
        raise BoardError(f"{job.board.name}: `pyocd` needs a target", 'give args = ["--target", "nrf52840"]')
    argv = [sys.executable, "-P", "-m", "edgeopt.device.pyocd_job", str(job.elf.resolve())]
    argv += [word for option in options.items() for word in option]
    argv += ["--probe", probe] if (probe := job.probe_name()) else []
    hints = (
        ("no debug probe", "connect the board's debug port by USB; on Linux, install pyOCD's udev rules"),
        ("debug probes are connected", "say which: --probe ID"),
        ("target type .* not recognized", f"get the chip's pack: python -m pyocd pack install {target}"),
        (
            "no ACK|unable to connect|probe error|no cores were discovered",
            "is the board powered? reset it, and try again",
        ),
        ("read back", "the flash does not keep what was written: is it protected, or worn out?"),
        ("no memory region", f"the chip's flash is not where the firmware goes: is `{target}` the board's chip?"),
        ("access|permission", "the probe may not be used: install pyOCD's udev rules, and plug it in again"),
    )
    return Plan((Command("writing and verifying with pyocd", tuple(argv), f"^{VERIFIED}", PERCENT, hints, "pyocd"),))


FLASHERS.register("pyocd")(
    FlashTool(
        name="pyocd",
        purpose="flash by a debug probe: CMSIS-DAP, ST-LINK, J-Link",
        find=_version,
        install="pip install pyocd",
        verified="read back by edgeopt through pyocd",
        plan=_plan,
    )
)
