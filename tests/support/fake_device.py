"""The firmware's protocol code compiled for the host with a small fake model, as a program or inside this process."""

import ctypes
import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.host import SANITIZE, STRICT, host_compiler

from edgeopt.device.link import MEASURED, LinkTraits
from edgeopt.errors import DeviceError
from edgeopt.firmware.template import write_common
from edgeopt.resources import firmware_templates_dir

COMMON = firmware_templates_dir() / "common"
BOARD = "fake-board"
BUILD_ID = "0123456789abcdef" * 4
INPUT_BYTES = (5, 300)
OUTPUT_BYTES = (4, 290)
BANNER = b"m-timestamp-mode-performance\r\nm-lap-us-0\r\nm-init-done\r\nm-ready\r\n"
ENERGY_BANNER = b"m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n"
SOURCES = tuple(
    sorted(path.name for path in COMMON.glob("*.c") if path.name != "eo_mark.c")
)  # the fake has its own marks
FAKE = Path(__file__).parents[1] / "device" / "fake_device.c"


def fake_outputs(inputs: Sequence[bytes]) -> tuple[bytes, bytes]:
    """What the model of fake_device.c computes."""
    first, second = inputs
    return first[:4], bytes(((second[i] ^ first[i % 5]) + i) & 0xFF for i in range(OUTPUT_BYTES[1]))


def _compile(folder: Path, name: str, flags: Sequence[str], defines: Sequence[str], config: Mapping[str, str]) -> Path:
    write_common(folder, config)
    sources = [*SOURCES, str(FAKE)]
    argv = [host_compiler(), "-std=gnu99", "-O1", *STRICT, *flags, *(f"-D{define}" for define in defines)]
    argv += ["-I.", *sources, "-o", name]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr[:6000]}"
    return folder / name


def build_program(folder: Path, *defines: str, **config: str) -> Path:
    """A program that talks over stdin and stdout and ends with its input; address and undefined-behaviour checks on.

    `config`: values of eo_config.h.
    """
    return _compile(folder, "fake_device", SANITIZE, defines, config)


def build_library(folder: Path, *defines: str, **config: str) -> Path:
    return _compile(folder, "fake_device.so", ("-shared", "-fPIC"), defines, config)


def talk(program: Path, sent: bytes, banner: bytes = BANNER) -> bytes:
    """All that the program answers to `sent`, its banner apart."""
    done = subprocess.run([program], input=sent, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[:6000]
    assert done.stdout.startswith(banner)
    return done.stdout.removeprefix(banner)


class LibraryLink:
    """The device in this process: it has always answered when `read` is called, so nothing ever waits."""

    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, library: Path) -> None:
        self._device = ctypes.CDLL(str(library))
        self._device.fake_take.restype = ctypes.c_size_t
        self._device.fake_start()

    def write(self, data: bytes) -> None:
        self._device.fake_write(data, ctypes.c_size_t(len(data)))

    def read(self, timeout_s: float) -> bytes:
        room = ctypes.create_string_buffer(1 << 16)
        count = self._device.fake_take(room, ctypes.c_size_t(len(room)))
        return room.raw[:count]

    def restart(self, crash: bool = False) -> None:
        """As after a reset; `crash`: after a fault, which the device tells of first."""
        (self._device.fake_crash if crash else self._device.fake_start)()

    def close(self) -> None:
        """Nothing to close."""


class ProgramLink:
    """The device as a process on two pipes."""

    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def write(self, data: bytes) -> None:
        try:
            self._in.write(data)
        except OSError as error:
            raise DeviceError(f"the program is gone: {error}") from None

    def read(self, timeout_s: float) -> bytes:
        ready, _, _ = select.select([self._out], [], [], timeout_s)
        return os.read(self._out.fileno(), 4096) if ready else b""

    def close(self) -> None:
        self._in.close()
        self._out.close()
        self._process.wait()
