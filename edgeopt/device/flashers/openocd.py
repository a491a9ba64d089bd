"""OpenOCD: any debug probe and hundreds of chips. `args` are those that choose them: ["-f", "board/st_nucleo_f4.cfg"].

Its `program` command writes the ELF's segments, reads them back and resets; its output is that of OpenOCD 0.12's
startup script.
"""

from edgeopt.device.flasher import FLASHERS, Command, FlashTool, Job, Plan, on_path, program_path
from edgeopt.errors import UsageError

_HINTS = (
    (r"LIBUSB_ERROR_ACCESS|permission denied", "the probe may not be used: install OpenOCD's udev rules, plug it anew"),
    (
        r"open failed|no device found|unable to find a matching|not find .* adapter",
        "connect the board's debug port by USB, or say which probe: --probe SERIAL",
    ),
    (r"can't find .*\.cfg", "the args of the board file name a script that this OpenOCD does not have: update it"),
    (
        r"init mode failed|unable to connect to the target|examination failed",
        "the chip does not answer: is it powered? hold its reset button while it is tried again",
    ),
    (r"verify failed|checksum mismatch", "the flash does not keep what was written: is it protected, or worn out?"),
    (r"idcode mismatch|unexpected id|wrong device|unknown device", "is this the board? see --board"),
)


def _quoted(text: str) -> str:
    """A word of Tcl, taken as it is; UsageError for what braces cannot hold."""
    if set(text) & set("{}\\\n"):
        raise UsageError(f"OpenOCD cannot read a path with braces or backslashes: `{text[-60:]}`", "move the project")
    return "{" + text + "}"


def _plan(job: Job) -> Plan:
    probe = job.probe_name()
    path = str(job.elf.resolve()) if "\\" not in str(job.elf) else job.elf.resolve().as_posix()
    argv = [program_path("openocd"), *job.arguments]
    argv += ["-c", f"adapter serial {probe}"] if probe else []
    argv += ["-c", f"program {_quoted(path)} verify reset exit"]
    return Plan((Command("writing and verifying with openocd", tuple(argv), r"\*\* ?Verified OK", hints=_HINTS),))


FLASHERS.register("openocd")(
    FlashTool(
        name="openocd",
        purpose="flash by a debug probe: ST-LINK, J-Link, CMSIS-DAP",
        find=on_path("openocd"),
        install="sudo apt-get install openocd",
        verified="read back by openocd",
        plan=_plan,
        version=("--version",),
    )
)
